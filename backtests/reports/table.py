"""The rows of the variants' tables, shared by the HTML and Markdown reports."""

from dataclasses import dataclass
from typing import Any

from backtests.reports.columns import columns
from backtests.reports.format import Number, typographic
from backtests.reports.wording import best_of, claims, decision_kind, parameters, primary_of, shown_name


@dataclass(frozen=True)
class Cell:
    """One figure: as written, its 95 % interval as written or "", and the number to sort by."""

    text: str
    interval: str
    number: Number


@dataclass(frozen=True)
class Row:
    """One variant. role: "primary", "smallest p" or "". group: the run, on comparison pages."""

    name: str
    full_name: str
    role: str
    group: str
    statement: str
    hypothesis: str
    decision: str
    kind: str
    parameters: str
    reasons: tuple[str, ...]
    cells: tuple[Cell, ...]


def variant_rows(result: dict[str, Any], group: str = "") -> list[tuple[str, list[Row]]]:
    """(heading, rows): the variants under test, then the benchmarks; a group without rows is left out."""
    benchmarks = [v for v in result["variants"] if v["benchmark"]]
    groups = [("Variants under test", claims(result)), ("Benchmarks", benchmarks)]
    return [(heading, [_row(v, result, group) for v in variants]) for heading, variants in groups if variants]


def _row(variant: dict[str, Any], result: dict[str, Any], group: str) -> Row:
    pair = result["data"]["pair"]
    roles = (("primary", primary_of(result)), ("smallest p", best_of(result)))
    decision = "benchmark" if variant["benchmark"] else variant["verdict"]
    return Row(
        name=shown_name(variant, pair),
        full_name=variant["name"],
        role=", ".join(role for role, v in roles if v is not None and v["name"] == variant["name"]),
        group=group,
        statement=variant.get("statement") or "",
        hypothesis=variant.get("hypothesis") or "",
        decision=decision,
        kind="benchmark" if variant["benchmark"] else decision_kind(decision),
        parameters=parameters(variant),
        reasons=tuple(typographic(reason) for reason in variant.get("reasons") or ()),
        cells=tuple(Cell(c.text(variant), c.interval(variant), c.number(variant)) for c in columns(pair)),
    )
