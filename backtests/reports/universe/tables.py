"""Strategies, groups, decades, books and pairs of a universe as tables, for the page and for Markdown."""

from collections.abc import Callable, Sequence
from typing import Any

from unlockstep.backtests.reports.study.gates import figure_words, threshold_words
from unlockstep.backtests.reports.text.figure import Figure, Text, Words, figure, figures, text
from unlockstep.backtests.reports.text.format import MISSING, NBSP, basis_points, count, p_value, ratio
from unlockstep.backtests.reports.text.small_table import SmallTable, signed, signed_bounds
from unlockstep.backtests.reports.text.wording import counted, numbered
from unlockstep.backtests.reports.universe.wording import pair_name, share
from unlockstep.backtests.results.model.universe import (
    GroupResult,
    PairResult,
    PooledResult,
    SkippedPair,
    UniverseResult,
)


def name_of(result: UniverseResult, one: PooledResult) -> str:
    """A strategy's name, with a star where it is the primary one."""
    return f"{one.label} *" if one.name == result.primary else one.label


def strategies_table(result: UniverseResult) -> SmallTable:
    """Every strategy on all pairs together."""
    decided = [one for one in result.strategies if one.decision != "cannot tell"]
    rows: list[tuple[Words, ...]] = [
        (
            name_of(result, one),
            one.decision,
            ratio(figure(one, lambda o: o.effective_pairs), 1),
            signed(figure(one, lambda o: o.timing_ir)),
            signed_bounds(one, lambda o: o.timing_ci),
            p_value(figure(one, lambda o: o.timing_p)),
            p_value(figure(one, lambda o: o.timing_p_family)),
            signed(figure(one, lambda o: o.timing_upper_net)),
            signed(figure(one, lambda o: o.average_ir)),
            signed_bounds(one, lambda o: o.average_ci),
            ratio(figure(one, lambda o: o.average_detectable_ir)),
        )
        for one in result.strategies
    ]
    star = " * The primary strategy, named beforehand." if result.primary is not None else ""
    return SmallTable(
        f"{counted(len(decided), len(result.strategies), 'strategy', 'strategies').capitalize()} decided",
        text(
            "Pooled: timing IR of all pairs, weighed by what each adds, a year. Upper bound: one-sided 95 %, less what "
            "trading costs; “no edge” where it lies below {}. Average pair: the ratio that every pair would have. "
            "Would show: the average pair’s ratio that this universe shows with 80 % power.{}",
            ratio(figure(result, lambda r: r.study["worthwhile_ir"])),
            star,
        ),
        ("Strategy", "Verdict", "Independent pairs", "Pooled IR", "95 % interval", "p", "p, all strategies",
         "Upper bound", "Average pair", "95 % interval", "Would show"),
        rows,
        words=(1,),
    )  # fmt: skip


def groups_table(result: UniverseResult) -> SmallTable:
    """The average pair's ratio of each strategy in each group."""
    names = _groups(result)
    sizes = {name: sum(pair.group == name for pair in result.pairs) for name in names}
    return SmallTable(
        "The average pair’s timing ratio, by group",
        "95 % intervals in parentheses; of single groups, not adjusted for their number.",
        ("Strategy", *(f"{name} ({sizes[name]})" for name in names)),
        _rows_by_group(result, _group),
    )


def _groups(result: UniverseResult) -> list[str]:
    return list(dict.fromkeys(pair.group for pair in result.pairs))


def _rows_by_group(result: UniverseResult, shown: Callable[[GroupResult], Words]) -> list[tuple[Words, ...]]:
    """A row a strategy, what is shown of each group in it."""
    rows: list[tuple[Words, ...]] = []
    for one in result.strategies:
        by_name = {group.group: group for group in one.groups}
        rows.append((name_of(result, one), *(shown(by_name[name]) for name in _groups(result))))
    return rows


def _group(group: GroupResult) -> Text:
    return _stacked(figure(group, lambda g: g.timing_ir), figures(group, lambda g: g.timing_ci))


def without_table(result: UniverseResult) -> SmallTable | None:
    """Every strategy without each group; None where there is only one."""
    names = _groups(result)
    if len(names) < 2:
        return None
    return SmallTable(
        "The pooled timing ratio without each group",
        "Its own p in parentheses. An edge must be above 0 without the group that brings most.",
        ("Strategy", *(f"without {name}" for name in names)),
        _rows_by_group(result, _without),
    )


def _stacked(x: Figure, bounds: Sequence[Figure]) -> Text:
    """An estimate with its interval in parentheses, in which no line breaks; "–" where the estimate is missing."""
    if x.value is None or len(bounds) != 2:
        return text(MISSING)
    return text(f"{{}} ({{}}{NBSP}to{NBSP}{{}})", signed(x), signed(bounds[0]), signed(bounds[1]))


def _without(group: GroupResult) -> Text:
    if group.without_ir is None:
        return text(MISSING)
    return text("{} ({})", signed(figure(group, lambda g: g.without_ir)), p_value(figure(group, lambda g: g.without_p)))


def decades_table(result: UniverseResult) -> SmallTable | None:
    """The pooled ratio of each strategy in each decade; None without strategies."""
    if not result.strategies:
        return None
    decades = result.strategies[0].decades
    rows: list[tuple[Words, ...]] = [
        (
            name_of(result, one),
            *(_stacked(figure(d, lambda x: x.timing_ir), figures(d, lambda x: x.timing_ci)) for d in one.decades),
        )
        for one in result.strategies
    ]
    return SmallTable(
        "The pooled timing ratio, by decade",
        "95 % intervals in parentheses, by the spread of the whole period.",
        ("Strategy", *(f"{decade.first[:4]} to {decade.last[:4]}" for decade in decades)),
        rows,
    )


def book_table(result: UniverseResult) -> SmallTable | None:
    """The book of each strategy against the same book of constant mixes; None without strategies."""
    if not result.strategies:
        return None
    better = sum((one.book.net_ir or 0.0) > 0 for one in result.strategies)
    book = result.strategies[0].book
    rows: list[tuple[Words, ...]] = [
        (
            name_of(result, one),
            ratio(figure(one.book, lambda b: b.sharpe)),
            ratio(figure(one.book, lambda b: b.sharpe_constant)),
            signed(figure(one.book, lambda b: b.net_ir)),
            signed(figure(one.book, lambda b: b.net_ir_multiplied)),
            ratio(figure(one.book, lambda b: b.cost_drag_ir)),
        )
        for one in result.strategies
    ]
    total = len(result.strategies)
    multiple = ratio(figure(result, lambda r: r.study["cost_multiple"]), 0)
    return SmallTable(
        f"The book beat the same book held constant with {counted(better, total, 'strategy', 'strategies')}",
        text(
            "One account, {} to {}, divides its capital among all pairs at equal risk, known before, net of costs. "
            "Constant: the same average weights, never timed. Over it: information ratio of the one over the other, "
            "and at {} times the costs. Trading takes: what its costs take off the pooled timing ratio.",
            book.first, book.last, multiple,
        ),
        ("Strategy", "Sharpe", "Sharpe, constant", "Over it", "Over it, costs multiplied", "Trading takes"),
        rows,
    )  # fmt: skip


def gates_table(result: UniverseResult) -> SmallTable | None:
    """What an edge must also show; None without strategies."""
    if not result.strategies:
        return None
    names = list(dict.fromkeys(gate.gate for one in result.strategies for gate in one.gates))
    rows: list[tuple[Words, ...]] = []
    for one in result.strategies:
        by_name = {gate.gate: gate for gate in one.gates}
        cells: list[Words] = []
        for name in names:
            gate = by_name.get(name)
            words = MISSING if gate is None else text("{} {}", "✓" if gate.passed else "✗", figure_words(gate))
            cells.append(words)
        rows.append((name_of(result, one), *cells))
    limits = {gate.gate: threshold_words(gate) for one in reversed(result.strategies) for gate in one.gates}
    return SmallTable(
        "What an edge must show besides its timing test",
        "✓ passed, ✗ not passed. Rare losses: asked only where losses are rarer and larger than gains.",
        ("Strategy", *(f"{name}, {limits[name]}" for name in names)),
        rows,
    )


def pairs_table(result: UniverseResult) -> SmallTable:
    """Every pair: why it is there, and what there is of it."""
    rows: list[tuple[Words, ...]] = [
        (
            pair_name(pair.pair),
            pair.group,
            pair.reason,
            pair.first,
            pair.last,
            count(figure(pair, lambda p: p.sessions)),
            basis_points(figure(pair, lambda p: p.cost_bps)),
            pair.standalone.decision if pair.standalone is not None else "not run",
        )
        for pair in result.pairs
    ]
    return SmallTable(
        f"{numbered(len(result.pairs), 'pair')}, each with its reason, written before a result was looked at",
        "Own verdict: of the pair’s own study, from its prices alone; it takes --details for every pair. Costs: fee "
        "and slippage of a trade, the mean of its legs.",
        ("Pair", "Group", "Reason", "First session", "Last", "Sessions", "Costs", "Own verdict"),
        rows,
        words=(1, 2, 7),
    )


def skipped_table(skipped: Sequence[SkippedPair]) -> SmallTable:
    """The pairs that were left out, and why."""
    return SmallTable(
        f"{numbered(len(skipped), 'pair')} left out",
        "",
        ("Pair", "Group", "Why"),
        [(pair_name(pair.pair), pair.group, pair.why) for pair in skipped],
        words=(1, 2),
    )


def standalone_table(result: UniverseResult, pair: PairResult) -> SmallTable | None:
    """A pair's own verdicts beside what it has in common with the others; None where its own study was not run."""
    if pair.standalone is None:
        return None
    number = result.pairs.index(pair)
    rows: list[tuple[Words, ...]] = []
    for one in result.strategies:
        standalone = next((variant for variant in pair.standalone.variants if variant.name == one.name), None)
        if standalone is None:
            continue
        estimate = one.estimates[number]
        rows.append(
            (
                name_of(result, one),
                standalone.decision,
                signed(figure(standalone, lambda v: v.timing_ir)),
                signed_bounds(standalone, lambda v: v.timing_ci),
                p_value(figure(standalone, lambda v: v.timing_p_family)),
                signed(figure(estimate, lambda e: e.pooled_ir)),
                signed_bounds(estimate, lambda e: e.pooled_ci),
                share(one, number),
                one.decision,
            )
        )
    return SmallTable(
        f"{pair_name(pair.pair)} by itself, and beside the other pairs",
        "Own: from its prices alone, as its own study has it; that decides. Partially pooled: its ratio drawn towards "
        "those of the other pairs, by as much as the pairs are alike; it describes and decides nothing. Mechanism: the "
        "verdict on all pairs together, which is not one on this pair. The plot’s interval differs by the "
        "histories drawn.",
        ("Strategy", "Own verdict", "Own timing IR", "95 % interval", "p, all variants", "Partially pooled",
         "95 % interval", "Weight", "Mechanism"),
        rows,
        words=(1, 8),
    )  # fmt: skip


def estimates_table(result: UniverseResult, one: PooledResult) -> SmallTable:
    """The rows of a strategy's forest plot."""
    rows: list[tuple[Words, ...]] = [
        (
            pair_name(pair.pair),
            pair.group,
            share(one, number),
            signed(figure(each, lambda e: e.timing_ir)),
            signed_bounds(each, lambda e: e.timing_ci),
            signed(figure(each, lambda e: e.pooled_ir)),
            signed_bounds(each, lambda e: e.pooled_ci),
        )
        for number, (pair, each) in enumerate(zip(result.pairs, one.estimates, strict=True))
    ]
    return SmallTable(
        f"{one.label}, pair by pair",
        "Weight: share of all that the pooled verdict knows. Partially pooled: drawn towards the other pairs; it "
        "decides nothing.",
        ("Pair", "Group", "Weight", "Timing IR", "95 % interval", "Partially pooled", "95 % interval"),
        rows,
        words=(1,),
    )


def estimate_rows(result: UniverseResult) -> list[dict[str, Any]]:
    """A row a strategy and pair, as universe.json has them."""
    return [
        {
            "strategy": one.name, "pair": pair_name(pair.pair), "group": pair.group,
            **{key: item for key, item in each.as_json().items() if key != "pair"},
        }
        for one in result.strategies
        for pair, each in zip(result.pairs, one.estimates, strict=True)
    ]  # fmt: skip


def every_table(result: UniverseResult) -> list[tuple[str, list[SmallTable]]]:
    """(heading, tables) of what follows the verdict, in order."""
    sections: list[tuple[str, Sequence[Callable[[UniverseResult], SmallTable | None]]]] = [
        ("Groups", (groups_table, without_table)),
        ("Decades", (decades_table,)),
        ("The book", (book_table, gates_table)),
    ]
    made = [(heading, [make(result) for make in makers]) for heading, makers in sections]
    return [(heading, [table for table in tables if table is not None]) for heading, tables in made]
