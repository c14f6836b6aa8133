"""The decision: edge, no edge, or cannot tell. The whole rule is in this module; its thresholds are a study's.

Of a variant:
    edge         its timing p-value, adjusted for all that was tried, is at most `alpha`, and every later gate is passed
                 raw returns    its timing return as such, unbent, has a p-value of at most `money_alpha`
                 rare losses    where losses are rarer and larger than gains (skewness under SKEWED), its returns in
                                units of volatility, unbent, have an adjusted p-value of at most `alpha`
                 out of sample  chosen as time went by among what was tried of its strategy, timing paid out of sample
                 costs          with costs times `cost_multiple` it still earned more, net, than its constant mix
                 episodes       without its best episode more than 1 − `episode_share` of its timing profit remains;
                                with fewer than FEWEST_EPISODES this is said and refuses nothing
                 all trials     its p-value is at most `alpha` when all trials ever made on these prices are counted,
                                and, in a later study, what it adds to them is within its share of the error;
                                asked only where there are more of them than the study's own
    no edge      the 95 % upper bound of its timing information ratio, less what its trading costs, lies below
                 `worthwhile_ir`: said of the primary variant on its own, of others only where it holds for all
    cannot tell  otherwise, with the information ratio that the sample could have shown

Of the study:
    edge         a variant has edge; the p-values already count the whole family and split the error with the primary
    no edge      no variant's bound reaches what would be worth trading
    cannot tell  otherwise
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.results.model.base import Decision
from unlockstep.backtests.trials.registration import Share
from unlockstep.backtests.trials.trial_count import TrialCount

FEWEST_EPISODES = 7
"""From which on the best episode's share can refuse: of six or fewer it is over the limit in most samples in which
the effect is steady."""


SKEWED = -0.5
"""Skewness of the timing return in units of volatility under which rare losses are asked for."""


@dataclass(frozen=True)
class TimingEvidence:
    """What a timing test says of a variant, on one pair or on many; information ratios are annual.

    timing_upper: 95 % upper bound.
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

    @property
    def bound(self) -> float:
        """95 % upper bound of the timing information ratio, less what the trading costs."""
        return self.timing_upper - self.cost_drag_ir


@dataclass(frozen=True)
class Evidence(TimingEvidence):
    """What the timing test says of a variant.

    timing_p, timing_p_family: of the null that decides, see `evidence`.  redecided: whether that null is histories in
    which the strategy decides again, or else shifts.
    """

    years: float
    redecided: bool = True


@dataclass(frozen=True)
class CumulativeTrials:
    """The p-value of a variant among all trials ever made on its prices.

    unnamed: whether it loses the share of a primary, since it was named with results known.
    share: what it has of the error for itself; None of what was first tried in the first study.
    """

    p: float
    trial_count: TrialCount
    unnamed: bool = False
    share: Share | None = None


@dataclass(frozen=True)
class Gates:
    """The figures of the later gates; a NaN passes none.

    money_p: p-value of the timing return.  out_of_sample_ir: timing information ratio of a walk-forward among the
    `tried` variants of its strategy; with one, that of its own sessions after the first training, or of all where they
    are out of sample.
    net_ir: information ratio over the constant mix, net of multiplied costs.  best_episode: the best episode's share of
    the timing profit, and episodes: how many there are.  skewness, standardised_p: of its returns in units of
    volatility, see `stats.timing_test`.  cumulative: None where nothing was tried on these prices before.
    """

    money_p: float
    out_of_sample_ir: float
    net_ir: float
    best_episode: float
    tried: int = 1
    out_of_sample: bool = False
    cumulative: CumulativeTrials | None = None
    skewness: float = 0.0
    standardised_p: float = 0.0
    episodes: int = FEWEST_EPISODES

    @property
    def skewed(self) -> bool:
        """Whether losses are rarer and larger than gains, or may be; else rare losses are not asked for."""
        return not self.skewness >= SKEWED

    @property
    def few_episodes(self) -> bool:
        """Whether a share of the best episode says nothing: of few episodes one is always large."""
        return self.episodes < FEWEST_EPISODES


@dataclass(frozen=True)
class Gate:
    """One gate: its name, whether it is passed, and the figure and the limit compared."""

    name: str
    passed: bool
    figure: float
    limit: float


@dataclass(frozen=True)
class VariantDecision:
    """The decision on a variant.

    timing_passed: None where there was no timing to judge.  later: the gates after the timing test, where it passed.
    """

    decision: Decision
    timing_passed: bool | None
    later: tuple[Gate, ...] = ()


def later_gates(gates: Gates, rule: Rule) -> tuple[Gate, ...]:
    """The gates after the timing test, each with its figure; a NaN passes none, but for rare losses not asked for."""
    g = gates
    share = np.inf if g.few_episodes else rule.episode_share
    rare_losses = g.standardised_p if g.skewed else float("nan")
    checks = (
        Gate("raw returns", g.money_p <= rule.money_alpha, g.money_p, rule.money_alpha),
        Gate("rare losses", not g.skewed or rare_losses <= rule.alpha, rare_losses, rule.alpha),
        Gate("out of sample", g.out_of_sample_ir > 0, g.out_of_sample_ir, 0.0),
        Gate("costs", g.net_ir > 0, g.net_ir, 0.0),
        Gate("episodes", g.best_episode <= share, g.best_episode, rule.episode_share),
    )
    if g.cumulative is None:
        return checks
    return (*checks, Gate("all trials", g.cumulative.p <= rule.alpha, g.cumulative.p, rule.alpha))


def decide_variant(evidence: Evidence, rule: Rule, *, may_have_none: bool, gates: Gates | None) -> VariantDecision:
    """The decision on one variant.

    may_have_none: whether "no edge" can be said of it: True for the primary, and for all where all bounds allow it.
    gates: the figures of the later gates; None only where the timing test failed, so that they decide nothing.
    """
    if not np.isfinite(evidence.timing_ir):
        return VariantDecision("cannot tell", None)
    passed = evidence.timing_p_family <= rule.alpha
    later: tuple[Gate, ...] = ()
    if passed:
        if gates is None:
            raise ValueError("the timing test is passed, so the later gates must have been measured")
        later = later_gates(gates, rule)
        if all(gate.passed for gate in later):
            return VariantDecision("edge", True, later)
    none = may_have_none and evidence.bound < rule.worthwhile_ir
    return VariantDecision("no edge" if none else "cannot tell", passed, later)


def decide_study(decisions: Sequence[Decision]) -> Decision:
    """The decision on a study from those on its variants, benchmarks left out."""
    if "edge" in decisions:
        return "edge"
    return "no edge" if decisions and all(each == "no edge" for each in decisions) else "cannot tell"


def years_needed(evidence: Evidence) -> float:
    """Years after which the ratio measured would show with 80 % power; inf where it is not positive."""
    e = evidence
    return e.years * (e.detectable / e.timing_ir) ** 2 if e.timing_ir > 1e-9 else float("inf")


def none_worth_trading(evidence: Sequence[Evidence], rule: Rule) -> bool:
    """Whether the bound of every variant of a family lies below what would be worth trading."""
    return bool(evidence) and all(np.isfinite(e.timing_ir) and e.bound < rule.worthwhile_ir for e in evidence)
