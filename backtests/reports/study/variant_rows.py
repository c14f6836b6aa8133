"""The rows of the variants' tables, shared by the HTML and Markdown reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from unlockstep.backtests.reports.charts.sparkline import sparkline
from unlockstep.backtests.reports.study.columns import columns, dig
from unlockstep.backtests.reports.study.gates import GateView, count_passed, gate_views
from unlockstep.backtests.reports.text.format import Number, is_missing, p_value, percent, ratio, typographic, value
from unlockstep.backtests.reports.text.origin import unmarked
from unlockstep.backtests.reports.text.small_table import signed
from unlockstep.backtests.reports.text.wording import (
    best_of,
    candidates,
    decision_kind,
    parameters,
    primary_of,
    shown_name,
)
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.storage.run_folder import RESULT

MAX_ROWS = 250
"""Variants listed on one page; of more, those with the smallest family-wise p-values. All stand in result.json."""


@dataclass(frozen=True)
class Cell:
    """One figure: as written, and its 95 % interval as written or ""."""

    text: str
    interval: str


@dataclass(frozen=True)
class Row:
    """One variant. role: "primary", "smallest p" or "". group: the run, on comparison pages.

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
    parameters: str
    reasons: tuple[str, ...]
    gates: tuple[GateView, ...]
    passed_text: str
    passed: int | None
    figures: str
    search: dict[str, Any]
    spark: str
    differing: str
    timing_ir: Number
    cells: tuple[Cell, ...]


def leading(result: dict[str, Any], most: int) -> list[dict[str, Any]]:
    """At most so many variants under test, in their order: the primary, and those with the smallest family-wise p."""

    def rank(variant: dict[str, Any]) -> tuple[bool, float]:
        p = (variant.get("inference") or {}).get("timing_p_family")
        return variant["name"] != result.get("primary"), 2.0 if p is None else float(p)

    tested = candidates(result)
    chosen = {v["name"] for v in sorted(tested, key=rank)[:most]}
    return [v for v in tested if v["name"] in chosen]


def row_key(name: str, group: str = "") -> str:
    """What a variant is called where a chart and the table speak of the same one."""
    return f"{group} {name}".strip()


def variant_rows(
    result: dict[str, Any],
    group: str = "",
    most: int = MAX_ROWS,
    returns: pd.DataFrame | None = None,
    differing: Mapping[str, Sequence[str]] | None = None,
) -> list[tuple[str, list[Row]]]:
    """(heading, rows): the variants under test, then the benchmarks; a group without rows is left out.

    returns: a column a variant, for the accounts in small.
    differing: strategy → the parameters to be told apart by.
    """
    benchmarks = [v for v in result["variants"] if v["benchmark"]]
    listed, total = leading(result, most), len(candidates(result))
    heading = "Variants under test"
    if len(listed) < total:
        heading += f": {len(listed)} of {total}, the primary and those with the smallest family-wise p-values"
    groups: Sequence[tuple[str, list[dict[str, Any]]]] = [(heading, listed), ("Benchmarks", benchmarks)]
    sparks = {} if returns is None else {str(name): sparkline(returns[name].to_numpy()) for name in returns}
    typed = RunResult.of(result, f"{group}/{RESULT}" if group else RESULT)
    gates = {variant.name: gate_views(variant, typed) for variant in typed.variants}
    return [
        (heading, [_row(v, result, group, gates[v["name"]], sparks, differing or {}) for v in variants])
        for heading, variants in groups
        if variants
    ]


def _row(
    variant: dict[str, Any],
    result: dict[str, Any],
    group: str,
    gates: tuple[GateView, ...],
    sparks: dict[str, str],
    differing: Mapping[str, Sequence[str]],
) -> Row:
    pair = result["data"]["pair"]
    roles = (("primary", primary_of(result)), ("smallest p", best_of(result)))
    decision = "benchmark" if variant["benchmark"] else variant["verdict"]
    return Row(
        name=shown_name(variant, pair),
        full_name=variant["name"],
        key=row_key(variant["name"], group),
        role=", ".join(role for role, v in roles if v is not None and v["name"] == variant["name"]),
        group=group,
        statement=variant.get("statement") or "",
        hypothesis=variant.get("hypothesis") or "",
        decision=decision,
        kind="benchmark" if variant["benchmark"] else decision_kind(decision),
        parameters=parameters(variant),
        reasons=tuple(typographic(reason) for reason in variant.get("reasons") or ()),
        gates=gates,
        passed_text=count_passed(gates),
        passed=sum(gate.passed for gate in gates) if gates else None,
        figures=more_figures(variant),
        search=dict(variant.get("params") or {}),
        spark=sparks.get(variant["name"], ""),
        differing=_differing(variant, differing.get(variant["strategy"], ())),
        timing_ir=dig(variant, ("inference", "timing_ir")),
        cells=tuple(Cell(c.text(variant), c.interval(variant)) for c in columns(pair)),
    )


def _differing(variant: dict[str, Any], keys: Sequence[str]) -> str:
    params, words = variant.get("params") or {}, variant["label"].split()
    params_shown = [(key, params[key]) for key in keys if key in params]
    unsaid = [(key, x) for key, x in params_shown if f"{key}={unmarked(value(x))}" not in words and str(x) not in words]
    return ", ".join(f"{key} = {value(x)}" for key, x in unsaid)


def more_figures(variant: dict[str, Any]) -> str:
    """Figures of a variant that have no column, in a line; those that the run did not keep are left out."""
    wanted = (
        ("timing t", ("inference", "timing_t"), signed),
        ("p against resampled returns", ("inference", "timing_p_bootstrap"), p_value),
        ("its costs, in timing IR", ("inference", "cost_drag_ir"), ratio),
        ("95 % upper bound less costs", ("inference", "timing_upper_net"), signed),
        ("best episode's share", ("inference", "episode_detail", "share_best"), lambda x: percent(x, 0)),
        ("timing IR on later data, grid", ("robustness", "walk_forward", "expanding", "timing_ir"), signed),
        ("p against random entries", ("robustness", "random_entries", "p"), p_value),
    )
    figures = [(name, dig(variant, path), write) for name, path, write in wanted]
    return "; ".join(f"{name} {write(x)}" for name, x, write in figures if not is_missing(x))
