"""What a run leaves on the disk: its folder, its record, its state."""
