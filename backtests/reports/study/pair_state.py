"""The section on the pair: have they come apart, since when, in which sense, and who moved first?"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from unlockstep.backtests.reports.charts import figures as charts
from unlockstep.backtests.reports.charts import signal_panels as panels
from unlockstep.backtests.reports.study import decoupling as parts
from unlockstep.backtests.reports.study import statements as behind
from unlockstep.backtests.reports.study.detectors import detectors_view, timeline
from unlockstep.backtests.reports.text.format import MISSING, is_missing, percent, ratio, typographic
from unlockstep.backtests.reports.text.origin import located_content
from unlockstep.backtests.reports.text.small_table import SmallTable, filled
from unlockstep.backtests.reports.text.wording import chance, correlations_apart, level_words, listed
from unlockstep.backtests.results.stored_run import StoredRun
from unlockstep.backtests.text import substitute_tickers
from unlockstep.signals.registry import SIGNALS

Result = dict[str, Any]

HEADING = "Have they come apart, since when, in which sense, and who moved first?"


def lockstep_view(result: Result) -> dict[str, Any]:
    """Where the pair stands at the last session. sentence: "" for runs that kept none."""
    lockstep, pair = result["lockstep"], result["data"]["pair"]
    yoy = lockstep.get("yoy") or {}
    years = [
        (y["correlation"], y["year"])
        for y in lockstep.get("correlation_by_year") or ()
        if not is_missing(y["correlation"])
    ]
    return {
        "session": lockstep["session"],
        "window": lockstep["window"],
        "sentence": typographic(lockstep.get("sentence") or ""),
        "title": correlations_apart(lockstep),
        "returns": ratio(lockstep.get("return_correlation"), signed=True),
        "levels": ratio(lockstep.get("level_correlation"), signed=True),
        "rate": level_words(lockstep),
        "chance": chance(lockstep.get("level_false_decoupling")),
        "yoy": [(ticker, percent(yoy.get(ticker), signed=True)) for ticker in pair],
        "yoy_title": "Year over year: " + ", ".join(f"{t} {percent(yoy.get(t), signed=True)}" for t in pair),
        "state": lockstep.get("state", "unknown"),
        "years_title": _years_title(years),
    }


def _years_title(years: Sequence[tuple[float, int]]) -> str:
    """The lowest and the highest correlation of a calendar year."""
    if not years:
        return "Correlation of daily returns by calendar year"
    (low, first), (high, last) = min(years), max(years)
    ends = [ratio(x, signed=True) for x in (low, high)]
    if ends[0] == ends[1]:
        named = listed(sorted(str(year) for _, year in years))
        return f"The correlation of daily returns was {ends[0]} in {named}"
    return f"By calendar year the correlation of daily returns ran from {ends[0]} ({first}) to {ends[1]} ({last})"


def pair_state_view(run: StoredRun) -> dict[str, Any]:
    """Detectors, decomposition and who moved first; None for what the run did not keep or its sample does not give."""
    result, pair = located_content(run.result), run.result.data.pair
    lead = behind.detail_of(result, "S3c")
    return {
        "detectors": detectors_view(result),
        "readings_title": panels.return_correlations_title(run.frames["signals"]),
        "beta_title": panels.last_title(
            run.frames["signals"], "beta(", f"At the last session {pair[0]} moved {{}} % for each % of {pair[1]}"
        ),
        "response_title": panels.last_title(
            run.frames["signals"], "response(", f"At the last session {{}} of the move that {pair[1]} implies has come"
        ),
        "decoupling": parts.decoupling_view(result["lockstep"], pair),
        "lags_title": behind.lags_title(lead, pair) if lead.get("lags") else "",
        "clock": behind.clock_sentence(lead, pair),
        "signals": signals_table(run.frames["signals"], pair),
        "lead_tables": filled(behind.granger_table(lead, pair), behind.windows_table(lead)),
    }


def signals_table(signals: pd.DataFrame, pair: Sequence[str]) -> SmallTable:
    """Every signal of the run at the last session; "–" where it has no value."""
    rows = []
    for label in signals.columns:
        signal = SIGNALS.get(str(label).partition("(")[0])
        unit, meaning = (
            (signal.unit, substitute_tickers(signal.meaning, (pair[0], pair[1]))) if signal else (MISSING, MISSING)
        )
        rows.append((str(label), ratio(panels.last_of(signals[label])), unit, typographic(meaning)))
    note = "As in signals.parquet, where each stands for every session; a value uses prices up to its session only."
    return SmallTable(
        f"All {len(rows)} signals at the last session",
        note,
        ("Signal", "Value", "Unit", "What it says"),
        rows,
        words=(2, 3),
    )


def behind_view(result: Result) -> dict[str, Any]:
    """Titles and tables under the scorecard; "" and None for what the run did not keep or its sample does not give."""
    pair = result["data"]["pair"]
    response, blocks = behind.detail_of(result, "S2"), behind.detail_of(result, "S3a")
    return {
        "curve": behind.curve_title(response, pair) if response.get("curve") else "",
        "path": behind.path_title(response) if response.get("path") else "",
        "blocks": behind.blocks_title(blocks) if blocks.get("block_correlations") else "",
        "healed": behind.healed_table(blocks),
        "legs": behind.legs_view(result["statements"].get("S3b") or {}, pair),
    }


def pair_state_figures(run: StoredRun) -> dict[str, charts.Figure | None]:
    """The charts of the section, and those under the scorecard; None where the sample gives none."""
    result, signals = located_content(run.result), run.frames["signals"]
    pair, synthetic = result["data"]["pair"], bool(result["data"]["synthetic"])
    by_year = result["lockstep"].get("correlation_by_year") or []
    decoupling = result["lockstep"].get("decoupling") or {}
    response, blocks = behind.detail_of(result, "S2"), behind.detail_of(result, "S3a")
    return {
        "timeline": timeline(result, signals, synthetic=synthetic),
        "correlations": panels.correlations(signals, synthetic=synthetic),
        "readings": panels.return_correlations(signals, synthetic=synthetic),
        "by_year": charts.yearly_bars(
            [y["year"] for y in by_year],
            [y["correlation"] for y in by_year],
            "Correlation",
            share=False,
            synthetic=synthetic,
        )
        if by_year
        else None,
        "change_by_year": parts.years_figure(decoupling.get("by_year") or [], synthetic=synthetic),
        "lags": behind.lags_figure(behind.detail_of(result, "S3c"), pair, synthetic=synthetic),
        "curve": behind.curve_figure(response, pair, synthetic=synthetic),
        "path": behind.path_figure(response, synthetic=synthetic),
        "blocks": behind.blocks_figure(blocks, synthetic=synthetic),
        "growth_rates": panels.growth_rates(signals, pair, synthetic=synthetic),
        **panels.singles(signals, synthetic=synthetic),
    }
