"""The one way in: from the word given to --data to a Market."""

from datetime import date
from pathlib import Path

import pandas as pd

from unlockstep.signals.errors import DataError
from unlockstep.signals.market import Market

DEMOS = ("demo", "demo:edge")
NAMED = (*DEMOS, "yahoo")
"""What `data` may say besides a folder."""
YAHOO = "Yahoo, through yfinance"
"""What a result calls that source."""


def load_market(
    data: str, pair: tuple[str, str], *, start: date | None, end: date | None, seed: int, stale: bool = False
) -> Market:
    """The market that `data` names: demo, demo:edge, yahoo, or a folder of price files.

    start, end: first and last date used, both included; nothing outside them is read. seed: of the demo. stale: old
    prices from the cache are welcome where Yahoo does not answer.
    Raises DataError naming the ticker, the dates and the remedy.
    """
    first = pd.Timestamp(start) if start is not None else None
    last = pd.Timestamp(end) if end is not None else None
    if first is not None and last is not None and first > last:
        raise DataError(f"The period is empty: it starts {first.date()} and ends {last.date()}.")
    if data in DEMOS:
        from unlockstep.backtests.data.demo import PAIR, demo_market

        if pair != PAIR:
            raise DataError(
                f"The demo holds {' and '.join(PAIR)} only; for {' and '.join(pair)} bring prices with --data."
            )
        return demo_market(edge=data == "demo:edge", seed=seed, start=first, end=last)

    from unlockstep.backtests.data.align import make_market

    if data == "yahoo":
        from unlockstep.backtests.data.yahoo import history_of

        histories = [history_of(ticker, stale=stale) for ticker in pair]
        return make_market(
            {history.ticker: history.frame for history in histories},
            pair,
            start=first,
            end=last,
            source=YAHOO,
            where={ticker: f"Yahoo's {ticker}" for ticker in pair},
            retrieved_at=min(history.retrieved_at for history in histories).isoformat(timespec="seconds"),
            notes=tuple(note for history in histories for note in history.notes),
        )
    from unlockstep.backtests.data.files import read_folder

    frames, where = read_folder(Path(data), pair)
    return make_market(frames, pair, start=first, end=last, source=f"files {' and '.join(where.values())}", where=where)
