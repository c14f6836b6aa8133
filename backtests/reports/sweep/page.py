"""What the page of a sweep shows: whether the best is chance, all variants, the best, what values brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from unlockstep.backtests.config.benchmark_names import LEG_BENCHMARKS, benchmark_name
from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.bars import bars_against_null
from unlockstep.backtests.reports.charts.equity_drawdown import EquityLine, equity_drawdown
from unlockstep.backtests.reports.charts.style import CYCLE, DASHES, Chart, Plotly, axis, layout, upright
from unlockstep.backtests.reports.study.holdout import holdout_sentence
from unlockstep.backtests.reports.study.provenance import (
    Fact,
    audit_warnings,
    clock_sentences,
    price_facts,
    price_warnings,
    rates,
    swept_facts,
)
from unlockstep.backtests.reports.sweep.surface import (
    first_titles,
    grid_figure,
    plateau_figure,
    plateau_sentence,
    plateau_table,
    plateau_title,
    surface_figure,
)
from unlockstep.backtests.reports.sweep.tables import (
    axes_table,
    benchmark_table,
    best_table,
    heads_table,
    later_table,
    parameter_value,
    short,
    value_tables,
)
from unlockstep.backtests.reports.text.figure import Text, Words, figure, joined, sentence, text
from unlockstep.backtests.reports.text.format import count, percent, scientific, sentence_text
from unlockstep.backtests.reports.text.small_table import SmallTable, signed
from unlockstep.backtests.reports.text.window import window_sentence
from unlockstep.backtests.results.model.pair import Evaluated
from unlockstep.backtests.results.model.sweep import ChanceResult, EdgeResult, HeadRow, SweepResult

SHOWN_LINES = 3
"""Of the best variants, how many are drawn at first."""


@dataclass(frozen=True)
class Tile:
    """A figure at the head of the page: what it is, the number, what it means."""

    label: Words
    number: Words
    note: Words


@dataclass(frozen=True)
class SweepPage:
    """Everything that the template of the sweep page names; figures: name → what a chart draws, None for none."""

    pair: tuple[str, str]
    window: Evaluated
    synthetic: bool
    warnings: Sequence[str]
    notes: Sequence[str]
    what: Text
    finding: Text
    tiles: Sequence[Tile]
    seal: Text
    trials: Text
    parity: Text
    heads: SmallTable
    best: SmallTable
    edges: Text
    later: SmallTable
    overfitting: Text
    benchmarks: SmallTable
    axes: SmallTable
    values: Sequence[SmallTable]
    facts: Sequence[Fact]
    clocks: Sequence[Words]
    rates: Text
    versions: Mapping[str, str]
    alpha: Text
    chance_title: str
    chance_note: Text
    needed: Text
    surface_titles: tuple[Text, Text] | None
    plateau_title: Text
    plateau_sentence: Text
    plateau: SmallTable
    figures: Mapping[str, Chart | Plotly | None]


def sweep_view(result: SweepResult, returns: pd.DataFrame) -> SweepPage:
    """The page of a sweep; returns: S x V net simple returns of the best and the benchmarks."""
    shown, alpha = surface_figure(result), percent(figure(result, lambda r: r.luck.alpha), 0)
    return SweepPage(
        pair=result.data.pair,
        window=result.data.evaluated,
        synthetic=result.data.synthetic,
        warnings=[*audit_warnings(result), *price_warnings(result.data.notes)],
        notes=[note for note in result.data.notes if not note.startswith("SYNTHETIC")],
        what=swept(result),
        finding=finding(result),
        tiles=tiles(result),
        seal=holdout_sentence(result.seal),
        trials=trials(result),
        parity=parity(result),
        heads=heads_table(result),
        best=best_table(result),
        edges=edges(result),
        later=later_table(result),
        overfitting=overfitting(result),
        benchmarks=benchmark_table(result),
        axes=axes_table(result),
        values=value_tables(result),
        facts=[*price_facts(result.data), *_opening_facts(result), *swept_facts(result)],
        clocks=clock_sentences(result.data, figure(result, lambda r: r.study["lag"]), result.study["fill"]),
        rates=rates(result),
        versions=result.environment,
        alpha=alpha,
        chance_title=chance_title(result.luck),
        chance_note=text(
            "Bars: variants by the t of their timing. Line: how many chance would put there, on average over all "
            "alignments of positions and returns. Needed: the t that the best of so many reaches in {} of alignments "
            "without information.",
            alpha,
        ),
        needed=signed(figure(result, lambda r: r.luck.critical_t)),
        surface_titles=first_titles(result),
        plateau_title=plateau_title(result),
        plateau_sentence=plateau_sentence(result),
        plateau=plateau_table(result),
        figures={
            "dates": {"returns": lines.days(returns.index)},
            "chance": chance_figure(result),
            "surface": shown,
            "surface_raw": grid_figure(result) if shown else None,
            "surface_left": grid_figure(result) if shown else None,
            "plateau": plateau_figure(result),
            "performance": performance_figure(result, returns),
        },
    )


def finding(result: SweepResult) -> Text:
    """The sweep in a sentence or two."""
    return sentence_text(sentence(result, lambda r: r.finding))


def swept(result: SweepResult) -> Text:
    """How many variants of what."""
    names = " and ".join(dict.fromkeys(space.strategy for space in result.spaces))
    return text("{} variants of {}", count(figure(result, lambda r: r.variants)), names)


def tiles(result: SweepResult) -> list[Tile]:
    """The figures at the head of the page."""
    chance, variants = result.luck, count(figure(result, lambda r: r.variants))
    return [
        Tile("Best t", signed(figure(chance, lambda c: c.best_t)), text("of {} variants", variants)),
        Tile("Comes up by chance", percent(figure(chance, lambda c: c.p_family)), _p_note(chance)),
        _head_tile(_head(chance)),
        Tile(
            "Effective independent trials",
            count(figure(result, lambda r: r.trials.own)),
            "of this sweep; the rest are near-copies",
        ),
    ]


def _opening_facts(result: SweepResult) -> list[Fact]:
    """Why the evaluated window opens where it does; nothing in a result that does not say it."""
    sentence = window_sentence(result.data.evaluated, {})
    return [] if sentence is None else [Fact("Opens", sentence)]


def _p_note(chance: ChanceResult) -> Words:
    note = "share of alignments without information in which some variant is as good"
    if chance.p_resampled is None:
        return note
    return text("{}; in resampled histories {}", note, percent(figure(chance, lambda c: c.p_resampled)))


def _head(chance: ChanceResult) -> HeadRow | None:
    """Of the hundred best, or of as many as there are."""
    heads = [head for head in chance.heads if head.best <= 100]
    return heads[-1] if heads else None


def _head_tile(head: HeadRow | None) -> Tile:
    if head is None:
        return Tile("As good by chance", "–", "")
    return Tile(
        text("As good as the best {}, by chance", count(figure(head, lambda h: h.best))),
        count(figure(head, lambda h: h.expected)),
        text(
            "variants have such a t ({} or more) without information, on average", signed(figure(head, lambda h: h.t))
        ),
    )


def trials(result: SweepResult) -> Text:
    """How the sweep counts among all trials on these prices."""
    counts = result.trials
    if not counts.trials:
        return text("No variant changes its position, so that none is a trial, and none is in the ledger.")
    return text(
        "{} tried before on these prices; all {} are in the ledger (effective number of independent trials: "
        "{}). Later runs on these prices count them.",
        text("{} were", count(figure(counts, lambda c: c.earlier))) if counts.earlier else "None was",
        count(figure(counts, lambda c: c.trials)),
        count(figure(counts, lambda c: c.effective)),
    )


def parity(result: SweepResult) -> Text:
    """How far the compiled accounts are from vectorbt's."""
    return text(
        "The accounts of {} variants, a random sample and the best, were kept by vectorbt as well: returns and figures "
        "differ by at most {}; {} is allowed. Every account shown here is vectorbt's.",
        count(figure(result.parity, lambda p: p.variants)),
        scientific(figure(result.parity, lambda p: p.largest)),
        scientific(figure(result.parity, lambda p: p.limit)),
    )


def overfitting(result: SweepResult) -> Text:
    """PBO in a sentence; empty where it could not be computed."""
    pbo = result.overfitting
    if pbo is None:
        return Text()
    return text(
        "Among {} of the variants, the one with the best Sharpe ratio in one half of the sessions is in the lower half "
        "in the other in {} of {} ways to halve them (PBO); its median ratio falls from {} to {}. Without any edge PBO "
        "is about a half, and under it half of the time.",
        count(figure(pbo, lambda p: p.variants)),
        percent(figure(pbo, lambda p: p.pbo), 0),
        count(figure(pbo, lambda p: p.splits)),
        signed(figure(pbo, lambda p: p.sharpe_in)),
        signed(figure(pbo, lambda p: p.sharpe_out)),
    )


def edges(result: SweepResult) -> Text:
    """Where the best lie on the edge of the grid, and which way to extend it; empty where none does."""
    by_strategy: dict[str, list[EdgeResult]] = {}
    for edge in result.edges:
        by_strategy.setdefault(edge.strategy, []).append(edge)
    return joined(" ", [_edge_sentence(name, mine) for name, mine in by_strategy.items()])


def _edge_sentence(strategy: str, mine: Sequence[EdgeResult]) -> Text:
    parts = [
        text(
            "{} {} is the {} value tried ({}, towards {})",
            edge.parameter,
            parameter_value(edge, lambda e: e.value),
            edge.side,
            "extend downwards" if edge.side == "lowest" else "extend upwards",
            parameter_value(edge, lambda e: e.next),
        )
        for edge in mine
    ]
    return text(
        "The best of {} lies on the edge of its grid, and what lies beyond was not tried: {}.",
        strategy,
        joined("; ", parts),
    )


def chance_title(chance: ChanceResult) -> str:
    """What the chart of all variants shows."""
    if chance.p_family is None:
        return "No variant changes its position"
    if chance.p_family > chance.alpha:
        return "The variants lie where chance alone would put some of them"
    return "The best variants lie where chance hardly puts any"


def chance_figure(result: SweepResult) -> Chart | None:
    """All variants by their t, and what chance makes of them."""
    distribution, best, critical = result.distribution, result.luck.best_t, result.luck.critical_t
    if not distribution.observed or best is None or critical is None:
        return None
    shapes = [
        upright(critical, color="@muted", width=1.5, dash="dot"),
        upright(best, color="@ink", width=1.5, dash="solid"),
    ]
    inner, outer = sorted([(best, f"best {signed(best)}"), (critical, f"needed {signed(critical)}")])
    annotations = [
        {"x": x, "y": 0.9, "xref": "x", "yref": "paper", "yanchor": "top", "showarrow": False, "text": text,
         "font": {"size": 12, "color": "@ink"}, "xanchor": anchor}
        for (x, text), anchor in ((inner, "right"), (outer, "left"))
    ]  # fmt: skip
    traces = bars_against_null(
        distribution.lowest,
        distribution.width,
        {
            "y": distribution.observed,
            "name": "variants",
            "marker": {"color": "@crypto"},
            "hovertemplate": "%{y:,} variants<extra></extra>",
        },
        {
            "y": [round(y, 3) for y in distribution.by_chance],
            "name": "by chance",
            "hovertemplate": "%{y:,.1f} by chance<extra></extra>",
        },
    )
    frame = layout(
        synthetic=result.data.synthetic,
        xaxis=axis("t of the timing, one bin each 0.2"),
        yaxis=axis("Variants", rangemode="tozero", tickformat=","),
        bargap=0.05,
        shapes=shapes,
        annotations=annotations,
    )
    return {"data": traces, "layout": frame, "series": []}


def performance_figure(result: SweepResult, returns: pd.DataFrame) -> Chart:
    """The accounts of the best and of the benchmarks."""
    looks = zip(CYCLE * 4, (dash for dash in DASHES for _ in CYCLE), strict=False)
    paths = [
        EquityLine(
            str(short(variant, result)), variant.name, "The best, by t", returns[variant.name].to_numpy(), "#returns",
            color, dash, 1.8, shown=i < SHOWN_LINES,
        )
        for i, (variant, (color, dash)) in enumerate(zip(result.best, looks, strict=False))
    ]  # fmt: skip
    for each, color in zip(result.benchmarks, ("@crypto", "@equity", "@ink", "@muted"), strict=False):
        path = returns[each.name].to_numpy()
        shown = each.strategy in LEG_BENCHMARKS
        name = benchmark_name(each.strategy, result.data.pair) or each.name
        paths.append(EquityLine(name, each.name, "Benchmarks", path, "#returns", color, "solid", 1.2, shown=shown))
    return equity_drawdown(paths, (), synthetic=result.data.synthetic)
