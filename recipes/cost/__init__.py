"""What a model costs: parameters, operations, memory, time (guide row 25)."""
