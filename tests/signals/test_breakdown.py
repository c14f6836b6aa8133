"""States, onsets and their thresholds."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import random_market
from tests.refusals import refused
from unlockstep.signals import Breakdown, BreakOnset, RelativeBreakdown
from unlockstep.signals.breakdown import hysteresis, onsets
from unlockstep.signals.errors import ParameterError

N = np.nan


def step_by_step(level: list[float], below: float, above: float, min_stay: int) -> list[float]:
    """The state machine told as a story: count sessions beyond each threshold; a full count changes the state."""
    state, under, over = N, 0, 0
    states = []
    for value in level:
        under = under + 1 if value < below else 0
        over = over + 1 if value > above else 0
        if under >= min_stay:
            state = 1.0
        elif over >= min_stay:
            state = 0.0
        states.append(state)
    return states


@pytest.mark.parametrize(
    ("level", "min_stay", "expected"),
    [
        ([0.5, 0.5, 0.2, 0.0, 0.2, 0.5], 1, [0, 0, 0, 1, 1, 0]),
        ([0.2, 0.2, 0.5], 1, [N, N, 0]),
        ([0.5, 0.5, 0.0, 0.0, 0.5, 0.0, 0.5, 0.5], 2, [N, 0, 0, 1, 1, 1, 1, 0]),
        ([0.0, N, 0.0, 0.0], 2, [N, N, N, 1]),
        ([0.0, N, N], 1, [1, 1, 1]),
        ([0.0, 0.0], 3, [N, N]),
        ([0.1, 0.3, 0.1], 1, [N, N, N]),
    ],
    ids=[
        "between the thresholds the state stays",
        "unknown before the first crossing",
        "a crossing must last",
        "a missing level interrupts a stay",
        "a missing level leaves the state",
        "too short a history",
        "a level on a threshold is not beyond it",
    ],
)
def test_a_state_holds_until_the_other_threshold_is_crossed_for_long_enough(
    level: list[float], min_stay: int, expected: list[float]
) -> None:
    np.testing.assert_array_equal(hysteresis(np.array(level), 0.1, 0.3, min_stay), expected)


@given(
    level=st.lists(st.sampled_from([-0.5, 0.0, 0.15, 0.2, 0.3, 0.4, 0.9, N]), min_size=1, max_size=60),
    min_stay=st.integers(1, 6),
)
def test_states_are_those_of_a_state_machine_told_step_by_step(level: list[float], min_stay: int) -> None:
    expected = step_by_step(level, 0.15, 0.3, min_stay)
    np.testing.assert_array_equal(hysteresis(np.array(level), 0.15, 0.3, min_stay), expected)


def test_an_onset_is_the_session_in_which_a_coupled_market_is_first_decoupled() -> None:
    states = np.array([N, 1, 1, 0, 0, 1, 1, 0, 1])
    np.testing.assert_array_equal(onsets(states), [N, N, 0, 0, 0, 1, 0, 0, 1])


def test_a_break_follows_the_rolling_correlation_of_pandas() -> None:
    market = random_market(21, 900, correlation=0.2)
    returns = market.close.apply(np.log).diff()
    level = returns["crypto"].rolling(60).corr(returns["equity"]).tolist()
    expected = np.array(step_by_step(level, 0.15, 0.3, 5))
    assert {0.0, 1.0} <= set(expected)
    np.testing.assert_array_equal(Breakdown(window=60).compute(market), expected)
    onset = BreakOnset(window=60).compute(market)
    started = (expected == 1) & (pd.Series(expected).shift() == 0)
    assert started.sum() >= 1
    np.testing.assert_array_equal(onset == 1, started)


def test_a_relative_break_follows_the_difference_of_two_rolling_correlations_of_pandas() -> None:
    market = random_market(23, 900, correlation=0.3)
    returns = market.close.apply(np.log).diff()
    short, long = (returns["crypto"].rolling(window).corr(returns["equity"]) for window in (30, 200))
    expected = step_by_step((short - long).tolist(), -0.2, -0.1, 3)
    assert {0.0, 1.0} <= set(expected)
    np.testing.assert_array_equal(RelativeBreakdown(short=30, long=200, drop=0.2, min_stay=3).compute(market), expected)


def test_thresholds_in_the_wrong_order_are_refused() -> None:
    with refused(ParameterError, name="breakdown", limit=0.3):
        Breakdown(decouple_below=0.5)


def test_a_norm_shorter_than_the_window_watched_is_refused() -> None:
    with refused(ParameterError, name="relative_breakdown", limit=100):
        RelativeBreakdown(short=100, long=100)
