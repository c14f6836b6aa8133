"""The response of an open to a move known before it: against statsmodels, and the size of its p-value."""

import numpy as np
import pytest
import statsmodels.api as sm

from unlockstep.backtests.stats.opening_response import FEWEST, opening_response


def test_slope_t_and_r_are_those_of_least_squares_with_whites_errors() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_t(4, 300) * 0.05
    y = 0.1 * x + 0.01 * rng.standard_t(4, 300) * (1.0 + 10.0 * np.abs(x))
    response = opening_response(x, y)
    fitted = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HC0")
    assert response.n == 300
    assert response.slope == pytest.approx(fitted.params[1], rel=1e-9)
    assert response.t == pytest.approx(fitted.tvalues[1], rel=1e-9)
    assert response.r == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-9)
    reached = [abs(sm.OLS(np.roll(y, -k), sm.add_constant(x)).fit(cov_type="HC0").tvalues[1]) for k in range(300)]
    assert response.p == pytest.approx(np.mean(np.array(reached) >= abs(response.t) - 1e-9))


def test_without_a_link_the_p_value_is_small_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    small = 0
    for _ in range(400):
        wild = np.exp(np.cumsum(0.1 * rng.standard_normal((2, 200)), axis=1) / 4)
        x, y = rng.standard_t(4, (2, 200)) * wild
        small += opening_response(x, y).p <= 0.05
    assert 0.02 <= small / 400 <= 0.085  # binomial, 3.2 standard deviations


def test_nothing_is_said_of_few_rows_or_of_what_does_not_vary() -> None:
    rng = np.random.default_rng(3)
    x = rng.standard_normal(FEWEST)
    for response in (opening_response(x[1:], x[1:]), opening_response(x, np.ones(FEWEST)), opening_response(0 * x, x)):
        assert np.isnan([response.slope, response.t, response.r, response.p]).all()
