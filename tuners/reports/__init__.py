"""What a search has found, told: on a terminal, as a page for a browser, in TensorBoard."""
