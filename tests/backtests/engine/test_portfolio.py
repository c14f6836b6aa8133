"""The engine: clocks, accounts, costs and errors. That its sums are right is shown in tests/oracle."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import PAIR, earning, market_of, random_market, with_legs
from tests.refusals import refused
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.engine.orders import Trading, check_fills
from unlockstep.backtests.engine.portfolio import net_returns, run
from unlockstep.signals import Market
from unlockstep.signals.errors import DataError, HistoryError, LookAheadError, ParameterError, WeightsError
from unlockstep.signals.risk_free import RiskFree
from unlockstep.strategies import TargetWeights
from unlockstep.strategies.benchmarks import Cash, FixedMix, HoldEth, HoldIwm

Fill = Literal["close", "open"]

FREE = Costs((0.0, 0.0), (0.0, 0.0), borrow_rate=0.0)


def decide(market: Market, rows: dict[int, tuple[float, float]], name: str = "mine") -> TargetWeights:
    frame = pd.DataFrame(
        list(rows.values()), index=market.sessions[list(rows)], columns=list(market.tickers), dtype=float
    )
    return TargetWeights(name, frame)


class TestClocks:
    def test_a_fill_at_the_close_of_the_session_decided_on_is_refused_for_the_leg_that_closes_first(self) -> None:
        market = random_market(1, 5)
        with refused(LookAheadError, name="IWM", dates=["2024-01-01"], limit=1, remedy="lag"):
            run(market, [decide(market, {0: (1.0, 0.0)})], lag=0)

    def test_a_fill_at_the_open_of_the_session_decided_on_is_refused(self) -> None:
        market = random_market(1, 5)
        with refused(LookAheadError, name="ETH-USD", dates=["2024-01-01"], limit=1):
            run(market, [decide(market, {0: (1.0, 0.0)})], lag=0, fill="open")

    @pytest.mark.parametrize("fill", ["close", "open"])
    @pytest.mark.parametrize("lag", [1, 2, 4])
    def test_fills_from_the_next_session_on_are_in_time(self, fill: Fill, lag: int) -> None:
        check_fills(random_market(1, 5), fill, lag)

    def test_the_midnight_open_of_eth_is_in_time_to_the_second(self) -> None:
        # Decided on Monday's bars at Tuesday 00:00 UTC, filled at Tuesday's open of the same instant.
        market = random_market(1, 5)
        check_fills(market, "open", 1)
        late = replace(market.crypto, known_at=market.crypto.known_at + pd.Timedelta(seconds=1))
        with refused(LookAheadError, name="ETH-USD", dates=["2024-01-01"]):
            check_fills(replace(market, crypto=late), "open", 1)

    def test_one_late_bar_in_the_middle_is_found_and_named(self) -> None:
        market = random_market(1, 30)
        instants = market.equity.known_at.to_series()
        instants.iloc[20] += pd.Timedelta(days=3)
        odd = replace(market.equity, known_at=pd.DatetimeIndex(instants))
        with refused(LookAheadError, name="ETH-USD", dates=[str(market.sessions[20].date())]):
            check_fills(replace(market, equity=odd), "close", 1)

    def test_a_further_leg_that_opens_before_a_decision_is_taken_is_named_with_the_way_out(self) -> None:
        # Wellington opens at 21:00 UTC of the day before, three hours before ETH's bar of that day is complete
        market = with_legs(random_market(1, 10), 3, 1)
        opens = market.sessions.tz_localize("UTC") - pd.Timedelta(hours=3)
        early = replace(market.further[0], ticker="AIR.NZ", tradable_from=opens, known_at=opens + pd.Timedelta(hours=7))
        mixed = replace(market, further=(early,))
        with refused(LookAheadError, name="AIR.NZ", dates=["2024-01-01"], limit=2, remedy="fill at the close"):
            check_fills(mixed, "open", 1)
        check_fills(mixed, "close", 1)
        check_fills(mixed, "open", 2)

    @pytest.mark.parametrize("lag", [-1, 5, 6])
    def test_a_lag_that_leaves_nothing_to_fill_is_refused(self, lag: int) -> None:
        with refused(HistoryError, limit=5):
            check_fills(random_market(1, 5), "close", lag)

    @pytest.mark.parametrize("fill", ["close", "open"])
    @pytest.mark.parametrize("source", ["demo", "real"])
    def test_the_clocks_of_the_exchange_allow_fills_a_session_later_and_none_earlier(
        self, source: str, fill: Fill, request: pytest.FixtureRequest
    ) -> None:
        market: Market = request.getfixturevalue(source)
        check_fills(market, fill, 1)
        with pytest.raises(LookAheadError):
            check_fills(market, fill, 0)


class TestDecisions:
    def test_the_account_is_cash_until_the_first_decision_is_filled(self) -> None:
        market = random_market(2, 8)
        result = run(market, [decide(market, {3: (0.6, 0.4)})])
        assert (result.value.iloc[:4] == 100_000.0).all(axis=None)
        assert (result.exposure.iloc[:4] == 0.0).all(axis=None)
        assert list(result.trades["session"].unique()) == [market.sessions[4]]

    def test_holdings_drift_between_decisions(self) -> None:
        market = market_of([100, 100, 200, 200], [50, 50, 50, 50])
        result = run(market, [decide(market, {0: (0.5, 0.5)})], FREE)
        np.testing.assert_allclose(result.exposure, [[0.0, 0.0], [0.5, 0.5], [2 / 3, 1 / 3], [2 / 3, 1 / 3]])
        assert len(result.trades) == 2

    def test_decisions_of_the_last_sessions_are_never_filled(self) -> None:
        market = random_market(2, 8)
        with_last = [decide(market, {1: (1.0, 0.0), 6: (0.0, 1.0), 7: (0.0, 0.0)})]
        without = [decide(market, {1: (1.0, 0.0)})]
        pd.testing.assert_frame_equal(run(market, with_last, lag=2).value, run(market, without, lag=2).value)

    def test_a_variant_that_decides_nothing_keeps_its_cash(self) -> None:
        market = random_market(2, 8)
        result = run(market, [decide(market, {}, "never"), Cash().decide(market)])
        assert (result.value == 100_000.0).all(axis=None)
        assert (result.returns == 0.0).all(axis=None)
        assert result.trades.empty
        assert list(result.trades.columns) == [
            "variant", "asset", "session", "side", "size", "price", "fee", "slippage", "cause",
        ]  # fmt: skip

    def test_a_decision_on_a_day_without_a_session_is_refused(self) -> None:
        market = random_market(2, 8)
        stray = TargetWeights("mine", pd.DataFrame(0.0, index=[pd.Timestamp("2024-01-06")], columns=list(PAIR)))
        with refused(WeightsError, name="mine", dates=["2024-01-06"]):
            run(market, [stray])

    @pytest.mark.parametrize("columns", [["IWM", "ETH-USD"], ["BTC-USD", "IWM"], ["crypto", "equity"]])
    def test_weights_of_other_tickers_or_in_another_order_are_refused(self, columns: list[str]) -> None:
        market = random_market(2, 8)
        other = TargetWeights("mine", pd.DataFrame([[1.0, 0.0]], index=market.sessions[:1], columns=columns))
        with refused(WeightsError, name="mine", choices=["ETH-USD", "IWM"]):
            run(market, [other])

    def test_two_variants_of_one_name_are_refused(self) -> None:
        market = random_market(2, 8)
        three = [decide(market, {0: (1.0, 0.0)}, name) for name in ("other", "mine", "mine")]
        with refused(WeightsError, name="mine"):
            run(market, three)


class TestAccounts:
    def test_what_is_sold_in_one_leg_pays_for_the_other_in_the_same_session(self) -> None:
        market = market_of([100.0] * 5, [50.0] * 5)
        result = run(market, [decide(market, {0: (0.0, 1.0), 2: (1.0, 0.0)})], FREE)
        np.testing.assert_allclose(result.exposure, [[0, 0], [0, 1], [0, 1], [1, 0], [1, 0]])
        assert list(result.trades["side"]) == ["buy", "sell", "buy"]
        assert list(result.trades["asset"]) == ["IWM", "IWM", "ETH-USD"]

    def test_variants_do_not_share_cash_and_keep_their_order_and_names(self) -> None:
        market = random_market(3, 40)
        decisions = [
            decide(market, {2: (1.0, 0.0), 9: (0.2, 0.8)}, "zeta"),
            decide(market, {0: (-0.5, 0.9)}, "alpha"),
            decide(market, {5: (0.0, 1.0), 20: (0.0, 0.0)}, "mid"),
        ]
        together = run(market, decisions)
        assert list(together.value.columns) == ["zeta", "alpha", "mid"]
        for decision in decisions:
            alone = run(market, [decision])
            name = decision.variant
            pd.testing.assert_frame_equal(together.value[[name]], alone.value)
            pd.testing.assert_frame_equal(together.exposure[[name]], alone.exposure)
            pd.testing.assert_frame_equal(together.costs_paid[[name]], alone.costs_paid)
            pd.testing.assert_frame_equal(
                together.trades[together.trades["variant"] == name].reset_index(drop=True), alone.trades
            )

    def test_a_whole_account_in_one_leg_follows_its_price_from_the_fill_on(self) -> None:
        market = random_market(4, 30)
        result = run(market, [HoldEth().decide(market), HoldIwm().decide(market)], FREE)
        for name, leg in (("hold_eth", market.crypto), ("hold_iwm", market.equity)):
            np.testing.assert_allclose(
                result.value[name].iloc[1:], 100_000.0 * leg.close[1:] / leg.close[1], rtol=1e-12
            )

    def test_a_fill_at_the_open_earns_the_rest_of_its_day(self) -> None:
        market = random_market(4, 30)
        result = run(market, [HoldEth().decide(market)], FREE, fill="open")
        expected = 100_000.0 * market.crypto.close[1:] / market.crypto.open[1]
        np.testing.assert_allclose(result.value["hold_eth"].iloc[1:], expected, rtol=1e-12)

    def test_interest_compounds_session_by_session(self) -> None:
        market = random_market(5, 12)
        market = replace(market, risk_free=RiskFree.constant(0.0252, 12))
        result = run(market, [Cash().decide(market)])
        np.testing.assert_allclose(result.value["cash"], 100_000.0 * 1.0001 ** np.arange(12), rtol=1e-12)

    def test_each_session_pays_its_own_interest_and_the_first_none(self) -> None:
        # 100,000 · 1.01 = 101,000; · 0.99 = 99,990; · 1.02 = 101,989.80
        market = earning(random_market(5, 4), [0.5, 0.01, -0.01, 0.02])
        result = run(market, [Cash().decide(market)])
        np.testing.assert_allclose(result.value["cash"], [100_000.0, 101_000.0, 99_990.0, 101_989.8], rtol=1e-12)
        np.testing.assert_array_equal(result.risk_free, [0.01, -0.01, 0.02])

    def test_a_part_of_a_market_pays_from_its_second_session_on(self) -> None:
        market = earning(random_market(5, 6), [0.0, 0.01, 0.02, 0.03, 0.04, 0.05]).slice(2, 5)
        result = run(market, [Cash().decide(market)])
        np.testing.assert_allclose(result.value["cash"], 100_000.0 * np.array([1.0, 1.03, 1.03 * 1.04]), rtol=1e-12)

    def test_the_proceeds_of_a_short_earn_interest(self) -> None:
        # sold 500 at 100: cash 150,000, owed 50,000; 1 % on the cash a session later: 151,500 - 50,000
        market = earning(market_of([100.0] * 3, [50.0] * 3), [0.0, 0.0, 0.01])
        result = run(market, [decide(market, {0: (-0.5, 0.0)})], FREE)
        np.testing.assert_allclose(result.value["mine"], [100_000.0, 100_000.0, 101_500.0], rtol=1e-12)

    def test_a_short_pays_for_each_night_in_kind(self) -> None:
        # 1 % a session: owes 500 units after the fill, 505 a session later; covered there, it owes nothing more.
        market = market_of([100.0, 100.0, 200.0, 200.0], [50.0] * 4)
        costs = Costs((0.0, 0.0), (0.0, 0.0), borrow_rate=2.52)
        result = run(market, [decide(market, {0: (-0.5, 0.0), 1: (0.0, 0.0)})], costs)
        np.testing.assert_allclose(result.value["mine"], [100_000.0, 100_000.0, 49_000.0, 49_000.0])
        np.testing.assert_allclose(result.costs_paid["mine"], [0.0, 0.0, 500.0, 0.0])
        np.testing.assert_allclose(result.trades["size"], [500.0, 505.0])

    def test_an_account_that_a_short_has_ruined_is_refused_with_its_name_and_session(self) -> None:
        market = market_of([100.0, 100.0, 150.0, 400.0, 400.0], [50.0] * 5)
        decisions = [decide(market, {0: (0.0, 1.0)}, "safe"), decide(market, {0: (-0.5, 0.0)}, "bold")]
        with refused(WeightsError, name="bold", dates=["2024-01-04"]):
            run(market, decisions)

    @settings(max_examples=10, deadline=None)
    @given(seed=st.integers(0, 2**32 - 1), capital=st.floats(1_000.0, 1e9))
    def test_returns_do_not_depend_on_the_capital_or_on_the_unit_of_prices(self, seed: int, capital: float) -> None:
        market = random_market(seed, 40)
        decisions = [decide(market, {1: (0.4, 0.3), 12: (-0.2, 0.7), 25: (0.0, 1.0)})]
        expected = run(market, decisions).returns
        rescaled = market_of(
            market.crypto.close * 7.0,
            market.equity.close / 3.0,
            crypto_open=market.crypto.open * 7.0,
            equity_open=market.equity.open / 3.0,
        )
        np.testing.assert_allclose(run(market, decisions, capital=capital).returns, expected, atol=1e-9)
        np.testing.assert_allclose(run(rescaled, decisions).returns, expected, atol=1e-9)

    @settings(max_examples=10, deadline=None)
    @given(seed=st.integers(0, 2**32 - 1), fill=st.sampled_from(["close", "open"]))
    def test_dearer_trading_never_leaves_more(self, seed: int, fill: Fill) -> None:
        market = random_market(seed, 40)
        decisions = [FixedMix().decide(market), decide(market, {1: (0.4, 0.3), 12: (0.0, 1.0), 25: (1.0, 0.0)})]
        ends = [run(market, decisions, Costs().times(k), fill=fill).value.iloc[-1] for k in (0.0, 1.0, 3.0)]
        assert (ends[0] > ends[1]).all()
        assert (ends[1] > ends[2]).all()


class TestResult:
    def test_trades_show_market_prices_moved_by_slippage_whatever_the_rates(self) -> None:
        market = earning(random_market(6, 20), 0.0008)
        costs = Costs((10.0, 1.0), (50.0, 20.0), borrow_rate=0.5)
        result = run(market, [decide(market, {2: (-0.4, 0.6), 9: (0.5, -0.3), 14: (0.0, 0.0)})], costs)
        assert len(result.trades) == 6
        for trade in result.trades.to_dict("records"):
            eth = trade["asset"] == "ETH-USD"
            leg, slip, fee = (market.crypto, 0.005, 0.001) if eth else (market.equity, 0.002, 0.0001)
            close = leg.close[market.sessions == trade["session"]].item()
            moved = 1 + slip if trade["side"] == "buy" else 1 - slip
            assert trade["price"] == pytest.approx(close * moved, rel=1e-10)
            assert trade["slippage"] == pytest.approx(trade["size"] * close * slip, rel=1e-10)
            assert trade["fee"] == pytest.approx(trade["size"] * close * moved * fee, rel=1e-10)

    def test_what_is_missing_against_a_free_round_trip_are_the_costs_paid(self) -> None:
        market = market_of([100.0] * 6, [50.0] * 6)
        result = run(market, [decide(market, {0: (0.5, 0.3), 3: (0.0, 0.0)})], Costs((20.0, 5.0), (10.0, 5.0)))
        assert 100_000.0 - result.value["mine"].iloc[-1] == pytest.approx(result.costs_paid["mine"].sum(), rel=1e-9)
        assert result.traded["mine"].sum() == pytest.approx((result.trades["size"] * result.trades["price"]).sum())

    def test_there_is_a_row_for_each_session_and_a_return_for_each_but_the_first(self) -> None:
        market = random_market(7, 25)
        result = run(market, [HoldEth().decide(market), Cash().decide(market)])
        for frame in (result.value, result.exposure, result.costs_paid, result.traded):
            assert frame.index.equals(market.sessions)
        assert result.returns.index.equals(market.sessions[1:])
        expected = [(name, ticker) for name in ("hold_eth", "cash") for ticker in PAIR]
        assert result.exposure.columns.equals(pd.MultiIndex.from_tuples(expected))
        assert repr(result) == "<BacktestResult: 2 variants, 2024-01-02 to 2024-02-02, 1 fills>"

    def test_the_portfolio_counts_252_sessions_a_year(self) -> None:
        market = random_market(8, 300)
        result = run(market, [HoldEth().decide(market), FixedMix().decide(market)])
        for name in result.value.columns:
            returns = np.concatenate([[0.0], result.returns[name]])  # the first session is a row to vectorbt
            sharpe = returns.mean() / returns.std(ddof=1) * np.sqrt(252)
            assert result.portfolio[name].stats()["Sharpe Ratio"] == pytest.approx(sharpe, rel=1e-9)
            assert result.portfolio[name].sharpe_ratio() == pytest.approx(sharpe, rel=1e-9)
            volatility = returns.std(ddof=1) * np.sqrt(252)
            assert result.portfolio[name].annualized_volatility() == pytest.approx(volatility, rel=1e-9)

    def test_multiplied_costs_multiply_all_that_trading_costs(self) -> None:
        costs = Costs((10.0, 1.0), (5.0, 2.0), borrow_rate=0.03).times(2.0)
        assert costs == Costs((20.0, 2.0), (10.0, 4.0), borrow_rate=0.06)


class TestMisuse:
    def test_a_fill_that_is_neither_close_nor_open_is_refused(self) -> None:
        market = random_market(1, 5)
        with refused(ParameterError, name="opne", choices=["open"]):
            run(market, [decide(market, {0: (1.0, 0.0)})], fill="opne")  # type: ignore[arg-type]

    @pytest.mark.parametrize("costs", [{"fee_bps": (-1.0, 0.0)}, {"borrow_rate": float("nan")}, {"borrow_rate": -0.1}])
    def test_costs_that_are_negative_or_no_number_are_refused(self, costs: dict[str, Any]) -> None:
        with refused(ParameterError, limit=0):
            Costs(**costs)


def test_a_price_too_small_for_the_engine_is_refused_by_name() -> None:
    market = market_of([1e-13, 1e-13, 1e-13, 1e-13], [10.0, 10.0, 11.0, 11.0])
    with refused(DataError, name="ETH-USD", limit=1e-9, remedy="unit"):
        run(market, [decide(market, {0: (1.0, 0.0)})])


def test_tradings_simulated_together_are_those_simulated_alone() -> None:
    market, rng = earning(random_market(11, 60), 0.0002), np.random.default_rng(5)
    decisions = [
        decide(market, {row: tuple(rng.uniform(-0.4, 0.5, 2)) for row in range(0, 60, i + 1)}, f"rule {i}")
        for i in range(3)
    ]
    tradings = [
        Trading(decisions[:2], Costs()),
        Trading(decisions, Costs((5.0, 50.0), (0.0, 3.0), 0.2), "open", 2),
        Trading(decisions[2:], Costs().times(0.0), lag=5),
    ]
    together = net_returns(market, tradings, capital=5_000.0)
    for t, result in zip(tradings, together, strict=True):
        alone = run(market, t.decisions, t.costs, fill=t.fill, lag=t.lag, capital=5_000.0).returns
        assert isinstance(result, pd.DataFrame)
        pd.testing.assert_frame_equal(result, alone, check_exact=True)


def test_a_trading_that_ruins_an_account_takes_no_other_with_it() -> None:
    market = market_of([100.0, 100.0, 250.0, 250.0], [100.0] * 4)
    short, long = decide(market, {0: (-1.0, 0.0)}, "short"), decide(market, {0: (0.0, 1.0)}, "long")
    ruined, sound = net_returns(market, [Trading([short, long], Costs()), Trading([long], Costs())])
    assert isinstance(ruined, WeightsError)
    with pytest.raises(WeightsError) as alone:
        run(market, [short, long], Costs())
    assert str(ruined) == str(alone.value)
    assert isinstance(sound, pd.DataFrame)
