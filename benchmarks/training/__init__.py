"""What the benchmark of recipes is made of: tasks, contenders, clock and results."""
