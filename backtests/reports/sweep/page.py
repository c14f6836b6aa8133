"""What the page of a sweep shows: whether the best is luck, all variants against it, the best, what values brought."""

from typing import Any

import pandas as pd

from unlockstep.backtests.reports.charts import figures as charts
from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.figures import Figure, Path, axis, bars_against_null, layout, upright
from unlockstep.backtests.reports.study.holdout import holdout_sentence
from unlockstep.backtests.reports.study.provenance import clock_sentences, price_facts, rates, stale_notes
from unlockstep.backtests.reports.sweep.surface import (
    first_titles,
    grid_figure,
    plateau_figure,
    plateau_sentence,
    plateau_table,
    plateau_title,
    surfaces,
)
from unlockstep.backtests.reports.sweep.tables import (
    axes_table,
    benchmark_table,
    best_table,
    heads_table,
    later_table,
    short,
    value_tables,
)
from unlockstep.backtests.reports.text import figure as located
from unlockstep.backtests.reports.text.format import count, percent, scientific, typographic
from unlockstep.backtests.reports.text.small_table import signed
from unlockstep.backtests.results.model.base import annotate_path
from unlockstep.backtests.results.model.pair import DataResult
from unlockstep.backtests.results.model.run import HoldoutResult
from unlockstep.backtests.storage.run_folder import SWEEP

SHOWN_LINES = 3
"""Of the best variants, how many are drawn at first."""


def sweep_context(result: dict[str, Any], returns: pd.DataFrame) -> dict[str, Any]:
    """Everything that the template of the sweep page names."""
    data, study, shown = result["data"], result["study"], surfaces(result)
    return {
        "pair": data["pair"],
        "window": data["evaluated"],
        "synthetic": bool(data["synthetic"]),
        "stale": stale_notes(data["notes"]),
        "notes": [note for note in data["notes"] if not note.startswith("SYNTHETIC")],
        "what": swept(result),
        "finding": typographic(result["finding"]),
        "tiles": tiles(result),
        "seal": holdout_sentence(annotate_path(HoldoutResult.model_validate(result["seal"]), SWEEP, ".seal")),
        "trials": typographic(trials(result)),
        "parity": typographic(parity(result)),
        "heads": heads_table(result),
        "best": best_table(result),
        "later": later_table(result),
        "overfitting": typographic(overfitting(result)),
        "benchmarks": benchmark_table(result),
        "axes": axes_table(result),
        "values": value_tables(result),
        "facts": price_facts(annotate_path(DataResult.model_validate(data), SWEEP, ".data")),
        "clocks": clock_sentences(
            DataResult.model_validate(data), located.Figure(study["lag"], f"{SWEEP} .study.lag"), study["fill"]
        ),
        "rates": rates(
            *(
                located.Figure(study["costs"][rate], f"{SWEEP} .study.costs.{rate}")
                for rate in ("borrow_rate", "cash_rate")
            )
        ),
        "versions": list(result["environment"].items()),
        "alpha": percent(result["luck"]["alpha"], 0),
        "chance_title": chance_title(result),
        "needed": signed(result["luck"]["critical_t"]),
        "surface_titles": first_titles(shown),
        "plateau_title": plateau_title(result) if result["plateau"] else "",
        "plateau_sentence": typographic(plateau_sentence(result)),
        "plateau": plateau_table(result),
        "figures": {
            "dates": {"returns": lines.days(returns.index)},
            "chance": chance_figure(result),
            "surface": shown,
            "surface_raw": grid_figure(result) if shown else None,
            "surface_left": grid_figure(result) if shown else None,
            "plateau": plateau_figure(result),
            "performance": performance_figure(result, returns),
        },
    }


def swept(result: dict[str, Any]) -> str:
    """How many variants of what."""
    names = " and ".join(dict.fromkeys(space["strategy"] for space in result["spaces"]))
    return f"{count(result['variants'])} variants of {names}"


def tiles(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(label, number, what it means) of the figures at the head of the page."""
    null, trials = result["luck"], result["trials"]
    head = _head(result)
    return [
        ("Best t", signed(null["best_t"]), f"of {count(result['variants'])} variants"),
        ("Comes up by luck", percent(null["p_family"]), _null_note(null)),
        (
            f"As good as the best {count(head['best'])}, by luck" if head else "As good by luck",
            count(head["expected"]) if head else "–",
            f"variants have such a t ({signed(head['t'])} or more) when nothing is told, on average" if head else "",
        ),
        ("Worth independent trials", count(trials["own_timings"]), "by their timing; the rest are near-copies"),
    ]  # fmt: skip


def _null_note(null: dict[str, Any]) -> str:
    note = "share of alignments that tell nothing in which some variant is as good"
    if null["p_resampled"] is None:
        return note
    return f"{note}; in resampled histories {percent(null['p_resampled'])}"


def _head(result: dict[str, Any]) -> dict[str, Any] | None:
    """Of the hundred best, or of as many as there are."""
    heads = [head for head in result["luck"]["heads"] if head["best"] <= 100]
    return heads[-1] if heads else None


def trials(result: dict[str, Any]) -> str:
    """How the sweep counts among all trials on these prices."""
    counts = result["trials"]
    earlier = counts["earlier"]
    if not counts["trials"]:
        return "No variant changes its position, so that none is a trial, and none is in the ledger."
    before = f"{count(earlier)} were" if earlier else "None was"
    return (
        f"{before} tried before on these prices; all {count(counts['trials'])} are in the ledger, and amount to "
        f"{count(counts['timings'])} independent trials by their timing and {count(counts['effective'])} by their "
        "returns. Later runs on these prices count them."
    )


def parity(result: dict[str, Any]) -> str:
    """How far the compiled accounts are from vectorbt's."""
    check = result["parity"]
    return (
        f"The accounts of {count(check['variants'])} variants, a random sample and the best, were kept by vectorbt as "
        f"well: returns and figures differ by at most {scientific(check['largest'])}; {scientific(check['limit'])} is "
        "allowed. Every account shown here is vectorbt's."
    )


def overfitting(result: dict[str, Any]) -> str:
    """PBO in a sentence; "" where it could not be computed."""
    pbo = result["overfitting"]
    if pbo is None:
        return ""
    return (
        f"Among {count(pbo['variants'])} of the variants, the one with the best Sharpe ratio in one half of the "
        f"sessions is in the lower half in the other in {percent(pbo['pbo'], 0)} of {count(pbo['splits'])} ways to "
        f"halve them (PBO); its median ratio falls from {signed(pbo['sharpe_in'])} to {signed(pbo['sharpe_out'])}. "
        "Without any edge PBO is about a half, and under it half of the time."
    )


def chance_title(result: dict[str, Any]) -> str:
    """What the chart of all variants shows."""
    null = result["luck"]
    if null["best_t"] is None:
        return "No variant changes its position"
    if null["p_family"] > null["alpha"]:
        return "The variants lie where luck alone would put some of them"
    return "The best variants lie where luck hardly puts any"


def chance_figure(result: dict[str, Any]) -> Figure | None:
    """All variants by their t, and what luck makes of them."""
    distribution, null = result["distribution"], result["luck"]
    if not distribution["observed"]:
        return None
    shapes = [
        upright(null["critical_t"], color="@muted", width=1.5, dash="dot"),
        upright(null["best_t"], color="@ink", width=1.5, dash="solid"),
    ]
    annotations = [
        {"x": x, "y": 0.9, "xref": "x", "yref": "paper", "yanchor": "top", "showarrow": False, "text": text,
         "font": {"size": 12, "color": "@ink"}, "xanchor": anchor}
        for x, text, anchor in _mark_texts(null)
    ]  # fmt: skip
    traces = bars_against_null(
        distribution["from"],
        distribution["width"],
        {
            "y": distribution["observed"],
            "name": "variants",
            "marker": {"color": "@crypto"},
            "hovertemplate": "%{y:,} variants<extra></extra>",
        },
        {
            "y": [round(y, 3) for y in distribution["by_chance"]],
            "name": "by luck",
            "hovertemplate": "%{y:,.1f} by luck<extra></extra>",
        },
    )
    frame = layout(
        synthetic=bool(result["data"]["synthetic"]),
        xaxis=axis("t of the timing, one bin each 0.2"),
        yaxis=axis("Variants", rangemode="tozero", tickformat=","),
        bargap=0.05,
        shapes=shapes,
        annotations=annotations,
    )
    return {"data": traces, "layout": frame, "series": []}


def _mark_texts(null: dict[str, Any]) -> list[tuple[float, str, str]]:
    best, critical = null["best_t"], null["critical_t"]
    inner, outer = sorted([(best, f"best {signed(best)}"), (critical, f"needed {signed(critical)}")])
    return [(inner[0], inner[1], "right"), (outer[0], outer[1], "left")]


def performance_figure(result: dict[str, Any], returns: pd.DataFrame) -> Figure:
    """The accounts of the best and of the benchmarks."""
    looks = zip(charts.CYCLE * 4, (dash for dash in charts.DASHES for _ in charts.CYCLE), strict=False)
    paths = [
        Path(
            short(variant, result), variant["name"], "The best, by t", returns[variant["name"]].to_numpy(), "#returns",
            color, dash, 1.8, shown=i < SHOWN_LINES,
        )
        for i, (variant, (color, dash)) in enumerate(zip(result["best"], looks, strict=False))
    ]  # fmt: skip
    for each, color in zip(result["benchmarks"], ("@crypto", "@equity", "@ink", "@muted"), strict=False):
        path = returns[each["name"]].to_numpy()
        shown = each["strategy"] in ("hold_eth", "hold_iwm")
        paths.append(Path(each["name"], each["name"], "Benchmarks", path, "#returns", color, "solid", 1.2, shown=shown))
    return charts.performance(paths, (), synthetic=bool(result["data"]["synthetic"]))
