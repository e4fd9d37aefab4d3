"""Measurements; each module says in its docstring what is measured, against whom, and how."""
