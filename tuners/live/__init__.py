"""A search while it runs, on the terminal."""
