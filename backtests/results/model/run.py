"""The content of result.json."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field

from unlockstep.backtests.results.model.base import Day, Decision, Number, Result, annotate_path
from unlockstep.backtests.results.model.events import BreakEvents
from unlockstep.backtests.results.model.family import FamilyResult, PlaceboPair
from unlockstep.backtests.results.model.hedged import HedgedPair
from unlockstep.backtests.results.model.pair import DataResult, DetectorsResult, LockstepResult
from unlockstep.backtests.results.model.statements import StatementsResult
from unlockstep.backtests.results.model.variant import VariantResult

SCHEMA: Literal[2] = 2
"""Version of the layout of result.json."""


class LookResult(Result):
    """One look at sealed sessions."""

    at: Day
    by: str = Field(description="The run that was unsealed, or the study whose period reached past the seal.")
    first: Day
    last: Day
    answer: str | None = Field(
        description="Verdict of an unsealing, null where it was broken off before; empty of a study."
    )


class HoldoutResult(Result):
    """What was left out as sealed, and who has looked at it."""

    after: Day
    sessions: int
    looks: tuple[LookResult, ...] | None = Field(description="null where no ledger was asked.")


class CrisisResult(Result):
    """A stretch chosen in hindsight that lies within the window."""

    name: str
    first: Day
    last: Day
    told: str
    sessions: int
    correlation: Number


class CodeAudit(Result):
    """What a short audit says of a strategy of the user's own: whether it looks ahead."""

    strategy: str
    audited: bool = Field(description="Whether it was audited, and nothing found: a finding stops a run.")
    reason: str = Field(default="", description="Why it was not, or why nothing can be told; empty where it was.")
    cuts: int = Field(default=0, description="Sessions after which the future was cut off and altered.")
    possible: int = Field(default=0, description="Sessions after which it could have been.")
    futures: int = Field(default=0, description="Markets computed.")
    variants: int = Field(default=0, description="Variants of it that were audited.")
    of: int = Field(default=0, description="Variants of it in the study.")


class ShareResult(Result):
    """What a variant has of the error for itself: registered, or first tried after another study on these prices."""

    variant: str
    registered: Day | None = Field(description="When it was registered; null of one that was not.")
    why: str = Field(description="Why it should pay; empty of one that was not registered.")
    number: int = Field(description="Which registration, or which later study, on these prices it is of, from 1.")
    share: Number = Field(description="Part of the error rate that it has for itself.")
    explained: Number = Field(description="Share of its timing's variance that earlier trials explain.")
    foretold: Number = Field(description="t of its timing that theirs foretell, 0 at least.")
    added_p: Number = Field(description="p-value of what it adds to them; 0 where they explain nothing.")
    unknown: Number = Field(description="Effective number of earlier trials of unknown t, such as those of sweeps.")


class UniverseOriginResult(Result):
    """A universe that was the first to evaluate variants of this run on these prices: they are not confirmed here."""

    universe: str = Field(description="Its name.")
    pairs: int
    day: Day = Field(description="Of the evaluation.")
    variants: tuple[str, ...] = Field(description="Full names.")


class VerdictResult(Result):
    """The study's verdict."""

    decision: Decision
    reasons: tuple[str, ...]
    would_change: tuple[str, ...] = Field(description="What it would take to change it.")


class RunResult(Result):
    """What a study gave. Fractions, not percent; annual figures per 252 sessions; a missing number is null."""

    layout: Literal[2] = Field(default=SCHEMA, alias="schema", serialization_alias="schema")
    study: Mapping[str, Any] = Field(description="The study with every default spelt out, as in study.toml.")
    data: DataResult
    lockstep: LockstepResult
    detectors: DetectorsResult
    statements: StatementsResult
    variants: tuple[VariantResult, ...]
    primary: str | None = Field(description="Name of the variant chosen before any result was seen.")
    family: FamilyResult
    seal: HoldoutResult
    placebo: tuple[PlaceboPair, ...]
    crises: tuple[CrisisResult, ...]
    events: BreakEvents | None
    verdict: VerdictResult
    environment: Mapping[str, str] = Field(description="Versions of what computed the figures.")
    audits: tuple[CodeAudit, ...] = Field(default=(), description="One for each strategy of the user's own.")
    shares: tuple[ShareResult, ...] = Field(
        default=(), description="One for each variant that has a share of the error for itself."
    )
    hedged: HedgedPair | None = Field(default=None, description="The hedged pair; null of a study without hedges.")
    universes: tuple[UniverseOriginResult, ...] = Field(
        default=(), description="Universes that evaluated variants of this run on these prices before any other study."
    )
    files: Mapping[str, str] = Field(
        default_factory=dict, description="SHA-256 of each Parquet file of the run; empty of one that is in no folder."
    )
    created_at: str | None = Field(default=None, description="When the run ended, UTC.")

    @classmethod
    def of(cls, content: Mapping[str, Any], file: str = "result.json") -> Self:
        """The result that a result.json holds, each part of it knowing its place in `file`.

        A content of schema 1, as version 0.2 wrote it, is read too: it has empty parts where schema 2 has null. So is
        one of version 0.3, which had two effective numbers of trials: that by timing is the one that is left.
        Raises pydantic's ValidationError for any other content.
        """
        if content.get("schema") == 1:
            content = {**content, "schema": SCHEMA}
        family = content.get("family")
        if isinstance(family, Mapping) and "n_effective_timing" in family:
            left = {key: item for key, item in family.items() if not key.endswith("_effective_timing")}
            content = {
                **content,
                "family": {
                    **left,
                    "n_effective": family["n_effective_timing"],
                    "own_effective": family.get("own_effective_timing"),
                },
            }
        return annotate_path(cls.model_validate(content), file)
