"""A replication on the terminal and in Markdown."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from unlockstep.backtests.reports.replicate.catalogue import catalogue_view
from unlockstep.backtests.reports.replicate.figure import figure_view
from unlockstep.backtests.reports.replicate.view import ReplicationView
from unlockstep.backtests.reports.study.markdown import plain, small_lines
from unlockstep.backtests.results.model.replication import FigureReplication, Replication


def view_of(result: Replication | FigureReplication) -> ReplicationView:
    """What is shown of either result."""
    return catalogue_view(result) if isinstance(result, Replication) else figure_view(result)


def show_replication(console: Console, result: Replication | FigureReplication) -> None:
    """Print the finding, the tables, how each figure was recomputed, and what is missing."""
    view = view_of(result)
    console.print(Text(view.title, style="bold"))
    console.print(Text(f"\n{view.finding}"))
    for warning in view.warnings:
        console.print(Text(warning, style="yellow"))
    for small in view.tables:
        console.print(Text(f"\n{small.caption}", style="bold"))
        table = Table(box=None, pad_edge=False, header_style="bold")
        for i, head in enumerate(small.heads):
            words = i in (0, *small.words)
            table.add_column(head, justify="left" if words else "right", overflow="fold", no_wrap=i > 0 and not words)
        for row in small.rows:
            table.add_row(*map(str, row))
        console.print(table)
        if small.note:
            console.print(Text(str(small.note), style="dim"))
    for part in view.parts:
        console.print(Text(f"\n{part.heading}", style="bold"))
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True, style="dim")
        grid.add_column(overflow="fold")
        for head, fact in part.facts:
            grid.add_row(f"   {head}", Text(fact))
        console.print(grid)
    if view.missing:
        console.print(Text("\nMissing", style="bold"))
        for line in view.missing:
            console.print(Text(f"- {line}"))
    console.print()
    for note in view.notes:
        console.print(Text(note))
    console.print(Text(f"Prices: {view.sources}"))


def replication_note(result: Replication | FigureReplication) -> str:
    """The same in Markdown."""
    view = view_of(result)
    lines = [f"# {plain(view.title)}", f"**{plain(view.finding)}**"]
    lines += [f"> **{plain(warning)}**" for warning in view.warnings]
    for small in view.tables:
        lines += [f"## {plain(small.caption)}", "\n".join(small_lines(small))]
    if view.parts:
        lines.append(f"## {view.parts_title}")
    for part in view.parts:
        facts = "\n".join(f"- **{head}**: {plain(fact)}" for head, fact in part.facts)
        lines += [f"### {plain(part.heading)}", facts]
    if view.missing:
        lines += ["## Missing", "\n".join(f"- {plain(line)}" for line in view.missing)]
    lines += ["## Notes", *(plain(note) for note in view.notes), f"Prices: {plain(view.sources)}"]
    return "\n\n".join(line.rstrip() for line in lines) + "\n"
