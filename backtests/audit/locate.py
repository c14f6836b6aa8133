"""Which line looked ahead? Two runs on two futures, line by line, and how the difference came into the answer.

Both runs do the same up to the leak. A variable differs after a line where the past of its rows does (up to the first
row of the answer that changed), or, for a number, a model, an index or anything else without rows, where any of it
does. What differs has come there through a chain of lines: the line that made it and the chains of what this line
read. The chain of the answer begins where the future came in.

That line is sure where it made rows differ, of rows alone. Where it read an index, a number or a function made a few
lines before, the future may have been chosen there. Where it made a model, an index or a number differ, the future
reaches the rows of the past further down, and where rows went through such a thing they may have been meant for it, as
the returns that a model learns. Then the lines from the first of these to the last are named.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from unlockstep.backtests.audit.findings import Line
from unlockstep.backtests.audit.recorder import BY_SESSION, FLAG, PART, PLACES, RETURNED, ROWS, Print, Step
from unlockstep.backtests.audit.source_lines import Source, likeliest, line_at

FAR = 6
"""Lines between the one where the future came in and another that is named with it, at most."""

Place = tuple[str, int]
"""(file, line)"""


@dataclass(frozen=True)
class Link:
    """A line that made something differ, and of which kind. chosen: the first line that may have chosen what it read,
    itself if none; turn: number of the step.
    """

    file: str
    line: int
    kind: str
    chosen: int
    turn: int


Chain = tuple[Link, ...]
"""How a difference came about, the first line first."""


class Follower:
    """Follows two runs at once, and keeps the chain of every name that differs."""

    def __init__(self) -> None:
        self.sources: dict[str, Source] = {}
        self.chains: dict[tuple[int, str], Chain] = {}  # of the names that differ now, by frame
        self.same: dict[tuple[Print, Print], Chain] = {}  # of the same thing under another name, or in another frame
        self.returned: list[tuple[int, Chain]] = []  # by frames, to lines that have not ended yet
        self.inside: dict[int, Chain] = {}  # of what the last line that was returned something was, by its frame
        self.made_at: dict[tuple[int, str], int] = {}  # the line at which a name of a frame was assigned to last
        self.met: set[tuple[int, str]] = set()  # names of frames that some line has named
        self.first: Chain = ()  # of the first rows that differ
        self.answer: Chain = ()  # of the last answer that differs
        self.parted: Chain = ()  # of the condition after which the runs went different ways
        self.apart: set[tuple[str, str]] = set()  # (file, name) of what only one of the runs assigned to from there on

    def source(self, file: str) -> Source:
        """Its statements."""
        if file not in self.sources:
            self.sources[file] = Source(file)
        return self.sources[file]

    def follow(self, left: Sequence[Step], right: Sequence[Step]) -> None:
        """Both runs, step by step; where they part, what their lines did last."""
        turn = 0
        for turn, (one, two) in enumerate(zip(left, right, strict=False)):
            if one.place != two.place:
                break
            self.step(turn, one, two)
        else:
            return
        if turn:
            self._part(turn, left[turn - 1])
        lasts = {step.place: step for step in right[turn:]}
        mine = {step.place: (number, step) for number, step in enumerate(left[turn:])}
        self.apart = {
            (file, name) for file, line in mine.keys() ^ lasts.keys() for name in self.source(file).assigns(line)
        }
        for place, (number, one) in sorted(mine.items(), key=lambda item: item[1][0]):
            if place in lasts:
                self.step(turn + number, one, lasts[place])

    def step(self, turn: int, one: Step, two: Step) -> None:
        """The same line in both runs."""
        source = self.source(one.file)
        assigned = source.assigns(one.line)

        def order(name: str) -> tuple[bool, bool]:
            """What the line was given, what it changed, what it made."""
            given = (one.prints[name], two.prints.get(name, ())) in self.same
            return name in assigned or name == RETURNED, not given

        for name in sorted(one.prints, key=order):
            key, prints = (one.frame, name), (one.prints[name], two.prints.get(name, ()))
            kind = _difference(*prints)
            if kind is None:
                self.chains.pop(key, None)
                continue
            if key not in self.chains or (kind in BY_SESSION and self._kind(key) not in BY_SESSION):
                self.chains[key] = self._origin(turn, one, name, kind, prints, name in assigned)
                if kind != FLAG and self.chains[key]:
                    self.same.setdefault(prints, self.chains[key])
            if kind in BY_SESSION:
                self.first = self.first or self.chains[key]
                self.answer = self.chains[key] if name == RETURNED else self.answer
        ended = [chain for frame, chain in self.returned if frame > one.frame]
        if ended:
            self.inside[one.frame] = ended[0]
        self.returned = [(frame, chain) for frame, chain in self.returned if frame <= one.frame]
        if (one.frame, RETURNED) in self.chains:
            self.returned.append((one.frame, self.chains.pop((one.frame, RETURNED))))
        self.met |= {(one.frame, name) for name in one.prints}
        self.made_at |= dict.fromkeys(((one.frame, name) for name in assigned), one.line)

    def _origin(
        self, turn: int, step: Step, name: str, kind: str, prints: tuple[Print, Print], assigned: bool
    ) -> Chain:
        """The chain of a name that has begun to differ."""
        if kind != FLAG and prints in self.same:
            return self.same[prints]
        source = self.source(step.file)
        if not assigned and name != RETURNED:
            if name in source.parameters(step.line) and (step.frame, name) not in self.met:
                return ()  # it came so, from code that is not followed
            if self.parted:
                return self.parted  # by lines that only one of the runs came to
        read = self._chain_of(step, source.reads(step.line))
        if not read and any(self.chains.get((step.frame, each)) == () for each in source.reads(step.line)):
            return ()
        if name == RETURNED:  # a comprehension has been returned its parts before
            read = read or self.inside.get(step.frame, ())
        if any((step.file, each) in self.apart for each in source.reads(step.line)):
            read = read or self.parted
        return (*read, Link(step.file, step.line, kind, self._chosen(step), turn))

    def _chosen(self, step: Step) -> int:
        """The first line, not far above, at which an index, a number or a function that the line reads was made."""
        source, lines = self.source(step.file), [step.line]
        for name in source.reads(step.line):
            line = self.made_at.get((step.frame, name), 0)
            prints = step.prints.get(name, ())
            chooses = not prints or any(kind != ROWS for kind, _ in prints)
            if chooses and step.line - FAR <= line < step.line and not source.is_loop(line):
                lines.append(line)
        return min(lines)

    def _part(self, turn: int, before: Step) -> None:
        """The runs go different ways after this line, a condition."""
        read = self._chain_of(before, self.source(before.file).reads(before.line))
        self.parted = read or (Link(before.file, before.line, PART, self._chosen(before), turn),)

    def _chain_of(self, step: Step, names: frozenset[str]) -> Chain:
        """The chain, of those of the names that differ and of what the line was returned, which began first."""
        chains = [self.chains.get((step.frame, name), ()) for name in names]
        chains += [chain for frame, chain in self.returned if frame > step.frame]
        return min(filter(None, chains), key=lambda chain: chain[0].turn, default=())

    def _kind(self, key: tuple[int, str]) -> str:
        chain = self.chains[key]
        return chain[-1].kind if chain else ROWS


def likely_line(left: Sequence[Step], right: Sequence[Step]) -> Line | None:
    """The line at which the future came into the answer; None where nothing that was followed differs."""
    follower = Follower()
    follower.follow(left, right)
    chain = follower.answer or follower.first or follower.parted
    if not chain:
        return None
    origin = chain[0]
    source = follower.source(origin.file)
    number = likeliest(origin.file, origin.line)
    function = source.function(number)
    path = [
        link.line for link in _through(chain) if link.file == origin.file and source.together(link.line, origin.line)
    ]
    lines = (number, origin.chosen, *(line for line in path if abs(line - number) <= FAR))
    return replace(line_at(origin.file, number), function=function, first=min(lines), last=max(lines))


def _through(chain: Chain) -> Chain:
    """The links up to the rows that differ through something without rows; none where rows made rows differ."""
    other = next((place for place, link in enumerate(chain) if link.kind not in BY_SESSION), len(chain))
    rows = next((place for place in range(other, len(chain)) if chain[place].kind in BY_SESSION), len(chain))
    return chain[: rows + 1] if other < len(chain) else ()


def _difference(one: Print, two: Print) -> str | None:
    """What differs: rows, another part, or nothing."""
    if one == two:
        return None
    if [kind for kind, _ in one] != [kind for kind, _ in two]:
        return PART
    kinds = {kind for (kind, a), (_, b) in zip(one, two, strict=True) if a != b}
    return next(kind for kind in (ROWS, PLACES, PART, FLAG) if kind in kinds)
