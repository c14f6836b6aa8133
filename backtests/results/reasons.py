"""The reasons of a decision in plain words, each with its figure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.results.decision import (
    SKEWED,
    Evidence,
    Gate,
    Gates,
    VariantDecision,
    years_needed,
)
from unlockstep.backtests.results.model.base import Decision
from unlockstep.backtests.text import shown_p
from unlockstep.backtests.trials.registration import MOST_LATER, Share
from unlockstep.backtests.trials.trial_count import TrialCount

CENTURY = 100.0
"""Years beyond which a number of years says no more than that it is hopeless."""


NULLS = {
    True: "Against histories of redrawn signs, on which the rule decides again,",
    False: "Against the clear shifts of its positions",
}
"""Whether a candidate decided again → what its p-value is held against."""


@dataclass(frozen=True)
class Verdict:
    """A decision and its reasons in plain words, each with its figure."""

    decision: Decision
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """One variant as the study's verdict sees it."""

    label: str
    verdict: Verdict
    evidence: Evidence
    primary: bool = False


def variant_reasons(
    judged: VariantDecision,
    e: Evidence,
    rule: Rule,
    *,
    family: int,
    primary: bool,
    gates: Gates | None,
    share: Share | None = None,
) -> tuple[str, ...]:
    """Why a variant, one of `family`, was judged so."""
    if judged.timing_passed is None:
        return ("Its weights, or the returns they met, never varied in this sample: there is no timing to judge.",)
    reasons = [
        f"Timing information ratio {e.timing_ir:+z.2f} a year over {e.years:.1f} years, "
        f"95 % interval {e.timing_ci[0]:+z.2f} to {e.timing_ci[1]:+z.2f}.",
        _registered(e, rule, share)
        if share and share.registration
        else _tested(e, rule, family=family, primary=primary),
    ]
    if judged.timing_passed:
        assert gates is not None  # see `decide_variant`
        sentences = [(gate.passed, gate_sentence(gate, gates, rule)) for gate in judged.later]
        if judged.decision == "edge":
            return (*reasons, *(sentence for _, sentence in sentences))
        reasons.append("The timing test is passed, but not all that an edge must also show:")
        reasons += [sentence for passed, sentence in sentences if not passed]
    return (*reasons, _bound(e, rule) if judged.decision == "no edge" else _reach(e))


def gate_sentence(gate: Gate, g: Gates, rule: Rule) -> str:
    """What a gate compared, in a sentence."""
    if gate.name == "raw returns":
        return (
            f"In money, its returns as they are, the timing has p {shown_p(g.money_p, rule.money_alpha)} "
            f"(at most {rule.money_alpha * 100:g} % allowed)."
        )
    if gate.name == "rare losses":
        return _rare_losses(g, gate.limit)
    if gate.name == "out of sample":
        return _later_data(g)
    if gate.name == "costs":
        return (
            f"With costs times {rule.cost_multiple:g} its information ratio over its constant mix, the same average "
            f"weights held always, is {g.net_ir:+z.2f}."
        )
    if gate.name == "episodes":
        if np.isnan(g.best_episode):
            return "It has no timing profit for its episodes to share."
        share = f"Its best episode carries {g.best_episode * 100:.0f} % of the timing profit"
        if g.few_episodes:
            return f"{share}; it has {g.episodes} episodes, too few to ask for less."
        return f"{share} (at most {rule.episode_share * 100:g} % allowed)."
    assert g.cumulative is not None  # the gate of all trials is there only with their count
    counted = f"Counting {counted_trials(g.cumulative.trial_count)},"
    if g.cumulative.unnamed:
        counted += " and with no share of the error for itself, since it was named when results were known,"
    if g.cumulative.share:
        counted += f" and {_later(g.cumulative.share)},"
    return f"{counted} p {shown_p(g.cumulative.p, rule.alpha)} (at most {rule.alpha * 100:g} % allowed)."


def _rare_losses(g: Gates, limit: float) -> str:
    if not g.skewed:
        return f"Its losses are no rarer and larger than its gains (skewness {g.skewness:+z.2f}, from {SKEWED:g} on)."
    return (
        f"Its losses are rarer and larger than its gains (skewness {g.skewness:+z.2f}), as with small gains before "
        "rare losses; its returns in units of volatility, no loss cut off, have "
        f"p {shown_p(g.standardised_p, limit)} (at most {limit * 100:g} % allowed)."
    )


def _later_data(g: Gates) -> str:
    if np.isnan(g.out_of_sample_ir):
        return "Out of sample there is no timing to measure: the sample is too short, or what was chosen never varied."
    chosen = "Out of sample, in the sessions after the first training,"
    if g.out_of_sample:
        chosen = "Out of sample, in the sealed sessions,"
    elif g.tried > 1:
        chosen = f"Out of sample, chosen as time went by among the {g.tried} variants tried of its strategy,"
    return f"{chosen} the timing ratio is {g.out_of_sample_ir:+z.2f}."


def counted_trials(trial_count: TrialCount) -> str:
    """All trials on the prices of a study, in words."""
    return (
        f"all {trial_count.trials} trials ever made on these prices (effective number of independent trials: "
        f"{trial_count.effective:.1f})"
    )


def _tested(e: Evidence, rule: Rule, *, family: int, primary: bool) -> str:
    tried = f"the {family} {'variants' if family > 1 else 'variant'} tried"
    if primary and family > 1:
        tried += f" and that this one, named beforehand, has {rule.primary_share * 100:g} % of the error for itself"
    return (
        f"{NULLS[e.redecided]} p {shown_p(e.timing_p)}; counting {tried}, "
        f"p {shown_p(e.timing_p_family, rule.alpha)} "
        f"({'within' if e.timing_p_family <= rule.alpha else 'above'} the {rule.alpha * 100:g} % allowed)."
    )


def _registered(e: Evidence, rule: Rule, share: Share) -> str:
    assert share.registration is not None
    return (
        f"{NULLS[e.redecided]} p {shown_p(e.timing_p)}; registered on {share.registration.day}, it has "
        f"{_percent(share.part)} of the error for itself, {_added(share)}, so that p "
        f"{shown_p(e.timing_p_family, rule.alpha)} "
        f"({'within' if e.timing_p_family <= rule.alpha else 'above'} the {rule.alpha * 100:g} % allowed)."
    )


def _later(share: Share) -> str:
    """What an unregistered idea of a later study is judged by."""
    if not share.part:
        return f"with no share of the error left, since {MOST_LATER} later studies have had theirs"
    return f"with {_percent(share.part)} of the error for what later study {share.place} tried first, {_added(share)}"


def _added(share: Share) -> str:
    """What earlier trials leave of an idea."""
    words = "which no earlier trial explains"
    if share.span.explained:
        words = (
            f"of whose timing earlier trials explain {share.span.explained * 100:.0f} % and foretell "
            f"t {share.span.foretold:+z.2f} (what it adds has p {shown_p(share.added_p)})"
        )
    if share.unknown > 1.0:
        words += f", as one of {share.unknown:.0f} tried before by a sweep or of unknown t"
    return words


def _percent(part: float) -> str:
    return f"{part * 100:.2g} %"


def _bound(e: Evidence, rule: Rule) -> str:
    worth = f"the {rule.worthwhile_ir:.2f} a year that would be worth trading"
    if e.timing_upper < rule.worthwhile_ir:
        return f"Its 95 % upper bound, {e.timing_upper:+z.2f}, lies below {worth}."
    return (
        f"Costs eat it: they take {e.cost_drag_ir:.2f} a year, so that its 95 % upper bound, {e.timing_upper:+z.2f} "
        f"before them, is {e.bound:+z.2f} after them and lies below {worth}."
    )


def _reach(e: Evidence) -> str:
    reach = (
        f"The 95 % upper bound is {e.timing_upper:+z.2f} a year. In this sample only {e.detectable:.2f} or more would "
        "have passed the timing test with 80 % power"
    )
    needed = years_needed(e)
    if np.isfinite(needed):
        reach += f"; to show {e.timing_ir:.2f} it would take {span_of(needed)}"
    return f"{reach}."


def span_of(years: float) -> str:
    """A length of time: "about 12 years", "more than a century"."""
    return f"about {years:.0f} years" if years < CENTURY else "more than a century"


def study_reasons(
    decision: Decision, candidates: Sequence[Candidate], rule: Rule, trial_count: TrialCount | None = None
) -> tuple[str, ...]:
    """Why a study was judged so, from its variants, benchmarks left out."""
    if not candidates:
        return ("The study holds nothing but benchmarks, which claim no edge.",)
    primary = next((candidate for candidate in candidates if candidate.primary), None)
    closing = [
        f"{len(candidates)} {'variants were' if len(candidates) > 1 else 'variant was'} tried, and all are counted."
    ]
    if trial_count and trial_count.searched:
        before = "Other studies came before" if trial_count.searched_before else "More was tried beside these"
        closing.append(f"{before}: an edge must last against {counted_trials(trial_count)}.")
    if primary and np.isfinite(primary.evidence.timing_ir) and len(candidates) > 1:
        share, rest = rule.alpha * rule.primary_share * 100, rule.alpha * (1 - rule.primary_share) * 100
        closing.append(
            f"The error of {rule.alpha * 100:g} % is split: {share:g} % for the pre-registered primary variant, "
            f"and {rest:g} % for the {len(candidates) - 1} {'others' if len(candidates) > 2 else 'other'}."
        )
    if primary:
        closing.append(
            f"The primary variant, {primary.label}: {primary.verdict.decision}. {primary.verdict.reasons[0]}"
        )
    if rule != Rule():
        closing.append("The thresholds are not those for which error rates are published.")
    if decision == "edge":
        winners = [candidate.label for candidate in candidates if candidate.verdict.decision == "edge"]
        return (f"Edge in {len(winners)} of {len(candidates)}: {', '.join(winners)}.", *closing)
    if decision == "no edge":
        return ("No variant's upper bound reaches what would be worth trading.", *closing)
    best = min(candidates, key=lambda candidate: candidate.evidence.timing_p_family)
    if not any(np.isfinite(candidate.evidence.timing_ir) for candidate in candidates):
        return ("No variant has timing to judge: weights, or the returns they met, never varied.", *closing)
    summary = f"The smallest family-wise p-value is that of {best.label}, p {shown_p(best.evidence.timing_p_family)}."
    reach = [candidate.evidence.detectable for candidate in candidates if np.isfinite(candidate.evidence.detectable)]
    if reach:
        low, high = min(reach), max(reach)
        span = f"{low:.2f} a year"
        if f"{low:.2f}" != f"{high:.2f}":
            span = f"{low:.2f} to {high:.2f} a year, depending on the variant,"
        summary += f" Only a timing information ratio of at least {span} would have passed the timing test here with "
        summary += "80 % power."
    return (summary, *closing)
