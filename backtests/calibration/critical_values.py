"""The script behind `signals/critical.py`: critical values and promised rates, from worlds of constant correlation.

    python -m unlockstep.backtests.calibration.critical_values [WORLDS]
    python -m unlockstep.backtests.calibration.critical_values WORLDS any_break

draws `steady` worlds (4,000 unless another number is given) from a seed of its own, finds for each detector the
critical value at which the promised share of them has an alarm in the year judged, and writes the module anew.
Detectors whose thresholds are chosen, not simulated, promise what was measured. Worlds are kept in CACHE as they are
judged, so that a script that was cut goes on. The critical value of the constancy test is the paper's.

The second form is for `any_break` alone and leaves the other figures as they are: its evidence is in units of the
others' critical values, so that it can only be simulated once they are written.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress

from unlockstep.backtests.calibration.break_worlds import BreakWorld, break_world
from unlockstep.backtests.calibration.detection import WorldTask, design, states_judged
from unlockstep.backtests.calibration.progress import judge_all
from unlockstep.backtests.results.model.base import Result
from unlockstep.backtests.results.provenance import environment
from unlockstep.signals.breakdown import Breakdown, RelativeBreakdown, hysteresis
from unlockstep.signals.change_point import PENALTY, ChangePoint, change_points, product_of, standardised
from unlockstep.signals.critical import CRITICAL, PROMISED
from unlockstep.signals.dcc import DccBreak
from unlockstep.signals.detector import Detector
from unlockstep.signals.fluctuation import FisherBreak, MonitorBreak
from unlockstep.signals.hindsight import thinned
from unlockstep.signals.joint import AnyBreak
from unlockstep.signals.market import Floats
from unlockstep.signals.markov import MarkovBreak
from unlockstep.signals.scores import scores
from unlockstep.signals.signal import Signal

SEED, WORLDS = 20261123, 4000
CACHE = Path("runs") / "critical-values"
MODULE = Path(__file__).parents[2] / "signals" / "critical.py"

PROMISE, HINDSIGHT_PROMISE = 0.10, 0.05
"""Share of years with a false alarm, and, of the signals in hindsight, of samples with a false break."""

ASYMPTOTIC = 1.358
"""5 % point of the largest absolute value of a Brownian bridge (Kolmogorov)."""

TRIED: dict[Detector, Floats] = {
    FisherBreak(): np.arange(2.0, 5.0, 0.05),
    MonitorBreak(): np.arange(2.0, 6.0, 0.05),
    ChangePoint(): np.arange(2.0, 6.0, 0.05),
    DccBreak(): np.arange(1.5, 5.0, 0.05),
    MarkovBreak(): np.arange(1.0, 8.0, 0.1),
}
"""Detector → critical values tried; the one that keeps the promise lies between two of them."""

TRIED_TOGETHER: dict[Detector, Floats] = {AnyBreak(): np.arange(0.3, 1.5, 0.02)}
"""The same of the detector that is made of those."""

DIFFERENCES = np.arange(2.0, 6.0, 0.1)
"""Critical values tried for the change points in hindsight."""

CHOSEN: tuple[Signal, ...] = (Breakdown(), RelativeBreakdown())


class SteadySettings(Result):
    """Everything that a record depends on; tried: detector → critical values, and the labels of CHOSEN."""

    design: str
    environment: Mapping[str, str]
    seed: int
    tried: Mapping[str, tuple[float | str, ...]]


class SteadyRecord(Result):
    """One world; alarms: detector → whether it raised one in the year judged, at each critical value tried."""

    world: int
    alarms: Mapping[str, tuple[bool, ...]]


def _tried() -> dict[str, list[float] | list[str]]:
    return {**_grids(TRIED), "differences": DIFFERENCES.tolist(), "chosen": [signal.label for signal in CHOSEN]}


def _grids(tried: dict[Detector, Floats]) -> dict[str, list[float] | list[str]]:
    return {type(detector).__name__: values.tolist() for detector, values in tried.items()}


def judge_steady(task: WorldTask) -> list[SteadyRecord]:
    """Whether each detector raised an alarm in the year judged of one world, at each critical value tried."""
    world = _steady_world(task)
    alarms = {detector.name: _alarms(detector, tried, world) for detector, tried in TRIED.items()}
    for signal in CHOSEN:
        alarms[signal.name] = [_alarm(signal.compute(world.market).to_numpy(), world)]
    pair_scores = scores(world.market)
    changes = change_points(standardised(product_of(pair_scores)), PENALTY)
    strongest = max((weakest for weakest, _ in thinned(pair_scores, changes)), default=0.0)
    alarms["segments_hindsight"] = [bool(strongest >= c) for c in DIFFERENCES]
    return [SteadyRecord(world=task.world, alarms=alarms)]


def judge_together(task: WorldTask) -> list[SteadyRecord]:
    """The same of the detectors in TRIED_TOGETHER."""
    world = _steady_world(task)
    alarms = {detector.name: _alarms(detector, tried, world) for detector, tried in TRIED_TOGETHER.items()}
    return [SteadyRecord(world=task.world, alarms=alarms)]


def _steady_world(task: WorldTask) -> BreakWorld:
    return break_world(task.kind, np.random.default_rng([task.seed, task.world]))


def _alarms(detector: Detector, tried: Floats, world: BreakWorld) -> list[bool]:
    evidence = -detector.statistic(world.market)
    return [_alarm(hysteresis(evidence, -c, -c / 2, 1), world) for c in tried]


def _alarm(states: Floats, world: BreakWorld) -> bool:
    return bool(states_judged(states, world.opening).alarms)


def critical_value(shares: Floats, tried: Floats, promise: float) -> float:
    """Where the share of worlds with an alarm, falling as the critical value rises, meets the promise.

    Between the last value tried that exceeds the promise and the next, by a straight line; three significant digits.
    """
    above = np.flatnonzero(shares > promise)
    if len(above) == 0 or above[-1] == len(tried) - 1:
        raise ValueError(f"No critical value between {tried[0]:g} and {tried[-1]:g} keeps a promise of {promise:.0%}.")
    i = int(above[-1])
    part = (shares[i] - promise) / (shares[i] - shares[i + 1])
    return float(f"{tried[i] + part * (tried[i + 1] - tried[i]):.3g}")


def written(critical: dict[str, float], promised: dict[str, float], worlds: int) -> str:
    """The module of figures."""

    def table(figures: dict[str, float]) -> str:
        return "{\n" + "".join(f'    "{name}": {value!r},\n' for name, value in figures.items()) + "}\n"

    return (
        '"""Critical values of the detectors and the rates of false alarms that they promise.\n\n'
        f"Simulated on {worlds:,} worlds whose correlation is always 0.4; written by\n"
        "`python -m unlockstep.backtests.calibration.critical_values`, which says how. The critical value of\n"
        "constancy_hindsight is the paper's; breakdown and relative_breakdown promise what was measured.\n"
        '"""\n\n'
        f"CRITICAL = {table(critical)}"
        '"""Detector → critical value at its default parameters."""\n\n'
        f"PROMISED = {table(promised)}"
        '"""Detector → share of years with an alarm, in hindsight of samples with a break, where nothing changes."""\n'
    )


def main(worlds: int) -> None:
    """Draw what is missing, find the critical values of all but `any_break`, write the module."""
    shares = _shares(worlds, judge_steady, _tried(), CACHE)
    critical = _critical_values(shares, TRIED)
    critical["any_break"] = CRITICAL["any_break"]
    critical["constancy_hindsight"] = ASYMPTOTIC
    critical["segments_hindsight"] = critical_value(shares["segments_hindsight"], DIFFERENCES, HINDSIGHT_PROMISE)
    promised = {signal.name: round(float(shares[signal.name][0]), 3) for signal in CHOSEN}
    promised |= {detector.name: PROMISE for detector in [*TRIED, *TRIED_TOGETHER]}
    promised |= {"constancy_hindsight": HINDSIGHT_PROMISE, "segments_hindsight": HINDSIGHT_PROMISE}
    MODULE.write_text(written(critical, promised, worlds), encoding="utf-8")


def main_together(worlds: int) -> None:
    """Draw what is missing, find the critical value of `any_break`, write the module; the others stand."""
    shares = _shares(worlds, judge_together, _grids(TRIED_TOGETHER), CACHE.with_name("critical-values-together"))
    critical = {**CRITICAL, **_critical_values(shares, TRIED_TOGETHER)}
    MODULE.write_text(written(critical, PROMISED, worlds), encoding="utf-8")


def _critical_values(shares: Mapping[str, Floats], tried: dict[Detector, Floats]) -> dict[str, float]:
    return {detector.name: critical_value(shares[detector.name], grid, PROMISE) for detector, grid in tried.items()}


def _shares(
    worlds: int,
    judged: Callable[[WorldTask], list[SteadyRecord]],
    tried: Mapping[str, Sequence[float] | Sequence[str]],
    out: Path,
) -> dict[str, Floats]:
    """Detector → share of that many worlds with an alarm, at each critical value tried; worlds are kept in `out`."""
    tasks = [WorldTask("steady", world, SEED) for world in range(worlds)]
    with Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task("worlds", total=worlds)
        records = judge_all(
            tasks,
            judged,
            kind=SteadyRecord,
            task_of=lambda record: WorldTask("steady", record.world, SEED),
            about=SteadySettings(design=design(), environment=environment(), seed=SEED, tried=tried),
            out=out,
            jobs=-1,
            advance=lambda done, of: progress.update(bar, completed=done, total=of),
        )
    return {name: np.mean([r.alarms[name] for r in records], axis=0) for name in records[0].alarms}


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else WORLDS
    (main_together if sys.argv[2:] == [AnyBreak.name] else main)(count)
