"""The terminal's report: verdict, table and scorecard, in 80 columns or as many as there are."""

import pandas as pd
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from unlockstep.backtests.reports.charts.sparkline import blocks
from unlockstep.backtests.reports.study.detectors import detectors_title
from unlockstep.backtests.reports.study.family import family_title
from unlockstep.backtests.reports.study.gates import rule_view
from unlockstep.backtests.reports.study.hedged import hedged_table
from unlockstep.backtests.reports.study.holdout import holdout_sentence
from unlockstep.backtests.reports.study.longest_windows import longest_windows_table
from unlockstep.backtests.reports.study.provenance import audit_warnings, strategy_facts, universe_warnings
from unlockstep.backtests.reports.study.scorecard import scorecard
from unlockstep.backtests.reports.text.format import p_value, percent, ratio, typographic
from unlockstep.backtests.reports.text.small_table import SmallTable, filled
from unlockstep.backtests.reports.text.variants import examined, family_p, legs_of, shown_name
from unlockstep.backtests.reports.text.window import run_window
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.variant import VariantResult
from unlockstep.backtests.results.stored_run import StoredRun

BLOCKS = 42
"""Characters of an account in small."""

STYLE = {"edge": "bold green", "no edge": "bold red", "cannot tell": "bold yellow"}


def show_study(console: Console, run: StoredRun) -> None:
    """Print the verdict and what would change it, accounts in small, the variants' table and the scorecard of a run."""
    result = run.result
    data, verdict, window = result.data, result.verdict, result.data.evaluated
    if data.synthetic:
        console.print(Text("SYNTHETIC prices: nothing below says anything about a real market.", style="bold magenta"))
    title = f"{'/'.join(data.tickers)}, {window.first} to {window.last}"
    body = Text.assemble(
        ("Verdict: ", "bold"),
        (verdict.decision, STYLE[verdict.decision]),
        "\n\n",
        typographic("\n".join(verdict.reasons)),
    )
    if verdict.would_change:
        body.append("\n\nWhat would change it\n", style="bold").append(typographic("\n".join(verdict.would_change)))
    console.print(Panel(body, title=title, title_align="left", padding=(1, 2)))
    if (opening := run_window(result)) is not None:
        console.print(Text(str(opening)))
    for note in (*universe_warnings(result), *audit_warnings(result), *(() if data.synthetic else data.notes)):
        console.print(Text(typographic(str(note)), style="yellow"))
    if result.seal.sessions or result.seal.looks:
        console.print(Text(str(holdout_sentence(result.seal))))
    console.print(_lockstep(result))
    console.print(_accounts(result, run.frames["returns"], min(BLOCKS, console.width - 4)))
    console.print(_table(result))
    small = filled(longest_windows_table(result), hedged_table(result))
    for part in (*map(_small, small), _gates(result), _family(result)):
        if part is not None:
            console.print(part)
    console.print(_scorecard(result))


def _lockstep(result: RunResult) -> Text:
    """The sentence on the pair, and the detectors'."""
    return Text(f"{typographic(result.lockstep.sentence)}\n{detectors_title(result.detectors)}.\n")


def _accounts(result: RunResult, returns: pd.DataFrame, width: int) -> Table:
    """The accounts of the variant examined and of both legs, each on its own log scale, in so many characters."""
    table = plain_table("Equity, net of costs (log scale, scaled per row)")
    table.add_column("variant", overflow="fold", max_width=24)
    table.add_column(f"{returns.index[0].date()} to {returns.index[-1].date()}", no_wrap=True)
    table.add_column("CAGR", justify="right", no_wrap=True)
    for v in (examined(result), *legs_of(result)):
        if v is not None and v.name in returns:
            line = blocks(returns[v.name].to_numpy(), width)
            table.add_row(shown_name(v, result.data.pair), line, percent(v.metrics.cagr))
    return table


def plain_table(title: str | None) -> Table:
    """A table without lines, under a title."""
    return Table(box=None, pad_edge=False, collapse_padding=True, title=title, title_justify="left", title_style="bold")


def _table(result: RunResult) -> Table:
    table = plain_table("\nVariants, net of costs")
    table.add_column("variant", overflow="fold", max_width=24)
    for heading in ("CAGR", "Sharpe", "max DD", "timing IR", "family-wise p"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for variant in sorted(result.variants, key=_rank):
        metrics, inference = variant.metrics, variant.inference
        decision = "benchmark" if variant.benchmark else variant.verdict
        star = " *" if variant.name == result.primary else ""
        table.add_row(
            f"{variant.label}{star}",
            percent(metrics.cagr),
            ratio(metrics.sharpe),
            percent(metrics.max_drawdown),
            ratio(inference.timing_ir, signed=True),
            p_value(inference.timing_p_family),
            Text(decision, style=STYLE.get(decision, "dim")),
        )
    star = "* Pre-registered primary variant. " if result.primary else ""
    strategy_notes = "".join(f"\n{fact.name}: {fact.text}." for fact in strategy_facts(result))
    table.caption = Text(f"{star}The family-wise p counts every variant tried.{strategy_notes}", style="table.caption")
    table.caption_justify = "left"
    return table


def _small(view: SmallTable) -> Table:
    table = plain_table(f"\n{view.caption}")
    for i, head in enumerate(view.heads):
        if i:
            table.add_column(head, justify="left" if i in view.words else "right", no_wrap=True)
        else:
            table.add_column(head, overflow="fold", max_width=24)
    for row in view.rows:
        table.add_row(*map(str, row))
    return table


def _gates(result: RunResult) -> Group | None:
    """The gates of the primary variant, one a line; None without a variant under test."""
    rule = rule_view(result)
    if rule is None:
        return None
    table = Table(box=None, pad_edge=False)
    table.add_column("gate", no_wrap=True)
    table.add_column("passed", no_wrap=True)
    table.add_column(rule.name, justify="right")
    table.add_column("threshold", justify="right", no_wrap=True)
    for gate in rule.gates:
        word = Text(f"{gate.mark} {'yes' if gate.passed else 'no'}", style="green" if gate.passed else "dim")
        table.add_row(gate.name, word, str(gate.figure), str(gate.threshold))
    bound = rule.otherwise
    note = f"“No edge” takes a 95 % upper bound, less costs, {bound.threshold} a year; it is {bound.figure}."
    return Group(Text(f"\n{rule.title}", style="bold"), table, Text(typographic(note), style="dim italic"))


def _family(result: RunResult) -> Text | None:
    """Trials, SPA and PBO of all variants in a sentence; None without a variant under test."""
    return Text(f"\nFamily: {family_title(result)}.") if result.family.n_variants else None


def _rank(variant: VariantResult) -> tuple[bool, float, str]:
    return variant.benchmark, family_p(variant), variant.label


def _scorecard(result: RunResult) -> Table:
    table = Table(
        box=None, pad_edge=False, title="\nScorecard of the statements", title_justify="left", title_style="bold"
    )
    table.add_column("", style="bold", no_wrap=True)
    table.add_column("")
    table.show_header = False
    for key, statement in scorecard(result):
        table.add_row(key, typographic(statement.finding))
    return table
