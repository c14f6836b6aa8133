"""Small tables as text, drawn alike in HTML and Markdown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unlockstep.backtests.reports.text.figure import R, Text, Words, figures
from unlockstep.backtests.reports.text.format import Number, interval, interval_text, ratio, writer


@dataclass(frozen=True)
class SmallTable:
    """A small table as text: what it found, how to read it, the heads of its columns, and its rows.

    caption: the finding.  note: one line on how it was got and what that assumes.  words: columns that hold words and
    not figures, besides the first.
    """

    caption: Words
    note: Words
    heads: tuple[str, ...]
    rows: Sequence[tuple[Words, ...]]
    words: tuple[int, ...] = ()


def filled(*tables: SmallTable | None) -> list[SmallTable]:
    """The tables that have rows."""
    return [table for table in tables if table is not None and table.rows]


@writer
def signed(x: Number) -> str:
    """A ratio with its sign: "+0.32"."""
    return ratio(x, signed=True)


def signed_interval(bounds: Sequence[Number] | None) -> str:
    """Bounds with their signs: "−0.42 to +1.06"."""
    return interval(bounds, signed)


def signed_bounds(part: R, read: Callable[[R], Sequence[Number] | None]) -> Text:
    """The bounds that `read` reads from a part, with their signs: "−0.42 to +1.06"."""
    return interval_text(figures(part, read), signed)
