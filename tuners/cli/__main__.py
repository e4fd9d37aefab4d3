"""`python -m tuners.cli` is the command `tuners`."""

from tuners.cli import main

main()
