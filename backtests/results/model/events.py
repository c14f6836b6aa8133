"""What followed breaks and recouplings."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from unlockstep.backtests.results.model.base import Day, FileResult, Interval, Number, Result, State
from unlockstep.backtests.results.model.pair import DataResult

EventKind = Literal["break", "recoupling"]
Series = Literal["crypto", "equity", "spread"]


class EventSignal(Result):
    """The state signal whose changes are the events."""

    name: str
    label: str
    params: Mapping[str, Any]
    meaning: str
    now: State


class LastState(Result):
    """The last session, and when its state was known."""

    session: Day
    known_at: str


class EventMethod(Result):
    """How it was measured; horizons in sessions."""

    lag: int = Field(description="From an event to the first close at which it can be traded.")
    horizons: tuple[int, ...]
    level: float = Field(description="Of the intervals.")
    size: float = Field(description="Largest p of which something is said.")
    min_episodes: int = Field(description="Fewer decide nothing.")
    beta: str
    quantiles: tuple[float, ...]
    last: LastState


class EventFamily(Result):
    """All figures that decide, looked at together."""

    looks: int = Field(description="Figures that decide.")
    smallest_p: Number
    p: Number = Field(description="Probability that random dates bring one as small.")


class EventResult(Result):
    """One event, and the log moves that followed at each horizon."""

    kind: EventKind
    session: Day
    known_at: str
    tradable: Day | None = Field(description="First session at whose close it can be traded.")
    beta: Number = Field(description="As it was known at the session.")
    moves: Mapping[Series, tuple[Number, ...]]


class EffectRow(Result):
    """What followed the events of a kind over one horizon, and at any time; log moves."""

    kind: EventKind
    series: Series
    horizon: int
    events: int
    unfinished: int = Field(description="Events whose window is not over.")
    episodes: int = Field(description="Events whose windows share no session.")
    after: Number = Field(description="Mean log move after the events.")
    always: Number = Field(description="Mean log move over all sessions.")
    estimate: Number = Field(description="After less always.")
    ci: Interval
    p: Number
    after_compounded: Number = Field(description="Growth; null for the spread.")
    always_compounded: Number = Field(description="Growth; null for the spread.")
    decides: bool = Field(description="Whether there are episodes enough.")
    side: str = Field(description="higher, lower, or empty within the reach of chance.")


class FanAfter(Result):
    """Paths after the events of a kind; mean, and its band."""

    mean: tuple[Number, ...]
    low: tuple[Number, ...]
    high: tuple[Number, ...]
    paths: tuple[tuple[Number, ...], ...]


class FanResult(Result):
    """Log moves at 0, 1 … sessions: at any time, and after events."""

    quantiles: tuple[tuple[Number, ...], ...]
    always: tuple[Number, ...]
    after: Mapping[EventKind, FanAfter]


class BreakEvents(Result):
    """What followed each event, against what follows at any time."""

    signal: EventSignal
    method: EventMethod
    finding: str
    family: EventFamily
    events: tuple[EventResult, ...]
    table: tuple[EffectRow, ...]
    fan: Mapping[Series, FanResult]


class EventStudy(BreakEvents, FileResult):
    """A study of events: breaks and recouplings of a state signal, and what followed: the content of events.json.

    Fractions, not percent; moves are in logs; a missing number is null.
    """

    FILE: ClassVar[str] = "events.json"

    layout: Literal[1] = Field(default=1, alias="schema", serialization_alias="schema")
    study: Mapping[str, Any] = Field(description="Data, pair, period and seed, as in study.toml.")
    data: DataResult
    left_out: Mapping[EventKind, int] = Field(description="Events before a beta was known.")
    environment: Mapping[str, str] = Field(description="Versions of what computed the figures.")
    created_at: str | None = Field(default=None, description="When the study ended, UTC.")
