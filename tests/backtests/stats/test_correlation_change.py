"""The change of the return correlation taken apart, and the sentence that says in which sense the legs are apart."""

import re
from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from tests.build import market_of, random_market
from tests.refusals import refused
from unlockstep.backtests.results.lockstep import lockstep
from unlockstep.backtests.results.pair_state import PairState, measure_pair_state, sentence
from unlockstep.backtests.stats.correlation_change import (
    CRITICAL,
    LAG,
    Decomposition,
    Period,
    Span,
    decompose,
    decompose_years,
    latest,
    part_frame,
    span_between,
)
from unlockstep.signals import Market, SignalCache
from unlockstep.signals.errors import HistoryError
from unlockstep.signals.market import Floats


def world(crypto: Floats, equity: Floats) -> Market:
    """A market of these log returns, its first session without one."""
    returns = np.vstack([np.zeros(2), np.column_stack([crypto, equity])])
    close = 100 * np.exp(np.cumsum(returns, axis=0))
    return market_of(close[:, 0], close[:, 1])


def parts(result: Decomposition) -> tuple[float, float, float]:
    return result.correlation.estimate, result.volatility, result.clock.estimate


def excludes_zero(ci: tuple[float, float]) -> bool:
    return not ci[0] <= 0 <= ci[1]


class TestDecomposition:
    def test_the_parts_add_up_to_the_change_between_any_two_periods(self, demo: Market) -> None:
        reference = span_between(demo, "2017-01-01", "2018-12-31")
        recent = span_between(demo, "2020-02-15", "2020-12-31")
        decomposition = decompose(demo, reference, recent)
        returns = demo.log_returns
        then, now = (
            float(np.corrcoef(returns[a:b].to_numpy().T)[0, 1]) for a, b in (("2017", "2018"), ("2020-02-15", "2020"))
        )
        assert (decomposition.before, decomposition.now) == pytest.approx((then, now))
        assert decomposition.change.estimate == pytest.approx(now - then)
        assert sum(parts(decomposition)) == pytest.approx(now - then, abs=1e-12)
        assert decomposition.recent == Period("2020-02-18", "2020-12-31", len(returns["2020-02-15":"2020"]))

    def test_the_last_window_is_the_last_row_of_the_frame_of_signals(self, demo: Market) -> None:
        decomposition, frame = decompose(demo, *latest(demo)), part_frame(SignalCache(demo))
        assert tuple(frame.iloc[-1]) == pytest.approx((decomposition.change.estimate, *parts(decomposition)), abs=1e-12)
        assert frame.iloc[:343].isna().all(axis=None)
        assert frame.iloc[343:].notna().all(axis=None)

    def test_a_rise_of_volatility_alone_is_told_as_volatility(self) -> None:
        rng = np.random.default_rng(5)
        volatile = np.where(np.arange(1400) < 700, 1.0, 2.5)
        equity = volatile * rng.standard_normal(1400)
        decomposition = decompose(
            world(0.01 * (equity + rng.standard_normal(1400)), 0.01 * equity), Span(2, 700), Span(701, 1400)
        )
        assert decomposition.variance_ratio == pytest.approx(6.25, rel=0.2)
        assert decomposition.volatility > 0.6 * decomposition.change.estimate > 0.1
        assert not excludes_zero(decomposition.correlation.ci)
        assert excludes_zero(decomposition.change.ci)

    def test_a_fall_of_the_correlation_alone_is_told_as_correlation(self) -> None:
        rng = np.random.default_rng(6)
        idiosyncratic, equity = rng.standard_normal((2, 1400))
        rho = np.where(np.arange(1400) < 700, 0.7, 0.1)
        decomposition = decompose(
            world(0.03 * (rho * equity + np.sqrt(1 - rho**2) * idiosyncratic), 0.01 * equity),
            Span(2, 700),
            Span(701, 1400),
        )
        assert decomposition.correlation.estimate == pytest.approx(-0.6, abs=0.12)
        assert excludes_zero(decomposition.correlation.ci)
        assert not excludes_zero(decomposition.clock.ci)
        assert abs(decomposition.volatility) < 0.05

    def test_the_interval_of_the_change_is_statsmodels_hac_error_of_the_influence_functions(self) -> None:
        market = random_market(3, 500)
        reference, recent = Span(2, 300), Span(301, 499)
        variance = 0.0
        for span in (reference, recent):
            x = market.log_returns.to_numpy()[span.first : span.last + 1]
            u = (x - x.mean(axis=0)) / x.std(axis=0)
            influence = u[:, 0] * u[:, 1] - (u[:, 0] * u[:, 1]).mean() * (u**2).sum(axis=1) / 2
            fit = sm.OLS(influence, np.ones(len(x))).fit(cov_type="HAC", cov_kwds={"maxlags": LAG})
            variance += float(fit.bse[0]) ** 2
        decomposition = decompose(market, reference, recent)
        half = decomposition.change.ci[1] - decomposition.change.estimate
        assert half == pytest.approx(CRITICAL * np.sqrt(variance), rel=1e-9)

    def test_the_errors_of_the_parts_are_their_spread_over_many_worlds(self) -> None:
        # i.i.d. normal returns whose variance changes: the delta method against brute force, 400 worlds
        rng = np.random.default_rng(9)
        estimates, errors = [], []
        for _ in range(400):
            idiosyncratic, equity = rng.standard_normal((2, 900)) * 0.01
            equity[600:] *= 1.5
            decomposition = decompose(world(3 * idiosyncratic + 1.5 * equity, equity), Span(2, 600), Span(601, 900))
            chosen = (decomposition.change, decomposition.correlation, decomposition.clock)
            estimates.append([e.estimate for e in chosen])
            errors.append([(e.ci[1] - e.estimate) / CRITICAL for e in chosen])
        np.testing.assert_allclose(np.mean(errors, axis=0), np.std(estimates, axis=0), rtol=0.12)

    @pytest.mark.parametrize("kind", ["constant correlation", "constant beta"])
    def test_what_has_not_changed_is_seldom_said_to_have(self, kind: str) -> None:
        # 400 worlds of GARCH(0.08, 0.90) with t shocks; at 5 % more than 34 have a probability of one in a thousand
        rng, worlds = np.random.default_rng(11), 400
        variance, returns = np.ones((worlds, 2)), np.empty((640, worlds, 2))
        for day in range(len(returns)):
            equity, idiosyncratic = rng.standard_normal((2, worlds)) * np.sqrt(3 / rng.chisquare(5, worlds))
            equity *= np.sqrt(variance[:, 1])
            if kind == "constant beta":
                crypto = 0.45 * equity + 0.9 * idiosyncratic
            else:
                crypto = np.sqrt(variance[:, 0]) * (0.45 * equity / np.sqrt(variance[:, 1]) + 0.9 * idiosyncratic)
            returns[day] = np.column_stack([crypto, equity])
            variance = np.minimum(0.02 + 0.08 * returns[day] ** 2 + 0.90 * variance, 25)
        markets = [world(0.03 * x[:, 0], 0.01 * x[:, 1]) for x in returns[290:].transpose(1, 0, 2)]
        decompositions = [decompose(market, *latest(market)) for market in markets]
        still = "change" if kind == "constant correlation" else "correlation"
        for part in (still, "clock"):
            assert sum(excludes_zero(getattr(each, part).ci) for each in decompositions) <= 34, part

    def test_each_year_is_held_against_all_years_before_it(self, demo: Market) -> None:
        years = decompose_years(demo)
        assert [each.recent.first[:4] for each in years] == [str(year) for year in range(2017, 2026)]
        assert {each.reference.first for each in years} == {str(demo.sessions[2].date())}
        assert [each.reference.last[:4] for each in years] == [str(year) for year in range(2016, 2025)]

    def test_outside_the_sum_stands_what_trend_says(self, demo: Market) -> None:
        decomposition = decompose(demo, *latest(demo))
        now = lockstep(SignalCache(demo))
        assert decomposition.level_correlation == pytest.approx(now.level_correlation)
        assert decomposition.false_decoupling == pytest.approx(now.level_false_decoupling)
        assert decomposition.yoy == pytest.approx(now.yoy)
        logs = np.log(demo.close.to_numpy())
        five = (logs[5:] - logs[:-5])[-90:]
        assert decomposition.overlapping["5"][1] == pytest.approx(np.corrcoef(five.T)[0, 1])

    def test_periods_too_short_or_too_early_are_refused_in_a_sentence(self) -> None:
        market = random_market(1, 300)
        for first, last in ((2, 40), (1, 200)):
            with refused(HistoryError, limit=60, remedy="longer"):
                Span(first, last)
        with pytest.raises(HistoryError):
            latest(market)
        with pytest.raises(HistoryError):
            span_between(market, "2024-06-03", "2024-06-28")

    def test_a_leg_that_moves_in_the_last_session_only_gives_no_number_and_no_error(self) -> None:
        moves = np.random.default_rng(3).standard_normal((420, 2)) * 0.01
        moves[300:-1, 1] = 0.0
        content = lockstep(SignalCache(world(moves[:, 0], moves[:, 1]))).decoupling.recent
        assert content is not None
        assert content.correlation.estimate is None

    def test_a_leg_that_never_moves_gives_no_number_and_no_warning(self) -> None:
        still = market_of(random_market(1, 500).crypto.close, np.full(500, 50.0))
        decomposition = decompose(still, *latest(still))
        assert np.isnan([decomposition.change.estimate, *parts(decomposition), *decomposition.correlation.ci]).all()


WELL_FORMED = re.compile(
    r"On \d{4}-\d\d-\d\d \S+ and \S+ are (apart|looser|together|weakly coupled) [a-z ,]+: daily returns [^.]*"
    r"(\.\d[^.]*)*, (while|and) .*with no decoupling at all.*\."
)


def assert_well_formed(text: str) -> None:
    assert "nan" not in text
    assert "-0.00" not in text
    assert text.count(". ") == 0
    assert text.endswith(".")
    assert "  " not in text
    assert "nothing can be said" in text or WELL_FORMED.fullmatch(text), text


class TestSentence:
    @pytest.mark.parametrize("which", ["demo", "real"])
    def test_every_session_has_exactly_one_well_formed_sentence(
        self, which: str, request: pytest.FixtureRequest
    ) -> None:
        signal_cache = SignalCache(request.getfixturevalue(which))
        sentences = [sentence(measure_pair_state(signal_cache, i)) for i in range(len(signal_cache.market.sessions))]
        for text in sentences:
            assert_well_formed(text)
        assert ["nothing can be said" in text for text in sentences] == [True] * 90 + [False] * (len(sentences) - 90)

    def test_every_combination_of_figures_has_one(self) -> None:
        nan = float("nan")
        figures = product(
            (-0.4, -0.1, 0.1, 0.2, 0.4, 0.6), (nan, 0.1, 0.35, 0.7), (nan, 0.0, 0.1, 0.5, 0.9, 1.0), (-0.5, 0.0, 0.9),
            ((nan, nan), (-0.5, 0.1), (0.0, 0.1), (12.3, 0.1)), ((nan, nan, nan), (-0.2, -0.001, 0.004)),
        )  # fmt: skip
        sentences = set()
        for returns, before, rank, levels, yoy, made in figures:
            at = PairState("2024-02-29", ("ETH-USD", "IWM"), returns, before, rank, made, levels, 0.123, yoy)
            text = sentence(at)
            assert_well_formed(text)
            assert "12% of windows with no decoupling at all" in text
            sentences.add(at.coupling)
        assert len(sentences) == 9

    def test_the_end_of_2025_is_told_as_it_was(self, real: Market) -> None:
        assert sentence(measure_pair_state(SignalCache(real))) == (
            "On 2025-12-31 ETH-USD and IWM are apart in trend, not in returns: daily returns are as coupled as ever "
            "(+0.57 over 90 sessions, above 90% of earlier windows), while price levels (-0.39, that or less in 3% of "
            "windows with no decoupling at all) and YoY (ETH-USD -11.0%, IWM +12.7%) have parted."
        )

    @pytest.mark.parametrize(
        ("session", "phrases"),
        [
            # an annual correlation of 0.09; ETH's first boom, small caps up as well
            ("2017-06-30", ["apart in returns, not in trend", "are unrelated (+0.09", "neither price levels"]),
            # an annual correlation of −0.017; ETH flat and small caps up a quarter
            ("2019-12-31", ["apart in returns and in trend", "are unrelated (-0.01", "(ETH-USD -2.8%, IWM +25.4%)"]),
            # after the crash of March 2020 everything fell and rose together
            ("2020-06-30", ["together in returns and in trend", "as coupled as ever (+0.59", "price levels (+0.93"]),
            # the bear market of both
            ("2022-06-30", ["together in returns and in trend", "as coupled as ever (+0.62", "(ETH-USD -53.1%, IWM"]),
            # 2022's 0.56 gone, and both up on the year
            ("2023-12-29", ["apart in returns, not in trend", "have come apart (+0.05", "-0.40 is correlation"]),
        ],
    )  # fmt: skip
    def test_dates_that_a_trader_remembers(self, real: Market, session: str, phrases: list[str]) -> None:
        text = sentence(measure_pair_state(SignalCache(real), int(real.sessions.searchsorted(pd.Timestamp(session)))))
        assert [phrase for phrase in phrases if phrase not in text] == [], text

    def test_the_figures_of_a_session_use_nothing_after_it(self, demo: Market) -> None:
        whole = SignalCache(demo)
        for session in (89, 90, 300, 343, 900, 1800):
            alone = measure_pair_state(SignalCache(demo.slice(0, session + 1)))
            assert repr(alone) == repr(measure_pair_state(whole, session))

    @pytest.mark.parametrize("sessions", [3, 60, 91, 200, 300, 344])
    def test_short_histories_have_one_too_and_make_valid_json(self, sessions: int) -> None:
        now = lockstep(SignalCache(random_market(1, sessions)))
        assert_well_formed(now.sentence)
        assert now.decoupling.recent is None or sessions >= 344
        assert (now.sense.yoy == "unknown") == (sessions < 257)


def test_lockstep_carries_the_rate_the_sense_and_the_decomposition(demo: Market) -> None:
    now = lockstep(SignalCache(demo))
    recent = now.decoupling.recent
    assert now.level_false_decoupling is not None
    assert 0.0 <= now.level_false_decoupling <= 1.0
    assert recent is not None
    assert recent.recent.last == now.session
    assert recent.now == pytest.approx(now.return_correlation)
    assert [year.recent.first[:4] for year in now.decoupling.by_year] == [str(y) for y in range(2017, 2026)]
