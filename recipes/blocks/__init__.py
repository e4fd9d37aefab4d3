"""Parts that models are built from: each sequence of layers is written once, here."""
