"""The terminal's comparison of runs, in 80 columns."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from unlockstep.backtests.reports.compare.diff import Change, changes_view, shared_columns
from unlockstep.backtests.reports.compare.markdown import RANKED, REFUSED
from unlockstep.backtests.reports.compare.page import typed_results
from unlockstep.backtests.reports.study.holdout import holdout_sentences
from unlockstep.backtests.reports.study.terminal import STYLE, plain_table
from unlockstep.backtests.reports.text.format import is_missing, p_value, percent, ratio
from unlockstep.backtests.reports.text.wording import shown_name
from unlockstep.backtests.storage import StoredRun, run_names

FIGURES = ("CAGR", "Max. DD", "Timing IR")
"""The columns whose changes the terminal has room for, beside the tested Sharpe ratio."""


def show_compare(console: Console, runs: Sequence[StoredRun], compared: Mapping[str, Any]) -> None:
    """Print the verdicts, what changed from the baseline, and all variants; above, what keeps them from being compared.

    compared: the content of comparison.json.
    """
    names, warnings = run_names(runs), compared["warnings"]
    if warnings:
        text = "\n".join(warnings) + f"\n\n{RANKED if compared['ranked'] else REFUSED}"
        console.print(Panel(text, title="These runs are not alike", border_style="red"))
    console.print(_verdicts(runs, names))
    _show_changes(console, changes_view(compared, runs, names, shared_columns(runs)), names)
    console.print(_variants(runs, names, ranked=compared["ranked"]))
    for sentence in holdout_sentences([result.seal for result in typed_results(runs)], names):
        console.print(Text(sentence))


def _verdicts(runs: Sequence[StoredRun], names: Sequence[str]) -> Table:
    table = plain_table("\nVerdicts")
    table.add_column("run", overflow="fold", max_width=24)
    table.add_column("evaluated", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for run, name in zip(runs, names, strict=True):
        decision, window = run.result["verdict"]["decision"], run.result["data"]["evaluated"]
        synthetic = " SYNTHETIC" if run.result["data"]["synthetic"] else ""
        table.add_row(
            f"{name}{synthetic}", f"{window['first']} to {window['last']}", Text(decision, style=STYLE[decision])
        )
    return table


def _show_changes(console: Console, view: Mapping[str, Any], names: Sequence[str]) -> None:
    console.print(Text(f"\nWhat changed from {view['of']}", style="bold"))
    console.print(Text(f"{view['title']}."))
    for setting, values in view["settings"]:
        by_run = "; ".join(f"{name}: {text}" for name, text in zip(names, values, strict=True))
        console.print(Text(f"  {setting}  {by_run}"))
    if view["rows"]:
        console.print(_changes(view["rows"], [column.title for column in view["columns"]]))
    for text in view["alone"]:
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
        for line in (row.parameters, row.verdict if row.turned else ""):
            if line:
                name.append(f"\n {line}", style="yellow")
        figures = (row.figures[i] for i in chosen)
        table.add_row(name, row.sharpe, row.p, row.p_holm, *(figure.text for figure in figures))
    table.caption = "Here less the baseline; percentages in points. p all counts every test (Holm)."
    table.caption_justify = "left"
    return table


def _variants(runs: Sequence[StoredRun], names: Sequence[str], *, ranked: bool) -> Table:
    table = plain_table(
        "\nAll variants, net of costs" + (", in the order of the timing IR" if ranked else ", not ranked")
    )
    table.add_column("run", overflow="fold", max_width=14)
    table.add_column("variant", overflow="fold", max_width=22)
    for heading in ("CAGR", "Sharpe", "timing IR", "p family"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for name, variant, pair in _ordered(runs, names, ranked=ranked):
        inference, metrics = variant["inference"], variant["metrics"]
        decision = "benchmark" if variant["benchmark"] else variant["verdict"]
        table.add_row(
            name,
            shown_name(variant, pair),
            percent(metrics["cagr"]),
            ratio(metrics["sharpe"]),
            ratio(inference.get("timing_ir"), signed=True),
            p_value(inference.get("timing_p_family")),
            Text(decision, style=STYLE.get(decision, "dim")),
        )
    return table


def _ordered(
    runs: Sequence[StoredRun], names: Sequence[str], *, ranked: bool
) -> Iterator[tuple[str, dict[str, Any], Sequence[str]]]:
    """(run, variant, pair): all runs' variants by their timing IR, or run after run by their p family."""

    def order(of: tuple[str, dict[str, Any], Sequence[str]]) -> tuple[Any, ...]:
        name, variant, _ = of
        inference = variant["inference"]
        ir, p = inference.get("timing_ir"), inference.get("timing_p_family")
        by_timing = float("inf") if is_missing(ir) else -ir
        if ranked:
            return variant["benchmark"], by_timing, names.index(name)
        return names.index(name), variant["benchmark"], 2.0 if p is None else p, variant["label"]

    rows = [
        (name, variant, run.result["data"]["pair"])
        for run, name in zip(runs, names, strict=True)
        for variant in run.result["variants"]
    ]
    yield from sorted(rows, key=order)
