"""Months and crises, by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from unlockstep.backtests.results.calendar import CRISES, crises, months, through_crises
from unlockstep.backtests.results.metrics import max_drawdown
from unlockstep.signals import Market


def test_a_month_is_its_sessions_compounded_and_one_without_sessions_is_missing() -> None:
    days = pd.DatetimeIndex(["2023-12-29", "2024-01-02", "2024-01-31", "2024-03-01"])
    result = months(pd.Series([0.1, 0.5, -0.5, 0.25], days))
    assert [row.year for row in result] == [2023, 2024]
    assert result[0].months == (*[None] * 11, pytest.approx(0.1))
    assert result[1].months == (pytest.approx(-0.25), None, pytest.approx(0.25), *[None] * 9)
    assert [row.total for row in result] == pytest.approx([0.1, 1.5 * 0.5 * 1.25 - 1])


def test_a_fall_is_from_the_highest_value_so_far_the_start_included() -> None:
    assert max_drawdown(np.array([-0.5, 0.5])) == pytest.approx(-0.5)
    assert max_drawdown(np.array([1.0, -0.25, 0.1, -0.5])) == pytest.approx(0.75 * 1.1 * 0.5 - 1)
    assert max_drawdown(np.array([0.1])) == 0.0


def test_crises_are_stretches_in_order_of_their_begin_on_real_sessions() -> None:
    assert [c.first for c in CRISES] == sorted(c.first for c in CRISES)
    assert all(c.first < c.last for c in CRISES)
    assert all(day.weekday() < 5 for c in CRISES for day in (c.first, c.last))


def test_what_an_account_brought_in_a_crisis_counts_its_own_sessions_only() -> None:
    days = pd.bdate_range("2024-07-30", "2024-08-07")
    returns = pd.Series([0.01, 0.01, -0.1, 0.05, -0.2, 0.01, 0.01], days)
    exposure = pd.Series([1.0, 1.0, 0.5, 0.3, 0.1, 1.0, 1.0], days)
    [result] = through_crises(returns, exposure)
    assert result.simple_return == pytest.approx(0.9 * 1.05 * 0.8 - 1)
    assert result.fall == pytest.approx(0.9 * 1.05 * 0.8 - 1)
    assert result.exposure == pytest.approx((0.5 + 0.3 + 0.1) / 3)
    assert through_crises(returns[:"2024-08-02"], exposure) == ()
    assert through_crises(returns["2024-08-01":], exposure) == ()  # its first session needs the one before


def test_a_crisis_of_a_few_sessions_has_no_correlation(demo: Market) -> None:
    result = {entry.name: entry for entry in crises(demo)}
    logs = demo.log_returns["2020-02-20":"2020-03-23"]
    assert result["pandemic"].correlation == pytest.approx(logs.corr().iloc[0, 1])
    assert result["pandemic"].sessions == len(logs)
    assert result["carry trades"].correlation is None
    assert date.fromisoformat(result["pandemic"].first) == date(2020, 2, 20)
