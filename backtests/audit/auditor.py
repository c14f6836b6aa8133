"""The audit of one signal or strategy.

1. a trial: does it compute, how long does it take, what does it open?
2. first calls, each in a process of its own: what is kept from the first call cannot hide from these
3. the evidence, in one more process: side effects, other futures, later beginnings (see `evidence`)
4. for what was found: which column, since when, how far ahead, which line

The process that does this computes nothing itself: a copy of it always is one in which nothing was computed before.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import process_time
from typing import TypeVar

from unlockstep.backtests.audit import diagnosis
from unlockstep.backtests.audit.comparison import changed
from unlockstep.backtests.audit.evidence import Evidence, Examiner, failure_on
from unlockstep.backtests.audit.findings import Finding, Outcome, Status
from unlockstep.backtests.audit.perturbations import CUT, WHOLE, future
from unlockstep.backtests.audit.plan import Effort, largest, stretches
from unlockstep.backtests.audit.probes import Difference, Pair, differing_columns
from unlockstep.backtests.audit.subprocess_pool import POSSIBLE, WAITING, LostError, isolated, spread
from unlockstep.backtests.audit.target import Observed, Subject
from unlockstep.backtests.audit.watched_call import Watched, watched
from unlockstep.backtests.plugins.error_attribution import one_line
from unlockstep.signals.market import Market

T = TypeVar("T")

TRIAL = 12.0
"""Seconds of the processor for a first computation."""

SLOW = 0.1
"""Share of the time above which one computation of a whole market is slow: then a year of one market must do."""

TOO_SLOW = 4.0
"""Seconds for one computation on a year above which nothing can be told within a minute."""

FIRST_CALLS = 0.25
"""Share of the time for first calls."""

WAY_OUT = (
    'name it in the study, [context] vix = "^VIX" or m2 = { file = "m2.csv", known_after = "14 days" }, and read it '
    'with the signal Context("vix"), Context("m2")'
)
"""What code does in place of opening a file."""

SAYS_NOTHING = "it says nothing on any of the markets, so nothing of it can be compared; name prices with --data"


@dataclass(frozen=True)
class Trial:
    """What first computations showed.

    first: seconds of the processor for the very first one, on the whole market, which loads and compiles; seconds,
    year: for a later one there, and on a year of it.
    failure: where the first failed.  refuses: how that on a year did, in one sentence.
    """

    first: float
    seconds: float = 0.0
    year: float = 0.0
    failure: Finding | None = None
    refuses: str = ""


class Audit:
    """The audit of one subject, step by step; see the module's docstring."""

    def __init__(self, subject: Subject, markets: Sequence[Market], effort: Effort, seed: int) -> None:
        self.subject, self.effort, self.seed = subject, effort, seed
        self.given = tuple(markets)
        self.stretches = stretches(self.given, subject.warmup)
        self.possible = sum(len(stretch.every) for stretch in largest(self.stretches))
        self.files = diagnosis.files_of(subject)
        self.notes: list[str] = []

    def outcome(self) -> Outcome:
        """All of the steps; fewer where it cannot be computed, or takes too long."""
        try:
            trial, reads = self.trial()
        except LostError as error:
            if error.late:
                return self._without(f"a single computation of it takes too long: {error}")
            finding = Finding(
                "error", self.subject.label, f"it cannot be audited: {error}", no_line="its process ended"
            )
            return self._outcome(Evidence((finding,)))
        if trial.failure is not None:
            return self._outcome(Evidence((*reads, trial.failure)), trial.seconds)
        self._choose(trial)
        if trial.year > TOO_SLOW:
            reason = f"a computation of a year takes {trial.year:.1f} s, and an audit needs dozens of them"
            return self._without(reason, reads, trial.seconds)
        first, names = self.first_calls(trial.first)
        try:
            examiner = Examiner(self.subject, self.given[0], self.stretches, self.effort, self.seed)
            evidence = isolated(examiner.gather, 4 * self.effort.seconds + TRIAL)
        except LostError as error:
            return self._without(f"of other futures nothing can be told: {error}", reads, trial.seconds)
        stateful = self._stateful(first, names, differing_columns(evidence.differences))
        located = [diagnosis.located(self.subject, f, self._market, self.files) for f in evidence.findings]
        findings = (*reads, *stateful, *self._look_ahead(evidence), *located)
        return self._outcome(replace(evidence, findings=findings), trial.seconds)

    @property
    def _market(self) -> Market:
        """The first market that is computed on."""
        return self.stretches[0].market

    def trial(self) -> tuple[Trial, tuple[Finding, ...]]:
        """A first computation on the whole market, on a year of it where that takes too long, and what it opened."""
        year = self.stretches[0].market
        try:
            result = watched(partial(_tried, self.subject, self.given[0], year), self.files, TRIAL)
        except LostError as error:
            if not error.late or len(year.sessions) == len(self.given[0].sessions):
                raise
            result = watched(partial(_tried, self.subject, year, year), self.files, TRIAL)
            result = replace(result, answer=replace(result.answer, seconds=TRIAL))
        if not result.seen:
            self.notes.append(
                "what compiled code opens cannot be watched on this system; calls that look like it were searched for"
            )
        return result.answer, reads_of(result, self.subject.label, "while it computes")

    def _choose(self, trial: Trial) -> None:
        """The stretches on which there is time to compute, and on which the code does."""
        rows = [stretch for stretch in self.stretches if not stretch.spread]
        whole = [stretch for stretch in self.stretches if stretch.spread]
        if trial.refuses and whole:
            rows = []
            self.notes.append(f"it was audited on whole markets only: on a year it fails, {trial.refuses}")
        if trial.seconds > SLOW * self.effort.seconds:
            rows, whole = rows[:1], [] if rows else whole[:1]
        self.stretches = (*rows, *whole)

    def first_calls(self, seconds: float) -> tuple[list[Difference], tuple[str, ...]]:
        """Where the past differs between first calls on several futures, each in a process of its own; and the names
        of the columns. seconds: that one takes.
        """
        if not POSSIBLE:
            self.notes.append("values kept from a first call were not looked for: this system cannot copy a process")
            return [], ()
        affordable = int(FIRST_CALLS * self.effort.seconds / (3 * max(seconds, 0.01)))
        cuts = self.stretches[0].cuts[: min(self.effort.first_calls, max(1, affordable))]
        names = (CUT, "crash", "moon") if affordable else ("crash", "moon")
        calls = [(0, WHOLE), *((cut, name) for cut in cuts for name in names)] if cuts else []
        works = [partial(self.subject.observe, future(self._market, cut, name, self.seed)) for cut, name in calls]
        answers = dict(spread(works, jobs=2, limit=WAITING * TRIAL, cpu=TRIAL))
        said = {calls[i]: answer for i, answer in answers.items() if isinstance(answer, Observed)}
        differences: list[Difference] = []
        for cut in cuts:
            sides = {name: said.get((0 if name == WHOLE else cut, name)) for name in (WHOLE, *names)}
            differences += _differing(cut, sides, self.subject.warmup)
        whole = said.get((0, WHOLE))
        return differences, whole.names if whole is not None else ()

    def _stateful(self, first: list[Difference], names: tuple[str, ...], seen: list[int]) -> list[Finding]:
        """Findings on what shows between first calls only. `seen`: the columns whose past changed anyway."""
        new = [column for column in differing_columns(first) if column not in seen]
        accused = [c for c in self._accused(new, names) if not seen or self.subject.is_signal(names[c])]
        return [self._diagnosed((self._market,), first, column, names, stateful=True) for column in accused]

    def _look_ahead(self, evidence: Evidence) -> list[Finding]:
        markets = tuple(stretch.market for stretch in self.stretches)
        accused = self._accused(differing_columns(evidence.differences), evidence.names)
        return [self._diagnosed(markets, evidence.differences, c, evidence.names, stateful=False) for c in accused]

    def _accused(self, columns: list[int], names: tuple[str, ...]) -> list[int]:
        """The signals among the columns that changed; the rule only where its signals did not."""
        return [column for column in columns if self.subject.is_signal(names[column])] or columns[:1]

    def _diagnosed(
        self,
        markets: tuple[Market, ...],
        differences: Sequence[Difference],
        column: int,
        names: tuple[str, ...],
        *,
        stateful: bool,
    ) -> Finding:
        return diagnosis.look_ahead(
            self.subject, markets, differences, column, names, self.files, self.seed, stateful=stateful
        )

    def _without(self, reason: str, reads: tuple[Finding, ...] = (), seconds: float = 0.0) -> Outcome:
        """Nothing can be told of futures, and why."""
        return replace(self._outcome(Evidence(reads, empty=True), seconds), reason=reason)

    def _outcome(self, evidence: Evidence, seconds: float = 0.0) -> Outcome:
        part, made = self.subject.part, evidence.cuts
        status: Status = "finding" if evidence.findings else "cannot tell" if evidence.empty else "clean"
        return Outcome(
            part.name, part.label, self.subject.kind, self.subject.warmup, status,
            min(sum(cuts.made for cuts in made), self.possible), self.possible, evidence.futures, evidence.holes,
            tuple(dict.fromkeys(evidence.findings)), (*self.notes, *evidence.notes), made, round(seconds, 3),
            SAYS_NOTHING if status == "cannot tell" else "",
        )  # fmt: skip


def _tried(subject: Subject, market: Market, year: Market) -> Trial:
    """First computations; the time is that of the second, where the first was quick: it loads and compiles."""

    def timed(where: Market) -> float:
        begun = process_time()
        subject.observe(where)
        return process_time() - begun

    try:
        first = seconds = timed(market)
        sys.settrace(None)  # who follows the lines takes time
        if first < TOO_SLOW / 2:
            seconds = timed(market)
    except Exception as error:
        return Trial(0.0, failure=failure_on(market, subject, error))
    try:
        return Trial(first, seconds, timed(year))
    except Exception as error:
        return Trial(first, seconds, seconds, refuses=one_line(error))


def reads_of(result: Watched[T], where: str, when: str) -> tuple[Finding, ...]:
    """The findings on what was opened."""
    return tuple(
        Finding(
            "reads", where, f"it opens {read.what} {when}: its content cannot be cut off; {WAY_OUT}", line=read.line,
            no_line="" if read.line else "none of its lines ran when it was opened",
        )
        for read in result.reads
    )  # fmt: skip


def _differing(cut: int, sides: dict[str, Observed | None], warmup: int) -> Iterator[Difference]:
    """Where the pasts of first calls differ: each future from the whole, and the crash from the moon."""
    for left, right in ((WHOLE, CUT), (WHOLE, "crash"), (WHOLE, "moon"), ("crash", "moon")):
        one, other = sides.get(left), sides.get(right)
        if one is not None and other is not None:
            where = changed(one.values[: cut + 1], other.values[: cut + 1], warmup)
            if where.any():
                yield Difference(Pair(0, cut, left, right), where)


def audit(subject: Subject, markets: Sequence[Market], effort: Effort, seed: int) -> Outcome:
    """The audit of one subject.

    Raises HistoryError where a market is too short for its warm-up.
    """
    part = subject.part
    if subject.hindsight:
        note = "it reads the whole sample and says so: for pictures, no strategy may use it"
        return Outcome(part.name, part.label, subject.kind, subject.warmup, "hindsight", notes=(note,))
    return Audit(subject, markets, effort, seed).outcome()
