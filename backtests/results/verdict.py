"""The verdict: a pure function of what was measured. The rule is in `decision`, its wording in `reasons`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.results.decision import (
    Evidence,
    Gates,
    decide_study,
    decide_variant,
    none_worth_trading,
)
from unlockstep.backtests.results.evidence import Evaluation
from unlockstep.backtests.results.reasons import Candidate, Verdict, study_reasons, variant_reasons
from unlockstep.backtests.trials.registration import Share
from unlockstep.backtests.trials.trial_count import TrialCount

EXPLORATORY = "Exploratory (--scratch): it cannot become an edge. Its trials are in the ledger like all others."
"""What is said first of each verdict of a study that only looks."""


@dataclass(frozen=True)
class Judgement:
    """The verdicts: of every candidate, by its name, and of the study."""

    verdicts: dict[str, Verdict]
    study: Verdict


def judge_variant(
    evidence: Evidence,
    rule: Rule,
    *,
    family: int,
    may_have_none: bool,
    primary: bool,
    gates: Gates | None,
    share: Share | None = None,
) -> Verdict:
    """The verdict on one of `family` variants; see `decision.decide_variant`."""
    judged = decide_variant(evidence, rule, may_have_none=may_have_none, gates=gates)
    return Verdict(
        judged.decision,
        variant_reasons(judged, evidence, rule, family=family, primary=primary, gates=gates, share=share),
    )


def judge_study(candidates: Sequence[Candidate], rule: Rule, trial_count: TrialCount | None = None) -> Verdict:
    """The study's verdict from those of its variants, benchmarks left out."""
    decision = decide_study([candidate.verdict.decision for candidate in candidates])
    return Verdict(decision, study_reasons(decision, candidates, rule, trial_count))


def judge(
    evaluations: Mapping[str, Evaluation],
    rule: Rule,
    *,
    primary: str | None,
    labels: Mapping[str, str] | None = None,
    trial_count: TrialCount | None = None,
    exploratory: bool = False,
) -> Judgement:
    """The verdicts on the candidates of a study, from what `evidence.evaluate` measured of each.

    primary: the pre-registered variant.  labels: the short names that the study's reasons call the variants by.
    trial_count: its trials among all earlier ones; without it the study is taken for the first on its prices.
    exploratory: the study only looks: nothing of it can become an edge.
    """
    hopeless = none_worth_trading([evaluation.evidence for evaluation in evaluations.values()], rule)
    verdicts = {
        variant: judge_variant(
            evaluation.evidence,
            rule,
            family=len(evaluations),
            may_have_none=hopeless or variant == primary,
            primary=variant == primary,
            gates=evaluation.gates,
            share=evaluation.share,
        )
        for variant, evaluation in evaluations.items()
    }
    if exploratory:
        verdicts = {variant: explored(verdict) for variant, verdict in verdicts.items()}
    names = labels or {}
    study = judge_study(
        [
            Candidate(names.get(variant, variant), verdict, evaluations[variant].evidence, primary=variant == primary)
            for variant, verdict in verdicts.items()
        ],
        rule,
        trial_count,
    )
    if exploratory:
        study = Verdict(study.decision, (EXPLORATORY, *study.reasons))
    return Judgement(verdicts, study)


def explored(verdict: Verdict) -> Verdict:
    """The verdict on a variant of a study that only looks."""
    decision = "cannot tell" if verdict.decision == "edge" else verdict.decision
    return Verdict(decision, (*verdict.reasons, EXPLORATORY))
