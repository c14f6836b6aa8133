"""Detectors against slow re-derivations of their formulas, and on markets whose breaks are known."""

from itertools import combinations, pairwise
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtests.sources.calendar import sessions_between
from signals import DCC, ChangePoint, DccBreak, FisherBreak, Market, MonitorBreak, Signal, Trend
from signals.change_point import WEEK, change_points
from signals.dcc import _conditional, _estimate, _loss
from signals.detector import Detector
from signals.errors import HindsightError, HistoryError, ParameterError
from signals.hindsight import ConstancyHindsight, SegmentsHindsight, constancy_statistic
from signals.market import Floats
from signals.markov import _filter, _models
from signals.refit import HALF_YEAR, refits
from signals.registry import DETECTORS, HINDSIGHT, SIGNALS
from signals.scores import BOUND, MEMORY, scores
from strategies import Strategy, target
from tests.build import market_of, random_market


def breaking(seed: int, before: float, after: float, *, at: int, sessions: int, wild: bool = True) -> Market:
    """Log returns of correlation `before`, from session number `at` on `after`; volatility of the legs breathes."""
    rng = np.random.default_rng(seed)
    correlation = np.where(np.arange(sessions) < at, before, after)
    equity, own = rng.standard_normal((2, sessions))
    breath = np.exp(0.5 * np.sin(np.arange(sessions) / 40)) if wild else 1.0
    crypto = 0.04 * breath * (correlation * equity + np.sqrt(1 - correlation**2) * own)
    dates = sessions_between(pd.Timestamp("2012-01-03"), pd.Timestamp("2025-12-31"))[:sessions]
    return market_of(np.exp(np.cumsum(crypto)), np.exp(np.cumsum(0.012 * breath * equity)), sessions=dates)


class TestScores:
    def test_a_score_is_the_return_over_the_volatility_known_before_it(self) -> None:
        market = random_market(1, 260)
        returns = np.diff(np.log(market.crypto.close))
        weights = [0.5 ** (age / 20) for age in range(1, MEMORY + 1)]
        for session in (101, 150, 259):
            past = [returns[session - 1 - age] ** 2 for age in range(1, MEMORY + 1)]
            variance = sum(w * x for w, x in zip(weights, past, strict=True)) / sum(weights)
            expected = np.clip(returns[session - 1] / variance**0.5, -BOUND, BOUND)
            assert scores(market)[session - 1 - MEMORY, 0] == pytest.approx(expected, rel=1e-12)

    def test_a_leg_that_never_moves_has_none(self) -> None:
        still = market_of(np.exp(np.cumsum(np.random.default_rng(1).standard_normal(150) * 0.01)), np.full(150, 5.0))
        known = scores(still)
        assert np.isfinite(known[:, 0]).all()
        assert np.isnan(known[:, 1]).all()

    def test_a_market_too_short_for_one_has_none(self) -> None:
        assert scores(random_market(1, MEMORY + 1)).shape == (0, 2)
        assert scores(random_market(1, MEMORY + 2)).shape == (1, 2)


def correlation_of(known: Floats) -> float:
    x, y = known.T - known.mean(axis=0)[:, None]
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


class TestFluctuation:
    def test_fishers_statistic_is_the_fall_in_standard_errors(self) -> None:
        market = random_market(2, 500)
        found, known = FisherBreak().statistic(market), scores(market)
        for session in (410, 455, 499):
            row = session - MEMORY  # exclusive end: the score of the session is row session - 1 - MEMORY
            now, before = known[row - 60 : row], known[row - 310 : row - 60]
            fall = np.arctanh(correlation_of(before)) - np.arctanh(correlation_of(now))
            assert found[session] == pytest.approx(fall / np.sqrt(1 / 57 + 1 / 247), rel=1e-9)
        assert np.isnan(found[:410]).all()

    def test_the_monitor_takes_the_most_striking_stretch(self) -> None:
        market = random_market(3, 540)
        found, known = MonitorBreak().statistic(market), scores(market)
        for session in (470, 539):
            row = session - MEMORY
            before = np.arctanh(correlation_of(known[row - 370 : row - 120]))
            falls = [
                (before - np.arctanh(correlation_of(known[row - k : row]))) / np.sqrt(1 / (k - 3) + 1 / 247)
                for k in range(20, 121)
            ]
            assert found[session] == pytest.approx(max(falls), rel=1e-9)

    def test_legs_in_perfect_lockstep_never_break(self) -> None:
        close = np.exp(np.cumsum(np.random.default_rng(4).standard_normal(900) * 0.01))
        lockstep = market_of(close, 3 * close)
        for detector in (FisherBreak(), MonitorBreak()):
            assert (detector.compute(lockstep).dropna() == 0).all()

    def test_stretches_out_of_order_are_refused(self) -> None:
        with pytest.raises(ParameterError, match="shortest = 130 must not exceed longest = 120"):
            MonitorBreak(shortest=130)


@pytest.mark.parametrize("detector", [d for d in DETECTORS if isinstance(d, Detector)], ids=lambda d: d.name)
class TestEveryDetector:
    def test_a_break_from_close_to_nothing_is_found_within_a_year_and_not_before(self, detector: Detector) -> None:
        market = breaking(5, 0.75, 0.0, at=1400, sessions=1700)
        states = detector.compute(market).to_numpy()
        assert (states[1350:1400] == 0).all()
        assert (states[1400:1652] == 1).any()

    def test_the_state_follows_the_statistic(self, detector: Detector) -> None:
        market = breaking(6, 0.7, 0.1, at=1300, sessions=1600)
        evidence, states, state = detector.statistic(market), detector.compute(market).to_numpy(), np.nan
        for value, told in zip(evidence, states, strict=True):
            state = 1.0 if value > detector.critical else 0.0 if value < detector.critical / 2 else state
            assert told == state or (np.isnan(told) and np.isnan(state))

    def test_a_leg_that_never_moves_gives_no_state_and_no_warning(self, detector: Detector) -> None:
        moving = np.exp(np.cumsum(np.random.default_rng(7).standard_normal(1100) * 0.01))
        dates = sessions_between(pd.Timestamp("2012-01-03"), pd.Timestamp("2025-12-31"))[:1100]
        assert detector.compute(market_of(moving, np.full(1100, 5.0), sessions=dates)).isna().all()

    def test_too_short_a_market_is_refused(self, detector: Detector) -> None:
        with pytest.raises(HistoryError, match=detector.name):
            detector.compute(random_market(1, detector.warmup))


def cheapest(values: Floats, penalty: float, shortest: int) -> float:
    """Least squared error plus penalty, over every way to cut at most twice."""
    n = len(values)
    cuts = [(), *((i,) for i in range(shortest, n - shortest + 1))]
    cuts += [c for c in combinations(range(shortest, n - shortest + 1), 2) if c[1] - c[0] >= shortest]
    return min(cost(values, c, penalty) for c in cuts)


def cost(values: Floats, cuts: tuple[int, ...], penalty: float) -> float:
    edges = [0, *cuts, len(values)]
    pieces = [values[a:b] for a, b in pairwise(edges)]
    return sum(float(((p - p.mean()) ** 2).sum()) for p in pieces) + penalty * len(cuts)


class TestChangePoints:
    @given(st.integers(0, 2**32 - 1), st.sampled_from([2.0, 5.0, 9.0]))
    def test_no_way_to_cut_is_cheaper(self, seed: int, penalty: float) -> None:
        rng = np.random.default_rng(seed)
        values = rng.standard_normal(75) + np.repeat(rng.normal(0, 1, 3), 25)
        found = change_points(values, penalty)
        assert cost(values, tuple(found), penalty) <= cheapest(values, penalty, 20) + 1e-9

    def test_the_statistic_is_the_gain_of_the_last_change(self) -> None:
        market = breaking(8, 0.8, 0.0, at=700, sessions=800)
        detector, known = ChangePoint(), scores(market)
        products = known.prod(axis=1)
        session = next(
            i for i in range(799, 0, -1) if market.sessions[i].day_of_week < market.sessions[i - 1].day_of_week
        )
        window = products[session - MEMORY - 500 : session - MEMORY]
        window = window / window.std()
        *_, start, cut = [0, *change_points(window, 6.0)]
        before, after = window[start:cut], window[cut:]
        assert abs(session - (500 - cut) - 700) < 40
        gain = (before.mean() - after.mean()) ** 2 / (1 / len(before) + 1 / len(after))
        assert detector.statistic(market)[session] == pytest.approx(gain, rel=1e-9)

    def test_it_is_looked_for_once_a_week(self) -> None:
        market = breaking(9, 0.7, 0.0, at=700, sessions=850)
        evidence = pd.Series(ChangePoint().statistic(market), market.sessions).dropna()
        assert evidence.groupby(pd.DatetimeIndex(evidence.index).to_period("W")).nunique().max() == 1
        assert evidence.nunique() > 10

    def test_no_week_holds_more_sessions_than_the_warm_up_allows(self) -> None:
        sessions = sessions_between(pd.Timestamp("2010-01-04"), pd.Timestamp("2025-12-31"))
        assert sessions.to_series().groupby(sessions.to_period("W")).size().max() == WEEK


def dcc_by_hand(e: Floats, a: float, b: float) -> list[float]:
    """Engle's recursion with matrices, a session at a time."""
    level = e.T @ e / len(e)
    q, path = level.copy(), []
    for row in [*e, None]:
        path.append(q[0, 1] / np.sqrt(q[0, 0] * q[1, 1]))
        if row is not None:
            q = (1 - a - b) * level + a * np.outer(row, row) + b * q
    return path


def products_of(e: Floats) -> Floats:
    return np.column_stack([e[:, 0] ** 2, e[:, 1] ** 2, e[:, 0] * e[:, 1]])


class TestDcc:
    def test_the_correlations_are_those_of_engles_recursion(self) -> None:
        e = np.random.default_rng(1).standard_normal((300, 2))
        products = products_of(e)
        found = _conditional(products, products.mean(axis=0), 0.05, 0.9)
        np.testing.assert_allclose(found, dcc_by_hand(e, 0.05, 0.9), rtol=1e-10)

    def test_the_loss_is_that_of_the_normal_density(self) -> None:
        from scipy.stats import multivariate_normal

        e = np.random.default_rng(2).standard_normal((120, 2)) @ np.array([[1.0, 0.4], [0.0, 0.9]])
        products = products_of(e)

        def exact(a: float, b: float) -> float:
            path = dcc_by_hand(e, a, b)[:-1]
            density = [multivariate_normal([0, 0], [[1, r], [r, 1]]).logpdf(x) for r, x in zip(path, e, strict=True)]
            return -2 * float(np.sum(density))

        losses = [_loss(products, products.mean(axis=0), a, b) - exact(a, b) for a, b in ((0.0, 0.0), (0.1, 0.8))]
        assert losses[0] == pytest.approx(losses[1], abs=1e-8)  # they differ by a constant

    def test_the_parameters_of_a_long_sample_are_found(self) -> None:
        rng, a, b = np.random.default_rng(3), 0.05, 0.92
        level = np.array([[1.0, 0.4], [0.4, 1.0]])
        q, e = level.copy(), np.empty((8000, 2))
        for t in range(len(e)):
            r = q[0, 1] / np.sqrt(q[0, 0] * q[1, 1])
            e[t] = np.linalg.cholesky(np.array([[1.0, r], [r, 1.0]])) @ rng.standard_normal(2)
            q = (1 - a - b) * level + a * np.outer(e[t], e[t]) + b * q
        products = products_of(e)
        found = _estimate(products, products.mean(axis=0))
        assert found == pytest.approx((a, b), abs=0.03)

    def test_no_point_of_a_fine_grid_fits_better(self) -> None:
        e = np.random.default_rng(4).standard_normal((756, 2)) @ np.array([[1.0, 0.4], [0.0, 0.9]])
        products = products_of(e)
        target_ = products.mean(axis=0)
        best = _loss(products, target_, *_estimate(products, target_))
        grid = [(a, p - a) for p in np.arange(0.05, 1.0, 0.05) for a in np.arange(0.0, p, 0.01)]
        assert best <= min(_loss(products, target_, a, b) for a, b in grid) + 0.5  # no more than noise

    def test_later_returns_do_not_touch_the_parameters(self) -> None:
        market = breaking(10, 0.6, 0.6, at=0, sessions=1000)
        forecast, level = DCC().paths(market)
        fits = [fit for fit, _ in refits(market.sessions, 756)]
        (change,) = (np.flatnonzero(np.diff(level[886:]) != 0) + 887).tolist() or [0]
        assert change in (*fits, 0)
        assert np.abs(forecast[886:]).max() < 1

    def test_the_break_is_the_fall_under_the_level(self) -> None:
        market = breaking(11, 0.7, 0.0, at=1000, sessions=1150)
        forecast, level = DCC().paths(market)
        expected = np.arctanh(level) - np.arctanh(forecast)
        np.testing.assert_allclose(DccBreak().statistic(market), expected, rtol=1e-12)


def hamilton_by_hand(known: Floats, tight: float, loose: float, leaving: float) -> tuple[float, list[float]]:
    """(log likelihood, log odds of the looser state), with matrices and scipy's densities."""
    from scipy.stats import multivariate_normal

    chain = np.array([[1 - leaving, leaving], [leaving, 1 - leaving]])
    state = np.array([0.5, 0.5])
    densities = [multivariate_normal([0, 0], [[1, r], [r, 1]]) for r in (tight, loose)]
    total, path = 0.0, []
    for x in known:
        joint = np.array([d.pdf(x) for d in densities]) * (chain @ state)
        total += np.log(joint.sum())
        state = joint / joint.sum()
        path.append(float(np.log(state[1] / state[0])))
    return total, path


class TestMarkov:
    def test_the_filter_is_hamiltons(self) -> None:
        known = np.random.default_rng(1).standard_normal((150, 2))
        squares, products = (known * known).sum(axis=1), known.prod(axis=1)
        models = np.array([(0.6, 0.0), (0.4, 0.1)])
        likelihood, odds = _filter(squares, products, models, 1 / 60)
        by_hand = [hamilton_by_hand(known, tight, loose, 1 / 60) for tight, loose in models]
        assert likelihood[0] - likelihood[1] == pytest.approx(by_hand[0][0] - by_hand[1][0], abs=1e-9)
        for i, (_, path) in enumerate(by_hand):
            np.testing.assert_allclose(odds[:, i], path, rtol=1e-9, atol=1e-9)

    def test_the_state_that_has_ruled_is_never_the_looser_one(self) -> None:
        for overall in (-0.5, 0.0, 0.4, 0.9):
            tight, loose = _models(overall).T
            assert (tight >= overall).all()
            assert (loose < overall - 0.1).all()
            assert (np.abs([tight, loose]) < 1).all()


def test_no_half_year_holds_more_sessions_than_the_warm_ups_allow() -> None:
    sessions = sessions_between(pd.Timestamp("2010-01-04"), pd.Timestamp("2026-12-31"))
    halves = sessions.year * 2 + (sessions.month > 6)
    assert sessions.to_series().groupby(np.asarray(halves)).size().max() <= HALF_YEAR


class TestConstancy:
    def test_the_statistic_is_that_of_the_paper_with_its_matrices(self) -> None:
        rng = np.random.default_rng(5)
        x = rng.standard_normal((400, 2)) @ np.array([[1.0, 0.5], [0.0, 0.8]]) + [0.3, -0.2]
        n, reach = len(x), int(np.log(400))
        u = np.column_stack([x[:, 0] ** 2, x[:, 1] ** 2, x[:, 0], x[:, 1], x[:, 0] * x[:, 1]])
        v = u - u.mean(axis=0)
        long_run = v.T @ v / n
        for lag in range(1, reach + 1):
            part = v[lag:].T @ v[:-lag] / n
            long_run += (1 - lag / (reach + 1)) * (part + part.T)
        mx, my = x.mean(axis=0)
        to_moments = np.array([[1, 0, -2 * mx, 0, 0], [0, 1, 0, -2 * my, 0], [0, 0, -my, -mx, 1]])
        vx, vy, cov = x[:, 0].var(), x[:, 1].var(), np.cov(x.T, bias=True)[0, 1]
        to_correlation = np.array(
            [-cov / (2 * vx**1.5 * vy**0.5), -cov / (2 * vy**1.5 * vx**0.5), 1 / np.sqrt(vx * vy)]
        )
        scale = to_correlation @ to_moments @ long_run @ to_moments.T @ to_correlation
        distances = [j / np.sqrt(n) * abs(np.corrcoef(x[:j].T)[0, 1] - np.corrcoef(x.T)[0, 1]) for j in range(2, n + 1)]
        statistic, row = constancy_statistic(x)
        assert statistic == pytest.approx(max(distances) / np.sqrt(scale), rel=1e-9)
        assert row == int(np.argmax(distances)) + 2

    def test_a_break_is_dated_near_the_truth(self) -> None:
        market = breaking(12, 0.7, 0.0, at=900, sessions=1500)
        for signal in (ConstancyHindsight(), SegmentsHindsight()):
            (found,) = signal.breaks(market)
            assert abs(found - 900) < 60
            values = signal.compute(market)
            assert values.iloc[found - 1] > 0.6
            assert abs(values.iloc[found]) < 0.15
            assert values.dropna().nunique() == 2

    def test_of_a_leg_that_never_moves_nothing_is_said(self) -> None:
        moving = np.exp(np.cumsum(np.random.default_rng(7).standard_normal(400) * 0.01))
        for signal in (ConstancyHindsight(), SegmentsHindsight()):
            assert signal.compute(market_of(moving, np.full(400, 5.0))).isna().all()


class _Reader(Strategy):
    """Holds ETH after a break that only the whole sample shows."""

    name: ClassVar[str] = "reader"
    statement: ClassVar[str] = ""
    hypothesis: ClassVar[str] = "the past is easily explained"

    def signals(self) -> dict[str, Signal]:
        return {"own": Trend(window=20), "dated": ConstancyHindsight()}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return target((s["dated"] < 0.3).astype(float), 0.0, where=s.notna().all(axis=1))


class TestHindsight:
    def test_a_strategy_that_reads_it_is_refused(self) -> None:
        with pytest.raises(HindsightError, match=r"reads constancy_hindsight as 'dated'.*from the whole sample"):
            _Reader()

    @pytest.mark.parametrize("name", HINDSIGHT)
    def test_it_does_look_ahead_and_is_no_signal_among_the_others(self, name: str) -> None:
        market = breaking(13, 0.7, 0.0, at=900, sessions=1200)
        signal = HINDSIGHT[name]()
        early, late = signal.compute(market.slice(0, 950)), signal.compute(market)
        assert not np.allclose(early.dropna(), late.iloc[:950].dropna())
        assert name not in SIGNALS
        assert "IN HINDSIGHT" in signal.meaning
