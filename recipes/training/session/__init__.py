"""One training, from the choice of its size to its last epoch: the parts of `fit`."""
