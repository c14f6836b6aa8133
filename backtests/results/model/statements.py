"""What the data say to each statement of the note."""

from collections.abc import Mapping
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import Field

from unlockstep.backtests.results.model.base import EMPTY_AS_NONE, Day, Interval, Number, Result, State

Detail = TypeVar("Detail", bound=Result)
Course = Literal["fell", "rose", "unclear"]
"""Which way the correlation went from the earlier half of the sample to the later one."""


class StatementResult(Result, Generic[Detail]):
    """One statement: a finding, the figure that decides, its interval, and what else was measured on the way."""

    finding: str
    estimate: Number = Field(description="In `unit`; null where the sample gives none.")
    ci: Interval
    unit: str = Field(description="Of the estimate and its interval.")
    detail: Annotated[Detail | None, EMPTY_AS_NONE] = Field(
        description="null where the sample is too short to measure anything."
    )
    null: float = Field(description="The value that the interval must leave out.")

    @classmethod
    def cannot_tell(cls, why: str, unit: str, *, null: float = 0.0, detail: Detail | None = None) -> Self:
        """A statement on which the sample gives no number; `why` is the rest of the sentence."""
        finding = f"Cannot tell: {why}"
        return cls(finding=finding, estimate=None, ci=(None, None), unit=unit, detail=detail, null=null)


class S1Detail(Result):
    """S1: the correlation, lately and before."""

    recent: Number = Field(description="Correlation of daily log returns in the recent period.")
    before: Number = Field(description="The same in the period before it.")
    level_correlation: Number = Field(description="Of price levels, over 90 sessions.")
    level_false_decoupling: Number = Field(description="Share of windows as low without a decoupling.")
    sessions: tuple[int, int] = Field(description="Of the recent and of the earlier period.")


class ResponseCurve(Result):
    """ETH's mean return by IWM's YoY, in five bins, in two halves of the sample."""

    edges: tuple[Number, ...] = Field(description="Of the bins: growth over a year.")
    grid: tuple[Number, ...] = Field(description="Median growth within each bin.")
    early: tuple[Number, ...] = Field(description="Mean log return a year in the earlier half, by bin.")
    early_band: tuple[Interval, ...]
    early_sessions: tuple[int, ...]
    late: tuple[Number, ...] = Field(description="The same in the later half.")
    late_band: tuple[Interval, ...]
    late_sessions: tuple[int, ...]
    block: int = Field(description="Sessions of a block of the bootstrap.")
    horizon: int = Field(description="Sessions ahead.")


class LiftPath(Result):
    """The lift since the split as it stood every month, with its band."""

    sessions: tuple[Day, ...]
    lift: tuple[Number, ...] = Field(description="Log return a year.")
    low: tuple[Number, ...]
    high: tuple[Number, ...]


class S2Detail(Result):
    """S2: ETH's response to IWM's YoY."""

    lift_early: Number = Field(description="Log return a year, a positive YoY less another, in the earlier half.")
    lift_early_ci: Interval
    lift_late: Number = Field(description="The same in the later half.")
    lift_late_ci: Interval
    split: Day = Field(description="First session of the later half.")
    outside_since: Day | None = Field(description="Session since which the lift is outside its earlier band.")
    curve: ResponseCurve
    path: LiftPath
    share_muted_recently: Number = Field(description="Share of recent sessions with a response under one half.")
    response_now: Number = Field(description="Share of the predicted move.")


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
    varies: bool | None = Field(default=None, description="Whether a constant correlation can be ruled out.")
    evidence: Number = Field(default=None, description="Twice the log-likelihood that deviations add.")
    earlier_half: Number = Field(default=None, description="Correlation in the earlier half of the sample.")
    later_half: Number = Field(default=None, description="Correlation in the later half.")
    course: Course | None = None
    change_ci: Interval | None = Field(default=None, description="Of the later half's correlation less the earlier.")
    block_correlations: tuple[Number, ...] | None = Field(
        default=None, description="In blocks of 20 sessions that share none."
    )
    block_ends: tuple[Day, ...] | None = None
    healed: Mapping[str, Healed] = Field(description="Sessions after the onset → how many had healed.")
    onsets: tuple[Day, ...]
    share_decoupled: Number = Field(description="Share of sessions.")
    now: State


class LegSlope(Result):
    """One leg's share of the move that closes a gap."""

    slope: Number = Field(description="Log move for each standard deviation of gap.")
    ci: Interval


class ClosingLegs(Result):
    """Both legs' shares."""

    crypto: LegSlope
    equity: LegSlope


class S3bDetail(Result):
    """S3b: what closes a gap."""

    gap_now: Number = Field(description="Standard deviations.")
    horizon: int = Field(description="Sessions.")
    observations: int
    legs: ClosingLegs


class Part(Result):
    """A part of the change of the legs' correlation, from the earlier period to the recent one."""

    change: Number
    ci: Interval


class LinkPart(Part):
    """A link of the chain: the change of its own correlation, and what that made of the change of the legs'."""

    link: str = Field(description="BTC-USD–SPY.")
    share: Number = Field(description="Its Shapley share of the change of the chain.")
    share_ci: Interval


class ChainFigures(Result):
    """The correlation of the legs in daily log returns, and its three parts, which add up."""

    sessions: int
    correlation: Number
    links: tuple[Number, ...] = Field(description="Of each asset of the chain with the next.")
    chain: Number = Field(description="Product of the links: what they make by themselves.")
    skips: Number = Field(description="What ties make that leave out a link.")
    direct: Number = Field(description="What the legs share that no bridge has, in the units of their correlation.")
    partial: Number = Field(description="Partial correlation of the legs given all bridges.")


class ChainPeriod(ChainFigures):
    """A period of the chain."""

    first: Day
    last: Day


class ChainYear(ChainFigures):
    """A calendar year of the chain."""

    year: int


class LinksResult(Result):
    """Which link broke: the chain between the legs."""

    finding: str
    tickers: tuple[str, ...] = Field(description="The chain, from leg to leg.")
    before: ChainPeriod
    now: ChainPeriod
    change: Part = Field(description="Of the legs' correlation; the shares, skips and direct part add up to it.")
    links: tuple[LinkPart, ...]
    most: str = Field(description="The link whose own correlation changed most, clearly or not.")
    skips: Part
    direct: Part
    years: tuple[ChainYear, ...]
    follows: str | None = Field(description="The link with which the legs' correlation goes most, from year to year.")
    follows_r: Number = Field(description="By this correlation over the years; null of fewer than five.")
    left_out: int = Field(description="Sessions in which a bridge has no bar.")
    last: Day = Field(description="The last session in which all have one.")


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

    shared_hours: Number = Field(description="Hours by which the first leg's bar ends after the second's, on average.")
    at_lag_1: Number = Field(description="Correlation of the first leg with the next session of the second.")
    from_shared_hours: Number = Field(description="What of it the shared hours alone would make.")


ClosedGroup = Literal["all", "before", "since", "since, falls", "weekends", "holidays", "nights"]
"""Closed hours: of more than one night, all of them, before and since the published split, and since it where ETH fell;
weekends and holidays apart; and single nights."""


class ResponseResult(Result):
    """A regression on ETH's move, with White's t and its p-value among shifts of the moves."""

    slope: Number = Field(description="Log move for each log move of ETH.")
    t: Number = Field(description="White's t of the slope.")
    r: Number = Field(description="Correlation.")
    p: Number = Field(description="Two-sided, by circular shifts among the same closed hours.")


class ClosedHoursRow(Result):
    """A group of closed hours."""

    group: ClosedGroup
    n: int = Field(description="Times that the exchange was closed so.")
    gap: ResponseResult = Field(description="The second leg's open over its last close.")
    open_to_close: ResponseResult = Field(description="Its close over its open.")


class ClosedHoursYear(Result):
    """A calendar year's correlations with ETH's moves in closed hours of more than one night."""

    year: int
    n: int
    gap: Number
    open_to_close: Number


class ClosedHoursPoint(Result):
    """One session after closed hours of more than one night; log moves."""

    session: Day
    move: Number = Field(description="The first leg's, while the second was closed.")
    gap: Number
    open_to_close: Number


class ClosedHours(Result):
    """What ETH did while IWM was closed, against IWM's gap and its session."""

    rows: tuple[ClosedHoursRow, ...]
    split: Day = Field(description="The date of Mourey et al. (2025), published for the Russell 2000.")
    years: tuple[ClosedHoursYear, ...]
    hours: Number = Field(description="Hours of ETH's move, on average; all of them lie within the gap's.")
    gap_hours: Number = Field(description="Hours from close to open, on average.")
    points: tuple[ClosedHoursPoint, ...]

    def row(self, group: ClosedGroup) -> ClosedHoursRow:
        """The row of a group."""
        return next(row for row in self.rows if row.group == group)


class S3cDetail(Result):
    """S3c: who moves first."""

    lag: int = Field(description="Sessions; where the difference is clearest.")
    first_lag: int = Field(description="The smallest lag that is tested.")
    p_family: Number
    lags: tuple[int, ...]
    crypto_first: tuple[Number, ...]
    equity_first: tuple[Number, ...]
    asymmetry: tuple[Number, ...] = Field(description="Difference of correlations: positive where the first leg leads.")
    half_width: tuple[Number, ...] = Field(description="Of its 95 % interval for all lags together.")
    granger: GrangerPair
    windows: LagWindows
    clock: SharedHours | None
    closed_hours: ClosedHours | None = Field(
        default=None, description="null where not one leg trades while the other is closed, or the other has no opens."
    )


class S4Detail(Result):
    """S4: what followed breaks."""

    breaks: int
    episodes: int = Field(description="Breaks whose windows share no session.")
    after_a_break: Number = Field(description="Mean log move.")
    always: Number = Field(description="Mean log move at any time.")
    p: Number


class S1Result(StatementResult[S1Detail]):
    """Statement S1."""


class S2Result(StatementResult[S2Detail]):
    """Statement S2."""


class S3aResult(StatementResult[S3aDetail]):
    """Statement S3a."""


class S3bResult(StatementResult[S3bDetail]):
    """Statement S3b."""

    links: LinksResult | None = Field(default=None, description="Which link broke; null where it cannot be told.")
    no_links: str | None = Field(default=None, description="Why not; null of a study without bridges.")


class S3cResult(StatementResult[S3cDetail]):
    """Statement S3c."""


class S4Result(StatementResult[S4Detail]):
    """Statement S4."""


class StatementsResult(Result):
    """The scorecard."""

    S1: S1Result
    S2: S2Result
    S3a: S3aResult
    S3b: S3bResult
    S3c: S3cResult
    S4: S4Result
