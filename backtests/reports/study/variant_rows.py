"""The rows of the variants' tables, shared by the HTML and Markdown reports."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from unlockstep.backtests.reports.charts.sparkline import sparkline
from unlockstep.backtests.reports.study.columns import columns, whole_percent
from unlockstep.backtests.reports.study.gates import GateView, count_passed, gate_views
from unlockstep.backtests.reports.text.figure import Figure, Text, Words, figure, joined, sentences, text
from unlockstep.backtests.reports.text.format import Number, is_missing, p_value, ratio, sentence_text, value
from unlockstep.backtests.reports.text.small_table import signed
from unlockstep.backtests.reports.text.variants import (
    candidates,
    family_p,
    parameter,
    parameters,
    roles_of,
    shown_name,
)
from unlockstep.backtests.reports.text.wording import decision_kind
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.variant import VariantResult

MAX_ROWS = 250
"""Variants listed on one page; of more, those with the smallest family-wise p-values. All stand in result.json."""


@dataclass(frozen=True)
class Cell:
    """One figure: as written, and its 95 % interval as written or ""."""

    text: Text
    interval: Text


@dataclass(frozen=True)
class Row:
    """One variant. role: "primary", "smallest p", both or "". group: the run, on comparison pages.

    key: what the variant is called where a chart and the table speak of the same one.  passed_text: how many gates
    are passed; passed: as a number to sort by.  figures: more of its figures, in a line.  search: parameters by
    name, for the search.  spark: its account as the points of a line.  differing: parameters that tell it from
    others of its strategy in other runs, "hold = 60", where its name does not say them.
    """

    name: str
    full_name: str
    key: str
    role: str
    group: str
    statement: str
    hypothesis: str
    decision: str
    kind: str
    parameters: Text
    reasons: tuple[Text, ...]
    gates: tuple[GateView, ...]
    passed_text: Words
    passed: int | None
    figures: Text
    search: Mapping[str, Any]
    spark: str
    differing: Text
    timing_ir: Number
    cells: tuple[Cell, ...]


def leading(result: RunResult, most: int) -> list[VariantResult]:
    """At most so many variants under test, in their order: the primary, and those with the smallest family-wise p."""
    tested = candidates(result)
    ranked = sorted(tested, key=lambda v: (v.name != result.primary, family_p(v)))
    chosen = {v.name for v in ranked[:most]}
    return [v for v in tested if v.name in chosen]


def leading_and_benchmarks(result: RunResult, most: int) -> list[VariantResult]:
    """At most so many variants under test, as `leading` says, and all benchmarks."""
    return [*leading(result, most), *(v for v in result.variants if v.benchmark)]


def row_key(name: str, group: str = "") -> str:
    """What a variant is called where a chart and the table speak of the same one."""
    return f"{group} {name}".strip()


def variant_rows(
    result: RunResult,
    group: str = "",
    most: int = MAX_ROWS,
    returns: pd.DataFrame | None = None,
    differing: Mapping[str, Sequence[str]] | None = None,
    tickers: Sequence[str] = (),
) -> list[tuple[str, list[Row]]]:
    """(heading, rows): the variants under test, then the benchmarks; a group without rows is left out.

    returns: a column a variant, for the accounts in small.
    differing: strategy → the parameters to be told apart by.  tickers: the legs that columns show; the result's unless
    given.
    """
    benchmarks = [v for v in result.variants if v.benchmark]
    listed, total = leading(result, most), len(candidates(result))
    heading = "Variants under test"
    if len(listed) < total:
        heading += f": {len(listed)} of {total}, the primary and those with the smallest family-wise p-values"
    groups = [(heading, listed), ("Benchmarks", benchmarks)]
    sparks = {} if returns is None else {str(name): sparkline(returns[name].to_numpy()) for name in returns}
    return [
        (heading, [_row(v, result, group, sparks, differing or {}, tickers or result.data.tickers) for v in variants])
        for heading, variants in groups
        if variants
    ]


def _row(
    variant: VariantResult,
    result: RunResult,
    group: str,
    sparks: dict[str, str],
    differing: Mapping[str, Sequence[str]],
    tickers: Sequence[str],
) -> Row:
    pair = result.data.pair
    decision = "benchmark" if variant.benchmark else variant.verdict
    gates = gate_views(variant, result)
    return Row(
        name=shown_name(variant, pair),
        full_name=variant.name,
        key=row_key(variant.name, group),
        role=", ".join(roles_of(variant, result)),
        group=group,
        statement=variant.statement,
        hypothesis=variant.hypothesis,
        decision=decision,
        kind="benchmark" if variant.benchmark else decision_kind(decision),
        parameters=parameters(variant),
        reasons=tuple(map(sentence_text, sentences(variant, lambda v: v.reasons))),
        gates=gates,
        passed_text=count_passed(gates),
        passed=sum(gate.passed for gate in gates) if gates else None,
        figures=more_figures(variant),
        search=variant.params,
        spark=sparks.get(variant.name, ""),
        differing=_differing(variant, differing.get(variant.strategy, ())),
        timing_ir=variant.inference.timing_ir,
        cells=tuple(Cell(c.text(variant), c.interval(variant)) for c in columns(tickers)),
    )


def _differing(variant: VariantResult, keys: Sequence[str]) -> Text:
    words, shown = variant.label.split(), {key: variant.params[key] for key in keys if key in variant.params}
    unsaid = [key for key, x in shown.items() if f"{key}={value(x)}" not in words and str(x) not in words]
    return joined(", ", (text("{} = {}", key, parameter(variant, key)) for key in unsaid))


def more_figures(variant: VariantResult) -> Text:
    """Figures of a variant that have no column, in a line; missing ones are left out."""
    inference, robustness = variant.inference, variant.robustness
    wanted: list[tuple[str, Figure, Callable[[Figure], Text]]] = [
        ("timing t", figure(inference, lambda i: i.timing_t), signed),
        ("p against resampled returns", figure(inference, lambda i: i.timing_p_bootstrap), p_value),
        ("its costs, in timing IR", figure(inference, lambda i: i.cost_drag_ir), ratio),
        ("95 % upper bound less costs", figure(inference, lambda i: i.timing_upper_net), signed),
    ]
    if inference.episode_detail:
        share = figure(inference.episode_detail, lambda detail: detail.share_best)
        wanted.append(("best episode's share", share, whole_percent))
    if robustness and robustness.walk_forward:
        later = figure(robustness.walk_forward.expanding, lambda walk: walk.timing_ir)
        wanted.append(("timing IR out of sample, grid", later, signed))
    if robustness:
        wanted.append(("p against random entries", figure(robustness.random_entries, lambda r: r.p), p_value))
    return joined("; ", (text("{} {}", name, write(x)) for name, x, write in wanted if not is_missing(x.value)))
