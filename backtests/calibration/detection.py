"""How often detectors err: false alarms a year, and delay and misses of breaks whose date is known."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from unlockstep import signals
from unlockstep.backtests import calibration
from unlockstep.backtests.calibration.break_worlds import KINDS, LENGTH, YEAR, BreakWorld, break_world, needs_prices
from unlockstep.backtests.calibration.hard_worlds import volatility_path
from unlockstep.backtests.calibration.progress import Advance, WorldRecords, judge_all, no_advance, summarised
from unlockstep.backtests.calibration.rate import Rate
from unlockstep.backtests.config.overrides import setting_of
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
            raise ParameterError(f"--set changes {name}, which is not calibrated; there are: {', '.join(chosen)}.")
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
        for kind in self.kinds:
            if kind not in KINDS:
                raise unknown_name("kind of world", kind, KINDS)
        if needs_prices(self.kinds) and not self.markets:
            raise ParameterError("Worlds on the volatility of prices need prices.")
        if not self.detectors:
            raise ParameterError("At least one detector is needed.")
        if self.worlds < 1:
            raise ParameterError(f"At least 1 world of each kind is needed; got {self.worlds}.")

    def tasks(self) -> list[WorldTask]:
        """Every world of every kind; kinds alternate, so that a cut leaves all begun."""
        return [WorldTask(kind, world, self.seed) for world in range(self.worlds) for kind in self.kinds]


def calibrate_detectors(
    calibration: DetectorCalibration, out: Path, *, jobs: int, advance: Advance = no_advance
) -> dict[str, Any]:
    """Judge all worlds that are not judged yet, on `jobs` processes, and write and return the summary.

    Raises RunError where `out` holds anything but the same calibration begun, ParameterError for no processes.
    """
    about = {
        "detectors": {detector.name: detector.label for detector in calibration.detectors},
        "prices": [
            {"pair": market.tickers, "source": market.source, "sha256": market.sha256} for market in calibration.markets
        ],
        "seed": calibration.seed,
        "sessions": LENGTH,
        "year": YEAR,
        "design": design(),
        "environment": environment(),
    }
    records = judge_all(
        calibration.tasks(),
        partial(
            judge_world,
            detectors=calibration.detectors,
            volatilities=[volatility_path(market) for market in calibration.markets],
        ),
        task_of=lambda record: WorldTask(record["kind"], record["world"], calibration.seed),
        about=about,
        out=out,
        jobs=jobs,
        advance=advance,
    )
    promised = {d.name: PROMISED[d.name] for d in calibration.detectors if d == INSTRUMENTS[d.name]}
    return summarised(out, {**about, "worlds": calibration.worlds, "rates": detection_rates(records, promised)})


def design() -> str:
    """Fingerprint of the code that makes the worlds, and of the detectors but for their critical values."""
    return fingerprint(signals, calibration, without=("critical.py",))


def judge_world(task: WorldTask, *, detectors: Sequence[Signal], volatilities: Sequence[Floats] = ()) -> WorldRecords:
    """What each detector said of one world."""
    rng = np.random.default_rng([task.seed, list(KINDS).index(task.kind), task.world])
    world = break_world(task.kind, rng, volatilities)
    judged = []
    for signal in detectors:
        record = _dated(signal, world) if isinstance(signal, Hindsight) else _raised(signal, world)
        judged.append({"kind": task.kind, "world": task.world, "detector": signal.name, **record})
    return judged


def _raised(signal: Signal, world: BreakWorld) -> dict[str, Any]:
    return states_judged(signal.compute(world.market).to_numpy(), world.opening)


def states_judged(states: Floats, opening: int) -> dict[str, Any]:
    """What T states say of the year that opens with session number `opening`.

    alarms: onsets within it. open: the state was decoupled before it, so that nothing could be raised. apart: share of
    its sessions decoupled. delay: its first session decoupled, 1 for the opening; None where there is none.
    """
    year = slice(opening, opening + YEAR)
    decoupled = states[year] == DECOUPLED
    return {
        "alarms": int((onsets(states)[year] == 1.0).sum()),
        "open": bool(states[opening - 1] == DECOUPLED),
        "apart": float(decoupled.mean()),
        "delay": int(np.argmax(decoupled)) + 1 if decoupled.any() else None,
    }


def _dated(signal: Hindsight, world: BreakWorld) -> dict[str, Any]:
    """Breaks found in the whole sample, and how many sessions the nearest lies from the opening of the year."""
    breaks = signal.breaks(world.market)
    nearest = min((abs(row - world.opening) for row in breaks), default=None)
    return {"alarms": len(breaks), "open": False, "apart": None, "delay": nearest}


def detection_rates(records: Sequence[dict[str, Any]], promised: Mapping[str, float]) -> list[dict[str, Any]]:
    """One entry for each detector and kind of world.

    alarm_years: share of worlds with an alarm in the year judged (of the samples with a break, in hindsight).
    alarms_a_year: alarms in that year, on average. open: share of worlds whose alarm was up before it. apart: share of
    its sessions decoupled.

    Where the kind has a break, of the worlds that were not open: missed: share in which no alarm came within the year,
    or within LATE sessions of the end of a break that ends sooner. delay: median sessions until it came, of those in
    which it did. within_60, within_120: share in which it came so soon. None where all were open. In hindsight delay is
    the distance of the nearest date found from the true one, and missed is where none lies within NEAR sessions of it.

    promised: the share of steady worlds that the detector promises, None where its parameters were set; kept: whether
    the interval found holds it.
    """
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for record in records:
        groups.setdefault((record["detector"], record["kind"]), []).append(record)
    return [_rate_entry(group, detector, kind, promised.get(detector)) for (detector, kind), group in groups.items()]


def _rate_entry(group: Sequence[dict[str, Any]], detector: str, kind: str, promise: float | None) -> dict[str, Any]:
    worlds = len(group)
    alarms = Rate.of(sum(r["alarms"] > 0 for r in group), worlds)
    entry: dict[str, Any] = {
        "detector": detector,
        "kind": kind,
        "worlds": worlds,
        "alarm_years": asdict(alarms),
        "alarms_a_year": float(np.mean([r["alarms"] for r in group])),
        "open": float(np.mean([r["open"] for r in group])),
        "apart": None if group[0]["apart"] is None else float(np.mean([r["apart"] for r in group])),
    }
    if KINDS[kind].after is None:
        promised = promise if kind == "steady" else None
        within = None if promised is None else alarms.low <= promised <= alarms.high
        return {**entry, "promised": promised, "kept": within}
    watched = [r for r in group if not r["open"]]
    limit = NEAR if detector in HINDSIGHT else min(YEAR, KINDS[kind].lasting + LATE)
    delays = np.array([np.inf if r["delay"] is None or r["delay"] > limit else r["delay"] for r in watched])
    finite_delays = delays[np.isfinite(delays)]
    return {
        **entry,
        "missed": asdict(Rate.of(len(delays) - len(finite_delays), len(delays))) if watched else None,
        "delay": float(np.median(finite_delays)) if len(finite_delays) else None,
        "within_60": float(np.mean(delays <= 60)) if watched else None,
        "within_120": float(np.mean(delays <= 120)) if watched else None,
    }
