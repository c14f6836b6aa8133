"""The audit of one signal or strategy.

1. first calls, each in a process of its own: what is kept from the first call cannot hide from these
2. the same market twice: the same values; the market as it was; valid weights; nothing opened
3. futures: at every session of a span the rest is cut off and altered, after pasts with holes too
4. the first market again: nothing was kept from the others
5. later beginnings: the declared warm-up
6. for what was found: which column, since when, how far ahead, which line
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from unlockstep.backtests.audit import diagnosis
from unlockstep.backtests.audit.comparison import changed
from unlockstep.backtests.audit.findings import Cuts, Finding, Outcome
from unlockstep.backtests.audit.locate import line_at
from unlockstep.backtests.audit.perturbations import CUT, WHOLE, future
from unlockstep.backtests.audit.plan import OVERTIME, Clock, Effort, order, stretches
from unlockstep.backtests.audit.probes import Difference, Group, Observe, Pair, Search, extremes, others
from unlockstep.backtests.audit.side_effects import Watch, changed_part, state_of
from unlockstep.backtests.audit.subprocess_pool import POSSIBLE, LostError, run_in_subprocess
from unlockstep.backtests.audit.target import LeftError, Observed, Subject
from unlockstep.backtests.audit.warmup_check import examine
from unlockstep.backtests.plugins.error_attribution import one_line, place_of
from unlockstep.signals.errors import WeightsError
from unlockstep.signals.market import Market

MEMORY = 450
"""Sessions after the warm-up on which later beginnings are compared."""

FIRST = 8
"""Cuts spread over all of the markets that are tried before any other, with every future."""

FEWEST = 4
"""Cuts in a row, and later beginnings, at least, however slow the code is; half as many spread ones."""

SPREAD_FIRST, IN_A_ROW, SPREAD, OTHERS = 0.1, 0.4, 0.55, 0.8
"""Shares of the time after which no more of these are begun."""

Turn = tuple[int, int]
"""(number of the stretch, session after which the future is cut off)"""


class Audit:
    """The audit of one subject, step by step; see the module's docstring."""

    def __init__(self, subject: Subject, markets: Sequence[Market], effort: Effort, seed: int) -> None:
        self.subject, self.effort, self.seed = subject, effort, seed
        self.given = tuple(markets)
        self.stretches = stretches(self.given, subject.warmup)
        self.markets = tuple(stretch.market for stretch in self.stretches)
        self.done: dict[Turn, None] = {}
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        self.files = diagnosis.files_of(subject)
        self.futures = self.holes = 0

    def outcome(self) -> tuple[Outcome, list[int]]:
        """All but the first calls, computed in this process; and the columns whose past changed."""
        clock = Clock(self.effort)
        whole, seen = self._check_side_effects(), []
        if whole is not None:
            differences, names = self._futures(whole, clock), whole[0].names
            seen = diagnosis.columns(differences)
            for column in self._accused(seen, names):
                self._add_finding(self.diagnosed(differences, column, names, stateful=False))
            self._later_beginnings(clock, {names[column] for column in seen})
        part = self.subject.part
        outcome = Outcome(
            part.name, part.label, self.subject.kind, self.subject.warmup, "finding" if self.findings else "clean",
            len(self.done), sum(len(stretch.cuts) for stretch in self.stretches), self.futures, self.holes,
            tuple(self.findings), tuple(self.notes), self._made(),
        )  # fmt: skip
        return outcome, seen

    def first_calls(self) -> tuple[list[Difference], tuple[str, ...]]:
        """Where the past differs between first calls on several futures, each in a process of its own; and the names
        of the columns.
        """
        differences: list[Difference] = []
        cuts = self.stretches[0].cuts[: self.effort.first_calls]
        whole = run_in_subprocess(partial(_seen, self.subject.observe, self.markets[0]))
        for cut in cuts:
            futures = {name: future(self.markets[0], cut, name, self.seed) for name in (CUT, "crash", "moon")}
            sides = {
                name: run_in_subprocess(partial(_seen, self.subject.observe, market))
                for name, market in futures.items()
            }
            differences += _differing(cut, {WHOLE: whole, **sides}, self.subject.warmup)
        return differences, whole.names if whole is not None else ()

    def state_findings(self, first: list[Difference], names: tuple[str, ...], seen: list[int]) -> list[Finding]:
        """Findings on what shows between first calls only. `seen`: the columns whose past changed anyway."""
        new = [column for column in diagnosis.columns(first) if column not in seen]
        accused = [c for c in self._accused(new, names) if not seen or self.subject.is_signal(names[c])]
        return [self.diagnosed(first, column, names, stateful=True) for column in accused]

    def _accused(self, columns: list[int], names: tuple[str, ...]) -> list[int]:
        """The signals among the columns that changed; the rule only where its signals did not."""
        return [column for column in columns if self.subject.is_signal(names[column])] or columns[:1]

    def diagnosed(
        self, differences: list[Difference], column: int, names: tuple[str, ...], *, stateful: bool
    ) -> Finding:
        """The finding on one column."""
        observe = self._apart if stateful else self.subject.observe
        return diagnosis.look_ahead(
            self.subject, self.markets, differences, column, names, observe, self.files, self.seed, stateful=stateful
        )

    def _check_side_effects(self) -> tuple[Observed, ...] | None:
        """What is said on each market, on the short ones computed twice; None where it could not be computed."""
        watch = Watch()
        said: list[Observed] = []
        for market in self.markets:
            before = state_of(market)
            try:
                with watch.on():
                    one = self.subject.observe(market)
                    two = one if len(said) >= len(self.given) else self.subject.observe(market)
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
        unlike = changed(one.values, two.values, warmup)
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

    def turns(self, *, spread: bool) -> list[Turn]:
        """The cuts in a row, or the spread ones, the markets in turn."""
        plans = [(m, s.cuts) for m, s in enumerate(self.stretches) if s.spread == spread]
        most = max((len(cuts) for _, cuts in plans), default=0)
        return [(m, cuts[i]) for i in range(most) for m, cuts in plans if i < len(cuts)]

    def tries(self, clock: Clock) -> Iterator[tuple[Turn, list[Group]]]:
        """What is tried, in this order, until the time is over: cuts, and the pairs of futures to compare."""
        row, spread = self.turns(spread=False), self.turns(spread=True)

        def late(turn: int, share: float, fewest: int, least: int = 0) -> bool:
            return turn >= fewest and clock.over(share) and (turn >= least or clock.over(OVERTIME * share))

        first = 0
        for turn, (market, cut) in enumerate(spread[:FIRST]):
            if late(turn, SPREAD_FIRST, FEWEST // 2):
                break
            yield (market, cut), [*extremes(market, cut), *others(market, cut, turn)]
            first = turn + 1
        for turn, (market, cut) in enumerate(row):
            if late(turn, IN_A_ROW, FEWEST, self.effort.least):
                break
            yield (market, cut), extremes(market, cut)
        for market, cut in spread[first:]:
            if clock.over(SPREAD):
                break
            yield (market, cut), extremes(market, cut)
        for turn, (market, cut) in enumerate(row):
            if late(turn, OTHERS, FEWEST // 2):
                break
            yield (market, cut), others(market, cut, turn)

    def _futures(self, whole: tuple[Observed, ...], clock: Clock) -> list[Difference]:
        """Cut off and alter the future at as many sessions as the effort allows."""
        search = Search(self.subject.observe, self.markets, whole, self.subject.warmup, self.seed)
        for turn, groups in self.tries(clock):
            search.compare(groups)
            self.done[turn] = None
        self.futures, self.holes = search.computed, search.holed
        again = _seen(self.subject.observe, self.markets[0])
        if again is not None and changed(again.values, whole[0].values, self.subject.warmup).any():
            self._add(
                "not deterministic", self.subject.label,
                "the first market gives other values after others were computed: something is kept between calls",
            )  # fmt: skip
        self._failures(search)
        return search.differences

    def _failures(self, search: Search) -> None:
        for error in search.failures.values():
            text = f"it fails on a future that was altered: {one_line(error)}"
            if search.compared == 0:
                self._error(f"no future could be compared; {text}", error)
            else:
                self.notes.append(text)

    def _apart(self, market: Market) -> Observed:
        return run_in_subprocess(partial(self.subject.observe, market))

    def _made(self) -> tuple[Cuts, ...]:
        """The cuts by stretches, those without any left out."""
        made = {m: sorted(cut for market, cut in self.done if market == m) for m in range(len(self.stretches))}
        return tuple(
            Cuts(
                stretch.market.source, stretch.spread, len(made[m]), len(stretch.cuts),
                *(str(stretch.market.sessions[made[m][end]].date()) for end in (0, -1)),
            )
            for m, stretch in enumerate(self.stretches) if made[m]
        )  # fmt: skip

    def _later_beginnings(self, clock: Clock, ahead: set[str]) -> None:
        """The declared warm-up; `ahead` names the columns that look ahead, of which nothing can be said."""
        if any(self.subject.is_signal(column) for column in ahead):
            ahead = {*ahead, *self.given[0].tickers}  # the rule reads them
        market, warmup = self.given[0], self.subject.warmup
        market = market.slice(max(0, len(market.sessions) - warmup - MEMORY))
        room = len(market.sessions) - warmup
        starts = np.unique(np.linspace(1, max(2, room // 3), self.effort.beginnings).astype(int))
        starts = starts[list(order(0, len(starts)))]  # any beginning of them is spread evenly
        done = 0

        def observe(start: int) -> Observed | None:
            nonlocal done
            if done > FEWEST and clock.over(1.0):
                return None
            done += 1
            return _seen(self.subject.observe, market.slice(start) if start else market)

        decisions = frozenset(market.tickers) if self.subject.kind == "strategy" else frozenset()
        for memory in examine(observe, [int(s) for s in starts], self.subject.warmup, decisions):
            if memory.column in ahead:
                continue
            where = memory.column if self.subject.is_signal(memory.column) else "the rule"
            if memory.bad:
                session = None if memory.row is None else str(market.sessions[memory.row].date())
                self._add("warm-up", where, memory.sentence, session=session)
            elif (note := f"{where}: {memory.sentence}") not in self.notes:
                self.notes.append(note)

    def _error_on(self, market: Market, error: Exception) -> None:
        period = f"{market.span[0]} to {market.span[1]}"
        if isinstance(error, WeightsError):
            self._add("weights", "the rule", one_line(error), error=error)
        else:
            self._error(f"it fails on {period}: {one_line(error)}", error)

    def _error(self, sentence: str, error: BaseException) -> None:
        self._add("error", self.subject.label, sentence, error=error)

    def _add(
        self, what: str, where: str, sentence: str, *, session: str | None = None, error: BaseException | None = None
    ) -> None:
        cause = error.__cause__ if isinstance(error, LeftError) else error
        place = place_of(cause) if cause is not None else None
        line = line_at(str(place.file), place.line) if place is not None else None
        self._add_finding(Finding(what, where, sentence, session, line=line))

    def _add_finding(self, finding: Finding) -> None:
        if not any(
            (f.what, f.where, f.sentence) == (finding.what, finding.where, finding.sentence) for f in self.findings
        ):
            self.findings.append(finding)


def _differing(cut: int, sides: dict[str, Observed | None], warmup: int) -> Iterator[Difference]:
    """Where the pasts of first calls differ: each future from the whole, and the crash from the moon."""
    for left, right in ((WHOLE, CUT), (WHOLE, "crash"), (WHOLE, "moon"), ("crash", "moon")):
        one, other = sides[left], sides[right]
        if one is not None and other is not None:
            where = changed(one.values[: cut + 1], other.values[: cut + 1], warmup)
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
        outcome, seen = run_in_subprocess(examiner.outcome)
        stateful = examiner.state_findings(first, names, seen)
    except LostError as error:
        finding = Finding("error", part.label, f"it cannot be audited: {error}")
        return replace(nothing, status="finding", findings=(finding,))
    return replace(outcome, status="finding", findings=(*stateful, *outcome.findings)) if stateful else outcome
