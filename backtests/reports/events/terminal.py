"""A study of events on the terminal and in Markdown."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from unlockstep.backtests.reports.events.page import (
    KIND_WORDS,
    TOO_FEW,
    effect_cells,
    effects_table,
    events_table,
    happened,
    panel_title,
    reading,
)
from unlockstep.backtests.reports.study.markdown import plain, small_lines
from unlockstep.backtests.reports.text.format import typographic
from unlockstep.backtests.reports.text.wording import numbered

HEADS = ("", "h", "E", "after", "always", "diff.", "95 % interval", "p", "reads")


def show_events(console: Console, result: dict[str, Any]) -> None:
    """Print the finding, a table for each kind of event, and how to read them."""
    data, window = result["data"], result["data"]["evaluated"]
    if data["synthetic"]:
        console.print(Text("SYNTHETIC prices: nothing below says anything about a real market.", style="bold magenta"))
    console.print(
        Text(f"{'/'.join(data['pair'])}, {window['first']} to {window['last']}; state: {result['signal']['label']}")
    )
    for note in () if data["synthetic"] else data.get("notes") or ():
        console.print(Text(typographic(note), style="yellow"))
    console.print(Text(typographic(result["finding"]) + "\n", style="bold"))
    for kind in KIND_WORDS:
        dates = [event["session"] for event in result["events"] if event["kind"] == kind]
        console.print(Text(f"After {numbered(len(dates), kind)}", style="bold"))
        if not dates:
            console.print(Text("None in the sample.\n"))
            continue
        console.print(Text(", ".join(dates), style="dim"))
        console.print(_effects(result, kind))
        console.print()
    console.print(Text(" ".join(reading(result)), style="dim"))


def _effects(result: dict[str, Any], kind: str) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    for i, head in enumerate(HEADS):
        table.add_column(head, justify="left" if i in (0, len(HEADS) - 1) else "right", no_wrap=True)
    before = ""
    for row in (row for row in result["table"] if row["kind"] == kind):
        name, *cells, reads = effect_cells(result, row)
        table.add_row("" if name == before else name, *cells, Text(reads, style="dim" if reads == TOO_FEW else ""))
        before = name
    return table


def events_note(result: dict[str, Any]) -> str:
    """The study in Markdown."""
    data, window = result["data"], result["data"]["evaluated"]
    lines = [f"# Events: {plain(' / '.join(data['pair']))}", ""]
    if data["synthetic"]:
        lines += ["**SYNTHETIC prices: nothing here says anything about a real market.**", ""]
    lines += [
        f"**{plain(typographic(result['finding']))}**",
        "",
        f"{window['first']} to {window['last']}, {window['sessions']} sessions; "
        f"state: {plain(result['signal']['label'])}; "
        f"{plain(data['source'])} (sha256 {data['sha256'][:12]}).",
        "",
        *(f"- {plain(typographic(note))}" for note in (() if data["synthetic"] else data.get("notes") or ())),
        *(f"- {plain(sentence)}" for sentence in reading(result)),
    ]
    for kind, (_, heading) in KIND_WORDS.items():
        lines += ["", f"## {heading}", ""]
        if happened(result, kind):
            lines += [f"- {plain(panel_title(result, kind, series))}." for series in ("crypto", "equity", "spread")]
            lines += ["", *small_lines(effects_table(result, kind))]
        else:
            lines += ["None in the sample."]
    if result["events"]:
        lines += ["", "## Every event", "", *small_lines(events_table(result))]
    return "\n".join([*lines, ""])
