"""What is measured of each candidate, once, before it is judged.

Which null decides is fixed by what a candidate is, whatever came out: a strategy decides again on drawn histories
(`stats.redecided_test`), and those decide; weights that nobody can decide again, those of a file, are judged by clear
shifts (`stats.timing_test`).

The judge (`verdict`) and the report read the same evaluation. A calibration judges thousands of worlds and asks for the
later gates only where the timing test is passed, since only there they decide anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from unlockstep.backtests.engine.experiment import Experiment
from unlockstep.backtests.results.decision import CumulativeTrials, Evidence, Gates
from unlockstep.backtests.results.out_of_sample import tried, tried_walk
from unlockstep.backtests.stats.episodes import EpisodeStudy, episode_study, timing_returns
from unlockstep.backtests.stats.redecided_test import RedecidedTest
from unlockstep.backtests.stats.sharpe import sharpe_ratio
from unlockstep.backtests.trials.registration import Claim
from unlockstep.backtests.trials.trial_count import TrialCount
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats

HOPELESS = 0.06
"""A family-wise p-value above which a calibration needs to know no more of it."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was measured of one candidate.

    evidence: its timing test.  claim: its share of the error, where it was registered.  episodes, gates: None where
    they were left out since the timing test failed.
    """

    evidence: Evidence
    episodes: EpisodeStudy | None
    gates: Gates | None
    claim: Claim | None = None


def evaluate(
    experiment: Experiment,
    trial_count: TrialCount | None = None,
    claims: Mapping[str, Claim] = MappingProxyType({}),
    *,
    every_gate: bool = True,
) -> dict[str, Evaluation]:
    """Candidate → its evaluation, in the experiment's order.

    trial_count: the experiment's trials among all earlier ones; without it none came before.
    claims: variant → its share of the error, of those that were registered: they have it in place of the family's.
    every_gate: measure the later gates of every candidate, not only of those that pass the timing test.
    """
    alpha = experiment.study.rule.alpha
    evaluations = {}
    for variant in experiment.candidates:
        test = experiment.redecided(None if every_gate else max(alpha, HOPELESS))
        claim = claims.get(variant)
        evidence = _evidence(experiment, variant, test, claim)
        if every_gate or evidence.timing_p_family <= alpha:
            episodes = episode_study(weights_of(experiment, variant), experiment.earned(), seed=experiment.study.seed)
            gates = _gates(experiment, variant, test, evidence, episodes, trial_count, claim)
            evaluations[variant] = Evaluation(evidence, episodes, gates, claim)
        else:
            evaluations[variant] = Evaluation(evidence, None, None, claim)
    return evaluations


def _evidence(experiment: Experiment, variant: str, test: RedecidedTest, claim: Claim | None) -> Evidence:
    i, timing = experiment.place[variant], experiment.timing
    column, years = experiment.candidates.index(variant), len(experiment.earned()) / SESSIONS_PER_YEAR
    p, p_family = float(test.p[column]), float(test.p_family[column])
    if claim is not None:
        p = experiment.redecided_p(variant, claim.needed(experiment.study.alpha))
        p_family = claim.p(p)
    bias = np.nan_to_num(test.bias[column]) / np.sqrt(years)
    return Evidence(
        timing_ir=float(timing.information_ratio[i]),
        timing_ci=(float(timing.ci[i, 0] - bias), float(timing.ci[i, 1] - bias)),
        timing_upper=float(timing.upper[i] - bias),
        timing_p=p,
        timing_p_family=p_family,
        cost_drag_ir=_cost_drag(experiment, variant),
        detectable=float(test.detectable[column]),
        years=years,
    )


def _cost_drag(experiment: Experiment, variant: str) -> float:
    """What trading costs a variant beyond its constant mix, in units of its timing information ratio."""
    free, net = experiment.returns(0.0), experiment.returns(1.0)
    mix = experiment.mixes[variant].variant
    paid = (free[variant] - net[variant]).mean() - (free[mix] - net[mix]).mean()
    deviation = timing_returns(weights_of(experiment, variant), experiment.earned()).std()
    return float(paid / deviation * np.sqrt(SESSIONS_PER_YEAR)) if deviation > 1e-12 else float("nan")


def _gates(
    experiment: Experiment,
    variant: str,
    test: RedecidedTest,
    evidence: Evidence,
    episodes: EpisodeStudy,
    trial_count: TrialCount | None,
    claim: Claim | None,
) -> Gates:
    """The figures of the later gates on a variant."""
    study = experiment.study
    return Gates(
        cumulative=_cumulative_trials(experiment, variant, evidence, trial_count)
        if trial_count is not None and trial_count.searched and claim is None
        else None,
        money_p=float(experiment.timing.p_money[experiment.place[variant]]),
        out_of_sample_ir=out_of_sample_ir(experiment, variant),
        net_ir=net_ir(experiment, variant, study.cost_multiple),
        tried=1 if experiment.out_of_sample else len(tried(experiment, _strategy_of(experiment, variant)).labels),
        out_of_sample=experiment.out_of_sample,
        best_episode=episodes.share_best,
        episodes=episodes.count,
        skewness=float(experiment.timing.skewness[experiment.place[variant]]),
        standardised_p=float(test.p_standardised[experiment.candidates.index(variant)]),
    )


def _cumulative_trials(
    experiment: Experiment, variant: str, evidence: Evidence, trial_count: TrialCount
) -> CumulativeTrials:
    """The p-value of a variant that counts every trial ever made on these prices."""
    named = variant == experiment.primary
    p, p_family = evidence.timing_p, evidence.timing_p_family
    return CumulativeTrials(
        trial_count.p_all_trials(p=p, p_family=p_family, named=named),
        trial_count,
        unnamed=named and bool(trial_count.other_primaries),
    )


def weights_of(experiment: Experiment, variant: str) -> Floats:
    """Weights of a variant, a row for each of `experiment.earned()`."""
    return np.asarray(experiment.weights[: len(experiment.earned()), experiment.place[variant]])


def net_ir(experiment: Experiment, variant: str, multiple: float) -> float:
    """Information ratio of a variant's net returns over its constant mix's, both at this multiple of the costs."""
    returns = experiment.returns(multiple)
    return sharpe_ratio((returns[variant] - returns[experiment.mixes[variant].variant]).to_numpy())


def _strategy_of(experiment: Experiment, variant: str) -> str:
    return next(s.name for s in experiment.strategies if s.label == variant)


def out_of_sample_ir(experiment: Experiment, variant: str) -> float:
    """Timing information ratio of what the study tried of the variant's strategy, chosen anew as time went by.

    Its own where no session was seen before it was chosen. NaN where time is too short.
    """
    if experiment.out_of_sample:
        return float(experiment.timing.information_ratio[experiment.place[variant]])
    walked = tried_walk(experiment, _strategy_of(experiment, variant))
    return float("nan") if walked is None else float(walked.timing.information_ratio[0])
