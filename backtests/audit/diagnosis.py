"""What was found, in detail: since when, how far ahead, and by which line."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from unlockstep import signals, strategies
from unlockstep.backtests.audit.findings import Finding, Line
from unlockstep.backtests.audit.locate import Recorder, Step, guessed_line, likely_line
from unlockstep.backtests.audit.perturbations import CUT, HOLES, WHOLE
from unlockstep.backtests.audit.probes import Difference, Observe, Pair, scope
from unlockstep.backtests.audit.subprocess_pool import POSSIBLE, LostError, run_in_subprocess
from unlockstep.backtests.audit.target import Subject
from unlockstep.backtests.plugins.error_attribution import INSTALLED, OURS, STANDARD
from unlockstep.signals.market import Market

SPREAD = 25
"""Sessions by which the reach of a window may vary, as that of a calendar month does; a reach that varies more hangs on
the sample's end."""


def files_of(subject: Subject) -> frozenset[str]:
    """The code under audit: the file of the class and those beside it; for built-ins, all signals and strategies; for a
    class of no file the cells that hold its code.
    """
    file = Path(subject.file)
    if not file.is_file():
        libraries = (*OURS, *STANDARD)
        return frozenset(
            name
            for name in subject.code_names
            if not INSTALLED & set(Path(name).parts) and not any(Path(name).is_relative_to(each) for each in libraries)
        )
    ours = [Path(package.__path__[0]).resolve() for package in (signals, strategies)]
    places = ours if any(place in file.parents for place in ours) else [file.parent]
    return frozenset({str(file)} | {str(path) for place in places for path in place.glob("*.py")})


def columns(differences: Sequence[Difference]) -> list[int]:
    """The columns that differ in any of them."""
    if not differences:
        return []
    return [int(c) for c in np.flatnonzero(np.any([d.changed.any(axis=0) for d in differences], axis=0))]


def look_ahead(
    subject: Subject,
    markets: tuple[Market, ...],
    differences: Sequence[Difference],
    column: int,
    names: tuple[str, ...],
    observe: Observe,
    files: frozenset[str],
    seed: int,
    *,
    stateful: bool,
) -> Finding:
    """The finding on one column. stateful: it shows between first calls alone, as state is kept from the first."""
    mine = [d for d in differences if d.changed[:, column].any()]
    where = names[column] if subject.is_signal(names[column]) else "the rule"
    first = min(markets[d.pair.market].sessions[int(np.argmax(d.changed[:, column]))] for d in mine)
    plain = [d for d in mine if d.pair.holes is None]
    shortest = min(len(markets[d.pair.market].sessions) for d in plain or mine)
    near = [d for d in plain or mine if len(markets[d.pair.market].sessions) == shortest]  # quicker, and the same
    ahead, to_end = reach(near, markets, seed, observe, subject.warmup, column)
    length_only = all(CUT in (d.pair.left, d.pair.right) for d in mine)
    sentence = "its past changes with the future"
    if stateful:
        sentence = "what its first call saw stays in its memory, and its past changes with it"
    elif length_only:
        sentence = "its past changes with where the history ends"
    return Finding(
        "look-ahead",
        where,
        f"{sentence}; seen by {_ways(mine)}",
        str(first.date()),
        ahead,
        to_end,
        line=line_of(subject, markets, mine, files, seed),
        hole=0 if plain else max(max(HOLES[d.pair.holes[0]]) + 1 for d in mine if d.pair.holes),
    )


def _ways(differences: Sequence[Difference]) -> str:
    """By which futures it was seen, the simplest first, and after how many sessions."""
    ways = list(dict.fromkeys(_way(pair) for pair in sorted((d.pair for d in differences), key=_simplicity)))
    shown = ", ".join(ways[:3]) + (f" and {len(ways) - 3} more" if len(ways) > 3 else "")
    cuts = len({(d.pair.market, d.pair.cut) for d in differences})
    return f"{shown}; after {cuts} session{'s' if cuts > 1 else ''}"


def _simplicity(pair: Pair) -> tuple[bool, int]:
    return pair.holes is not None, (CUT, "crash", "moon").index(pair.right) if pair.right in (
        CUT,
        "crash",
        "moon",
    ) else 3


def _way(pair: Pair) -> str:
    way = " against ".join(name for name in (pair.left, pair.right) if name != WHOLE)
    return f"{way} after holes" if pair.holes else way


def reach(
    differences: Sequence[Difference],
    markets: tuple[Market, ...],
    seed: int,
    observe: Observe,
    warmup: int,
    column: int,
) -> tuple[int | None, bool]:
    """(sessions ahead, True for up to the end of the sample), over a few of the differences, early and late ones."""
    usable = sorted(differences, key=lambda d: d.pair.cut)
    chosen = [usable[i] for i in np.unique(np.linspace(0, len(usable) - 1, 5).astype(int))]
    distances, ended = [], 0
    seen = max(d.pair.cut + 1 - int(np.argmax(d.changed[:, column])) for d in differences)  # its first row sees the cut
    for difference in chosen:
        row = int(np.flatnonzero(difference.changed[:, column])[-1])
        try:
            ahead = scope(difference.pair, markets, seed, observe, warmup, row, column)
        except Exception:  # noqa: S112  (the code refuses one of these futures)
            continue
        if ahead is not None:
            distances.append(ahead)
            ended += ahead == len(markets[difference.pair.market].sessions) - 1 - row
    if not distances:
        return seen, False
    if ended == len(distances) or (len(distances) > 1 and max(distances) - min(distances) > SPREAD):
        return max(distances), True
    return max(seen, *distances), False


def line_of(
    subject: Subject, markets: tuple[Market, ...], differences: Sequence[Difference], files: frozenset[str], seed: int
) -> Line | None:
    """The likely line: two runs of the same past, compared line by line; else the first line that looks like one."""
    plainest = sorted(
        differences,
        key=lambda d: (d.pair.holes is not None, d.pair.right == CUT, len(markets[d.pair.market].sessions)),
    )
    for difference in plainest[:2] if POSSIBLE else ():
        pair = difference.pair
        try:
            left, right = (
                run_in_subprocess(partial(_steps, subject, side, pair.cut, files)) for side in pair.sides(markets, seed)
            )
        except LostError:
            continue
        line = likely_line(left, right)
        if line is not None:
            return line
    return guessed_line(subject.file)


def _steps(subject: Subject, market: Market, cut: int, files: frozenset[str]) -> list[Step]:
    return Recorder(files, market, cut).run(subject.observe)
