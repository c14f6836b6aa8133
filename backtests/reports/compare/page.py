"""What the comparison page shows: verdicts side by side, one table of all variants, the accounts, the settings."""

from collections.abc import Mapping, Sequence
from typing import Any

from unlockstep.backtests.reports.charts import figures as charts
from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.scale import Scale
from unlockstep.backtests.reports.compare.diff import changes_view, relative_chart, shared_columns
from unlockstep.backtests.reports.study.detectors import detectors_title
from unlockstep.backtests.reports.study.family import family_title
from unlockstep.backtests.reports.study.gates import rule_view
from unlockstep.backtests.reports.study.holdout import holdout_sentences
from unlockstep.backtests.reports.study.strength import strength_scale, strength_view
from unlockstep.backtests.reports.study.variant_rows import MAX_ROWS, Row, row_key, variant_rows
from unlockstep.backtests.reports.study.verdict import verdict_view
from unlockstep.backtests.reports.text.figure import sentence
from unlockstep.backtests.reports.text.format import (
    MISSING,
    basis_points,
    count,
    is_missing,
    percent,
    ratio,
    sentence_text,
    short_hash,
    short_percent,
    value,
)
from unlockstep.backtests.reports.text.origin import unmarked
from unlockstep.backtests.reports.text.wording import best_of, candidates, primary_of, shown_name
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.storage import StoredRun, run_names
from unlockstep.backtests.storage.run_folder import RESULT

Setting = tuple[str, list[str], bool]


def compare_context(runs: Sequence[StoredRun], compared: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the template of the comparison page names; compared: the content of comparison.json."""
    names = run_names(runs)
    results = typed_results(runs)
    shown = shared_columns(runs)
    dates, relative = relative_chart(compared, runs, names)
    figures = _figures(runs, names)
    scale = strength_scale(*results)
    drawn = [name for run, name in zip(runs, names, strict=True) if run.result["data"]["synthetic"]]
    return {
        "warnings": compared["warnings"],
        "ranked": compared["ranked"],
        "changes": changes_view(compared, runs, names, shown),
        "names": names,
        "runs": [
            _card(run.result, result, name, scale) for run, result, name in zip(runs, results, names, strict=True)
        ],
        "synthetic": ", ".join(drawn) if len(drawn) < len(runs) else bool(drawn),
        "columns": shown,
        "groups": all_rows(runs, names, compared),
        "seals": holdout_sentences([result.seal for result in results], names),
        "settings": settings(runs),
        "figures": {**figures, "dates": figures["dates"] | dates, "relative": relative},
    }


def typed_results(runs: Sequence[StoredRun]) -> list[RunResult]:
    """The runs' results, each part knowing its place in its run's file."""
    return [RunResult.of(run.result, f"{name}/{RESULT}") for run, name in zip(runs, run_names(runs), strict=True)]


def all_rows(
    runs: Sequence[StoredRun], names: Sequence[str], compared: Mapping[str, Any]
) -> list[tuple[str, list[Row]]]:
    """(heading, rows) of all runs' variants, then of all runs' benchmarks; where ranked by timing IR, else by run."""
    merged: dict[str, list[Row]] = {}
    most = max(MAX_ROWS // max(len(runs), 1), 10)
    for run, result, name in zip(runs, typed_results(runs), names, strict=True):
        rows_of_run = variant_rows(result, name, most, run.frames["returns"], compared["parameters"])
        for heading, rows in rows_of_run:
            merged.setdefault(heading, []).extend(rows)
    if not compared["ranked"]:
        return list(merged.items())
    return [(heading, sorted(rows, key=_by_timing)) for heading, rows in merged.items()]


def _by_timing(row: Row) -> float:
    return float("inf") if is_missing(row.timing_ir) else -float(row.timing_ir or 0.0)


def settings(runs: Sequence[StoredRun]) -> list[Setting]:
    """(setting, its value in each run, whether they differ)."""
    table = [_settings(run.result) for run in runs]
    keys = list(dict.fromkeys(key for column in table for key in column))
    rows = [(key, [column.get(key, MISSING) for column in table]) for key in keys]
    return [(key, values, len({unmarked(text) for text in values}) > 1) for key, values in rows]


def _settings(result: dict[str, Any]) -> dict[str, str]:
    study, data = result["study"], result["data"]
    costs, window = study.get("costs") or {}, data["evaluated"]
    fees, slips = costs.get("fee_bps") or {}, costs.get("slippage_bps") or {}
    return {
        "Pair": " / ".join(data["pair"]),
        "Source": data["source"],
        "Synthetic": "yes" if data["synthetic"] else "no",
        "Fingerprint (sha256)": short_hash(data["sha256"]),
        "Prices": f"{data['first']} to {data['last']}",
        "Evaluated": f"{window['first']} to {window['last']}",
        "Sessions": count(window["sessions"]),
        "Fill": value(study.get("fill")),
        "Lag": value(study.get("lag")),
        "Fees": ", ".join(f"{basis_points(fees.get(t))} {t}" for t in data["pair"]),
        "Slippage": ", ".join(f"{basis_points(slips.get(t))} {t}" for t in data["pair"]),
        "Borrow rate": percent(costs.get("borrow_rate")),
        "Cash rate": percent(costs.get("cash_rate")),
        "Capital": count(study.get("capital")),
        "Error rate of “edge”": short_percent(study.get("alpha")),
        "Share of it for the primary": short_percent(study.get("primary_share")),
        "p in money, at most": value(study.get("money_alpha")),
        "Costs of the gate, times": value(study.get("cost_multiple")),
        "Best episode's share, at most": short_percent(study.get("episode_share")),
        "Worth trading from": ratio(study.get("worthwhile_ir"), signed=True),
        "Refit on, sessions": count(study.get("train_sessions")),
        "Refit every, sessions": count(study.get("test_sessions")),
        "Variants tried": count(result["family"].get("n_variants")),
        "Seed": value(study.get("seed")),
    }


def _card(result: dict[str, Any], typed: RunResult, name: str, scale: Scale) -> dict[str, Any]:
    return {
        "name": name,
        "pair": result["data"]["pair"],
        "period": result["data"]["evaluated"],
        "synthetic": bool(result["data"]["synthetic"]),
        "source": result["data"]["source"],
        "verdict": verdict_view(typed),
        "rule": rule_view(typed),
        "family": family_title(typed),
        "lockstep": sentence_text(sentence(typed.lockstep, lambda now: now.sentence)),
        "detectors": detectors_title(typed.detectors),
        "strength": strength_view(typed, scale, name),
    }


def _figures(runs: Sequence[StoredRun], names: Sequence[str]) -> dict[str, Any]:
    """The accounts of all runs in one figure; the same variant has the same colour, a run its own dashes."""
    listed = min(sum(len(run.result["variants"]) for run in runs), MAX_ROWS)
    room = max(charts.room(sum(len(run.frames["returns"]) for run in runs), listed), 4)
    dates = {f"returns{i}": lines.days(run.frames["returns"].index) for i, run in enumerate(runs)}
    colors: dict[str, str] = {"hold_eth": "@crypto", "hold_iwm": "@equity", "fixed_mix": "@muted", "cash": "@muted"}
    paths: list[charts.Path] = []
    for i, (run, name) in enumerate(zip(runs, names, strict=True)):
        result, returns = run.result, run.frames["returns"]
        primary, best = primary_of(result), best_of(result)
        first = [v for v in (primary, best) if v is not None]
        legs = [v for v in result["variants"] if v["strategy"] in ("hold_eth", "hold_iwm")]
        fixed = [v for v in result["variants"] if v["benchmark"]]
        ordered = list({v["name"]: v for v in [*first, *legs, *candidates(result), *fixed]}.values())[:room]
        for v in ordered:
            if v["name"] not in returns:
                continue
            key = v["strategy"] if v["benchmark"] else v["name"]
            colors.setdefault(key, ("@ink", "@green", *charts.CYCLE[:3])[(len(colors) - 4) % 5])
            stands_out = any(v is one for one in first)
            paths.append(
                charts.Path(
                    name=shown_name(v, result["data"]["pair"]),
                    full=f"{shown_name(v, result['data']['pair'])}, {name}",
                    group=name,
                    returns=returns[v["name"]].to_numpy(),
                    axis=f"#returns{i}",
                    color=colors[key],
                    dash=charts.DASHES[i % len(charts.DASHES)],
                    width=2.4 if primary is not None and v is primary else 1.6,
                    variant=row_key(v["name"], name),
                    shown=stands_out or (i == 0 and v["strategy"] in ("hold_eth", "hold_iwm")),
                )
            )
    drawn = [path for path in paths if len(path.returns)]
    synthetic = any(run.result["data"]["synthetic"] for run in runs)
    return {"dates": dates, "performance": charts.performance(drawn, [], synthetic=synthetic) if drawn else None}
