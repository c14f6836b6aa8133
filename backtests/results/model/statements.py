"""What the data say to each statement of the note."""

from collections.abc import Mapping
from typing import Generic, Literal, Self, TypeVar

from pydantic import Field

from unlockstep.backtests.results.model.base import Day, Interval, Number, Result, State

Detail = TypeVar("Detail", bound=Result)
Course = Literal["fell", "rose", "unclear"]
"""Which way the correlation went from the earlier half of the sample to the later one."""


class StatementResult(Result, Generic[Detail]):
    """One statement: a finding, the figure that decides, its interval, and what else was measured on the way."""

    finding: str
    estimate: Number
    ci: Interval
    unit: str
    detail: Detail | None = Field(description="null where the sample is too short to measure anything.")
    null: float = Field(description="The value that the interval must leave out.")

    @classmethod
    def cannot_tell(cls, why: str, unit: str, *, null: float = 0.0, detail: Detail | None = None) -> Self:
        """A statement on which the sample gives no number; `why` is the rest of the sentence."""
        finding = f"Cannot tell: {why}"
        return cls(finding=finding, estimate=None, ci=(None, None), unit=unit, detail=detail, null=null)


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

    lift_early: Number
    lift_early_ci: Interval
    lift_late: Number
    lift_late_ci: Interval
    split: Day
    outside_since: Day | None
    curve: ResponseCurve
    path: LiftPath
    share_muted_recently: Number
    response_now: Number


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
    course: Course | None = None
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
