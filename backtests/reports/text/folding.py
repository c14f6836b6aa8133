"""Tables on narrow terminals: a table that does not fit is told row by row, so that names and figures stay whole."""

from collections.abc import Iterator
from typing import cast

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

INDENT = GAP = 2


def folding(renderable: RenderableType) -> RenderableType:
    """The same, its tables folding where the terminal is too narrow for them."""
    if isinstance(renderable, Table):
        return FoldingTable(renderable)
    if isinstance(renderable, Group):
        return Group(*map(folding, renderable.renderables))
    return renderable


class FoldingTable:
    """A table without lines, or its rows one below the other where a word or a figure of it would be broken.

    Folded, the first cell of a row stands by itself; the others follow, each after the heading of its column.
    """

    def __init__(self, table: Table) -> None:
        self.table = table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """The table as it is, each column as wide as its longest word at least, or folded."""
        table = self.table
        widths = [_least(console, options, column, header=table.show_header) for column in table.columns]
        gaps = (len(widths) - 1) * (1 if table.collapse_padding else 2)
        if sum(widths) + gaps <= options.max_width:
            for column, width in zip(table.columns, widths, strict=True):
                column.min_width = width
            yield table
            return
        yield from _folded(table, options.max_width)


def _least(console: Console, options: ConsoleOptions, column: Column, *, header: bool) -> int:
    """The width under which a column would break a word, or a cell that may not wrap."""
    cells = [*([column.header] if header else []), *column.cells]
    measured = [Measurement.get(console, options.update(max_width=1_000), cell) for cell in cells]
    width = max((each.maximum if column.no_wrap else each.minimum for each in measured), default=0)
    return min(width, column.max_width or width)


def _folded(table: Table, width: int) -> Iterator[RenderableType]:
    if table.title is not None:
        yield _text(table.title, "bold")
    headings = [_text(column.header) if table.show_header else Text() for column in table.columns]
    for first, *others in zip(*(column.cells for column in table.columns), strict=True):
        name = _text(cast(RenderableType, first), "bold")
        name.no_wrap, name.overflow = True, "ignore"  # longer than a line, a name is left to the terminal
        yield name
        items = [
            Text.assemble((f"{heading.plain.strip()}: ", "dim"), cell) if heading.plain.strip() else cell
            for heading, cell in zip(headings[1:], map(_on_one_line, others), strict=True)
            if cell.plain.strip()
        ]
        yield from _lines(items, width)
    if table.caption is not None:
        yield _text(table.caption, "dim italic")


def _lines(items: list[Text], width: int) -> Iterator[Padding]:
    """Items side by side on indented lines; one that is longer than a line wraps by itself."""
    line = Text()
    for item in items:
        if line and INDENT + line.cell_len + GAP + item.cell_len > width:
            yield Padding(line, (0, 0, 0, INDENT), expand=False)
            line = Text()
        line = Text.assemble(line, " " * GAP, item) if line else item
    if line:
        yield Padding(line, (0, 0, 0, INDENT), expand=False)


def _text(cell: RenderableType, style: str = "") -> Text:
    if isinstance(cell, Text):
        return cell.copy()
    return Text(str(cell), style=style)


def _on_one_line(cell: RenderableType) -> Text:
    return Text(" ").join(_text(cell).split())
