"""A calibration of the pooled verdict as tables: what was said of panels whose truth is known."""

from collections.abc import Iterator

from rich.console import Console

from unlockstep.backtests.calibration.rate import Rate
from unlockstep.backtests.calibration.summary import UniverseRates, UniverseSummary
from unlockstep.backtests.reports.calibration import percent, share, span
from unlockstep.backtests.reports.calibration_tables import show_tables, table_lines
from unlockstep.backtests.reports.text.format import MISSING
from unlockstep.backtests.results.model.base import Number

Rows = list[list[str]]

SIZE = (
    "Panels without edge. Edge: the verdict on any strategy; test: its pooled timing test alone; in brackets the exact "
    "95 % binomial interval of the share of panels, in percent. No edge: the verdict on the primary. Over: its upper "
    "bound lies below the truth, 0; out: its 95 % interval leaves it out. Own, shrunk: share of pairs whose interval "
    "holds their ratio. Worth: median effective number of pairs."
)
POWER = (
    "Panels with an edge in the primary, of all kinds together: the average pair's annual ratio, the same in all pairs "
    "or all of it in a third of them. Edge: the verdict on the primary; single: share of pairs on which its own timing "
    "test finds it. Wrong no edge: of panels whose true pooled ratio is worth trading. The others as above."
)


def show_universe_calibration(console: Console, summary: UniverseSummary) -> None:
    """Both tables on a terminal."""
    show_tables(console, _tables(summary))


def universe_calibration_note(summary: UniverseSummary) -> str:
    """The calibration in Markdown."""
    lines = [
        "# Calibration of the pooled verdict",
        "",
        f"{summary.worlds} panels of each kind and number of pairs, at most {summary.sessions} sessions each; "
        f"{len(summary.strategies)} strategies, the primary {summary.strategies[0]}; an edge counts at "
        f"{summary.rule['alpha']}; seed {summary.seed}. No price in any panel ever existed.",
        *table_lines(_tables(summary)),
    ]
    return "\n".join([*lines, ""])


def _tables(summary: UniverseSummary) -> Iterator[tuple[list[str], Rows, str]]:
    """(headings, rows, note) of each table that has a row."""
    without = [r for r in summary.rates if not r.planted]
    planted = [r for r in summary.rates if r.planted]
    if without:
        heads = ["panel", "pairs", "N", "edge", "", "test", "no edge", "over", "out", "own", "shrunk", "worth"]
        rows = [
            [r.kind or MISSING, str(r.pairs), str(r.worlds), percent(r.edge), span(r.edge), *_cells(r)] for r in without
        ]
        yield heads, rows, SIZE
    if planted:
        heads = [
            "planted",
            "in",
            "pairs",
            "N",
            "edge",
            "",
            "single",
            "no edge",
            "wrong",
            "over",
            "out",
            "own",
            "shrunk",
        ]
        yield heads, [_planted_row(r) for r in planted], POWER


def _cells(r: UniverseRates) -> list[str]:
    return [
        percent(r.timed), percent(r.primary_no_edge), percent(r.bound_missed), percent(r.interval_missed),
        _covered(r.standalone_covered), _covered(r.shrunk_covered), f"{r.effective_pairs:.1f}",
    ]  # fmt: skip


def _planted_row(r: UniverseRates) -> list[str]:
    return [
        f"{r.planted:.2f}", "third" if r.third else "all", str(r.pairs), str(r.worlds), percent(r.primary_edge),
        span(r.primary_edge), share(r.single_edge), percent(r.primary_no_edge), _wrong(r.wrong_no_edge),
        percent(r.bound_missed), percent(r.interval_missed), _covered(r.standalone_covered), _covered(r.shrunk_covered),
    ]  # fmt: skip


def _covered(part: Number) -> str:
    return MISSING if part is None else share(part)


def _wrong(rate: Rate | None) -> str:
    return MISSING if rate is None else percent(rate)
