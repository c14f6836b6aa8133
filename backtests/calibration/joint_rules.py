"""Which one alarm is the best? The comparison by which `any_break` was chosen; it prints a table in Markdown.

    python -m unlockstep.backtests.calibration.joint_rules [STEADY] [WORLDS]

Every rule gets the critical value at which one year in ten of STEADY worlds (1,200 unless another number is given) of
constant correlation brings a false alarm, and is then measured on WORLDS worlds (200) of each kind with a break and
half as many of other kinds without one, from seeds that no other calibration uses. The rules of five detectors combine
their evidence in units of their critical values:

    mean, median, largest       of the five
    monitor_break, markov_break the two fastest, alone

The others are sequential tests of the scores, which know the correlation of the 756 scores before each half year:

    e-SR, e-CUSUM               e-detectors of Shiryaev-Roberts and of CUSUM type (Shin, Ramdas and Rinaldo 2024): the
                                mean, over FALLS, of sums and of largest values of likelihood ratios since any session
    …, censored                 with the ratio of a session censored as in markov_break
    FOCuS                       the largest fall since any session (Romano, Eckley, Fearnhead and Rigaill 2023)
    FOCuS from 20               since any session at least 20 ago
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed

from unlockstep.backtests.calibration.break_worlds import KINDS, YEAR, break_world
from unlockstep.backtests.calibration.critical_values import PROMISE, SEED, critical_value
from unlockstep.backtests.calibration.detection import DetectorRecord, detection_rates, states_judged
from unlockstep.backtests.calibration.summary import BreakRates
from unlockstep.signals.breakdown import hysteresis
from unlockstep.signals.critical import CRITICAL
from unlockstep.signals.jit import njit
from unlockstep.signals.joint import PARTS, AnyBreak
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.markov import BELOW, CENSORED, LIMIT, log_density
from unlockstep.signals.refit import refits
from unlockstep.signals.rolling import align
from unlockstep.signals.scores import MEMORY, scores

STEADY, WORLDS = 1200, 200
BROKEN = ("to zero", "to half", "from 0.4", "brief")
UNBROKEN = ("loose", "tight", "wild", "tails", "jump 0.2", "jump 0.8")

FITTED = 756
"""Scores on which the sequential tests learn the correlation that they watch."""

FALLS = np.array(BELOW)
"""Falls of the correlation over which an e-detector takes the mean."""

FROM = AnyBreak().warmup
"""The first session of which evidence is kept."""

Evidence = Mapping[str, Floats]
"""Rule → its evidence of each session from number FROM on."""


@njit(cache=True, nogil=True)
def e_detector(ratios: Floats, adding: bool) -> Floats:
    """N logs of the mean over K of M, of N x K likelihood ratios r.

    M(t) = (M(t-1) + 1) r(t) where `adding` (Shiryaev-Roberts), max(M(t-1), 1) r(t) otherwise (CUSUM); M(-1) = 0.
    """
    out, m = np.empty(len(ratios)), np.zeros(ratios.shape[1])
    for t in range(len(ratios)):
        total = 0.0
        for k in range(len(m)):
            m[k] = (m[k] + 1.0 if adding else max(m[k], 1.0)) * ratios[t, k]
            total += m[k]
        out[t] = np.log(total / len(m))
    return out


@njit(cache=True, nogil=True)
def largest_fall(values: Floats, shortest: int) -> Floats:
    """N maxima over k from `shortest` of minus the sum of the last k values over √k; NaN before there are so many.

    FOCuS finds the same maximum without trying every k.
    """
    out = np.full(len(values), np.nan)
    for t in range(shortest - 1, len(values)):
        total, best = 0.0, -np.inf
        for k in range(1, t + 2):
            total -= values[t - k + 1]
            if k >= shortest:
                best = max(best, total / np.sqrt(k))
        out[t] = best
    return out


def evidence_of(market: Market) -> Evidence:
    """The evidence of every rule."""
    parts = {part.name: part.statistic(market)[FROM:] for part in PARTS}
    units = np.array([parts[part.name] / CRITICAL[part.name] for part in PARTS])
    combined = {"mean": units.mean(axis=0), "median": np.median(units, axis=0), "largest": units.max(axis=0)}
    alone = {name: parts[name] for name in ("monitor_break", "markov_break")}
    return {**combined, **alone, **_sequential(market)}


def _sequential(market: Market) -> Evidence:
    sessions = len(market.sessions)
    pair_scores = np.column_stack([align(column, sessions) for column in scores(market).T])
    out: dict[str, Floats] = {}
    for fit, stop in refits(market.sessions, FITTED + MEMORY):
        for name, evidence in sequential_tests(pair_scores[fit - FITTED : stop]).items():
            out.setdefault(name, np.full(sessions, np.nan))[fit:stop] = evidence[FITTED:]
    return {name: evidence[FROM:] for name, evidence in out.items()}


def sequential_tests(pair_scores: Floats) -> Evidence:
    """N values of each sequential test of N x 2 scores, which learns the correlation from the first FITTED."""
    squares, products = (pair_scores * pair_scores).sum(axis=1), pair_scores[:, 0] * pair_scores[:, 1]
    scale = squares[:FITTED].mean() / 2.0
    squares, products = squares / scale, products / scale
    before = np.clip(products[:FITTED].mean(), -LIMIT, LIMIT)
    after = np.maximum(before - FALLS, -LIMIT)
    then = log_density(squares[:, None], products[:, None], before)
    logs = log_density(squares[:, None], products[:, None], after) - then
    ratios, censored = np.exp(logs), np.exp(np.clip(logs, -CENSORED, CENSORED))
    influence = products - before * squares / 2.0
    influence /= influence[:FITTED].std()
    return {
        "e-SR": e_detector(ratios, True),
        "e-CUSUM": e_detector(ratios, False),
        "e-SR, censored": e_detector(censored, True),
        "e-CUSUM, censored": e_detector(censored, False),
        "FOCuS": largest_fall(influence, 1),
        "FOCuS from 20": largest_fall(influence, 20),
    }


@dataclass(frozen=True)
class JudgedWorld:
    """The evidence of one world, and the number of the row at which the year judged opens."""

    kind: str
    world: int
    evidence: Evidence
    opening: int

    def record(self, rule: str, critical: float) -> DetectorRecord:
        """What the rule says of the year judged, at that critical value."""
        states = hysteresis(-self.evidence[rule], -critical, -critical / 2, 1)
        judged = states_judged(states, self.opening)
        return DetectorRecord(kind=self.kind, world=self.world, detector=rule, **dict(judged))


def judge(kind: str, world: int) -> JudgedWorld:
    """The evidence of one world; `steady` ones are the first of those of `critical_values`."""
    seed = [SEED, world] if kind == "steady" else [SEED + 1, list(KINDS).index(kind), world]
    drawn = break_world(kind, np.random.default_rng(seed))
    return JudgedWorld(kind, world, evidence_of(drawn.market), drawn.opening - FROM)


def critical_of(rule: str, steady: Sequence[JudgedWorld]) -> float:
    """The critical value at which the promised share of these worlds has an alarm."""
    largest = [w.evidence[rule][w.opening : w.opening + YEAR].max() for w in steady]
    tried = np.unique(np.quantile(largest, np.arange(0.80, 0.98, 0.01)))
    shares = np.array([np.mean([w.record(rule, c).alarms > 0 for w in steady]) for c in tried])
    return critical_value(shares, tried, PROMISE)


def table(worlds: Sequence[JudgedWorld]) -> str:
    """The comparison in Markdown: of each rule its critical value, its mean delay over the kinds with a break, delay,
    misses and alarms up already of each of them, and false alarms of each kind without one.
    """
    steady = [w for w in worlds if w.kind == "steady"]
    rows = [_row(rule, critical_of(rule, steady), worlds) for rule in worlds[0].evidence]
    heads = ["rule", "critical", "mean delay", *BROKEN, "steady", *UNBROKEN]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [heads, ["---", *["---:"] * (len(heads) - 1)], *rows])


def _row(rule: str, critical: float, worlds: Sequence[JudgedWorld]) -> list[str]:
    records = [w.record(rule, critical) for w in worlds]
    rates = detection_rates(records, {})
    alarms = {rate.kind: f"{100 * rate.alarm_years.share:.0f}" for rate in rates}
    breaks = {rate.kind: _break_cell(rate) for rate in rates if isinstance(rate, BreakRates)}
    mean = np.mean([mean_delay(records, kind) for kind in BROKEN])
    cells = [*(breaks[kind] for kind in BROKEN), *(alarms[kind] for kind in ("steady", *UNBROKEN))]
    return [rule, f"{critical:.3g}", f"{mean:.1f}", *cells]


def mean_delay(records: Sequence[DetectorRecord], kind: str) -> float:
    """Mean sessions to the alarm where none was up already; one that did not come within the year counts as YEAR."""
    return float(np.mean([r.delay or YEAR for r in records if r.kind == kind and not r.open]))


def _break_cell(rate: BreakRates) -> str:
    missed = 0.0 if rate.missed is None else rate.missed.share
    return f"{rate.delay:.0f} / {100 * missed:.1f} / {100 * rate.open:.1f}"


def main(steady: int, worlds: int, judged: Callable[[str, int], JudgedWorld] = judge) -> None:
    """Draw the worlds and print the table."""
    tasks = [("steady", world) for world in range(steady)]
    tasks += [(kind, world) for kind in BROKEN for world in range(worlds)]
    tasks += [(kind, world) for kind in UNBROKEN for world in range(worlds // 2)]
    print(table(Parallel(n_jobs=-1)(delayed(judged)(*task) for task in tasks)))  # noqa: T201


if __name__ == "__main__":
    counts = [STEADY, WORLDS]
    counts[: len(sys.argv) - 1] = map(int, sys.argv[1:])
    main(counts[0], counts[1])
