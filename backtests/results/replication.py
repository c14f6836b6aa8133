"""What `unlockstep replicate` answers: published figures beside recomputed ones, as replicate.json holds them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from unlockstep.backtests.results.published_figures import Published, Returns

SCHEMA = 1
"""Version of the layout of replicate.json."""


@dataclass(frozen=True)
class Recomputed:
    """A reading's figure beside the published one; difference and agrees are None where none was published.

    close: whether the equity's closes are adjusted.  first, last: sessions.  sha256: fingerprint of the prices.
    """

    reading: str
    pair: tuple[str, str]
    returns: Returns
    rolling: int | None
    close: Literal["adjusted", "raw"]
    first: str
    last: str
    sessions: int
    value: float
    difference: float | None
    agrees: bool | None
    sha256: str


@dataclass(frozen=True)
class Needs:
    """The tickers and the dates that a claim's main reading needs."""

    tickers: tuple[str, str]
    first: str
    last: str


@dataclass(frozen=True)
class ReplicatedClaim:
    """A claim, recomputed.

    stand_in: what stands in for the equity that the source names; None where nothing does.  main: None where it cannot
    be computed.  others: the other readings.  beside: other dates and windows.  missing: why something is not there.
    """

    key: str
    claim: str
    source: str
    method: str
    published: Published | None
    stand_in: str | None
    needs: Needs
    main: Recomputed | None
    others: tuple[Recomputed, ...]
    beside: tuple[Recomputed, ...]
    finding: str
    missing: tuple[str, ...]


@dataclass(frozen=True)
class RecordedFigure:
    """A figure of the project's own pair beside what the project recorded of it; index: the same on the index."""

    recorded: Published
    main: Recomputed | None
    index: Recomputed | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class RecordedYear:
    """A calendar year, as `RecordedFigure`."""

    year: int
    recorded: Published
    main: Recomputed | None
    index: Recomputed | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class RecordedMonthEnd:
    """A month-end: returns beside levels."""

    session: str
    returns: RecordedFigure
    levels: RecordedFigure


@dataclass(frozen=True)
class RecordedYears:
    """The calendar years of a pair."""

    pair: tuple[str, str]
    index: str
    rows: tuple[RecordedYear, ...]


@dataclass(frozen=True)
class RecordedMonthEnds:
    """The month-ends of a pair."""

    pair: tuple[str, str]
    index: str
    rows: tuple[RecordedMonthEnd, ...]


@dataclass(frozen=True)
class TickerSource:
    """The file or source of a ticker, its first and last date, and whether its returns include dividends."""

    where: str
    first: str
    last: str
    adjusted: bool | None


@dataclass(frozen=True)
class ReplicationData:
    """The prices. retrieved_at: UTC, None for files.  absent: ticker → why it is not there."""

    source: str
    retrieved_at: str | None
    notes: tuple[str, ...]
    tickers: Mapping[str, TickerSource]
    absent: Mapping[str, str]


@dataclass(frozen=True)
class Replication:
    """The claims, the calendar years, and the month-ends of returns against levels."""

    data: ReplicationData
    claims: tuple[ReplicatedClaim, ...]
    years: RecordedYears
    month_ends: RecordedMonthEnds

    def as_json(self) -> dict[str, Any]:
        """The content of replicate.json."""
        return {"schema": SCHEMA, **asdict(self)}
