"""One panel of pairs judged as a universe is: what the verdict on each mechanism said, and whether it was right.

The study has four default rules and the primary `derisk`, and trades without costs, which lets through most. Decisions,
timing tests, histories and pooling are those of `unlockstep universe`; accounts are kept by the compiled kernel.
"""

import gc
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unlockstep.backtests.calibration.families import FREE, SESSIONS
from unlockstep.backtests.calibration.judge_world import extra_returns
from unlockstep.backtests.calibration.kernel_accounts import keep_accounts
from unlockstep.backtests.calibration.universe_worlds import KINDS, panel
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.study_tables import Variant
from unlockstep.backtests.config.universe import UniversePair
from unlockstep.backtests.engine.experiment import Experiment, build_experiment
from unlockstep.backtests.results.model.base import Decision, Interval, Number, Result, as_float
from unlockstep.backtests.results.model.universe import PooledResult
from unlockstep.backtests.results.universe.pairs import PairEvaluation, evaluate_experiment
from unlockstep.backtests.results.universe.pooled import EvaluatedUniverse, pooled_results
from unlockstep.backtests.stats.pooled_timing import SCORES
from unlockstep.backtests.stats.redecided_test import signs
from unlockstep.signals.market import Floats
from unlockstep.signals.signal import SignalCache

RULES = ("derisk", "break_entry", "eth_leads", "muted_response")
STUDY = Study(variants=tuple(Variant(strategy=name) for name in RULES), primary=RULES[0], costs=FREE)


@dataclass(frozen=True)
class UniverseTask:
    """One panel: its kind, how many pairs, its number, the seed of all, and what is planted in it beside nothing.

    planted: annual ratio that an average pair has, of the primary.  third: all of it in a third of the pairs.
    """

    kind: str
    pairs: int
    world: int
    seed: int
    planted: float | None
    third: bool


class UniverseRecord(Result):
    """What was said of a panel.

    planted: average annual ratio of the primary over the pairs; 0 in the panel as it is.
    true_pooled: what the primary's pooled ratio is in truth.
    edge, no_edge: the verdict on any strategy; chosen: that on the primary.
    timed: the pooled p-value of any strategy, adjusted for all, is at most alpha, whatever the gates say.
    bound_missed: the primary's upper bound lies below the truth; interval_missed: its interval leaves the truth out.
    standalone, missed_standalone: pairs with an interval of their own for the primary, and how many of these leave the
    pair's truth out; shrunk, missed_shrunk: the same of the partially pooled ratios, of which there are none of fewer
    than three.
    single_edges: of how many pairs the primary's p-value alone, of one test, is at most alpha.
    """

    kind: str
    pairs: int
    world: int
    planted: float
    third: bool
    true_pooled: float
    edge: bool
    timed: bool
    chosen: Decision
    bound_missed: bool
    interval_missed: bool
    standalone: int
    missed_standalone: int
    shrunk: int
    missed_shrunk: int
    single_edges: int
    effective_pairs: float
    detectable: Number


def judge_universe(task: UniverseTask, *, history: Floats) -> list[UniverseRecord]:
    """What was said of the panel without edge, and with the planted one; history: see `panel`."""
    strategies = STUDY.strategies()
    warmup = max(strategy.warmup for strategy in strategies) + STUDY.lag + 1
    length = SESSIONS + warmup
    rng = np.random.default_rng([task.seed, list(KINDS).index(task.kind), task.pairs, task.world])
    drawn = panel(task.kind, rng, task.pairs, length, warmup + SESSIONS // 3, history)
    sign = signs(length, seed=[task.seed, task.world])
    bases = [
        build_experiment(STUDY, SignalCache(world.decided), strategies, traded=world.traded()) for world in drawn.worlds
    ]
    records = [_record(task, bases, drawn.groups, sign, np.zeros(task.pairs))]
    if task.planted is not None:
        chosen = bases[0].primary or bases[0].candidates[0]
        ratios = np.full(task.pairs, task.planted)
        if task.third:
            few = max(1, round(task.pairs / 3))
            ratios = np.zeros(task.pairs)
            ratios[rng.permutation(task.pairs)[:few]] = task.planted * task.pairs / few
        planted = [
            base.traded_in(world.planted(extra_returns(base, chosen, float(ratio))).traded()) if ratio else base
            for base, world, ratio in zip(bases, drawn.worlds, ratios, strict=True)
        ]
        records.append(_record(task, planted, drawn.groups, sign, ratios))
    gc.collect()  # portfolios of vectorbt are cycles: a few large objects, which the collector would leave for long
    return records


def _record(
    task: UniverseTask, experiments: list[Experiment], groups: tuple[int, ...], sign: Floats, ratios: Floats
) -> UniverseRecord:
    evaluations = []
    for experiment in experiments:
        keep_accounts(experiment)
        its_signs = sign[:, -len(experiment.market.sessions) :]
        evaluations.append(evaluate_experiment(experiment, its_signs, ()))
    pairs = tuple(
        UniversePair(pair=(f"A{number}", f"B{number}"), group=f"group {group}", reason="simulated")
        for number, group in enumerate(groups)
    )
    universe = EvaluatedUniverse(STUDY, pairs, tuple(evaluations), experiments[0].primary)
    results = pooled_results(universe, universe.labels)
    place = universe.labels.index(universe.primary) if universe.primary else 0
    chosen = results[place]
    truth = _true_pooled(chosen, ratios)
    standalone, missed_standalone = _covered([estimate.timing_ci for estimate in chosen.estimates], ratios)
    shrunk, missed_shrunk = _covered([estimate.pooled_ci for estimate in chosen.estimates], ratios)
    return UniverseRecord(
        kind=task.kind,
        pairs=task.pairs,
        world=task.world,
        planted=float(ratios.mean()),
        third=task.third and bool(ratios.any()),
        true_pooled=truth,
        edge=any(result.decision == "edge" for result in results),
        timed=any(as_float(result.timing_p_family) <= STUDY.rule.alpha for result in results),
        chosen=chosen.decision,
        bound_missed=as_float(chosen.timing_upper) < truth,
        interval_missed=_outside(chosen.timing_ci, truth),
        standalone=standalone,
        missed_standalone=missed_standalone,
        shrunk=shrunk,
        missed_shrunk=missed_shrunk,
        single_edges=sum(_single_p(each, place) <= STUDY.rule.alpha for each in evaluations),
        effective_pairs=as_float(chosen.effective_pairs),
        detectable=chosen.detectable_ir,
    )


def _true_pooled(chosen: PooledResult, ratios: Floats) -> float:
    """The pooled ratio of pairs that have these ones: their mean by weight, times what one and the same comes to."""
    weights = np.array([estimate.weight or 0.0 for estimate in chosen.estimates])  # None: its timing never varied
    return float(np.sqrt(as_float(chosen.effective_pairs)) * (weights @ ratios))


def _outside(interval: Interval, value: float) -> bool:
    low, high = map(as_float, interval)
    return not low <= value <= high


def _covered(intervals: Sequence[Interval], ratios: Floats) -> tuple[int, int]:
    """(how many intervals there are, how many of them leave the pair's ratio out)."""
    given = [(each, float(ratio)) for each, ratio in zip(intervals, ratios, strict=True) if each[0] is not None]
    return len(given), sum(_outside(each, ratio) for each, ratio in given)


def _single_p(evaluation: PairEvaluation, variant: int) -> float:
    """The pair's own p-value of this variant, of it alone, as the pair's own study has it."""
    timing = evaluation.timing
    truth = timing.t[SCORES, variant] / max(1.0, float(timing.null[SCORES, :, variant].std()))
    again = np.nan_to_num(evaluation.histories[:, SCORES, variant])
    return float(((again >= truth).sum() + 1) / (len(again) + 1)) if np.isfinite(truth) else 1.0
