"""The verdict: edge, no edge, or cannot tell. The whole rule stands here; its thresholds are a study's.

Of a variant:
    edge         its timing p-value, adjusted for all that was tried, is at most `alpha`, and every later gate is passed
                 money          its timing return as such, unbent, has a p-value of at most `money_alpha`
                 later data     chosen as time went by among what was tried of its strategy, timing paid out of sample
                 costs          with costs times `cost_multiple` it still earned more, net, than its constant mix
                 episodes       without its best episode more than 1 − `episode_share` of its timing profit remains
                 earlier trials its p-value is at most `alpha` when all trials ever made on these prices are counted;
                                asked only where there are more of them than the study's own
    no edge      the 95 % upper bound of its timing information ratio, less what its trading costs, lies below
                 `worthwhile_ir`: said of the primary variant on its own, of others only where it holds for all
    cannot tell  otherwise, with the information ratio that the sample could have shown

Of the study:
    edge         a variant has edge; the p-values already count the whole family and split the error with the primary
    no edge      no variant's bound reaches what would be worth trading
    cannot tell  otherwise
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.trials.trial_count import TrialCount

Decision = Literal["edge", "no edge", "cannot tell"]

CENTURY = 100.0
"""Years beyond which a number of years says no more than that it is hopeless."""


@dataclass(frozen=True)
class Evidence:
    """What the timing test says of a variant; information ratios are annual.

    cost_drag_ir: what its trading costs beyond its constant mix's, in units of the timing information ratio.
    detectable: the information ratio that this sample would have shown with 80 % power.
    """

    timing_ir: float
    timing_ci: tuple[float, float]
    timing_upper: float
    timing_p: float
    timing_p_family: float
    cost_drag_ir: float
    detectable: float
    years: float

    @property
    def bound(self) -> float:
        """95 % upper bound of the timing information ratio, less what the trading costs."""
        return self.timing_upper - self.cost_drag_ir


@dataclass(frozen=True)
class CumulativeTrials:
    """The p-value of a variant among all trials ever made on its prices.

    unnamed: whether it loses its share of the error, since other studies named others beforehand.
    """

    p: float
    trial_count: TrialCount
    unnamed: bool = False


@dataclass(frozen=True)
class Gates:
    """The figures of the later gates; a NaN passes none.

    money_p: p-value of the timing return.  out_of_sample_ir: timing information ratio of a walk-forward among the
    `tried` variants of its strategy; with one, that of its own sessions after the first training, or of all where they
    are out of sample.
    net_ir: information ratio over the constant mix, net of multiplied costs.  best_episode: the best episode's share of
    the timing profit.  cumulative: None where nothing was tried on these prices before.
    """

    money_p: float
    out_of_sample_ir: float
    net_ir: float
    best_episode: float
    tried: int = 1
    out_of_sample: bool = False
    cumulative: CumulativeTrials | None = None


@dataclass(frozen=True)
class Verdict:
    """A decision and its reasons in plain words, each with its figure."""

    decision: Decision
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Gate:
    """One gate: its name, whether it is passed, the figure and the limit compared, and a sentence with both."""

    name: str
    passed: bool
    figure: float
    limit: float
    sentence: str


def later_gates(gates: Gates, rule: Rule) -> tuple[Gate, ...]:
    """The gates after the timing test, each with its figure."""
    g, times = gates, f"{rule.cost_multiple:g}"
    chosen = "On later data, the sessions after the first training,"
    if g.out_of_sample:
        chosen = "On later data, all of which was sealed when it was chosen,"
    elif g.tried > 1:
        chosen = f"On later data, chosen as time went by among the {g.tried} variants tried of its strategy,"
    found = (
        Gate(
            "money",
            g.money_p <= rule.money_alpha,
            g.money_p,
            rule.money_alpha,
            f"In money, its returns as they are, the timing has p {shown_p(g.money_p, rule.money_alpha)} "
            f"(at most {rule.money_alpha * 100:g} % allowed).",
        ),
        Gate(
            "later data",
            g.out_of_sample_ir > 0,
            g.out_of_sample_ir,
            0.0,
            "On later data there is no timing to measure: the sample is too short, or what was chosen never varied."
            if np.isnan(g.out_of_sample_ir)
            else f"{chosen} the timing ratio is {g.out_of_sample_ir:+z.2f}.",
        ),
        Gate(
            "costs",
            g.net_ir > 0,
            g.net_ir,
            0.0,
            f"With costs times {times} its information ratio over its constant mix, the same average weights held "
            f"always, is {g.net_ir:+z.2f}.",
        ),
        Gate(
            "episodes",
            g.best_episode <= rule.episode_share,
            g.best_episode,
            rule.episode_share,
            "It has no timing profit for its episodes to share."
            if np.isnan(g.best_episode)
            else f"Its best episode carries {g.best_episode * 100:.0f} % of the timing profit "
            f"(at most {rule.episode_share * 100:g} % allowed).",
        ),
    )
    return found if g.cumulative is None else (*found, _earlier(g.cumulative, rule))


def _earlier(cumulative: CumulativeTrials, rule: Rule) -> Gate:
    told = f"Counting {counted_trials(cumulative.trial_count)},"
    if cumulative.unnamed:
        told += " and with no share of the error for itself, since others were named beforehand on them,"
    told += f" p {shown_p(cumulative.p, rule.alpha)} (at most {rule.alpha * 100:g} % allowed)."
    return Gate("earlier trials", cumulative.p <= rule.alpha, cumulative.p, rule.alpha, told)


def counted_trials(trial_count: TrialCount) -> str:
    """All trials on the prices of a study, in words."""
    return (
        f"all {trial_count.trials} trials ever made on these prices, worth {trial_count.timings:.1f} independent ones"
    )


def judge_variant(
    evidence: Evidence,
    rule: Rule,
    *,
    family: int,
    may_have_none: bool,
    primary: bool,
    gates: Callable[[], Gates],
) -> Verdict:
    """The verdict on one of `family` variants.

    may_have_none: whether "no edge" can be said of it: True for the primary, and for all where all bounds allow it.
    gates: asked for only when the timing test is passed, since they cost more than it.
    """
    e = evidence
    if not np.isfinite(e.timing_ir):
        return Verdict(
            "cannot tell",
            ("Its weights, or the returns they met, never varied in this sample: there is no timing to judge.",),
        )
    measured = (
        f"Timing information ratio {e.timing_ir:+z.2f} a year over {e.years:.1f} years, "
        f"95 % interval {e.timing_ci[0]:+z.2f} to {e.timing_ci[1]:+z.2f}."
    )
    reasons = [measured, _tested(e, rule, family=family, primary=primary)]
    timed = e.timing_p_family <= rule.alpha
    if timed:
        later = later_gates(gates(), rule)
        failed = [gate.sentence for gate in later if not gate.passed]
        if not failed:
            return Verdict("edge", (*reasons, *(gate.sentence for gate in later)))
        reasons.append("The timing test is passed, but not all that an edge must also show:")
        reasons += failed
    if may_have_none and e.bound < rule.worthwhile_ir:
        return Verdict("no edge", (*reasons, _bound(e, rule)))
    return Verdict("cannot tell", (*reasons, _reach(e)))


def _tested(e: Evidence, rule: Rule, *, family: int, primary: bool) -> str:
    tried = f"the {family} {'variants' if family > 1 else 'variant'} tried"
    if primary and family > 1:
        tried += f" and that this one, named beforehand, has {rule.primary_share * 100:g} % of the error for itself"
    return (
        f"Against all shifts of its positions p {shown_p(e.timing_p)}; counting {tried}, "
        f"p {shown_p(e.timing_p_family, rule.alpha)} "
        f"({'within' if e.timing_p_family <= rule.alpha else 'above'} the {rule.alpha * 100:g} % allowed)."
    )


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


def years_needed(evidence: Evidence) -> float:
    """Years after which the ratio measured would show with 80 % power; inf where it is not positive."""
    e = evidence
    return e.years * (e.detectable / e.timing_ir) ** 2 if e.timing_ir > 1e-9 else float("inf")


def shown_p(p: float, limit: float = 0.0) -> str:
    """A p-value after the letter p: "= 0.031", "< 0.001"; with more digits where three would show it as its limit."""
    if p < 0.001:
        return "< 0.001"
    digits = next((d for d in (3, 4, 5) if p == limit or f"{p:.{d}f}" != f"{limit:.{d}f}"), 6)
    return f"= {p:.{digits}f}"


@dataclass(frozen=True)
class Candidate:
    """One variant as the study's verdict sees it."""

    label: str
    verdict: Verdict
    evidence: Evidence
    primary: bool = False


def judge_study(candidates: Sequence[Candidate], rule: Rule, trial_count: TrialCount | None = None) -> Verdict:
    """The study's verdict from those of its variants, benchmarks left out."""
    if not candidates:
        return Verdict("cannot tell", ("The study holds nothing but benchmarks, which claim no edge.",))
    primary = next((candidate for candidate in candidates if candidate.primary), None)
    closing = [
        f"{len(candidates)} {'variants were' if len(candidates) > 1 else 'variant was'} tried, and all are counted."
    ]
    if trial_count and trial_count.searched:
        closing.append(f"Other studies came before: an edge must last against {counted_trials(trial_count)}.")
    if primary and np.isfinite(primary.evidence.timing_ir) and len(candidates) > 1:
        own, rest = rule.alpha * rule.primary_share * 100, rule.alpha * (1 - rule.primary_share) * 100
        closing.append(
            f"The error of {rule.alpha * 100:g} % is split: {own:g} % for the primary variant, named beforehand, "
            f"and {rest:g} % for the {len(candidates) - 1} {'others' if len(candidates) > 2 else 'other'}."
        )
    if primary:
        closing.append(
            f"The primary variant, {primary.label}: {primary.verdict.decision}. {primary.verdict.reasons[0]}"
        )
    if rule != Rule():
        closing.append("The thresholds are not those for which error rates are published.")
    winners = [candidate.label for candidate in candidates if candidate.verdict.decision == "edge"]
    if winners:
        return Verdict("edge", (f"Edge in {len(winners)} of {len(candidates)}: {', '.join(winners)}.", *closing))
    if all(candidate.verdict.decision == "no edge" for candidate in candidates):
        return Verdict("no edge", ("No variant's upper bound reaches what would be worth trading.", *closing))
    best = min(candidates, key=lambda candidate: candidate.evidence.timing_p_family)
    found = f"The smallest family-wise p-value is that of {best.label}, p {shown_p(best.evidence.timing_p_family)}."
    reach = [candidate.evidence.detectable for candidate in candidates if np.isfinite(candidate.evidence.detectable)]
    if reach:
        low, high = min(reach), max(reach)
        span = f"{low:.2f} a year"
        if f"{low:.2f}" != f"{high:.2f}":
            span = f"{low:.2f} to {high:.2f} a year, depending on the variant,"
        found += f" Only a timing information ratio of at least {span} would have passed the timing test here with "
        found += "80 % power."
    return Verdict("cannot tell", (found, *closing))


def none_worth_trading(evidence: Sequence[Evidence], rule: Rule) -> bool:
    """Whether the bound of every variant of a family lies below what would be worth trading."""
    return bool(evidence) and all(np.isfinite(e.timing_ir) and e.bound < rule.worthwhile_ir for e in evidence)
