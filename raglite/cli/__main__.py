"""`python -m raglite.cli`."""

from raglite.cli import main

main()
