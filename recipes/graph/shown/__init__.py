"""What people see of a check: the graph and its findings in TensorBoard."""
