"""TargetWeights: what is refused, what stands, and what is carried over."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import PAIR
from tests.refusals import refused
from unlockstep.signals.errors import WeightsError
from unlockstep.strategies import TargetWeights

N = np.nan
DAYS = pd.bdate_range("2024-01-01", periods=6, name="session")


def weights_on(rows: dict[int, tuple[float, float]]) -> TargetWeights:
    frame = pd.DataFrame(list(rows.values()), index=DAYS[list(rows)], columns=list(PAIR), dtype=float)
    return TargetWeights("mine", frame)


@pytest.mark.parametrize(
    ("row", "limit"),
    [
        ((0.7, 0.4), 1),
        ((1.01, -0.5), 1),
        ((-1.5, -0.6), 2),
        ((1.0, -1.1), 2),
        ((N, 0.5), None),
        ((0.5, -np.inf), None),
    ],
)
def test_weights_that_no_account_could_hold_are_refused(row: tuple[float, float], limit: float | None) -> None:
    with refused(WeightsError, name="mine", dates=["2024-01-03"], limit=limit):
        weights_on({0: (0.0, 0.0), 2: row})


@pytest.mark.parametrize("row", [(1.0, 0.0), (0.5, 0.5), (-1.0, 1.0), (-1.0, -1.0), (0.1 + 0.2, 0.7), (0.0, 0.0)])
def test_weights_at_the_limits_are_held(row: tuple[float, float]) -> None:
    assert tuple(weights_on({0: row}).frame.iloc[0]) == row


@pytest.mark.parametrize("order", [[1, 0], [1, 1]])
def test_decisions_out_of_order_or_twice_a_session_are_refused(order: list[int]) -> None:
    frame = pd.DataFrame(0.0, index=DAYS[order], columns=list(PAIR))
    with refused(WeightsError, name="mine"):
        TargetWeights("mine", frame)


def test_a_decision_stands_until_the_next() -> None:
    weights_in_force = weights_on({1: (1.0, 0.0), 4: (0.0, 0.5)}).weights_in_force(DAYS)
    np.testing.assert_array_equal(weights_in_force, [[N, N], [1, 0], [1, 0], [1, 0], [0, 0.5], [0, 0.5]])


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        (0, {1: (1.0, 0.0), 4: (0.0, 0.5)}),  # nothing was in force yet
        (1, {1: (1.0, 0.0), 4: (0.0, 0.5)}),
        (2, {2: (1.0, 0.0), 4: (0.0, 0.5)}),  # the decision of session 1 was in force
        (4, {4: (0.0, 0.5)}),
        (5, {5: (0.0, 0.5)}),
    ],
)
def test_decisions_since_a_session_open_with_the_one_then_in_force(
    session: int, expected: dict[int, tuple[float, float]]
) -> None:
    since = weights_on({1: (1.0, 0.0), 4: (0.0, 0.5)}).since(DAYS[session])
    assert since.variant == "mine"
    pd.testing.assert_frame_equal(since.frame, weights_on(expected).frame, check_freq=False)


def test_decisions_of_a_variant_that_never_decides_are_none_at_any_time() -> None:
    never = TargetWeights("mine", pd.DataFrame(columns=list(PAIR), index=DAYS[:0], dtype=float))
    assert never.since(DAYS[2]).frame.empty
    assert never.weights_in_force(DAYS).isna().all(axis=None)


@given(
    decided=st.lists(st.booleans(), min_size=6, max_size=6),
    seed=st.integers(0, 1000),
    start=st.integers(0, 5),
)
def test_what_stands_after_a_session_is_the_same_with_the_decisions_since_it(
    decided: list[bool], seed: int, start: int
) -> None:
    shares = np.random.default_rng(seed).uniform(-0.5, 0.5, (6, 2))
    frame = pd.DataFrame(shares, index=DAYS, columns=list(PAIR))[decided]
    whole = TargetWeights("mine", frame)
    pd.testing.assert_frame_equal(
        whole.since(DAYS[start]).weights_in_force(DAYS[start:]),
        whole.weights_in_force(DAYS)[start:],
        check_dtype=False,
        check_freq=False,
    )
