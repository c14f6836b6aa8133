"""How often the pooled verdict errs: panels of pairs without edge, and with one planted, judged as a universe is.

Every panel is judged as it is and with one of the effects, in turn: homogeneous, or all of it in a third of the pairs.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial, reduce
from pathlib import Path

import numpy as np
import pandas as pd

from unlockstep import signals, strategies
from unlockstep.backtests import calibration, results, stats
from unlockstep.backtests.calibration.families import SESSIONS
from unlockstep.backtests.calibration.judge_universe import RULES, STUDY, UniverseRecord, UniverseTask, judge_universe
from unlockstep.backtests.calibration.progress import Advance, judge_all, no_advance, summarised
from unlockstep.backtests.calibration.rate import Rate
from unlockstep.backtests.calibration.settings_checks import check_names, check_worlds
from unlockstep.backtests.calibration.summary import PriceSource, UniverseRates, UniverseSettings, UniverseSummary
from unlockstep.backtests.calibration.universe_worlds import KINDS
from unlockstep.backtests.engine import book, experiment, redecide
from unlockstep.backtests.results import universe as pooling
from unlockstep.backtests.results.provenance import environment
from unlockstep.backtests.results.universe.estimates import FEWEST_PAIRS
from unlockstep.backtests.sweep.code_version import fingerprint
from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import Floats, Market

EFFECTS = (0.1, 0.2, 0.3, 0.5)
"""Planted annual ratios of the average pair."""

PAIRS = (5, 12, 30)

PRICED = "resampled"
"""The kind that is made from prices."""


@dataclass(frozen=True)
class UniverseCalibration:
    """What to calibrate: kinds by name, numbers of pairs, worlds of each, effects planted in turn, the seed.

    markets: the pairs that the kind `resampled` is made from, on the sessions that all of them have.
    """

    kinds: tuple[str, ...] = tuple(kind for kind in KINDS if kind != PRICED)
    pairs: tuple[int, ...] = PAIRS
    worlds: int = 100
    effects: tuple[float, ...] = EFFECTS
    seed: int = 7
    markets: tuple[Market, ...] = ()

    def __post_init__(self) -> None:
        for name in ("kinds", "pairs", "effects"):
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))
        check_names("kind of world", self.kinds, KINDS)
        for pairs in self.pairs:
            if pairs < FEWEST_PAIRS:
                raise ParameterError(
                    f"Pooling takes at least {FEWEST_PAIRS} pairs; got {pairs}", name="pairs", limit=FEWEST_PAIRS
                )
            if PRICED in self.kinds and pairs > len(self.markets):
                raise ParameterError(
                    f"Worlds of the kind '{PRICED}' with {pairs} pairs need the prices of as many; there are "
                    f"{len(self.markets)}",
                    name="pairs",
                    limit=len(self.markets),
                    remedy="name a universe with --universe, or fewer pairs",
                )
        check_worlds(self.worlds)
        for effect in self.effects:
            if not 0 < effect <= 3:
                raise ParameterError(
                    f"A ratio planted in the average pair must lie between 0 and 3 a year; got {effect:g}",
                    name="effects",
                    limit=3,
                )

    def task(self, kind: str, pairs: int, world: int) -> UniverseTask:
        """One panel, with the effect whose turn it is."""
        turns = [(effect, third) for effect in self.effects for third in (False, True)]
        planted, third = turns[world % len(turns)] if turns else (None, False)
        return UniverseTask(kind, pairs, world, self.seed, planted, third)

    def tasks(self) -> list[UniverseTask]:
        """Every panel; kinds and numbers of pairs alternate, so that a cut leaves all begun."""
        return [
            self.task(kind, pairs, world) for world in range(self.worlds) for kind in self.kinds for pairs in self.pairs
        ]


def calibrate_universe(
    what: UniverseCalibration,
    out: Path,
    *,
    jobs: int,
    advance: Advance = no_advance,
    scheduler: str | None = None,
) -> UniverseSummary:
    """Judge all panels that are not judged yet, on `jobs` processes or a Dask scheduler's workers, and write and return
    the summary.

    Raises RunError where `out` holds anything but the same calibration begun, ParameterError for no processes.
    """
    settings = UniverseSettings(
        prices=tuple(PriceSource(pair=each.pair, source=each.source, sha256=each.sha256) for each in what.markets),
        effects=what.effects,
        seed=what.seed,
        sessions=SESSIONS,
        strategies=RULES,
        design=fingerprint(signals, strategies, results, pooling, stats, calibration, book, experiment, redecide),
        rule=asdict(STUDY.rule),
        environment=environment(),
    )
    records = judge_all(
        what.tasks(),
        partial(judge_universe, history=common_history(what.markets)),
        kind=UniverseRecord,
        task_of=lambda record: what.task(record.kind, record.pairs, record.world),
        about=settings,
        out=out,
        jobs=jobs,
        advance=advance,
        scheduler=scheduler,
    )
    return summarised(out, UniverseSummary(**dict(settings), worlds=what.worlds, rates=universe_rates(records)))


def common_history(markets: Sequence[Market]) -> Floats:
    """T x P x 2 simple returns of the pairs from one session that all of them have to the next."""
    if not markets:
        return np.empty((0, 0, 2))
    shared: pd.DatetimeIndex = reduce(lambda left, right: left.intersection(right), (m.sessions for m in markets))
    closes = np.stack([market.close.reindex(shared).to_numpy() for market in markets], axis=1)
    return np.asarray(closes[1:] / closes[:-1] - 1.0)


def universe_rates(records: Sequence[UniverseRecord]) -> tuple[UniverseRates, ...]:
    """Without edge a part for each kind and number of pairs; with one for each number, ratio and manner, of all kinds
    together.
    """
    groups: dict[tuple[float, bool, str | None, int], list[UniverseRecord]] = {}
    for record in records:
        kind = None if record.planted else record.kind
        groups.setdefault((round(record.planted, 9), record.third, kind, record.pairs), []).append(record)
    ordered = sorted(groups.items(), key=lambda item: (item[0][0], item[0][1]))
    return tuple(_rates(group, *key) for key, group in ordered)


def _rates(group: Sequence[UniverseRecord], planted: float, third: bool, kind: str | None, pairs: int) -> UniverseRates:
    worlds = len(group)
    worthwhile = [r for r in group if r.true_pooled >= STUDY.rule.worthwhile_ir]
    standalone, shrunk = sum(r.standalone for r in group), sum(r.shrunk for r in group)
    reach = [r.detectable for r in group if r.detectable is not None]

    def share(counts: Sequence[bool]) -> Rate:
        return Rate.of(sum(counts), len(counts))

    return UniverseRates(
        kind=kind,
        pairs=pairs,
        planted=planted,
        third=third,
        worlds=worlds,
        edge=share([r.edge for r in group]),
        timed=share([r.timed for r in group]),
        primary_edge=share([r.chosen == "edge" for r in group]),
        primary_no_edge=share([r.chosen == "no edge" for r in group]),
        worthwhile=len(worthwhile),
        wrong_no_edge=share([r.chosen == "no edge" for r in worthwhile]) if worthwhile else None,
        bound_missed=share([r.bound_missed for r in group]),
        interval_missed=share([r.interval_missed for r in group]),
        standalone_covered=1.0 - sum(r.missed_standalone for r in group) / standalone if standalone else None,
        shrunk_covered=1.0 - sum(r.missed_shrunk for r in group) / shrunk if shrunk else None,
        single_edge=sum(r.single_edges for r in group) / (worlds * pairs),
        effective_pairs=float(np.median([r.effective_pairs for r in group])),
        detectable=float(np.median(reach)) if reach else None,
    )
