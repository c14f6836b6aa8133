"""Accounts in small, and what the chosen variant held; expected values by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.backtests.reports.build import candidate, edited, stored_run
from unlockstep.backtests.reports.charts.sparkline import blocks, sparkline
from unlockstep.backtests.reports.study import holdings
from unlockstep.backtests.reports.study.accounts import account_paths
from unlockstep.backtests.reports.study.fill_causes import fill_causes_table
from unlockstep.backtests.reports.study.markdown import study_markdown
from unlockstep.backtests.results.stored_run import StoredRun

DAYS = pd.DatetimeIndex(["2024-01-02", "2024-01-03", "2024-01-04"], name="session")


def test_an_account_in_small_rises_to_the_top_and_starts_at_one() -> None:
    assert sparkline(np.array([1.0])) == "2,20.0 94,2.0"
    # 1, 2, 1 on a log scale: up and all the way back
    assert sparkline(np.array([1.0, -0.5])) == "2,20.0 48,2.0 94,20.0"


def test_an_account_that_stands_still_is_a_level_line_and_a_lost_one_none() -> None:
    assert sparkline(np.zeros(3)) == "2,11.0 33,11.0 63,11.0 94,11.0"
    assert sparkline(np.array([-1.0])) == ""


def test_an_account_is_also_told_in_characters() -> None:
    assert blocks(np.array([1.0, -0.5]), 42) == "▁█▁"
    assert blocks(np.array([1.0, 1.0, 1.0]), 42) == "▁▃▆█"  # thirds of the way, of seven steps
    assert blocks(np.zeros(3), 42) == "▅▅▅▅"
    assert blocks(np.array([-1.0]), 42) == ""
    assert len(blocks(np.full(2500, 0.001), 42)) == 42


def test_a_long_account_keeps_its_first_and_last_session() -> None:
    points = sparkline(np.full(2500, 0.001)).split()
    assert (points[0], points[-1], len(points)) == ("2,20.0", "94,2.0", 33)


@pytest.fixture
def run() -> StoredRun:
    made = stored_run()
    name, asset = made.result.variants[0].name, ("ETH-USD", "IWM")
    weights = pd.DataFrame(
        [[0.5, 0.0], [np.nan, np.nan], [0.0, 0.25]], DAYS, pd.MultiIndex.from_tuples([(name, a) for a in asset])
    )
    trades = pd.DataFrame(
        {
            "variant": [name, name], "asset": ["ETH-USD", "IWM"], "session": DAYS[[1, 2]], "side": ["buy", "sell"],
            "size": [12.3456789, 7.0], "price": [2345.678901, 200.0], "fee": [28.956, 1.4], "slippage": [0.004, 0.0],
        }
    )  # fmt: skip
    return replace(made, frames={**made.frames, "weights": weights, "trades": trades})


def test_decisions_are_told_where_there_are_any_in_percent(run: StoredRun) -> None:
    result = holdings.holdings(run.result, run.frames)
    assert result.dates == ["2024-01-02", "2024-01-03", "2024-01-04"]
    (only,) = result.variants
    assert only.key == run.result.variants[0].name
    assert only.weights == holdings.Decisions([0, 2], ([50.0, 0.0], [0.0, 25.0]))
    assert "held 8\u00a0% in ETH-USD and 0\u00a0% in IWM on average; 6 fills" in only.title


def test_fills_are_those_of_the_table(run: StoredRun) -> None:
    assert holdings.holdings(run.result, run.frames).variants[0].fills == holdings.Fills(
        session=["2024-01-03", "2024-01-04"], leg=[0, 1], side=["buy", "sell"], size=[12.3457, 7.0],
        price=[2345.679, 200.0], fee=[28.96, 1.4], slippage=[0.0, 0.0], cause=None,
    )  # fmt: skip


def test_the_cause_of_fills_is_on_the_page_and_in_markdown_where_it_does_not_follow_from_the_rest(
    run: StoredRun,
) -> None:
    assert fill_causes_table(run.result) is None
    causes = {"decision": 3, "rebalancing": 2, "exit": 1}
    caused = edited(run, lambda content: content["variants"][0].update(causes=causes))
    trades = run.frames["trades"].assign(cause=["decision", "exit"])
    caused = replace(caused, frames={**run.frames, "trades": trades})
    (variant,) = holdings.holdings(caused.result, caused.frames).variants
    assert variant.fills is not None
    assert variant.fills.cause == ["decision", "exit"]
    table = fill_causes_table(caused.result)
    assert table is not None
    assert [list(map(str, row))[1:] for row in table.rows] == [["6", "3", "2", "1"]]
    assert "| Variant | Fills | Decision | Rebalancing | Exit |" in study_markdown(caused)


def test_fills_beyond_the_room_of_a_page_are_left_out_and_said_to_be(
    run: StoredRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdings, "MAX_FILLS", 1)
    assert holdings.holdings(run.result, run.frames).variants[0].fills is None


def test_every_account_is_drawn_and_the_keys_of_the_first_stand_below() -> None:
    run = stored_run(candidates=[candidate(f"rule(window={n})", p_family=n / 100) for n in range(60)])
    paths = account_paths(run.result, run.frames["returns"])
    assert len(paths) == run.frames["returns"].shape[1]
    assert [path.listed for path in paths] == [i < 24 for i in range(len(paths))]
    assert {path.variant for path in paths} == set(run.frames["returns"].columns)
