"""What the benchmark of searches is made of: problems and contenders."""
