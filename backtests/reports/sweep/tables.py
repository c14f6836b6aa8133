"""The tables of a sweep, drawn alike on its page and in Markdown."""

from collections.abc import Callable

from unlockstep.backtests.config.benchmark_names import benchmark_name
from unlockstep.backtests.reports.text.figure import (
    Cell,
    Figure,
    R,
    Text,
    Words,
    cell,
    figure,
    figures,
    joined,
    place_of,
    text,
)
from unlockstep.backtests.reports.text.format import count, p_value, percent, ratio, value
from unlockstep.backtests.reports.text.small_table import SmallTable, signed, signed_bounds
from unlockstep.backtests.results.model.sweep import ChoiceResult, SpaceResult, SweepResult, SweptVariant, ValueRow
from unlockstep.backtests.results.model.variant import Walk

LISTED_VALUES, SPANNED_VALUES = 12, 6
"""Rows of the table of one parameter, and values of an axis that are all written out."""


def parameter_value(part: R, read: Callable[[R], object]) -> Text:
    """A parameter's value: a number, a word, or yes and no."""
    x, place = read(part), place_of(part, read)
    if isinstance(x, int | float) and not isinstance(x, bool):
        return cell(value(x), Figure(x, place))
    return Text((Cell(value(x), "", place if isinstance(x, str) else ""),))


def left_out(result: SweepResult) -> Text:
    """What of the spaces was not evaluated, in a sentence; empty where nothing is left out."""
    return joined(
        " ", [text("{}: {}.", space.strategy, parts) for space in result.spaces if (parts := _left_out(space))]
    )


def _left_out(space: SpaceResult) -> Text:
    parts = []
    if space.drawn is not None:
        drawn, combinations = (count(figure(space, read)) for read in (lambda s: s.drawn, lambda s: s.combinations))
        parts.append(text("{} of {} combinations were drawn at random", drawn, combinations))
    if space.contradictory:
        contradictory = count(figure(space, lambda s: s.contradictory))
        parts.append(text("{} whose parameters contradict each other are left out", contradictory))
    if space.ruined:
        parts.append(text("{} lost their whole account", count(figure(space, lambda s: s.ruined))))
    return joined("; ", parts)


def heads_table(result: SweepResult) -> SmallTable:
    """Of how many of the best chance is the explanation."""
    rows = [
        (
            count(figure(head, lambda h: h.best)),
            signed(figure(head, lambda h: h.t)),
            ratio(figure(head, lambda h: h.expected), 1),
            percent(figure(head, lambda h: h.explained), 0),
        )
        for head in result.luck.heads
    ]
    return SmallTable(
        "How many of the best the number of variants explains",
        "By chance: how many variants have such a t, or a larger one, with their positions shifted against the "
        "returns, on average over all shifts. Neighbours rise and fall together: most alignments have fewer, some many "
        "more. Whether the best is chance, its share of alignments above says.",
        ("The best", "t of the last", "Expected by chance", "Share explained"),
        rows,
    )


def best_table(result: SweepResult) -> SmallTable:
    """The best variants, by their timing."""
    rows = [
        (
            short(variant, result),
            signed(figure(variant, lambda v: v.inference.timing_t)),
            p_value(figure(variant, lambda v: v.inference.timing_p)),
            p_value(figure(variant, lambda v: v.inference.timing_p_family)),
            p_value(figure(variant, lambda v: v.inference.timing_p_ever)),
            signed(figure(variant, lambda v: v.inference.timing_ir)),
            signed_bounds(variant, lambda v: v.inference.timing_ci),
            signed(figure(variant, lambda v: v.metrics.sharpe)),
            ratio(figure(variant, lambda v: v.inference.dsr)),
            percent(figure(variant, lambda v: v.metrics.cagr), 1, True),
            percent(figure(variant, lambda v: v.metrics.max_drawdown)),
            ratio(figure(variant, lambda v: v.metrics.turnover), 1),
        )
        for variant in result.best
    ]
    return SmallTable(
        f"The best {len(rows)} by t, as vectorbt keeps their accounts" if rows else "No variant changes its position",
        "t: the timing statistic of the verdict. p: the variant alone; family: counting every variant of the sweep; "
        "over all trials: and all that was tried before. DSR counts them by their returns. Figures of the best are "
        "flattered by the search: the family's p says how much.",
        (
            "Variant",
            "t",
            "p",
            "family-wise p",
            "p over all trials",
            "Timing IR",
            "95 %",
            "Sharpe",
            "DSR",
            "CAGR",
            "Drawdown",
            "Turnover",
        ),
        rows,
    )


def walks(later: ChoiceResult | None, expanding: str, rolling: str) -> list[tuple[str, Walk]]:
    """(the words for its training sessions, a walk forward) of each; [] where time was too short."""
    return [] if later is None else [(expanding, later.expanding), (rolling, later.rolling)]


def later_table(result: SweepResult) -> SmallTable:
    """What choosing among all variants was worth on sessions that it had not seen; no rows where time was too short."""
    rows = [
        (
            f"chosen again and again on {words}",
            walk.first,
            count(len(walk.folds)),
            signed(figure(walk, lambda w: w.timing_ir)),
            signed_bounds(walk, lambda w: w.timing_ci),
            p_value(figure(walk, lambda w: w.timing_p)),
            signed(figure(walk, lambda w: w.sharpe)),
        )
        for words, walk in walks(result.later, "all sessions before", "the sessions just before")
    ]
    return SmallTable(
        "What choosing among all of them was worth on later sessions",
        "Chosen by the t of the timing return on the training sessions, held on the next, traded by vectorbt, net. "
        + _paths(result.later),
        ("", "From", "Choices", "Timing IR", "95 %", "p", "Sharpe"),
        rows,
    )


def _paths(later: ChoiceResult | None) -> Text:
    ratios = [ir for ir in figures(later.combinatorial, lambda p: p.timing_ir) if ir.value is not None] if later else []
    if later is None or not ratios:
        return Text()
    smallest, largest = (signed(extreme(ratios, key=lambda ir: ir.value or 0.0)) for extreme in (min, max))
    return text(
        "Chosen on every four of six parts of the sample and held on the other two, the {} paths have timing ratios of "
        "{} to {}.",
        count(figure(later.combinatorial, lambda p: p.paths)), smallest, largest,
    )  # fmt: skip


def short(variant: SweptVariant, result: SweepResult) -> Text:
    """Strategy and the parameters that the sweep varies."""
    axes = result.spaces[variant.space].axes
    varied = [name for name, values in axes.items() if len(values) > 1]
    return joined(" ", [variant.strategy, *(text("{}={}", name, _parameter(variant, name)) for name in varied)])


def _parameter(variant: SweptVariant, name: str) -> Text:
    return parameter_value(variant, lambda v: v.params[name])


def benchmark_table(result: SweepResult) -> SmallTable:
    """The benchmarks on the same sessions."""
    rows = [
        (
            benchmark_name(each.strategy, result.data.pair) or each.name,
            signed(figure(each, lambda b: b.metrics.sharpe)),
            percent(figure(each, lambda b: b.metrics.cagr), 1, True),
            percent(figure(each, lambda b: b.metrics.max_drawdown)),
        )
        for each in result.benchmarks
    ]
    return SmallTable("What anyone could hold", "On the same sessions.", ("", "Sharpe", "CAGR", "Drawdown"), rows)


def axes_table(result: SweepResult) -> SmallTable:
    """What was swept."""
    rows = [
        (space.strategy, name, _span(space, name), count(len(values)))
        for space in result.spaces
        for name, values in space.axes.items()
    ]
    return SmallTable("What was swept", left_out(result), ("Strategy", "Parameter", "Values", "How many"), rows, (1, 2))


def _span(space: SpaceResult, name: str) -> Text:
    last = len(space.axes[name]) - 1
    if last < SPANNED_VALUES:
        return joined(", ", [_axis_value(space, name, i) for i in range(last + 1)])
    return text("{}, {}, {} … {}", *(_axis_value(space, name, i) for i in (0, 1, 2, last)))


def _axis_value(space: SpaceResult, name: str, i: int) -> Text:
    return parameter_value(space, lambda s: s.axes[name][i])


def value_tables(result: SweepResult) -> list[SmallTable]:
    """A table each of the parameters that were varied: what each value brought."""
    return [
        _value_table(space.strategy, name, rows) for space in result.spaces for name, rows in space.by_value.items()
    ]


def _value_table(strategy: str, name: str, values: tuple[ValueRow, ...]) -> SmallTable:
    cut = len(values) > LISTED_VALUES
    last, steps = len(values) - 1, LISTED_VALUES - 1
    shown = [values[i * last // steps] for i in range(LISTED_VALUES)] if cut else values
    rows: list[tuple[Words, ...]] = [
        (
            parameter_value(row, lambda r: r.value),
            count(figure(row, lambda r: r.variants)),
            signed(figure(row, lambda r: r.mean_t)),
            signed(figure(row, lambda r: r.best_t)),
        )
        for row in shown
    ]
    caption = f"{strategy}: {name}" + (f", {LISTED_VALUES} of {len(values)} values" if cut else "")
    return SmallTable(caption, "", (name, "Variants", "Mean t", "Best t"), rows)
