"""What `data fetch` and `data check` say of prices, as frozen types."""

from dataclasses import asdict, dataclass
from typing import Any

from unlockstep.backtests.data.doubtful import DoubtfulBar
from unlockstep.backtests.data.yahoo.cache import Restated


@dataclass(frozen=True)
class FetchedTicker:
    """A ticker whose cache is up to date. change: what was done.  retrieved_at: UTC."""

    ticker: str
    rows: int
    first: str
    last: str
    change: str
    retrieved_at: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class FailedTicker:
    """A ticker that was not fetched, and why."""

    ticker: str
    problem: str


@dataclass(frozen=True)
class Span:
    """Rows, and the dates of the first and the last one."""

    rows: int
    first: str
    last: str


@dataclass(frozen=True)
class ExaminedPrices:
    """A price frame within a period; dates as ISO text.

    where: its file or source.  adjusted: whether its returns include dividends, None where that is unknown.  whole: of
    the frame, the period aside; None where it is empty.  rows, first, last: of the bars in the period; first and last
    None where there are none.  gaps: first, last, days of each stretch without bars.  strangers: bars on dates that
    have none.  repeated: dates that stand there twice.  jumps, frozen, odd_bars: doubtful bars, see `doubtful`.
    unfinished: bars that are not complete yet.  known_at: when the last bar was complete; None for no session.
    refusals: sentences with which a run on this period would stop.
    """

    ticker: str
    where: str
    clock: str
    asset_class: str
    currency: str
    adjusted: bool | None
    whole: Span | None = None
    rows: int = 0
    first: str | None = None
    last: str | None = None
    gaps: tuple[tuple[str, str, int], ...] = ()
    strangers: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    jumps: tuple[DoubtfulBar, ...] = ()
    odd_bars: tuple[DoubtfulBar, ...] = ()
    frozen: tuple[DoubtfulBar, ...] = ()
    unfinished: tuple[str, ...] = ()
    known_at: str | None = None
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True)
class CacheState:
    """What only Yahoo's cache knows of a ticker. days_behind: of its last bar, to the newest complete one."""

    retrieved_at: str
    days_behind: int
    restated: Restated | None


@dataclass(frozen=True)
class CheckedTicker:
    """A ticker's prices.

    cached: None where they are not from the cache, or not in it.  layout: what was understood of the file, in words.
    """

    prices: ExaminedPrices
    cached: CacheState | None = None
    layout: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """One of "tickers" in what `data check --json` prints."""
        facts = asdict(self.prices)
        names = {"whole": "held"}
        cached = {} if self.cached is None else asdict(self.cached)
        layout = {"layout": self.layout} if self.layout else {}
        return {"ticker": self.prices.ticker, **layout, **cached, **{names.get(key, key): facts[key] for key in facts}}


@dataclass(frozen=True, kw_only=True)
class CheckedPair:
    """What a run on the legs would meet: its sessions and the last decision, or the sentence that refuses.

    sealed: how many of the sessions lie after `sealed_after`.  ends: the note on a leg that ends before the other, "".
    """

    tickers: tuple[str, ...]
    sessions: int = 0
    sealed: int = 0
    sealed_after: str
    last: str | None = None
    decided_at: str | None = None
    ends: str = ""
    refusal: str | None = None


@dataclass(frozen=True)
class CheckedPrices:
    """What a source holds.

    pair: None where one of the study's legs is not among the tickers.  used: the tickers that were asked for, else the
    study's; others are shown, and no run would refuse them.
    """

    source: str
    synthetic: bool
    start: str | None
    end: str | None
    tickers: tuple[CheckedTicker, ...]
    pair: CheckedPair | None
    used: tuple[str, ...]

    @property
    def refusals(self) -> list[str]:
        """Every sentence with which a run on these prices would stop, each once."""
        used = [ticker.prices for ticker in self.tickers if ticker.prices.ticker in self.used]
        sentences = [sentence for prices in used for sentence in prices.refusals]
        by_pair = [self.pair.refusal] if self.pair is not None and self.pair.refusal else []
        return list(dict.fromkeys([*sentences, *by_pair]))

    def as_json(self) -> dict[str, Any]:
        """What `data check --json` prints."""
        return {**asdict(self), "tickers": [ticker.as_json() for ticker in self.tickers]}
