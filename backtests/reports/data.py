"""Prices fetched and checked, on the terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from unlockstep.backtests.data.checked import (
    CheckedPair,
    CheckedPrices,
    CheckedTicker,
    ExaminedPrices,
    FailedTicker,
    FetchedTicker,
)
from unlockstep.backtests.reports.text.format import MISSING, count, typographic
from unlockstep.backtests.reports.text.identities import identity_words
from unlockstep.backtests.text import visible

MOST = 6
"""Dates, or stretches of them, that are shown at most; --json has them all."""


def show_fetched(console: Console, rows: Sequence[FetchedTicker | FailedTicker]) -> None:
    """Print the rows of `unlockstep data fetch`."""
    table = Table(box=None, pad_edge=False)
    for heading in ("ticker", "rows", "first", "last", "what happened"):
        table.add_column(heading, justify="right" if heading == "rows" else "left", no_wrap=heading != "what happened")
    for row in rows:
        if isinstance(row, FailedTicker):
            table.add_row(Text(visible(row.ticker)), MISSING, MISSING, MISSING, Text("not fetched", style="red"))
        else:
            table.add_row(Text(visible(row.ticker)), count(row.rows), row.first, row.last, row.change)
    console.print(table)
    for note in (note for row in rows if isinstance(row, FetchedTicker) for note in row.notes):
        console.print(Text(visible(note), style="dim"))


def show_checked(console: Console, checked: CheckedPrices) -> None:
    """Print what `unlockstep data check` found."""
    if checked.synthetic:
        console.print(Text("SYNTHETIC prices, drawn by a random generator.", style="bold magenta"))
    period = f"{checked.start or 'the first bar'} to {checked.end or 'the last bar'}"
    console.print(Text(f"{visible(checked.source)}, {period}\n"))
    for ticker in checked.tickers:
        prices = ticker.prices
        console.print(
            Text.assemble(
                (visible(prices.ticker), "bold"),
                f"  {identity_words(prices.asset_class, prices.currency, prices.clock)}",
            )
        )
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True, style="dim")
        grid.add_column(overflow="fold")
        for name, text, style in facts(ticker):
            grid.add_row(f"   {name}", Text(typographic(visible(text)), style=style))
        console.print(grid)
        console.print()
    if checked.pair is not None:
        console.print(Text(visible(pair_sentence(checked.pair))))


def facts(ticker: CheckedTicker) -> list[tuple[str, str, str]]:
    """(name, text, style) of everything there is to say of a ticker."""
    rows: list[tuple[str, str, str]] = []
    prices, cached = ticker.prices, ticker.cached
    if ticker.layout:
        rows.append(("read as", "; ".join(ticker.layout), ""))
    if prices.rows:
        rows.append(("bars", f"{count(prices.rows)}, {prices.first} to {prices.last}{_source_span(prices)}", ""))
        gaps = [_stretch(*gap) for gap in prices.gaps]
        rows.append(("gaps", _listed(gaps) or "none", "red" if gaps else ""))
    if cached is not None:
        behind, was = cached.days_behind, cached.restated
        rows.append(("retrieved", f"{cached.retrieved_at}; {_behind(behind)}", "yellow" if behind else ""))
        if was is not None:
            restated = f"{count(was.rows)} rows from {was.first} to {was.last}"
            rows.append(("restated", f"{restated}, noticed on {was.noticed_at}; fetched anew then", ""))
    for name, dates, style in (
        ("twice", prices.repeated, "red"),
        ("no session", prices.strangers, "red"),
        ("not complete", prices.unfinished, "yellow"),
    ):
        if dates:
            rows.append((name, _listed(dates), style))
    if prices.rows:
        doubtful = [f"{bar.date}: {bar.what}" for bar in (*prices.jumps, *prices.frozen, *prices.odd_bars)]
        rows.append(("doubtful", _listed(doubtful, "; ") or "none", "yellow" if doubtful else ""))
        rows.append(("closes", _adjusted(prices), ""))
    if prices.known_at:
        rows.append(("known", f"the bar of {prices.last} since {prices.known_at}", ""))
    return [*rows, *(("refused", sentence, "red") for sentence in prices.refusals)]


def pair_sentence(pair: CheckedPair) -> str:
    """What a run on the pair would meet."""
    name = "/".join(pair.tickers)
    if pair.refusal:
        return f"A run on {name} would be refused: {pair.refusal}"
    sealed = f" The {count(pair.sealed)} after {pair.sealed_after} are sealed." if pair.sealed else ""
    ends = f" {pair.ends}" if pair.ends else ""
    return (
        f"{name} has {count(pair.sessions)} sessions.{ends}{sealed} The decision of the last one, {pair.last}, is "
        f"taken at {pair.decided_at}, when {'both' if len(pair.tickers) == 2 else 'all'} bars are known."
    )


def _source_span(prices: ExaminedPrices) -> str:
    whole = prices.whole
    if whole is None or whole.rows <= prices.rows:
        return ""
    return f" (of {count(whole.rows)} from {whole.first} to {whole.last})"


def _adjusted(prices: ExaminedPrices) -> str:
    if prices.asset_class in ("crypto", "fx"):
        return "no dividends to adjust for"
    if prices.adjusted is None:
        return "no adjusted closes: it is unknown whether dividends are included"
    return (
        "adjusted for dividends and splits" if prices.adjusted else "adjusted closes as the closes: no dividends seen"
    )


def _behind(days: int) -> str:
    return f"{count(days)} day{'s' if days != 1 else ''} behind the newest complete bar" if days else "up to date"


def _stretch(first: str, last: str, days: int) -> str:
    return first if days == 1 else f"{first} to {last} ({count(days)})"


def _listed(items: Sequence[str], between: str = ", ") -> str:
    shown = between.join(items[:MOST])
    return shown if len(items) <= MOST else f"{shown} and {count(len(items) - MOST)} more"
