"""The content of unseal.json: a run's frozen variants, judged on the sealed sessions."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from unlockstep.backtests.results.model.base import Day, Decision, FileResult, Interval, Number, Result
from unlockstep.backtests.results.model.pair import Coverage, Evaluated
from unlockstep.backtests.results.model.run import LookResult
from unlockstep.backtests.results.model.variant import GateResult, Metrics

SCHEMA: Literal[1] = 1
"""Version of the layout of unseal.json."""


class UnsealedRun(Result):
    """The run that is unsealed."""

    name: str
    created_at: str | None
    study: str = Field(description="Hash of its study.")
    verdict: Decision
    evaluated: Evaluated


class UnsealedData(Coverage):
    """The prices, as far as they go today."""

    notes: tuple[str, ...]
    note: str = Field(description="Whether they are still those of the run.")


class SealedPeriod(Result):
    """The sealed sessions."""

    after: Day
    sessions: int
    first: Day | None
    last: Day | None
    needed: int = Field(description="Sessions needed to judge.")


class FrozenResult(Result):
    """What is known of the choice of the frozen variants."""

    recorded_at: Day | None = Field(description="Day on which the ledger recorded the run's study; null if unknown.")
    sessions_after: int = Field(description="Sealed sessions later than that day, 0 where it is unknown.")
    ledger_began: Day | None = Field(description="Day of the ledger's first evaluation; null of an empty one.")
    authors_knew: Day = Field(description="Day up to which the authors of the built-in rules knew prices.")
    sessions_authors_knew: int = Field(description="Sealed sessions up to it.")


class UnsealedLook(Result):
    """Which look it was."""

    number: int | None = Field(description="From 1; null where there were too few sessions to look.")
    earlier: tuple[LookResult, ...]


class UnsealedInference(Result):
    """What the timing test says of a variant; annual ratios."""

    timing_ir: Number
    timing_ci: Interval
    timing_upper: Number = Field(description="95 % upper bound.")
    timing_p: Number
    timing_p_family: Number = Field(description="Adjusted for all variants of the run.")
    cost_drag_ir: Number = Field(description="Cost of the trading beyond the constant mix's.")
    detectable: Number = Field(description="Smallest ratio shown here with 80 % power.")
    years: Number
    redecided: bool = Field(default=True, description="Whether p-values are of histories in which it decides again.")


class UnsealedVariant(Result):
    """A frozen variant on the sealed sessions."""

    name: str
    label: str
    metrics: Metrics
    inference: UnsealedInference
    gates: tuple[GateResult, ...]
    verdict: Decision
    reasons: tuple[str, ...]


class UnsealedFamily(Result):
    """The trials on the sealed sessions."""

    n_trials: int
    n_effective: Number = Field(description="Effective number of independent trials, by timing.")
    earlier: int | None = Field(description="Trials of other studies.")


class UnsealedVerdict(Result):
    """The verdict on the sealed period."""

    decision: Decision
    reasons: tuple[str, ...]


class UnsealResult(FileResult):
    """What the sealed period says. Fractions, not percent; annual figures; a missing number is null."""

    FILE: ClassVar[str] = "unseal.json"

    layout: Literal[1] = Field(default=SCHEMA, alias="schema", serialization_alias="schema")
    run: UnsealedRun
    study: Mapping[str, Any] = Field(description="The study with every default spelt out, as in study.toml.")
    data: UnsealedData
    sealed: SealedPeriod
    frozen: FrozenResult
    environment: Mapping[str, str] = Field(description="Versions of what computed the figures.")
    look: UnsealedLook
    variants: tuple[UnsealedVariant, ...]
    primary: str | None
    family: UnsealedFamily | None = Field(description="null where there were too few sessions.")
    verdict: UnsealedVerdict
    created_at: str | None = Field(default=None, description="When it was unsealed, UTC.")
