"""How often detectors err: false alarms a year, and delay and misses of breaks whose date is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from unlockstep import signals
from unlockstep.backtests import calibration
from unlockstep.backtests.calibration.break_worlds import KINDS, LENGTH, YEAR, BreakWorld, break_world, needs_prices
from unlockstep.backtests.calibration.hard_worlds import volatility_path
from unlockstep.backtests.calibration.progress import Advance, judge_all, no_advance, summarised
from unlockstep.backtests.calibration.rate import Rate
from unlockstep.backtests.calibration.settings_checks import check_names, check_worlds
from unlockstep.backtests.calibration.summary import (
    BreakRates,
    DetectorRates,
    DetectorSettings,
    DetectorSummary,
    FalseAlarmRates,
    PriceSource,
)
from unlockstep.backtests.config.overrides import setting_of
from unlockstep.backtests.results.model.base import Number, Result
from unlockstep.backtests.results.provenance import environment
from unlockstep.backtests.sweep.code_version import fingerprint
from unlockstep.signals.breakdown import DECOUPLED, onsets
from unlockstep.signals.critical import PROMISED
from unlockstep.signals.errors import ParameterError, unknown_name
from unlockstep.signals.hindsight import Hindsight
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.registry import DETECTORS, HINDSIGHT
from unlockstep.signals.signal import Signal

LATE, NEAR = 60, 120
"""Sessions after the end of a brief break in which an alarm still counts; and around the true date, in hindsight."""

INSTRUMENTS: dict[str, Signal] = {
    **{signal.name: signal for signal in DETECTORS},
    **{name: cls() for name, cls in HINDSIGHT.items()},
}
"""Every detector at its defaults, and those that date breaks in hindsight."""


def instruments(names: Sequence[str], settings: Sequence[str] = ()) -> tuple[Signal, ...]:
    """The detectors of these names, all without any, with their --set NAME.PARAM=VALUE.

    Raises ParameterError for a name that is none, and a setting that fits none of them.
    """
    chosen: dict[str, dict[str, str]] = {name: {} for name in names or INSTRUMENTS}
    for name in chosen:
        if name not in INSTRUMENTS:
            raise unknown_name("detector", name, INSTRUMENTS)
    for setting in settings:
        name, parameter, value = setting_of(setting, example="fisher_break.recent=40")
        if name not in chosen:
            raise ParameterError(
                f"--set changes {name}, which is not calibrated",
                name=name,
                choices=chosen,
                remedy=f"there are: {', '.join(chosen)}",
            )
        chosen[name][parameter] = value
    return tuple(type(INSTRUMENTS[name])(**params) for name, params in chosen.items())


@dataclass(frozen=True)
class WorldTask:
    """One world: its kind, its number, and the seed of all worlds."""

    kind: str
    world: int
    seed: int


@dataclass(frozen=True)
class DetectorCalibration:
    """What to calibrate: detectors, each once, kinds of worlds by name, worlds of each kind, the seed.

    markets: prices on whose volatilities the kinds `real …` are made, in turn at random.
    """

    detectors: tuple[Signal, ...] = tuple(INSTRUMENTS.values())
    kinds: tuple[str, ...] = tuple(KINDS)
    worlds: int = 500
    seed: int = 7
    markets: tuple[Market, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", tuple(dict.fromkeys(self.kinds)))
        check_names("kind of world", self.kinds, KINDS)
        if needs_prices(self.kinds) and not self.markets:
            raise ParameterError("Worlds on the volatility of prices need prices", remedy="name some as markets")
        if not self.detectors:
            raise ParameterError("At least one detector is needed", name="detectors", limit=1)
        check_worlds(self.worlds)

    def tasks(self) -> list[WorldTask]:
        """Every world of every kind; kinds alternate, so that a cut leaves all begun."""
        return [WorldTask(kind, world, self.seed) for world in range(self.worlds) for kind in self.kinds]


def calibrate_detectors(
    calibration: DetectorCalibration,
    out: Path,
    *,
    jobs: int,
    advance: Advance = no_advance,
    scheduler: str | None = None,
) -> DetectorSummary:
    """Judge all worlds that are not judged yet, on `jobs` processes or a Dask scheduler's workers, and write and return
    the summary.

    Raises RunError where `out` holds anything but the same calibration begun, ParameterError for no processes.
    """
    settings = DetectorSettings(
        detectors={detector.name: detector.label for detector in calibration.detectors},
        prices=tuple(
            PriceSource(pair=market.pair, source=market.source, sha256=market.sha256) for market in calibration.markets
        ),
        seed=calibration.seed,
        sessions=LENGTH,
        year=YEAR,
        design=design(),
        environment=environment(),
    )
    records = judge_all(
        calibration.tasks(),
        partial(
            judge_world,
            detectors=calibration.detectors,
            volatilities=[volatility_path(market) for market in calibration.markets],
        ),
        kind=DetectorRecord,
        task_of=lambda record: WorldTask(record.kind, record.world, calibration.seed),
        about=settings,
        out=out,
        jobs=jobs,
        advance=advance,
        scheduler=scheduler,
    )
    promised = {d.name: PROMISED[d.name] for d in calibration.detectors if d == INSTRUMENTS[d.name]}
    summary = DetectorSummary(**dict(settings), worlds=calibration.worlds, rates=detection_rates(records, promised))
    return summarised(out, summary)


def design() -> str:
    """Fingerprint of the code that makes the worlds, and of the detectors but for their critical values and rates."""
    return fingerprint(signals, calibration, without=("critical.py", "worst_rates.py"))


class JudgedYear(Result):
    """What a detector said of the year judged.

    alarms: onsets within it.  open: the state was decoupled before it, so that nothing could be raised.  apart: share
    of its sessions decoupled.  delay: its first session decoupled, 1 for the opening; None where there is none.

    In hindsight: breaks found in the whole sample, and how many sessions the nearest lies from the opening of the year.
    """

    alarms: int
    open: bool
    apart: Number
    delay: int | None


class DetectorRecord(JudgedYear):
    """What a detector said of one world."""

    kind: str
    world: int
    detector: str


def judge_world(
    task: WorldTask, *, detectors: Sequence[Signal], volatilities: Sequence[Floats] = ()
) -> list[DetectorRecord]:
    """What each detector said of one world."""
    rng = np.random.default_rng([task.seed, list(KINDS).index(task.kind), task.world])
    world = break_world(task.kind, rng, volatilities)
    judged = []
    for signal in detectors:
        year = _dated(signal, world) if isinstance(signal, Hindsight) else _raised(signal, world)
        judged.append(DetectorRecord(kind=task.kind, world=task.world, detector=signal.name, **dict(year)))
    return judged


def _raised(signal: Signal, world: BreakWorld) -> JudgedYear:
    return states_judged(signal.compute(world.market).to_numpy(), world.opening)


def states_judged(states: Floats, opening: int) -> JudgedYear:
    """What T states say of the year that opens with session number `opening`."""
    year = slice(opening, opening + YEAR)
    decoupled = states[year] == DECOUPLED
    return JudgedYear(
        alarms=int((onsets(states)[year] == 1.0).sum()),
        open=bool(states[opening - 1] == DECOUPLED),
        apart=decoupled.mean(),
        delay=int(np.argmax(decoupled)) + 1 if decoupled.any() else None,
    )


def _dated(signal: Hindsight, world: BreakWorld) -> JudgedYear:
    breaks = signal.breaks(world.market)
    nearest = min((abs(row - world.opening) for row in breaks), default=None)
    return JudgedYear(alarms=len(breaks), open=False, apart=None, delay=nearest)


def detection_rates(
    records: Sequence[DetectorRecord], promised: Mapping[str, float]
) -> tuple[FalseAlarmRates | BreakRates, ...]:
    """One part for each detector and kind of world; promised: detector → the share of steady worlds that it promises.

    An alarm counts as missed where none came within the year, or within LATE sessions of the end of a break that ends
    sooner; in hindsight, where no date lies within NEAR sessions of the true one.
    """
    groups: dict[tuple[str, str], list[DetectorRecord]] = {}
    for record in records:
        groups.setdefault((record.detector, record.kind), []).append(record)
    return tuple(_rates(group, detector, kind, promised.get(detector)) for (detector, kind), group in groups.items())


def _rates(
    group: Sequence[DetectorRecord], detector: str, kind: str, promise: float | None
) -> FalseAlarmRates | BreakRates:
    worlds = len(group)
    alarms = Rate.of(sum(r.alarms > 0 for r in group), worlds)
    apart = [r.apart for r in group if r.apart is not None]
    rates = DetectorRates(
        detector=detector,
        kind=kind,
        worlds=worlds,
        alarm_years=alarms,
        alarms_a_year=np.mean([r.alarms for r in group]),
        open=np.mean([r.open for r in group]),
        apart=np.mean(apart) if apart else None,
    )
    if KINDS[kind].after is None:
        promised = promise if kind == "steady" else None
        within = None if promised is None else alarms.low <= promised <= alarms.high
        return FalseAlarmRates(**dict(rates), promised=promised, promise_met=within)
    watched = [r for r in group if not r.open]
    limit = NEAR if detector in HINDSIGHT else min(YEAR, KINDS[kind].lasting + LATE)
    delays = np.array([np.inf if r.delay is None or r.delay > limit else r.delay for r in watched])
    finite_delays = delays[np.isfinite(delays)]
    return BreakRates(
        **dict(rates),
        missed=Rate.of(len(delays) - len(finite_delays), len(delays)) if watched else None,
        delay=np.median(finite_delays) if len(finite_delays) else None,
        within_60=np.mean(delays <= 60) if watched else None,
        within_120=np.mean(delays <= 120) if watched else None,
    )
