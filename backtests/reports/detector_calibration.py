"""A calibration of the detectors as tables: false alarms where nothing changes, delay and misses of breaks."""

from collections.abc import Iterator, Sequence

from rich.console import Console

from unlockstep.backtests.calibration.break_worlds import KINDS
from unlockstep.backtests.calibration.summary import BreakRates, DetectorSummary, FalseAlarmRates, PriceSource
from unlockstep.backtests.reports.calibration import percent, share, span
from unlockstep.backtests.reports.calibration_tables import show_tables, table_lines
from unlockstep.backtests.reports.text.format import MISSING

ALARMS = (
    "Share of years with a false alarm, in % of worlds whose correlation never changes; in brackets the exact 95 % "
    "binomial interval; a year: alarms a year. Critical values belong to the kind 'steady'. Of the detectors in "
    "hindsight: share of samples in which a break is found."
)
BREAKS = (
    "Delay / missed / open: median sessions from the break to the alarm; share of worlds, in %, in which none came "
    "within a year, or within 60 sessions of the end of a brief break; and share in which the alarm was up already, "
    "left out of the other two. In hindsight: how far the nearest date found lies from the true one; share in which "
    "none lies within 120 sessions."
)


def show_detectors(console: Console, summary: DetectorSummary) -> None:
    """Both tables on a terminal."""
    narrow = (
        (heads, [[cell.replace(" / ", "/") for cell in row] for row in rows], note)  # so that four columns fit 80
        for heads, rows, note in _tables(summary.rates)
    )
    show_tables(console, narrow)


def detectors_note(summary: DetectorSummary) -> str:
    """The calibration in Markdown."""
    lines = [
        "# Calibration of the detectors",
        "",
        f"{summary.worlds} worlds of each kind, {summary.sessions} sessions each, {summary.year} of them "
        f"judged; seed {summary.seed}. No price in any world ever existed.",
        *_volatilities(summary.prices),
        *table_lines(_tables(summary.rates)),
    ]
    return "\n".join([*lines, ""])


def _volatilities(prices: Sequence[PriceSource]) -> Iterator[str]:
    """A sentence on the prices whose volatility some kinds have; none where no kind has."""
    if prices:
        pairs = ", ".join("/".join(each.pair) for each in prices)
        yield f"The kinds `real …` have the volatilities of {pairs}, {prices[0].source}."


def _tables(rates: Sequence[FalseAlarmRates | BreakRates]) -> Iterator[tuple[list[str], list[list[str]], str]]:
    """(headings, rows, note) of each table that has a column."""
    detectors = list(dict.fromkeys(r.detector for r in rates))
    still = {(r.detector, r.kind): r for r in rates if isinstance(r, FalseAlarmRates)}
    broken = {(r.detector, r.kind): r for r in rates if isinstance(r, BreakRates)}
    hard = [kind for _, kind in still if KINDS[kind].made != "garch"]
    for kinds in ([kind for _, kind in still if kind not in hard], hard):
        kinds = list(dict.fromkeys(kinds))
        if not kinds:
            continue
        heads = ["detector"]
        for kind in kinds:
            heads += ["promise", kind, "", "a year"] if kind == "steady" else [kind]
        yield heads, [[name, *_alarm_cells([still[name, kind] for kind in kinds])] for name in detectors], ALARMS
    if broken:
        kinds = list(dict.fromkeys(kind for _, kind in broken))
        rows = [[name, *(_break_cell(broken[name, kind]) for kind in kinds)] for name in detectors]
        yield ["detector", *kinds], rows, BREAKS


def _alarm_cells(entries: Sequence[FalseAlarmRates]) -> Iterator[str]:
    for entry in entries:
        steady = entry.kind == "steady"
        if steady:
            yield MISSING if entry.promised is None else share(entry.promised)
        yield percent(entry.alarm_years)
        if steady:
            yield span(entry.alarm_years)
            yield f"{entry.alarms_a_year:.2f}"


def _break_cell(entry: BreakRates) -> str:
    delay = MISSING if entry.delay is None else f"{entry.delay:.0f}"
    missed = MISSING if entry.missed is None else percent(entry.missed)
    return f"{delay} / {missed} / {share(entry.open)}"
