"""Optimisers, learning rate schedules and a loss, with the recommended values."""
