"""What the study page shows, section by section, taken from result.json and written as text; nothing is computed."""

from collections.abc import Sequence
from typing import Any

from unlockstep.backtests.reports.charts import figures as charts
from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.scale import Scale, scale_of, span, ticks
from unlockstep.backtests.reports.study.break_events import broke_figures, broke_view
from unlockstep.backtests.reports.study.calendar import calendar_views, crises_table
from unlockstep.backtests.reports.study.columns import columns
from unlockstep.backtests.reports.study.evidence import evidence
from unlockstep.backtests.reports.study.family import family_view, placebo_table
from unlockstep.backtests.reports.study.gates import rule_view
from unlockstep.backtests.reports.study.holdings import holdings, weights_frame
from unlockstep.backtests.reports.study.holdout import holdout_sentence
from unlockstep.backtests.reports.study.null_distribution import null_figure, null_title
from unlockstep.backtests.reports.study.pair_state import (
    HEADING,
    behind_view,
    lockstep_view,
    pair_state_figures,
    pair_state_view,
)
from unlockstep.backtests.reports.study.provenance import provenance, stale_notes
from unlockstep.backtests.reports.study.variant_rows import MAX_ROWS, leading, row_key, variant_rows
from unlockstep.backtests.reports.text import variants
from unlockstep.backtests.reports.text.format import (
    MISSING,
    Number,
    count,
    interval,
    is_missing,
    percent,
    ratio,
    typographic,
)
from unlockstep.backtests.reports.text.origin import unmarked
from unlockstep.backtests.reports.text.small_table import signed_interval
from unlockstep.backtests.reports.text.wording import (
    DECISIONS,
    QUESTION,
    STATEMENT_TEXTS,
    best_of,
    candidates,
    decision_kind,
    interval_count,
    not_computed,
    numbered,
    pair_words,
    primary_of,
    shown_name,
    split_finding,
    trials_sentence,
)
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.storage.run_folder import StoredRun

Result = dict[str, Any]

MAX_FOREST = 16
"""Variants in the picture of strength."""

LISTED = 24
"""Accounts whose keys stand under the chart; the others' appear when their rows are picked in the table."""


def study_context(run: StoredRun) -> dict[str, Any]:
    """Everything that the template of the study page names."""
    typed = RunResult.of(run.result)
    result, pair = run.result, run.result["data"]["pair"]
    synthetic = bool(result["data"]["synthetic"])
    figures = study_figures(run)
    return {
        "pair": pair,
        "synthetic": synthetic,
        "stale": stale_notes(result["data"]),
        "question": pair_words(QUESTION, pair),
        "period": result["data"]["evaluated"],
        "data": result["data"],
        "verdict": verdict_view(result),
        "rule": rule_view(typed),
        "strength": strength_view(result, strength_scale(result)),
        "heading": HEADING,
        "lockstep": lockstep_view(result),
        "sense": pair_state_view(run),
        "behind": behind_view(result),
        "statements": statement_views(result),
        "columns": columns(pair),
        "groups": variant_rows(result, returns=run.frames["returns"]),
        "trading_title": trading_title(result),
        "evidence": evidence(typed),
        "family": family_view(typed),
        "placebo": placebo_table(typed),
        "null_title": null_title(typed),
        "calendars": calendar_views(result),
        "crises": crises_table(result),
        "broke": broke_view(result),
        "lag": numbered(result["study"].get("lag"), "session"),
        "capital": count(result["study"].get("capital")),
        "provenance": provenance(run),
        "thresholds": result["study"],
        "counts": result["family"],
        "trials": trials_sentence(result["family"]),
        "seal": holdout_sentence(result),
        "looked_at": bool((result.get("seal") or {}).get("looks")),
        "not_computed": not_computed(result),
        "figures": figures,
        "omitted": _omitted(run, figures["performance"]),
        "breakdown": _signal_name(run, "breakdown("),
    }


def verdict_view(result: Result) -> dict[str, Any]:
    """The study's decision, what it means, and its reasons."""
    decision = result["verdict"]["decision"]
    return {
        "decision": decision,
        "kind": decision_kind(decision),
        "meaning": DECISIONS.get(decision, ""),
        "reasons": [typographic(reason) for reason in result["verdict"]["reasons"]],
        "would_change": [typographic(sentence) for sentence in result["verdict"].get("would_change") or ()],
    }


def strength_scale(*results: Result) -> Scale:
    """A scale that shows the timing intervals of every variant of the runs, and the values they are held against."""
    values: list[Number] = [0.0]
    for result in results:
        values.append(result["study"].get("worthwhile_ir"))
        for inference in (v["inference"] for v in candidates(result)):
            values += [
                inference.get("timing_ir"),
                inference.get("min_detectable_ir"),
                *(inference.get("timing_ci") or ()),
            ]
    return scale_of(values)


def strength_view(result: Result, scale: Scale, group: str = "") -> dict[str, Any]:
    """The picture of strength: each variant's timing interval on one scale, with the values it is held against.

    group: the run, on comparison pages.
    """
    pair, worthwhile = result["data"]["pair"], result["study"].get("worthwhile_ir")
    rows, total = leading(result, MAX_FOREST), len(candidates(result))
    shown = f"{len(rows)} of {total} variants are shown: the primary and those with the smallest family-wise p-values."
    reach = [x for v in rows if not is_missing(x := v["inference"].get("min_detectable_ir"))]
    primary, best = primary_of(result), best_of(result)
    return {
        "title": interval_count(result),
        "omitted": shown if len(rows) < total else "",
        "rows": [
            {
                "name": shown_name(v, pair),
                "key": row_key(v["name"], group),
                "role": _role(v, primary, best),
                "decision": v["verdict"],
                "kind": decision_kind(v["verdict"]),
                "estimate": ratio(v["inference"].get("timing_ir"), signed=True),
                "bounds": signed_interval(v["inference"].get("timing_ci")),
                "span": span(scale, v["inference"].get("timing_ir"), v["inference"].get("timing_ci")),
                "marks": _marks(
                    scale,
                    {"zero": 0.0, "worthwhile": worthwhile, "detectable": v["inference"].get("min_detectable_ir")},
                ),
            }
            for v in rows
        ],
        "ticks": [(scale.at(x), ratio(x, 1 if x * 10 % 1 < 1e-6 else 2)) for x in ticks(scale)],
        "worthwhile": ratio(worthwhile, signed=True),
        "detectable": _range(reach),
    }


def statement_views(result: Result) -> list[dict[str, Any]]:
    """The scorecard: each statement with its finding, its interval and the variants that would trade it."""
    pair, views = result["data"]["pair"], []
    for key, statement in result["statements"].items():
        finding = split_finding(statement["finding"])
        null, bounds = float(statement.get("null") or 0.0), statement.get("ci")
        scale = scale_of([null, statement.get("estimate"), *(bounds or ())], margin=0.12)
        share = statement.get("unit") == "share"
        views.append(
            {
                "key": key,
                "text": pair_words(STATEMENT_TEXTS.get(key, ""), pair),
                "word": finding.word or "No finding",
                "kind": {"Supported": "edge", "Contradicted": "no-edge"}.get(finding.word, "cannot-tell"),
                "sentence": typographic(finding.sentence),
                "estimate": _share_or_ratio(statement.get("estimate"), share),
                "bounds": percent_interval(bounds) if share else signed_interval(bounds),
                "unit": statement.get("unit") or "",
                "null": (percent(null, 0) if share else ratio(null, 1)) if null else "0",
                "null_at": scale.at(null),
                "span": span(scale, statement.get("estimate"), bounds),
                "traders": [
                    (shown_name(v, pair), v["verdict"]) for v in candidates(result) if v.get("statement") == key
                ],
            }
        )
    return views


def trading_title(result: Result) -> str:
    """The primary variant and the holding of each leg, in a sentence; the title of the accounts' chart."""
    pair = result["data"]["pair"]
    chosen = [primary_of(result)] + [v for v in result["variants"] if v["strategy"] in ("hold_eth", "hold_iwm")]
    clauses = [
        f"{shown_name(v, pair)} {percent(v['metrics']['cagr'], signed=True)} a year "
        f"(worst fall {percent(v['metrics']['max_drawdown'])})"
        for v in chosen
        if v is not None and not is_missing(v["metrics"].get("cagr"))
    ]
    return "; ".join(clauses) or "Accounts, net of all costs"


def study_figures(run: StoredRun) -> dict[str, Any]:
    """Every plotly figure of the page by name, None where the sample gives none; and the lists of dates they share."""
    result, frames = run.result, run.frames
    synthetic = bool(result["data"]["synthetic"])
    returns, signals = frames["returns"], frames["signals"]
    typed = RunResult.of(result)
    variant = variants.examined(typed)
    years = variant.robustness.subperiods if variant is not None and variant.robustness is not None else ()
    dates = {"returns": lines.days(returns.index), "signals": lines.days(signals.index)}
    bands = charts.decoupled(signals)
    shown = lines.clip(bands, dates["returns"][0], dates["returns"][-1]) if dates["returns"] else []
    onsets = [day for day in lines.marked(lines.column(signals, "break_onset(")) if day in set(dates["returns"])]
    return {
        "dates": dates,
        "performance": charts.performance(account_paths(run), shown, synthetic=synthetic, onsets=onsets)
        if len(returns)
        else None,
        "weights": weights_frame(run),
        "holdings": holdings(run),
        "null": null_figure(typed),
        **broke_figures(result),
        **pair_state_figures(run),
        "primary_years": charts.yearly_bars(
            [y.year for y in years],
            [y.timing_return for y in years],
            "Sum of timing returns",
            share=True,
            synthetic=synthetic,
        )
        if years
        else None,
    }


def account_paths(run: StoredRun) -> list[charts.Path]:
    """The accounts to draw: primary, best, benchmarks, then the others by family-wise p-value, as many as fit."""
    result, returns = run.result, run.frames["returns"]
    pair, primary, best = result["data"]["pair"], primary_of(result), best_of(result)
    first = [v for v in (primary, best) if v is not None]
    fixed = [v for v in result["variants"] if v["benchmark"]]
    rest = sorted(
        candidates(result), key=lambda v: p if (p := v["inference"].get("timing_p_family")) is not None else 2.0
    )
    room = max(charts.room(len(returns), min(len(rest), MAX_ROWS)), len(first) + len(fixed))
    ordered = list({v["name"]: v for v in [*first, *fixed, *rest]}.values())[:room]
    looks: dict[str, dict[str, Any]] = {
        "hold_eth": {"color": "@crypto", "shown": True},
        "hold_iwm": {"color": "@equity", "shown": True},
        "fixed_mix": {"color": "@muted", "dash": "dash", "shown": True},
        "cash": {"color": "@muted", "dash": "dot"},
    }
    paths: list[charts.Path] = []
    others = 0
    for v in ordered:
        if v["name"] not in returns:
            continue
        if primary is not None and v["name"] == primary["name"]:
            look: dict[str, Any] = {"color": "@ink", "width": 2.6, "shown": True}
        elif best is not None and v["name"] == best["name"]:
            look = {"color": "@green", "width": 2.2, "shown": True}
        elif v["strategy"] in looks:
            look = looks[v["strategy"]]
        else:
            look = {"color": charts.CYCLE[others % 3], "dash": charts.DASHES[others // 3 % 4]}
            others += 1
        role = _role(v, primary, best)
        name = shown_name(v, pair) + (f", {role}" if role else "")
        paths.append(
            charts.Path(
                name=name,
                full=name,
                group="",
                returns=returns[v["name"]].to_numpy(),
                axis="#returns",
                variant=row_key(v["name"]),
                listed=len(paths) < LISTED,
                **look,
            )
        )
    return paths


def _omitted(run: StoredRun, figure: dict[str, Any] | None) -> str:
    """What the accounts' chart leaves out, for the size of the file; "" where it holds all."""
    total, drawn = run.frames["returns"].shape[1], len(figure["series"]) if figure else 0
    if drawn >= total:
        return ""
    return f" Of {total} accounts {drawn} are drawn: the benchmarks and the smallest family-wise p-values."


def percent_interval(bounds: Sequence[Number] | None) -> str:
    """Bounds of a share: "6 % to 79 %"."""
    return interval(bounds, lambda x: percent(x, 0))


def _share_or_ratio(x: Number, share: bool) -> str:
    return percent(x, 0) if share else ratio(x, signed=True)


def _role(variant: Result, primary: Result | None, best: Result | None) -> str:
    """Why a variant stands out: "primary", "smallest p", both, or ""."""
    roles = [("primary", primary), ("smallest p", best)]
    return " and ".join(role for role, v in roles if v is not None and v["name"] == variant["name"])


def _marks(scale: Scale, values: dict[str, Number]) -> list[tuple[str, float]]:
    return [(name, scale.at(float(x))) for name, x in values.items() if x is not None and not is_missing(x)]


def _range(values: Sequence[float]) -> str:
    """The smallest and largest of some ratios: "+0.99", "+0.99 to +1.16"; "–" of none."""
    texts = [ratio(x, signed=True) for x in (min(values), max(values))] if values else []
    ends = {unmarked(text): text for text in texts}
    return " to ".join(ends.values()) or MISSING


def _signal_name(run: StoredRun, beginning: str) -> str:
    column = lines.column(run.frames["signals"], beginning)
    return "" if column is None else str(column.name)
