"""The terminal's report: verdict, table and scorecard in 80 columns."""

from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from unlockstep.backtests.reports.charts.sparkline import blocks
from unlockstep.backtests.reports.study.detectors import detectors_title
from unlockstep.backtests.reports.study.family import family_title
from unlockstep.backtests.reports.study.gates import rule_view
from unlockstep.backtests.reports.study.holdout import holdout_sentence
from unlockstep.backtests.reports.study.provenance import strategy_facts
from unlockstep.backtests.reports.text.format import p_value, percent, ratio, typographic
from unlockstep.backtests.reports.text.wording import LEG_BENCHMARKS, examined, level_words, shown_name
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.storage import StoredRun

BLOCKS = 42
"""Characters of an account in small."""

STYLE = {"edge": "bold green", "no edge": "bold red", "cannot tell": "bold yellow"}


def show_study(console: Console, run: StoredRun) -> None:
    """Print the verdict and what would change it, accounts in small, the variants' table and the scorecard of a run."""
    result = run.result
    data, decision = result["data"], result["verdict"]["decision"]
    window = data["evaluated"]
    if data["synthetic"]:
        console.print(Text("SYNTHETIC prices: nothing below says anything about a real market.", style="bold magenta"))
    title = f"{'/'.join(data['pair'])}, {window['first']} to {window['last']}"
    body = Text.assemble(
        ("Verdict: ", "bold"), (decision, STYLE[decision]), "\n\n", typographic("\n".join(result["verdict"]["reasons"]))
    )
    if would_change := result["verdict"].get("would_change"):
        body.append("\n\nWhat would change it\n", style="bold").append(typographic("\n".join(would_change)))
    console.print(Panel(body, title=title, title_align="left", padding=(1, 2)))
    for note in () if data["synthetic"] else data.get("notes") or ():
        console.print(Text(typographic(note), style="yellow"))
    if (result.get("seal") or {}).get("sessions") or (result.get("seal") or {}).get("looks"):
        console.print(Text(holdout_sentence(result)))
    console.print(_lockstep(result))
    console.print(_accounts(run))
    console.print(_table(result))
    typed = RunResult.of(result)
    for part in (_gates(typed), _family(typed)):
        if part is not None:
            console.print(part)
    console.print(_scorecard(result["statements"]))


def _lockstep(result: dict[str, Any]) -> Text:
    """The sentence on the pair, and the detectors'; the bare figures where the run kept no sentence."""
    now, detectors = result["lockstep"], detectors_title(result)
    sentence = typographic(now.get("sentence") or "") or _figures(now)
    return Text(f"{sentence}\n{detectors}.\n" if detectors else f"{sentence}\n")


def _figures(now: dict[str, Any]) -> str:
    years = ", ".join(f"{ticker} {percent(growth, signed=True)}" for ticker, growth in now["yoy"].items())
    return (
        f"On {now['session']}: {now['window']}-session correlation of daily returns "
        f"{ratio(now['return_correlation'], signed=True)} ({now['state']}); of price levels, which measures no "
        f"coupling, {ratio(now['level_correlation'], signed=True)}, {level_words(now)}.\nYear over year: {years}."
    )


def _accounts(run: StoredRun) -> Table:
    """The accounts of the variant examined and of both legs, each on its own log scale."""
    result, returns = run.result, run.frames["returns"]
    table = plain_table("Accounts, net; log scale, each its own")
    table.add_column("variant", overflow="fold", max_width=24)
    table.add_column(f"{returns.index[0].date()} to {returns.index[-1].date()}", no_wrap=True)
    table.add_column("CAGR", justify="right", no_wrap=True)
    legs = [v for v in result["variants"] if v["strategy"] in LEG_BENCHMARKS]
    for v in (examined(result), *legs):
        if v is not None and v["name"] in returns:
            line = blocks(returns[v["name"]].to_numpy(), BLOCKS)
            table.add_row(shown_name(v, result["data"]["pair"]), line, percent(v["metrics"]["cagr"]))
    return table


def plain_table(title: str | None) -> Table:
    """A table without lines, under a title."""
    return Table(box=None, pad_edge=False, collapse_padding=True, title=title, title_justify="left", title_style="bold")


def _table(result: dict[str, Any]) -> Table:
    table = plain_table("\nVariants, net of costs")
    table.add_column("variant", overflow="fold", max_width=24)
    for heading in ("CAGR", "Sharpe", "max DD", "timing IR", "p family"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for variant in sorted(result["variants"], key=_rank):
        metrics, inference = variant["metrics"], variant["inference"]
        decision = "benchmark" if variant["benchmark"] else variant["verdict"]
        star = " *" if variant["name"] == result["primary"] else ""
        table.add_row(
            f"{variant['label']}{star}",
            percent(metrics["cagr"]),
            ratio(metrics["sharpe"]),
            percent(metrics["max_drawdown"]),
            ratio(inference.get("timing_ir"), signed=True),
            p_value(inference.get("timing_p_family")),
            Text(decision, style=STYLE.get(decision, "dim")),
        )
    star = "* the primary variant, named beforehand. " if result["primary"] else ""
    strategy_notes = "".join(f"\n{name}: {text}." for name, text, _ in strategy_facts(result))
    table.caption = Text(f"{star}p family counts every variant.{strategy_notes}", style="table.caption")
    table.caption_justify = "left"
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


def _rank(variant: dict[str, Any]) -> tuple[bool, float, str]:
    p = variant["inference"].get("timing_p_family")
    return variant["benchmark"], 2.0 if p is None else p, variant["label"]


def _scorecard(statements: dict[str, Any]) -> Table:
    table = Table(
        box=None, pad_edge=False, title="\nScorecard of the statements", title_justify="left", title_style="bold"
    )
    table.add_column("", style="bold", no_wrap=True)
    table.add_column("")
    table.show_header = False
    for key, statement in statements.items():
        table.add_row(key, typographic(statement["finding"]))
    return table
