"""Detectors against slow re-derivations of their formulas, and on markets whose breaks are known."""

from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest

from tests.build import breaking, market_of, random_market
from tests.refusals import refused
from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.signals import (
    DCC,
    AnyBreak,
    ChangePoint,
    Correlation,
    DccBreak,
    FisherBreak,
    Market,
    MarkovBreak,
    MonitorBreak,
    change_point,
)
from unlockstep.signals.change_point import WEEK, _last_fall, change_points
from unlockstep.signals.dcc import _conditional, _error, _estimate, _loss, _standardised
from unlockstep.signals.detector import Detector
from unlockstep.signals.errors import HistoryError, ParameterError
from unlockstep.signals.hindsight import SegmentsHindsight
from unlockstep.signals.market import Floats
from unlockstep.signals.markov import _filter, _models
from unlockstep.signals.refit import HALF_YEAR, refits
from unlockstep.signals.registry import DETECTORS
from unlockstep.signals.scores import BOUND, MEMORY, scores
from unlockstep.signals.signal import Signal


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
        pair_scores = scores(still)
        assert np.isfinite(pair_scores[:, 0]).all()
        assert np.isnan(pair_scores[:, 1]).all()

    def test_a_market_too_short_for_one_has_none(self) -> None:
        assert scores(random_market(1, MEMORY + 1)).shape == (0, 2)
        assert scores(random_market(1, MEMORY + 2)).shape == (1, 2)


def correlation_of(pair_scores: Floats) -> float:
    x, y = pair_scores.T - pair_scores.mean(axis=0)[:, None]
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


class TestFluctuation:
    def test_fishers_statistic_is_the_fall_in_standard_errors(self) -> None:
        market = random_market(2, 500)
        result, pair_scores = FisherBreak().statistic(market), scores(market)
        for session in (410, 455, 499):
            row = session - MEMORY  # exclusive end: the score of the session is row session - 1 - MEMORY
            now, before = pair_scores[row - 60 : row], pair_scores[row - 310 : row - 60]
            fall = np.arctanh(correlation_of(before)) - np.arctanh(correlation_of(now))
            assert result[session] == pytest.approx(fall / np.sqrt(1 / 57 + 1 / 247), rel=1e-9)
        assert np.isnan(result[:410]).all()

    def test_the_monitor_takes_the_most_striking_stretch(self) -> None:
        market = random_market(3, 540)
        result, pair_scores = MonitorBreak().statistic(market), scores(market)
        for session in (470, 539):
            row = session - MEMORY
            before = np.arctanh(correlation_of(pair_scores[row - 370 : row - 120]))
            falls = [
                (before - np.arctanh(correlation_of(pair_scores[row - k : row]))) / np.sqrt(1 / (k - 3) + 1 / 247)
                for k in range(20, 121)
            ]
            assert result[session] == pytest.approx(max(falls), rel=1e-9)

    def test_stretches_out_of_order_are_refused(self) -> None:
        with refused(ParameterError, name="monitor_break", limit=120):
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
        for value, computed in zip(evidence, states, strict=True):
            state = 1.0 if value > detector.critical else 0.0 if value < detector.critical / 2 else state
            expected = np.nan if np.isnan(value) else state
            assert computed == expected or (np.isnan(computed) and np.isnan(expected))

    def test_legs_in_perfect_lockstep_or_opposition_never_break(self, detector: Detector) -> None:
        steps = np.random.default_rng(4).standard_normal(1150) * 0.01
        dates = sessions_between(pd.Timestamp("2012-01-03"), pd.Timestamp("2025-12-31"))[:1150]
        for sign in (1.0, -1.0):
            legs = np.exp(np.cumsum(steps)), np.exp(np.cumsum(sign * steps))
            assert (detector.compute(market_of(*legs, sessions=dates)).dropna() == 0).all()

    def test_a_leg_that_never_moves_gives_no_state_and_no_warning(self, detector: Detector) -> None:
        moving = np.exp(np.cumsum(np.random.default_rng(7).standard_normal(1100) * 0.01))
        dates = sessions_between(pd.Timestamp("2012-01-03"), pd.Timestamp("2025-12-31"))[:1100]
        assert detector.compute(market_of(moving, np.full(1100, 5.0), sessions=dates)).isna().all()

    def test_too_short_a_market_is_refused(self, detector: Detector) -> None:
        with refused(HistoryError, name=detector.label, limit=detector.warmup + 1):
            detector.compute(random_market(1, detector.warmup))


def halted(whole: Market) -> Market:
    """The same market, but that the equity leg does not move for half a year."""
    moves = np.diff(np.log(whole.equity.close), prepend=0.0)
    moves[1100:1230] = 0.0
    return market_of(whole.crypto.close, np.exp(np.cumsum(moves)), sessions=whole.sessions)


class TestAHalt:
    """A leg that does not trade has no volatility to be measured by, until it has traded for long enough again."""

    @pytest.mark.parametrize("detector", [FisherBreak(), MonitorBreak(), ChangePoint()], ids=lambda d: d.name)
    def test_it_leaves_a_hole_in_the_states_and_no_more(self, detector: Detector) -> None:
        states = detector.compute(halted(breaking(14, 0.6, 0.6, at=0, sessions=2000))).to_numpy()
        assert np.isfinite(states[1050:1100]).all()
        assert np.isnan(states[1229])
        assert np.isfinite(states[-50:]).all()

    def test_a_model_fitted_before_it_speaks_until_it_and_is_silent_then(self) -> None:
        states = MarkovBreak().compute(halted(breaking(14, 0.6, 0.6, at=0, sessions=1400))).to_numpy()
        assert np.isfinite(states[1000:1200]).all()
        assert np.isnan(states[1201:]).all()


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
    def test_hardly_any_way_to_cut_is_cheaper(self) -> None:
        # The pruning of PELT does not know of a shortest segment, so that it now and then misses the least by a little
        excess = []
        for seed in range(150):
            rng = np.random.default_rng(seed)
            values = rng.standard_normal(75) + np.repeat(rng.normal(0, 1, 3), 25)
            excess.append(cost(values, tuple(change_points(values, 6.0)), 6.0) - cheapest(values, 6.0, 20))
        assert np.mean(np.array(excess) < 1e-9) >= 0.95
        assert max(excess) < 6.0

    def test_the_statistic_is_the_fall_of_fishers_z_at_the_last_change(self) -> None:
        market = breaking(8, 0.8, 0.0, at=700, sessions=800)
        detector, pair_scores = ChangePoint(), scores(market)
        session = next(
            i for i in range(799, 0, -1) if market.sessions[i].day_of_week < market.sessions[i - 1].day_of_week
        )
        window = pair_scores[session - MEMORY - 500 : session - MEMORY]
        products = window.prod(axis=1)
        *_, start, cut = [0, *change_points(products / products.std(), 6.0)]
        assert abs(session - (500 - cut) - 700) < 40
        then, now = (np.arctanh(correlation_of(part)) for part in (window[start:cut], window[cut:]))
        fall = (then - now) / np.sqrt(1 / (cut - start - 3) + 1 / (500 - cut - 3))
        assert detector.statistic(market)[session] == pytest.approx(fall, rel=1e-9)

    def test_scores_that_shrink_together_are_no_fall_of_their_correlation(self) -> None:
        # as for weeks after a jump has raised the volatility that both legs' returns are divided by
        u = np.random.default_rng(3).standard_normal((500, 2)) @ np.array([[1.0, 0.6], [0.0, 0.8]])
        shrunk = u * np.where(np.arange(500) < 400, 1.0, 0.3)[:, None]
        products = shrunk.prod(axis=1)
        assert change_points(products / products.std(), 6.0) != []  # PELT sees the smaller products
        assert abs(_last_fall(shrunk, 6.0)) < 2.0
        assert SegmentsHindsight().dated(shrunk) == []

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


class TestAnyBreak:
    def test_its_evidence_is_the_mean_of_the_five_in_units_of_their_critical_values(self) -> None:
        market = breaking(12, 0.7, 0.0, at=1200, sessions=1400)
        five = (FisherBreak(), MonitorBreak(), ChangePoint(), DccBreak(), MarkovBreak())
        statistics = [(detector.statistic(market), detector.critical) for detector in five]
        result = AnyBreak().statistic(market)
        assert np.isnan(result[:986]).all()
        for session in (986, 1199, 1230, 1399):
            expected = sum(statistic[session] / critical for statistic, critical in statistics) / 5
            assert result[session] == pytest.approx(expected, rel=1e-12)

    def test_without_the_evidence_of_one_it_is_silent(self) -> None:
        states = AnyBreak().compute(halted(breaking(14, 0.6, 0.6, at=0, sessions=1400))).to_numpy()
        assert np.isfinite(states[1000:1100]).all()
        assert np.isnan(states[1201:]).all()  # markov_break, from the halt on

    def test_change_points_are_searched_once_for_both(self, monkeypatch: pytest.MonkeyPatch) -> None:
        searches: list[int] = []

        def counted(part: Floats, _: float) -> float:
            searches.append(len(part))
            return 0.0

        monkeypatch.setattr(change_point, "_last_fall", counted)
        market = breaking(15, 0.6, 0.6, at=0, sessions=1100)
        ChangePoint().statistic(market)
        once = len(searches)
        AnyBreak().statistic(market)
        assert once == len(searches) > 50


class TestDccBreak:
    def test_its_error_is_that_of_an_autoregression_of_products(self) -> None:
        # by simulation: spread of artanh of the forecast less that of the level, from samples of constant correlation
        rng, a, b, n = np.random.default_rng(5), 0.03, 0.95, 500
        gaps, errors = [], []
        for _ in range(300):
            e = rng.standard_normal((n + 150, 2)) @ np.array([[1.0, 0.5], [0.0, np.sqrt(0.75)]])
            products = products_of(e / np.sqrt((e[:n] ** 2).mean(axis=0)))  # a mean square of one where it is fitted
            target = products[:n].mean(axis=0)
            gaps.append(np.arctanh(target[2]) - np.arctanh(_conditional(products, target, a, b)[-1]))
            errors.append(_error(products[:n], target, a, b))
        assert np.std(gaps) == pytest.approx(np.mean(errors), rel=0.15)

    def test_without_dynamics_there_is_no_evidence(self) -> None:
        detector = DccBreak()
        market = breaking(5, 0.75, 0.0, at=1400, sessions=1700)
        forecast, level, error = DCC().paths(market)
        fall = np.arctanh(level) - np.arctanh(forecast)
        defined = np.isfinite(fall)
        assert (error[defined] > 0).all()
        np.testing.assert_allclose(detector.statistic(market)[defined], (fall / error)[defined], rtol=1e-9, atol=1e-12)
        assert (detector.statistic(market)[defined & (fall == 0)] == 0).all()


class TestDcc:
    def test_the_correlations_are_those_of_engles_recursion(self) -> None:
        e = np.random.default_rng(1).standard_normal((300, 2))
        products = products_of(e)
        result = _conditional(products, products.mean(axis=0), 0.05, 0.9)
        np.testing.assert_allclose(result, dcc_by_hand(e, 0.05, 0.9), rtol=1e-10)

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
        result = _estimate(products, products.mean(axis=0))
        assert result == pytest.approx((a, b), abs=0.03)

    def test_no_point_of_a_fine_grid_fits_better(self) -> None:
        e = np.random.default_rng(4).standard_normal((756, 2)) @ np.array([[1.0, 0.4], [0.0, 0.9]])
        products = products_of(e)
        target_ = products.mean(axis=0)
        best = _loss(products, target_, *_estimate(products, target_))
        grid = [(a, p - a) for p in np.arange(0.05, 1.0, 0.05) for a in np.arange(0.0, p, 0.01)]
        assert best <= min(_loss(products, target_, a, b) for a, b in grid) + 0.01

    def test_the_variances_are_those_of_arch_on_the_past_and_its_recursion_after(self) -> None:
        from arch import arch_model

        leg = np.diff(np.log(breaking(10, 0.6, 0.6, at=0, sessions=902).crypto.close))
        scaled = leg / leg[:756].std()
        fit = arch_model(scaled[:756], mean="Zero", vol="GARCH", p=1, q=1, rescale=False).fit(disp="off")
        omega, alpha, beta = fit.params
        variance = [*(fit.conditional_volatility**2)]
        for t in range(756, len(scaled)):
            variance.append(omega + alpha * scaled[t - 1] ** 2 + beta * variance[-1])
        residuals = np.clip(scaled / np.sqrt(variance), -BOUND, BOUND)
        result = _standardised(leg, 756)
        np.testing.assert_allclose(result, residuals / np.sqrt((residuals[:756] ** 2).mean()), rtol=1e-9)

    def test_a_model_holds_from_the_first_session_of_a_half_year_to_the_last(self) -> None:
        market = breaking(10, 0.6, 0.6, at=0, sessions=1250)
        _, level, _ = DCC().paths(market)
        halves = np.asarray(market.sessions.year * 2 + (market.sessions.month > 6))[886:]
        levels = pd.Series(level[886:]).groupby(halves)
        assert levels.min().tolist() == levels.max().tolist()
        assert levels.first().nunique() == levels.ngroups > 2

    def test_the_break_is_the_fall_under_the_level_of_the_past(self) -> None:
        market = breaking(11, 0.7, 0.0, at=1000, sessions=1150)
        (fit, stop), *_ = (span for span in refits(market.sessions, 756) if span[1] > 1000)
        returns = np.diff(np.log(np.column_stack([market.crypto.close, market.equity.close])), axis=0)
        residuals = np.column_stack([_standardised(leg, 756) for leg in returns[fit - 757 : stop - 1].T])
        products = products_of(residuals)
        a, b = _estimate(products[:756], products[:756].mean(axis=0))
        level, q = residuals[:756].T @ residuals[:756] / 756, None
        for row in residuals:
            q = level if q is None else q
            q = (1 - a - b) * level + a * np.outer(row, row) + b * q
        assert q is not None
        expected = np.arctanh(level[0, 1]) - np.arctanh(q[0, 1] / np.sqrt(q[0, 0] * q[1, 1]))
        assert DccBreak().statistic(market)[stop - 1] == pytest.approx(expected, rel=1e-8)


def hamilton_by_hand(pair_scores: Floats, tight: float, loose: float, leaving: float) -> tuple[float, list[float]]:
    """(log likelihood, log odds of the looser state), with matrices and scipy's densities, their ratio censored."""
    from scipy.stats import multivariate_normal

    chain = np.array([[1 - leaving, leaving], [leaving, 1 - leaving]])
    state = np.array([0.5, 0.5])
    densities = [multivariate_normal([0, 0], [[1, r], [r, 1]]) for r in (tight, loose)]
    total, path = 0.0, []
    for x in pair_scores:
        dense = np.array([d.pdf(x) for d in densities])
        dense[1] = dense[0] * np.clip(dense[1] / dense[0], np.exp(-1.75), np.exp(1.75))
        joint = dense * (chain @ state)
        total += np.log(joint.sum())
        state = joint / joint.sum()
        path.append(float(np.log(state[1] / state[0])))
    return total, path


class TestMarkov:
    def test_the_filter_is_hamiltons(self) -> None:
        pair_scores = np.random.default_rng(1).standard_normal((150, 2))
        squares, products = (pair_scores * pair_scores).sum(axis=1), pair_scores.prod(axis=1)
        models = np.array([(0.6, 0.0), (0.4, 0.1)])
        likelihoods, odds = _filter(squares, products, models, 1 / 60)
        likelihood = likelihoods.sum(axis=0)
        by_hand = [hamilton_by_hand(pair_scores, tight, loose, 1 / 60) for tight, loose in models]
        assert likelihood[0] - likelihood[1] == pytest.approx(by_hand[0][0] - by_hand[1][0], abs=1e-9)
        for i, (_, path) in enumerate(by_hand):
            np.testing.assert_allclose(odds[:, i], path, rtol=1e-9, atol=1e-9)

    def test_a_session_in_which_one_leg_jumps_alone_moves_the_odds_no_further_than_the_limit(self) -> None:
        u = np.random.default_rng(2).standard_normal((300, 2)) @ np.array([[1.0, 0.8], [0.0, 0.6]])
        u[200] = 2.0, 0.0
        _, odds = _filter((u * u).sum(axis=1), u.prod(axis=1), np.array([(0.9, 0.4)]), 0.001)
        loose = 1 / (1 + np.exp(-odds[199, 0]))
        before = loose * 0.999 + (1 - loose) * 0.001
        assert odds[200, 0] == pytest.approx(np.log(before / (1 - before)) + 1.75, rel=1e-9)

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


@pytest.mark.parametrize("signal", [DCC(window=250), Correlation()])
def test_what_is_done_to_values_that_signals_share_reaches_no_other_signal(signal: Signal) -> None:
    market = breaking(3, 0.5, 0.0, at=300, sessions=500)
    first = signal.values(market)
    retained = first.copy()
    first[:] = 7.0
    np.testing.assert_array_equal(signal.values(market), retained)
