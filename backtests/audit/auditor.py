"""The audit of one signal or strategy.

1. first calls, each in a process of its own: what is kept from the first call cannot hide from these
2. the same market twice: the same bytes; the market as it was; valid weights; nothing opened
3. futures: at every session of a span the rest is cut off and altered, after pasts with holes too
4. the first market again: nothing was kept from the others
5. later beginnings: the declared warm-up
6. for what was found: which column, since when, how far ahead, which line
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from backtests.audit import diagnosis
from backtests.audit.apart import POSSIBLE, LostError, apart
from backtests.audit.conduct import Watch, changed_part, state_of
from backtests.audit.findings import Finding, Outcome
from backtests.audit.futures import CUT, WHOLE, copied, future
from backtests.audit.locate import own_line
from backtests.audit.memory import examine
from backtests.audit.probes import Difference, Observe, Pair, Search, changed, extremes, order, others
from backtests.audit.subject import MisfitError, Observed, Subject
from signals.errors import HistoryError, UnlockstepError, WeightsError
from signals.market import Market

SPAN = 252
"""Sessions after the warm-up that are audited, a year; the future is cut off after each of them."""

LATER = 40
"""Sessions after the last cut."""

MEMORY = 450
"""Sessions after the warm-up on which later beginnings are compared."""


EXTREMES, OTHERS = 0.4, 0.8
"""Shares of the time after which no more crashes and moons, and no more of the other futures, are begun."""

FEWEST = 4
"""Cuts, and later beginnings, at least, however slow the code is."""


@dataclass(frozen=True)
class Effort:
    """How hard to look at one subject.

    seconds: after which no more is begun; the least that an audit does may take longer.
    first_calls: cuts tried in fresh processes.  beginnings: histories that begin later.
    """

    seconds: float
    first_calls: int
    beginnings: int


def excerpts(market: Market, warmup: int) -> tuple[Market, Market]:
    """(short, long): the parts of a market for the futures and for the later beginnings, its last sessions.

    Raises HistoryError where it does not hold the warm-up and a span of a quarter of a year.
    """
    have = len(market.sessions)
    if have < warmup + LATER + 63:
        raise HistoryError(
            f"An audit of a warm-up of {warmup} sessions needs {warmup + LATER + 63} of them; "
            f"{market.sessions[0].date()} to {market.sessions[-1].date()} holds {have}."
        )
    short, long = (market.slice(max(0, have - warmup - length)) for length in (SPAN + LATER, MEMORY))
    return copied(short), long


class Audit:
    """The audit of one subject, step by step; see the module's docstring."""

    def __init__(self, subject: Subject, markets: Sequence[Market], effort: Effort, seed: int) -> None:
        self.subject, self.effort, self.seed = subject, effort, seed
        self.begun = time.monotonic()
        cut = [excerpts(market, subject.warmup) for market in markets]
        self.markets = tuple(short for short, _ in cut)
        self.long = cut[0][1]
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        self.files = diagnosis.files_of(subject)
        self.cuts = self.possible = self.futures = self.holes = 0

    def outcome(self) -> tuple[Outcome, list[int]]:
        """All but the first calls, computed in this process; and the columns whose past changed."""
        whole, seen = self._conduct(), []
        if whole is not None:
            found = self._futures(whole)
            seen = diagnosis.columns(found)
            for column in self._accused(seen, whole[0].names):
                self._add_finding(self.diagnosed(found, column, whole[0].names, kept=False))
            self._later_beginnings()
        part = self.subject.part
        outcome = Outcome(
            part.name, part.label, self.subject.kind, self.subject.warmup, "finding" if self.findings else "clean",
            self.cuts, self.possible, self.futures, self.holes, tuple(self.findings), tuple(self.notes),
        )  # fmt: skip
        return outcome, seen

    def first_calls(self) -> tuple[list[Difference], tuple[str, ...]]:
        """Where the past differs between first calls on several futures, each in a process of its own; and the names
        of the columns.
        """
        cuts = order(self.subject.warmup, len(self.markets[0].sessions) - LATER)[: self.effort.first_calls]
        first = [apart(partial(_seen, self.subject.observe, self.markets[0]))]
        found: list[Difference] = []
        for cut in cuts:
            futures = {name: future(self.markets[0], cut, name, self.seed) for name in (CUT, "crash", "moon")}
            sides = {name: apart(partial(_seen, self.subject.observe, market)) for name, market in futures.items()}
            found += _differing(cut, {WHOLE: first[0], **sides})
        return found, first[0].names if first[0] is not None else ()

    def kept(self, first: list[Difference], names: tuple[str, ...], seen: list[int]) -> list[Finding]:
        """Findings on what shows between first calls only. `seen`: the columns whose past changed anyway."""
        new = [column for column in diagnosis.columns(first) if column not in seen]
        accused = [c for c in self._accused(new, names) if not seen or self.subject.is_signal(names[c])]
        return [self.diagnosed(first, column, names, kept=True) for column in accused]

    def _accused(self, columns: list[int], names: tuple[str, ...]) -> list[int]:
        """The signals among the columns that changed; the rule only where its signals did not."""
        return [column for column in columns if self.subject.is_signal(names[column])] or columns[:1]

    def diagnosed(self, found: list[Difference], column: int, names: tuple[str, ...], *, kept: bool) -> Finding:
        """The finding on one column."""
        observe = self._apart if kept else self.subject.observe
        return diagnosis.look_ahead(
            self.subject, self.markets, found, column, names, observe, self.files, self.seed, kept=kept
        )

    def _conduct(self) -> tuple[Observed, ...] | None:
        """What is said on each market, computed twice; None where it could not be computed."""
        watch, said = Watch(), []
        for market in self.markets:
            before = state_of(market)
            try:
                with watch.on():
                    one, two = self.subject.observe(market), self.subject.observe(market)
            except Exception as error:
                self._error_on(market, error)
                return None
            if not self._sound(market, one, two, changed_part(before, state_of(market))):
                return None
            said.append(one)
        for what in watch.seen:
            self._add("reads", self.subject.label, f"it opens {what} while it computes: its content cannot be cut off")
        if not any(np.isfinite(one.values[self.subject.warmup :]).any(axis=0).all() for one in said):
            self.notes.append("it says nothing, or one of its signals does, on the markets tried")
        return tuple(said)

    def _sound(self, market: Market, one: Observed, two: Observed, changed_what: str | None) -> bool:
        """False where nothing more can be compared: it has changed its market, or says something else each time."""
        label, warmup = self.subject.label, self.subject.warmup
        if changed_what is not None:
            self._add("market changed", label, f"it changes the market it was handed: its {changed_what}")
            return False
        unlike = changed(one.values, two.values, tolerance=0.0)
        if unlike.any():
            session = str(market.sessions[int(np.argmax(unlike.any(axis=1)))].date())
            sentence = "two computations on the same market gave different values"
            self._add("not deterministic", label, sentence, session=session)
            return False
        if one.stray is not None:
            self._add(
                "look-ahead", "the rule", f"it decides on {one.stray.date()}, which is no session of the market",
                session=str(one.stray.date()),
            )  # fmt: skip
        early = ~np.isnan(one.values[:warmup])
        for column in np.flatnonzero(early.any(axis=0)):
            name = one.names[column]
            if self.subject.is_signal(name):
                note = f"{name}: it has values before its declared warm-up of {warmup}"
                if self.subject.kind == "signal" and note not in self.notes:
                    self.notes.append(note)
            else:
                row = int(np.argmax(early[:, column]))
                self._add("warm-up", "the rule", f"it decides in session {row} of the history, {warmup} is declared")
        return True

    def turns(self) -> list[tuple[int, int]]:
        """(number of the market, cut), every one, the markets in turn."""
        plans = [order(self.subject.warmup, len(market.sessions) - LATER // 2) for market in self.markets]
        return [(m, plan[i]) for i in range(max(map(len, plans))) for m, plan in enumerate(plans) if i < len(plan)]

    def _futures(self, whole: tuple[Observed, ...]) -> list[Difference]:
        """Cut off and alter the future at as many sessions as the effort allows."""
        search = Search(self.subject.observe, self.markets, whole, self.seed)
        turns = self.turns()

        def late(turn: int, share: float, fewest: int) -> bool:
            return turn >= fewest and self._spent(share)

        for turn, (market, cut) in enumerate(turns):
            if late(turn, EXTREMES, FEWEST):
                break
            search.compare(extremes(market, cut))
            self.cuts = turn + 1
        for turn, (market, cut) in enumerate(turns):
            if late(turn, OTHERS, FEWEST // 2):
                break
            search.compare(others(market, cut, turn))
        self.possible, self.futures, self.holes = len(turns), search.computed, search.holed
        again = _seen(self.subject.observe, self.markets[0])
        if again is not None and again.values.tobytes() != whole[0].values.tobytes():
            self._add(
                "not deterministic", self.subject.label,
                "the first market gives other values after others were computed: something is kept between calls",
            )  # fmt: skip
        self._failures(search)
        return search.differences

    def _failures(self, search: Search) -> None:
        for name, error in search.failures.items():
            text = f"{name} on a future that was altered: {error}"
            if search.compared == 0:
                self._error(f"no future could be compared; {text}", error)
            else:
                self.notes.append(text)

    def _apart(self, market: Market) -> Observed:
        return apart(partial(self.subject.observe, market))

    def _spent(self, share: float) -> bool:
        return time.monotonic() - self.begun > share * self.effort.seconds

    def _later_beginnings(self) -> None:
        market = self.long
        room = len(market.sessions) - self.subject.warmup
        starts = np.unique(np.linspace(1, max(2, room // 3), self.effort.beginnings).astype(int))
        starts = starts[order(0, len(starts) + 1)]  # any beginning of them is spread evenly
        done = 0

        def observe(start: int) -> Observed | None:
            nonlocal done
            if done > FEWEST and self._spent(1.0):
                return None
            done += 1
            try:
                return self.subject.observe(market.slice(start) if start else market)
            except Exception:  # what it raises on the whole market is said elsewhere
                return None

        decisions = frozenset(market.tickers) if self.subject.kind == "strategy" else frozenset()
        for memory in examine(observe, [int(s) for s in starts], self.subject.warmup, decisions):
            where = memory.column if self.subject.is_signal(memory.column) else "the rule"
            if memory.bad:
                session = None if memory.row is None else str(market.sessions[memory.row].date())
                self._add("warm-up", where, memory.sentence, session=session)
            elif (note := f"{where}: {memory.sentence}") not in self.notes:
                self.notes.append(note)

    def _error_on(self, market: Market, error: Exception) -> None:
        period = f"{market.sessions[0].date()} to {market.sessions[-1].date()}"
        if isinstance(error, WeightsError):
            self._add("weights", "the rule", str(error), error=error)
        elif isinstance(error, MisfitError):
            self._add("error", self.subject.label, f"{error} ({period})", error=error)
        else:
            said = str(error) if isinstance(error, UnlockstepError) else f"{type(error).__name__}: {error}"
            self._error(f"it fails on {period}: {said}", error)

    def _error(self, sentence: str, error: BaseException) -> None:
        self._add("error", self.subject.label, sentence, error=error)

    def _add(
        self, what: str, where: str, sentence: str, *, session: str | None = None, error: BaseException | None = None
    ) -> None:
        line = own_line(error, self.files) if error is not None else None
        self._add_finding(Finding(what, where, sentence, session, line=line))

    def _add_finding(self, finding: Finding) -> None:
        if not any(
            (f.what, f.where, f.sentence) == (finding.what, finding.where, finding.sentence) for f in self.findings
        ):
            self.findings.append(finding)


def _differing(cut: int, sides: dict[str, Observed | None]) -> Iterator[Difference]:
    """Where the pasts of first calls differ: each future from the whole, and the crash from the moon."""
    for left, right in ((WHOLE, CUT), (WHOLE, "crash"), (WHOLE, "moon"), ("crash", "moon")):
        one, other = sides[left], sides[right]
        if one is not None and other is not None:
            where = changed(one.values[: cut + 1], other.values[: cut + 1])
            if where.any():
                yield Difference(Pair(0, cut, left, right), where)


def _seen(observe: Observe, market: Market) -> Observed | None:
    try:
        return observe(market)
    except Exception:  # said where the same is computed later
        return None


def audit(subject: Subject, markets: Sequence[Market], effort: Effort, seed: int) -> Outcome:
    """The audit of one subject.

    This process computes nothing itself: each first call is made in a copy of it, and all else in another one.
    """
    part = subject.part
    nothing = Outcome(part.name, part.label, subject.kind, subject.warmup, "hindsight")
    if subject.hindsight:
        return replace(nothing, notes=("it reads the whole sample and says so: for pictures, no strategy may use it",))
    examiner = Audit(subject, markets, effort, seed)
    if not POSSIBLE:
        outcome, _ = examiner.outcome()
        note = "values kept from a first call were not looked for: this system cannot copy a process"
        return replace(outcome, notes=(*outcome.notes, note))
    try:
        first, names = examiner.first_calls()
        outcome, seen = apart(examiner.outcome)
        kept = examiner.kept(first, names, seen)
    except LostError as error:
        finding = Finding("error", part.label, f"it cannot be audited: {error}")
        return replace(nothing, status="finding", findings=(finding,))
    return replace(outcome, status="finding", findings=(*kept, *outcome.findings)) if kept else outcome
