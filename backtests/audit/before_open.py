"""The second instant: does what is said before the open of a session depend on the session?

What is known before the open of D is the past of D and the price of legs around the clock at 00:00 UTC of D. So the
future after D - 1 is another, that price excepted, and what is said up to D, D included, must be what it was.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from unlockstep.backtests.audit.comparison import changed
from unlockstep.backtests.audit.findings import Finding
from unlockstep.backtests.audit.perturbations import future
from unlockstep.backtests.audit.target import Observed, Subject
from unlockstep.signals.market import Market
from unlockstep.signals.signal import Signal

FUTURES = ("crash", "moon", "crypto alone", "equity alone")
CUTS = 24
"""Sessions tried on each market, each with one future, which take turns."""


def columns_before_open(subject: Subject, market: Market, names: Sequence[str]) -> list[int]:
    """The columns of what is said before the open: of signals that say so, and of a strategy that decides then."""
    part = subject.part
    if isinstance(part, Signal):
        return [0] if part.available == "before_open" else []
    signals = [signal.available == "before_open" for signal in part.signals_on(market.tickers).values()]
    decisions = [part.decides == "before_open"] * (len(names) - len(signals))
    return np.flatnonzero([*signals, *decisions]).tolist()


def read_too_late(subject: Subject, market: Market, said: Observed, seed: int) -> Iterator[Finding]:
    """A finding for each column that depends on the session before whose open it is said; said: on this market.

    Raises whatever the code raises on an altered market.
    """
    columns = columns_before_open(subject, market, said.names)
    if not columns:
        return
    first, last = max(subject.warmup, 1), len(market.sessions) - 1
    seen: dict[int, int] = {}
    for turn, session in enumerate(np.unique(np.linspace(first, last, CUTS).astype(int)).tolist()):
        other = future(market, session - 1, FUTURES[turn % len(FUTURES)], seed, before_open=True)
        answer = subject.observe(other).values[: session + 1]
        moved = changed(said.values[: session + 1], answer, subject.warmup)
        for column in columns:
            if moved[:, column].any():
                seen.setdefault(column, session)
    signals = [column for column in seen if subject.is_signal(said.names[column])]
    for column in signals or list(seen)[:1]:  # the rule only where its signals do not
        day = str(market.sessions[seen[column]].date())
        where = said.names[column] if subject.is_signal(said.names[column]) else "the rule"
        sentence = "it is said before the open of a session and changes with what the session brings"
        yield Finding("look-ahead", where, sentence, day, no_line="seen by the second instant, before the open")
