"""The statements on worlds in which they are true, false, or beyond telling."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.build import market_of
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.results.lockstep import lockstep
from unlockstep.backtests.results.model.base import Interval
from unlockstep.backtests.results.model.statements import Detail, StatementResult
from unlockstep.backtests.results.statements import judge_statements
from unlockstep.backtests.results.statements.s3a_persistence import judge_persistence
from unlockstep.backtests.results.statements.statement import RECENT, exact_share
from unlockstep.backtests.stats.lead_lag import scored
from unlockstep.signals import Market, SignalCache, YoY
from unlockstep.signals.market import Floats
from unlockstep.signals.scores import scores


def world(crypto: Floats, equity: Floats) -> Market:
    """A market of these log returns."""
    return market_of(100 * np.exp(np.cumsum(crypto)), 100 * np.exp(np.cumsum(equity)))


def pair(seed: int, correlation: Floats | float, sessions: int = 1500) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    equity, idiosyncratic = rng.standard_normal((2, sessions))
    return 0.03 * (correlation * equity + np.sqrt(1 - np.square(correlation)) * idiosyncratic), 0.01 * equity


def word(market: Market, statement: str) -> str:
    return str(getattr(judge_statements(SignalCache(market), seed=1), statement).finding.split(":")[0])


def detail_of(statement: StatementResult[Detail]) -> Detail:
    """What was measured besides; it is there."""
    assert statement.detail is not None
    return statement.detail


def inside(x: float, interval: Interval) -> bool:
    """Whether the interval, which is there, holds x."""
    low, high = interval
    assert low is not None
    assert high is not None
    return low < x < high


def test_a_correlation_that_has_fallen_is_found_weaker() -> None:
    fallen = np.where(np.arange(1500) < 1500 - RECENT, 0.7, 0.0)
    assert word(world(*pair(1, fallen)), "S1") == "Supported"
    assert word(world(*pair(1, 0.7 - fallen)), "S1") == "Contradicted"


def test_the_estimate_of_s1_is_the_difference_of_two_correlations_of_scores() -> None:
    market = world(*pair(2, 0.4))
    statement = judge_statements(SignalCache(market), seed=1).S1
    x, y = scores(market).T
    recent = np.corrcoef(x[-252:], y[-252:])[0, 1]
    before = np.corrcoef(x[-1008:-252], y[-1008:-252])[0, 1]
    assert statement.estimate == pytest.approx(recent - before)
    assert inside(float(recent - before), statement.ci)
    returns = market.log_returns.to_numpy()[-252:]
    assert detail_of(statement).recent == pytest.approx(np.corrcoef(returns.T)[0, 1])  # that of returns stands beside


def test_jumps_of_both_legs_in_the_past_alone_are_no_fall_of_the_correlation() -> None:
    crypto, equity = pair(4, 0.4)
    rows = np.arange(700, 1200, 100)
    crypto[rows], equity[rows] = 0.30, 0.10  # ten deviations of each leg, five times in two years
    statement = judge_statements(SignalCache(world(crypto, equity)), seed=1).S1
    assert statement.finding.startswith("Cannot tell")
    detail = detail_of(statement)
    assert detail.before is not None
    assert detail.recent is not None
    assert detail.before - detail.recent > 0.15


def test_s1_of_a_leg_that_stood_still_for_months_cannot_tell() -> None:
    crypto, equity = pair(5, 0.4)
    equity[900:1100] = 0.0
    assert word(world(crypto, equity), "S1") == "Cannot tell"


def test_an_eth_that_leads_by_two_sessions_is_found_first() -> None:
    crypto, noise = pair(3, 0.0)
    equity = 0.8 * noise + 0.2 * np.concatenate([[0.0, 0.0], crypto[:-2]])
    statement = judge_statements(SignalCache(world(crypto, equity)), seed=1).S3c
    assert statement.finding.startswith("Supported")
    detail = detail_of(statement)
    assert detail.lag == 2
    there, back = detail.granger.crypto_to_equity.p, detail.granger.equity_to_crypto.p
    assert there is not None
    assert back is not None
    assert there < 0.05 < back
    lagging = 0.02 * np.random.default_rng(4).standard_normal(1500) + 2 * np.concatenate([[0.0, 0.0], equity[:-2]])
    assert word(world(lagging, equity), "S3c") == "Contradicted"


def test_an_iwm_that_is_followed_by_its_opposite_does_not_make_eth_lead() -> None:
    crypto, equity = pair(3, 0.0)
    reversed_ = 0.3 * crypto - np.concatenate([[0.0, 0.0], equity[:-2]])
    assert word(world(reversed_, equity), "S3c") == "Cannot tell"


def test_the_hours_that_both_bars_share_are_told_apart_from_a_lead(demo: Market) -> None:
    detail = detail_of(judge_statements(SignalCache(demo), seed=1).S3c)
    assert detail.first_lag == 2
    assert detail.asymmetry[0] is None
    assert detail.clock is not None
    # By hand: IWM's close is 4 hours before midnight UTC in summer, which has 238 of 365 days, 3 in winter, and 3 more
    # on 2 days a year: 3 + 238/365 + 3 * 2/252 = 3.68. A session is 24 * 365.25/252 = 34.8 hours of ETH
    assert detail.clock.shared_hours == pytest.approx(3.68, abs=0.02)
    crypto, equity = scored(demo.log_returns.to_numpy()[1:]).T
    together = np.corrcoef(crypto, equity)[0, 1]
    assert detail.clock.from_shared_hours == pytest.approx(together * 3.68 / (34.8 - 3.68), rel=0.02)


def test_each_year_is_judged_among_all_years_and_lags() -> None:
    crypto, noise = pair(8, 0.0)
    equity = noise.copy()
    equity[1250:] += 0.3 * crypto[1248:-2]
    detail = detail_of(judge_statements(SignalCache(world(crypto, equity)), seed=1).S3c)
    rows = detail.windows.rows
    assert [row.p_family is not None and row.p_family < 0.05 for row in rows] == [False] * 4 + [True]
    assert rows[-1].lag == 2
    assert detail.granger.crypto_to_equity.lags == (2, 3, 4, 5, 6)  # the first one shares hours
    assert detail.granger.equity_to_crypto.lags == (1, 2, 3, 4, 5)


def muted_world(*, later_lift: float) -> Market:
    """IWM's year turns its sign every 65 sessions; ETH drifts by 6 a year while it is positive, later by another."""
    rng = np.random.default_rng(11)
    sessions = 2500
    equity = 0.02 * np.sin(2 * np.pi * np.arange(sessions) / 130) + 0.003 * rng.standard_normal(sessions)
    crypto = 0.03 * rng.standard_normal(sessions)
    first = world(crypto, equity)
    up = SignalCache(first).values(YoY(leg="equity"))[:-1] > 0
    lift = np.where(np.arange(sessions - 1) < 1380, 6.0, later_lift) / 252  # the halves meet at session 1378
    crypto[1:] += up * lift
    return world(crypto, equity)


def test_a_response_that_is_gone_is_found_muted_and_dated() -> None:
    statement = judge_statements(SignalCache(muted_world(later_lift=0.0)), seed=1).S2
    assert statement.finding.startswith("Supported")
    assert inside(-6.0, statement.ci)
    detail = detail_of(statement)
    assert str(detail.split) < str(detail.outside_since)
    assert f"since {detail.outside_since}" in statement.finding
    assert detail.path is not None
    last, low = detail.path.lift[-1], detail.path.low[-1]
    assert last == pytest.approx(detail.lift_late)
    assert last is not None
    assert low is not None
    assert last < low


def test_a_response_that_has_not_changed_has_no_date() -> None:
    statement = judge_statements(SignalCache(muted_world(later_lift=6.0)), seed=1).S2
    assert statement.finding.startswith("Cannot tell")
    detail = detail_of(statement)
    assert detail.outside_since is None
    curve = detail.curve
    assert curve is not None
    assert (
        sum(curve.early_sessions) + sum(curve.late_sessions)
        == np.isfinite(SignalCache(muted_world(later_lift=6.0)).values(YoY(leg="equity"))[:-1]).sum()
    )
    assert curve.edges[1] == 0.0
    assert list(curve.grid) == sorted(x for x in curve.grid if x is not None)


@pytest.mark.parametrize(
    ("early", "late", "decided", "words"),
    [
        (0.6, 0.0, "Supported", "in the later one, a fall (change"),
        (0.0, 0.6, "Cannot tell", "in the later one, a coupling, which is no break"),
    ],
)
def test_a_fall_for_good_is_found_to_last_and_a_coupling_for_good_is_no_break(
    early: float, late: float, decided: str, words: str
) -> None:
    shifted = np.where(np.arange(2500) < 1250, early, late)
    statement = judge_statements(SignalCache(world(*pair(9, shifted, sessions=2500))), seed=1).S3a
    assert statement.finding.startswith(decided)
    assert statement.ci[0] is not None
    assert statement.ci[0] > 0.5  # whichever way it went, the change lasts
    assert "to never" in statement.finding
    detail = detail_of(statement)
    assert detail.earlier_half == pytest.approx(early, abs=0.06)
    assert detail.later_half == pytest.approx(late, abs=0.06)
    assert detail.change_ci is not None
    assert inside(late - early, detail.change_ci)
    assert words in statement.finding


def test_a_change_that_went_and_came_back_is_no_fall_that_lasts() -> None:
    quarter = np.arange(2500) // 625
    there_and_back = np.where((quarter == 0) | (quarter == 3), 0.6, 0.0)
    statement = judge_statements(SignalCache(world(*pair(9, there_and_back, sessions=2500))), seed=1).S3a
    assert statement.finding.startswith("Cannot tell")
    assert detail_of(statement).course == "unclear"


def test_a_swing_of_the_correlation_is_found_to_pass() -> None:
    swings = 0.35 + 0.5 * np.sign(np.sin(2 * np.pi * np.arange(2500) / 160))
    assert word(world(*pair(9, swings, sessions=2500)), "S3a") == "Contradicted"


def test_breaks_are_counted_as_healed_only_where_the_sample_saw_it() -> None:
    # coupled, a break that heals after 100 sessions, one that never does, and one too late to be judged
    states = np.concatenate([np.zeros(20), np.ones(100), np.zeros(30), np.ones(150), np.zeros(10), np.ones(50)])
    sessions = pd.bdate_range("2024-01-01", periods=len(states))
    detail = detail_of(judge_persistence(np.zeros((0, 2)), states, sessions))
    assert [detail.healed[h].breaks for h in ("60", "120", "250")] == [2, 2, 1]
    assert [detail.healed[h].healed for h in ("60", "120", "250")] == [0, 1, 1]
    assert detail.healed["60"].ci == pytest.approx((0.0, 1 - 0.025**0.5))
    assert detail.onsets == tuple(str(sessions[i].date()) for i in (20, 150, 310))
    assert detail.now == "decoupled"


def test_a_state_that_is_not_known_heals_no_break() -> None:
    # coupled, a break of 30 sessions, and then a state that nobody knows
    states = np.concatenate([np.zeros(20), np.ones(30), np.full(100, np.nan)])
    detail = detail_of(judge_persistence(np.zeros((0, 2)), states, pd.bdate_range("2024-01-01", periods=len(states))))
    assert detail.healed["60"].breaks == 1
    assert detail.healed["60"].healed == 0


def test_a_sample_without_breaks_says_that_there_was_none_to_judge() -> None:
    returns = np.column_stack(pair(9, 0.4))
    statement = judge_persistence(returns, np.zeros(1500), pd.bdate_range("2019-01-01", periods=1500)).finding
    assert "No break began early enough to tell how it went on; today the pair is coupled" in statement


@pytest.mark.parametrize(("gives_way", "name"), [(0, "ETH"), (1, "IWM")])
def test_the_legs_of_a_closing_gap_add_up_and_the_right_one_is_named(gives_way: int, name: str) -> None:
    rng = np.random.default_rng(5)
    common, idiosyncratic = 0.01 * rng.standard_normal((2, 2500))
    legs, distance = np.column_stack([common + 2 * idiosyncratic, common]), 0.0
    for i in range(2500):  # one leg gives way to the distance between the two
        legs[i, gives_way] += (-0.04, 0.04)[gives_way] * distance
        distance += legs[i, 0] - legs[i, 1]
    statement = judge_statements(SignalCache(world(*legs.T)), seed=1).S3b
    legs_of = detail_of(statement).legs
    assert sum(leg.slope or 0.0 for leg in (legs_of.crypto, legs_of.equity)) == pytest.approx(statement.estimate)
    assert f"it is {name} that closes it" in statement.finding


def test_a_gap_that_closes_is_found_to_close() -> None:
    rng = np.random.default_rng(5)
    equity = 0.01 * rng.standard_normal(2500)
    distance, crypto = 0.0, np.empty(2500)
    for i in range(2500):  # ETH is pulled back to IWM with a half-life of about 20 sessions
        step = -0.035 * distance + 0.03 * rng.standard_normal()
        distance += step
        crypto[i] = equity[i] + step
    assert word(world(crypto, equity), "S3b") == "Supported"


def test_a_sample_too_short_for_a_statement_says_so_without_a_number() -> None:
    for key, statement in judge_statements(SignalCache(world(*pair(6, 0.4, sessions=150))), seed=1):
        assert statement.finding.startswith("Cannot tell"), key
        assert statement.estimate is None, key


def test_a_leg_that_never_moves_gives_no_numbers_and_no_warnings() -> None:
    still = market_of(100 * np.exp(np.cumsum(pair(7, 0.4, sessions=800)[0])), np.full(800, 50.0))
    flat = market_of(np.full(800, 50.0), 100 * np.exp(np.cumsum(pair(7, 0.4, sessions=800)[1])))
    for market in (still, flat):
        for key, statement in judge_statements(SignalCache(market), seed=1):
            assert statement.finding.startswith("Cannot tell"), key
            assert "nan" not in statement.finding, key


def test_pairs_on_one_clock_are_judged_at_lag_one(real_folder: Path) -> None:
    market = load_market(str(real_folder), ("GLD", "TLT"), start=None, end=None, seed=0)
    statement = judge_statements(SignalCache(market), seed=1).S3c
    detail = detail_of(statement)
    assert detail.first_lag == 1
    assert detail.clock is None
    assert "clocks" not in statement.finding


def test_lag_one_is_left_out_of_the_leg_whose_bar_ends_later() -> None:
    market = world(*pair(3, 0.4, sessions=800))
    turned = Market(market.sessions, market.equity, market.crypto, "made by hand")  # the around-the-clock leg is second
    prompt_leg = replace(market.crypto, known_at=market.equity.known_at, tradable_from=market.equity.tradable_from)
    same = Market(market.sessions, prompt_leg, market.equity, "made by hand")  # two clocks that end their bars together
    usual, other, together = (detail_of(judge_statements(SignalCache(m), seed=1).S3c) for m in (market, turned, same))
    lags = [(d.granger.crypto_to_equity.lags, d.granger.equity_to_crypto.lags) for d in (usual, other, together)]
    late, prompt = (2, 3, 4, 5, 6), (1, 2, 3, 4, 5)
    assert lags == [(late, prompt), (prompt, late), (prompt, prompt)]
    assert [d.first_lag for d in (usual, other, together)] == [2, 2, 1]
    assert [d.clock is None for d in (usual, other, together)] == [False, True, True]


def test_four_breaks_of_four_decide_nothing() -> None:
    # Clopper and Pearson: the lower bound of 4 of 4 is 0.025^(1/4) = 0.398, of 6 of 6 it is 0.025^(1/6) = 0.541
    assert exact_share(4, 4) == pytest.approx((0.025**0.25, 1.0))
    assert exact_share(6, 6)[0] == pytest.approx(0.025 ** (1 / 6))
    assert exact_share(0, 4) == pytest.approx((0.0, 1 - 0.025**0.25))


def test_the_last_session_is_read_as_it_stands(demo: Market) -> None:
    now = lockstep(SignalCache(demo))
    logs = np.log(np.column_stack([demo.crypto.close, demo.equity.close]))
    returns = np.diff(logs, axis=0)
    assert now.return_correlation == pytest.approx(np.corrcoef(returns[-90:].T)[0, 1])
    levels = np.corrcoef(demo.crypto.close[-90:], demo.equity.close[-90:])[0, 1]
    assert now.level_correlation == pytest.approx(levels)
    assert [year.year for year in now.correlation_by_year] == list(range(2016, 2026))


def test_the_published_correlations_come_out_on_real_prices(real: Market) -> None:
    result = {
        year.year: round(year.correlation, 3)
        for year in lockstep(SignalCache(real)).correlation_by_year
        if year.correlation is not None
    }
    published = {
        2016: -0.138, 2017: 0.090, 2018: 0.103, 2019: -0.017, 2020: 0.454,
        2021: 0.214, 2022: 0.561, 2023: 0.145, 2024: 0.429, 2025: 0.508,
    }  # fmt: skip
    assert {year: result[year] for year in published} == published
