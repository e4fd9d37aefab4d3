"""Optimisers and learning rate schedules with the recommended values."""
