"""What is printed, and the page of the documentation: the same tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table as RichTable

from benchmarks.competitors.field import LOOP, competitor_of
from benchmarks.goals import GOALS
from benchmarks.runner import Report
from benchmarks.timing import Spread, ratio

CHART = "images/benchmarks.svg"
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Table:
    """A title, the names of the columns, rows of text; the first column is text, the others are figures."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def tables(report: Report) -> list[Table]:
    """Goals first, then what they rest on."""
    return [_goals(report), _speeds(report), _growth(report), _cold(report), _commands(report)]


def show(report: Report, console: Console) -> None:
    """Print every table."""
    for table in tables(report):
        shown = RichTable(title=table.title, title_justify="left")
        for number, name in enumerate(table.header):
            shown.add_column(name, justify="left" if number == 0 else "right")
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)


def markdown(report: Report) -> str:
    """The page for the documentation; the chart lies beside it."""
    goals, *others = (_markdown(table) for table in tables(report))
    versions = ", ".join(f"{name} {number}" for name, number in report.versions.items())
    return PAGE.format(
        when=f"{report.when:%Y-%m-%d %H:%M} UTC",
        versions=versions,
        cores=report.cores,
        load=report.load,
        rounds=report.plan.rounds,
        variants=f"{report.plan.variants:,}",
        sessions=f"{report.sessions:,}",
        small_sessions=report.plan.small[0],
        small_variants=report.plan.small[1],
        bt_value=competitor_of("bt").allowed.final,
        bt_sharpe=competitor_of("bt").allowed.sharpe,
        late_sharpe=competitor_of("backtesting").allowed.sharpe,
        chart=CHART,
        goals=goals,
        others="\n\n".join(others),
    )


def number(value: float) -> str:
    """Three figures or more, with thousands apart."""
    size = abs(round(value, 2))
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def spread(measured: Spread, unit: str = "") -> str:
    """Median, and what lies between the smallest and the largest."""
    if measured.least == measured.most:
        return f"{number(measured.median)}{unit}"
    return f"{number(measured.median)}{unit} ({number(measured.least)} … {number(measured.most)})"


def _small(value: float) -> str:
    return f"{value:.0e}" if value else "0"


def _goals(report: Report) -> Table:
    rows = []
    for goal in GOALS:
        measured = report.figures.get(goal.key)
        if measured is None:
            rows.append((goal.what, goal.aim, NOT_MEASURED, ""))
        else:
            rows.append((goal.what, goal.aim, spread(measured, goal.unit), "✓" if goal.reached(measured) else "✗"))
    return Table("Goals", ("what", "goal", "measured", "reached"), rows)


def _speeds(report: Report) -> Table:
    loop = report.speeds[LOOP].seconds
    rows = [
        (
            speed.name,
            f"{speed.variants:,}",
            spread(Spread.of(speed.seconds).times(1e6)),
            spread(ratio(speed.seconds, loop)),
            _small(speed.difference.final),
            _small(speed.difference.sharpe),
            "✓" if speed.equal else "✗",
        )
        for speed in report.speeds.values()
    ]
    header = ("the same work", "variants", "µs a variant", "× the plain loop", "Δ value", "Δ Sharpe", "equal")
    return Table("Simulation, returns and Sharpe ratio", header, rows)


def _growth(report: Report) -> Table:
    rows = [
        (
            curve.name,
            curve.axis,
            f"{curve.sizes[0]:,} … {curve.sizes[-1]:,}",
            f"{curve.seconds[0].median:.2g} … {curve.seconds[-1].median:.2g}",
            f"{curve.exponent:.2f}",
        )
        for curve in report.curves
    ]
    return Table("Growth", ("whose", "in", "from … to", "seconds", "exponent"), rows)


def _cold(report: Report) -> Table:
    rows = [
        (
            name,
            spread(Spread.of([start.seconds for start in starts])),
            spread(Spread.of([start.peak / 1e6 for start in starts])),
        )
        for name, starts in report.cold.items()
    ]
    return Table("A fresh process: start, import, first small run", ("whose", "seconds", "peak memory, MB"), rows)


def _commands(report: Report) -> Table:
    rows = [(name, spread(Spread.of(taken))) for name, taken in report.commands.items()]
    return Table("The command line", ("command", "seconds"), rows)


def _markdown(table: Table) -> str:
    lines = [
        f"## {table.title}",
        "",
        "| " + " | ".join(table.header) + " |",
        "|---|" + "---:|" * (len(table.header) - 1),
        *("| " + " | ".join(row) + " |" for row in table.rows),
    ]
    return "\n".join(lines)


PAGE = """# Benchmarks

Written by `make bench`, not by hand: {when}, {cores} cores, {load:.1f} processes waiting or at work before it began,
{versions}.
Figures are medians of {rounds} rounds, with the smallest and the largest in brackets. In every round all take their
turn, and ratios are taken within a round.

{goals}

![Time a variant, and how it grows]({chart})

The common work: {variants} variants of `break_entry` and `derisk` on the {sessions} sessions of the synthetic demo, two
legs with shared cash, target weights, fills at the close one session after the decision, fees of 10 basis points, no
slippage, capital 100,000. Every competitor gets the same targets and answers with the Sharpe ratio and the final value
of each variant; slow ones get fewer variants. Our sweep is timed with its signals and decisions, which the others get
for nothing. The answers are compared with those of the engine: "Δ value" is the largest relative difference
of a final value, "Δ Sharpe" the largest difference of an annual Sharpe ratio. (The engine stands on vectorbt, so that
vectorbt's answers are equal to the bit proves nothing; tests hold the plain loop and the engine against books kept by
hand.) Equal means at most 1e-9 for both, with two exceptions:

- **bt with WeighTarget and Rebalance** lets an order *cost* the wanted change, fee included, where the engine lets the
  position *be* the target and pays the fee besides; {bt_value:.0e} of the value and {bt_sharpe:.0e} of the Sharpe ratio
  are allowed. Where a step of ours sizes the orders and bt executes them, the answers are equal.
- **backtesting.py** knows one asset, so it gets the crypto leg and is compared with the engine on that leg alone. It
  books the fee of a fill at the close a session later, so Sharpe ratios may differ by {late_sharpe:.0e}.

vectorbt takes its Rust engine where it is installed and supports the call (`engine="auto"`, the default); broadcasts
name theirs. vectorbt's best broadcast is the fastest of three widths, with returns and Sharpe ratios made of its
account values in NumPy, which is faster than its own accessors. The plain loop is what one writes with Numba in an
afternoon: `benchmarks/competitors/plain_loop.py`.

{others}

A first run is of {small_variants} variants over {small_sessions} sessions. The disk is warm, and so are compiled
functions that a library keeps on it; the plain loop keeps none, so its start includes its compilation. Growth of
competitors is measured on the same work repeated, that of the sweep on synthetic histories made for it.
What a whole sweep costs, report and files included, over bare imports in processor time, is measured by
`python -m benchmarks.sweep_cost`; its figures stand in [sweeps](scale.md#what-it-costs).
"""
