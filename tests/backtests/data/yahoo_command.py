"""`unlockstep` whose yfinance asks a local server: python -m tests.backtests.data.yahoo_command ADDRESS [NOW WORD …]

NOW is the instant that the command takes for the present, UTC. Without it the process says "ready" once everything is
imported, then takes one command a line from stdin, as a JSON list of the same words, and says "done STATUS" after each.
"""

import json
import sys

import pandas as pd
import pyarrow.parquet
import yfinance

from tests.backtests.data.yahoo_server import yfinance_at
from unlockstep.backtests.cli.app import main as unlockstep
from unlockstep.backtests.data.yahoo import download, history

__all__ = ["pyarrow", "yfinance"]  # imported so that a kill falls into the work and not into an import


def once(now: str, *words: str) -> int:
    """Be the command at that time; its exit status."""
    history.present = lambda: pd.Timestamp(now, tz="UTC")
    sys.argv[1:] = words
    try:
        unlockstep()
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def main() -> None:
    """Set yfinance's base address and a short patience; then do what was asked."""
    address, *requested = sys.argv[1:]
    download.PATIENCE = download.Patience(attempts=3, first_wait=0.02, timeout=10.0)
    with yfinance_at(address):
        if requested:
            sys.exit(once(*requested))
        print("ready", flush=True)
        for line in sys.stdin:
            print("done", once(*json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
