"""The verdict as text."""

from dataclasses import dataclass

from unlockstep.backtests.reports.text.figure import Text, sentences
from unlockstep.backtests.reports.text.format import (
    sentence_text,
)
from unlockstep.backtests.reports.text.wording import (
    DECISIONS,
    decision_kind,
)
from unlockstep.backtests.results.model.run import RunResult


@dataclass(frozen=True)
class VerdictView:
    """The study's decision, what it means, its reasons, and what it would take to change it; kind: as a class name."""

    decision: str
    kind: str
    meaning: str
    reasons: tuple[Text, ...]
    would_change: tuple[Text, ...]


def verdict_view(result: RunResult) -> VerdictView:
    """The verdict as text."""
    verdict = result.verdict
    return VerdictView(
        decision=verdict.decision,
        kind=decision_kind(verdict.decision),
        meaning=DECISIONS[verdict.decision],
        reasons=tuple(map(sentence_text, sentences(verdict, lambda v: v.reasons))),
        would_change=tuple(map(sentence_text, sentences(verdict, lambda v: v.would_change))),
    )
