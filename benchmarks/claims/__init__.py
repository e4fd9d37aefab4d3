"""What the benchmark of evidence is made of: the guides' claims, and how each is measured."""
