"""The terminal's comparison of runs, in 80 columns."""

from collections.abc import Sequence

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from unlockstep.backtests.reports.compare.diff import Change, ChangesView, changes_view
from unlockstep.backtests.reports.compare.markdown import RANKED, REFUSED
from unlockstep.backtests.reports.compare.named_runs import NamedRun, named_runs
from unlockstep.backtests.reports.study.holdout import holdout_sentences
from unlockstep.backtests.reports.study.terminal import STYLE, plain_table
from unlockstep.backtests.reports.text.format import p_value, percent, ratio
from unlockstep.backtests.reports.text.variants import family_p, shown_name
from unlockstep.backtests.results.model.comparison import ComparisonResult
from unlockstep.backtests.results.model.variant import VariantResult
from unlockstep.backtests.results.stored_run import StoredRun

FIGURES = ("CAGR", "Max. DD", "Timing IR")
"""The columns whose changes the terminal has room for, beside the tested Sharpe ratio."""


def show_compare(console: Console, stored: Sequence[StoredRun], compared: ComparisonResult) -> None:
    """Print what keeps the runs from being compared, the verdicts, what changed from the baseline, and all variants."""
    runs = named_runs(stored)
    if compared.warnings:
        text = "\n".join(compared.warnings) + f"\n\n{RANKED if compared.ranked else REFUSED}"
        console.print(Panel(text, title="These runs are not alike", border_style="red"))
    console.print(_verdicts(runs))
    names = [run.name for run in runs]
    _show_changes(console, changes_view(compared, runs), names)
    console.print(_variants(runs, ranked=compared.ranked))
    for sentence in holdout_sentences([run.result.seal for run in runs], names):
        console.print(Text(sentence))


def _verdicts(runs: Sequence[NamedRun]) -> Table:
    table = plain_table("\nVerdicts")
    table.add_column("run", overflow="fold", max_width=24)
    table.add_column("evaluated", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for run in runs:
        data, decision = run.result.data, run.result.verdict.decision
        exploratory = " (exploratory)" if run.result.study.get("scratch") else ""
        table.add_row(
            f"{run.name}{' SYNTHETIC' if data.synthetic else ''}",
            f"{data.evaluated.first} to {data.evaluated.last}",
            Text(f"{decision}{exploratory}", style=STYLE[decision]),
        )
    return table


def _show_changes(console: Console, view: ChangesView, names: Sequence[str]) -> None:
    console.print(Text(f"\nWhat changed from {view.of}", style="bold"))
    console.print(Text(f"{view.title}."))
    for setting, values in view.settings:
        by_run = "; ".join(f"{name}: {text}" for name, text in zip(names, values, strict=True))
        console.print(Text(f"  {setting}  {by_run}"))
    if view.rows:
        console.print(_changes(view.rows, [column.title for column in view.columns]))
    for text in view.alone:
        console.print(Text(text))


def _changes(rows: Sequence[Change], titles: Sequence[str]) -> Table:
    table = plain_table(None)
    table.add_column("variant", overflow="fold", max_width=24)
    for heading in ("Sharpe", "p", "p all", *FIGURES):
        table.add_column(heading, justify="right", no_wrap=True)
    chosen = [titles.index(title) for title in FIGURES]
    run = ""
    for row in rows:
        if row.run != run and len({each.run for each in rows}) > 1:
            table.add_row(Text(row.run, style="bold"))
        run = row.run
        name = Text(row.name)
        for line in (str(row.parameters), row.verdict if row.turned else ""):
            if line:
                name.append(f"\n {line}", style="yellow")
        cells = (row.sharpe, row.p, row.p_holm, *(row.figures[i].text for i in chosen))
        table.add_row(name, *map(str, cells))
    table.caption = "Here less the baseline; percentages in points. p all counts every test (Holm)."
    table.caption_justify = "left"
    return table


def _variants(runs: Sequence[NamedRun], *, ranked: bool) -> Table:
    table = plain_table(
        "\nAll variants, net of costs" + (", in the order of the timing IR" if ranked else ", not ranked")
    )
    table.add_column("run", overflow="fold", max_width=14)
    table.add_column("variant", overflow="fold", max_width=22)
    for heading in ("CAGR", "Sharpe", "timing IR", "family-wise p"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for run, variant in _ordered(runs, ranked=ranked):
        inference, metrics = variant.inference, variant.metrics
        decision = "benchmark" if variant.benchmark else variant.verdict
        table.add_row(
            run.name,
            shown_name(variant, run.result.data.pair),
            percent(metrics.cagr),
            ratio(metrics.sharpe),
            ratio(inference.timing_ir, signed=True),
            p_value(inference.timing_p_family),
            Text(decision, style=STYLE.get(decision, "dim")),
        )
    return table


def _ordered(runs: Sequence[NamedRun], *, ranked: bool) -> list[tuple[NamedRun, VariantResult]]:
    """All runs' variants by their timing IR, or run after run by their family-wise p."""

    def order(of: tuple[int, VariantResult]) -> tuple[bool | float | str, ...]:
        number, variant = of
        ir = variant.inference.timing_ir
        if ranked:
            return variant.benchmark, float("inf") if ir is None else -ir, number
        return number, variant.benchmark, family_p(variant), variant.label

    rows = [(number, variant) for number, run in enumerate(runs) for variant in run.result.variants]
    return [(runs[number], variant) for number, variant in sorted(rows, key=order)]
