"""A universe on the terminal, in 80 columns or as many as there are."""

from collections.abc import Sequence

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from unlockstep.backtests.reports.study.terminal import STYLE, plain_table
from unlockstep.backtests.reports.text.figure import Words
from unlockstep.backtests.reports.text.format import p_value, ratio, typographic
from unlockstep.backtests.reports.text.small_table import signed, signed_interval
from unlockstep.backtests.reports.universe.tables import name_of
from unlockstep.backtests.reports.universe.wording import (
    TWO_VERDICTS,
    average_words,
    book_words,
    effective_words,
    examined,
    heterogeneity_words,
    noted_pair,
    pair_name,
    sealed_words,
    size_words,
    warnings,
)
from unlockstep.backtests.results.model.universe import PairResult, PooledResult, UniverseResult


def show_universe(console: Console, result: UniverseResult) -> None:
    """Print the verdict on the mechanism, the strategies, the pairs of the examined one, and the note's own pair."""
    if result.synthetic:
        console.print(Text("SYNTHETIC prices: nothing below says anything about a real market.", style="bold magenta"))
    verdict = result.verdict
    body = Text.assemble(
        ("The mechanism, on all pairs: ", "bold"),
        (verdict.decision, STYLE[verdict.decision]),
        "\n\n",
        typographic("\n".join(verdict.reasons)),
    )
    title = f"{result.name}, {size_words(result)}, {result.first} to {result.last}"
    console.print(Panel(body, title=title, title_align="left", padding=(1, 2)))
    for note in warnings(result):
        console.print(Text(note, style="yellow"))
    if any(pair.seal.sessions or pair.seal.looks for pair in result.pairs):
        console.print(Text(str(sealed_words(result))))
    console.print(_strategies(result))
    first = examined(result)
    if first is not None:
        console.print(Text(f"\n{_lines(first)}"))
        console.print(_pairs(result, first))
    noted = noted_pair(result)
    if noted is not None:
        console.print(_standalone(result, noted))


def _lines(one: PooledResult) -> str:
    words: Sequence[Words] = (average_words(one), effective_words(one), heterogeneity_words(one), book_words(one))
    return "\n".join(f"{said}." for said in words)


def _strategies(result: UniverseResult) -> Table:
    table = plain_table("\nStrategies on all pairs together")
    table.add_column("strategy", overflow="fold", max_width=22)
    for heading in ("pooled IR", "family-wise p", "bound", "pairs"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for one in result.strategies:
        table.add_row(
            name_of(result, one),
            signed(one.timing_ir),
            p_value(one.timing_p_family),
            signed(one.timing_upper_net),
            ratio(one.effective_pairs, 1),
            Text(one.decision, style=STYLE[one.decision]),
        )
    star = "* Primary. " if result.primary is not None else ""
    table.caption = Text(
        f"{star}Bound: one-sided 95 %, less what trading costs; “no edge” below "
        f"{ratio(result.study['worthwhile_ir'])}. "
        "Pairs: independent ones that would show as much.",
        style="table.caption",
    )
    table.caption_justify = "left"
    return table


def _pairs(result: UniverseResult, one: PooledResult) -> Table:
    """The rows of the forest plot, in the order of the groups."""
    table = plain_table(f"\n{one.label}, pair by pair")
    table.add_column("pair", overflow="fold", max_width=16)
    for heading in ("weight", "own IR", "95 % interval", "partially pooled"):
        table.add_column(heading, justify="right", no_wrap=True)
    for pair, each in zip(result.pairs, one.estimates, strict=True):
        weight = f"{ratio(None if each.weight is None else 100.0 * each.weight, 1)} %"
        bounds = signed_interval(each.timing_ci)
        table.add_row(pair_name(pair.pair), weight, signed(each.timing_ir), bounds, signed(each.pooled_ir))
    table.caption = Text("Partially pooled: drawn towards the other pairs; it decides nothing.", style="table.caption")
    table.caption_justify = "left"
    return table


def _standalone(result: UniverseResult, pair: PairResult) -> Table:
    """The note's pair: its own verdicts, beside what it has in common with the others."""
    standalone = pair.standalone
    assert standalone is not None
    number = result.pairs.index(pair)
    by_name = {variant.name: variant for variant in standalone.variants}
    table = plain_table(f"\nThis pair, {pair_name(pair.pair)}, by its own prices: {standalone.decision}")
    table.add_column("strategy", overflow="fold", max_width=22)
    for heading in ("own IR", "family-wise p", "partially pooled"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("own verdict", no_wrap=True)
    for one in result.strategies:
        variant = by_name.get(one.name)
        if variant is not None:
            table.add_row(
                name_of(result, one),
                signed(variant.timing_ir),
                p_value(variant.timing_p_family),
                signed(one.estimates[number].pooled_ir),
                Text(variant.decision, style=STYLE[variant.decision]),
            )
    table.caption, table.caption_justify = Text(TWO_VERDICTS, style="table.caption"), "left"
    return table
