"""Allocation: a strategy that holds any number of legs, by ticker; rotation, risk parity, hedged legs.

It reads signals of each leg (`leg_signals`), and signals of the market as any strategy does, and answers with a share
of the account for each ticker:

    class Momentum(Allocation):
        name = "momentum"
        hypothesis = "the strongest of the legs goes on"
        window: int = 120

        def leg_signals(self, leg):
            return {"trend": Trend(leg=leg, window=self.window)}

        def rule(self, s):
            trend = by_leg(s, "trend")
            best = trend.eq(trend.max(axis=1), axis=0) & (trend > 0)
            return targets(best.astype(float), where=trend.notna().all(axis=1))
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import pandas as pd

from unlockstep.signals.errors import StudyError, WeightsError
from unlockstep.signals.market import LegName, Market
from unlockstep.signals.signal import Signal, SignalCache
from unlockstep.strategies.strategy import PAIR, SignalKey, Strategy, sessions_of, with_exits


class Allocation(Strategy):
    """Base of strategies of any number of legs.

    Class attributes, beside those of `Strategy`:
        legs  how many it holds; None for as many as the study has
    """

    legs: ClassVar[int | None] = None

    def signals(self) -> dict[str, Signal]:
        """The signals of the market, such as a series of the context; none unless said otherwise."""
        return {}

    @abstractmethod
    def leg_signals(self, leg: LegName) -> dict[str, Signal]:
        """The signals of one leg, by the names that the rule reads them under; asked for each leg in turn."""

    @abstractmethod
    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        """What to hold.

        s: T rows; `by_leg(s, name)` is T x N, a signal of each leg, a column a ticker in the study's order; s[name] is
        a signal of the market.
        Returns T rows with a column for each ticker: shares of the account, NaN and "exit" as in `Strategy.rule`. See
        `targets`.
        """

    def checked_leg_signals(self, leg: LegName) -> dict[str, Signal]:
        """The signals of one leg; raises what `checked_signals` raises."""
        return self.checked(self.leg_signals(leg), "leg_signals")

    def checked_signals(self) -> dict[str, Signal]:
        """The signals of the market; those of a leg are checked too. Raises what a strategy's raises."""
        self.checked_leg_signals(PAIR[0])
        return super().checked_signals()

    def signals_on(self, legs: Sequence[LegName] = PAIR) -> dict[SignalKey, Signal]:
        """The signals of the market, and those of each leg."""
        of_legs = {(name, leg): signal for leg in legs for name, signal in self.checked_leg_signals(leg).items()}
        return {**super().signals_on(legs), **of_legs}

    def check_legs(self, tickers: Sequence[str]) -> None:
        """Raise StudyError where it holds another number of legs than these."""
        if self.legs not in (None, len(tickers)):
            raise StudyError(
                f"{self.name} holds {self.legs} legs, but the study has {len(tickers)}: {', '.join(tickers)}",
                name=self.name,
                limit=self.legs,
                choices=tickers,
                remedy=f"name {self.legs} with --legs, or legs = [\u2026] in the study",
            )

    def _frame(self, market: Market, signal_cache: SignalCache) -> pd.DataFrame:
        """T rows, a column (name, ticker) a signal of a leg, and (name, "") one of the market."""
        signals = self.signals_on(market.tickers)
        values = [signal_cache.of(signal).to_numpy() for signal in signals.values()]
        columns = pd.MultiIndex.from_tuples(list(signals), names=["signal", "leg"]) if signals else None
        table = np.column_stack(values) if values else np.empty((len(market.sessions), 0))
        return pd.DataFrame(table, market.sessions, columns)

    def _by_leg(self, answer: pd.DataFrame, market: Market) -> pd.DataFrame:
        """The rule's answer in the order of the market's legs."""
        if not answer.index.equals(market.sessions):
            raise WeightsError(f"{self.label}: the rule must answer a row a session", name=self.label)
        given = [str(column) for column in answer.columns]
        if sorted(given) != sorted(market.tickers):
            strangers = [column for column in given if column not in market.tickers]
            missing = [ticker for ticker in market.tickers if ticker not in given]
            problem = (
                f"the rule answers a weight of {strangers[0]}, which is no leg of the market"
                if strangers
                else f"the rule answers no weight of {missing[0]}"
                if missing
                else "the rule answers two weights of one leg"
            )
            raise WeightsError(
                f"{self.label}: {problem}; the legs are {', '.join(market.tickers)}",
                name=self.label,
                choices=market.tickers,
                remedy="answer one column for each of them, 0 for what is not held",
            )
        return answer.set_axis(given, axis=1)[list(market.tickers)]


def by_leg(s: pd.DataFrame, name: str) -> pd.DataFrame:
    """T x N values of a signal of each leg, a column a ticker; s as `Allocation.rule` is given it."""
    return pd.DataFrame(s[name])


def targets(
    shares: pd.DataFrame | Mapping[str, pd.Series | float],
    *,
    where: pd.Series | None = None,
    exits: pd.Series | None = None,
) -> pd.DataFrame:
    """The answer of an `Allocation`: these shares of the account in the sessions in which `where` is True, NaN in the
    others.

    shares: T x N, a column a ticker, or ticker → its share.  where, exits: as of `target`.
    """
    columns = dict(shares)
    index = sessions_of("targets", where, *columns.values())
    answer = pd.DataFrame(columns, index=index).astype(float)
    if where is not None:
        answer = answer.where(where.astype(bool))
    return with_exits(answer, exits)
