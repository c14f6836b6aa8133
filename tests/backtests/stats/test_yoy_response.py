"""The response to a slow state: plain means, a slow regression, and planted changes."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from unlockstep.backtests.stats.yoy_response import LEAST, bin_edges, has_both_signs, lift_change, response_curve
from unlockstep.signals.market import Floats

N, SPLIT = 2000, 1000


def slow_state(seed: int) -> Floats:
    """Turns its sign every 50 to 150 sessions."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(50, 150, size=60)
    signs = np.where(np.arange(60) % 2, 1.0, -1.0)
    return np.repeat(signs * rng.uniform(0.02, 0.3, 60), lengths)[:N]


def drawn(seed: int, lift: Floats) -> tuple[Floats, Floats]:
    """(state, returns of 4 % a day that drift by `lift` a year while the state is positive)."""
    state = slow_state(seed)
    noise = 0.04 * np.random.default_rng(seed + 100).standard_t(5, N)
    return state, noise + (state > 0) * lift / 252


def test_the_curve_holds_the_mean_return_of_each_bin() -> None:
    state, moves = drawn(1, np.zeros(N))
    edges = bin_edges(state)
    curve = response_curve(state, moves, edges, seed=1)
    bins = pd.Series(pd.cut(pd.Series(state), [-np.inf, *edges, np.inf]))
    binned = pd.Series(moves).groupby(bins, observed=True).agg(["mean", "size"])
    assert curve.mean == pytest.approx(252 * binned["mean"].to_numpy())
    assert curve.sessions.tolist() == binned["size"].tolist()
    assert curve.lift == pytest.approx(252 * (moves[state > 0].mean() - moves[state <= 0].mean()))
    assert (curve.band[:, 0] < curve.mean).all()
    assert (curve.band[:, 1] > curve.mean).all()


def test_a_bin_of_too_few_sessions_is_not_told() -> None:
    state, moves = drawn(1, np.zeros(N))
    state[state > 0.28] = 0.28
    state[np.flatnonzero(state > 0)[: LEAST - 1]] = 0.29
    curve = response_curve(state, moves, np.array([*bin_edges(state)[:3], 0.285]), seed=1)
    assert curve.sessions[-1] == LEAST - 1
    assert np.isnan([curve.mean[-1], *curve.band[-1]]).all()
    assert np.isfinite(curve.mean[:-1]).all()


def test_bands_know_that_a_state_which_turned_seldom_teaches_little() -> None:
    # Returns that drift slowly: blocks see it, errors of independent sessions do not
    rng = np.random.default_rng(5)
    wave = np.repeat(rng.standard_normal(N // 100), 100) * 0.03
    state = slow_state(6)
    wide = response_curve(state, wave + 0.01 * rng.standard_normal(N), bin_edges(state), seed=1)
    plain = 1.96 * 252 * (0.03**2 + 0.01**2) ** 0.5 / np.sqrt(wide.sessions)
    assert (np.diff(wide.band).ravel() / 2 > 2 * plain).all()


def test_the_change_of_the_lift_is_the_difference_of_two_regressions() -> None:
    state, moves = drawn(2, np.full(N, 2.0))
    change = lift_change(state, moves, SPLIT)
    up = sm.add_constant((state > 0).astype(float))
    early, late = (sm.OLS(moves[part], up[part]).fit().params[1] for part in (slice(SPLIT), slice(SPLIT, None)))
    assert change.estimate == pytest.approx(252 * (late - early))
    middle = sm.OLS(moves[SPLIT:1500], up[SPLIT:1500]).fit().params[1]
    assert change.later[499] == pytest.approx(252 * middle)
    assert np.ptp(change.band.mean(axis=1)[np.isfinite(change.later)]) < 1e-9  # around the earlier lift
    assert change.band.mean(axis=1)[-1] == pytest.approx(252 * early)


def test_the_error_of_the_lift_is_that_of_white() -> None:
    state, moves = drawn(3, np.zeros(N))
    change = lift_change(state, moves, SPLIT)
    up = (state > 0).astype(float)

    def variance(part: slice) -> float:
        dx, dy = up[part] - up[part].mean(), moves[part] - moves[part].mean()
        return float((dx**2 * dy**2).sum() / (dx**2).sum() ** 2)

    widths = np.diff(change.band).ravel()
    at = [np.sqrt(variance(slice(SPLIT)) + variance(slice(SPLIT, end))) for end in (1600, N)]
    assert widths[599] / widths[-1] == pytest.approx(at[0] / at[1])


def test_a_lift_that_is_gone_is_found_and_stays_outside() -> None:
    state, moves = drawn(4, np.where(np.arange(N) < SPLIT, 8.0, -4.0))
    change = lift_change(state, moves, SPLIT)
    assert change.estimate + change.half < 0
    assert change.outside[-1]
    assert not change.outside[:LEAST].any()


def test_a_lift_that_stays_large_is_no_change() -> None:
    state, moves = drawn(4, np.full(N, 8.0))
    change = lift_change(state, moves, SPLIT)
    assert abs(change.estimate) < change.half
    assert not change.outside.any()


def test_a_state_of_one_sign_cannot_be_told() -> None:
    assert not has_both_signs(np.ones(500))
    assert not has_both_signs(np.where(np.arange(500) < LEAST - 1, -1.0, 1.0))
    assert has_both_signs(np.where(np.arange(500) < LEAST, -1.0, 1.0))
