"""What the curves of a run say."""
