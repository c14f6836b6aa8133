"""What a run says of one variant."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from unlockstep.backtests.results.model.base import EMPTY_AS_NONE, ByTicker, Day, Decision, Interval, Number, Result


class Metrics(Result):
    """What the account did, net of costs."""

    cagr: Number
    volatility: Number = Field(description="Annual standard deviation of the net returns.")
    sharpe: Number
    sortino: Number
    max_drawdown: Number = Field(description="Negative.")
    calmar: Number
    turnover: Number = Field(description="Value traded over the account's value, a year.")
    exposure: ByTicker = Field(description="Average weight.")
    trades: int
    costs_paid: Number = Field(description="Share of the account a year.")


class FillCauses(Result):
    """How many fills each cause had."""

    decision: int = Field(description="The wanted weights changed.")
    rebalancing: int = Field(description="A mix that had drifted was brought back to its weights.")
    exit: int = Field(description="An exit rule, such as a stop-loss, closed the position.")


class LongestWindow(Result):
    """The variant alone on the longest window that its own warm-up allows: a description, no part of the verdict.

    Figures are null where the account was lost on the way.
    """

    first: Day
    last: Day
    sessions: int
    warmup: int = Field(description="Sessions before its first decision.")
    net_return: Number = Field(description="Compounded over the window, net of costs.")
    cagr: Number
    sharpe: Number
    max_drawdown: Number = Field(description="Negative.")
    timing_ir: Number = Field(description="null for constant weights.")


class Comparison(Result):
    """The account beside another one of the same sessions."""

    sharpe_difference: Number
    cagr_difference: Number
    information_ratio: Number
    alpha: Number
    alpha_t_hac: Number
    beta: Number
    sharpe_difference_ci: Interval
    sharpe_difference_p: Number


class MixComparison(Comparison):
    """The account beside the constant mix of its own average weights."""

    weights: ByTicker


class Against(Result):
    """What could have been held instead."""

    hold_eth: Comparison
    hold_iwm: Comparison
    constant_mix: MixComparison
    further: Mapping[str, Comparison] = Field(
        default={}, description="By benchmark, of studies of more legs: each leg after the pair, and equal_weight."
    )


class EpisodeDetail(Result):
    """How much of the timing profit hangs on the best episodes."""

    active: int = Field(description="Episodes with a position off its average.")
    share_best: Number
    share_best_two: Number
    ir_without_best: Number
    ci: Interval = Field(description="Of the timing information ratio, whole episodes resampled.")


class Inference(Result):
    """Whether the timing is more than chance and exposure; of a benchmark only the interval of its Sharpe ratio."""

    timing_ir: Number = None
    timing_ci: Interval | None = None
    timing_upper: Number = Field(default=None, description="95 % upper bound.")
    cost_drag_ir: Number = Field(default=None, description="Cost of the trading beyond the constant mix's.")
    timing_upper_net: Number = None
    timing_t: Number = None
    timing_p: Number = None
    timing_p_family: Number = Field(default=None, description="Adjusted for all variants tried.")
    timing_p_shifts: Number = Field(default=None, description="Against clear shifts, in place of drawn histories.")
    timing_p_family_shifts: Number = None
    timing_spread: Number = Field(default=None, description="Standard deviation of t over the clear shifts.")
    timing_skewness: Number = Field(
        default=None,
        description="Of the timing return over volatility: below 0 where losses are rarer and larger than gains.",
    )
    timing_t_standardised: Number = Field(default=None, description="Of returns in units of volatility, unbent.")
    timing_p_standardised: Number = Field(default=None, description="Adjusted for all variants tried.")
    timing_t_money: Number = None
    timing_p_money: Number = Field(default=None, description="Of the timing return as it is.")
    timing_p_bootstrap: Number = None
    timing_p_family_bootstrap: Number = None
    alpha: Number = Field(default=None, description="Annual, beside all legs.")
    alpha_t_hac: Number = None
    betas: ByTicker | None = None
    betas_t_hac: ByTicker | None = None
    psr: Number = None
    dsr: Number = None
    haircut_sharpe: Number = None
    min_track_record_years: Number = None
    episodes: int | None = None
    episode_detail: EpisodeDetail | None = None
    years: Number = None
    min_detectable_ir: Number = Field(default=None, description="Smallest ratio shown here with 80 % power.")
    years_needed: Number = None
    sharpe_ci: Interval


class CostRow(Result):
    """The account at a multiple of the costs."""

    multiple: float
    sharpe: Number
    ir_over_mix: Number


class LagRow(Result):
    """The account with orders filled so many sessions after the decision."""

    lag: int
    sharpe: Number
    timing_ir: Number
    timing_p: Number


class FillRow(Result):
    """The account with orders filled at this price."""

    fill: Literal["close", "open"]
    sharpe: Number
    timing_ir: Number
    timing_p: Number


class YearRow(Result):
    """A calendar year of the account."""

    year: int
    sessions: int
    simple_return: Number = Field(alias="return", serialization_alias="return")
    sharpe: Number
    timing_return: Number


class PartRow(Result):
    """A third of the sample."""

    first: Day
    last: Day
    timing_ir: Number
    timing_p: Number


class RandomEntries(Result):
    """The same holding times at random dates."""

    p: Number
    ir_median: Number
    ir_95: Number
    draws: int


class Fold(Result):
    """What a walk-forward chose for a stretch."""

    first: Day
    last: Day
    chosen: str


class Walk(Result):
    """A walk-forward: chosen again as time goes by, on the past alone."""

    first: Day
    timing_ir: Number
    timing_ci: Interval
    timing_p: Number
    sharpe: Number
    folds: tuple[Fold, ...]


class TriedWalk(Walk):
    """A walk-forward among the variants of the study."""

    variants: int


class CombinatorialPaths(Result):
    """Combinatorial purged cross-validation."""

    splits: int
    paths: int
    timing_ir: tuple[Number, ...]
    timing_p: tuple[Number, ...]


class Overfitting(Result):
    """The probability of backtest overfitting."""

    pbo: Number
    splits: int
    loss_probability: Number


class WalkForwardResult(Result):
    """A strategy, or the family, on data that its parameters have not seen."""

    criterion: str
    train_sessions: int
    test_sessions: int
    tried: TriedWalk
    grid: int
    expanding: Walk
    rolling: Walk
    combinatorial: CombinatorialPaths
    pbo: Overfitting | None


class Robustness(Result):
    """The variant under other costs, later orders, another fill, in other years, and by chance alone."""

    costs: tuple[CostRow, ...]
    break_even_multiple: Number
    lag: tuple[LagRow, ...]
    fill: tuple[FillRow, ...]
    subperiods: tuple[YearRow, ...]
    parts: tuple[PartRow, ...]
    random_entries: RandomEntries
    walk_forward: WalkForwardResult | None


class CalendarYear(Result):
    """Net returns of the months of a year; None before the first and after the last session."""

    year: int
    months: tuple[Number, ...]
    total: Number


class CrisisReturn(Result):
    """What the account did in a crisis."""

    simple_return: Number = Field(alias="return", serialization_alias="return")
    fall: Number = Field(description="Largest drawdown within it.")
    exposure: Number = Field(default=None, description="Mean share of the account in all legs, gross.")


GateName = Literal[
    "timing test", "raw returns", "rare losses", "out of sample", "costs", "episodes", "all trials", "best group"
]  # fmt: skip
"""Gates of a variant, and of a strategy on a universe of pairs."""


class GateResult(Result):
    """One gate of an edge: its figure and the limit."""

    gate: GateName
    passed: bool
    figure: Number
    limit: Number


class VariantResult(Result):
    """Everything of one variant."""

    name: str = Field(description="Strategy with all parameters; the column of the Parquet files.")
    label: str = Field(description="Short name, with what tells it from its siblings.")
    strategy: str
    source: Mapping[str, str] = Field(description="Package, file or class, and its sha256.")
    statement: str
    hypothesis: str
    params: Mapping[str, Any]
    benchmark: bool = Field(description="Held to compare with; claims nothing.")
    metrics: Metrics
    causes: FillCauses | None = Field(
        default=None, description="null where trades.parquet has no column cause, since it follows from the rest."
    )
    longest_window: LongestWindow | None = Field(default=None, description="null in the results of earlier versions.")
    against: Annotated[Against | None, EMPTY_AS_NONE] = Field(description="null for a benchmark.")
    inference: Inference
    robustness: Annotated[Robustness | None, EMPTY_AS_NONE] = Field(description="null for a benchmark.")
    calendar: tuple[CalendarYear, ...]
    crises: tuple[CrisisReturn | None, ...]
    gates: tuple[GateResult, ...]
    verdict: Decision
    reasons: tuple[str, ...]
