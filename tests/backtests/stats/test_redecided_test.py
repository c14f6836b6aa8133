"""Histories of redrawn signs: what they keep, and the p-values counted over them, against figures made by hand."""

import numpy as np
import pytest

from unlockstep.backtests.stats.redecided_test import RedecidedTest, redecided_test, signs, with_signs
from unlockstep.signals.market import Floats


def test_a_sign_turns_the_deviation_from_the_mean_round() -> None:
    # means 0.1 and 0.02; the second session turned: 0.1 + (0.1 + 0.1) = 0.3, and 0.02 + (0.02 - 0.05) = -0.01
    returns = np.array([[0.1, 0.0], [-0.1, 0.05], [0.3, 0.01]])
    expected = np.array([[0.1, 0.0], [0.3, -0.01], [0.3, 0.01]])
    np.testing.assert_allclose(with_signs(returns, np.array([1.0, -1.0, 1.0])), expected, atol=1e-15)


def test_no_session_loses_more_than_a_price_can() -> None:
    returns = np.array([[1.5], [0.0], [0.0]])  # mean 0.5, so that the first turned is -0.5, and half as much again less
    assert with_signs(np.array([[3.0], [0.0], [0.0]]), np.array([-1.0, 1.0, 1.0]))[0, 0] == -0.95
    assert with_signs(returns, np.array([-1.0, 1.0, 1.0]))[0, 0] == pytest.approx(-0.5)


def test_signs_come_from_the_seed_alone() -> None:
    assert signs(50, seed=3, histories=4).shape == (4, 50)
    np.testing.assert_array_equal(signs(50, seed=3), signs(50, seed=3))
    assert set(np.unique(signs(50, seed=3))) == {-1.0, 1.0}
    assert abs(signs(1000, seed=5).mean()) < 0.01  # of 199,000 the standard error is 0.002


def of_signs(t: float, spread: float, *, histories: int = 19, variants: int = 1) -> RedecidedTest:
    """The test of a variant with this t in histories in which it holds one leg in the first half of four sessions."""

    def statistics(first: int, stop: int) -> Floats:
        # returns that differ by the half they lie in: t is 2 (all four x alike) where the first half is better
        return np.stack([np.full((3, variants), 2.0 if number < 3 else -2.0) for number in range(first, stop)])

    figures = np.full(variants, t), np.full(variants, t)
    errors = np.full(variants, spread), np.full(variants, spread)
    return redecided_test(figures, statistics, spread=errors, gain=np.ones(variants), sessions=252, histories=histories)


def test_the_p_value_counts_the_histories_as_good_as_the_truth() -> None:
    # of 19 histories 3 have t = 2, the others -2; the truth is one of 20
    assert of_signs(1.5, 1.0).p[0] == pytest.approx(4 / 20)
    assert of_signs(2.5, 1.0).p[0] == pytest.approx(1 / 20)
    assert of_signs(-2.5, 1.0).p[0] == 1.0


def test_t_is_divided_by_its_spread_where_that_is_above_one() -> None:
    assert of_signs(2.5, 1.25).p[0] == pytest.approx(4 / 20)  # 2.5 / 1.25 = 2
    assert of_signs(2.5, 1.2).p[0] == pytest.approx(1 / 20)
    assert of_signs(1.9, 0.5).p[0] == pytest.approx(4 / 20)  # not multiplied


def test_copies_cost_a_family_nothing() -> None:
    assert of_signs(2.5, 1.0, variants=3).p_family == pytest.approx([1 / 20] * 3)


def test_a_variant_that_never_varies_has_no_p_value() -> None:
    test = redecided_test(
        (np.array([np.nan]), np.array([np.nan])),
        lambda first, stop: np.full((stop - first, 3, 1), np.nan),
        spread=(np.array([np.nan]), np.array([np.nan])),
        gain=np.array([np.nan]),
        sessions=4,
        histories=3,
    )
    assert test.p[0] == test.p_family[0] == 1.0
    assert np.isnan(test.detectable[0])


def test_what_could_be_detected_follows_from_the_critical_value() -> None:
    # a year of 252 sessions, gain 1; the histories' t is 2 in 3 of 19, so that more than 2 is needed at 5 % (1 of 20),
    # their mean (3·2 − 16·2) / 19 = −1.368; (2 + 0.8416) · 1 + 1.368
    assert of_signs(0.0, 1.0).detectable[0] == pytest.approx(2.8416 + 26 / 19)
    assert of_signs(0.0, 2.0).detectable[0] == pytest.approx(2 * 2.8416 + 26 / 19)


def test_the_bias_is_the_mean_of_t_of_raw_returns_over_the_histories() -> None:
    assert of_signs(1.5, 1.0).bias[0] == pytest.approx((3 * 2 - 16 * 2) / 19)
