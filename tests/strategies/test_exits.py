"""Exits by the price since the entry, by hand and against a plain loop."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.refusals import refused
from unlockstep.signals.errors import ParameterError
from unlockstep.strategies import stop_loss, take_profit, trailing_stop

N = np.nan

Exit = Callable[[Any, Any, Any], Any]


def plain(kind: str, wanted: list[float], close: list[float], limit: float) -> list[float]:
    """One variant, a session after the other; prices of whole numbers and limits that no rounding decides."""
    out: list[float] = []
    share, entry, best, out_of_it = N, N, N, False
    for now, price in zip(wanted, close, strict=True):
        before = share
        share = before if now != now else now
        if share != share:
            out.append(N)
            continue
        if before != before or (before > 0) != (share > 0) or (before < 0) != (share < 0):
            entry, best, out_of_it = price, price, False
        best = max(best, price) if share > 0 else min(best, price)
        gained = (price - entry) / entry if share > 0 else (entry - price) / entry
        fallen = (best - price) / best if share > 0 else (price - best) / best
        if share != 0:
            out_of_it |= {"loss": -gained >= limit, "trail": fallen >= limit, "gain": gained >= limit}[kind]
        out.append(0.0 if out_of_it else share)
    return out


KINDS: list[tuple[Exit, str]] = [(stop_loss, "loss"), (trailing_stop, "trail"), (take_profit, "gain")]


def test_a_stop_closes_at_its_limit_and_stays_out_until_the_rule_leaves() -> None:
    wanted = [0, 1, 1, 1, 1, 0, 1, 1]
    close = [50, 100, 95, 90, 120, 120, 80, 73]
    np.testing.assert_array_equal(
        stop_loss(np.array(wanted), np.array(close), 0.1), [0, 1, 1, 0, 0, 0, 1, 1]
    )  # 90 is 10 % under 100; 73 is no 10 % under 80


def test_a_trailing_stop_follows_the_best_close_and_no_worse_one() -> None:
    close = np.array([100, 150, 140, 135, 200])
    np.testing.assert_array_equal(trailing_stop(np.ones(5), close, 0.1), [1, 1, 1, 0, 0])
    np.testing.assert_array_equal(stop_loss(np.ones(5), close, 0.1), np.ones(5))


def test_a_profit_is_taken_at_exactly_its_gain_of_a_long_and_of_a_short() -> None:
    np.testing.assert_array_equal(take_profit(np.full(3, 0.4), np.array([100.0, 109.99, 110.0]), 0.1), [0.4, 0.4, 0])
    np.testing.assert_array_equal(take_profit(np.full(3, -0.4), np.array([100.0, 90.01, 90.0]), 0.1), [-0.4, -0.4, 0])
    np.testing.assert_array_equal(stop_loss(np.full(3, -0.4), np.array([100.0, 109.99, 110.0]), 0.1), [-0.4, -0.4, 0])


def test_a_turn_and_no_other_change_is_a_new_entry_and_nan_is_no_change() -> None:
    wanted = np.array([N, 0.5, N, 1.0, -1.0, -1.0])
    close = np.array([10, 100, 100, 89, 89, 99])
    np.testing.assert_array_equal(stop_loss(wanted, close, 0.1), [N, 0.5, 0.5, 0, -1, 0])


def test_a_missing_close_reaches_no_limit_and_the_next_one_stands_for_the_entry() -> None:
    close = np.array([N, 100.0, N, 90.0])
    np.testing.assert_array_equal(stop_loss(np.ones(4), close, 0.1), [1, 1, 1, 0])


def test_exits_within_each_other_close_at_the_first_of_them() -> None:
    close = np.array([100, 120, 100, 80])
    wanted = np.ones(4)
    np.testing.assert_array_equal(take_profit(stop_loss(wanted, close, 0.15), close, 0.2), [1, 0, 0, 0])
    np.testing.assert_array_equal(stop_loss(take_profit(wanted, close, 0.3), close, 0.15), [1, 1, 1, 0])


@pytest.mark.parametrize(("function", "kind"), KINDS, ids=[kind for _, kind in KINDS])
def test_many_variants_are_those_of_a_plain_loop_and_know_no_later_session(function: Exit, kind: str) -> None:
    rng = np.random.default_rng(3)
    wanted = rng.choice([N, N, N, 1.0, 0.5, 0.0, -0.5], size=(20, 400))
    close = np.cumprod(1 + rng.normal(0, 0.03, size=(20, 400)), axis=1)
    limits = rng.uniform(0.02, 0.3, 20)
    every = function(wanted, close, limits)
    for i in range(20):
        np.testing.assert_array_equal(every[i], plain(kind, wanted[i].tolist(), close[i].tolist(), limits[i]))
    np.testing.assert_array_equal(function(wanted[:, :150], close[:, :150], limits), every[:, :150])
    np.testing.assert_array_equal(function(wanted, close[0], limits)[5], function(wanted[5], close[0], limits[5]))
    assert (every == 0).any()
    assert (every != 0).any()


def test_a_series_answers_a_series_of_its_sessions() -> None:
    days = pd.bdate_range("2024-01-01", periods=3, name="session")
    answer = stop_loss(pd.Series([1.0, 1.0, 1.0], days), pd.Series([10.0, 8.0, 12.0], days), 0.1)
    pd.testing.assert_series_equal(answer, pd.Series([1.0, 0.0, 0.0], days))


@pytest.mark.parametrize(("limit", "bound"), [(0.0, 0), (-0.1, 0), (1.0, 1), (10, 1), (N, 0)])
def test_a_loss_that_is_no_fraction_is_refused(limit: float, bound: float) -> None:
    with refused(ParameterError, name="loss", limit=bound):
        stop_loss(np.ones(2), np.ones(2), limit)


def test_other_sessions_and_other_numbers_of_variants_are_refused() -> None:
    with refused(ParameterError):
        stop_loss(np.ones(3), np.ones(2), 0.1)
    with refused(ParameterError, name="loss"):
        stop_loss(np.ones((3, 5)), np.ones(5), np.array([0.1, 0.2]))
    with refused(ParameterError):
        stop_loss(np.ones((3, 5)), np.ones((2, 5)), 0.1)
    with refused(ParameterError):
        stop_loss(pd.Series([1.0], [0]), pd.Series([1.0], [1]), 0.1)
    with refused(ParameterError):
        stop_loss(pd.Series([1.0]), pd.Series([1.0]), np.array([0.1, 0.2]))
