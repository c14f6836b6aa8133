"""Rolling statistics against numpy's, one window at a time."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from unlockstep.signals.market import Floats
from unlockstep.signals.rolling import align, pearson, slope, windows

SEEDS = st.integers(0, 2**32 - 1)


def pair_of(seed: int, rows: int = 4, length: int = 20) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, length))
    return x, 0.5 * x + rng.standard_normal((rows, length))


def test_each_window_holds_its_own_numbers() -> None:
    assert windows(np.array([1.0, 2.0, 3.0, 4.0]), 3).tolist() == [[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]]


def test_a_tail_is_aligned_to_the_end() -> None:
    np.testing.assert_array_equal(align(np.array([7.0, 8.0]), 4), [np.nan, np.nan, 7.0, 8.0])


def test_a_correlation_done_by_hand() -> None:
    # x - 2 = (-1, 0, 1), y - 3 = (-2, 1, 1): 3 / sqrt(2 * 6)
    assert pearson(np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 4.0, 4.0]]))[0] == pytest.approx(3 / np.sqrt(12))


def test_a_slope_done_by_hand() -> None:
    # sum of dx dy = 3, sum of dx squared = 2
    assert slope(np.array([[1.0, 4.0, 4.0]]), np.array([[1.0, 2.0, 3.0]]))[0] == pytest.approx(1.5)


@given(SEEDS)
def test_correlation_is_numpys(seed: int) -> None:
    x, y = pair_of(seed)
    expected = [np.corrcoef(a, b)[0, 1] for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(pearson(x, y), expected, rtol=0, atol=1e-12)


@given(SEEDS)
def test_weighted_correlation_is_numpys_with_the_same_weights(seed: int) -> None:
    x, y = pair_of(seed)
    weights = np.random.default_rng(seed).dirichlet(np.full(x.shape[1], 5.0))
    for row, value in enumerate(pearson(x, y, weights)):
        covariance = np.cov(x[row], y[row], aweights=weights, ddof=0)
        assert value == pytest.approx(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]), abs=1e-12)


@given(SEEDS)
def test_slope_is_that_of_numpys_polynomial_fit(seed: int) -> None:
    x, y = pair_of(seed)
    expected = [np.polyfit(a, b, 1)[0] for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(slope(y, x), expected, rtol=1e-9, atol=1e-12)


@given(
    hnp.arrays(float, (3, 12), elements=st.floats(-1e3, 1e3)), hnp.arrays(float, (3, 12), elements=st.floats(-1e3, 1e3))
)
def test_correlation_lies_between_minus_one_and_one_or_is_nan(x: Floats, y: Floats) -> None:
    values = pearson(x, y)
    assert np.all(np.isnan(values) | (np.abs(values) <= 1.0))


@given(SEEDS, st.floats(1e-3, 1e3), st.floats(-100, 100))
def test_correlation_does_not_depend_on_scale_or_shift_and_is_symmetric(seed: int, scale: float, shift: float) -> None:
    x, y = pair_of(seed)
    values = pearson(x, y)
    np.testing.assert_allclose(pearson(scale * x + scale * shift, y), values, rtol=0, atol=1e-9)
    np.testing.assert_allclose(pearson(y, x), values, rtol=0, atol=1e-14)
    np.testing.assert_allclose(pearson(-x, y), -values, rtol=0, atol=1e-14)


@given(st.floats(-1e6, 1e6), st.integers(0, 5))
def test_a_row_that_does_not_vary_has_no_correlation_and_no_slope(constant: float, seed: int) -> None:
    x, y = pair_of(seed, rows=1)
    still = np.full_like(x, constant)
    assert np.isnan(pearson(still, y)).all()
    assert np.isnan(pearson(x, still)).all()
    assert np.isnan(slope(y, still)).all()
    assert slope(still, x) == pytest.approx(0.0, abs=1e-9 * (1.0 + abs(constant)))


def test_a_row_with_a_missing_number_has_no_correlation() -> None:
    x, y = pair_of(0)
    x = x.copy()
    x[1, 3] = np.nan
    assert np.isnan(pearson(x, y)).tolist() == [False, True, False, False]


@given(SEEDS, st.integers(0, 19), st.integers(1, 20))
def test_a_row_has_the_same_bits_whichever_rows_stand_beside_it(seed: int, first: int, rows: int) -> None:
    x, y = (windows(series, 31) for series in np.random.default_rng(seed).standard_normal((2, 50)))
    part = slice(first, first + rows)
    assume(first < len(x))
    for whole, alone in ((pearson(x, y), pearson(x[part], y[part])), (slope(x, y), slope(x[part], y[part]))):
        assert whole[part].tobytes() == alone.tobytes()
