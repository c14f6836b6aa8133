"""Signal: a pure, causal function of a market's past.

A signal is a frozen set of typed parameters and one method. Its value of session D uses prices of sessions up to D
only, so it is known at `market.decided_at` of D; the few that look back from the end say so (`hindsight`). Signals
open no files, keep no state and draw no random numbers.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from unlockstep.signals.errors import CodeError, HistoryError, ParameterError, unknown_name
from unlockstep.signals.market import Floats, Instant, Market
from unlockstep.signals.wrong_values import refused_value

Columns = Mapping[str, NDArray[Any]]
"""n sets of parameters: the name of each → its n values."""


class Parameters(BaseModel):
    """Frozen, typed parameters with bounds; a wrong name or value raises ParameterError in one sentence.

    ordered: (one, sign, other), sign "<" or "<=": parameters of which the first must be smaller, or must not exceed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    name: ClassVar[str]
    ordered: ClassVar[tuple[tuple[str, Literal["<", "<="], str], ...]] = ()

    def __init__(self, **values: Any) -> None:
        for key, value in values.items():
            if (
                isinstance(value, bool)
                and key in type(self).model_fields
                and type(self).model_fields[key].annotation is not bool
            ):
                raise ParameterError(
                    f"{self.name}.{key} = {value}: a number or a word is needed, not true or false",
                    name=f"{self.name}.{key}",
                )
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise self._explain(error) from error.errors()[0].get("ctx", {}).get("error")  # what a validator raised

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for one, sign, other in self.ordered:
            low, high = getattr(self, one), getattr(self, other)
            if low > high or (sign == "<" and low == high):
                must = "must be smaller than" if sign == "<" else "must not exceed"
                raise ParameterError(
                    f"{self.name}: {one} = {low:g} {must} {other} = {high:g}", name=self.name, limit=high
                )
        return self

    @classmethod
    def _explain(cls, error: ValidationError) -> ParameterError:
        problem = error.errors()[0]
        if not problem["loc"]:
            return ParameterError(f"{cls.name}: {problem['msg'].removeprefix('Value error, ')}", name=cls.name)
        parameter = str(problem["loc"][0])
        if problem["type"] == "extra_forbidden":
            return unknown_name(f"parameter of {cls.name} called", parameter, cls.model_fields)
        return refused_value(f"{cls.name}.{parameter}", dict(problem))

    @classmethod
    def filled(cls, columns: Columns) -> dict[str, NDArray[Any]]:
        """The same n sets with every parameter, those that are not named at their defaults."""
        n = len(next(iter(columns.values())))
        defaults = {name: np.full(n, field.default) for name, field in cls.model_fields.items() if name not in columns}
        return {**defaults, **columns}

    @property
    def params(self) -> dict[str, Any]:
        """The parameters by name."""
        return self.model_dump()

    @property
    def label(self) -> str:
        """Name with every parameter, such as trend(leg=crypto,window=120); no two variants share it."""
        inner = ",".join(f"{key}={_plain(value)}" for key, value in self.params.items())
        return f"{self.name}({inner})" if inner else self.name


def is_count(value: object) -> bool:
    """True for a whole number, 0 or more: what a warm-up must be."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= 0)


def _plain(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


class Signal(Parameters, ABC):
    """Base of all signals.

    Class attributes: `name`; `meaning`, one line that says what a value means; `unit`; `hindsight`, True for a signal
    that reads the whole sample: for pictures only, and no strategy may use it.
    """

    meaning: ClassVar[str]
    unit: ClassVar[str]
    hindsight: ClassVar[bool] = False

    @property
    @abstractmethod
    def warmup(self) -> int:
        """Sessions before the first value: values from session number `warmup` on do not depend on older history."""

    @property
    def available(self) -> Instant:
        """When its value of a session is known: with the session's bars, unless it reads nothing of them."""
        return "after_close"

    @property
    def reads(self) -> tuple[str, ...]:
        """The series that it reads beside the legs' opens and closes, which every run pins: "equity.high", "vix"."""
        return ()

    @abstractmethod
    def values(self, market: Market) -> Floats:
        """T values, one a session, NaN where there is none yet."""

    @classmethod
    def block(cls, signal_cache: "SignalCache", columns: Columns) -> Floats:
        """Values of n sets of parameters at once, n x T; parameters that are not named have their defaults.

        Each different set is computed once. A signal that makes many of its sets from few others says how.
        """
        table, rows = signal_cache.table(cls, columns)
        return np.asarray(table[rows])

    def compute(self, market: Market) -> pd.Series:
        """The signal on every session of the market, length T, float64, named by `label`.

        NaN before session number `warmup`, and later only where the signal's docstring says so.
        Raises HistoryError when the market is shorter than the warm-up, CodeError where `warmup` or `values` are not
        what they should be.
        """
        sessions = len(market.sessions)
        if sessions <= self.warmup:
            raise HistoryError(
                f"{self.label} needs {self.warmup + 1} sessions before its first value, but "
                f"{market.span[0]} to {market.span[1]} holds {sessions}",
                name=self.label,
                dates=market.span,
                limit=self.warmup + 1,
                remedy="start earlier or shorten its windows",
            )
        values = np.asarray(self.values(market))
        if values.shape != (sessions,) or values.dtype.kind not in "biuf":
            raise CodeError(
                f"{self.label}: values must answer {sessions} numbers, one a session; got {values.dtype} of "
                f"shape {values.shape}",
                name=self.label,
                limit=sessions,
            )
        return pd.Series(values, index=market.sessions, name=self.label, dtype="float64")


class SignalCache:
    """The signals of one market, each computed once and kept."""

    def __init__(self, market: Market, computed: Mapping[Signal, pd.Series] | None = None) -> None:
        """computed: signals of this market that were computed elsewhere."""
        self.market = market
        self._computed: dict[Signal, pd.Series] = dict(computed or {})
        self._tables: dict[Any, tuple[dict[Any, int], Floats]] = {}

    def of(self, signal: Signal) -> pd.Series:
        """`signal.compute(market)`; raises HistoryError as it does."""
        if signal not in self._computed:
            self._computed[signal] = signal.compute(self.market)
        return self._computed[signal]

    def table(self, signal: type[Signal], columns: Columns) -> tuple[Floats, NDArray[np.intp]]:
        """(m x T values of every set of these parameters that was ever asked for, the row of each of n sets)."""
        rows, values = self._tables.setdefault((signal, *columns), ({}, np.empty((0, len(self.market.sessions)))))
        keys = list(zip(*(column.tolist() for column in columns.values()), strict=True))
        new = [key for key in dict.fromkeys(keys) if key not in rows]
        if new:
            computed = [self.of(signal(**dict(zip(columns, key, strict=True)))).to_numpy() for key in new]
            values = np.vstack([values, *computed])
            rows.update({key: len(rows) + i for i, key in enumerate(new)})
            self._tables[signal, *columns] = rows, values
        return values, np.array([rows[key] for key in keys], dtype=np.intp)

    def computed(self) -> dict[Signal, pd.Series]:
        """The signals computed so far, with their values."""
        return dict(self._computed)

    def has(self, signal: Signal) -> bool:
        """True where the market is long enough for the signal to have a value."""
        return signal.warmup < len(self.market.sessions)

    def values(self, signal: Signal) -> Floats:
        """The signal's T values; all NaN where the market is too short for it."""
        return self.of(signal).to_numpy() if self.has(signal) else np.full(len(self.market.sessions), np.nan)
