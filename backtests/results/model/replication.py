"""What `unlockstep replicate` answers: published figures beside recomputed ones, as replicate.json holds them."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from unlockstep.backtests.results.model.base import Number, Result
from unlockstep.backtests.results.published_figures import Checked, Published, Statistic
from unlockstep.backtests.results.reading import Clock, Close, Convention, Frequency, Kind, Measure, Rows, Unit

ReadsAs = Literal["returns", "levels", "neither", "no figure", "missing"]
"""As what a published figure is met: by some reading of returns; by price levels only; by none; there is no figure;
prices are missing."""


class Recomputed(Result):
    """A reading's figure.

    statistic: of the figures of every session from `first` to `last`, None of one window.  window: sessions or calendar
    days, as `unit` says.  first, last: of the returns or prices.  agrees: with the published figure, None where there
    is none.  false_decoupling: of price levels, how often two series whose returns correlate as these do have levels
    that correlate so or lower, with no decoupling at all; None of returns.
    """

    pair: tuple[str, str]
    measure: Measure
    rows: Rows
    clock: Clock
    close: Close
    frequency: Frequency
    window: int
    unit: Unit
    statistic: Statistic | None
    first: str
    last: str
    observations: int
    value: float
    agrees: bool | None
    false_decoupling: Number

    @property
    def convention(self) -> Convention:
        """What was correlated, on which rows, at which hours and closes, how often."""
        return Convention(self.measure, self.rows, self.clock, self.close, self.frequency)


class KindResult(Result):
    """The readings of one kind, of returns or of price levels.

    tried, agreeing: how many there are, and how many are the published figure.  low, high: of all, None where there
    are none.  main: in the convention that the source names or, where it names none, the project's own, on the day
    published, with the window counted in each way that the source leaves open; () where the prices do not cover it.
    closest: the reading that lies closest to the published figure, the first main one where none is closer.
    """

    kind: Kind
    tried: int
    agreeing: int
    low: Number
    high: Number
    main: tuple[Recomputed, ...]
    closest: Recomputed | None


class Needs(Result):
    """The tickers and the dates that a claim's main reading needs."""

    tickers: tuple[str, str]
    first: str
    last: str


class ReplicatedClaim(Result):
    """A claim, recomputed.

    stand_in: what stands in for what the source names; None where nothing does.  returns, levels: None where prices
    are missing.  nearer: the one kind that lies near a figure that no reading meets.  missing: why something is not
    there.
    """

    key: str
    claim: str
    source: str
    citation: str
    method: str
    checked: Checked
    published: Published | None
    stand_in: str | None
    needs: Needs
    returns: KindResult | None
    levels: KindResult | None
    reads_as: ReadsAs
    nearer: Kind | None
    finding: str
    missing: tuple[str, ...]


class RecordedFigure(Result):
    """A figure of the project's own pair beside what the project recorded of it; index: the same on the index."""

    recorded: Published
    main: Recomputed | None
    index: Recomputed | None
    missing: tuple[str, ...]


class RecordedYear(Result):
    """A calendar year of returns."""

    year: int
    returns: RecordedFigure


class RecordedMonthEnd(Result):
    """A month-end: returns beside levels."""

    session: str
    returns: RecordedFigure
    levels: RecordedFigure


class RecordedYears(Result):
    """The calendar years of a pair."""

    pair: tuple[str, str]
    index: str
    rows: tuple[RecordedYear, ...]


class RecordedMonthEnds(Result):
    """The month-ends of a pair."""

    pair: tuple[str, str]
    index: str
    rows: tuple[RecordedMonthEnd, ...]


class TickerSource(Result):
    """The file or source of a ticker, its first and last date, whether its returns include dividends, and the
    fingerprint of its days and closes.
    """

    where: str
    first: str
    last: str
    adjusted: bool | None
    sha256: str


class ReplicationData(Result):
    """The prices. retrieved_at: UTC, None for files.  absent: ticker → why it is not there."""

    source: str
    retrieved_at: str | None
    notes: tuple[str, ...]
    tickers: Mapping[str, TickerSource]
    absent: Mapping[str, str]


class Replication(Result):
    """The published figures, what they come to in a sentence, the calendar years, and the month-ends of returns against
    levels.
    """

    layout: Literal[2] = Field(default=2, alias="schema", serialization_alias="schema")
    data: ReplicationData
    finding: str
    claims: tuple[ReplicatedClaim, ...]
    years: RecordedYears
    month_ends: RecordedMonthEnds


class Chance(Result):
    """How often the same readings meet a figure at dates that have nothing to do with it.

    dates: days of the same prices, each once, without those whose windows overlap the one published; first, last: of
    them.  number: share of them at which some reading is the published figure; returns, levels: some of that kind.
    other: share at which some number, printed with as many decimals at another of these dates, is met.
    """

    dates: int
    first: str
    last: str
    number: float
    returns: float
    levels: float
    other: float


class FigureReplication(Result):
    """Which readings are a figure published for a day.

    window: sessions or calendar days, both are tried.  returns, levels: by kind.  recomputed: every reading that was
    tried.  chance: None where the prices are too short to say.
    """

    layout: Literal[2] = Field(default=2, alias="schema", serialization_alias="schema")
    data: ReplicationData
    published: Published
    pair: tuple[str, str]
    near: str
    window: int
    finding: str
    returns: KindResult
    levels: KindResult
    chance: Chance | None
    recomputed: tuple[Recomputed, ...]
