"""What `unlockstep list` and `unlockstep data show` list, as frozen types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unlockstep.backtests.results.model.base import Day, Number, Result
from unlockstep.backtests.results.model.pair import Coverage


@dataclass(frozen=True)
class ParameterEntry:
    """A parameter of a signal or a strategy; default: as its class has it."""

    name: str
    default: object
    description: str | None


@dataclass(frozen=True)
class SignalEntry:
    """A signal. source: the package it comes from.  warmup: sessions.  hindsight: whether it reads the whole sample."""

    name: str
    source: str
    meaning: str
    unit: str
    warmup: int
    hindsight: bool
    params: tuple[ParameterEntry, ...]


@dataclass(frozen=True)
class StrategyEntry:
    """A strategy. source: the package it comes from.  warmup: sessions.  grid: parameter → values."""

    name: str
    source: str
    statement: str
    hypothesis: str
    benchmark: bool
    warmup: int
    params: tuple[ParameterEntry, ...]
    grid: Mapping[str, Sequence[object]]


@dataclass(frozen=True)
class UnusableEntry:
    """A signal or a strategy of another package that cannot be used, and why."""

    name: str
    source: str
    problem: str


@dataclass(frozen=True)
class RunEntry:
    """A run. created_at: UTC, None where the run does not say it.  variants: how many, benchmarks aside."""

    run: str
    created_at: str | None
    pair: tuple[str, ...]
    synthetic: bool
    first: str
    last: str
    variants: int
    verdict: str


@dataclass(frozen=True)
class UnreadableRun:
    """A run folder that cannot be read, and why."""

    run: str
    problem: str


@dataclass(frozen=True)
class TrialEntry:
    """A trial, or the trials of a sweep. file: sha256, "" for a strategy that comes with unlockstep.  costs: as JSON.

    first, last: sessions evaluated.  first_at, last_at: when it was made, UTC.  studies: how many made it; study: hash
    of the last.  pending: whether no result of it was shown yet, so that it can be withdrawn.
    exploratory: whether that study only looked (--scratch).  registered: whether it has a registration's share.
    """

    variant: str
    file: str
    fill: str
    lag: int
    costs: str
    first: str
    last: str
    variants: int
    first_at: str
    last_at: str
    studies: int
    study: str
    pending: bool = False
    exploratory: bool = False
    registered: bool = False


@dataclass(frozen=True)
class RegistrationEntry:
    """An idea registered before its first evaluation. file: sha256.  share: of the error, of each of its variants."""

    name: str
    file: str
    variants: tuple[str, ...]
    why: str
    at: str
    share: float


@dataclass(frozen=True)
class DataSetTrials:
    """The trials on the prices of one data set. independent: to how many independent ones they amount.

    other_names: other pairs of tickers under which the same prices were looked at.  shares_left: registrations that
    would still have a share of the error for themselves.  later_left: later studies whose new ideas would.
    """

    pair: tuple[str, ...]
    other_names: tuple[tuple[str, ...], ...]
    source: str
    synthetic: bool
    first: str
    last: str
    fingerprints: tuple[str, ...]
    independent: float
    trials: tuple[TrialEntry, ...]
    registrations: tuple[RegistrationEntry, ...] = ()
    shares_left: int = 0
    later_left: int = 0


class BarTimes(Result):
    """A leg's bar of a session: from when its open can be traded, and when its close is known; UTC."""

    session: Day
    tradable_from: str
    known_at: str
    close: Number


class LegFacts(Result):
    """One leg of a market: its clock, its closes, and its annual volatility."""

    ticker: str
    clock: str
    asset_class: str
    currency: str
    adjusted: bool | None
    first_close: Number
    last_close: Number
    volatility: Number
    last_sessions: tuple[BarTimes, ...]


class DecisionTime(Result):
    """When the decision of a session is taken, UTC."""

    session: Day
    decided_at: str


class MarketFacts(Coverage):
    """Coverage, clocks and the last three sessions of a market."""

    notes: tuple[str, ...]
    legs: tuple[LegFacts, ...]
    decided_at: tuple[DecisionTime, ...]
