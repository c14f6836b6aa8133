"""The pair: its prices, where it stands at the last session, what the detectors say."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from unlockstep.backtests.results.model.base import ByTicker, Day, Interval, Number, Result, State


class WindowOpening(Result):
    """Why the evaluated window opens where it does."""

    by: Literal["warm-up", "evaluate_from"] = Field(description="The longest warm-up, or the study's evaluate_from.")
    slowest: str = Field(description="The variant with the longest warm-up; in a sweep its strategy.")
    warmup: int = Field(description="Sessions of that warm-up.")
    earliest: Day = Field(description="First session that could be evaluated.")


class Evaluated(Result):
    """The sessions with a return in the accounts."""

    first: Day
    last: Day
    sessions: int
    warmup: int = Field(description="Sessions before the first decision.")
    opening: WindowOpening | None = Field(
        default=None, description="Why it opens there; null where no warm-up of a variant decides it."
    )


class Months(Result):
    """Monthly log returns of all legs, by which the same prices are recognised."""

    pair: tuple[str, ...] = Field(description="The tickers of all legs, in alphabetical order.")
    first: int = Field(description="Number of the first month, 12 times the year plus the month.")
    log_returns: tuple[tuple[Number, ...], ...]


class Clock(Result):
    """One leg's clock."""

    ticker: str
    clock: str = Field(description="24/7, 24/5, or the code of the exchange's calendar.")
    asset_class: str = Field(default="", description="crypto, listed, index, fx or future; empty in runs of 0.2.0.")
    currency: str = Field(default="", description="The currency of its prices; empty in runs of 0.2.0.")
    adjusted: bool | None = Field(description="Whether its returns include dividends; null where that is unknown.")


class Coverage(Result):
    """Which prices."""

    pair: tuple[str, str] = Field(description="The first two tickers; the first takes ETH's place.")
    further: tuple[str, ...] = Field(default=(), description="The tickers of the legs after the pair.")
    source: str = Field(description="Files, Yahoo or demo.")
    synthetic: bool = Field(description="Drawn by a random generator.")
    sha256: str = Field(description="Fingerprint of the prices used.", pattern="^[0-9a-f]{64}$")
    sessions: int = Field(description="Sessions of the exchange, warm-up included.")
    first: Day
    last: Day
    retrieved_at: str | None = None

    @property
    def tickers(self) -> tuple[str, ...]:
        """Of all legs, the pair first."""
        return *self.pair, *self.further


class SeriesResult(Result):
    """A series that a strategy reads besides opens and closes, or that the study names beside the pair."""

    name: str = Field(description="As rules know it: equity.high, or vix of the context.")
    source: str = Field(description="The ticker, or the file.")
    clock: str = Field(description="On which its bars are made; empty for a dated series.")
    known_after: str = Field(
        default="", description="How long after a bar or date its values are known, as the study says."
    )
    sha256: str = Field(description="Fingerprint of its values and of when they were known.", pattern="^[0-9a-f]{64}$")
    missing: int = Field(description="Sessions without a value.")
    read_by: tuple[str, ...] = Field(description="The variants whose signals say that they read it.")


class CashResult(Result):
    """What cash earned on the evaluated sessions."""

    source: str = Field(description="The rate, in words.")
    annual: Number = Field(description="Average simple return a year.")


class DataResult(Coverage):
    """Which prices, and over which sessions the accounts are evaluated."""

    evaluated: Evaluated
    months: Months
    clocks: tuple[Clock, ...]
    series: tuple[SeriesResult, ...] = Field(default=(), description="What strategies read besides opens and closes.")
    cash: CashResult | None = Field(default=None, description="None in the results of earlier versions: a constant.")
    notes: tuple[str, ...] = Field(description="What a reader must know of these prices.")


class Stretch(Result):
    """A period: first and last session, and their number."""

    first: Day
    last: Day
    sessions: int


class Estimate(Result):
    """A figure with its 95 % interval."""

    estimate: Number
    ci: Interval


class CorrelationChange(Result):
    """The change of the return correlation between two periods, taken apart."""

    reference: Stretch
    recent: Stretch
    before: Number = Field(description="Correlation of daily log returns in the reference period.")
    now: Number = Field(description="The same in the recent period.")
    change: Estimate
    correlation: Estimate = Field(description="Part of the change that is the correlation's own.")
    volatility: Number = Field(description="Part that is a change of volatility.")
    clock: Estimate = Field(description="Part that is the clocks' different hours.")
    variance_ratio: Number
    overlapping: Mapping[str, Interval] = Field(description="Sessions overlapped → correlation before, now.")
    level_correlation: Number
    false_decoupling: Number
    yoy: ByTicker


class Decoupling(Result):
    """Which decoupling: the last window against the year before it, and each year against the one before."""

    recent: CorrelationChange | None
    by_year: tuple[CorrelationChange, ...]


class PairState(Result):
    """In which sense the legs are apart: of returns, of levels, of YoY."""

    returns: str
    levels: str
    yoy: str
    rank: Number = Field(description="Share of earlier windows with a lower correlation of returns.")


class YearCorrelation(Result):
    """The correlation of daily log returns in a calendar year."""

    year: int
    sessions: int
    correlation: Number


class LockstepResult(Result):
    """Where the pair stands at the last session."""

    session: Day
    window: int = Field(description="Sessions of the rolling correlations.")
    return_correlation: Number
    level_correlation: Number
    level_false_decoupling: Number = Field(description="Share of windows as low without a decoupling.")
    yoy: ByTicker
    state: State
    sentence: str
    sense: PairState
    decoupling: Decoupling
    correlation_by_year: tuple[YearCorrelation, ...]


class Spell(Result):
    """A stretch of sessions without a change of state."""

    first: Day
    last: Day


class DetectorResult(Result):
    """What one detector says at the last session."""

    name: str
    label: str
    meaning: str
    promise: Number = Field(description="Share of years with a false alarm where nothing changes.")
    worst: Number = Field(default=None, description="The largest such share measured over all kinds of worlds.")
    worst_in: str = Field(default="", description="The kind of world in which it was measured.")
    state: State
    since: Day | None
    onsets: tuple[Day, ...]
    years: Number = Field(description="Years in which the state was known.")
    by_chance: Number = Field(description="False alarms that the promise lets so many years have.")
    share_decoupled: Number
    known: tuple[Spell, ...] = Field(default=(), description="When the state was known.")
    decoupled: tuple[Spell, ...] = Field(default=(), description="When it was decoupled.")


class Segment(Result):
    """A stretch between two breaks."""

    first: Day
    last: Day
    correlation: Number


class HindsightResult(Result):
    """Breaks dated with the whole sample."""

    name: str
    label: str
    meaning: str
    promise: Number = Field(description="Share of samples with a false break where nothing changes.")
    worst: Number = Field(default=None, description="The largest such share measured over all kinds of worlds.")
    worst_in: str = Field(default="", description="The kind of world in which it was measured.")
    breaks: tuple[Day, ...]
    segments: tuple[Segment, ...]


class DetectorsResult(Result):
    """All detectors at the last session, and the breaks dated in hindsight."""

    session: Day
    states: tuple[DetectorResult, ...]
    hindsight: tuple[HindsightResult, ...]
