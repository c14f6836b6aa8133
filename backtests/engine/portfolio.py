"""The engine: decisions in, a vectorbt portfolio out. The only vectorbt; the lag is in `orders`.

Simulation of all variants in one broadcast, each an account of its own with cash shared by its legs, N of them:

 1. A decision of session D is filled `lag` sessions later, at that session's close or open. Every fill must come at or
    after the instant at which D's decision could be taken (`market.decided_at`), or LookAheadError is raised.
 2. Target weights are shares of the account valued at the fill prices. Sells come before buys; a buy that the cash
    does not cover, fees included, is cut to what it covers. Units are fractional. An order worth less than a billionth
    of the starting capital, in units of cash, is none (`orders.SMALLEST_ORDER`).
 3. Fees are a share of the traded value; slippage moves the fill price against the order. Both by leg.
 4. A day trade is decided before the open: it is filled at the open of its session (`lag` - 1 sessions later) and
    closed at that session's close, as shares of the account at the open. Where one is simulated every session has two
    rows, its open and its close, for all variants.
 5. A short pays the borrow rate in kind, as lenders of the asset charge it: who owes N units owes
    N * (1 + rate / 252) a session later. Cash, the proceeds of shorts included, earns the market's risk-free return of
    the session.

vectorbt has neither borrow nor interest, so both go in through the prices it is given. While a variant is short, its
price of that leg grows by the borrow rate; and all prices are expressed in units of a cash account that earns the
risk-free returns. Where cash earns nothing these units are the currency itself. Results are translated back.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd

from unlockstep.backtests.config.costs import Costs as Costs
from unlockstep.backtests.config.costs import Fill as Fill
from unlockstep.backtests.engine.orders import (
    SMALLEST_ORDER,
    causes_of,
    check_costs,
    check_day_trades,
    check_fills,
    orders_of,
)
from unlockstep.backtests.engine.orders import Trading as Trading
from unlockstep.compiler_cache import find_compiler_cache
from unlockstep.signals.errors import DataError, WeightsError, WorkError, unknown_name
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats, Market
from unlockstep.strategies.weights import TargetWeights

if TYPE_CHECKING:
    import vectorbt
    from vectorbt import Portfolio as Portfolio

SMALLEST_PRICE = 1e-9
"""vectorbt takes amounts below about 1e-12 for nothing, prices too."""


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """What the simulation of V variants over S sessions gave; net of all costs.

    returns:    S x V net simple return of each session, from the session after the first possible decision on
    value:      S + 1 x V account value at each session's close, the starting capital first
    exposure:   S + 1 x (V, 2) share of the account in each leg at each session's close, columns (variant, ticker); of
                day trades after the fills of its open
    costs_paid: S + 1 x V fees, slippage and borrow cost of the session, in currency
    traded:     S + 1 x V absolute value traded in the session, in currency
    trades:     one row a fill: variant, asset, session, side, size, price (paid), fee, slippage (both in currency),
                cause: decision, rebalancing or exit (the close of a day trade, too)
    decisions:  the TargetWeights simulated, in the order of the columns
    risk_free:  S simple returns of cash on the sessions of `returns`
    portfolio:  the vectorbt.Portfolio itself, for .stats() and .plot(); a year has 252 sessions in its figures. Where
                cash earns something its money is units of the cash account, so that its returns are in excess of cash
    synthetic:  True when the prices were drawn by a random generator
    """

    returns: pd.DataFrame
    value: pd.DataFrame
    exposure: pd.DataFrame
    costs_paid: pd.DataFrame
    traded: pd.DataFrame
    trades: pd.DataFrame
    decisions: tuple[TargetWeights, ...]
    risk_free: Floats
    portfolio: "vectorbt.Portfolio"
    synthetic: bool

    def __repr__(self) -> str:
        first, last = self.returns.index[0].date(), self.returns.index[-1].date()
        kind = "SYNTHETIC prices, " if self.synthetic else ""
        return f"<BacktestResult: {kind}{self.returns.shape[1]} variants, {first} to {last}, {len(self.trades)} fills>"


@dataclass(frozen=True, eq=False)
class _Accounts:
    """What the accounts of V variants do on a market of T sessions.

    orders: target weights by the row of the fill, NaN where nothing is ordered: T x NV, a row a session; 2T x NV where
    there are day trades, see `Rows`.  units: T x 1 price of the currency in units of the cash account.  owed: T x NV
    growth of what a short owes.
    """

    trading: Trading
    rows: "Rows"
    orders: Floats
    units: Floats
    owed: Floats


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows that a market is simulated on: T, one a session, or 2T, the open and the close of each."""

    market: Market
    twice: bool

    @property
    def index(self) -> pd.DatetimeIndex:
        """The sessions; the instants of their opens and closes (UTC) where there are two rows."""
        if not self.twice:
            return self.market.sessions
        equity = self.market.equity
        instants = [each.tz_convert(None).to_numpy() for each in (equity.tradable_from, equity.known_at)]
        return pd.DatetimeIndex(np.column_stack(instants).ravel(), name="instant")

    def prices(self, fill: Fill) -> Floats:
        """Rows x N prices of a fill; with two rows those of the open and of the close, whatever the fill."""
        fields: tuple[Fill, ...] = ("open", "close") if self.twice else (fill,)
        columns = [np.column_stack([getattr(leg, field) for leg in self.market.legs]) for field in fields]
        return np.stack(columns, axis=1).reshape(-1, len(self.market.legs))

    def each(self, values: Floats) -> Floats:
        """T x k values of sessions, on the rows."""
        return np.repeat(values, 2, axis=0) if self.twice else values

    def closes(self, values: Floats) -> Floats:
        """The rows of the closes: T of them."""
        return values[1::2] if self.twice else values

    def opens(self, values: Floats) -> Floats:
        """The rows of the opens; those of the closes where there are no others."""
        return values[::2] if self.twice else values

    def orders(self, decision: TargetWeights, fill: Fill, lag: int) -> Floats:
        """The orders of a decision on the rows, NaN where there is none."""
        orders = orders_of(self.market, decision, lag - decision.day_trades)
        if not self.twice:
            return orders
        by_fill = np.full((len(orders), 2, orders.shape[1]), np.nan)
        if decision.day_trades:
            traded = (np.nan_to_num(orders) != 0.0).any(axis=1)
            by_fill[traded, 0], by_fill[traded, 1] = orders[traded], 0.0
        else:
            by_fill[:, 0 if fill == "open" else 1] = orders
        return by_fill.reshape(-1, orders.shape[1])


def run(
    market: Market,
    decisions: Sequence[TargetWeights],
    costs: Costs | Sequence[Costs] | None = None,
    *,
    fill: Fill = "close",
    lag: int = 1,
    capital: float = 100_000.0,
) -> BacktestResult:
    """Simulate every variant on every session of `market`, starting with `capital` in cash at its first close.

    decisions: one TargetWeights a variant, stamped with sessions of `market`; names must differ.
    costs: of all, or one a variant.
    lag: sessions between decision and fill. Decisions of the last `lag` sessions are never filled.
    Raises LookAheadError when a fill would come before its decision, WeightsError when an account is ruined,
    ParameterError for a fill that is neither "close" nor "open".
    """
    rows = Rows(market, any(decision.day_trades for decision in decisions))
    accounts = _accounts(rows, Trading(decisions, costs or Costs(), fill, lag))
    portfolio = _simulate(market, [accounts], accounts.trading.names, capital)
    return _result(market, accounts, portfolio)


def net_returns(
    market: Market, tradings: Sequence[Trading], *, capital: float = 100_000.0
) -> list[pd.DataFrame | WeightsError]:
    """`run(…).returns` of each trading, all of them in one broadcast: most of a simulation's time is its beginning.

    In the place of a trading that ruins an account stands the WeightsError that `run` raises. Raises what else it does.
    """
    twice = any(decision.day_trades for trading in tradings for decision in trading.decisions)
    every = [_accounts(Rows(market, twice), trading) for trading in tradings]
    widths = [len(accounts.trading.decisions) for accounts in every]
    portfolio = _simulate(market, every, [str(i) for i in range(sum(widths))], capital)
    values = _in_units(Rows(market, twice), portfolio, sum(widths))
    results: list[pd.DataFrame | WeightsError] = []
    for accounts, part in zip(every, np.split(values, np.cumsum(widths)[:-1], axis=1), strict=True):
        try:
            results.append(_returns(_value(market, accounts, part)))
        except WeightsError as ruin:
            results.append(ruin)
    return results


def _accounts(rows: Rows, trading: Trading) -> _Accounts:
    market, fill, lag, names = rows.market, trading.fill, trading.lag, trading.names
    if fill not in get_args(Fill):
        raise unknown_name("fill", fill, get_args(Fill))
    for decision in trading.decisions:
        if decision.day_trades:
            check_day_trades(market, decision, lag)
    if not all(decision.day_trades for decision in trading.decisions):
        check_fills(market, fill, lag)
    check_costs(market, trading)
    if len(set(names)) != len(names):
        raise WeightsError(
            f"Two variants are called {max(names, key=names.count)}",
            name=max(names, key=names.count),
            remedy="names must differ",
        )
    orders = np.hstack([rows.orders(decision, fill, lag) for decision in trading.decisions])
    return _Accounts(trading, rows, orders, *_units(rows, orders, trading.variant_costs))


def _units(rows: Rows, orders: Floats, costs: Sequence[Costs]) -> tuple[Floats, Floats]:
    """(units, owed): T x 1 price of the currency in units of the cash account, T x NV growth of what a short owes."""
    market = rows.market
    units = 1.0 / cash_account(market)
    short = rows.closes(pd.DataFrame(orders).ffill().to_numpy()) < 0
    charged = np.vstack([np.zeros((1, orders.shape[1]), dtype=bool), short[:-1]])  # each night that a short is held
    rates = np.repeat([each.borrow_rate for each in costs], len(market.legs))
    owed = np.cumprod(np.where(charged, 1.0 + rates / SESSIONS_PER_YEAR, 1.0), axis=0)
    return units[:, None], np.asarray(owed, dtype=np.float64)


def cash_account(market: Market) -> Floats:
    """T values of cash that was 1 at the market's first close."""
    return np.cumprod(np.concatenate([[1.0], 1.0 + market.cash_returns[1:]]))


def _simulate(market: Market, every: Sequence[_Accounts], names: list[str], capital: float) -> "vectorbt.Portfolio":
    """All accounts in one portfolio; names: one for each, all different."""
    columns = pd.MultiIndex.from_product([names, market.tickers], names=["variant", "asset"])
    rows = every[0].rows

    def wide(accounts: _Accounts, fill: Fill) -> Floats:
        in_units = rows.each(accounts.units * accounts.owed)
        return np.tile(rows.prices(fill), (1, len(accounts.trading.decisions))) * in_units

    def each(figure: Callable[[Costs], tuple[float, ...]]) -> Floats:
        return np.array([figure(costs) for a in every for costs in a.trading.variant_costs]).ravel() / 1e4

    close = np.hstack([wide(accounts, "close") for accounts in every])
    if close.min() < SMALLEST_PRICE:
        cheapest = columns[int(close.min(axis=0).argmin())][1]
        raise DataError(
            f"{cheapest} trades at {close.min():.3g}, and below {SMALLEST_PRICE:g} a price is nothing to the engine",
            name=str(cheapest),
            limit=SMALLEST_PRICE,
            remedy="give its prices in a smaller unit of money",
        )
    price = np.hstack([wide(accounts, accounts.trading.fill) for accounts in every])
    return portfolio_class().from_orders(
        close=pd.DataFrame(close, index=rows.index, columns=columns),
        size=np.hstack([accounts.orders for accounts in every]),
        size_type="targetpercent",
        direction="both",
        price=price,
        min_size=SMALLEST_ORDER * capital / price,
        fees=each(lambda costs: costs.fee_bps),
        slippage=each(lambda costs: costs.slippage_bps),
        init_cash=capital,
        group_by="variant",
        cash_sharing=True,
        call_seq="auto",
        freq="12h" if rows.twice else "1D",
    )


def _in_units(rows: Rows, portfolio: "vectorbt.Portfolio", variants: int) -> Floats:
    """T x V account values at the closes, in units of the cash account."""
    return rows.closes(np.asarray(portfolio.value().to_numpy().reshape(len(rows.index), variants)))


def _value(market: Market, accounts: _Accounts, in_units: Floats) -> pd.DataFrame:
    """T x V account values in currency; WeightsError where one is ruined."""
    names = pd.Index(accounts.trading.names, name="variant")
    value = pd.DataFrame(in_units / accounts.units, index=market.sessions, columns=names)
    if (value <= 0).to_numpy().any():
        name = str((value <= 0).any().idxmax())
        session = market.sessions[int(np.argmax(value[name].to_numpy() <= 0))].date()
        raise WeightsError(
            f"{name} lost its whole account on {session}",
            name=name,
            dates=[session],
            remedy="smaller short weights would have kept it",
        )
    return value


def _returns(value: pd.DataFrame) -> pd.DataFrame:
    return value.pct_change(fill_method=None).iloc[1:]


def _result(market: Market, accounts: _Accounts, portfolio: "vectorbt.Portfolio") -> BacktestResult:
    trading, units, owed, rows = accounts.trading, accounts.units, accounts.owed, accounts.rows
    in_units = _in_units(rows, portfolio, len(trading.decisions))
    value = _value(market, accounts, in_units)
    assets = portfolio.asset_value(group_by=False)
    asset_value = pd.DataFrame(rows.closes(assets.to_numpy()), market.sessions, assets.columns)
    day = np.repeat([decision.day_trades for decision in trading.decisions], len(market.legs))
    amounts = np.where(day, rows.opens(assets.to_numpy()), asset_value.to_numpy())
    of_account = np.repeat(in_units, len(market.legs), axis=1)
    if day.any():
        values = portfolio.value().to_numpy().reshape(len(rows.index), -1)
        of_account = np.where(day, np.repeat(rows.opens(values), len(market.legs), axis=1), of_account)
    exposure = pd.DataFrame(amounts / of_account, market.sessions, assets.columns)
    trades = _trades(portfolio, accounts)
    by_session = trades.assign(paid=trades["fee"] + trades["slippage"], traded=trades["size"] * trades["price"])
    totals = by_session.pivot_table(
        index="session", columns="variant", values=["paid", "traded"], aggfunc="sum", observed=True
    )

    def per_session(what: str) -> pd.DataFrame:
        totals_by_session = pd.DataFrame(totals[what]) if what in totals else pd.DataFrame()
        return totals_by_session.reindex(index=market.sessions, columns=value.columns).fillna(0.0)

    return BacktestResult(
        returns=_returns(value),
        value=value,
        exposure=exposure,
        costs_paid=per_session("paid") + _borrow(asset_value, units, owed, len(market.legs)),
        traded=per_session("traded"),
        trades=trades,
        decisions=tuple(trading.decisions),
        risk_free=market.cash_returns[1:],
        portfolio=portfolio,
        synthetic=market.synthetic,
    )


def _borrow(asset_value: pd.DataFrame, units: Floats, owed: Floats, legs: int) -> Floats:
    """T x V borrow cost of each night in currency, on the value of the shorts at the close before it."""
    shorts = np.clip(-asset_value.to_numpy() / units, 0.0, None)
    cost = np.zeros_like(shorts)
    cost[1:] = shorts[:-1] * (owed[1:] / owed[:-1] - 1.0)
    return np.asarray(cost.reshape(len(asset_value), -1, legs).sum(axis=2))


def _trades(portfolio: "vectorbt.Portfolio", accounts: _Accounts) -> pd.DataFrame:
    """One row a fill, in market prices and currency, ordered by variant, session and the order of execution."""
    trading, rows, market = accounts.trading, accounts.rows, accounts.rows.market
    units, owed = accounts.units, accounts.owed
    records = portfolio.orders.values
    row, column = records["idx"], records["col"]
    at_close = row % 2 == 1 if rows.twice else np.ones(len(row), dtype=bool)
    row = row // 2 if rows.twice else row
    bought = records["side"] == 0
    to_currency = 1.0 / units[row, 0]
    price = records["price"] * to_currency / owed[row, column]
    size = records["size"] * owed[row, column]
    slip = np.array([each.slippage_bps for each in trading.variant_costs]).ravel()[column] / 1e4
    before_slippage = price / np.where(bought, 1.0 + slip, 1.0 - slip)
    columns = portfolio.wrapper.columns
    causes = np.column_stack([causes_of(market, d, trading.lag - d.day_trades) for d in trading.decisions])
    day = np.array([decision.day_trades for decision in trading.decisions])[column // len(market.legs)]
    return pd.DataFrame(
        {
            "variant": columns.get_level_values("variant")[column],
            "asset": columns.get_level_values("asset")[column],
            "session": market.sessions[row],
            "side": np.where(bought, "buy", "sell"),
            "size": size,
            "price": price,
            "fee": records["fees"] * to_currency,
            "slippage": size * np.abs(price - before_slippage),
            "cause": np.where(day & at_close, "exit", causes[row, column // len(market.legs)]),
        }
    )


@cache
def portfolio_class() -> Any:
    """Vectorbt's Portfolio with a year of 252 sessions in place of vectorbt's default of 365 days.

    vectorbt is imported here and nowhere else, when a simulation starts: it takes seconds.
    """
    if sys.flags.optimize > 1:
        raise WorkError(
            "Python was started without docstrings (-OO), of which vectorbt makes classes",
            name="-OO",
            remedy="start it without -OO, and unset PYTHONOPTIMIZE",
        )
    find_compiler_cache()
    import vectorbt
    from vectorbt.base import column_grouper

    # vectorbt counts the columns of each account in a compiled loop; to load the compiler takes seven simulations' time
    column_grouper.get_group_lens_nb = getattr(
        column_grouper.get_group_lens_nb, "py_func", column_grouper.get_group_lens_nb
    )

    year = f"{SESSIONS_PER_YEAR} days"  # one row of the index is one "day" to vectorbt

    class SessionPortfolio(vectorbt.Portfolio):  # type: ignore[misc]
        """vectorbt.Portfolio whose annual figures count 252 sessions a year."""

        @property
        def stats_defaults(self) -> Any:
            defaults = super().stats_defaults
            return {**defaults, "settings": {**defaults.get("settings", {}), "year_freq": year}}

        def get_returns_acc(self, *args: Any, year_freq: Any = None, **kwargs: Any) -> Any:
            return super().get_returns_acc(*args, year_freq=year_freq or year, **kwargs)

    return SessionPortfolio
