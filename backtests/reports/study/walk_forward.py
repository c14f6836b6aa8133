"""Choosing without hindsight: walk-forward, combinatorial paths and the probability of backtest overfitting."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from unlockstep.backtests.reports.study.robustness import above_zero
from unlockstep.backtests.reports.text.figure import Text, Words, figure, figures, joined, text
from unlockstep.backtests.reports.text.format import count, general, is_missing, p_value, percent, ratio
from unlockstep.backtests.reports.text.small_table import SmallTable, signed, signed_bounds
from unlockstep.backtests.reports.text.wording import counted
from unlockstep.backtests.results.model.variant import Walk, WalkForwardResult


def walk_table(walk: WalkForwardResult, chosen_from: str, *, tried: bool = False) -> SmallTable:
    """The stitched path of what was chosen, expanding and rolling; `tried`: also among what the study tried of it."""
    grid = general(figure(walk, lambda w: w.grid))
    paths: list[tuple[str, Words, Walk]] = [
        ("expanding", text("all {}, expanding", grid), walk.expanding),
        ("rolling", text("all {}, rolling", grid), walk.rolling),
    ]
    if tried:
        n = general(figure(walk.tried, lambda t: t.variants))
        name = "as tried, one variant" if walk.tried.variants == 1 else text("as tried, {}, expanding", n)
        paths.insert(0, ("as tried", name, walk.tried))
    train = general(figure(walk, lambda w: w.train_sessions))
    note = text(
        "Every {} sessions the best of {} {}{} is chosen again by its timing, on all earlier sessions, {} at least "
        "(expanding), or on the last {} (rolling), and held. Timing is before costs; Sharpe net, changes of choice "
        "included. One path: when the choices fall is itself a choice.{}",
        general(figure(walk, lambda w: w.test_sessions)),
        grid,
        chosen_from,
        ", or of those tried," if tried else "",
        train,
        train,
        " Those tried are the gate “out of sample”." if tried else "",
    )
    ratios = [text("{} ({})", signed(figure(path, lambda p: p.timing_ir)), kind) for kind, _, path in paths]
    caption = text("On data not used to choose, timing IR {} and {}", joined(", ", ratios[:-1]), ratios[-1])
    varied = any(not is_missing(path.timing_ir) for _, _, path in paths)
    return SmallTable(
        caption if varied else "On data not used to choose, the weights chosen never varied",
        note,
        ("Chosen among", "From", "Timing IR", "95 % interval", "p", "Sharpe", "Choices"),
        [_walk_row(name, path) for _, name, path in paths],
        words=(1,),
    )


def _walk_row(name: Words, path: Walk) -> tuple[Words, ...]:
    picks = [fold.chosen for fold in path.folds]
    return (
        name,
        path.first,
        signed(figure(path, lambda p: p.timing_ir)),
        signed_bounds(path, lambda p: p.timing_ci),
        p_value(figure(path, lambda p: p.timing_p)),
        ratio(figure(path, lambda p: p.sharpe)),
        f"{len(set(picks))} in {len(picks)}",
    )


def folds_table(walk: WalkForwardResult, names: Mapping[str, str] | None = None) -> SmallTable:
    """What was chosen for each stretch. names: short names of variants; without them the parameters that differ."""
    expanding, rolling = walk.expanding.folds, walk.rolling.folds
    short, common = (names, "") if names is not None else differing([f.chosen for f in (*expanding, *rolling)])
    rows = [
        (first.first, first.last, *(short.get(fold.chosen, fold.chosen) for fold in (first, second)))
        for first, second in zip(expanding, rolling, strict=False)
    ]
    changes = [sum(a.chosen != b.chosen for a, b in pairwise(folds)) for folds in (expanding, rolling)]
    caption = (
        f"The choice changed {_times(changes[0])} in {len(expanding)} stretches (expanding) and "
        f"{_times(changes[1])} in {len(rolling)} (rolling)"
    )
    note = "What was held in each stretch, chosen on the sessions before it." + (f" {common}" if common else "")
    return SmallTable(caption, note, ("From", "To", "Expanding", "Rolling"), rows, words=(1, 2, 3))


def paths_table(walk: WalkForwardResult) -> SmallTable:
    """The timing of the combinatorial purged paths."""
    combinatorial = walk.combinatorial
    ratios, ps = figures(combinatorial, lambda c: c.timing_ir), figures(combinatorial, lambda c: c.timing_p)
    rows = [(f"path {i}", signed(ir), p_value(p)) for i, (ir, p) in enumerate(zip(ratios, ps, strict=True), 1)]
    above, _ = above_zero(combinatorial.timing_ir)
    note = text(
        "Chosen in {} ways on parts of the sample, held on the rest, stitched into whole paths. Training lies on both "
        "sides of a test, so no path could have been traded; they share choices and data.",
        general(figure(combinatorial, lambda c: c.splits)),
    )
    caption = f"Timing IR above zero on {counted(above, len(rows), 'combinatorial path')}"
    return SmallTable(caption, note, ("Path", "Timing IR", "p"), rows)


def overfitting_table(walk: WalkForwardResult, chosen_from: str) -> SmallTable | None:
    """The probability of backtest overfitting of choosing among a walk's variants."""
    if walk.pbo is None:
        return None
    pbo = percent(figure(walk.pbo, lambda p: p.pbo), 0)
    rows: list[tuple[Words, Text]] = [
        ("Chosen one at or below the median of the other half: PBO", pbo),
        ("Chosen one lost money in the other half", percent(figure(walk.pbo, lambda p: p.loss_probability), 0)),
        ("Ways to halve the sample", count(figure(walk.pbo, lambda p: p.splits))),
    ]
    note = text(
        "Best of {} {} by net Sharpe in one half, ranked in the other. With nothing to choose by, about one half; "
        "assumes that halves of the sample are alike.",
        general(figure(walk, lambda w: w.grid)),
        chosen_from,
    )
    caption = text("In {} of halvings the best of one half was no better than the middle in the other", pbo)
    return SmallTable(caption, note, ("Overfitting", "Share"), rows)


def differing(names: Sequence[str]) -> tuple[dict[str, str], str]:
    """Full name → the parameters that tell it from the others; and a sentence on those that all share."""
    parsed = {name: dict(re.findall(r"([^(,=]+)=([^,)]*)", name)) for name in names}
    keys = list(dict.fromkeys(key for params in parsed.values() for key in params))
    varied = [key for key in keys if len({params.get(key) for params in parsed.values()}) > 1]
    same = {key: next(iter(parsed.values())).get(key) for key in keys if key not in varied}
    short = {
        name: ", ".join(f"{key}={params[key]}" for key in varied if key in params) or "the same throughout"
        for name, params in parsed.items()
    }
    fixed = ", ".join(f"{key}={text}" for key, text in same.items())
    return short, f"In all of them: {fixed}." if fixed else ""


def _times(n: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(n, f"{n} times")
