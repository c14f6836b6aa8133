"""How often the verdict errs: thousands of worlds, and the rates with which something was said of them.

Every world is drawn from its seed, kind, number and length alone, so that the same worlds come whatever the number of
workers.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from unlockstep import signals, strategies
from unlockstep.backtests import calibration, results
from unlockstep.backtests.calibration.attack_families import ALL_FAMILIES
from unlockstep.backtests.calibration.attack_worlds import ALL_KINDS
from unlockstep.backtests.calibration.families import FAMILIES, SESSIONS
from unlockstep.backtests.calibration.judge_world import Task, WorldRecord, judge_world
from unlockstep.backtests.calibration.progress import Advance, judge_all, no_advance, summarised
from unlockstep.backtests.calibration.rate import Rate
from unlockstep.backtests.calibration.settings_checks import check_names, check_worlds
from unlockstep.backtests.calibration.summary import (
    CalibrationSettings,
    CalibrationSummary,
    GateRates,
    PriceSource,
    VerdictRates,
)
from unlockstep.backtests.calibration.worlds import KINDS, history_of
from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.engine import experiment
from unlockstep.backtests.engine import portfolio as engine
from unlockstep.backtests.results import evidence as judgement
from unlockstep.backtests.results import out_of_sample
from unlockstep.backtests.results.provenance import environment
from unlockstep.backtests.sweep.code_version import fingerprint
from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import Floats, Market

EFFECTS: tuple[float | None, ...] = (0.5, 1.0, None)
"""Planted timing information ratios, annual; None: what the report of each world gives as detectable."""


@dataclass(frozen=True)
class Calibration:
    """What to calibrate: kinds and families by name, worlds of each, effects planted in every second one, the seed."""

    kinds: tuple[str, ...] = tuple(KINDS)
    families: tuple[str, ...] = tuple(FAMILIES)
    worlds: int = 500
    effects: tuple[float | None, ...] = EFFECTS
    seed: int = 7

    def __post_init__(self) -> None:
        for name in ("kinds", "families", "effects"):  # a world counts once, however often it is asked for
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))
        check_names("kind of world", self.kinds, ALL_KINDS)
        check_names("family", self.families, ALL_FAMILIES)
        check_worlds(self.worlds)
        for effect in self.effects:
            if effect is not None and not 0 < effect <= 10:
                raise ParameterError(
                    f"A planted ratio must lie between 0 and 10 a year; got {effect:g}", name="effects", limit=10
                )

    def tasks(self) -> list[Task]:
        """Every world of every kind, for every family; kinds and families alternate, so that a cut leaves all begun."""
        return [
            Task(kind, family, world, self.seed)
            for world in range(self.worlds)
            for kind in self.kinds
            for family in self.families
        ]


def calibrate(
    calibration: Calibration,
    market: Market,
    out: Path,
    *,
    jobs: int,
    advance: Advance = no_advance,
    scheduler: str | None = None,
) -> CalibrationSummary:
    """Judge all worlds that are not judged yet, on `jobs` processes or a Dask scheduler's workers, and write and return
    the summary.

    market: the prices that the kinds `flipped` and `resampled` are made from. out: new, or a calibration of the same
    prices, effects and seed, whose worlds count.
    Raises RunError where `out` holds anything else, ParameterError for no processes.
    """
    settings = CalibrationSettings(
        prices=PriceSource(pair=market.pair, source=market.source, sha256=market.sha256),
        effects=calibration.effects,
        seed=calibration.seed,
        sessions=SESSIONS,
        design=_design(),
        rule=asdict(Rule()),
        environment=environment(),
    )
    records = judge_all(
        calibration.tasks(),
        partial(_judged, history=history_of(market), effects=calibration.effects),
        kind=WorldRecord,
        task_of=lambda record: Task(record.kind, record.family, record.world, calibration.seed),
        about=settings,
        out=out,
        jobs=jobs,
        advance=advance,
        scheduler=scheduler,
    )
    summary = CalibrationSummary(
        **dict(settings), worlds=calibration.worlds, rates=rates(records), gates=gate_rates(records)
    )
    return summarised(out, summary)


def _judged(task: Task, *, history: Floats, effects: tuple[float | None, ...]) -> list[WorldRecord]:
    return judge_world(task, ALL_FAMILIES[task.family], history, effects)


def _design() -> str:
    """Fingerprint of the code that makes worlds, decides in them and judges them."""
    return fingerprint(signals, strategies, results, calibration, engine, experiment, judgement, out_of_sample)


MEASURED: dict[str, Callable[[WorldRecord], bool]] = {
    "edge": lambda r: r.decision == "edge",
    "no_edge": lambda r: r.decision == "no edge",
    "cannot_tell": lambda r: r.decision == "cannot tell",
    "refused": lambda r: r.decision == "refused",
    "timing_test": lambda r: r.nominal,
    "chosen_edge": lambda r: r.chosen == "edge",
    "chosen_no_edge": lambda r: r.chosen == "no edge",
    "chosen_timing_test": lambda r: r.chosen_nominal,
    "chosen_at_alpha": lambda r: r.chosen_timed,
    "bound_missed": lambda r: r.bound_missed,
    "interval_missed": lambda r: r.interval_missed,
    "naive_sharpe": lambda r: r.sharpe,
    "naive_psr": lambda r: r.psr,
    "naive_dsr": lambda r: r.dsr,
}
"""Rate → whether a world counts. `chosen` is the variant in which an edge is planted, if one is."""


def _groups(records: Sequence[WorldRecord]) -> dict[tuple[str, str, float | None], list[WorldRecord]]:
    groups: dict[tuple[str, str, float | None], list[WorldRecord]] = {}
    for record in records:
        groups.setdefault((record.kind, record.family, record.planted), []).append(record)
    return groups


def rates(records: Sequence[WorldRecord]) -> tuple[VerdictRates, ...]:
    """One part for each kind, family and effect: every rate with its interval, and the median detectable ratio."""
    parts = []
    for (kind, family, planted), group in _groups(records).items():
        reach = [r.detectable for r in group if r.detectable is not None]
        parts.append(
            VerdictRates(
                kind=kind,
                family=family,
                planted=planted,
                worlds=len(group),
                **{name: Rate.of(sum(map(counts, group)), len(group)) for name, counts in MEASURED.items()},
                detectable=np.median(reach) if reach else None,
            )
        )
    return tuple(parts)


def gate_rates(records: Sequence[WorldRecord]) -> tuple[GateRates, ...]:
    """One part for each kind, family and effect: edge by the timing test alone, with each gate, and with all."""
    names = list(dict.fromkeys(name for record in records for name in record.with_gate))
    return tuple(
        GateRates(
            kind=kind,
            family=family,
            planted=planted,
            worlds=len(group),
            nominal=np.mean([r.nominal for r in group]),
            at_alpha=np.mean([r.timed for r in group]),
            **{name: np.mean([r.with_gate.get(name, False) for r in group]) for name in names},
            all=np.mean([r.decision == "edge" for r in group]),
        )
        for (kind, family, planted), group in _groups(records).items()
    )
