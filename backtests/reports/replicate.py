"""Published figures beside recomputed ones, on the terminal and in Markdown."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from unlockstep.backtests.reports.study.markdown import pipe_table, plain
from unlockstep.backtests.reports.text.format import MISSING, ratio, typographic
from unlockstep.backtests.results.published_figures import Published
from unlockstep.backtests.results.replication import Recomputed, ReplicatedClaim, Replication

RETURNS = {
    "log": "log returns from session to session",
    "simple": "simple returns from session to session",
    "day": "log returns, crypto's over its own UTC day only",
    "levels": "price LEVELS, which measure a shared trend and no coupling",
}
"""Kind of returns → in words."""

NOTES = (
    "“agrees” means that the figure, rounded to the decimals that were published, is the published one, or lies on "
    "the side that was named. It does not show that the source measured so. Where several readings are tried, one "
    "may agree by chance; where none does, other prices, hours or conventions may explain it. “beside”: other dates "
    "and windows, which are other questions and no readings.",
    "Sessions are those of the New York exchange. Crypto is taken at the 00:00 UTC close of its bar of the same date, "
    "three to seven hours after the equity's close. “weekends left out”: crypto's move from 00:00 to 24:00 UTC of the "
    "session's date, without the days between sessions.",
)
YEARS_TITLE = "Correlation of daily log returns by calendar year, {pair}"
MONTHS_TITLE = "Log returns against price levels, 90 sessions, {pair}, 2025"
RECORDED = (
    "“recorded” figures were computed by this project from prices of its own and published by nobody else: meeting "
    "them shows that these prices are alike, and confirms no claim."
)
YEARS_HEADS = ("year", "sessions", "recorded", "recomputed", "on {index}", "")
MONTHS_HEADS = ("session", "returns", "recorded", "on {index}", "levels", "recorded", "on {index}", "")

Rows = list[tuple[str, ...]]


def show_replication(console: Console, result: Replication) -> None:
    """Print the claims, how each was recomputed, the recorded tables, and what is missing."""
    console.print(Text(f"Published figures, recomputed from {result.data.source}", style="bold"))
    console.print(Text(f"{describe_sources(result)}\n"))
    table = _grid()
    for head in ("claim", "published", "here", ""):
        table.add_column(head, justify="right" if head in ("published", "here") else "left", overflow="fold")
    for cells in claim_rows(result):
        table.add_row(*cells)
    console.print(table)
    for number, claim in enumerate(result.claims, 1):
        console.print(Text(f"\n{number}. {claim.claim}", style="bold"))
        console.print(_details(claim))
    for title, heads, rows in _recorded_tables(result):
        console.print(Text(f"\n{title}", style="bold"))
        table = _grid()
        for number, head in enumerate(heads):
            table.add_column(head, justify="right" if number and head else "left", no_wrap=True)
        for cells in rows:
            table.add_row(*cells)
        console.print(table)
    console.print(f"\n{RECORDED}")
    lacking = missing(result)
    if lacking:
        console.print(Text("\nMissing", style="bold"))
        for reason, rows_of in lacking:
            console.print(Text(f"- {reason} {rows_of}"))
    console.print()
    for note in NOTES:
        console.print(note)


def replication_note(result: Replication) -> str:
    """The same in Markdown."""
    lines = [
        "# Published figures, recomputed",
        f"From {plain(result.data.source)}: {plain(describe_sources(result))}",
        pipe_table(["Claim", "Published", "Here", ""], claim_rows(result), right=(1, 2)),
        *NOTES,
        "## How each was recomputed",
    ]
    for number, claim in enumerate(result.claims, 1):
        facts = [f"- **{head}**: {plain(text)}" for head, text in facts_of(claim)]
        lines += [f"### {number}. {plain(claim.claim)}", "\n".join(facts)]
        if claim.main is not None:
            heads = ["Reading", "Returns", "Close", "From", "To", "Sessions", "Correlation", "Agrees"]
            lines.append(pipe_table(heads, reading_rows(claim), right=(5, 6)))
    for title, heads, rows in _recorded_tables(result):
        lines += [f"## {title}", pipe_table(heads, rows, right=range(1, len(heads) - 1))]
    lines.append(RECORDED)
    lacking = missing(result)
    if lacking:
        lines += ["## Missing", "\n".join(f"- {plain(reason)} {plain(rows)}" for reason, rows in lacking)]
    return "\n\n".join(lines) + "\n"


def claim_rows(result: Replication) -> Rows:
    """A row a claim: what, published, recomputed, whether they agree."""
    return [
        (claim.claim, published(claim.published), _value(claim.main), said(claim.main, claim.published))
        for claim in result.claims
    ]


def facts_of(claim: ReplicatedClaim) -> list[tuple[str, str]]:
    """(heading, text) of everything that a reader needs to judge a row."""
    facts = [("source", claim.source), ("its method", claim.method)]
    main = claim.main
    if main is not None:
        closes = f"{main.pair[0]} at 00:00 UTC, {main.pair[1]} {main.close} close"
        facts += [
            ("window", f"{main.first} to {main.last}, {main.sessions} sessions"),
            ("returns", RETURNS[main.returns]),
            ("prices", closes + (f"; {claim.stand_in}" if claim.stand_in else "")),
            ("finding", typographic(claim.finding)),
        ]
    else:
        needs = claim.needs
        facts.append(("needs", f"{' and '.join(needs.tickers)}, {needs.first} to {needs.last}"))
        facts.append(("missing", " ".join(claim.missing)))
    return facts


def reading_rows(claim: ReplicatedClaim) -> Rows:
    """A row a reading, the main one first and those of other dates and windows last; none where that is missing."""
    figures = [("main", claim.main)] if claim.main is not None else []
    figures += [(f.reading, f) for f in claim.others]
    figures += [(f"beside: {f.reading}", f) for f in claim.beside]
    return [
        (
            name, figure.returns, figure.close, figure.first, figure.last,
            str(figure.sessions), _value(figure), {True: "yes", False: "no", None: MISSING}[figure.agrees],
        )
        for name, figure in figures
    ]  # fmt: skip


def year_rows(result: Replication) -> Rows:
    """A row a calendar year."""
    return [
        (
            str(row.year), str(row.main.sessions) if row.main else MISSING, published(row.recorded),
            _value(row.main), _value(row.index), said(row.main, row.recorded),
        )
        for row in result.years.rows
    ]  # fmt: skip


def month_rows(result: Replication) -> Rows:
    """A row a month-end: returns, then levels."""
    rows: Rows = []
    for row in result.month_ends.rows:
        kinds = [row.returns, row.levels]
        cells = [(_value(kind.main), published(kind.recorded), _value(kind.index)) for kind in kinds]
        words = list(dict.fromkeys(said(kind.main, kind.recorded) for kind in kinds))
        rows.append((row.session, *cells[0], *cells[1], "; ".join(words)))
    return rows


def missing(result: Replication) -> list[tuple[str, str]]:
    """(reason, the rows that it concerns in brackets), a line a reason."""
    rows_by_reason: dict[str, list[str]] = {}
    years, month_ends = result.years.rows, result.month_ends.rows
    reasons_by_row = [
        *((f"claim {number}", claim.missing) for number, claim in enumerate(result.claims, 1)),
        *((str(row.year), row.missing) for row in years),
        *((row.session, figure.missing) for row in month_ends for figure in (row.returns, row.levels)),
    ]
    for row, reasons in reasons_by_row:
        for reason in reasons:
            rows_by_reason.setdefault(reason, []).append(row)
    return [(reason, f"({', '.join(dict.fromkeys(rows))})") for reason, rows in rows_by_reason.items()]


def describe_sources(result: Replication) -> str:
    """What was read, with its dates, when it was downloaded, which equity has no adjusted close, and notes."""
    data = result.data
    sources = [
        f"{source.where} {source.first} to {source.last}{'' if source.adjusted else ' (no adjusted closes)'}"
        for source in data.tickers.values()
    ]
    retrieved = [f"retrieved {data.retrieved_at}"] if data.retrieved_at else []
    return " ".join(["; ".join([*sources, *retrieved]) + ".", *data.notes])


def published(figure: Published | None) -> str:
    """A published figure with its own decimals: "above 0.65"; a dash where none was."""
    return MISSING if figure is None else f"{'above ' * figure.above}{ratio(figure.value, figure.digits)}"


def said(figure: Recomputed | None, published: Published | None) -> str:
    """Whether a figure is the published one: "agrees", "differs by +0.012", "not above: −0.045", "missing" …"""
    if figure is None:
        return "missing"
    if published is None:
        return "no figure published"
    apart = ratio(figure.difference, 3, signed=True)
    return "agrees" if figure.agrees else f"not above: {apart}" if published.above else f"differs by {apart}"


def _value(figure: Recomputed | None) -> str:
    return MISSING if figure is None else ratio(figure.value, 3)


def _recorded_tables(result: Replication) -> list[tuple[str, list[str], Rows]]:
    """(title, heads, rows) of the calendar years and of the month-ends."""
    pair, index = "/".join(result.years.pair), result.years.index
    return [
        (title.format(pair=pair), [head.format(index=index) for head in heads], rows)
        for title, heads, rows in (
            (YEARS_TITLE, YEARS_HEADS, year_rows(result)),
            (MONTHS_TITLE, MONTHS_HEADS, month_rows(result)),
        )
    ]


def _grid() -> Table:
    return Table(box=None, pad_edge=False, header_style="bold")


def _details(claim: ReplicatedClaim) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for head, text in facts_of(claim):
        grid.add_row(f"   {head}", Text(text))
    if claim.main is not None:
        grid.add_row("   others", Text(_listed(claim.others)))
        if claim.beside:
            grid.add_row("   beside", Text(_listed(claim.beside)))
    return grid


def _listed(figures: Sequence[Recomputed]) -> str:
    return "; ".join(f"{figure.reading} {_value(figure)}" for figure in figures) or MISSING
