"""One picture of all timing information ratios of a variant: whole sample, episodes, lags, parts, later data."""

from collections.abc import Sequence
from dataclasses import dataclass

from unlockstep.backtests.reports.charts.scale import Scale, Span, scale_of, span, ticks
from unlockstep.backtests.reports.text.figure import Figure, Text, Words, figure, figures, joined, text
from unlockstep.backtests.reports.text.format import interval_text, is_missing, ratio
from unlockstep.backtests.reports.text.small_table import signed
from unlockstep.backtests.reports.text.wording import counted
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.variant import Robustness, VariantResult, Walk


@dataclass(frozen=True)
class CheckRow:
    """One check: what was changed, and its timing information ratios as dots (position in percent, what it is).

    figure: the ratio, or the smallest and the largest.  bounds: its 95 % interval, "" without one.
    """

    name: Words
    whole: bool
    dots: tuple[tuple[float, str], ...]
    span: Span
    figure: Text
    bounds: Text


@dataclass(frozen=True)
class ChecksView:
    """The picture as text and positions in percent. marks: (what it marks, position). ticks: (position, text)."""

    title: Text
    rows: tuple[CheckRow, ...]
    marks: tuple[tuple[str, float], ...]
    ticks: tuple[tuple[float, str], ...]
    worthwhile: Text


@dataclass(frozen=True)
class _Check:
    """What was changed, its ratios by name, and its interval, [] without one."""

    name: Words
    dots: Sequence[tuple[str, Figure]]
    bounds: Sequence[Figure] = ()

    @property
    def numbers(self) -> list[float]:
        """The ratios that are there."""
        return [x for _, dot in self.dots if (x := dot.value) is not None and not is_missing(x)]


def checks_view(variant: VariantResult, result: RunResult) -> ChecksView | None:
    """The picture; None where there is nothing to hold against the whole sample."""
    whole = _Check(
        "The whole sample, as studied",
        [("whole sample", figure(variant, lambda v: v.inference.timing_ir))],
        figures(variant, lambda v: v.inference.timing_ci),
    )
    checks = [check for check in _checks(variant, result.study["lag"]) if check.numbers]
    numbers = [x for check in checks for x in check.numbers]
    if not whole.numbers or not numbers:
        return None
    worthwhile = figure(result, lambda r: r.study["worthwhile_ir"])
    limit = float(result.study["worthwhile_ir"])
    ends = [bound.value for check in (whole, *checks) for bound in check.bounds]
    scale = scale_of([0.0, limit, *whole.numbers, *numbers, *ends])
    above, worth = sum(x > 0 for x in numbers), sum(x >= limit for x in numbers)
    return ChecksView(
        title=text(
            "Under other conditions its timing IR is above zero in {}, at {} or more in {}",
            counted(above, len(numbers), "check"),
            ratio(worthwhile),
            worth or "none",
        ),
        rows=tuple(_row(scale, check, whole=check is whole) for check in (whole, *checks)),
        marks=(("zero", scale.at(0.0)), ("worthwhile", scale.at(limit))),
        ticks=tuple((scale.at(x), ratio(x, 1 if x * 10 % 1 < 1e-6 else 2)) for x in ticks(scale)),
        worthwhile=signed(worthwhile),
    )


def _checks(variant: VariantResult, lag: int) -> list[_Check]:
    """Every check of the variant, those without a ratio too."""
    checks = []
    if variant.inference.episode_detail is not None:
        without = figure(variant.inference.episode_detail, lambda d: d.ir_without_best)
        checks.append(_Check("Without its best episode", [("without its best episode", without)]))
    return checks + (_robustness_checks(variant.robustness, lag) if variant.robustness is not None else [])


def _robustness_checks(robustness: Robustness, lag: int) -> list[_Check]:
    later = [r for r in robustness.lag if r.lag != lag]
    walk = robustness.walk_forward
    checks = [
        _Check(
            text("Orders at lag {}", joined(", ", [ratio(figure(r, lambda r: r.lag), 0) for r in later])),
            [(f"lag {r.lag}", figure(r, lambda r: r.timing_ir)) for r in later],
        ),
        _Check(
            "Parts of equal length",
            [(f"{p.first} to {p.last}", figure(p, lambda p: p.timing_ir)) for p in robustness.parts],
        ),
    ]
    if walk is None:
        return checks
    paths = figures(walk.combinatorial, lambda c: c.timing_ir)
    return [
        *checks,
        _walk_check("Out of sample, as tried", walk.tried),
        _walk_check("Out of sample, grid, expanding", walk.expanding),
        _walk_check("Out of sample, grid, rolling", walk.rolling),
        _Check("Combinatorial paths", [(f"path {i}", dot) for i, dot in enumerate(paths, 1)]),
    ]


def _walk_check(name: str, walk: Walk) -> _Check:
    return _Check(name, [(name, figure(walk, lambda w: w.timing_ir))], figures(walk, lambda w: w.timing_ci))


def _row(scale: Scale, check: _Check, *, whole: bool) -> CheckRow:
    finite = [(label, dot, x) for label, dot in check.dots if (x := dot.value) is not None and not is_missing(x)]
    low, high = (signed(end(finite, key=lambda dot: dot[2])[1]) for end in (min, max))
    line = span(scale, None, [bound.value for bound in check.bounds])
    without = len(check.dots) - len(finite)
    return CheckRow(
        name=check.name + (f" ({without} of {len(check.dots)} without any)" if without else ""),
        whole=whole,
        dots=tuple((scale.at(x), f"{label}: {signed(x)}") for label, _, x in finite),
        span=Span(None, line.left, line.width),
        figure=low if str(low) == str(high) else text("{} to {}", low, high),
        bounds=interval_text(check.bounds, signed) if check.bounds else Text(),
    )
