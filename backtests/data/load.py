"""The one way in: from the word given to --data to a Market."""

from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from unlockstep.backtests.data.source_names import DEMOS as DEMOS
from unlockstep.backtests.data.source_names import FRAMES as FRAMES
from unlockstep.backtests.data.source_names import NAMED as NAMED
from unlockstep.backtests.data.source_names import YAHOO as YAHOO
from unlockstep.signals.errors import DataError, StudyError
from unlockstep.signals.market import Market

if TYPE_CHECKING:
    from unlockstep.backtests.data.context import ContextSources
    from unlockstep.backtests.data.identity import Stated
    from unlockstep.backtests.data.in_memory import PriceFrames


def load_market(
    data: str,
    legs: tuple[str, ...],
    *,
    start: date | None,
    end: date | None,
    seed: int,
    stale: bool = False,
    accept_doubtful: bool = False,
    frames: "PriceFrames | None" = None,
    stated: "Stated" = MappingProxyType({}),
    fx: str | None = None,
    context: "ContextSources" = MappingProxyType({}),
) -> Market:
    """The market that `data` names, with the series beside the legs that `context` names.

    Its other arguments and what it raises are as for `load_pair`; the demo holds its ^VIX as vix, named or not.
    """
    market = load_pair(
        data, legs, start=start, end=end, seed=seed, stale=stale, accept_doubtful=accept_doubtful, frames=frames,
        stated=stated, fx=fx,
    )  # fmt: skip
    if not context and data not in DEMOS:
        return market
    from unlockstep.backtests.data.context_load import with_context

    return with_context(
        market, context, data=data, seed=seed, stale=stale, accept_doubtful=accept_doubtful, frames=frames,
        stated=stated,
    )  # fmt: skip


def load_pair(
    data: str,
    legs: tuple[str, ...],
    *,
    start: date | None,
    end: date | None,
    seed: int,
    stale: bool = False,
    accept_doubtful: bool = False,
    frames: "PriceFrames | None" = None,
    stated: "Stated" = MappingProxyType({}),
    fx: str | None = None,
) -> Market:
    """The market of these tickers, the pair first, alone: demo, demo:edge, yahoo, frames, or a folder of price files.

    start, end: first and last date used, both included; nothing outside them is read. seed: of the demo. stale: old
    prices from the cache are welcome where Yahoo does not answer. accept_doubtful: so are bars that look like a split
    that was not adjusted for.
    frames: those that were handed over.  stated: ticker → what the study says of it.  fx: an exchange rate in the same
    source, which converts legs to the currency of the others.
    Raises DataError naming the ticker, the dates and the remedy, StudyError for frames that were not handed over.
    """
    first = pd.Timestamp(start) if start is not None else None
    last = pd.Timestamp(end) if end is not None else None
    if first is not None and last is not None and first > last:
        raise DataError(f"The period is empty: it starts {first.date()} and ends {last.date()}", dates=[first, last])
    if data in DEMOS:
        from unlockstep.backtests.data.demo import FURTHER, PAIR, demo_market
        from unlockstep.backtests.data.demo_universe import TICKERS, universe_market

        of_pair = legs[:2] == PAIR and set(legs) <= {*PAIR, *FURTHER}
        if not of_pair and not set(legs) <= set(TICKERS):
            raise DataError(
                f"The demo holds {' and '.join(PAIR)} and made-up tickers, {TICKERS[2]} to {TICKERS[-1]}, only"
                + (f", and as further legs of the pair {' and '.join(FURTHER)}" if len(legs) > 2 else ""),
                choices=TICKERS if len(legs) == 2 else (*TICKERS, *FURTHER),
                remedy=f"for {' and '.join(legs)} bring prices with --data",
            )
        if fx is not None:
            raise DataError(f"The demo is quoted in USD alone, and has no {fx}", name=fx, remedy="leave --fx out")
        edge = data == "demo:edge"
        if of_pair:
            return demo_market(edge=edge, seed=seed, start=first, end=last, further=legs[2:])
        return universe_market(legs, edge=edge, seed=seed, start=first, end=last)

    from unlockstep.backtests.data.align import make_market

    tickers = legs if fx is None else (*legs, fx)
    if data == FRAMES:
        if frames is None:
            raise StudyError(
                "The prices of this study were frames, handed over in Python, and are in no file",
                remedy="hand them over again, unlockstep.run(study, data={ticker: frame}), or name a folder of price "
                "files (./frames where it is called frames)",
            )
        from unlockstep.backtests.data.in_memory import NOTE

        source = f"frames of {' and '.join(legs)}, handed over in Python"
        return make_market(
            frames.select(tickers),
            legs,
            start=first,
            end=last,
            source=source,
            notes=(NOTE,),
            accept_doubtful=accept_doubtful,
            stated=stated,
            fx=fx,
        )
    if data == "yahoo":
        from unlockstep.backtests.data.identity import NOTHING
        from unlockstep.backtests.data.yahoo import history_of

        histories = [history_of(ticker, stale=stale, stated=stated.get(ticker, NOTHING)) for ticker in tickers]
        return make_market(
            {history.ticker: history.frame for history in histories},
            legs,
            start=first,
            end=last,
            source=YAHOO,
            where={ticker: f"Yahoo's {ticker}" for ticker in tickers},
            retrieved_at=min(history.retrieved_at for history in histories).isoformat(timespec="seconds"),
            notes=tuple(note for history in histories for note in history.notes),
            accept_doubtful=accept_doubtful,
            stated=stated,
            fx=fx,
        )
    from unlockstep.backtests.data.files import read_folder

    files = read_folder(Path(data), tickers, stated)
    where = {ticker: prices.where for ticker, prices in files.items()}
    return make_market(
        {ticker: prices.frame for ticker, prices in files.items()},
        legs,
        start=first,
        end=last,
        source=f"files {' and '.join(where.values())}",
        where=where,
        notes=tuple(prices.note for prices in files.values() if prices.note),
        accept_doubtful=accept_doubtful,
        stated=stated,
        fx=fx,
    )
