"""What changed from a baseline: which variants are counterparts, what differs, and the tests of the difference."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from tests.backtests.reports.build import candidate, edited, stored_run
from tests.backtests.reports.test_html import Page
from tests.refusals import refused
from unlockstep.backtests.jobs.compare import comparison
from unlockstep.backtests.reports.html import compare_page
from unlockstep.backtests.results.diff import (
    Baseline,
    baseline_of,
    changed_settings,
    changes,
    differing_parameters,
    unpaired,
)
from unlockstep.backtests.results.model.comparison import ChangedSetting
from unlockstep.backtests.results.stored_run import StoredRun
from unlockstep.backtests.stats.benchmark_comparison import sharpe_difference
from unlockstep.signals.errors import RunError

DAYS = pd.bdate_range("2020-01-01", periods=600)


def variant(strategy: str, sharpe: float, **params: Any) -> dict[str, Any]:
    text = ",".join(f"{key}={value}" for key, value in params.items())
    entry = candidate(f"{strategy}({text})" if params else strategy, strategy=strategy)
    metrics = {**entry["metrics"], "sharpe": sharpe, "exposure": {"IWM": 0.25}, "trades": 4}
    inference = {"timing_ir": None, "timing_ci": [0.0, 1.0], "sharpe_ci": [0.0, 1.0]}
    is_cash = strategy == "cash"
    return {
        **entry,
        "label": strategy,
        "params": params,
        "benchmark": is_cash,
        "metrics": metrics,
        "inference": inference,
    }


def run_of(name: str, *variants: dict[str, Any], seed: int = 1, start: int = 0, **study: Any) -> StoredRun:
    """A run with accounts drawn for each variant, from the session numbered `start` on."""
    rng = np.random.default_rng(seed)
    returns = pd.DataFrame({v["name"]: rng.normal(0.0005, 0.01, len(DAYS)) for v in variants}, index=DAYS)
    run = edited(
        stored_run(),
        lambda content: content.update(
            study={"seed": 7, "variants": ["not a setting"], "data": "anywhere", **study},
            environment={"python": "3.11"},
            variants=list(variants),
        ),
    )
    columns = pd.MultiIndex.from_product([[v["name"] for v in variants], ["ETH-USD", "IWM"]])
    weights = pd.DataFrame(rng.random((len(DAYS), len(columns))) / 2, index=DAYS, columns=columns)
    return replace(run, path=Path(name), frames={"returns": returns.iloc[start:], "weights": weights.iloc[start:]})


def test_a_variant_is_compared_with_that_of_the_same_name_or_else_with_the_nearest_of_its_strategy() -> None:
    old = run_of("old", variant("rule", 0.5, a=1, b=1), variant("rule", 0.4, a=2, b=2), variant("gone", 0.1))
    new = run_of(
        "new", variant("rule", 0.9, a=3, b=2), variant("rule", 0.7, a=1, b=1), variant("rule", 0.6, a=4, b=4),
        variant("fresh", 0.2), seed=2,
    )  # fmt: skip
    result = {entry.variant: entry.baseline.variant for entry in changes([old, new], Baseline(0))}
    assert result == {"rule(a=1,b=1)": "rule(a=1,b=1)", "rule(a=3,b=2)": "rule(a=2,b=2)"}
    alone = {(each.run, each.variant, each.absent) for each in unpaired([old, new], Baseline(0))}
    assert alone == {("new", "rule(a=4,b=4)", "old"), ("new", "fresh", "old"), ("old", "gone", "new")}


def test_sharpe_ratios_are_compared_over_each_run_s_own_cash() -> None:
    cash = {"old": np.full(len(DAYS), 0.0001), "new": 0.0003 + 0.0001 * np.sin(np.arange(len(DAYS)))}
    excess = np.random.default_rng(5).normal(0.0005, 0.01, (len(DAYS), 2))
    runs = []
    for i, (name, earned) in enumerate(cash.items()):
        run = run_of(name, variant("rule", 0.5), variant("other", 0.5), variant("cash", 0.0), seed=i)
        columns = {"rule": excess[:, 0] + earned, "other": excess[:, i] + earned, "cash": earned}
        runs.append(replace(run, frames={**run.frames, "returns": pd.DataFrame(columns, DAYS)}))
    tests = {entry.variant: entry.sharpe_test for entry in changes(runs, Baseline(0))}
    assert tests["rule"] is None  # the same account at another rate
    assert tests["cash"] is None
    assert tests["other"] is not None
    expected = sharpe_difference(excess[:, 1], excess[:, 0], seed=7)
    assert tests["other"].difference == pytest.approx(expected.difference, abs=1e-9)


def test_every_figure_is_subtracted_and_a_missing_one_stays_missing() -> None:
    old, new = run_of("old", variant("rule", 0.5, a=1)), run_of("new", variant("rule", 0.9, a=3), seed=2)
    (entry,) = changes([old, new], Baseline(0))
    sharpe, exposure = entry.figure(("metrics", "sharpe")), entry.figure(("metrics", "exposure", "IWM"))
    assert sharpe is not None
    assert sharpe.model_dump() == {"baseline": 0.5, "here": 0.9, "difference": pytest.approx(0.4)}
    assert exposure is not None
    assert exposure.difference == 0.0
    assert entry.figure(("inference", "timing_ci")) is None
    assert entry.figure(("inference", "timing_ir")) is None  # neither has it
    assert entry.parameters == {"a": (1, 3)}
    new = edited(new, lambda content: content["variants"][0]["inference"].update(timing_ir=0.3))
    (entry,) = changes([old, new], Baseline(0))
    timing = entry.figure(("inference", "timing_ir"))
    assert timing is not None
    assert timing.model_dump() == {"baseline": None, "here": 0.3, "difference": None}


def test_accounts_are_tested_on_the_sessions_that_both_have_and_all_tests_are_counted() -> None:
    names = ("one", "two", "three")
    old = run_of("old", *(variant(name, 0.5) for name in names))
    new = run_of("new", *(variant(name, 0.5) for name in names), seed=2, start=100)
    tests = [entry.sharpe_test for entry in changes([old, new], Baseline(0)) if entry.sharpe_test is not None]
    a, b = (run.frames["returns"]["two"].loc[DAYS[100] :].to_numpy() for run in (new, old))
    expected = sharpe_difference(a, b, seed=7)
    assert tests[1].sessions == 500
    assert tests[1].difference == expected.difference
    assert tests[1].p == expected.p
    adjusted = multipletests([test.p for test in tests], method="holm")[1]
    assert [test.p_holm for test in tests] == adjusted.tolist()


def test_the_same_account_and_one_that_never_varies_are_not_tested() -> None:
    old, new = (run_of(name, variant("rule", 0.5), variant("cash", 0.0)) for name in ("old", "new"))
    for run in (old, new):
        run.frames["returns"]["cash"] = 0.0
    assert [entry.sharpe_test for entry in changes([old, new], Baseline(0))] == [None, None]


def test_a_difference_that_costs_make_has_no_p_value() -> None:
    names = ("costs alone", "other positions", "later fills")
    old = run_of("old", *(variant(name, 0.5) for name in names))
    dear = run_of("dear", *(variant(name, 0.5) for name in names), seed=2, start=100)
    weights = old.frames["weights"]
    weights.loc[DAYS[200:260]] = weights.loc[DAYS[199]].to_numpy()
    for name in names[:2]:
        dear.frames["returns"][name] = old.frames["returns"][name].iloc[100:] - 1e-4 * (np.arange(100, 600) % 21 == 0)
    for asset in ("ETH-USD", "IWM"):
        dear.frames["weights"]["costs alone", asset] = weights["costs alone", asset]
        dear.frames["weights"].loc[DAYS[200:260], ("costs alone", asset)] = np.nan  # the decision before is in force
    entries = {entry.variant: entry for entry in changes([old, dear], Baseline(0))}
    assert entries["costs alone"].same_positions
    assert entries["costs alone"].sharpe_test is None
    for name in names[1:]:
        assert not entries[name].same_positions
        assert entries[name].sharpe_test is not None
    late = run_of("late", *(variant(name, 0.5) for name in names), lag=2)
    late.frames["weights"][:] = weights.to_numpy()
    assert not any(entry.same_positions for entry in changes([old, late], Baseline(0)))
    again = replace(old, path=Path("again"))
    assert not any(entry.same_positions for entry in changes([old, again], Baseline(0)))  # there is no difference


def test_one_variant_as_the_baseline_is_compared_with_all_others_of_all_runs() -> None:
    old, new = (run_of(name, variant("rule", 0.5, a=1), variant("cash", 0.0), seed=i) for i, name in enumerate("ab"))
    result = changes([old, new], Baseline(0, "cash"))
    assert [(entry.run, entry.variant) for entry in result] == [
        ("a", "rule(a=1)"),
        ("b", "rule(a=1)"),
        ("b", "cash"),
    ]
    assert {(entry.baseline.run, entry.baseline.variant) for entry in result} == {("a", "cash")}
    assert result[0].parameters == {}  # of another strategy
    assert unpaired([old, new], Baseline(0, "cash")) == []


def test_the_baseline_is_named_by_folder_and_variant_or_the_error_says_what_there_is() -> None:
    runs = [run_of("x/one", variant("rule", 0.5, a=1), variant("rule", 0.5, a=2)), run_of("two", variant("cash", 0))]
    assert baseline_of(runs, None) == Baseline(0)
    assert baseline_of(runs, "two") == baseline_of(runs, "two/") == Baseline(1)
    assert baseline_of(runs, "x/one:rule(a=2)") == baseline_of(runs, "one:rule(a=2)") == Baseline(0, "rule(a=2)")
    assert baseline_of(runs, "two:cash") == Baseline(1, "cash")
    with refused(RunError, name="three", choices=["one", "two"]):
        baseline_of(runs, "three")
    with refused(RunError, name="rule", choices=["rule(a=1)", "rule(a=2)"]):
        baseline_of(runs, "one:rule")
    with refused(RunError, name="rule", choices=["cash"]):
        baseline_of(runs, "two:rule")


def test_settings_are_told_where_they_differ_and_parameters_where_any_variant_does() -> None:
    old = run_of("old", variant("rule", 0.5, a=1, b=1), fill="close", costs={"fee_bps": {"IWM": 1.0}})
    new = run_of("new", variant("rule", 0.5, a=2, b=1), fill="open", costs={"fee_bps": {"SPY": 1.0}})
    assert changed_settings([old, new]) == [
        ChangedSetting(setting="fill", values=("close", "open")),
        ChangedSetting(setting="costs.fee_bps.IWM", values=(1.0, None)),
        ChangedSetting(setting="costs.fee_bps.SPY", values=(None, 1.0)),
    ]
    assert changed_settings([old, old]) == []
    assert differing_parameters([old, new]) == {"rule": ["a"]}


def test_runs_that_are_not_alike_are_ranked_only_when_told() -> None:
    alike = [stored_run(), stored_run(name="b")]
    other = [stored_run(), stored_run(name="b", pair=("BTC-USD", "SPY"))]
    assert comparison(alike).ranked
    assert not comparison(other).ranked
    assert comparison(other).warnings
    assert comparison(other, rank=True).ranked


def test_the_page_shades_the_settings_that_differ_and_no_others() -> None:
    old = stored_run()
    new = edited(stored_run(name="b"), lambda content: content["study"].update(lag=2))
    page = Page(compare_page([old, new], comparison([old, new])))
    rows = [attrs.get("class") for tag, attrs in page.elements if tag == "tr"]
    assert rows.count("differs") == 1
