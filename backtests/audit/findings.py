"""What an audit says: findings, notes and how hard it looked, as frozen types that JSON can hold."""

from dataclasses import dataclass
from typing import Literal

from unlockstep.backtests.audit.target import Kind

Status = Literal["clean", "finding", "hindsight", "cannot tell"]

BLIND = (
    "A constant fitted by hand, or read off a chart of the whole sample: the code that holds it is causal.",
    "The choice of the pair, of the period and of the rule itself: they were made by people who know how it went.",
    "A look-ahead that acts only under conditions that none of the prices and futures tried brought about.",
    "Prices that are wrong before they reach a Market, such as a close adjusted with what was learnt later.",
    "Values in code: a table of what came later, written into the file itself or into a package that it imports.",
)
"""What no audit of this kind can catch."""


@dataclass(frozen=True)
class Line:
    """A line of source code; `text` without its indentation.

    function: around it, "" where that says nothing.  first, last: the lines among which it is, where it is not sure;
    both `number` where it is.
    """

    file: str
    number: int
    text: str
    function: str = ""
    first: int = 0
    last: int = 0

    @property
    def sure(self) -> bool:
        """Whether it is this line and no other near it."""
        return self.first == self.last


@dataclass(frozen=True)
class Finding:
    """Something that must not be.

    what:     look-ahead, warm-up, not deterministic, weights, market changed, reads, hindsight or error
    where:    the signal, or the rule of the strategy
    sentence: what was seen
    session:  the first session that was seen to be affected, a date; None where no session is meant
    ahead:    sessions that a value looked ahead; None where that is no question
    hole:     0; or the bars of the hole that it was seen through, where it was seen through one only
    to_end:   the value depends on everything up to the sample's end
    line:     the likely line of code
    no_line:  why there is none, in words
    """

    what: str
    where: str
    sentence: str
    session: str | None = None
    ahead: int | None = None
    to_end: bool = False
    hole: int = 0
    line: Line | None = None
    no_line: str = ""


@dataclass(frozen=True)
class Cuts:
    """The cuts of one stretch of a market: how many of the planned ones were made, the first and the last, as dates.

    market: its source.  spread: over all of it, else in a row.
    """

    market: str
    spread: bool
    made: int
    planned: int
    first: str
    last: str


@dataclass(frozen=True)
class Outcome:
    """The audit of one signal or strategy.

    cuts, possible: sessions after which the future was cut off and altered, and how many were planned; `stretches` says
    where they lie.
    futures: markets computed; holes: how many of them had holes that the code could compute with.
    seconds: of the processor, for one computation.  reason: why nothing can be told, where that is so.
    variants, grid: sets of parameters of its grid that were tried too, and how many the grid has.
    """

    name: str
    label: str
    kind: Kind
    warmup: int
    status: Status
    cuts: int = 0
    possible: int = 0
    futures: int = 0
    holes: int = 0
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    stretches: tuple[Cuts, ...] = ()
    seconds: float = 0.0
    reason: str = ""
    variants: int = 0
    grid: int = 0

    @property
    def share(self) -> float:
        """Of the cuts that were planned, those that were made."""
        return self.cuts / self.possible if self.possible else 0.0
