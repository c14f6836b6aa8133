"""The content of comparison.json: runs side by side, and what changed from a baseline."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from unlockstep.backtests.results.model.base import Day, FileResult, Interval, Number, Result, finite
from unlockstep.backtests.results.model.pair import DataResult
from unlockstep.backtests.results.model.run import HoldoutResult, VerdictResult
from unlockstep.backtests.results.model.variant import VariantResult

SCHEMA: Literal[1] = 1
"""Version of the layout of comparison.json."""


class ComparedRun(Result):
    """What a comparison repeats of a run."""

    run: str = Field(description="Name of its folder.")
    data: DataResult
    seal: HoldoutResult
    verdict: VerdictResult
    primary: str | None
    variants: tuple[VariantResult, ...]


class VariantPlace(Result):
    """A variant of a run."""

    run: str
    variant: str


class BaselineResult(Result):
    """What the others are compared with."""

    run: str
    variant: str | None = Field(description="null where each has its counterpart.")


class ChangedSetting(Result):
    """A setting, or a version, that is not the same in all runs."""

    setting: str
    values: tuple[Any, ...] = Field(description="A value a run; null where it has none.")


Count = Annotated[int | float | None, BeforeValidator(finite)]
"""A figure, or a whole number."""


class FigureChange(Result):
    """A figure of a variant beside its counterpart's."""

    baseline: Count
    here: Count
    difference: Count = Field(description="Here less the baseline; null where one is missing.")


_ByKey = Mapping[str, FigureChange]
_ByKeys = Mapping[str, FigureChange | _ByKey]
FigureChanges = Mapping[str, FigureChange | _ByKeys]
"""Figure, as a variant of result.json names it → its change; nested as there."""


class SharpeTest(Result):
    """The Sharpe ratios of two accounts, tested on the sessions that both have (Ledoit and Wolf 2008)."""

    sessions: int
    difference: Number
    ci: Interval
    p: Number
    p_holm: Number = Field(default=None, description="Adjusted for all tests of the comparison (Holm 1979).")


class VariantChange(Result):
    """A variant beside what it is compared with."""

    run: str
    variant: str
    baseline: VariantPlace
    parameters: Mapping[str, tuple[Any, Any]] = Field(description="The baseline's value, the value here.")
    verdict: tuple[str, str] = Field(description="The baseline's, the verdict here.")
    metrics: FigureChanges
    against: FigureChanges
    inference: FigureChanges
    same_positions: bool = Field(
        description="Both hold the same on all sessions that both have: costs or prices make the difference, no chance."
    )
    sharpe_test: SharpeTest | None

    def figure(self, keys: tuple[str, ...]) -> FigureChange | None:
        """The change of the figure that stands at these keys of a variant; None where neither has it."""
        changes: FigureChange | Mapping[str, Any] | None = getattr(self, keys[0])
        for key in keys[1:]:
            changes = changes.get(key) if isinstance(changes, Mapping) else None
        return changes if isinstance(changes, FigureChange) else None


class UnpairedVariant(VariantPlace):
    """A variant that only one of two runs has."""

    absent: str = Field(description="The run that lacks it.")


class SharedWindow(Result):
    """What makes the evaluated windows of all runs the same."""

    evaluate_from: Day = Field(description="The study's evaluate_from: the latest first session of the runs.")
    end: Day | None = Field(description="The study's end: the earliest last session; null where all end alike.")


class ComparisonResult(FileResult):
    """Runs side by side. Fractions, not percent; annual figures; a missing number is null."""

    FILE: ClassVar[str] = "comparison.json"

    layout: Literal[1] = Field(default=SCHEMA, alias="schema", serialization_alias="schema")
    warnings: tuple[str, ...] = Field(description="What keeps the runs' figures from being compared.")
    shared_window: SharedWindow | None = Field(
        default=None, description="What would give all runs one window; null where they have one."
    )
    ranked: bool = Field(description="Whether all variants are put in one order.")
    runs: tuple[ComparedRun, ...]
    baseline: BaselineResult
    settings: tuple[ChangedSetting, ...]
    parameters: Mapping[str, tuple[str, ...]] = Field(description="Strategy → parameters that differ among variants.")
    changes: tuple[VariantChange, ...]
    unpaired: tuple[UnpairedVariant, ...]
