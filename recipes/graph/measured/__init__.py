"""The full level: the traced gradients, run on small batches."""
