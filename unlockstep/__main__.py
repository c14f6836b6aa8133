"""`python -m unlockstep`: the command line."""

from unlockstep.backtests.cli.app import main

main()
