"""Tables on terminals of every width: names and figures stay whole."""

from io import StringIO

import pytest
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from unlockstep.backtests.reports.text.folding import folding

ROWS = [("break_entry", "−12.5 %", "cannot tell"), ("muted_response follow", "1,234.5", "edge"), ("x" * 50, "0.1", "")]


def printed(table: Table | Group, width: int) -> list[str]:
    console = Console(file=StringIO(), width=width, highlight=False)
    console.print(folding(table), crop=False)
    assert isinstance(console.file, StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def table(rows: list[tuple[str, str, str]] | None = None) -> Table:
    made = Table(box=None, pad_edge=False, title="Variants", caption="Net of costs.")
    made.add_column("variant", overflow="fold")
    made.add_column("max DD", justify="right", no_wrap=True)
    made.add_column("verdict", no_wrap=True)
    for row in ROWS[:2] if rows is None else rows:
        made.add_row(*row)
    return made


def test_a_table_that_fits_is_a_table() -> None:
    lines = printed(table(), 60)
    assert "break_entry" in lines[2]
    assert "−12.5 %  cannot tell" in lines[2]


@pytest.mark.parametrize("width", [24, 30, 40, 60, 80])
def test_names_and_figures_are_whole_at_every_width(width: int) -> None:
    lines = printed(table(ROWS), width)
    text = "\n".join(lines)
    for row in ROWS:
        for cell in filter(None, row):
            assert cell in text, (width, cell)
    assert all(len(line) <= width for line in lines if "xxx" not in line)


def test_a_folded_row_is_its_name_and_each_figure_after_its_heading() -> None:
    assert printed(table(), 30) == [
        "Variants",
        "break_entry",
        "  max DD: −12.5 %",
        "  verdict: cannot tell",
        "muted_response follow",
        "  max DD: 1,234.5",
        "  verdict: edge",
        "Net of costs.",
    ]


def test_tables_in_a_group_fold_too_and_long_cells_wrap() -> None:
    made = Table(box=None, show_header=False)
    made.add_column("", no_wrap=True)
    made.add_column("", no_wrap=True)
    made.add_row("S1", "a sentence that is longer than the line is wide")
    lines = printed(Group(Text("Statements"), made), 24)
    assert lines == ["Statements", "S1", "  a sentence that is", "  longer than the line", "  is wide"]
