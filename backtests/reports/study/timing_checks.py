"""One picture of all timing information ratios of a variant: whole sample, episodes, lags, parts, later data."""

from typing import Any

from unlockstep.backtests.reports.charts.scale import Scale, Span, scale_of, span, ticks
from unlockstep.backtests.reports.study.columns import dig
from unlockstep.backtests.reports.study.robustness import rows_of
from unlockstep.backtests.reports.text.format import Number, is_missing, ratio
from unlockstep.backtests.reports.text.origin import unmarked
from unlockstep.backtests.reports.text.small_table import signed, signed_interval
from unlockstep.backtests.reports.text.wording import counted

VariantEntry = dict[str, Any]
Dot = tuple[str, Number]

WALKS = {
    "tried": "Later data, as tried",
    "expanding": "Later data, grid, expanding",
    "rolling": "Later data, grid, rolling",
}
"""Key of a walk-forward → its row."""


def checks_view(variant: VariantEntry, study: dict[str, Any]) -> dict[str, Any] | None:
    """The picture as text and positions in percent; None where there is nothing to hold against the whole sample.

    rows: name, dots (position, what it is), interval and the figures as text.
    """
    whole = dig(variant, ("inference", "timing_ir"))
    bounds = dig(variant, ("inference", "timing_ci"))
    checks = _checks(variant, study.get("lag"))
    finite = [x for _, dots, _ in checks for _, x in dots if x is not None and not is_missing(x)]
    if is_missing(whole) or not finite:
        return None
    worthwhile = study.get("worthwhile_ir")
    ends = [x for _, _, interval in checks for x in interval or ()]
    scale = scale_of([0.0, worthwhile, whole, *(bounds or ()), *finite, *ends])
    above = sum(x > 0 for x in finite)
    worth = sum(worthwhile is not None and x >= worthwhile for x in finite)
    title = f"Under other conditions its timing IR is above zero in {counted(above, len(finite), 'check')}"
    if worthwhile is not None:
        title += f", at {ratio(worthwhile)} or more in {worth or 'none'}"
    return {
        "title": title,
        "rows": [
            _row(scale, "The whole sample, as studied", [("whole sample", whole)], bounds, whole=True),
            *(_row(scale, name, dots, interval) for name, dots, interval in checks),
        ],
        "marks": [
            (name, scale.at(float(x))) for name, x in (("zero", 0.0), ("worthwhile", worthwhile)) if x is not None
        ],
        "ticks": [(scale.at(x), ratio(x, 1 if x * 10 % 1 < 1e-6 else 2)) for x in ticks(scale)],
        "worthwhile": signed(worthwhile),
    }


def _checks(variant: VariantEntry, lag: int | None) -> list[tuple[str, list[Dot], list[Number] | None]]:
    """(what was changed, its dots, its interval) of every check that the run kept."""
    walk = dig(variant, ("robustness", "walk_forward")) or {}
    later = [r for r in rows_of(variant, "lag") if r["lag"] != lag]
    parts = [(f"{p['first']} to {p['last']}", p.get("timing_ir")) for p in rows_of(variant, "parts")]
    paths = [(f"path {i}", x) for i, x in enumerate(dig(walk, ("combinatorial", "timing_ir")) or (), 1)]
    checks: list[tuple[str, list[Dot], list[Number] | None]] = [
        (
            "Without its best episode",
            [("without its best episode", dig(variant, ("inference", "episode_detail", "ir_without_best")))],
            None,
        ),
        (
            f"Orders at lag {', '.join(ratio(r['lag'], 0) for r in later)}",
            [(f"lag {ratio(r['lag'], 0)}", r.get("timing_ir")) for r in later],
            None,
        ),
        ("Parts of equal length", parts, None),
        *(
            (name, [(name, walk[kind].get("timing_ir"))], walk[kind].get("timing_ci"))
            for kind, name in WALKS.items()
            if kind in walk
        ),
        ("Combinatorial paths", paths, None),
    ]
    return [(name, dots, interval) for name, dots, interval in checks if any(not is_missing(x) for _, x in dots)]


def _row(
    scale: Scale, name: str, dots: list[Dot], bounds: list[Number] | None, *, whole: bool = False
) -> dict[str, Any]:
    finite = [(label, x) for label, x in dots if x is not None and not is_missing(x)]
    lows, highs = min(x for _, x in finite), max(x for _, x in finite)
    figure = signed(lows) if unmarked(signed(lows)) == unmarked(signed(highs)) else f"{signed(lows)} to {signed(highs)}"
    line = span(scale, None, bounds)
    without = len(dots) - len(finite)
    return {
        "name": name + (f" ({without} of {len(dots)} without any)" if without else ""),
        "whole": whole,
        "dots": [(scale.at(x), f"{label}: {signed(x)}") for label, x in finite],
        "span": Span(None, line.left, line.width),
        "figure": figure,
        "bounds": signed_interval(bounds) if bounds else "",
    }
