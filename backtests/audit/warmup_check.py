"""The declared warm-up: a history that begins later must say the same from its warm-up on.

What a later beginning does not know yet (NaN) is no difference. A position or state that a history begins with is not
compared until it first changes: it may have been opened by what the shorter history did not see. The differences left
are of five kinds, told apart by how they end:

    a window     they end the same number of sessions after every beginning: the warm-up is declared too short
    fading       they shrink, as an exponential average does; a finding while they are large at the warm-up
    sporadic     decisions that differ now and then; a finding where they differ in most histories and often
    endless      they last to the end of what is compared and fade hardly, as with an expanding mean, which is noted
    until event  they stand still until prices do something, as with the highest price so far, which is noted
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from unlockstep.backtests.audit.target import Observed
from unlockstep.signals.market import Floats

TOLERANCE = 1e-6
"""Of a column's largest value: running sums carry rounding errors of all history."""

EARLY = 20
"""Sessions after the warm-up in which differences are measured."""

LARGE = 0.25
"""Mean difference in those sessions, in standard deviations of the column, that makes a fading memory a finding; for
decisions, the share of these sessions that differ."""

FADED = 0.06
"""Share of the first differences under which the last ones, all beginnings together, have faded. In 450 sessions those
of an exponential average over 100 shrink to 0.03 or less, those of an expanding mean of returns to 0.12 or more.
"""

FAINT = 0.05
"""Mean difference, in standard deviations of the column, under which the warm-up that is advised begins."""

STILL_SHARE = 0.3
"""Share of the sessions in which the values move and their difference stands still, above which it waits for an event.
The differences of averages and filters move whenever the values do; those of the highest so far only with a new high.
"""

REGULAR = 5
"""Sessions by which the ends of a window's differences may lie apart."""


@dataclass(frozen=True)
class Memory:
    """What a column remembers beyond the declared warm-up.

    column: its name; bad: True for a finding; sentence: what was seen; row: the first session affected, numbered in the
    market that was examined, or None.
    """

    column: str
    bad: bool
    sentence: str
    row: int | None = None


@dataclass(frozen=True)
class _Late:
    """A column of one late start: where it begins, and the differences from the whole history."""

    start: int
    first: int  # number of its first value, -1 where it has none
    judged: int  # number of the first session compared
    size: Floats  # T differences, 0 where they agree or are not compared


def examine(
    observe: Callable[[int], Observed | None], starts: Sequence[int], warmup: int, decisions: frozenset[str]
) -> list[Memory]:
    """What each column remembers beyond session number `warmup`.

    observe: from the number of the session with which a history begins to what is said on it, or None where the code
    refused it; 0 is the whole history. decisions: names of the columns that are decisions and not signals.
    """
    whole = observe(0)
    if whole is None:
        return []
    late = [(start, seen) for start in starts if (seen := observe(start)) is not None]
    memories = []
    for column, name in enumerate(whole.names):
        reference = _in_force(whole.values[:, column]) if name in decisions else whole.values[:, column]
        runs = [_late(seen, column, start, reference, warmup, decisions) for start, seen in late]
        verdict = _verdict(name, runs, reference, warmup)
        if verdict is not None:
            memories.append(verdict)
    return memories


def _in_force(values: Floats) -> Floats:
    """The decision in force: the last one taken."""
    decided = np.flatnonzero(~np.isnan(values))
    place = np.searchsorted(decided, np.arange(len(values)), side="right") - 1
    return np.where(place >= 0, values[decided[np.maximum(place, 0)]] if len(decided) else np.nan, np.nan)


def _late(seen: Observed, column: int, start: int, reference: Floats, warmup: int, decisions: frozenset[str]) -> _Late:
    name = seen.names[column]
    together = [i for i, other in enumerate(seen.names) if other in decisions] if name in decisions else [column]
    values = np.column_stack(
        [_in_force(seen.values[:, i]) if name in decisions else seen.values[:, i] for i in together]
    )
    mine, other = values[:, together.index(column)], reference[start:]
    finite_rows = np.flatnonzero(~np.isnan(mine) & (np.arange(len(mine)) >= warmup))
    first = int(finite_rows[0]) if len(finite_rows) else -1
    judged = _after_first_change(values, first) if first >= 0 else len(mine)
    with np.errstate(invalid="ignore"):
        size = np.abs(mine - other)
    size = np.where(np.isnan(other), np.inf, size)
    size[np.isnan(mine)] = 0.0
    size[:judged] = 0.0
    finite = np.abs(reference[np.isfinite(reference)])
    size[size <= TOLERANCE * finite.max(initial=0.0)] = 0.0
    return _Late(start, first, judged, size)


def _after_first_change(values: Floats, first: int) -> int:
    """The first session from `first` on in which the values, if they were held at first, are others."""
    if first + 1 >= len(values) or not np.array_equal(values[first], values[first + 1], equal_nan=True):
        return first
    moved = (values[first:] != values[first]).any(axis=1) & ~np.isnan(values[first:]).any(axis=1)
    return first + int(np.argmax(moved)) if moved.any() else len(values)


def _endless(runs: list[_Late]) -> bool:
    """True where the differences at the end are not much smaller than at first: an exponential would have faded.

    All beginnings together: a single one may differ little at first by chance.
    """
    firsts = [run.size[run.judged : run.judged + EARLY].mean() for run in runs]
    return bool(np.mean([run.size[-EARLY:].mean() for run in runs]) > FADED * np.mean(firsts))


def _discrete(values: Floats) -> bool:
    """True for decisions and states: few values, that are come back to, unlike a highest so far."""
    steps = np.sign(np.diff(values))
    return bool(len(np.unique(values)) <= 12 and (steps > 0).any() and (steps < 0).any())


def _waits_for_event(runs: list[_Late], reference: Floats) -> bool:
    """True where differences stand still while the values move, or as long as the values do: they wait for an event."""
    still, seen = [], 0
    for run in runs:
        lasting = np.flatnonzero(run.size)
        seen += len(lasting)
        moves = np.diff(reference[run.start + lasting]) != 0.0
        still.append(np.abs(np.diff(run.size[lasting]))[moves] <= TOLERANCE * run.size.max())
    shares = np.concatenate(still)
    return bool(shares.mean() > STILL_SHARE) if len(shares) else seen > EARLY


def _advised(runs: list[_Late], spread: float) -> int:
    """The first session from which on the differences are faint, on average over the beginnings."""
    length = min(len(run.size) for run in runs)
    mean = np.mean([np.minimum(run.size[:length], 10 * spread) for run in runs], axis=0)
    return int(np.flatnonzero(mean > FAINT * spread)[-1]) + 1


def _verdict(name: str, runs: list[_Late], reference: Floats, warmup: int) -> Memory | None:
    ends = np.array([int(np.flatnonzero(run.size)[-1]) + 1 if run.size.any() else 0 for run in runs])
    differing = [run for run in runs if run.size.any()]
    if not differing:
        firsts = {run.first for run in runs}
        if len(runs) > 3 and len(firsts) == 1 and (first := firsts.pop()) > warmup:
            return Memory(name, False, f"its first value comes {first - warmup} sessions after its declared warm-up")
        return None
    run = differing[0]
    row = run.start + int(np.flatnonzero(run.size)[0])
    lasting = [run for run, end in zip(runs, ends, strict=True) if len(run.size) - end < 2 * EARLY]
    if lasting and _endless(lasting):
        return Memory(
            name, False, f"what it says depends on where the history begins, {len(lasting[-1].size)} sessions later "
            "still; a longer warm-up would hardly bound that",
        )  # fmt: skip
    discrete = _discrete(reference[np.isfinite(reference)])
    if not discrete and _waits_for_event(differing, reference):
        return Memory(
            name, False, "what it says depends on where the history begins until prices do something, as with the "
            f"highest so far, here for {'at least' if lasting else 'up to'} {ends.max() - warmup} sessions after the "
            "declared warm-up; a longer one would hardly bound that",
        )  # fmt: skip
    everywhere = len(differing) == len(runs)
    abrupt = not lasting and all(
        run.size[end - 1] > 1e-3 * run.size.max() for run, end in zip(runs, ends, strict=True) if end
    )
    if everywhere and abrupt and ends.max() - ends.min() <= REGULAR:
        return Memory(
            name,
            True,
            f"values up to {ends.max()} sessions after the beginning depend on older history, {warmup} are declared; "
            f"declare a warm-up of {ends.max()}",
            row,
        )
    early = np.concatenate([run.size[run.judged : run.judged + EARLY] for run in runs])
    spread = float(np.nanstd(reference[np.isfinite(reference)]))
    large = (early > 0).mean() if discrete else np.minimum(early, 10 * spread).mean() / spread
    often = len(differing) >= 0.75 * len(runs)
    fades = discrete or not abrupt
    bad = bool(large > LARGE and often and fades)
    advice = f"; declare a warm-up of about {_advised(runs, spread)}" if bad and not discrete else ""
    return Memory(
        name,
        bad,
        f"{'decisions' if discrete else 'values'} after the declared warm-up of {warmup} sessions still depend on "
        f"older history, for {'at least' if lasting else 'up to'} {ends.max() - warmup} sessions more{advice}",
        row,
    )
