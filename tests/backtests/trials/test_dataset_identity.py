"""Which prices are the same data: a day more is, other prices for the same tickers are not."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.build import PAIR, market_of, random_market
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.results.provenance import coverage
from unlockstep.backtests.trials.dataset_identity import DataSet, data_set_of, months_of, recalled
from unlockstep.signals import Market


def same(one: Market, other: Market) -> bool:
    a, b = data_set_of(one), data_set_of(other)
    assert a.same_as(b) == b.same_as(a)
    return a.same_as(b)


@pytest.fixture(scope="module")
def market() -> Market:
    return random_market(3, 500)


def test_months_are_log_returns_between_last_sessions_without_the_last_month() -> None:
    # weekdays of 2024: January has 23, February 21, March 21, and 5 of April
    closes = np.full(70, 100.0)
    closes[22:43], closes[43:64], closes[64:], closes[65:] = 110.0, 121.0, 121.0, 500.0
    result = data_set_of(market_of(2 * closes, closes))
    assert result.first_month == 12 * 2024 + 2
    assert np.allclose(result.months, np.log([[1.1, 1.1], [1.0, 1.0]]))
    assert (result.first, result.last) == ("2024-01-01", "2024-04-05")


def test_a_day_more_or_another_start_is_the_same_data(market: Market) -> None:
    assert same(market, market.slice(0, 499))
    assert same(market, market.slice(120))
    assert same(market.slice(0, 400), market.slice(200))


def test_restated_dividends_are_the_same_data(market: Market) -> None:
    restated = market.equity.close.copy()
    for quarter in range(60, 500, 63):
        restated[:quarter] *= 0.997  # a dividend of 0.3 % that the older prices left out
    assert same(market, market_of(market.crypto.close, restated))
    assert same(market, market_of(market.crypto.close, 0.99 * market.equity.close))


def test_a_few_months_of_other_prices_are_a_correction_and_many_are_other_prices(market: Market) -> None:
    for wrong, expected in ((1, True), (8, False)):
        closes = market.crypto.close.copy()
        for month in range(wrong):
            closes[40 + 21 * month :] *= 1.1
        assert same(market, market_of(closes, market.equity.close)) is expected


def of_another_vendor(market: Market, seed: int) -> Market:
    """Both legs closed a little later: off by 0.2 % each session, which is 0.28 % a month."""
    rng = np.random.default_rng(seed)
    closes = (leg.close * np.exp(0.002 * rng.standard_normal(len(leg.close))) for leg in market.legs)
    return market_of(*closes)


def test_another_vendor_s_closes_are_the_same_data(market: Market) -> None:
    long = random_market(3, 2400)
    alike = [np.abs(data_set_of(long).months - data_set_of(of_another_vendor(long, n)).months) for n in range(10)]
    assert min((each <= 0.005).all(axis=1).mean() for each in alike) < 0.9  # by single months some were others
    assert all(same(long, of_another_vendor(long, n)) for n in range(10))


def test_months_restated_a_little_are_the_same_data_however_many(market: Market) -> None:
    closes = market.equity.close.copy()
    for month in range(10):
        closes[40 + 21 * month :] *= 1.006 if month % 2 else 1 / 1.006
    restated = market_of(market.crypto.close, closes)
    assert (np.abs(data_set_of(market).months - data_set_of(restated).months) <= 0.005).all(axis=1).mean() < 0.6
    assert same(market, restated)
    # in less than a year of months nothing is concluded from it
    assert not same(market.slice(40, 240), restated.slice(40, 240))


def test_a_leg_that_never_moves_moves_as_none(market: Market) -> None:
    flat = np.full(500, 100.0)
    once = flat.copy()
    for month in range(12):
        once[40 + 21 * month :] *= 1.02
    assert not same(market_of(market.crypto.close, flat), market_of(market.crypto.close, once))


def test_other_worlds_of_other_length_are_never_one() -> None:
    worlds = [data_set_of(random_market(seed, 300)) for seed in range(40)]
    assert not any(a.same_as(b) for a in worlds for b in worlds if a is not b)


def test_a_run_s_months_tell_its_prices_again(market: Market) -> None:
    content = {**coverage(market).model_dump(), "months": months_of(market)}
    again = recalled(json.loads(json.dumps(content)))
    assert np.allclose(again.months, data_set_of(market).months, atol=1e-6)
    assert (again.tickers, again.first_month) == (("ETH-USD", "IWM"), data_set_of(market).first_month)
    assert again.same_as(data_set_of(market_of(market.crypto.close, 0.99 * market.equity.close)))
    short = random_market(6, 10)
    retained = recalled({**coverage(short).model_dump(), "months": months_of(short)})
    assert retained.months.shape == (0, 2)


def test_other_prices_for_the_same_tickers_are_other_data(market: Market) -> None:
    assert not same(market, random_market(4, 500))
    # one leg alone is not enough
    assert not same(market, market_of(market.crypto.close, random_market(4, 500).equity.close))


def test_another_seed_of_the_demo_is_other_data(demo: Market) -> None:
    assert not same(demo, load_market("demo", PAIR, start=None, end=None, seed=2))
    assert same(demo, load_market("demo", PAIR, start=None, end=None, seed=1))


def test_a_renamed_ticker_is_the_same_data_also_where_its_name_turns_the_pair_round(market: Market) -> None:
    closes = market.crypto.close, market.equity.close
    assert same(market, market_of(*reversed(closes), tickers=("IWM", "ETH-USD")))
    for tickers in (("ETH-USD", "SPY"), ("ETH-USD", "AAA"), ("ZZZ-USD", "IWM"), ("X", "Y")):
        renamed = market_of(*closes, tickers=tickers)
        assert same(market, renamed)
        assert same(market.slice(0, 400), renamed.slice(120))  # other days, the same months
        assert same(market, of_another_vendor(renamed, 1)) is same(market, of_another_vendor(market, 1))


def test_another_pair_is_other_data(market: Market) -> None:
    other = random_market(4, 500)
    assert not same(market, market_of(other.crypto.close, other.equity.close, tickers=("ETH-USD", "SPY")))
    assert not same(market, market_of(market.crypto.close, other.equity.close, tickers=("ETH-USD", "SPY")))


def test_two_quiet_funds_within_the_tolerance_of_each_other_are_two_under_two_tickers(market: Market) -> None:
    rng = np.random.default_rng(1)
    quiet, calm = (100.0 * np.exp(np.cumsum(0.0002 * rng.standard_normal(500))) for _ in range(2))
    one, other = market_of(market.crypto.close, quiet), market_of(market.crypto.close, calm, tickers=("ETH-USD", "SHY"))
    assert np.abs(data_set_of(one).months - data_set_of(other).months).max() < 0.005
    assert not same(one, other)


def test_under_other_tickers_less_than_a_year_of_months_says_nothing(market: Market) -> None:
    renamed = market_of(market.crypto.close, market.equity.close, tickers=("ETH-USD", "SPY"))
    assert not same(market.slice(0, 200), renamed.slice(0, 200))


def test_halves_that_do_not_overlap_are_two_data_sets_and_the_whole_is_either(market: Market) -> None:
    early, late = market.slice(0, 250), market.slice(250)
    assert not same(early, late)
    assert same(early, market)
    assert same(late, market)


def test_less_than_three_shared_months_say_nothing_unless_the_prices_are_equal() -> None:
    short = random_market(5, 60)
    assert len(data_set_of(short).months) < 3
    assert not same(short, short.slice(0, 59))
    assert same(short, random_market(5, 60))


def test_a_month_or_less_is_no_month() -> None:
    result = data_set_of(random_market(6, 10))
    assert result.months.shape == (0, 2)
    assert isinstance(replace(result, source="elsewhere"), DataSet)
