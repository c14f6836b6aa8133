"""Prices fetched and checked, on the terminal."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from unlockstep.backtests.reports.text.format import MISSING, count, typographic
from unlockstep.backtests.text import visible

CLOCKS = {"24/7": "around the clock, a bar is 00:00 to 24:00 UTC", "XNYS": "sessions of the New York exchange"}
MOST = 6
"""Dates, or stretches of them, that are shown at most; --json has them all."""


def show_fetched(console: Console, rows: Sequence[dict[str, Any]]) -> None:
    """Print the rows of `unlockstep data fetch`."""
    table = Table(box=None, pad_edge=False)
    for heading in ("ticker", "rows", "first", "last", "what happened"):
        table.add_column(heading, justify="right" if heading == "rows" else "left", no_wrap=heading != "what happened")
    for row in rows:
        if "problem" in row:
            table.add_row(_name(row), MISSING, MISSING, MISSING, Text("not fetched", style="red"))
        else:
            table.add_row(_name(row), count(row["rows"]), row["first"], row["last"], row["change"])
    console.print(table)
    for note in (note for row in rows for note in row.get("notes", ())):
        console.print(Text(visible(note), style="dim"))


def show_checked(console: Console, checked: dict[str, Any]) -> None:
    """Print what `unlockstep data check` found."""
    if checked["synthetic"]:
        console.print(Text("SYNTHETIC prices, drawn by a random generator.", style="bold magenta"))
    period = f"{checked['start'] or 'the first bar'} to {checked['end'] or 'the last bar'}"
    console.print(Text(f"{visible(checked['source'])}, {period}\n"))
    for row in checked["tickers"]:
        console.print(Text.assemble((visible(row["ticker"]), "bold"), f"  {CLOCKS[row['clock']]}"))
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True, style="dim")
        grid.add_column(overflow="fold")
        for name, text, style in facts(row):
            grid.add_row(f"   {name}", Text(typographic(visible(text)), style=style))
        console.print(grid)
        console.print()
    if checked["pair"] is not None:
        console.print(Text(visible(pair_sentence(checked["pair"]))))


def facts(row: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(name, text, style) of everything there is to say of a ticker."""
    rows: list[tuple[str, str, str]] = []
    if row["rows"]:
        rows.append(("bars", f"{count(row['rows'])}, {row['first']} to {row['last']}{_source_span(row)}", ""))
        gaps = [_stretch(*gap) for gap in row["gaps"]]
        rows.append(("gaps", _listed(gaps) or "none", "red" if gaps else ""))
    if row.get("retrieved_at"):
        behind = row["days_behind"]
        rows.append(("retrieved", f"{row['retrieved_at']}; {_behind(behind)}", "yellow" if behind else ""))
    if row.get("restated"):
        was = row["restated"]
        restated = f"{count(was['rows'])} rows from {was['first']} to {was['last']}"
        rows.append(("restated", f"{restated}, noticed on {was['noticed_at']}; fetched anew then", ""))
    for name, dates, style in (
        ("twice", row["repeated"], "red"),
        ("no session", row["strangers"], "red"),
        ("not complete", row["unfinished"], "yellow"),
    ):
        if dates:
            rows.append((name, _listed(dates), style))
    if row["rows"]:
        doubtful = [f"{bar['date']}: {bar['what']}" for bar in (*row["jumps"], *row["odd_bars"])]
        rows.append(("doubtful", _listed(doubtful, "; ") or "none", "yellow" if doubtful else ""))
        rows.append(("closes", _adjusted(row), ""))
    if row["known_at"]:
        rows.append(("known", f"the bar of {row['last']} since {row['known_at']}", ""))
    return [*rows, *(("refused", sentence, "red") for sentence in row["refusals"])]


def pair_sentence(pair: dict[str, Any]) -> str:
    """What a run on the pair would meet."""
    name = "/".join(pair["tickers"])
    if pair["refusal"]:
        return f"A run on {name} would be refused: {pair['refusal']}"
    sealed = f" The {count(pair['sealed'])} after {pair['sealed_after']} are sealed." if pair["sealed"] else ""
    return (
        f"{name} has {count(pair['sessions'])} sessions.{sealed} The decision of the last one, {pair['last']}, is "
        f"taken at {pair['decided_at']}, when both bars are known."
    )


def _name(row: dict[str, Any]) -> Text:
    return Text(visible(row["ticker"]))


def _source_span(row: dict[str, Any]) -> str:
    source = row["held"]
    more = source["rows"] > row["rows"]
    return f" (of {count(source['rows'])} from {source['first']} to {source['last']})" if more else ""


def _adjusted(row: dict[str, Any]) -> str:
    if row["clock"] == "24/7":
        return "no dividends to adjust for"
    return "adjusted for dividends and splits" if row["adjusted"] else "NOT adjusted: dividends are left out"


def _behind(days: int) -> str:
    return f"{count(days)} day{'s' if days != 1 else ''} behind the newest complete bar" if days else "up to date"


def _stretch(first: str, last: str, days: int) -> str:
    return first if days == 1 else f"{first} to {last} ({count(days)})"


def _listed(items: Sequence[str], between: str = ", ") -> str:
    shown = between.join(items[:MOST])
    return shown if len(items) <= MOST else f"{shown} and {count(len(items) - MOST)} more"
