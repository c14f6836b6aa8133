"""One world judged by one family's study: what the verdict said, gate by gate, and what naive practice would have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from unlockstep.backtests.calibration.attack_worlds import ALL_KINDS
from unlockstep.backtests.calibration.families import SESSIONS, Family
from unlockstep.backtests.calibration.kernel_accounts import keep_accounts
from unlockstep.backtests.engine.experiment import Experiment, build_experiment
from unlockstep.backtests.results.decision import later_gates
from unlockstep.backtests.results.evidence import evaluate
from unlockstep.backtests.results.model.base import Decision, Number, Result
from unlockstep.backtests.results.verdict import judge
from unlockstep.backtests.stats.episodes import timing_returns
from unlockstep.backtests.stats.sharpe import moments, probabilistic_sharpe_ratio, sharpe_ratio
from unlockstep.backtests.trials.deflated_sharpe import deflated_sharpe_ratio
from unlockstep.signals.errors import WeightsError
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats
from unlockstep.signals.signal import SignalCache

NOMINAL = 0.05
"""The timing test by itself is measured at this adjusted p-value, the verdict at the study's."""

NAIVE_SHARPE, NAIVE_PROBABILITY = 1.0, 0.95
"""What naive practice asks of the best variant: an annual Sharpe ratio above, or a PSR or DSR above."""


@dataclass(frozen=True)
class Task:
    """One world to judge: its kind, its number, the family that is tried in it, and the seed of all worlds."""

    kind: str
    family: str
    world: int
    seed: int


class WorldRecord(Result):
    """What was said of one world with one planted effect.

    Where nothing but the world is given, it was refused: a short lost its whole account, and the engine refuses the
    study.

    planted: annual timing information ratio; None where it is the one that the report of the world without an effect
    gives as detectable, another in each.  timed: some variant passes the timing test at the study's alpha.  nominal: at
    NOMINAL.  with_gate: later gate → whether some such variant passes it.  chosen: the verdict on the variant in which
    an edge is planted, if one is.  chosen_timed, chosen_nominal: as timed and nominal, of it.
    bound_missed: its upper bound lies below the effect; interval_missed: its 95 % interval leaves it out.
    detectable: the ratio that shows with 80 % power.
    sharpe, psr, dsr: naive practice.
    """

    kind: str
    family: str
    world: int
    planted: Number
    decision: Decision | Literal["refused"] = "refused"
    timed: bool = False
    nominal: bool = False
    with_gate: Mapping[str, bool] = {}
    chosen: Decision | Literal["refused"] = "refused"
    chosen_nominal: bool = False
    chosen_timed: bool = False
    bound_missed: bool = False
    interval_missed: bool = False
    detectable: Number = None
    sharpe: bool = False
    psr: bool = False
    dsr: bool = False


def judge_world(task: Task, family: Family, history: Floats, planted: Sequence[float | None]) -> list[WorldRecord]:
    """What the verdict said of the world as it is, and with each planted timing information ratio.

    Edges are planted in every second world, from the first; None stands for the detectable ratio of each world.
    `history`: T x 2 simple returns.
    """
    study = family.study
    strategies = study.strategies()
    length = SESSIONS + max(s.warmup for s in strategies) + study.lag + 1
    place = list(ALL_KINDS).index(task.kind)
    rng = np.random.default_rng([task.seed, place, task.world])
    world = ALL_KINDS[task.kind](rng, length, history)
    signal_cache = SignalCache(world.decided)
    base = build_experiment(study, signal_cache, strategies, traded=world.traded())
    chosen = _planted_variant(base, rng)
    records = [_record(task, base, chosen, 0.0)]
    for planned in planted if task.world % 2 == 0 else ():
        effect = _detectable(base, chosen) if planned is None else planned
        if np.isfinite(effect):
            traded = world.planted(extra_returns(base, chosen, effect)).traded()
            record = _record(task, base.traded_in(traded), chosen, effect)
            records.append(record.model_copy(update={"planted": planned}))
    return records


def _planted_variant(experiment: Experiment, rng: np.random.Generator) -> str:
    """The primary where there is one, else any whose weights in the crypto leg vary."""
    if experiment.primary is not None:
        return experiment.primary
    crypto = experiment.weights[:, : len(experiment.candidates), 0]
    varying = np.flatnonzero(crypto.std(axis=0) > 0)
    return experiment.candidates[int(rng.choice(varying))] if len(varying) else experiment.candidates[0]


def _detectable(experiment: Experiment, variant: str) -> float:
    """What a report gives as detectable, on all histories; NaN where the variant's weights never vary."""
    return float(experiment.redecided().detectable[experiment.candidates.index(variant)])


def extra_returns(experiment: Experiment, variant: str, effect: float) -> Floats:
    """Returns to add to the crypto leg, a row a session of the world, so that the variant's timing is worth `effect`.

    Proportional to the distance of its crypto weight from the average, in the sessions in which that weight earns.
    """
    earned, lag = experiment.earned(), experiment.study.lag
    weights = experiment.weights[: len(earned), experiment.place[variant]]
    deviation = timing_returns(weights, earned).std()
    bet = weights[:, 0] - weights[:, 0].mean()
    extra = np.zeros(len(experiment.market.sessions))
    if bet.std() > 0:
        opening = len(extra) - len(experiment.evaluated.sessions)
        extra[opening + lag + 1 :] = effect / np.sqrt(SESSIONS_PER_YEAR) * deviation / (bet**2).mean() * bet
    return extra


def _record(task: Task, experiment: Experiment, chosen: str, effect: float) -> WorldRecord:
    refused = WorldRecord(kind=task.kind, family=task.family, world=task.world, planted=effect)
    try:
        return _verdict(refused, experiment, chosen, effect)
    except WeightsError:
        return refused


def _verdict(world: WorldRecord, experiment: Experiment, chosen: str, effect: float) -> WorldRecord:
    """The record with what was said of the world."""
    keep_accounts(experiment)
    rule, evaluations = experiment.study.rule, evaluate(experiment, every_gate=False)
    judgement = judge(evaluations, rule, primary=experiment.primary)
    timed = [e.gates for e in evaluations.values() if e.evidence.timing_p_family <= rule.alpha and e.gates is not None]
    passed = [{gate.name: gate.passed for gate in later_gates(gates, rule)} for gates in timed]
    names = passed[0] if passed else {}
    evidence = evaluations[chosen].evidence
    sharpe, psr, dsr = _naive(experiment)
    return world.model_copy(
        update={
            "decision": judgement.study.decision,
            "timed": bool(timed),
            "nominal": any(e.evidence.timing_p_family <= NOMINAL for e in evaluations.values()),
            "with_gate": {name: any(p[name] for p in passed) for name in names},
            "chosen": judgement.verdicts[chosen].decision,
            "chosen_timed": evidence.timing_p_family <= rule.alpha,
            "chosen_nominal": evidence.timing_p_family <= NOMINAL,
            "bound_missed": bool(evidence.timing_upper < effect),
            "interval_missed": not evidence.timing_ci[0] <= effect <= evidence.timing_ci[1],
            "detectable": evidence.detectable if np.isfinite(evidence.detectable) else None,
            "sharpe": sharpe,
            "psr": psr,
            "dsr": dsr,
        }
    )


def _naive(experiment: Experiment) -> tuple[bool, bool, bool]:
    """Whether the best variant's Sharpe ratio, PSR or DSR, against zero, would have passed for an edge."""
    returns = experiment.returns(1.0)[experiment.candidates].to_numpy()
    ratio_moments = [moments(column) for column in returns.T]
    ratios = np.array([sr for sr, _, _ in ratio_moments])
    finite = np.isfinite(ratios)
    if not finite.any():
        return False, False, False
    variance = float(ratios[finite].var(ddof=1)) if finite.sum() > 1 else 0.0
    best = int(np.nanargmax(ratios))
    sr, skewness, kurtosis = ratio_moments[best]
    shape = {"skewness": skewness, "kurtosis": kurtosis}
    n = len(returns)
    psr = probabilistic_sharpe_ratio(sr, n, **shape)
    dsr = deflated_sharpe_ratio(sr, n, n_trials=len(ratios), trial_variance=variance, **shape)
    naive_sharpe = sharpe_ratio(returns[:, best]) > NAIVE_SHARPE
    return naive_sharpe, psr >= NAIVE_PROBABILITY, dsr >= NAIVE_PROBABILITY
