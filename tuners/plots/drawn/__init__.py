"""The drawing of the pictures, with matplotlib: nothing is computed here."""
