"""The verdict on a mechanism: edge, no edge, or cannot tell, of one strategy on all pairs together.

edge         its pooled timing p-value, adjusted for all strategies, is at most `alpha`, and every gate is passed:
             raw returns   in money, unbent, the pooled timing has a p-value of at most `money_alpha`
             rare losses   where losses are rarer and larger than gains, it holds in units of volatility, unbent, too
             costs         the book net of `cost_multiple` times the costs earns more than the book of constant mixes
             best group    without the group of pairs that brings most, the pooled ratio is above 0
no edge      the upper bound of the pooled ratio, less what trading costs, lies below `worthwhile_ir`: the ratio is that
             of a book that a trader could hold. Of the primary the bound is its own 95 % one; those of the others hold
             for all of them at once (Bonferroni)
cannot tell  otherwise, and whenever there are fewer than three pairs
"""

from dataclasses import dataclass

import numpy as np

from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.results.decision import SKEWED, Gate, TimingEvidence
from unlockstep.backtests.results.model.base import Number, as_float
from unlockstep.backtests.results.reasons import Verdict
from unlockstep.backtests.text import shown_p


@dataclass(frozen=True)
class PooledEvidence(TimingEvidence):
    """The pooled timing test of a strategy, on all pairs together.

    timing_upper: its own bound where it is `alone`, the primary, else one that holds for all others at once.
    """

    alone: bool


@dataclass(frozen=True)
class PooledGates:
    """The figures of the gates; None passes none, but `without_best_group`, which is not asked of a single group."""

    money_p: float
    skewness: float
    standardised_p: float
    net_ir: Number
    without_best_group: Number


def gates_of(gates: PooledGates, rule: Rule) -> tuple[Gate, ...]:
    """The gates, each with its figure."""
    skewed = not gates.skewness >= SKEWED
    rare = gates.standardised_p if skewed else float("nan")
    net = as_float(gates.net_ir)
    checks = (
        Gate("raw returns", gates.money_p <= rule.money_alpha, gates.money_p, rule.money_alpha),
        Gate("rare losses", not skewed or rare <= rule.alpha, rare, rule.alpha),
        Gate("costs", net > 0, net, 0.0),
    )
    if gates.without_best_group is None:
        return checks
    return (*checks, Gate("best group", gates.without_best_group > 0, gates.without_best_group, 0.0))


def decide_pooled(evidence: PooledEvidence, gates: PooledGates, rule: Rule, *, pairs: int, fewest: int) -> Verdict:
    """The verdict on one strategy."""
    e = evidence
    if pairs < fewest:
        return Verdict("cannot tell", (f"Nothing is pooled: that takes {fewest} pairs, and there are {pairs}.",))
    if not np.isfinite(e.timing_ir):
        return Verdict("cannot tell", ("Its weights never varied on any pair: there is no timing to judge.",))
    reasons = [
        f"Pooled timing information ratio {e.timing_ir:+z.2f} a year, 95 % interval {e.timing_ci[0]:+z.2f} to "
        f"{e.timing_ci[1]:+z.2f}; p {shown_p(e.timing_p)}, counting all strategies "
        f"{shown_p(e.timing_p_family, rule.alpha)} (at most {rule.alpha * 100:g} % allowed)."
    ]
    if e.timing_p_family <= rule.alpha:
        failed = [gate.name for gate in gates_of(gates, rule) if not gate.passed]
        if not failed:
            return Verdict("edge", (*reasons, "Every further condition of an edge is met."))
        reasons.append(f"The timing test is passed, but not what an edge must also show: {', '.join(failed)}.")
    bound = "95 % upper bound" if e.alone else "95 % upper bound, for all strategies at once,"
    after = f" ({e.timing_upper:+z.2f} before costs, which take {e.cost_drag_ir:.2f})"
    worth = f"the {rule.worthwhile_ir:.2f} a year that would be worth trading"
    if e.bound < rule.worthwhile_ir:
        return Verdict("no edge", (*reasons, f"Its {bound} is {e.bound:+z.2f}{after}: below {worth}."))
    return Verdict(
        "cannot tell",
        (
            *reasons,
            f"Its {bound} is {e.bound:+z.2f}{after}: not below {worth}. With 80 % power the universe would show "
            f"{e.detectable:.2f} or more.",
        ),
    )
