"""What one process computes of one subject, step by step.

1. every market, the first ones twice: the same values; the market as it was; valid weights
2. other futures after many cuts: see `tries`
3. the first market again: nothing was kept from the others, no series is read that is not declared, and nothing of a
   session before whose open something is said
4. later beginnings: the declared warm-up
"""

from dataclasses import dataclass, field

import numpy as np

from unlockstep.backtests.audit.before_open import read_too_late
from unlockstep.backtests.audit.comparison import changed
from unlockstep.backtests.audit.findings import Cuts, Finding
from unlockstep.backtests.audit.plan import OVERTIME, Clock, Effort, Stretch, order
from unlockstep.backtests.audit.probes import Difference, Search, differing_columns
from unlockstep.backtests.audit.side_effects import changed_part, state_of
from unlockstep.backtests.audit.source_lines import line_at
from unlockstep.backtests.audit.target import LeftError, Observed, Subject
from unlockstep.backtests.audit.tries import Tries
from unlockstep.backtests.audit.undeclared import undeclared
from unlockstep.backtests.audit.warmup_check import examine
from unlockstep.backtests.plugins.error_attribution import one_line, place_of
from unlockstep.signals.errors import WeightsError
from unlockstep.signals.market import Market

MEMORY = 450
"""Sessions after the warm-up on which later beginnings are compared."""

FEWEST = 4
"""Later beginnings, at least, however slow the code is."""


@dataclass(frozen=True)
class Evidence:
    """What was computed: findings but the look-ahead, which is in the differences of the columns called `names`.

    cuts: made, by stretches.  empty: nothing that could be compared was ever said.
    """

    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    names: tuple[str, ...] = ()
    cuts: tuple[Cuts, ...] = ()
    futures: int = 0
    holes: int = 0
    empty: bool = False


@dataclass
class Examiner:
    """The work of one process on one subject."""

    subject: Subject
    given: Market
    stretches: tuple[Stretch, ...]
    effort: Effort
    seed: int
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def gather(self) -> Evidence:
        """All of the steps; fewer where something else must be mended first."""
        clock, markets = Clock(self.effort), tuple(stretch.market for stretch in self.stretches)
        whole = self._check_side_effects(markets)
        if whole is None:
            return Evidence(tuple(self.findings), tuple(self.notes))
        search = Search(self.subject.observe, markets, whole, self.subject.warmup, self.seed)
        tries = Tries(search, self.stretches, clock, self.effort.least)
        tries.run()
        if not clock.over(OVERTIME):
            self._check_state(markets[0], whole[0])
            self._check_declared(markets[0], whole[0])
            self._check_before_open(markets[0], whole[0])
            ahead = {whole[0].names[column] for column in differing_columns(search.differences)}
            self._later_beginnings(clock, ahead)
        self._failures(search)
        said = any(np.isfinite(one.values[self.subject.warmup :]).any() for one in whole)
        return Evidence(
            tuple(self.findings), tuple(self.notes), tuple(search.differences), whole[0].names,
            tries.made(), search.computed, search.holed, empty=not said,
        )  # fmt: skip

    def _check_side_effects(self, markets: tuple[Market, ...]) -> tuple[Observed, ...] | None:
        """What is said on each market, on those of a year computed twice; None where it could not be computed."""
        said: list[Observed] = []
        for stretch, market in zip(self.stretches, markets, strict=True):
            before = state_of(market)
            try:
                one = self.subject.observe(market)
                two = one if stretch.spread and said else self.subject.observe(market)
            except Exception as error:
                self._add(failure_on(market, self.subject, error))
                return None
            if not self._sound(market, one, two, changed_part(before, state_of(market))):
                return None
            said.append(one)
        if not any(np.isfinite(one.values[self.subject.warmup :]).any(axis=0).all() for one in said):
            self.notes.append("it says nothing, or one of its signals does, on the markets tried")
        return tuple(said)

    def _sound(self, market: Market, one: Observed, two: Observed, changed_what: str | None) -> bool:
        """False where nothing more can be compared: it has changed its market, or says something else each time."""
        label, warmup = self.subject.label, self.subject.warmup
        if changed_what is not None:
            self._add(Finding("market changed", label, f"it changes the market it was handed: its {changed_what}"))
            return False
        unlike = changed(one.values, two.values, warmup)
        if unlike.any():
            session = str(market.sessions[int(np.argmax(unlike.any(axis=1)))].date())
            sentence = "two computations on the same market gave different values"
            self._add(Finding("not deterministic", label, sentence, session))
            return False
        if one.stray is not None:
            day = str(one.stray.date())
            sentence = f"it decides on {day}, which is no session of the market"
            self._add(Finding("look-ahead", "the rule", sentence, day))
        early = ~np.isnan(one.values[:warmup])
        for column in np.flatnonzero(early.any(axis=0)):
            name = one.names[column]
            if self.subject.is_signal(name):
                if self.subject.kind == "signal":
                    self._note(f"{name}: it has values before its declared warm-up of {warmup}")
            else:
                row = int(np.argmax(early[:, column]))
                sentence = f"it decides in session {row} of the history, {warmup} is declared"
                self._add(Finding("warm-up", "the rule", sentence))
        return True

    def _check_state(self, market: Market, said: Observed) -> None:
        """Whether the first market, computed once more after others, gives the same."""
        try:
            again = self.subject.observe(market)
        except Exception:  # said where other failures are
            return
        if changed(again.values, said.values, self.subject.warmup).any():
            sentence = "the first market gives other values after others were computed: something is kept between calls"
            self._add(Finding("not deterministic", self.subject.label, sentence))

    def _check_declared(self, market: Market, said: Observed) -> None:
        """Whether it reads a series beside opens and closes that it does not declare, so that no run would pin it."""
        subject = self.subject
        for name in undeclared(subject.observe, market, said, subject.reads(market.tickers), subject.warmup):
            leg, dot, series_field = name.rpartition(".")
            signal = f'Price(leg="{leg}", field="{series_field}")' if dot else f'Context("{name}")'
            if series_field == "volume":
                signal = f'Volume(leg="{leg}")'
            sentence = f"it reads {name} without saying so, and no run would pin it; read it with the signal {signal}, "
            sentence += f'or name it in the signal\'s own `reads`: ("{name}",)'
            self._add(Finding("reads", subject.label, sentence, no_line="its values are not followed to a line"))

    def _check_before_open(self, market: Market, said: Observed) -> None:
        """Whether what is said before an open depends on the session that opens."""
        try:
            for finding in read_too_late(self.subject, market, said, self.seed):
                self._add(finding)
        except Exception as error:
            self._add(failure_on(market, self.subject, error))

    def _failures(self, search: Search) -> None:
        for error in search.failures.values():
            text = f"it fails on a future that was altered: {one_line(error)}"
            if search.compared == 0:
                self._add(error_finding(self.subject.label, f"no future could be compared; {text}", error))
            else:
                self._note(text)

    def _later_beginnings(self, clock: Clock, ahead: set[str]) -> None:
        """The declared warm-up; `ahead` names the columns that look ahead, of which nothing can be said."""
        market, warmup = self.given, self.subject.warmup
        if any(self.subject.is_signal(column) for column in ahead):
            ahead = {*ahead, *market.tickers}  # the rule reads them
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
            try:
                return self.subject.observe(market.slice(start) if start else market)
            except Exception:  # a history that it refuses
                return None

        decisions = frozenset(market.tickers) if self.subject.kind == "strategy" else frozenset()
        for memory in examine(observe, [int(s) for s in starts], warmup, decisions):
            if memory.column in ahead:
                continue
            where = memory.column if self.subject.is_signal(memory.column) else "the rule"
            if memory.bad:
                session = None if memory.row is None else str(market.sessions[memory.row].date())
                self._add(Finding("warm-up", where, memory.sentence, session))
            else:
                self._note(f"{where}: {memory.sentence}")

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _add(self, finding: Finding) -> None:
        if finding not in self.findings:
            self.findings.append(finding)


def failure_on(market: Market, subject: Subject, error: Exception) -> Finding:
    """What is said of code that fails on a market as it was."""
    if isinstance(error, WeightsError):
        return error_finding("the rule", one_line(error), error, what="weights")
    return error_finding(subject.label, f"it fails on {market.span[0]} to {market.span[1]}: {one_line(error)}", error)


def error_finding(where: str, sentence: str, error: BaseException, what: str = "error") -> Finding:
    """What the code raised, with its line."""
    cause = error.__cause__ if isinstance(error, LeftError) else error
    place = place_of(cause) if cause is not None else None
    if place is None:
        return Finding(what, where, sentence, no_line="it was raised by none of its lines")
    return Finding(what, where, sentence, line=line_at(str(place.file), place.line))
