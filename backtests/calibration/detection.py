"""How often detectors err: false alarms a year, and delay and misses of breaks whose date is known."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from backtests.calibration import breaks, worlds
from backtests.calibration.breaks import KINDS, LENGTH, YEAR, BreakWorld, break_world
from backtests.calibration.progress import Advance, Records, judge_all, summarised, unseen
from backtests.calibration.rate import Rate
from backtests.provenance import environment
from backtests.settings import setting_of
from signals import (
    breakdown,
    change_point,
    correlation,
    dcc,
    detector,
    fluctuation,
    hindsight,
    markov,
    refit,
    rolling,
    scores,
)
from signals.breakdown import COUPLED, DECOUPLED, onsets
from signals.critical import PROMISED
from signals.errors import ParameterError, unknown_name
from signals.hindsight import Hindsight
from signals.market import Floats
from signals.registry import DETECTORS, HINDSIGHT
from signals.signal import Signal

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
    """What to calibrate: detectors, each once, kinds of worlds by name, worlds of each kind, the seed."""

    detectors: tuple[Signal, ...] = tuple(INSTRUMENTS.values())
    kinds: tuple[str, ...] = tuple(KINDS)
    worlds: int = 500
    seed: int = 7

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", tuple(dict.fromkeys(self.kinds)))
        for kind in self.kinds:
            if kind not in KINDS:
                raise unknown_name("kind of world", kind, KINDS)
        if self.worlds < 1:
            raise ParameterError(f"At least 1 world of each kind is needed; got {self.worlds}.")

    def tasks(self) -> list[WorldTask]:
        """Every world of every kind; kinds alternate, so that a cut leaves all begun."""
        return [WorldTask(kind, world, self.seed) for world in range(self.worlds) for kind in self.kinds]


def calibrate_detectors(
    asked: DetectorCalibration, out: Path, *, jobs: int, advance: Advance = unseen
) -> dict[str, Any]:
    """Judge all worlds that are not judged yet, on `jobs` processes, and write and return the summary.

    Raises RunError where `out` holds anything but the same calibration begun, ParameterError for no processes.
    """
    about = {
        "detectors": {detector.name: detector.label for detector in asked.detectors},
        "seed": asked.seed,
        "sessions": LENGTH,
        "year": YEAR,
        "design": design(),
        "unlockstep": environment()["unlockstep"],
    }
    records = judge_all(
        asked.tasks(),
        partial(judge_world, detectors=asked.detectors),
        task_of=lambda record: WorldTask(record["kind"], record["world"], asked.seed),
        about=about,
        out=out,
        jobs=jobs,
        advance=advance,
    )
    promised = {d.name: PROMISED[d.name] for d in asked.detectors if d == INSTRUMENTS[d.name]}
    return summarised(out, {**about, "worlds": asked.worlds, "rates": detection_rates(records, promised)})


def judge_world(task: WorldTask, *, detectors: Sequence[Signal]) -> Records:
    """What each detector said of one world."""
    rng = np.random.default_rng([task.seed, list(KINDS).index(task.kind), task.world])
    world = break_world(task.kind, rng)
    judged = []
    for signal in detectors:
        told = _dated(signal, world) if isinstance(signal, Hindsight) else _raised(signal, world)
        judged.append({"kind": task.kind, "world": task.world, "detector": signal.name, **told})
    return judged


def _raised(signal: Signal, world: BreakWorld) -> dict[str, Any]:
    """Alarms within the year judged, and sessions from its opening until the first at which the state is decoupled.

    open: the state was decoupled before the year began, so that nothing could be raised. delay: 1 in the first session
    of the year; None where none came.
    """
    states = signal.compute(world.market).to_numpy()
    return states_judged(states, world.opening)


def states_judged(states: Floats, opening: int) -> dict[str, Any]:
    """See `_raised`; T states, and the number of the session that opens the year judged."""
    year = slice(opening, opening + YEAR)
    decoupled = np.flatnonzero(states[year] == DECOUPLED)
    return {
        "alarms": int((onsets(states)[year] == 1.0).sum()),
        "open": bool(states[opening - 1] == DECOUPLED),
        "known": bool(np.isin(states[opening - 1], (COUPLED, DECOUPLED))),
        "delay": int(decoupled[0]) + 1 if len(decoupled) else None,
    }


def _dated(signal: Hindsight, world: BreakWorld) -> dict[str, Any]:
    """Breaks found in the whole sample, and how many sessions the nearest lies from the opening of the year."""
    found = signal.breaks(world.market)
    return {
        "alarms": len(found),
        "open": False,
        "known": True,
        "delay": min((abs(row - world.opening) for row in found), default=None),
    }


def detection_rates(records: Sequence[dict[str, Any]], promised: Mapping[str, float]) -> list[dict[str, Any]]:
    """One entry for each detector and kind of world.

    alarm_years: share of worlds with an alarm in the year judged (of the samples with a break, in hindsight).
    alarms_a_year: alarms in that year, on average. Where the kind has a break, of the worlds that were not open
    already: missed: share in which no alarm came within the year. delay: median sessions until it came, of those in
    which it did. within_60, within_120: share in which it came so soon. open: share of the worlds that were.
    None where all were open. In hindsight delay is the distance of the date found from the true one, and missed is
    where none was found. promised: the share of steady worlds that the detector promises, None where its parameters
    were set; kept: whether the interval found holds it.
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
    }
    if KINDS[kind].after is None:
        promised = promise if kind == "steady" else None
        kept = None if promised is None else alarms.low <= promised <= alarms.high
        return {**entry, "promised": promised, "kept": kept}
    watched = [r for r in group if not r["open"]]
    delays = np.array([np.inf if r["delay"] is None else r["delay"] for r in watched])
    found = delays[np.isfinite(delays)]
    return {
        **entry,
        "missed": asdict(Rate.of(len(delays) - len(found), len(delays))) if watched else None,
        "delay": float(np.median(found)) if len(found) else None,
        "within_60": float(np.mean(delays <= 60)) if watched else None,
        "within_120": float(np.mean(delays <= 120)) if watched else None,
    }


def design() -> str:
    """Fingerprint of the code that makes the worlds, and of the detectors."""
    code = (breaks, worlds, rolling, scores, detector, correlation, breakdown, fluctuation, change_point, dcc, refit)
    files = [Path(module.__file__ or "") for module in (*code, markov, hindsight)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in [*files, Path(__file__)])).hexdigest()[:12]
