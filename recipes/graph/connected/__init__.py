"""The static level: what the Keras graph in memory shows; nothing is traced."""
