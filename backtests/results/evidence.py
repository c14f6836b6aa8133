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
from unlockstep.backtests.trials.registration import Share
from unlockstep.backtests.trials.trial_count import TrialCount
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats

HOPELESS = 0.06
"""A family-wise p-value above which a calibration needs to know no more of it."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was measured of one candidate.

    evidence: its timing test.  share: what it has of the error for itself, see `shares`.  episodes, gates: None where
    they were left out since the timing test failed.
    """

    evidence: Evidence
    episodes: EpisodeStudy | None
    gates: Gates | None
    share: Share | None = None


def evaluate(
    experiment: Experiment,
    trial_count: TrialCount | None = None,
    shares: Mapping[str, Share] = MappingProxyType({}),
    *,
    every_gate: bool = True,
) -> dict[str, Evaluation]:
    """Candidate → its evaluation, in the experiment's order.

    trial_count: the experiment's trials among all earlier ones; without it none came before.
    shares: variant → its share of the error, of those that do not belong to the first study on these prices. Where it
    was registered it has that in place of the family's, else beside it, in the gate of all trials.
    every_gate: measure the later gates of every candidate, not only of those that pass the timing test.
    """
    alpha = experiment.study.rule.alpha
    evaluations = {}
    for variant in experiment.candidates:
        test = experiment.redecided(None if every_gate else max(alpha, HOPELESS))
        share = shares.get(variant)
        evidence = _evidence(experiment, variant, test, share)
        if every_gate or evidence.timing_p_family <= alpha:
            episodes = episode_study(weights_of(experiment, variant), experiment.earned(), seed=experiment.study.seed)
            gates = _gates(experiment, variant, test, evidence, episodes, trial_count, share)
            evaluations[variant] = Evaluation(evidence, episodes, gates, share)
        else:
            evaluations[variant] = Evaluation(evidence, None, None, share)
    return evaluations


def _evidence(experiment: Experiment, variant: str, test: RedecidedTest, share: Share | None) -> Evidence:
    i, timing = experiment.place[variant], experiment.timing
    column, years = experiment.candidates.index(variant), len(experiment.earned()) / SESSIONS_PER_YEAR
    p, p_family = float(test.p[column]), float(test.p_family[column])
    if share is not None and share.registration is not None:
        p = _finer_p(experiment, variant, p, share)
        p_family = share.p(p)
    bias = np.nan_to_num(test.bias[column]) / np.sqrt(years)
    return Evidence(
        timing_ir=float(timing.information_ratio[i]),
        timing_ci=(float(timing.ci[i, 0] - bias), float(timing.ci[i, 1] - bias)),
        timing_upper=float(timing.upper[i] - bias),
        timing_p=p,
        timing_p_family=p_family,
        cost_drag_ir=cost_drag(experiment, variant),
        detectable=float(test.detectable[column]),
        years=years,
    )


def cost_drag(experiment: Experiment, variant: str) -> float:
    """What trading costs a variant beyond its constant mix, in units of its timing information ratio."""
    free, net = experiment.returns(0.0), experiment.returns(1.0)
    mix = experiment.mixes[variant].variant
    paid = (free[variant] - net[variant]).mean() - (free[mix] - net[mix]).mean()
    deviation = timing_deviation(experiment, variant)
    return float(paid / deviation * np.sqrt(SESSIONS_PER_YEAR)) if deviation > 1e-12 else float("nan")


def timing_deviation(experiment: Experiment, variant: str) -> float:
    """Standard deviation of a variant's timing return, a session."""
    return float(timing_returns(weights_of(experiment, variant), experiment.earned()).std())


def _gates(
    experiment: Experiment,
    variant: str,
    test: RedecidedTest,
    evidence: Evidence,
    episodes: EpisodeStudy,
    trial_count: TrialCount | None,
    share: Share | None,
) -> Gates:
    """The figures of the later gates on a variant."""
    study = experiment.study
    return Gates(
        cumulative=None
        if trial_count is None or not trial_count.searched or (share is not None and share.registration is not None)
        else _cumulative_trials(experiment, variant, evidence, trial_count, share),
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
    experiment: Experiment, variant: str, evidence: Evidence, trial_count: TrialCount, share: Share | None
) -> CumulativeTrials:
    """The p-value of a variant that counts every trial ever made on these prices, and its share where it is new."""
    named = variant == experiment.primary
    p, p_family = evidence.timing_p, evidence.timing_p_family
    p_all_trials = trial_count.p_all_trials(p=p, p_family=p_family, named=named)
    if share is not None:
        finer = _finer_p(experiment, variant, p, share) if p_all_trials <= experiment.study.alpha else p
        p_all_trials = max(p_all_trials, share.p(finer))
    return CumulativeTrials(p_all_trials, trial_count, unnamed=named and trial_count.named_too_late, share=share)


def _finer_p(experiment: Experiment, variant: str, p: float, share: Share) -> float:
    """The p-value of a variant alone, as fine as its share asks for; p: as fine as that of its family."""
    needed = share.needed(experiment.study.alpha)
    return experiment.redecided_p(variant, needed) if needed > 0 else p


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
