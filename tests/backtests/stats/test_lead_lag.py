"""Leads at many lags against plain sums, and planted ones."""

import numpy as np
import pytest

from unlockstep.backtests.stats.lead_lag import lead_correlations, lead_lag_test, scored
from unlockstep.signals.market import Floats


def pair(seed: int, *, sessions: int = 1500) -> Floats:
    common, idiosyncratic, other = 0.02 * np.random.default_rng(seed).standard_t(5, (3, sessions))
    return np.column_stack([common + idiosyncratic, 0.5 * (common + other)])


def test_asymmetries_and_their_errors_are_plain_sums_over_the_sessions_of_a_window() -> None:
    returns = pair(1, sessions=700)
    result = lead_lag_test(returns, [1, 4], [slice(100, 400), slice(400, 700)])
    first, second = (x / x.std() for x in scored(returns).T)
    for w, start in enumerate((100, 400)):
        for i, lag in enumerate((1, 4)):
            terms = [first[t] * second[t + lag] - second[t] * first[t + lag] for t in range(start, start + 300 - lag)]
            assert result.asymmetry[w, i] == pytest.approx(sum(terms) / 300)
            assert result.t[w, i] == pytest.approx(sum(terms) / np.sqrt(np.square(terms).sum()))
            assert result.error[w, i] == pytest.approx(result.asymmetry[w, i] / result.t[w, i])
    ahead, behind = lead_correlations(returns, [1, 4])
    whole = lead_lag_test(returns, [1, 4])
    assert whole.asymmetry[0] == pytest.approx(ahead - behind)


def test_a_planted_lead_is_found_at_its_lag_and_its_sign() -> None:
    returns = pair(2)
    returns[4:, 1] += 0.15 * returns[:-4, 0]
    result = lead_lag_test(returns, range(1, 11))
    assert result.t[0].argmax() == 3
    assert result.t[0, 3] > result.critical
    assert result.p[0, 3] == result.p.min() < 0.05
    turned = lead_lag_test(returns[:, ::-1], range(1, 11))
    assert turned.asymmetry == pytest.approx(-result.asymmetry)


def test_many_windows_raise_what_a_lead_must_reach() -> None:
    returns = pair(3)
    alone = lead_lag_test(returns, [2])
    many = lead_lag_test(returns, range(2, 11), [slice(start, start + 300) for start in range(0, 1500, 300)])
    assert 1.7 < alone.critical < 2.3  # one lag: 1.96
    assert 3.0 < many.critical < 3.9  # 45 of them, if independent: 3.25
    assert many.p.shape == many.t.shape == (5, 9)


def test_a_lead_of_one_year_is_found_in_that_year() -> None:
    returns = pair(4)
    returns[602:900, 1] += 0.4 * returns[600:898, 0]
    result = lead_lag_test(returns, [2, 3], [slice(start, start + 300) for start in range(0, 1500, 300)])
    assert result.t.argmax() == result.t.shape[1] * 2  # third window, first lag
    assert result.p[2, 0] < 0.05


def test_a_short_sample_is_not_compared_with_itself() -> None:
    # 100 sessions: the shifts of 31 to 69 sessions are all there are, and of 39 none reaches a lead as plain as this
    returns = pair(6, sessions=100)
    returns[1:, 1] = returns[:-1, 0]
    assert lead_lag_test(returns, [1]).p[0, 0] == pytest.approx(1 / 40)


def test_a_leg_that_never_moves_gives_no_lead() -> None:
    still = np.column_stack([pair(5)[:, 0], np.zeros(1500)])
    result = lead_lag_test(still, [1, 2])
    assert np.isnan(result.asymmetry).all()
    assert (result.p == 1.0).all()
