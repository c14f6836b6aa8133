"""A study of events on the terminal and in Markdown."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from unlockstep.backtests.reports.events.page import (
    HEADINGS,
    TOO_FEW,
    charts_of,
    effect_cells,
    effects_table,
    events_table,
    reading,
    sessions_of,
)
from unlockstep.backtests.reports.study.markdown import plain, small_lines
from unlockstep.backtests.reports.text.format import typographic
from unlockstep.backtests.reports.text.wording import numbered
from unlockstep.backtests.results.model.events import EventKind, EventStudy

HEADS = ("", "h", "E", "after", "always", "diff.", "95 % interval", "p", "reads")


def show_events(console: Console, study: EventStudy) -> None:
    """Print the finding, a table for each kind of event, and how to read them."""
    data, window = study.data, study.data.evaluated
    if data.synthetic:
        console.print(Text("SYNTHETIC prices: nothing below says anything about a real market.", style="bold magenta"))
    console.print(Text(f"{'/'.join(data.pair)}, {window.first} to {window.last}; state: {study.signal.label}"))
    for note in () if data.synthetic else data.notes:
        console.print(Text(typographic(note), style="yellow"))
    console.print(Text(typographic(study.finding) + "\n", style="bold"))
    for kind in HEADINGS:
        dates = sessions_of(study, kind)
        console.print(Text(f"After {numbered(len(dates), kind)}", style="bold"))
        if not dates:
            console.print(Text("None in the sample.\n"))
            continue
        console.print(Text(", ".join(dates), style="dim"))
        console.print(_effects(study, kind))
        console.print()
    console.print(Text(" ".join(reading(study)), style="dim"))


def _effects(study: EventStudy, kind: EventKind) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    for i, head in enumerate(HEADS):
        table.add_column(head, justify="left" if i in (0, len(HEADS) - 1) else "right", no_wrap=True)
    before = ""
    for row in (row for row in study.table if row.kind == kind):
        name, *cells, reads = map(str, effect_cells(row, study.data.pair))
        table.add_row("" if name == before else name, *cells, Text(reads, style="dim" if reads == TOO_FEW else ""))
        before = name
    return table


def events_note(study: EventStudy) -> str:
    """The study in Markdown."""
    data, window = study.data, study.data.evaluated
    lines = [f"# Events: {plain(' / '.join(data.pair))}", ""]
    if data.synthetic:
        lines += ["**SYNTHETIC prices: nothing here says anything about a real market.**", ""]
    lines += [
        f"**{plain(typographic(study.finding))}**",
        "",
        f"{window.first} to {window.last}, {window.sessions} sessions; "
        f"state: {plain(study.signal.label)}; "
        f"{plain(data.source)} (sha256 {data.sha256[:12]}).",
        "",
        *(f"- {plain(typographic(note))}" for note in (() if data.synthetic else data.notes)),
        *(f"- {plain(sentence)}" for sentence in reading(study)),
    ]
    for kind, heading in HEADINGS.items():
        lines += ["", f"## {heading}", ""]
        if sessions_of(study, kind):
            lines += [f"- {plain(title)}." for _, title, _ in charts_of(study, data.pair, kind)]
            lines += ["", *small_lines(effects_table(study, data.pair, kind))]
        else:
            lines += ["None in the sample."]
    if study.events:
        lines += ["", "## Every event", "", *small_lines(events_table(study, data.pair))]
    return "\n".join([*lines, ""])
