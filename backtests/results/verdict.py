"""The verdict: edge, no edge, or cannot tell. The whole rule stands here.

Of a variant:
    edge         its family-wise timing p-value is at most `alpha`, and with costs doubled its net returns still exceed
                 those of the constant mix of its own average weights
    no edge      the 95 % upper bound of its timing information ratio lies below `worthwhile_ir`
    cannot tell  otherwise, with the information ratio that the sample could have shown

Of the study:
    edge         a variant has edge; the p-values already count the whole family
    no edge      every variant has none
    cannot tell  otherwise
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Decision = Literal["edge", "no edge", "cannot tell"]

CENTURY = 100.0
"""Years beyond which a number of years says no more than that it is hopeless."""


@dataclass(frozen=True)
class Evidence:
    """The figures that a variant's verdict rests on; information ratios are annual.

    net_ir_doubled_costs: information ratio of its net returns over those of its constant mix, both at twice the costs.
    """

    timing_ir: float
    timing_ci: tuple[float, float]
    timing_upper: float
    timing_p: float
    timing_p_family: float
    min_detectable_ir: float
    net_ir_doubled_costs: float
    years: float


@dataclass(frozen=True)
class Verdict:
    """A decision and its reasons in plain words, each with its figure."""

    decision: Decision
    reasons: tuple[str, ...]


def judge_variant(evidence: Evidence, *, family: int, alpha: float, worthwhile_ir: float) -> Verdict:
    """The verdict on one of `family` variants."""
    e = evidence
    if not np.isfinite(e.timing_ir):
        return Verdict(
            "cannot tell",
            ("Its weights, or the returns they met, never varied in this sample: there is no timing to judge.",),
        )
    measured = (
        f"Timing information ratio {e.timing_ir:+.2f} a year over {e.years:.1f} years, "
        f"95 % interval {e.timing_ci[0]:+.2f} to {e.timing_ci[1]:+.2f}."
    )
    lead = (
        "With costs doubled its information ratio over its constant mix, the same average weights held always, is "
        f"{e.net_ir_doubled_costs:+.2f}."
    )
    tested = (
        f"Against all shifts of its positions p {_p(e.timing_p)}; counting the {family} "
        f"{'variants' if family > 1 else 'variant'} tried, p {_p(e.timing_p_family)} "
        f"({'within' if e.timing_p_family <= alpha else 'above'} the {alpha * 100:g} % allowed)."
    )
    if e.timing_p_family <= alpha and e.net_ir_doubled_costs > 0:
        return Verdict("edge", (measured, tested, lead))
    if e.timing_upper < worthwhile_ir:
        bound = (
            f"Its 95 % upper bound, {e.timing_upper:+.2f}, lies below the {worthwhile_ir:.2f} a year "
            "that would be worth trading."
        )
        return Verdict("no edge", (measured, bound))
    reach = (
        f"It may still be worth trading: the 95 % upper bound is {e.timing_upper:+.2f} a year. In this sample only "
        f"{e.min_detectable_ir:.2f} or more would have shown with 80 % power"
    )
    if e.timing_ir > 0:
        needed = e.years * (e.min_detectable_ir / e.timing_ir) ** 2
        span = f"about {needed:.0f} years" if needed < CENTURY else "more than a century"
        reach += f"; to show {e.timing_ir:.2f} it would take {span}"
    reasons = (measured, tested, f"{reach}.")
    return Verdict("cannot tell", (*reasons, lead) if e.timing_p_family <= alpha else reasons)


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


@dataclass(frozen=True)
class Claim:
    """One variant as the study's verdict sees it: short label, verdict, family-wise p, named beforehand or not."""

    label: str
    verdict: Verdict
    p_family: float
    primary: bool = False


def judge_study(claims: Sequence[Claim], *, min_detectable_ir: float) -> Verdict:
    """The study's verdict from those of its variants, benchmarks left out."""
    if not claims:
        return Verdict("cannot tell", ("The study holds nothing but benchmarks, which claim no edge.",))
    closing = [f"{len(claims)} {'variants were' if len(claims) > 1 else 'variant was'} tried, and all are counted."]
    closing += [
        f"The primary variant, {claim.label}: {claim.verdict.decision}. {claim.verdict.reasons[0]}"
        for claim in claims
        if claim.primary
    ]
    winners = [claim.label for claim in claims if claim.verdict.decision == "edge"]
    if winners:
        return Verdict("edge", (f"Edge in {len(winners)} of {len(claims)}: {', '.join(winners)}.", *closing))
    if all(claim.verdict.decision == "no edge" for claim in claims):
        return Verdict("no edge", ("No variant's upper bound reaches what would be worth trading.", *closing))
    best = min(claims, key=lambda claim: claim.p_family)
    found = f"The smallest family-wise p-value is that of {best.label}, p {_p(best.p_family)}."
    if np.isfinite(min_detectable_ir):
        found += f" Only a timing information ratio of {min_detectable_ir:.2f} or more a year would have shown here"
        found += " with 80 % power."
    return Verdict("cannot tell", (found, *closing))
