"""``python -m attune.cli``: the command line, where no script is installed."""

from attune.cli.main import main

main()
