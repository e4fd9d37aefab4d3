"""`python -m recipes.cli` is the command `recipes`."""

from recipes.cli import main

main()
