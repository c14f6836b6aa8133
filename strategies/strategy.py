"""Strategy: frozen typed parameters and one rule, Market → signals → TargetWeights.

A strategy says which signals it reads (`signals`) and what to hold given their values (`rule`). Everything else is the
same for all: warm-up, validation, and when a decision is taken (see `weights`).
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype
from pydantic import PrivateAttr

from unlockstep.signals.errors import CodeError, HindsightError, ParameterError, WeightsError
from unlockstep.signals.hindsight import Hindsight
from unlockstep.signals.market import INSTANTS, Floats, Instant, LegName, Market
from unlockstep.signals.signal import Columns, Parameters, Signal, SignalCache, is_count
from unlockstep.strategies.rebalancing import Rebalance
from unlockstep.strategies.weights import TargetWeights

STATEMENTS = ("S1", "S2", "S3a", "S3b", "S3c", "S4")
"""The statements under test."""

PAIR = ("crypto", "equity")

SignalKey: TypeAlias = tuple[str, str]
"""The name under which a rule reads a signal, and the leg that it is read of; "" for one of the market."""


class Strategy(Parameters, ABC):
    """Base of all strategies; a new one is one file, in this folder or of one's own.

    Class attributes:
        name        as the command line knows it
        statement   which statement under test it stands for: S1 … S4; "" for none of them
        hypothesis  one line: what must be true for it to pay
        grid        parameter → values worth trying, for sweeps
        studied     the parameter sets that a study runs when none is named; one, the defaults, unless said otherwise
        in_default_study  whether a study that names no strategy runs it
        unswept     parameters that a sweep varies only where it is asked to
        lookback    parameters that count sessions for which the rule itself looks back, as with `.rolling(self.window)`
                    or `hold_for(…, self.hold)`; the warm-up counts them
        rebalance   when a mix is brought back to its weights: "monthly", "daily", "never", or a band such as 0.05; a
                    study may say otherwise for all
        decides     "after_close", on all bars of the session, to hold until it decides otherwise; or "before_open", on
                    what is known before the exchange opens, to hold from the open of that session to its close
        legs        how many legs it holds: 2, the pair, which are the first two where a study has more; see
                    `Allocation` for others
    """

    statement: ClassVar[str] = ""
    hypothesis: ClassVar[str]
    grid: ClassVar[Mapping[str, tuple[Any, ...]]] = {}
    studied: ClassVar[tuple[Mapping[str, Any], ...]] = ({},)
    benchmark: ClassVar[bool] = False
    in_default_study: ClassVar[bool] = True
    unswept: ClassVar[tuple[str, ...]] = ()
    lookback: ClassVar[tuple[str, ...]] = ()
    rebalance: ClassVar[Rebalance] = "monthly"
    decides: ClassVar[Instant] = "after_close"
    legs: ClassVar[int | None] = 2
    _terms: str = PrivateAttr(default="")

    def __init__(self, **values: Any) -> None:
        """Refuse parameters that contradict each other, by the signals that they are for, and signals of hindsight."""
        super().__init__(**values)
        self.checked_signals()  # not in a validator: pydantic takes a ValueError there for a wrong parameter
        self.checked_warmup()

    def checked_signals(self) -> dict[str, Signal]:
        """The signals of the rule; CodeError where `signals` answers anything else, HindsightError where one of them
        reads the whole sample.
        """
        return self.checked(self.signals(), "signals")

    def checked(self, signals: object, method: str) -> dict[str, Signal]:
        """The signals that a method of this name has answered; raises as `checked_signals` does."""
        if not isinstance(signals, dict):
            raise CodeError(
                f"{self.label}: {method} must answer a dict, name to signal; got {type(signals).__name__}",
                name=self.label,
            )
        for key, signal in signals.items():
            if not isinstance(signal, Signal):
                made = f"; write {signal.__name__}()" if isinstance(signal, type) else ""
                raise CodeError(f"{self.label}: '{key}' is no signal but {type(signal).__name__}{made}", name=key)
            if signal.hindsight or isinstance(signal, Hindsight):
                raise HindsightError(
                    f"{self.label} reads {signal.name} as '{key}', which is computed in hindsight, from the whole "
                    "sample: it is for pictures only",
                    name=signal.name,
                    remedy="use a detector, such as fisher_break, that knows the past alone",
                )
        return signals

    def checked_warmup(self) -> int:
        """The warm-up; CodeError where it is no number of sessions."""
        if not is_count(self.warmup):
            raise CodeError(
                f"{self.label}: warmup must be a whole number of sessions; got {self.warmup!r}", name=self.label
            )
        return self.warmup

    @property
    def terms(self) -> str:
        """What tells this variant from one of the same parameters: its own costs, in a word; empty for the study's."""
        return self._terms

    def on_terms(self, terms: str) -> Self:
        """The same variant on terms of its own, which its label repeats."""
        other = self.model_copy()
        other._terms = terms
        return other

    @property
    def label(self) -> str:
        """Name with every parameter, and the terms of its own; no two variants share it."""
        return f"{super().label} {self._terms}" if self._terms else super().label

    @abstractmethod
    def signals(self) -> dict[str, Signal]:
        """The signals that the rule reads, by the names it reads them under."""

    @abstractmethod
    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        """What to hold.

        s: T rows, a column a signal, NaN where it has no value.
        Returns T rows with the columns "crypto" and "equity": shares of the account, NaN for "no view yet, or no
        change"; and where it says so "exit", True where an exit rule keeps a position closed. See `target`.
        Row D may depend on rows up to D only; rows before `warmup` are ignored.
        """

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, ...]:
        """What n variants want at once: shares of the account in crypto and in equity, n x T each, NaN as in `rule`;
        of an `Allocation` in each of N legs.

        columns: the variants' parameters, all of them.  Here one variant after the other decides; a strategy that is to
        be swept by the thousand says the same rule for arrays, and the contract tests hold the two together.
        """
        market = signal_cache.market
        legs = 2 if cls.legs == 2 else len(market.legs)
        wanted = np.empty((legs, len(next(iter(columns.values()))), len(market.sessions)))
        for row in range(wanted.shape[1]):
            variant = cls(**{name: values[row].item() for name, values in columns.items()})
            decisions = variant.decide(market, signal_cache)
            wanted[:, row] = decisions.weights_in_force(market.sessions).to_numpy().T[:legs]
        return tuple(wanted)

    @classmethod
    def has_parameter(cls, name: str) -> bool:
        """Whether a study may set a parameter of this name."""
        return name in cls.model_fields

    @classmethod
    def swept_values(cls, axis_values: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
        """The values to sweep, field → values, of those asked for by name; ParameterError where they contradict."""
        return dict(axis_values)

    @property
    def warmup(self) -> int:
        """Sessions before the first possible decision: the longest warm-up of its signals, and the rule's own lookback.

        CodeError where `lookback` names no parameter that is a number of sessions.
        """
        looked_back: list[int] = []
        for name in self.lookback:
            if name in type(self).model_fields and is_count(sessions := getattr(self, name)):
                looked_back.append(sessions)
            else:
                raise CodeError(
                    f"{self.name}: lookback names '{name}', which is no parameter that counts sessions",
                    name=name,
                    choices=[key for key in type(self).model_fields if is_count(getattr(self, key))],
                )
        return max((signal.warmup for signal in self.signals_on().values()), default=0) + sum(looked_back)

    def signals_on(self, legs: Sequence[LegName] = PAIR) -> dict[SignalKey, Signal]:  # noqa: ARG002
        """The signals that the rule reads in a market of these legs."""
        return {(name, ""): signal for name, signal in self.signals().items()}

    def reads(self, legs: Sequence[LegName] = PAIR) -> tuple[str, ...]:
        """The series that its signals read beside the legs' opens and closes, each once; see `Signal.reads`."""
        return tuple(sorted({name for signal in self.signals_on(legs).values() for name in signal.reads}))

    def decide(self, market: Market, signal_cache: SignalCache | None = None) -> TargetWeights:
        """Every decision on this market; a `signal_cache` of the same market spares computing its signals again.

        Mixes are rebalanced as the strategy says (`rebalance`), for a band with fills a session later.
        Raises HistoryError when the market is shorter than the warm-up, CodeError when the rule answers no frame of
        numbers, WeightsError when no account could hold what it answers.
        """
        signal_cache = signal_cache or SignalCache(market)
        self.check_legs(market.tickers)
        answer: object = self.rule(self._frame(market, signal_cache))
        if not isinstance(answer, pd.DataFrame):
            raise CodeError(
                f"{self.label}: the rule must answer a DataFrame; got {type(answer).__name__}", name=self.label
            )
        exits = _exits(answer)
        answer = answer.drop(columns="exit", errors="ignore")
        answer = self._by_leg(answer, market)
        if not all(is_numeric_dtype(dtype) for dtype in answer.dtypes):
            raise CodeError(
                f"{self.label}: the rule must answer numbers; got {', '.join(map(str, answer.dtypes))}", name=self.label
            )
        wanted = answer.to_numpy(dtype=np.float64, copy=True)
        infinite = np.isinf(wanted).any(axis=1)
        if infinite.any():
            day = market.sessions[int(np.argmax(infinite))].date()
            raise WeightsError(
                f"{self.label}: the rule answered an infinite weight on {day}", name=self.label, dates=[day]
            )
        wanted[: self.warmup] = np.nan
        in_force = pd.DataFrame(_last_defined(wanted), market.sessions, answer.columns, copy=False)
        if self.decides == "before_open":
            return TargetWeights.of_day_trades(self.label, in_force, self.available(market.tickers))
        return TargetWeights.from_wanted(self.label, in_force, self.rebalance, market=market, exits=exits)

    def available(self, legs: Sequence[LegName] = PAIR) -> Instant:
        """When everything that a decision of a session reads is known: with the last of its signals."""
        return max(
            (signal.available for signal in self.signals_on(legs).values()), key=INSTANTS.index, default=INSTANTS[0]
        )

    def check_legs(self, tickers: Sequence[str]) -> None:
        """Raise StudyError where it holds another number of legs than these; a strategy for a pair holds the first two
        of any number.
        """

    def _frame(self, market: Market, signal_cache: SignalCache) -> pd.DataFrame:
        """What the rule is given: T rows, a column a signal."""
        columns = {name: signal_cache.of(signal) for name, signal in self.checked_signals().items()}
        return pd.DataFrame(columns, index=market.sessions)

    def _by_leg(self, answer: pd.DataFrame, market: Market) -> pd.DataFrame:
        """The rule's answer with a column for each leg of the market, by its ticker; 0 beyond the pair."""
        if list(answer.columns) != list(PAIR) or not answer.index.equals(market.sessions):
            raise WeightsError(
                f"{self.label}: the rule must answer with columns crypto and equity, a row a session", name=self.label
            )
        pair = answer.set_axis(list(market.pair), axis=1)
        return pair.assign(**{leg.ticker: 0.0 for leg in market.further}) if market.further else pair


def _exits(answer: pd.DataFrame) -> NDArray[np.bool_] | None:
    """Length T: where an exit rule keeps a position closed; None where the answer does not say."""
    return answer["exit"].to_numpy(dtype=bool) if "exit" in answer.columns else None


def _last_defined(values: Floats) -> Floats:
    """T x N values, each NaN replaced by the last value of its column before it."""
    rows = np.where(np.isnan(values), -1, np.arange(len(values))[:, None])
    latest = np.maximum.accumulate(rows, axis=0)
    return np.where(latest < 0, np.nan, np.take_along_axis(values, np.maximum(latest, 0), axis=0))


def target(
    crypto: pd.Series | float,
    equity: pd.Series | float,
    *,
    where: pd.Series | None = None,
    exits: pd.Series | None = None,
) -> pd.DataFrame:
    """The rule's answer: these shares of the account in the sessions in which `where` is True, NaN in the others.

    where: None for all sessions of the shares, one of which must then be a Series; a NaN within them is no change.
    A comparison with NaN is False and no NaN: a rule made of comparisons says here where it knows what it compares.
    exits: True where a stop or another exit rule keeps closed what was wanted before it; it changes no weight, and
    names the cause of the fills that close the position. `exits=(wanted != 0) & (share == 0)` says it.
    """
    index = sessions_of("target", where, crypto, equity)
    wanted = np.column_stack([_aligned(share, index) for share in (crypto, equity)])
    if where is not None:
        wanted[~where.to_numpy(dtype=bool)] = np.nan
    answer = pd.DataFrame(wanted, index, ["crypto", "equity"], copy=False)
    return with_exits(answer, exits)


def with_exits(answer: pd.DataFrame, exits: pd.Series | None) -> pd.DataFrame:
    """The answer with a column that says where an exit rule keeps a position closed, where that is known."""
    return answer if exits is None else answer.assign(exit=exits.reindex(answer.index).fillna(False).astype(bool))


def sessions_of(function: str, where: pd.Series | None, *shares: pd.Series | float) -> pd.Index:
    """The sessions of `where`, else of the first share that is a Series; ParameterError where none is."""
    index = next((given.index for given in (where, *shares) if isinstance(given, pd.Series)), None)
    if index is None:
        raise ParameterError(
            f"{function}({', '.join(f'{share:g}' for share in shares)}) is of no sessions: no share is a Series",
            name=function,
            remedy="say in which sessions, such as where=s['trend'].notna()",
        )
    return index


def _aligned(share: pd.Series | float, index: pd.Index) -> Floats:
    """A share for each row: a Series by its index, a number everywhere."""
    if isinstance(share, pd.Series):
        return (share if share.index is index else share.reindex(index)).to_numpy(dtype=np.float64)
    return np.full(len(index), share, dtype=np.float64)


def where_defined(
    reference: Floats, crypto: NDArray[Any] | float, equity: NDArray[Any] | float
) -> tuple[Floats, Floats]:
    """The answer of `rules`: these shares, n x T or what broadcasts to it; NaN where `reference` is NaN."""
    nothing = reference - reference  # 0, or NaN
    wanted = np.broadcast_arrays(crypto + nothing, equity + nothing)
    return np.ascontiguousarray(wanted[0]), np.ascontiguousarray(wanted[1])
