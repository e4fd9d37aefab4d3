"""The training recipe, and what follows it."""
