"""What a search keeps on the disk: its journal, lock, clock, and the files that a kill has left."""
