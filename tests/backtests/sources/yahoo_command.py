"""`unlockstep` whose yfinance asks a local server: python -m tests.backtests.sources.yahoo_command ADDRESS NOW …

NOW is the instant that the command takes for the present, UTC.
"""

import sys

import pandas as pd


def main() -> None:
    """Set yfinance's base address, the present and a short patience; then be the `unlockstep` command."""
    address, now = sys.argv[1:3]
    sys.argv[1:3] = []
    from backtests.cli import main as unlockstep
    from backtests.sources.yahoo import download, history
    from tests.backtests.sources.yahoo_server import yfinance_at

    download.PATIENCE = download.Patience(attempts=3, first_wait=0.02, timeout=10.0)
    history.present = lambda: pd.Timestamp(now, tz="UTC")
    with yfinance_at(address):
        unlockstep()


if __name__ == "__main__":
    main()
