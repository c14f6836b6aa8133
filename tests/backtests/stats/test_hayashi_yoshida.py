"""Hayashi and Yoshida's estimator: by hand, by a double loop, and on asynchronous Brownian paths."""

import numpy as np
import pytest

from tests.refusals import refused
from unlockstep.backtests.stats.hayashi_yoshida import hayashi_yoshida, hayashi_yoshida_lead
from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import Floats


def test_three_ticks_against_two_by_hand() -> None:
    # a moves by ln 2 over (0, 2] and by -ln 2 over (2, 3]; b by ln 4 over (1, 2.5] and by ln 2 over (2.5, 4].
    # (0, 2] meets (1, 2.5]; (2, 3] meets both: ln2 ln4 - ln2 (ln4 + ln2) = -(ln 2)²; norms √2 ln 2 and √5 ln 2
    result = hayashi_yoshida([0, 2, 3], [1, 2, 1], [1, 2.5, 4], [1, 4, 8])
    assert result == pytest.approx(-1 / np.sqrt(10))


def test_intervals_that_only_touch_do_not_meet() -> None:
    # (0, 1] and (1, 2] share no instant; put forward by a half, the first meets the second
    assert hayashi_yoshida([0, 1], [1, 2], [1, 2], [1, 2]) == 0.0
    assert hayashi_yoshida([0, 1], [1, 2], [1, 2], [1, 2], 0.5) == pytest.approx(1.0)


def test_on_common_times_it_is_the_realised_correlation() -> None:
    x, y = np.exp(np.cumsum(np.random.default_rng(1).standard_normal((2, 50)), axis=1))
    dx, dy = np.diff(np.log(x)), np.diff(np.log(y))
    expected = (dx @ dy) / np.sqrt((dx @ dx) * (dy @ dy))
    assert hayashi_yoshida(range(50), x, range(50), y) == pytest.approx(expected)


@pytest.mark.parametrize("shift", [0.0, 0.37, -2.5, 40.0])
def test_a_double_loop_over_all_intervals_agrees(shift: float) -> None:
    rng = np.random.default_rng(2)
    times_a, times_b = np.sort(rng.uniform(0, 30, 40)), np.sort(rng.uniform(5, 35, 25))
    log_a, log_b = rng.standard_normal(40), rng.standard_normal(25)
    total = 0.0
    for i in range(1, 40):
        for j in range(1, 25):
            starts = max(times_a[i - 1] + shift, times_b[j - 1])
            if starts < min(times_a[i] + shift, times_b[j]):
                total += (log_a[i] - log_a[i - 1]) * (log_b[j] - log_b[j - 1])
    scale = np.sqrt((np.diff(log_a) ** 2).sum() * (np.diff(log_b) ** 2).sum())
    result = hayashi_yoshida(times_a, np.exp(log_a), times_b, np.exp(log_b), shift)
    assert result == pytest.approx(total / scale, abs=1e-12)


def asynchronous(seed: int, lead: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Two Brownian paths of correlation 0.7 over 20,000 seconds, a ahead by `lead`; ticks every 8 and 13 on average."""
    rng = np.random.default_rng(seed)
    steps = rng.standard_normal((2, 20_000 + lead))
    steps[1] = 0.7 * steps[0] + np.sqrt(1 - 0.49) * steps[1]
    a, b = np.cumsum(1e-4 * steps, axis=1)
    a, b = a[lead:], b[: len(b) - lead]  # what a does now, b does `lead` seconds later
    ticks = [np.flatnonzero(rng.random(20_000) < 1 / every) for every in (8, 13)]
    return ticks[0].astype(float), np.exp(a[ticks[0]]), ticks[1].astype(float), np.exp(b[ticks[1]])


def test_it_recovers_a_correlation_that_joining_the_clocks_would_lose() -> None:
    result = [hayashi_yoshida(*asynchronous(seed, 0)) for seed in range(10)]
    assert np.mean(result) == pytest.approx(0.7, abs=0.03)
    times_a, prices_a, times_b, prices_b = asynchronous(0, 0)
    grid = np.arange(200.0, 20_000.0, 10.0)  # joined: the last price before each tenth second
    joined = [np.diff(np.log(p[np.searchsorted(t, grid) - 1])) for t, p in ((times_a, prices_a), (times_b, prices_b))]
    assert np.corrcoef(joined)[0, 1] < 0.5


def test_it_recovers_who_leads_and_by_how_much() -> None:
    shifts = [float(s) for s in range(-60, 61, 5)]
    ahead = asynchronous(3, 25)
    lead, correlations = hayashi_yoshida_lead(*ahead, shifts)
    assert lead == 25.0
    assert correlations.max() == pytest.approx(0.7, abs=0.06)
    behind, _ = hayashi_yoshida_lead(*ahead[2:], *ahead[:2], shifts)
    assert behind == -25.0


def test_a_price_that_never_moves_has_no_correlation() -> None:
    assert np.isnan(hayashi_yoshida([0, 1], [1, 1], [0, 1], [1, 2]))
    assert np.isnan(hayashi_yoshida_lead([0, 1], [1, 1], [0, 1], [1, 2], [0.0])[0])


@pytest.mark.parametrize(
    ("times", "prices", "limit", "remedy"),
    [([0, 0], [1, 2], None, "sort"), ([0], [1], 2, "two or more"), ([0, 1], [1, 0], 0, "")],
)
def test_what_is_no_series_is_refused(
    times: list[float], prices: list[float], limit: float | None, remedy: str
) -> None:
    with refused(ParameterError, name="a", limit=limit, remedy=remedy):
        hayashi_yoshida(times, prices, [0, 1], [1, 2])
