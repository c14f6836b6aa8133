"""What was found, in detail: since when, how far ahead, and by which line."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from inspect import getattr_static
from pathlib import Path
from time import process_time
from types import FrameType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unlockstep import signals, strategies
from unlockstep.backtests.audit.comparison import changed
from unlockstep.backtests.audit.findings import Finding, Line
from unlockstep.backtests.audit.locate import likely_line
from unlockstep.backtests.audit.perturbations import BRIEFLY, CUT, HOLES, WHOLE
from unlockstep.backtests.audit.plan import LATER
from unlockstep.backtests.audit.probes import Difference, Observe, Pair, scope
from unlockstep.backtests.audit.recorder import Recorder, Step
from unlockstep.backtests.audit.side_effects import state_of
from unlockstep.backtests.audit.source_lines import guessed_line, line_at
from unlockstep.backtests.audit.subprocess_pool import POSSIBLE, WAITING, LostError, isolated, run_in_subprocess, spread
from unlockstep.backtests.audit.target import Subject
from unlockstep.backtests.plugins.error_attribution import INSTALLED, OURS, STANDARD
from unlockstep.signals.market import Market

SPREAD = 25
"""Sessions by which the reach of a window may vary, as that of a calendar month does; a reach that varies more hangs on
the sample's end."""

PATIENCE = 10.0
"""Seconds of the processor for the reach of one column, and for each run that is followed line by line."""

BEFORE = 60
"""Sessions before the warm-up of the row that changed which a short market for following lines has."""


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


def look_ahead(
    subject: Subject,
    markets: tuple[Market, ...],
    differences: Sequence[Difference],
    column: int,
    names: tuple[str, ...],
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
    ahead, to_end = _reach_of(near, markets, seed, subject, column, stateful=stateful)
    length_only = all(CUT in (d.pair.left, d.pair.right) for d in mine)
    sentence = "its past changes with the future"
    if stateful:
        sentence = "what its first call saw stays in its memory, and its past changes with it"
    elif length_only:
        sentence = "its past changes with where the history ends"
    line, no_line = line_of(subject.only(names[column]), markets, mine, column, files, seed, stateful=stateful)
    return Finding(
        "look-ahead",
        where,
        f"{sentence}; seen by {_ways(mine)}",
        str(first.date()),
        ahead,
        to_end,
        hole=0 if plain else max(max(HOLES[d.pair.holes[0]]) + 1 for d in mine if d.pair.holes),
        line=line,
        no_line=no_line,
    )


def _ways(differences: Sequence[Difference]) -> str:
    """By which futures it was seen, the simplest first, and after how many sessions."""
    ways = list(dict.fromkeys(_way(pair) for pair in sorted((d.pair for d in differences), key=_simplicity)))
    shown = ", ".join(ways[:3]) + (f" and {len(ways) - 3} more" if len(ways) > 3 else "")
    cuts = len({(d.pair.market, d.pair.cut) for d in differences})
    return f"{shown}; after {cuts} session{'s' if cuts > 1 else ''}"


def _simplicity(pair: Pair) -> tuple[bool, int]:
    simple = (CUT, "crash", "moon")
    return pair.holes is not None, simple.index(pair.right) if pair.right in simple else len(simple)


def _way(pair: Pair) -> str:
    way = " against ".join(name.removeprefix(BRIEFLY) for name in (pair.left, pair.right) if name != WHOLE)
    return f"{way} after holes" if pair.holes else way


def _reach_of(
    differences: Sequence[Difference],
    markets: tuple[Market, ...],
    seed: int,
    subject: Subject,
    column: int,
    *,
    stateful: bool,
) -> tuple[int | None, bool]:
    """`reach`, computed elsewhere: each observation in a process of its own where state is kept, else all in one."""

    def apart(market: Market) -> object:
        return run_in_subprocess(partial(subject.observe, market), PATIENCE)

    observe: Observe = apart if stateful else subject.observe  # type: ignore[assignment]
    work = partial(reach, differences, markets, seed, observe, subject.warmup, column)
    try:
        return work() if stateful else isolated(work, 2 * PATIENCE)
    except LostError:
        return _seen(differences, column), False


def _seen(differences: Sequence[Difference], column: int) -> int:
    """The furthest that a difference shows directly: the first row that changed sees the cut."""
    return max(d.pair.cut + 1 - int(np.argmax(d.changed[:, column])) for d in differences)


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
    distances: list[int] = []
    ended, begun = 0, process_time()
    seen = _seen(differences, column)
    for difference in chosen:
        if distances and process_time() - begun > PATIENCE:
            break
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
    subject: Subject,
    markets: tuple[Market, ...],
    differences: Sequence[Difference],
    column: int,
    files: frozenset[str],
    seed: int,
    *,
    stateful: bool,
) -> tuple[Line | None, str]:
    """The likely line, or why there is none: two runs of the same past, compared line by line; else the first line that
    looks like one.
    """
    reason = "none of its lines differs before its answer does"
    if not files:
        reason = "its code is in no file that can be read"

    def plainness(d: Difference) -> tuple[bool, bool, int, int]:
        """Without holes, of equal length, on a short market, and far from the cut: what is known soon is apart then."""
        far = d.pair.cut - middle_row(d.changed[:, column])
        return d.pair.holes is not None, CUT in (d.pair.left, d.pair.right), len(markets[d.pair.market].sessions), -far

    plainest = sorted(differences, key=plainness)
    for difference in plainest[:2] if POSSIBLE and files else ():
        row = middle_row(difference.changed[:, column])
        pair, used, row = _shorter(subject, difference.pair, markets, row, seed, stateful=stateful)
        runs = [partial(_steps, subject, side, row, files) for side in pair.sides(used, seed)]
        steps = dict(spread(runs, jobs=2, limit=WAITING * PATIENCE, cpu=PATIENCE))
        left, right = steps[0], steps[1]
        if isinstance(left, BaseException) or isinstance(right, BaseException):
            reason = "it takes too long to be followed line by line"
            continue
        line = likely_line(left, right)
        if line is not None:
            return line, ""
    guess = guessed_line(subject.file)
    return guess, "" if guess is not None else reason


def _shorter(
    subject: Subject, pair: Pair, markets: tuple[Market, ...], row: int, seed: int, *, stateful: bool
) -> tuple[Pair, tuple[Market, ...], int]:
    """The same pair on a short market that still shows that the row changes, where there is one: quicker to follow."""
    market = markets[pair.market]
    start = max(0, row - subject.warmup - BEFORE)
    stop = min(len(market.sessions), pair.cut + LATER)
    if stateful or stop - start > 0.8 * len(market.sessions):
        return pair, markets, row
    short, excerpt = replace(pair, market=0, cut=pair.cut - start), (market.slice(start, stop),)

    def shows() -> int:
        left, right = (subject.observe(side).values for side in short.sides(excerpt, seed))
        where = changed(left[: short.cut + 1], right[: short.cut + 1], subject.warmup)
        return middle_row(np.asarray(where.any(axis=1))) if where.any() else -1

    try:
        shown = isolated(shows, PATIENCE)
    except Exception:  # the code refuses it, or it takes too long
        return pair, markets, row
    return (short, excerpt, shown) if shown >= 0 else (pair, markets, row)


def middle_row(rows: NDArray[np.bool_]) -> int:
    """Of the rows that changed the one in the middle: the first ones may have by a hair, the last ones lie at the cut,
    where what is known a session later differs by right.
    """
    places = np.flatnonzero(rows)
    return int(places[(len(places) - 1) // 2])


def _steps(subject: Subject, market: Market, row: int, files: frozenset[str]) -> list[Step]:
    return Recorder(files, market, row).run(subject.observe)


def located(subject: Subject, finding: Finding, market: Market, files: frozenset[str]) -> Finding:
    """A finding other than on changed pasts, with its line, or why it has none."""
    if finding.line is not None or finding.no_line:
        return finding
    line, reason = None, "none of its lines could be told to do it"
    if finding.what == "warm-up":
        line, reason = _written(subject, finding, "warmup"), "its warm-up is the longest of its signals"
    elif finding.what == "look-ahead":
        line, reason = _written(subject, finding, "decide"), "its decisions are stamped by code that is not its own"
    elif finding.what == "not deterministic":
        line, reason = _wavering(subject, market, files), "line by line two first calls do the same"
    elif finding.what == "market changed":
        line = _changing(subject, market, files)
    return replace(finding, line=line, no_line="" if line is not None else reason)


def _written(subject: Subject, finding: Finding, name: str) -> Line | None:
    """Where the user's class, or its signal, defines what is meant."""
    member = getattr_static(type(subject.only(finding.where).part), name, None)
    code = getattr(getattr(member, "fget", member), "__code__", None)
    ours = code is None or any(Path(code.co_filename).is_relative_to(each) for each in OURS)
    return None if code is None or ours else line_at(code.co_filename, code.co_firstlineno)


def _wavering(subject: Subject, market: Market, files: frozenset[str]) -> Line | None:
    """Where two first calls on the same market begin to differ."""
    if not POSSIBLE:
        return None
    run = partial(_steps, subject, market, len(market.sessions) - 1, files)
    steps = dict(spread([run, run], jobs=2, limit=WAITING * PATIENCE, cpu=PATIENCE))
    left, right = steps[0], steps[1]
    return None if isinstance(left, BaseException) or isinstance(right, BaseException) else likely_line(left, right)


def _changing(subject: Subject, market: Market, files: frozenset[str]) -> Line | None:
    """The line after which the market is another one."""

    def follow() -> Line | None:
        before, place, lines = state_of(market), [("", 0)], list[Line]()

        def line_by_line(frame: FrameType, event: str, _argument: Any) -> Any:
            if event in ("line", "return"):
                if not lines and place[0][0] and state_of(market) != before:
                    lines.append(line_at(*place[0]))
                place[0] = frame.f_code.co_filename, frame.f_lineno
            return line_by_line

        sys.settrace(lambda frame, *_: line_by_line if frame.f_code.co_filename in files else None)
        try:
            subject.observe(market)
        finally:
            sys.settrace(None)
        return lines[0] if lines else None

    try:
        return run_in_subprocess(follow, PATIENCE) if POSSIBLE else None
    except Exception:  # it fails too, or takes too long
        return None
