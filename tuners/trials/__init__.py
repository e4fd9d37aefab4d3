"""What the loop of one trial is made of."""
