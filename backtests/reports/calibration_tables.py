"""The tables of a calibration, each with a note, on a terminal and in Markdown."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.table import Table

from unlockstep.backtests.reports.study.markdown import pipe_table

CalibrationTable = tuple[Sequence[str], Sequence[Sequence[str]], str]
"""(headings, rows, note); the first column names what a row is about."""


def show_tables(console: Console, tables: Iterable[CalibrationTable]) -> None:
    """The tables on a terminal."""
    for heads, rows, note in tables:
        table = Table(box=None, pad_edge=False, collapse_padding=True)
        for number, head in enumerate(heads):
            table.add_column(head, justify="right" if number else "left", no_wrap=True)
        for row in rows:
            table.add_row(*row)
        console.print(table)
        console.print(f"{note}\n", style="dim")


def table_lines(tables: Iterable[CalibrationTable]) -> Iterator[str]:
    """The lines of the tables in Markdown."""
    for heads, rows, note in tables:
        yield from ("", note, "", pipe_table(heads, rows, right=range(1, len(heads))))
