"""The trace level: gradients of a TensorFlow graph; nothing is run."""
