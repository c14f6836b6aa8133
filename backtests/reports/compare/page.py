"""What the comparison page shows: verdicts side by side, one table of all variants, the accounts, the settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.equity_drawdown import EquityLine, equity_drawdown, lines_that_fit
from unlockstep.backtests.reports.charts.scale import Scale
from unlockstep.backtests.reports.charts.style import CYCLE, DASHES
from unlockstep.backtests.reports.compare.diff import (
    ChangesView,
    changes_view,
    relative_chart,
    shared_columns,
    shared_tickers,
)
from unlockstep.backtests.reports.compare.named_runs import NamedRun, named_runs, synthetic_names
from unlockstep.backtests.reports.study.columns import Column
from unlockstep.backtests.reports.study.detectors import detectors_title
from unlockstep.backtests.reports.study.family import family_title
from unlockstep.backtests.reports.study.gates import RuleView, rule_view
from unlockstep.backtests.reports.study.holdout import holdout_sentences
from unlockstep.backtests.reports.study.strength import StrengthView, strength_scale, strength_view
from unlockstep.backtests.reports.study.variant_rows import MAX_ROWS, Row, row_key, variant_rows
from unlockstep.backtests.reports.study.verdict import VerdictView, verdict_view
from unlockstep.backtests.reports.text.figure import Text, Words, figure, joined, sentence, text
from unlockstep.backtests.reports.text.format import (
    MISSING,
    Writer,
    basis_points,
    count,
    general,
    is_missing,
    percent,
    sentence_text,
    short_hash,
    short_percent,
)
from unlockstep.backtests.reports.text.small_table import signed
from unlockstep.backtests.reports.text.variants import best_of, candidates, legs_of, primary_of, shown_name, written
from unlockstep.backtests.results.model.comparison import ComparisonResult
from unlockstep.backtests.results.model.pair import CashResult, Evaluated
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.stored_run import StoredRun

Setting = tuple[str, list[Words], bool]


@dataclass(frozen=True)
class RunCard:
    """A run's verdict and state, beside the others."""

    name: str
    pair: tuple[str, str]
    period: Evaluated
    synthetic: bool
    source: str
    verdict: VerdictView
    rule: RuleView | None
    family: Text
    lockstep: Text
    detectors: str
    strength: StrengthView


@dataclass(frozen=True)
class CompareView:
    """Everything that the template of the comparison page names.

    synthetic: whether all runs are on synthetic prices, or the names of those that are.  seals: sentences on the sealed
    sessions.  figures: plotly's, by name, and the lists of dates that they share.
    """

    warnings: tuple[str, ...]
    ranked: bool
    changes: ChangesView
    names: list[str]
    runs: list[RunCard]
    synthetic: bool | str
    columns: tuple[Column, ...]
    groups: list[tuple[str, list[Row]]]
    seals: list[str]
    settings: list[Setting]
    figures: dict[str, Any]


def compare_view(stored: Sequence[StoredRun], compared: ComparisonResult) -> CompareView:
    """The page of a comparison."""
    runs = named_runs(stored)
    dates, relative = relative_chart(compared, runs)
    figures = _figures(runs)
    scale = strength_scale(*(run.result for run in runs))
    drawn = synthetic_names(runs)
    names = [run.name for run in runs]
    return CompareView(
        warnings=compared.warnings,
        ranked=compared.ranked,
        changes=changes_view(compared, runs),
        names=names,
        runs=[_card(run, scale) for run in runs],
        synthetic=", ".join(drawn) if len(drawn) < len(runs) else bool(drawn),
        columns=shared_columns(runs),
        groups=all_rows(runs, compared),
        seals=holdout_sentences([run.result.seal for run in runs], names),
        settings=settings(runs),
        figures={**figures, "dates": figures["dates"] | dates, "relative": relative},
    )


def all_rows(runs: Sequence[NamedRun], compared: ComparisonResult) -> list[tuple[str, list[Row]]]:
    """(heading, rows) of all runs' variants, then of all runs' benchmarks; where ranked by timing IR, else by run."""
    merged: dict[str, list[Row]] = {}
    most = max(MAX_ROWS // max(len(runs), 1), 10)
    for run in runs:
        for heading, rows in variant_rows(
            run.result, run.name, most, run.returns, compared.parameters, shared_tickers(runs)
        ):
            merged.setdefault(heading, []).extend(rows)
    if not compared.ranked:
        return list(merged.items())
    return [(heading, sorted(rows, key=_by_timing)) for heading, rows in merged.items()]


def _by_timing(row: Row) -> float:
    return float("inf") if is_missing(row.timing_ir) else -float(row.timing_ir or 0.0)


def settings(runs: Sequence[NamedRun]) -> list[Setting]:
    """(setting, its value in each run, whether they differ)."""
    table = [_settings(run.result) for run in runs]
    keys = list(dict.fromkeys(key for column in table for key in column))
    rows = [(key, [column.get(key, MISSING) for column in table]) for key in keys]
    return [(key, values, len(set(map(str, values))) > 1) for key, values in rows]


def _settings(result: RunResult) -> dict[str, Words]:
    data, window = result.data, result.data.evaluated

    def of_study(key: str, write: Writer[[]]) -> Text:
        return write(figure(result, lambda r: r.study[key]))

    def of_costs(key: str) -> Text:
        return percent(figure(result, lambda r: r.study["costs"][key]))

    def of_leg(key: str, ticker: str) -> Text:
        return text("{} {}", basis_points(figure(result, lambda r: r.study["costs"][key][ticker])), ticker)

    return {
        "Pair": " / ".join(data.tickers),
        "Source": data.source,
        "Synthetic": "yes" if data.synthetic else "no",
        "Fingerprint (sha256)": short_hash(data.sha256),
        "Prices": f"{data.first} to {data.last}",
        "Evaluated": f"{window.first} to {window.last}",
        "Sessions": count(figure(window, lambda w: w.sessions)),
        "Fill": written(result, lambda r: r.study["fill"]),
        "Lag": written(result, lambda r: r.study["lag"]),
        "Fees": joined(", ", (of_leg("fee_bps", ticker) for ticker in data.tickers)),
        "Slippage": joined(", ", (of_leg("slippage_bps", ticker) for ticker in data.tickers)),
        "Borrow rate": of_costs("borrow_rate"),
        "Cash rate": of_costs("cash_rate") if data.cash is None else _cash(data.cash),
        "Capital": of_study("capital", count),
        "Error rate of “edge”": of_study("alpha", short_percent),
        "Share of it for the primary": of_study("primary_share", short_percent),
        "p of raw returns, at most": of_study("money_alpha", general),
        "Costs of the gate, times": of_study("cost_multiple", general),
        "Best episode's share, at most": of_study("episode_share", short_percent),
        "Worth trading from": of_study("worthwhile_ir", signed),
        "Refit on, sessions": of_study("train_sessions", count),
        "Refit every, sessions": of_study("test_sessions", count),
        "Variants tried": count(figure(result.family, lambda f: f.n_variants)),
        "Seed": of_study("seed", general),
    }


def _cash(cash: CashResult) -> Text:
    return text("{} ({})", percent(figure(cash, lambda c: c.annual)), cash.source)


def _card(run: NamedRun, scale: Scale) -> RunCard:
    result = run.result
    return RunCard(
        name=run.name,
        pair=result.data.pair,
        period=result.data.evaluated,
        synthetic=result.data.synthetic,
        source=result.data.source,
        verdict=verdict_view(result),
        rule=rule_view(result),
        family=family_title(result),
        lockstep=sentence_text(sentence(result.lockstep, lambda now: now.sentence)),
        detectors=detectors_title(result.detectors),
        strength=strength_view(result, scale, run.name),
    )


def _figures(runs: Sequence[NamedRun]) -> dict[str, Any]:
    """The accounts of all runs in one figure; the same variant has the same colour, a run its own dashes."""
    listed = min(sum(len(run.result.variants) for run in runs), MAX_ROWS)
    room = max(lines_that_fit(sum(len(run.returns) for run in runs), listed), 4)
    dates = {f"returns{i}": lines.days(run.returns.index) for i, run in enumerate(runs)}
    colors: dict[str, str] = {"hold_eth": "@crypto", "hold_iwm": "@equity", "fixed_mix": "@muted", "cash": "@muted"}
    paths: list[EquityLine] = []
    for i, run in enumerate(runs):
        result, pair = run.result, run.result.data.pair
        primary = primary_of(result)
        first = [v for v in (primary, best_of(result)) if v is not None]
        legs = legs_of(result)
        fixed = [v for v in result.variants if v.benchmark]
        ordered = list({v.name: v for v in [*first, *legs, *candidates(result), *fixed]}.values())[:room]
        for v in ordered:
            if v.name not in run.returns:
                continue
            key = v.strategy if v.benchmark else v.name
            colors.setdefault(key, ("@ink", "@green", *CYCLE[:3])[(len(colors) - 4) % 5])
            stands_out = any(v is one for one in first)
            paths.append(
                EquityLine(
                    name=shown_name(v, pair),
                    full=f"{shown_name(v, pair)}, {run.name}",
                    group=run.name,
                    returns=run.returns[v.name].to_numpy(),
                    axis=f"#returns{i}",
                    color=colors[key],
                    dash=DASHES[i % len(DASHES)],
                    width=2.4 if v is primary else 1.6,
                    variant=row_key(v.name, run.name),
                    shown=stands_out or (i == 0 and any(v is leg for leg in legs)),
                )
            )
    drawn = [path for path in paths if len(path.returns)]
    synthetic = any(run.result.data.synthetic for run in runs)
    return {"dates": dates, "performance": equity_drawdown(drawn, [], synthetic=synthetic) if drawn else None}
