"""The whole job: contract of the result, causality of every figure that has a date, verdicts on known worlds."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.build import market_of
from tests.refusals import refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.variants import studied
from unlockstep.backtests.engine.instants import filled_returns
from unlockstep.backtests.jobs.run import Run, run_study
from unlockstep.backtests.stats.sharpe import sharpe_ratio
from unlockstep.backtests.storage.run_folder import as_json
from unlockstep.signals.errors import HistoryError


@pytest.fixture(scope="module")
def plain_demo() -> Run:
    """The default study on the demo."""
    return run_study(Study.make(data="demo"))


@pytest.fixture(scope="module")
def planted_demo() -> Run:
    """The default study on the demo with a planted edge."""
    return run_study(Study.make(data="demo:edge"))


def read_back(run: Run) -> dict[str, Any]:
    """The result as a reader of result.json has it."""
    content: dict[str, Any] = json.loads(as_json(run.result.as_json()))
    return content


def test_the_result_has_every_key_of_the_contract(plain_demo: Run) -> None:
    result = read_back(plain_demo)
    assert {"schema", "study", "data", "statements", "variants", "primary", "family", "verdict", "environment"} <= set(
        result
    )
    assert list(result["statements"]) == ["S1", "S2", "S3a", "S3b", "S3c", "S4"]
    for statement in result["statements"].values():
        assert {"finding", "estimate", "ci", "detail"} <= set(statement)
        assert statement["estimate"] is None or statement["ci"][0] <= statement["estimate"] <= statement["ci"][1]
    for variant in result["variants"]:
        assert set(variant["metrics"]) == {
            "cagr", "volatility", "sharpe", "sortino", "max_drawdown", "calmar", "turnover", "exposure", "trades",
            "costs_paid",
        }  # fmt: skip
        assert variant["verdict"] in ("edge", "no edge", "cannot tell")
        assert variant["reasons"]
        if not variant["benchmark"]:
            assert {
                "timing_ir", "timing_ci", "timing_p", "timing_p_family", "alpha", "alpha_t_hac", "psr", "dsr",
                "episodes", "min_detectable_ir",
            } <= set(variant["inference"])  # fmt: skip
            assert set(variant["against"]) == {"hold_eth", "hold_iwm", "constant_mix", "further"}
            assert {"costs", "lag", "subperiods", "walk_forward"} <= set(variant["robustness"])
    assert result["primary"] in [variant["name"] for variant in result["variants"]]


def test_every_statement_has_a_strategy_and_every_strategy_a_statement(plain_demo: Run) -> None:
    claimed = {v["statement"] for v in plain_demo.result.as_json()["variants"] if not v["benchmark"]}
    assert claimed == set(plain_demo.result.as_json()["statements"])


def test_the_sharpe_ratio_shown_is_that_of_the_returns_written(plain_demo: Run) -> None:
    for variant in read_back(plain_demo)["variants"]:
        returns = plain_demo.backtest.returns[variant["name"]].to_numpy()
        excess = returns - plain_demo.backtest.returns["cash"].to_numpy()
        shown = variant["metrics"]["sharpe"]
        if variant["strategy"] == "cash":
            assert shown is None
        else:
            assert shown == pytest.approx(np.mean(excess) / np.std(excess, ddof=1) * np.sqrt(252))
        assert variant["metrics"]["cagr"] == pytest.approx(np.prod(1 + returns) ** (252 / len(returns)) - 1)


def test_all_variants_are_judged_on_the_same_sessions(plain_demo: Run) -> None:
    returns, window = plain_demo.backtest.returns, plain_demo.result.as_json()["data"]["evaluated"]
    assert not returns.isna().to_numpy().any()
    assert str(returns.index[0].date()) == window["first"]
    assert len(returns) == window["sessions"]
    assert (plain_demo.weights.index >= plain_demo.backtest.value.index[0]).all()


def test_a_planted_edge_is_called_an_edge(planted_demo: Run) -> None:
    assert planted_demo.result.as_json()["verdict"]["decision"] == "edge"
    result = [v["strategy"] for v in planted_demo.result.as_json()["variants"] if v["verdict"] == "edge"]
    assert result == ["break_entry"]


def test_the_demo_without_an_edge_is_not(plain_demo: Run) -> None:
    assert plain_demo.result.as_json()["verdict"]["decision"] != "edge"
    assert all(v["verdict"] != "edge" for v in plain_demo.result.as_json()["variants"])


def test_the_demo_says_that_it_is_synthetic(plain_demo: Run) -> None:
    assert plain_demo.result.as_json()["data"]["synthetic"] is True
    assert plain_demo.result.as_json()["data"]["notes"][0].startswith("SYNTHETIC")


def test_prices_after_a_date_change_no_return_fill_or_weight_before_it() -> None:
    variants = studied(["derisk", "reconvergence"])
    whole, short = (
        run_study(Study.make(variants=variants, end=end)) for end in (date(2025, 12, 31), date(2022, 6, 30))
    )
    last = short.backtest.returns.index[-1]
    pd.testing.assert_frame_equal(whole.backtest.returns.loc[:last], short.backtest.returns, check_exact=True)
    pd.testing.assert_frame_equal(whole.weights.loc[:last], short.weights, check_exact=True)
    pd.testing.assert_frame_equal(whole.signals.loc[:last], short.signals, check_exact=True)
    fills = (whole.backtest.trades, short.backtest.trades)
    before = [trades[trades["session"] <= last].reset_index(drop=True) for trades in fills]
    pd.testing.assert_frame_equal(before[0], before[1], check_exact=True)


def test_a_history_shorter_than_the_warm_up_says_what_is_needed() -> None:
    with refused(HistoryError, limit=372 + 120):
        run_study(Study.make(start=date(2024, 6, 3)))


def test_strategies_with_short_warm_ups_need_less() -> None:
    run = run_study(Study.make(start=date(2025, 1, 2), variants=studied(["eth_leads"])))
    assert run.result.as_json()["data"]["evaluated"]["warmup"] == 21
    assert read_back(run)["statements"]["S1"]["estimate"] is None


def test_decisions_earn_from_their_fill_to_the_next() -> None:
    market = market_of([100.0, 110.0, 99.0, 198.0], [10.0, 10.0, 11.0, 11.0], crypto_open=[100.0, 100.0, 120.0, 90.0])
    np.testing.assert_allclose(filled_returns(market, fill="close", lag=1), [[-0.1, 0.1], [1.0, 0.0]])
    np.testing.assert_allclose(filled_returns(market, fill="open", lag=1)[:, 0], [0.2, -0.25])


def test_doubled_costs_are_simulated_not_estimated(plain_demo: Run) -> None:
    variant = next(v for v in plain_demo.result.as_json()["variants"] if v["strategy"] == "eth_leads")
    by_costs = [row["sharpe"] for row in variant["robustness"]["costs"]]
    assert by_costs == sorted(by_costs, reverse=True)
    returns = plain_demo.backtest.returns
    assert by_costs[1] == pytest.approx(sharpe_ratio((returns[variant["name"]] - returns["cash"]).to_numpy()))


def test_the_main_job_on_real_prices_reads_the_last_session_as_published(real_folder: Path) -> None:
    study = Study.make(data=str(real_folder), end=date(2025, 12, 31), variants=studied(["break_entry"]))
    now = run_study(study).result.as_json()["lockstep"]
    assert now["session"] == "2025-12-31"
    assert round(now["return_correlation"], 2) == 0.57
    assert round(now["level_correlation"], 2) == -0.39
    assert {ticker: round(growth, 3) for ticker, growth in now["yoy"].items()} == {"ETH-USD": -0.110, "IWM": 0.127}


PAIRS = [
    *(pytest.param(pair, marks=pytest.mark.slow) for pair in (("BTC-USD", "SPY"), ("GLD", "TLT"))),
    ("ETH-USD", "^RUT"),
]


@pytest.mark.parametrize("pair", PAIRS)
def test_other_pairs_of_real_prices_are_judged_too(real_folder: Path, pair: tuple[str, str]) -> None:
    study = Study.make(data=str(real_folder), pair=pair, end=date(2025, 12, 31), variants=studied(["derisk"]))
    result = run_study(study).result
    assert result.verdict.decision in ("no edge", "cannot tell")
    unadjusted = any("no adjusted close" in note for note in result.data.notes)
    assert unadjusted == ("^RUT" in pair)
