"""What is audited: a signal or a strategy, and what it says on a market as plain numbers."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Literal

import numpy as np
import pandas as pd

from unlockstep.backtests.plugins.error_attribution import one_line, place_of
from unlockstep.signals.errors import CodeError
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.signal import Signal, SignalCache
from unlockstep.strategies.strategy import PAIR, Strategy

OF = " of "
"""Between the name of a signal and the leg that it is read of, where columns are told apart."""

Kind = Literal["signal", "strategy"]

WRITTEN = ("rule", "values", "signals", "warmup")
"""What a signal or strategy says itself, one at least: where it stands, the class does."""


class MisfitError(CodeError):
    """An answer that does not fit its market, such as another number of rows; never leaves the audit."""


class LeftError(CodeError):
    """Code that ended the program, as by sys.exit(); its cause is what it raised. Never leaves the audit."""


@dataclass(frozen=True, eq=False)
class Observed:
    """T x c values, a row a session, NaN where nothing is said; `names` of the c columns.

    stray: the first date of a decision that is no session of the market, or None.
    """

    values: Floats
    names: tuple[str, ...]
    stray: pd.Timestamp | None = None


@dataclass(frozen=True)
class Subject:
    """A signal or a strategy under audit."""

    part: Signal | Strategy

    @property
    def kind(self) -> Kind:
        """Signal or strategy, as a word."""
        return "signal" if isinstance(self.part, Signal) else "strategy"

    @property
    def label(self) -> str:
        """Its name with every parameter."""
        return self.part.label

    @property
    def warmup(self) -> int:
        """Its declared warm-up in sessions."""
        return self.part.warmup

    def reads(self, tickers: Sequence[str] = PAIR) -> tuple[str, ...]:
        """The series beside opens and closes that it says that it reads, in a market of these legs."""
        return self.part.reads if isinstance(self.part, Signal) else self.part.reads(tickers)

    @property
    def hindsight(self) -> bool:
        """True for a signal that says of itself that it reads the whole sample."""
        return isinstance(self.part, Signal) and self.part.hindsight

    @property
    def file(self) -> str:
        """The file that defines its class; for one of no file what Python calls the notebook's cell that does."""
        code = next((f.__code__.co_filename for f in _functions(type(self.part)) if f.__name__ in WRITTEN), "")
        try:
            return str(Path(code or inspect.getfile(type(self.part))).resolve(strict=True))
        except (TypeError, OSError):  # no such file
            return code

    @property
    def code_names(self) -> frozenset[str]:
        """What Python calls the files and cells that hold the code of its class, of the bases and of its signals."""
        signals = [] if isinstance(self.part, Signal) else [type(signal) for signal in self.part.signals_on().values()]
        bases = (base for cls in (type(self.part), *signals) for base in cls.__mro__)
        return frozenset(function.__code__.co_filename for base in bases for function in _functions(base))

    def only(self, column: str) -> "Subject":
        """The signal whose column this is; the subject itself for its own."""
        if isinstance(self.part, Signal) or not self.is_signal(column):
            return self
        name, _, ticker = column.partition(": ")[0].partition(OF)
        return Subject(self.part.signals_on((ticker,) if ticker else ())[name, ticker])

    def observe(self, market: Market) -> Observed:
        """A signal's values; or the values of a strategy's signals and then its decisions, NaN in sessions without.

        Raises whatever the code raises, LeftError in place of SystemExit and the like, and MisfitError where the answer
        is not one row a session.
        """
        try:
            return self._observed(market)
        except (SystemExit, KeyboardInterrupt, GeneratorExit) as error:
            if place_of(error) is None:
                raise  # somebody else's, such as Ctrl-C in our own code
            raise LeftError(f"it ends the program: {one_line(error)}") from error

    def _observed(self, market: Market) -> Observed:
        if isinstance(self.part, Signal):
            return Observed(_column(self.part.compute(market), market)[:, None], (self.part.label,))
        signal_cache = SignalCache(market)
        decided = self.part.decide(market, signal_cache).frame
        if list(decided.columns) != list(market.tickers):
            raise MisfitError(
                f"decisions have the columns {list(decided.columns)}, not {list(market.tickers)}",
                choices=market.tickers,
            )
        strays = decided.index.difference(market.sessions)
        signals = {
            f"{name}{OF if ticker else ''}{ticker}: {signal.label}": signal_cache.of(signal)
            for (name, ticker), signal in self.part.signals_on(market.tickers).items()
        }
        columns = [_column(series, market) for series in signals.values()]
        decisions = decided.reindex(market.sessions).to_numpy(dtype=float)
        return Observed(
            np.column_stack([*columns, decisions]),
            (*signals, *market.tickers),
            pd.Timestamp(strays[0]) if len(strays) else None,
        )

    def is_signal(self, column: str) -> bool:
        """True where the column is a signal's; False for a decision of the rule."""
        return self.kind == "signal" or ": " in column


def _functions(cls: type) -> list[FunctionType]:
    """The functions and properties that a class itself defines."""
    members = [member.fget if isinstance(member, property) else member for member in vars(cls).values()]
    return [member for member in members if isinstance(member, FunctionType)]


def _column(values: object, market: Market) -> Floats:
    if isinstance(values, pd.Series) and not values.index.equals(market.sessions):
        raise MisfitError(
            f"the rows are not the sessions of the market: {len(values)} for {len(market.sessions)}",
            limit=len(market.sessions),
        )
    column = np.asarray(values, dtype=float)
    if column.shape != (len(market.sessions),):
        raise MisfitError(
            f"an answer of shape {column.shape} for {len(market.sessions)} sessions", limit=len(market.sessions)
        )
    return column
