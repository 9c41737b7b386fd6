"""`python -m minify` is `dockminify`."""

from minify.cli import main

main()
