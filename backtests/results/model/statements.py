"""What the data say to each statement of the note."""

from collections.abc import Mapping
from typing import Annotated, Generic, TypeVar

from pydantic import Field

from unlockstep.backtests.results.model.base import EMPTY_AS_NONE, Day, Interval, Number, Result, State

Detail = TypeVar("Detail", bound=Result)


class StatementResult(Result, Generic[Detail]):
    """One statement: a finding, the figure that decides, its interval, and what else was measured on the way."""

    finding: str
    estimate: Number
    ci: Interval
    unit: str
    detail: Annotated[Detail | None, EMPTY_AS_NONE] = Field(
        description="null where the sample is too short to measure anything."
    )
    null: float = Field(description="The value that the interval must leave out.")


class S1Detail(Result):
    """S1: the correlation, lately and before."""

    recent: Number
    before: Number
    level_correlation: Number
    level_false_decoupling: Number
    sessions: tuple[int, int] = Field(description="Of the recent and of the earlier period.")


class ResponseCurve(Result):
    """ETH's mean return by IWM's YoY, in five bins, in two halves of the sample."""

    edges: tuple[Number, ...]
    grid: tuple[Number, ...]
    early: tuple[Number, ...]
    early_band: tuple[Interval, ...]
    early_sessions: tuple[int, ...]
    late: tuple[Number, ...]
    late_band: tuple[Interval, ...]
    late_sessions: tuple[int, ...]
    block: int
    horizon: int


class LiftPath(Result):
    """The lift since the split as it stood every month, with its band."""

    sessions: tuple[Day, ...]
    lift: tuple[Number, ...]
    low: tuple[Number, ...]
    high: tuple[Number, ...]


class S2Detail(Result):
    """S2: ETH's response to IWM's YoY."""

    lift_early: Number = None
    lift_early_ci: Interval | None = None
    lift_late: Number = None
    lift_late_ci: Interval | None = None
    split: Day | None = None
    outside_since: Day | None = None
    curve: ResponseCurve | None = None
    path: LiftPath | None = None
    share_muted_recently: Number = None
    response_now: Number = None


class Healed(Result):
    """How many breaks had healed after so many sessions."""

    breaks: int
    healed: int
    share: Number
    ci: Interval


class S3aDetail(Result):
    """S3a: how long a deviation of the correlation lasts."""

    half_life: Number = Field(default=None, description="Sessions.")
    half_life_ci: Interval | None = None
    varies: bool | None = None
    evidence: Number = None
    earlier_half: Number = None
    later_half: Number = None
    course: str | None = None
    change_ci: Interval | None = None
    block_correlations: tuple[Number, ...] | None = None
    block_ends: tuple[Day, ...] | None = None
    healed: Mapping[str, Healed] = Field(description="Sessions after the onset → how many had healed.")
    onsets: tuple[Day, ...]
    share_decoupled: Number
    now: State


class LegSlope(Result):
    """One leg's share of the move that closes a gap."""

    slope: Number
    ci: Interval


class ClosingLegs(Result):
    """Both legs' shares."""

    crypto: LegSlope
    equity: LegSlope


class S3bDetail(Result):
    """S3b: what closes a gap."""

    gap_now: Number
    horizon: int
    observations: int
    legs: ClosingLegs


class GrangerResult(Result):
    """A test of Granger causality; lags in sessions."""

    wald: Number
    p: Number
    lags: tuple[int, ...]


class GrangerPair(Result):
    """Both directions."""

    crypto_to_equity: GrangerResult
    equity_to_crypto: GrangerResult


class LagWindow(Result):
    """The clearest lag of a year."""

    first: Day
    last: Day
    lag: int
    asymmetry: Number
    t: Number
    p_family: Number


class LagWindows(Result):
    """The clearest lag of each year, tested together."""

    sessions: int
    critical: Number
    rows: tuple[LagWindow, ...]


class SharedHours(Result):
    """What the hours that both bars share make of lag one."""

    shared_hours: Number
    at_lag_1: Number
    from_shared_hours: Number


class S3cDetail(Result):
    """S3c: who moves first."""

    lag: int
    first_lag: int
    p_family: Number
    lags: tuple[int, ...]
    crypto_first: tuple[Number, ...]
    equity_first: tuple[Number, ...]
    asymmetry: tuple[Number, ...]
    half_width: tuple[Number, ...]
    granger: GrangerPair
    windows: LagWindows
    clock: SharedHours | None


class S4Detail(Result):
    """S4: what followed breaks."""

    breaks: int
    episodes: int
    after_a_break: Number
    always: Number
    p: Number


class StatementsResult(Result):
    """The scorecard."""

    S1: StatementResult[S1Detail]
    S2: StatementResult[S2Detail]
    S3a: StatementResult[S3aDetail]
    S3b: StatementResult[S3bDetail]
    S3c: StatementResult[S3cDetail]
    S4: StatementResult[S4Detail]
