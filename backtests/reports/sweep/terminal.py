"""A sweep on the terminal and in Markdown."""

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from unlockstep.backtests.reports.study.holdout import holdout_sentence
from unlockstep.backtests.reports.study.markdown import plain, small_lines
from unlockstep.backtests.reports.study.provenance import audit_warnings
from unlockstep.backtests.reports.sweep.page import edges, finding, overfitting, parity, swept, trials
from unlockstep.backtests.reports.sweep.surface import plateau_sentence, plateau_table
from unlockstep.backtests.reports.sweep.tables import (
    axes_table,
    best_table,
    heads_table,
    later_table,
    left_out,
    short,
    value_tables,
    walks,
)
from unlockstep.backtests.reports.text.figure import Words
from unlockstep.backtests.reports.text.format import count, p_value, percent, ratio, typographic
from unlockstep.backtests.reports.text.small_table import signed
from unlockstep.backtests.reports.text.window import window_sentence
from unlockstep.backtests.results.model.sweep import SweepResult

LISTED = 10
"""Variants of the terminal's table."""


def show_sweep(console: Console, result: SweepResult) -> None:
    """Print the best variants of a sweep, how many of them chance explains, and the check against vectorbt."""
    data, window = result.data, result.data.evaluated
    if data.synthetic:
        console.print(Text("SYNTHETIC prices: nothing below says anything about a real market.", style="bold magenta"))
    for note in (*audit_warnings(result), *(() if data.synthetic else data.notes)):
        console.print(Text(typographic(note), style="yellow"))
    title = f"{swept(result)}, {'/'.join(data.pair)}, {window.first} to {window.last}"
    console.print(Text(title, style="bold"))
    if omitted := left_out(result):
        console.print(Text(str(omitted), style="dim"))
    console.print(Panel(Text(str(finding(result))), padding=(1, 2)))
    heads = Table(box=None, pad_edge=False)
    for i, head in enumerate(heads_table(result).heads):
        heads.add_column(head, justify="left" if not i else "right", no_wrap=True)
    for row in heads_table(result).rows:
        heads.add_row(*map(str, row))
    console.print(heads)
    if result.best:
        console.print(Text(f"\nThe best {min(LISTED, len(result.best))}, by t", style="bold"))
        console.print(_best(result))
    if later_table(result).rows:
        console.print(Text("\nChosen without hindsight, on later sessions", style="bold"))
        console.print(_later(result))
    console.print()
    for sentence in sentences(result):
        console.print(Text(str(sentence), style="dim"))


def sentences(result: SweepResult) -> list[Words]:
    """What is to be said besides the tables."""
    candidates: tuple[Words | None, ...] = (
        window_sentence(result.data.evaluated, {}),
        edges(result),
        plateau_sentence(result),
        overfitting(result),
        trials(result),
        holdout_sentence(result.seal),
        parity(result),
    )
    return [sentence for sentence in candidates if sentence]


def _best(result: SweepResult) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    table.add_column("variant", overflow="fold")
    for head in ("t", "family-wise p", "Sharpe", "DSR", "CAGR", "drawdown"):
        table.add_column(head, justify="right", no_wrap=True)
    for variant in result.best[:LISTED]:
        table.add_row(
            str(short(variant, result)),
            signed(variant.inference.timing_t),
            p_value(variant.inference.timing_p_family),
            signed(variant.metrics.sharpe),
            ratio(variant.inference.dsr),
            percent(variant.metrics.cagr, 0, True),
            percent(variant.metrics.max_drawdown, 0),
        )
    return table


def _later(result: SweepResult) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    for i, head in enumerate(("trained on", "from", "choices", "timing IR", "p", "Sharpe")):
        table.add_column(head, justify="right" if i else "left", no_wrap=True)
    for words, walk in walks(result.later, "all before", "the last years"):
        table.add_row(
            words,
            walk.first,
            count(len(walk.folds)),
            signed(walk.timing_ir),
            p_value(walk.timing_p),
            signed(walk.sharpe),
        )
    return table


def sweep_note(result: SweepResult) -> str:
    """The sweep in Markdown."""
    data, window = result.data, result.data.evaluated
    out = [f"# Sweep: {plain(swept(result))}", ""]
    if data.synthetic:
        out += ["**SYNTHETIC prices: nothing here says anything about a real market.**", ""]
    out += [
        f"**{plain(finding(result))}**",
        "",
        f"{plain(' / '.join(data.pair))}, {window.first} to {window.last}, {count(window.sessions)} "
        f"sessions; {plain(data.source)} (sha256 {data.sha256[:12]}).",
        "",
        *(f"- **{warning}**" for warning in audit_warnings(result)),
        *(f"- {plain(typographic(note))}" for note in (() if data.synthetic else data.notes)),
        *(f"- {plain(sentence)}" for sentence in sentences(result)),
    ]
    for table in (
        heads_table(result),
        plateau_table(result),
        best_table(result),
        later_table(result),
        axes_table(result),
        *value_tables(result),
    ):
        if table.rows:
            out += ["", f"## {plain(table.caption)}", "", *small_lines(table)]
    return "\n".join([*out, ""])
