"""The evaluated window: where it opens, and why there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from unlockstep.signals.errors import HistoryError
from unlockstep.signals.market import Market
from unlockstep.strategies.strategy import Strategy

MIN_EVALUATED = 120
"""Fewest sessions that are judged: half a year. Under that every interval is wider than anything it could tell."""


@dataclass(frozen=True)
class Warmup:
    """The longest warm-up among the variants. variant: the one that has it.  sessions: before its first decision."""

    variant: str
    sessions: int


def longest_warmup(strategies: Sequence[Strategy], market: Market) -> Warmup:
    """The slowest strategy's warm-up; HistoryError where the market does not leave enough to judge after it."""
    slowest = max(strategies, key=lambda s: s.warmup)
    needed, sessions = slowest.warmup + MIN_EVALUATED, len(market.sessions)
    if sessions < needed:
        raise HistoryError(
            f"{market.span[0]} to {market.span[1]} holds {sessions} sessions; {slowest.label} "
            f"warms up for {slowest.warmup} and at least {MIN_EVALUATED} more are needed to judge",
            name=slowest.label,
            dates=market.span,
            limit=needed,
            remedy="Start earlier, end later, or choose strategies with --strategy",
        )
    return Warmup(slowest.label, slowest.warmup)


def opening_of(market: Market, slowest: Warmup, evaluate_from: date | None) -> int:
    """The row of the market after which the first evaluated session comes: that of the first decision judged.

    slowest: as `longest_warmup` says.  evaluate_from: the first session evaluated, or a day before it; None for the
    first that every warm-up allows.
    Raises HistoryError where a warm-up reaches past that day, or too few sessions follow it.
    """
    if evaluate_from is None:
        return slowest.sessions
    first = int(market.sessions.searchsorted(pd.Timestamp(evaluate_from)))
    earliest, latest = (market.sessions[row].date() for row in (slowest.sessions + 1, _latest(market)))
    if first <= slowest.sessions:
        raise HistoryError(
            f"Evaluation cannot start on {evaluate_from}: {slowest.variant} warms up for {slowest.sessions} "
            f"sessions, which allow {earliest}",
            name="evaluate_from",
            dates=[evaluate_from, earliest],
            limit=slowest.sessions,
            remedy=f"Evaluate from {earliest} or later, start earlier, or leave that variant out",
        )
    if first > _latest(market):
        raise HistoryError(
            f"Evaluation from {evaluate_from} leaves {len(market.sessions) - first} sessions up to "
            f"{market.span[1]}; at least {MIN_EVALUATED} are needed to judge",
            name="evaluate_from",
            dates=[evaluate_from, latest],
            limit=MIN_EVALUATED,
            remedy=f"Evaluate from {latest} or earlier",
        )
    return first - 1


def _latest(market: Market) -> int:
    """The last row from which on enough sessions can be judged, the one before it, of the first decision, included."""
    return len(market.sessions) - MIN_EVALUATED + 1
