"""The content of sweep.json."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from unlockstep.backtests.results.model.base import FileResult, Interval, Number, Result
from unlockstep.backtests.results.model.pair import DataResult
from unlockstep.backtests.results.model.run import CodeAudit, HoldoutResult
from unlockstep.backtests.results.model.variant import CombinatorialPaths, Metrics, Walk

SCHEMA: Literal[1] = 1
"""Version of the layout of sweep.json."""

Grid = tuple[tuple[Number, ...], ...]
"""A row a cell of y, a column a cell of x."""

Ends = tuple[tuple[Any, Any], ...]
"""First and last parameter value of each cell of an axis."""


class ValueRow(Result):
    """The variants with one value of a parameter."""

    value: Any
    variants: int = Field(description="Those that change their position.")
    mean_t: Number
    best_t: Number


class SpaceResult(Result):
    """What was swept of a strategy, and what each value brought."""

    strategy: str
    source: Mapping[str, str]
    statement: str | None
    axes: Mapping[str, tuple[Any, ...]]
    combinations: int
    drawn: int | None = Field(description="Combinations drawn at random; null where all were tried.")
    evaluated: int
    contradictory: int = Field(description="Combinations whose parameters contradict each other.")
    ruined: int = Field(description="Variants that lost their whole account.")
    by_value: Mapping[str, tuple[ValueRow, ...]]


class HeadRow(Result):
    """The first so many variants by t, and how many reach that t by chance."""

    best: int
    t: float = Field(description="Of the last of them.")
    expected: float = Field(description="Variants with such a t or a larger one at a shift, on average over all.")
    explained: float = Field(description="That as a share of their number, at most 1.")


class ChanceResult(Result):
    """How many of the best the number of variants explains."""

    alignments: int = Field(description="Shifts of positions against returns, the true one included.")
    vary: int = Field(description="Variants that change their position.")
    best_t: Number
    p_family: Number = Field(description="Of the best, by all shifts.")
    p_resampled: Number = Field(description="Of the best, by resampled histories; null for sweeps too large for them.")
    critical_t: Number
    alpha: float
    heads: tuple[HeadRow, ...]


class DistributionResult(Result):
    """How many variants have a t in each bin, and how many at a shift, on average."""

    lowest: float = Field(alias="from", serialization_alias="from", description="Left edge of the first bin.")
    width: float
    observed: tuple[int, ...]
    by_chance: tuple[float, ...]


class SurfaceView(Result):
    """A grid of t with its family-wise p, and how much of it holds up."""

    t: Grid
    p: Grid
    cells: int = Field(description="Cells with a t.")
    highest: Number = Field(description="Largest t.")
    half: Number = Field(description="Share of the cells with at least half of the best's t.")
    passing: int = Field(description="Cells with a p of at most alpha.")
    lowest_p: Number


class SurfacePair(Result):
    """Grids of two parameters, or of one alone."""

    x: str
    y: str | None
    best_at: tuple[int, int] = Field(description="Cell of the best variant.")
    variants: tuple[tuple[int, ...], ...]
    best: SurfaceView
    median: SurfaceView
    slice: SurfaceView


class SurfaceCube(Result):
    """The largest t by three parameters."""

    of: tuple[str, str, str]
    axes: tuple[Ends, Ends, Ends]
    best_at: tuple[int, int, int]
    t: tuple[Grid, ...]


class SurfaceBest(Result):
    """The best variant of a strategy."""

    t: float
    p: float
    params: Mapping[str, Any]


class SurfaceResult(Result):
    """The t of a strategy's variants by the parameters that are varied."""

    strategy: str
    axes: Mapping[str, Ends]
    best: SurfaceBest | None = Field(description="null where no variant changes its position.")
    pairs: tuple[SurfacePair, ...]
    cubes: tuple[SurfaceCube, ...]


class Ring(Result):
    """The variants so many steps from a peak; shares of the peak's t."""

    steps: int
    variants: int
    median_t: Number
    lowest_t: Number
    kept: Number = Field(description="Median t as a share of the peak's.")
    lowest_kept: Number
    half: Number = Field(description="Share of the variants with at least half of the peak's t.")


class ChancePeaks(Result):
    """What neighbours of peaks made by chance have, at the same distance; shares of the peak's t."""

    peaks: int
    kept: Number = Field(description="Median of the peaks.")
    low: Number = Field(description="5 % quantile.")
    high: Number = Field(description="95 % quantile.")
    half: Number
    as_flat: Number = Field(description="Share of the peaks with as large a share as the best has.")


class BestRing(Ring):
    """A ring round the best variant, beside those round peaks made by chance."""

    luck: ChancePeaks


class PlateauResult(Result):
    """The best variant's neighbours."""

    strategy: str
    peak_t: float
    rings: tuple[BestRing, ...]


class EdgeResult(Result):
    """A parameter of which the best variant of a strategy has the lowest or the highest value that was tried."""

    strategy: str
    parameter: str
    value: Any
    side: Literal["lowest", "highest"]
    next: Any = Field(description="The next value beyond, as far as the last two are apart.")


class ChoiceResult(Result):
    """What choosing among all variants was worth on later sessions."""

    criterion: Literal["timing"] = "timing"
    expanding: Walk
    rolling: Walk
    combinatorial: CombinatorialPaths


class OverfittingResult(Result):
    """Probability of backtest overfitting, of choosing by Sharpe ratio."""

    variants: int
    pbo: Number
    splits: int
    loss_probability: Number
    sharpe_in: Number
    sharpe_out: Number


class SweptInference(Result):
    """Whether a variant's timing is more than chance."""

    timing_t: float
    timing_ir: Number
    timing_ci: Interval
    timing_p: Number
    timing_p_family: float = Field(description="Adjusted for all variants of the sweep.")
    timing_p_ever: float = Field(description="Adjusted for all trials on these prices.")
    psr: Number
    dsr: Number


class SweptVariant(Result):
    """One of the best variants, as vectorbt simulates it."""

    name: str
    strategy: str
    statement: str | None
    space: int = Field(description="Which of the spaces it is of.")
    number: int = Field(description="Which variant of the space.")
    params: Mapping[str, Any]
    metrics: Metrics
    inference: SweptInference


class SweptBenchmark(Result):
    """A benchmark on the same sessions."""

    name: str
    strategy: str
    params: Mapping[str, Any]
    metrics: Metrics


class ParityResult(Result):
    """By how much the kernel's accounts differ from vectorbt's at most."""

    variants: int
    largest: float
    limit: float


class TrialCountResult(Result):
    """The trials of the sweep among all on these prices."""

    trials: int
    effective: float = Field(description="Effective number of independent trials, by timing.")
    own: float = Field(description="The same of the sweep alone.")
    earlier: int | None
    other_primaries: tuple[str, ...]
    tried_unnamed: bool = Field(
        default=False, description="Whether the primary had been evaluated by a study that did not name it."
    )


class SweepResult(FileResult):
    """What a sweep gave. Fractions, not percent; annual figures per 252 sessions; a missing number is null."""

    FILE: ClassVar[str] = "sweep.json"

    layout: Literal[1] = Field(default=SCHEMA, alias="schema", serialization_alias="schema")
    kind: Literal["sweep"] = "sweep"
    study: Mapping[str, Any] = Field(description="The study with every default spelt out.")
    data: DataResult
    seal: HoldoutResult
    spaces: tuple[SpaceResult, ...]
    variants: int
    finding: str
    luck: ChanceResult
    distribution: DistributionResult
    surface: tuple[SurfaceResult, ...] = Field(description="One a space.")
    plateau: PlateauResult | None = Field(description="null where the best has no neighbour, or no t above 0.")
    edges: tuple[EdgeResult, ...] = Field(
        default=(), description="Where the best lie on the edge of the grid: what lies beyond was not tried."
    )
    later: ChoiceResult | None = Field(description="null where time is too short.")
    overfitting: OverfittingResult | None = Field(description="null where fewer than two variants vary.")
    best: tuple[SweptVariant, ...] = Field(description="By t, the best first.")
    benchmarks: tuple[SweptBenchmark, ...]
    parity: ParityResult
    trials: TrialCountResult
    ledger_sha256: str = Field(default="", description="By which the ledger knows this sweep.")
    audits: tuple[CodeAudit, ...] = Field(default=(), description="Of the strategies of own files.")
    environment: Mapping[str, str] = Field(description="Versions of what computed the figures.")
    created_at: str
