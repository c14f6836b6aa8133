"""From an experiment to its verdicts: gathers the evidence that the rule in `results.verdict` asks for."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from unlockstep.backtests.engine.experiment import Experiment
from unlockstep.backtests.results.out_of_sample import tried, walk
from unlockstep.backtests.results.verdict import (
    Candidate,
    CumulativeTrials,
    Evidence,
    Gates,
    Verdict,
    judge_study,
    judge_variant,
    none_worth_trading,
)
from unlockstep.backtests.stats.episodes import episode_study, timing_returns
from unlockstep.backtests.stats.sharpe import sharpe_ratio
from unlockstep.backtests.trials.trial_count import TrialCount
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats


@dataclass(frozen=True)
class Judgement:
    """The verdicts: of every claiming variant, by its name, with the evidence; and of the study."""

    evidence: dict[str, Evidence]
    verdicts: dict[str, Verdict]
    study: Verdict


def judge(
    experiment: Experiment, labels: dict[str, str] | None = None, trial_count: TrialCount | None = None
) -> Judgement:
    """The verdicts on an experiment.

    labels: the short names that the study's reasons call the variants by.  trial_count: its trials among all;
    without it the experiment is taken for the first on its prices.
    """
    rule, candidates = experiment.study.rule, experiment.candidates
    evidence = {variant: _evidence(experiment, variant) for variant in candidates}
    hopeless = none_worth_trading(list(evidence.values()), rule)
    verdicts = {
        variant: judge_variant(
            evidence[variant],
            rule,
            family=len(candidates),
            may_have_none=hopeless or variant == experiment.primary,
            primary=variant == experiment.primary,
            gates=partial(gates, experiment, variant, trial_count),
        )
        for variant in candidates
    }
    final = judge_study(
        [
            Candidate((labels or {}).get(v, v), verdicts[v], evidence[v], primary=v == experiment.primary)
            for v in candidates
        ],
        rule,
        trial_count,
    )
    return Judgement(evidence, verdicts, final)


def _evidence(experiment: Experiment, variant: str) -> Evidence:
    i, timing = experiment.place[variant], experiment.timing
    return Evidence(
        timing_ir=float(timing.information_ratio[i]),
        timing_ci=(float(timing.ci[i, 0]), float(timing.ci[i, 1])),
        timing_upper=float(timing.upper[i]),
        timing_p=float(timing.p[i]),
        timing_p_family=float(timing.p_family[i]),
        cost_drag_ir=_cost_drag(experiment, variant),
        detectable=float(timing.detectable[i]),
        years=len(experiment.earned()) / SESSIONS_PER_YEAR,
    )


def _cost_drag(experiment: Experiment, variant: str) -> float:
    """What trading costs a variant beyond its constant mix, in units of its timing information ratio."""
    free, net = experiment.returns(0.0), experiment.returns(1.0)
    mix = experiment.mixes[variant].variant
    paid = (free[variant] - net[variant]).mean() - (free[mix] - net[mix]).mean()
    deviation = timing_returns(weights_of(experiment, variant), experiment.earned()).std()
    return float(paid / deviation * np.sqrt(SESSIONS_PER_YEAR)) if deviation > 1e-12 else float("nan")


def gates(experiment: Experiment, variant: str, trial_count: TrialCount | None = None) -> Gates:
    """The figures of the later gates on a variant."""
    study = experiment.study
    return Gates(
        cumulative=_cumulative_trials(experiment, variant, trial_count)
        if trial_count is not None and trial_count.searched
        else None,
        money_p=float(experiment.timing.p_money[experiment.place[variant]]),
        out_of_sample_ir=out_of_sample_ir(experiment, variant),
        net_ir=net_ir(experiment, variant, study.cost_multiple),
        tried=1 if experiment.out_of_sample else len(tried(experiment, _strategy_of(experiment, variant)).labels),
        out_of_sample=experiment.out_of_sample,
        best_episode=episode_study(weights_of(experiment, variant), experiment.earned(), seed=study.seed).share_best,
    )


def _cumulative_trials(experiment: Experiment, variant: str, trial_count: TrialCount) -> CumulativeTrials:
    """The p-value of a variant that counts every trial ever made on these prices."""
    i, named = experiment.place[variant], variant == experiment.primary
    p, p_family = float(experiment.timing.p[i]), float(experiment.timing.p_family[i])
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
    walked = walk(experiment, tried(experiment, _strategy_of(experiment, variant)))
    return float("nan") if walked is None else float(walked.timing.information_ratio[0])
