"""A calibration as tables: what the verdict said of worlds whose truth is known."""

from collections.abc import Callable, Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from unlockstep.backtests.calibration.rate import Rate
from unlockstep.backtests.calibration.summary import CalibrationSummary, GateRates, VerdictRates
from unlockstep.backtests.reports.study.markdown import pipe_table
from unlockstep.backtests.reports.text.format import MISSING

COLUMNS: dict[str, Callable[[VerdictRates], Rate]] = {
    "edge": lambda r: r.edge,
    "no edge": lambda r: r.no_edge,
    "cannot tell": lambda r: r.cannot_tell,
    "refused": lambda r: r.refused,
    "test at 5 %": lambda r: r.timing_test,
    "SR > 1": lambda r: r.naive_sharpe,
    "PSR": lambda r: r.naive_psr,
    "DSR": lambda r: r.naive_dsr,
}
"""Column → its rate; the last three are naive practice, of the best variant, net, against zero."""

GATES: dict[str, Callable[[GateRates], float]] = {
    "raw returns": lambda r: r.raw_returns,
    "rare losses": lambda r: r.rare_losses,
    "out of sample": lambda r: r.out_of_sample,
    "costs": lambda r: r.costs,
    "episodes": lambda r: r.episodes,
}
NOTE = (
    "Shares of worlds, in percent; in brackets the exact 95 % binomial interval. 'test at 5 %' is the timing test "
    "alone, at an adjusted p of 5 %. SR > 1, PSR and DSR at 95 % are naive practice on the best variant."
)


def show_calibration(console: Console, summary: CalibrationSummary) -> None:
    """Both tables on a terminal."""
    for family, rows in _by_family(summary.rates).items():
        table = Table(title=f"{family}: what was said", title_justify="left", box=None, pad_edge=False)
        for head in ("World", "Planted", "N", "edge", "", "no edge", "?", "test", "SR>1", "PSR", "DSR"):
            table.add_column(head, justify="left" if head == "World" else "right", no_wrap=True)
        for row in rows:
            table.add_row(
                row.kind, planted(row), str(row.worlds), percent(row.edge), span(row.edge), percent(row.no_edge),
                percent(row.cannot_tell), percent(row.timing_test), percent(row.naive_sharpe), percent(row.naive_psr),
                percent(row.naive_dsr),
            )  # fmt: skip
        console.print(table)
        console.print()
    console.print(NOTE.replace("'test at 5 %'", "'test'") + " '?' is cannot tell.")


def calibration_note(summary: CalibrationSummary) -> str:
    """The calibration in Markdown."""
    prices = summary.prices
    lines = [
        "# Calibration of the verdict",
        "",
        f"{summary.sessions} sessions a world; seed {summary.seed}. The kinds `flipped` and `resampled` are made "
        f"from {'/'.join(prices.pair)}, {prices.source} (sha256 {prices.sha256[:12]}); no price in any world "
        "ever existed.",
        "",
        NOTE,
    ]
    for family, rows in _by_family(summary.rates).items():
        lines += ["", f"## {family}", "", _table(_rate_heads(), [_rate_cells(row) for row in rows])]
    heads = (
        "Family",
        "World",
        "Planted",
        "test at 5 %",
        "test at the study's alpha",
        *(f"with {gate}" for gate in GATES),
        "all: edge",
    )
    cells = [
        (
            row.family, row.kind, planted(row), share(row.nominal), share(row.at_alpha),
            *(share(of(row)) for of in GATES.values()), share(row.all),
        )
        for row in summary.gates
    ]  # fmt: skip
    lines += ["", "## What each gate costs and prevents", "", _table(heads, cells), ""]
    return "\n".join(lines)


def _by_family(rates: Sequence[VerdictRates]) -> dict[str, list[VerdictRates]]:
    by_family: dict[str, list[VerdictRates]] = {}
    for row in sorted(rates, key=lambda row: np.inf if row.planted is None else row.planted):
        by_family.setdefault(row.family, []).append(row)
    return by_family


def _rate_heads() -> tuple[str, ...]:
    return (
        "World", "Planted", "Worlds", *COLUMNS, "test in the planted", "edge in the planted", "no edge in the planted",
        "bound missed", "interval missed", "detectable",
    )  # fmt: skip


def _rate_cells(row: VerdictRates) -> tuple[str, ...]:
    edge, tested = (f"{percent(rate)} {span(rate)}" for rate in (row.edge, row.chosen_at_alpha))
    others = [percent(of(row)) for name, of in COLUMNS.items() if name != "edge"]
    return (
        row.kind, planted(row), str(row.worlds), edge, *others, tested, percent(row.chosen_edge),
        percent(row.chosen_no_edge), percent(row.bound_missed), percent(row.interval_missed),
        MISSING if row.detectable is None else f"{row.detectable:.2f}",
    )  # fmt: skip


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return pipe_table(heads, rows, right=range(1, len(heads)))


def planted(row: VerdictRates | GateRates) -> str:
    """The planted ratio: "1.0", the detectable one by its name, or a dash where nothing is planted."""
    if row.planted is None:
        return "detectable"
    return f"{row.planted:.1f}" if row.planted else MISSING


def share(value: float) -> str:
    """A share in percent, with one decimal below ten: "4.2", "87"."""
    return f"{value * 100:.1f}" if value < 0.0995 else f"{value * 100:.0f}"


def percent(rate: Rate) -> str:
    """A rate's share."""
    return share(rate.share)


def span(rate: Rate) -> str:
    """A rate's interval: "[2.6, 6.3]"."""
    return f"[{share(rate.low)}, {share(rate.high)}]"
