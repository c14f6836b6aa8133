"""Choosing without hindsight: walk-forward, combinatorial paths and the probability of backtest overfitting."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from unlockstep.backtests.reports.study.robustness import above_zero
from unlockstep.backtests.reports.text.format import MISSING, count, p_value, percent, ratio, value
from unlockstep.backtests.reports.text.small_table import SmallTable, signed, signed_interval
from unlockstep.backtests.reports.text.wording import counted, listed

Walk = dict[str, Any]

KINDS = ("expanding", "rolling")


def walk_table(walk: Walk, chosen_from: str, *, tried: bool = False) -> SmallTable:
    """The stitched path of what was chosen, expanding and rolling; `tried`: also among what the study tried of it."""
    rows = []
    grid = value(walk.get("grid"))
    kinds = [(kind, f"all {grid}, {kind}") for kind in KINDS]
    if tried and "tried" in walk:
        n = walk["tried"].get("variants")
        kinds.insert(0, ("tried", "as tried, one variant" if n == 1 else f"as tried, {value(n)}, expanding"))
    for kind, name in kinds:
        path = walk.get(kind) or {}
        picks = [fold["chosen"] for fold in path.get("folds") or ()]
        choices = f"{len(set(picks))} in {len(picks)}"
        rows.append(
            (name, path.get("first") or MISSING, signed(path.get("timing_ir")), signed_interval(path.get("timing_ci")),
             p_value(path.get("timing_p")), ratio(path.get("sharpe")), choices)
        )  # fmt: skip
    train, test = value(walk.get("train_sessions")), value(walk.get("test_sessions"))
    note = (
        f"Every {test} sessions the best of {grid} {chosen_from}{', or of those tried,' if len(rows) > 2 else ''} is "
        f"chosen again by its timing, on all earlier sessions, {train} at least (expanding), or on the last {train} "
        "(rolling), and held. Timing is before costs; Sharpe net, changes of choice included. One path: when the "
        f"choices fall is itself a choice.{' Those tried are the gate “later data”.' if len(rows) > 2 else ''}"
    )
    ratios = [
        f"{row[2]} ({kind if kind != 'tried' else 'as tried'})" for row, (kind, _) in zip(rows, kinds, strict=True)
    ]
    caption = f"On data not used to choose, timing IR {listed(ratios)}"
    return SmallTable(
        caption
        if any(row[2] != MISSING for row in rows)
        else "On data not used to choose, the weights chosen never varied",
        note,
        ("Chosen among", "From", "Timing IR", "95 % interval", "p", "Sharpe", "Choices"),
        rows,
        words=(1,),
    )


def folds_table(walk: Walk, names: Mapping[str, str] | None = None) -> SmallTable:
    """What was chosen for each stretch. names: short names of variants; without them the parameters that differ."""
    folds = {kind: (walk.get(kind) or {}).get("folds") or [] for kind in KINDS}
    picks = [fold["chosen"] for kind in KINDS for fold in folds[kind]]
    short, common = (dict(names), "") if names is not None else differing(picks)
    rows = [
        (first["first"], first["last"], *(short.get(fold["chosen"], fold["chosen"]) for fold in (first, second)))
        for first, second in zip(*folds.values(), strict=False)
    ]
    changes = [sum(a["chosen"] != b["chosen"] for a, b in pairwise(f)) for f in folds.values()]
    caption = (
        f"The choice changed {_times(changes[0])} in {len(folds['expanding'])} stretches (expanding) and "
        f"{_times(changes[1])} in {len(folds['rolling'])} (rolling)"
    )
    note = "What was held in each stretch, chosen on the sessions before it." + (f" {common}" if common else "")
    return SmallTable(caption, note, ("From", "To", "Expanding", "Rolling"), rows, words=(1, 2, 3))


def paths_table(walk: Walk) -> SmallTable | None:
    """The timing of the combinatorial purged paths."""
    entry = walk.get("combinatorial")
    if not isinstance(entry, dict):
        return None
    pairs = zip(entry.get("timing_ir") or (), entry.get("timing_p") or (), strict=False)
    paths = [{"timing_ir": ir, "timing_p": p} for ir, p in pairs]
    rows = [(f"path {i}", signed(p["timing_ir"]), p_value(p["timing_p"])) for i, p in enumerate(paths, 1)]
    above, _ = above_zero(paths, "timing_ir")
    note = (
        f"Chosen in {value(entry.get('splits'))} ways on parts of the sample, held on the rest, stitched into whole "
        "paths. Training lies on both sides of a test, so no path could have been traded; they share choices and data."
    )
    caption = f"Timing IR above zero on {counted(above, len(paths), 'combinatorial path')}"
    return SmallTable(caption, note, ("Path", "Timing IR", "p"), rows)


def overfitting_table(walk: Walk, chosen_from: str) -> SmallTable | None:
    """The probability of backtest overfitting of choosing among a walk's variants."""
    pbo = walk.get("pbo")
    if not isinstance(pbo, dict):
        return None
    rows = [
        ("Chosen one at or below the median of the other half: PBO", percent(pbo.get("pbo"), 0)),
        ("Chosen one lost money in the other half", percent(pbo.get("loss_probability"), 0)),
        ("Ways to halve the sample", count(pbo.get("splits"))),
    ]
    note = (
        f"Best of {value(walk.get('grid'))} {chosen_from} by net Sharpe in one half, ranked in the other. With nothing "
        "to choose by, about one half; assumes that halves of the sample are alike."
    )
    caption = (
        f"In {percent(pbo.get('pbo'), 0)} of halvings the best of one half was no better than the middle in the other"
    )
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
