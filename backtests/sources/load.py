"""The one way in: from the word given to --data to a Market."""

from datetime import date
from pathlib import Path

import pandas as pd

from signals.errors import DataError
from signals.market import Market

DEMOS = ("demo", "demo:edge")
NAMED = (*DEMOS, "yahoo")
"""What `data` may say besides a folder."""


def load_market(data: str, pair: tuple[str, str], *, start: date | None, end: date | None, seed: int) -> Market:
    """The market that `data` names: demo, demo:edge, yahoo, or a folder of price files.

    start, end: first and last date used, both included; nothing outside them is read. seed: of the demo.
    Raises DataError naming the ticker, the dates and the remedy.
    """
    first = pd.Timestamp(start) if start is not None else None
    last = pd.Timestamp(end) if end is not None else None
    if first is not None and last is not None and first > last:
        raise DataError(f"The period is empty: it starts {first.date()} and ends {last.date()}.")
    if data in DEMOS:
        from backtests.sources.demo import PAIR, demo_market

        if pair != PAIR:
            raise DataError(
                f"The demo holds {' and '.join(PAIR)} only; for {' and '.join(pair)} bring prices with --data."
            )
        return demo_market(edge=data == "demo:edge", seed=seed, start=first, end=last)

    from backtests.sources.align import make_market

    if data == "yahoo":
        from backtests.sources.yahoo import read_yahoo

        frames, retrieved_at = read_yahoo(pair)
        return make_market(
            frames, pair, start=first, end=last, source="Yahoo, through yfinance", retrieved_at=retrieved_at
        )
    from backtests.sources.files import read_folder

    frames, where = read_folder(Path(data), pair)
    return make_market(frames, pair, start=first, end=last, source=f"files {' and '.join(where.values())}", where=where)
