"""What the benchmark of searches is made of: problems, contenders, and the store of its results."""
