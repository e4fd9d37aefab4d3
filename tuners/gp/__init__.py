"""A Gaussian process and the acquisitions on it: NumPy and SciPy, no Keras."""
