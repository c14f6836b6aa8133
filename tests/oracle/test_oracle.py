"""The engine agrees with books kept by hand, and the books with sums done on paper."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import PAIR, earning, random_market, with_legs
from tests.oracle.accounting import Books, ByLeg, Tariff, Trade, interest_by_night, keep_books
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.data.federal_funds import AVERAGES
from unlockstep.backtests.data.rate_series import RateSeries, cash_returns
from unlockstep.backtests.engine.portfolio import BacktestResult, run
from unlockstep.signals import Market
from unlockstep.strategies import Strategy, TargetWeights
from unlockstep.strategies.registry import all_strategies

Fill = Literal["open", "close"]

TOLERANCE = 1e-9
CAPITAL = 100_000.0
DUST = 1e-6
"""Orders worth less than this, in currency, are rounding errors of a target already held."""

FREE = Costs((0.0, 0.0), (0.0, 0.0), borrow_rate=0.0)
DEAR = Costs((40.0, 20.0), (30.0, 10.0), borrow_rate=0.10)
SETTINGS = {"free": FREE, "default": Costs(), "dear": DEAR}
CASH = {"free": "nothing", "default": "averages", "dear": "daily"}
"""What cash earns in each setting, see `quotes_of`."""

VARIANTS: list[Strategy] = [cls(**params) for cls in all_strategies().values() for params in cls.studied]


def tariff_of(costs: Costs) -> Tariff:
    """The same costs in the words of the books."""
    fee, slippage = (tuple(bps / 1e4 for bps in legs) for legs in (costs.fee_bps, costs.slippage_bps))
    return Tariff(fee, slippage, costs.borrow_rate)


def quotes_of(cash: str, market: Market) -> dict[date, float]:
    """Day → annual rate, act/360: 0; the average of the year; or high, below zero and other every weekday."""
    days = [day.date() for day in pd.date_range(market.sessions[0], market.sessions[-1])]
    if cash == "averages":
        return {day: AVERAGES[day.year] / 100.0 for day in days}
    if cash == "daily":
        return {
            day: 0.12 * np.sin(0.01 * day.toordinal()) + 0.05 for day in days if day.weekday() < 5 or day == days[0]
        }
    return dict.fromkeys(days, 0.0)


def paying(market: Market, cash: str) -> tuple[Market, list[float]]:
    """The market with what its cash earns, as the engine has it, and the oracle's interest by session."""
    quotes = quotes_of(cash, market)
    series = RateSeries("quotes", pd.DatetimeIndex(list(quotes)).as_unit("us"), np.array(list(quotes.values())))
    interest = interest_by_night([session.date() for session in market.sessions], quotes)
    if cash == "nothing":
        return market, interest
    return earning(market, cash_returns(series, market.sessions)), interest


def books_of(
    market: Market, decision: TargetWeights, costs: Costs, fill: Fill, lag: int, interest: Sequence[float]
) -> Books:
    """The books of one variant on a market."""
    opens, closes = (
        list(zip(*(getattr(leg, name).tolist() for leg in market.legs), strict=True)) for name in ("open", "close")
    )
    number = {session: i for i, session in enumerate(market.sessions)}
    targets: dict[int, ByLeg] = {
        number[session]: tuple(map(float, row))
        for session, row in zip(decision.frame.index, decision.frame.to_numpy(), strict=True)
    }
    tariff = tariff_of(costs)
    within = targets if decision.day_trades else None
    targets = {} if decision.day_trades else targets
    return keep_books(
        opens, closes, targets, within=within, fill=fill, lag=lag, tariff=tariff, capital=CAPITAL, interest=interest
    )


def assert_agree(
    market: Market, result: BacktestResult, costs: Costs, fill: Fill, lag: int, interest: Sequence[float]
) -> None:
    """Every figure of every variant equals the books to 1e-9 of its size."""
    fills = dict(iter(result.trades.groupby("variant", observed=True)))
    for decision in result.decisions:
        name = decision.variant
        books = books_of(market, decision, costs, fill, lag, interest)
        np.testing.assert_allclose(result.value[name], books.values, rtol=TOLERANCE, err_msg=f"{name}: value")
        np.testing.assert_allclose(result.returns[name], books.returns, rtol=TOLERANCE, atol=1e-11, err_msg=name)
        np.testing.assert_allclose(
            result.exposure[name], books.exposures, rtol=TOLERANCE, atol=1e-10, err_msg=f"{name}: exposure"
        )
        made = [trade for trade in books.trades if abs(trade.units) * trade.price > DUST]
        trades = fills.get(name, result.trades.iloc[:0])
        assert_same_trades(market, name, trades[trades["size"] * trades["price"] > DUST], made)
        paid = np.array(books.borrow)
        traded = np.zeros(len(paid))
        for trade in books.trades:
            paid[trade.session] += trade.fee + trade.slippage
            traded[trade.session] += abs(trade.units) * trade.price
        np.testing.assert_allclose(result.costs_paid[name], paid, rtol=TOLERANCE, atol=1e-6, err_msg=f"{name}: costs")
        np.testing.assert_allclose(result.traded[name], traded, rtol=TOLERANCE, atol=1e-6, err_msg=f"{name}: traded")


def assert_same_trades(market: Market, name: str, trades: pd.DataFrame, made: Sequence[Trade]) -> None:
    """The fills are the same ones, in the same order, of the same size, price, fee and slippage."""
    assert len(trades) == len(made), f"{name}: {len(trades)} fills, the books have {len(made)}"
    assert list(trades["session"]) == [market.sessions[trade.session] for trade in made], name
    assert list(trades["asset"]) == [market.tickers[trade.leg] for trade in made], name
    assert list(trades["side"]) == ["buy" if trade.units > 0 else "sell" for trade in made], name
    for column, expected in (
        ("size", [abs(trade.units) for trade in made]),
        ("price", [trade.price for trade in made]),
        ("fee", [trade.fee for trade in made]),
        ("slippage", [trade.slippage for trade in made]),
    ):
        np.testing.assert_allclose(trades[column], expected, rtol=1e-8, atol=1e-8, err_msg=f"{name}: {column}")
        assert trades[column].sum() == pytest.approx(sum(expected), rel=TOLERANCE, abs=1e-9), f"{name}: total {column}"


def simulated(market: Market) -> tuple[Market, list[TargetWeights]]:
    """The market and the decisions from the longest warm-up on, as a study simulates them."""
    decisions = [variant.decide(market) for variant in VARIANTS]
    part = market.slice(max(variant.warmup for variant in VARIANTS))
    return part, [decision.since(part.sessions[0]) for decision in decisions]


@pytest.fixture(scope="module")
def on_demo(demo: Market) -> tuple[Market, list[TargetWeights]]:
    return simulated(demo)


@pytest.fixture(scope="module")
def on_real(real: Market) -> tuple[Market, list[TargetWeights]]:
    return simulated(real)


@pytest.mark.parametrize("lag", [1, 2, 3])
@pytest.mark.parametrize("fill", ["close", "open"])
@pytest.mark.parametrize("setting", SETTINGS)
class TestEveryStrategy:
    """Every registered strategy, in every variant that a study runs."""

    def test_agrees_with_the_books_on_the_demo_market(
        self, on_demo: tuple[Market, list[TargetWeights]], setting: str, fill: Fill, lag: int
    ) -> None:
        self.check(on_demo, setting, fill, lag)

    def test_agrees_with_the_books_on_real_prices(
        self, on_real: tuple[Market, list[TargetWeights]], setting: str, fill: Fill, lag: int
    ) -> None:
        self.check(on_real, setting, fill, lag)

    @staticmethod
    def check(decided: tuple[Market, list[TargetWeights]], setting: str, fill: Fill, lag: int) -> None:
        market, interest = paying(decided[0], CASH[setting])
        result = run(market, decided[1], SETTINGS[setting], fill=fill, lag=lag, capital=CAPITAL)
        assert_agree(market, result, SETTINGS[setting], fill, lag, interest)


def random_decisions(rng: np.random.Generator, market: Market, name: str) -> TargetWeights:
    """Targets of -0.5 to 0.9 at random sessions, a leg at zero now and then; the longs leave 10 % for costs."""
    often = rng.uniform(0.02, 0.7)
    sessions = market.sessions[rng.random(len(market.sessions)) < often]
    weights = rng.uniform(-0.5, 0.9, (len(sessions), len(market.legs))) / (len(market.legs) / 2)
    weights[rng.random(weights.shape) < 0.15] = 0.0
    long = np.clip(weights, 0.0, None).sum(axis=1, keepdims=True)
    weights = np.where(weights > 0.0, weights / np.maximum(long / 0.9, 1.0), weights)
    return TargetWeights(name, pd.DataFrame(weights, index=sessions, columns=list(market.tickers)))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    fill=st.sampled_from(["close", "open"]),
    lag=st.integers(1, 3),
    fees=st.tuples(st.floats(0, 60), st.floats(0, 60)),
    slippages=st.tuples(st.floats(0, 60), st.floats(0, 60)),
    borrow=st.floats(0, 0.5),
    highest=st.floats(0, 0.002),
)
def test_the_engine_agrees_with_the_books_on_random_weights_with_shorts(
    seed: int, fill: Fill, lag: int, fees: ByLeg, slippages: ByLeg, borrow: float, highest: float
) -> None:
    rng = np.random.default_rng(seed)
    interest = rng.uniform(-highest / 4, highest, 60)
    market = earning(random_market(seed, 60), interest)
    costs = Costs(fees, slippages, borrow)
    decisions = [random_decisions(rng, market, name) for name in ("c", "a", "b", "d")]
    result = run(market, decisions, costs, fill=fill, lag=lag, capital=CAPITAL)
    assert_agree(market, result, costs, fill, lag, interest.tolist())


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), fill=st.sampled_from(["close", "open"]), lag=st.integers(1, 3))
def test_the_engine_agrees_with_the_books_where_longs_fill_the_whole_account(seed: int, fill: Fill, lag: int) -> None:
    rng = np.random.default_rng(seed)
    market, interest = paying(random_market(seed, 60), "daily")
    decisions = []
    for name in ("c", "a", "b"):
        sessions = market.sessions[rng.random(60) < 0.4]
        crypto = rng.choice([0.0, 0.25, 0.6, 1.0], len(sessions))
        frame = pd.DataFrame({PAIR[0]: crypto, PAIR[1]: 1.0 - crypto}, index=sessions)
        decisions.append(TargetWeights(name, frame))
    result = run(market, decisions, DEAR, fill=fill, lag=lag, capital=CAPITAL)
    assert_agree(market, result, DEAR, fill, lag, interest)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), fill=st.sampled_from(["close", "open"]), lag=st.integers(1, 3))
def test_variants_that_pay_different_costs_in_one_run_agree_with_the_books_of_each(
    seed: int, fill: Fill, lag: int
) -> None:
    rng = np.random.default_rng(seed)
    market, interest = paying(random_market(seed, 60), "daily")
    decisions = [random_decisions(rng, market, name) for name in ("c", "a", "b")]
    every = [DEAR, FREE, Costs((7.0, 0.0), (0.0, 90.0), 0.5)]
    result = run(market, decisions, every, fill=fill, lag=lag, capital=CAPITAL)
    for decision, costs in zip(decisions, every, strict=True):
        books = books_of(market, decision, costs, fill, lag, interest)
        name = decision.variant
        np.testing.assert_allclose(result.value[name], books.values, rtol=TOLERANCE, err_msg=name)
        trades = result.trades[result.trades["variant"] == name]
        assert_same_trades(market, name, trades[trades["size"] * trades["price"] > DUST], [
            trade for trade in books.trades if abs(trade.units) * trade.price > DUST
        ])  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    legs=st.sampled_from([3, 20]),
    fill=st.sampled_from(["close", "open"]),
    lag=st.integers(1, 3),
)
def test_accounts_of_more_legs_agree_with_the_books(seed: int, legs: int, fill: Fill, lag: int) -> None:
    rng = np.random.default_rng(seed)
    interest = rng.uniform(-0.0002, 0.001, 60)
    market = earning(with_legs(random_market(seed, 60), legs, seed), interest)
    fees, slippages = (tuple(rng.uniform(0, 60, legs).tolist()) for _ in range(2))
    costs = Costs(fees, slippages, 0.2)
    decisions = [random_decisions(rng, market, name) for name in ("c", "a", "b")]
    result = run(market, decisions, costs, fill=fill, lag=lag, capital=CAPITAL)
    assert_agree(market, result, costs, fill, lag, interest.tolist())


class TestOnPaper:
    """The books themselves, worked out by hand."""

    def test_a_night_pays_a_360th_of_the_newest_rate_and_a_weekend_three_of_them(self) -> None:
        # Thursday 3.6 %: 0.0001. Friday 7.2 % for three nights: 0.0006. Monday has no quote: Friday's for one night.
        days = [date(2024, 2, 15), date(2024, 2, 16), date(2024, 2, 19), date(2024, 2, 20)]
        quotes = {days[0]: 0.036, days[1]: 0.072, days[3]: 0.5}
        assert interest_by_night(days, quotes) == pytest.approx([0.0, 0.0001, 0.0006, 0.0002])

    def test_a_buy_costs_fee_and_slippage_and_then_earns_the_price_move(self) -> None:
        # Decided at session 0, filled at the close of session 1 at 100: half of 1000 is 5 units, at 101 with slippage.
        # Cash: 1000 - 505 - 5.05 (1 % fee) = 489.95. Value: 489.95 + 500 = 989.95; a session later at 120: 1089.95.
        books = keep_books(
            [(90.0, 10.0)] * 3,
            [(90.0, 10.0), (100.0, 10.0), (120.0, 10.0)],
            {0: (0.5, 0.0)},
            fill="close",
            lag=1,
            tariff=Tariff(fee=(0.01, 0.0), slippage=(0.01, 0.0)),
            capital=1000.0,
        )
        assert books.values == pytest.approx([1000.0, 989.95, 1089.95])
        assert books.exposures[2][0] == pytest.approx(600.0 / 1089.95)
        assert len(books.trades) == 1
        trade = books.trades[0]
        assert (trade.session, trade.leg) == (1, 0)
        assert (trade.units, trade.price, trade.fee, trade.slippage) == pytest.approx((5.0, 101.0, 5.05, 5.0))

    def test_a_buy_of_the_whole_account_is_cut_to_what_the_cash_covers(self) -> None:
        # 1000 buys 1000 / (100 * 1.25) = 8 units with a fee of 25 %: 800 of value, 200 of fee, nothing left.
        books = keep_books(
            [(100.0, 1.0)] * 2,
            [(100.0, 1.0)] * 2,
            {0: (1.0, 0.0)},
            fill="close",
            lag=1,
            tariff=Tariff(fee=(0.25, 0.0)),
            capital=1000.0,
        )
        assert books.values == pytest.approx([1000.0, 800.0])
        assert books.trades[0].units == pytest.approx(8.0)
        assert books.trades[0].fee == pytest.approx(200.0)

    def test_the_sell_comes_before_the_buy_that_it_pays_for(self) -> None:
        # All in leg 1 (20 units at 50), then all in leg 0: sells 20 at 50 = 1000, and only then buys 10 at 100.
        books = keep_books(
            [(100.0, 50.0)] * 3,
            [(100.0, 50.0)] * 3,
            {0: (0.0, 1.0), 1: (1.0, 0.0)},
            fill="close",
            lag=1,
            tariff=Tariff(),
            capital=1000.0,
        )
        assert [(t.session, t.leg, t.units) for t in books.trades] == [(1, 1, 20.0), (2, 1, -20.0), (2, 0, 10.0)]
        assert books.values == [1000.0, 1000.0, 1000.0]
        assert books.exposures == [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0)]

    def test_an_order_at_the_open_is_sized_at_the_open_and_earns_the_day(self) -> None:
        # Filled at the open of session 1 at 80: 1000 / 80 = 12.5 units, worth 1250 at the close of 100.
        books = keep_books(
            [(80.0, 1.0)] * 2,
            [(80.0, 1.0), (100.0, 1.0)],
            {0: (1.0, 0.0)},
            fill="open",
            lag=1,
            tariff=Tariff(),
            capital=1000.0,
        )
        assert books.values == pytest.approx([1000.0, 1250.0])

    def test_a_short_owes_more_units_after_each_night_and_its_proceeds_earn_interest(self) -> None:
        # Borrow 1 % and interest 0.1 % a session. Short half of 1000 at 100: owes 5 units, cash 1500.
        # Night 1: cash 1501.5, owes 5.05; at 110: 1501.5 - 555.5 = 946. Covers all at 110 (price 110): cash 946.
        # Night 2: nothing is owed, cash 946.946. Borrow cost of night 1: 0.05 units at the close before, 100: 5.
        books = keep_books(
            [(100.0, 1.0)] * 4,
            [(100.0, 1.0), (100.0, 1.0), (110.0, 1.0), (110.0, 1.0)],
            {0: (-0.5, 0.0), 1: (0.0, 0.0)},
            fill="close",
            lag=1,
            tariff=Tariff(borrow=2.52),
            capital=1000.0 / 1.001,
            interest=[0.0, 0.001, 0.001, 0.001],
        )
        assert books.values == pytest.approx([1000.0 / 1.001, 1000.0, 946.0, 946.946])
        assert books.borrow == pytest.approx([0.0, 0.0, 5.0, 0.0])
        assert [t.units for t in books.trades] == pytest.approx([-5.0, 5.05])
        assert books.exposures[1][0] == pytest.approx(-0.5)

    def test_three_legs_share_the_cash_and_the_smallest_order_goes_first(self) -> None:
        # 1000 in leg 2 (10 units at 100). Then 40 % in leg 0 at 50 and 30 % in leg 1 at 10: sells 7 units of leg 2 for
        # 700, buys the smaller order first, 30 units of leg 1, then 8 of leg 0. At 60, 10 and 110 that is
        # 480 + 300 + 330 = 1110.
        books = keep_books(
            [(50.0, 10.0, 100.0)] * 4,
            [(50.0, 10.0, 100.0)] * 3 + [(60.0, 10.0, 110.0)],
            {0: (0.0, 0.0, 1.0), 1: (0.4, 0.3, 0.3)},
            fill="close",
            lag=1,
            tariff=Tariff((0.0,) * 3, (0.0,) * 3),
            capital=1000.0,
        )
        assert [(t.leg, t.units) for t in books.trades] == [(2, 10.0), (2, -7.0), (1, 30.0), (0, 8.0)]
        assert books.values == pytest.approx([1000.0, 1000.0, 1000.0, 1110.0])
        assert books.exposures[3] == pytest.approx((480 / 1110, 300 / 1110, 330 / 1110))

    def test_a_decision_waits_for_its_lag_and_the_last_ones_are_never_filled(self) -> None:
        books = keep_books(
            [(100.0, 1.0)] * 4,
            [(100.0, 1.0), (200.0, 1.0), (400.0, 1.0), (800.0, 1.0)],
            {0: (1.0, 0.0), 3: (0.0, 0.0)},
            fill="close",
            lag=2,
            tariff=Tariff(),
            capital=1000.0,
        )
        assert books.values == pytest.approx([1000.0, 1000.0, 1000.0, 2000.0])
        assert [t.session for t in books.trades] == [2]
        assert books.returns == pytest.approx([0.0, 0.0, 1.0])
