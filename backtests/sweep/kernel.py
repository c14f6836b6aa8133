"""The compiled kernel: many accounts at once, reduced to figures without keeping their curves.

It keeps the accounts as `engine.portfolio` says: prices and money in units of cash, borrow in kind each night, targets
filled `lag` sessions after their decision, sells before buys, a buy cut to the cash at hand. Orders that the engine
takes for nothing are nothing here (`engine.orders.SMALLEST_ORDER`). vectorbt stays the engine of record: every sweep
holds a sample of its variants against it.

Layout: a row a variant, so that each is read and written in one go. Between two fills holdings stand still, so that the
account's value is one line of arithmetic a session.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.sweep.positions import hold, is_admissible, timing
from unlockstep.signals.jit import njit
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats
from unlockstep.signals.resolution import RESOLUTION

NOTHING = 1e-12
"""Amounts and money up to this are none, as in vectorbt."""

SAME = 1e-9
"""Two amounts that differ by less than this share of the larger one are equal, as in vectorbt."""

DEGENERATE = 1e-6
"""Squares about the mean that are a smaller share of those about zero are added up by themselves."""


class Legs(NamedTuple):
    """What both legs cost and trade at, from the first evaluated session on: 2 x S prices and pairs of rates.

    Prices are in units of the cash account.  growth: S, 1 + what cash earns from the session before.  cash: S values of
    what was 1 in the first session.
    """

    fill: Floats
    close: Floats
    fee: Floats
    slippage: Floats
    borrow: float  # a night
    growth: Floats
    cash: Floats
    lag: int
    capital: float
    smallest: float  # value of an order under which it is none


SOLVENT, RUINED, REFUSED = 0, 1, 2
"""What became of an account: kept to the end; lost whole; asked for weights that no account may hold."""


@njit(cache=True, nogil=True, error_model="numpy")
def keep_accounts(
    decided: Any,
    legs: Any,
    scored: Any,
    fate: NDArray[np.int8],
    figures: Floats,
    returns: Floats,
    weights: Floats,
) -> None:
    """Fill in `fate` and `figures` of n variants, NaN unless kept; `returns` and `weights` too, unless empty.

    decided: `positions.Decisions`.
    """
    sessions = legs.close.shape[1]
    value, inverse, unkept = np.empty(sessions), np.empty(sessions), np.empty(sessions - 1)
    for i in range(len(fate)):
        figures[i] = np.nan
        begin, end = decided.edges[i], decided.edges[i + 1]
        rows, targets, decisions = decided.rows[begin:end], decided.targets[begin:end], end - begin
        if not is_admissible(targets, decisions):
            fate[i] = REFUSED
            continue
        if len(weights):
            hold(rows, targets, decisions, weights[i])
        if not _account(rows, targets, decisions, legs, value, inverse, figures[i]):
            fate[i], figures[i] = RUINED, np.nan
            continue
        fate[i] = SOLVENT
        figures[i, 11], figures[i, 12] = timing(rows, targets, decisions, scored)
        _measure(value, inverse, legs.growth, legs.cash, returns[i] if len(returns) else unkept, figures[i])


@njit(cache=True, nogil=True, error_model="numpy")
def _account(
    rows: NDArray[np.int64],
    targets: Floats,
    decisions: int,
    legs: Any,
    value: Floats,
    inverse: Floats,
    figures: Floats,
) -> bool:
    """Fill in the value of one account at each close and its inverse, and the figures that these do not tell; False if
    the account was ruined.
    """
    sessions = len(value)
    cash, crypto, equity = legs.capital, 0.0, 0.0
    owes_crypto = owes_equity = False
    shares = np.zeros(2)
    turnover = paid = 0.0
    trades = following = t = 0
    while True:
        filled = rows[following] + legs.lag if following < decisions else sessions
        stop = min(filled, sessions)
        if owes_crypto or owes_equity:
            share_c = share_e = 0.0
            for s in range(t, stop):
                if s > t:  # the night before an order is over
                    before = value[s - 1]
                    crypto, equity, cost = _night(crypto, equity, owes_crypto, owes_equity, legs, s)
                    paid += cost / before
                value_c, value_e = crypto * legs.close[0, s], equity * legs.close[1, s]
                value[s] = cash + value_c + value_e
                inverse[s] = 1.0 / value[s]
                if s < sessions - 1:
                    share_c += value_c * inverse[s]
                    share_e += value_e * inverse[s]
            shares[0] += share_c
            shares[1] += share_e
        else:
            _close(t, stop, cash, crypto, equity, legs.close, value, inverse, shares)
        if stop == sessions:
            break
        before = value[stop - 1]
        crypto, equity, cost = _night(crypto, equity, owes_crypto, owes_equity, legs, stop)
        paid += cost / before
        account = cash + crypto * legs.fill[0, stop] + equity * legs.fill[1, stop]
        if not account > 0.0:
            return False
        wanted_c, wanted_e = targets[following, 0] * account, targets[following, 1] * account
        order_c = wanted_c / legs.fill[0, stop] - crypto
        order_e = wanted_e / legs.fill[1, stop] - equity
        crypto_first = wanted_c - crypto * legs.fill[0, stop] <= wanted_e - equity * legs.fill[1, stop]
        for turn in range(2):
            if (turn == 0) == crypto_first:
                cash, crypto, traded, cost = _order(cash, crypto, order_c, legs, stop, 0)
            else:
                cash, equity, traded, cost = _order(cash, equity, order_e, legs, stop, 1)
            if traded > 0.0:
                trades += 1
                turnover += traded / before * legs.growth[stop]
                paid += cost / before * legs.growth[stop]
        owes_crypto, owes_equity = targets[following, 0] < 0.0, targets[following, 1] < 0.0
        following += 1
        t = stop
    if not value.min() > 0.0:
        return False
    figures[6] = turnover / (sessions - 1) * SESSIONS_PER_YEAR
    figures[7], figures[8] = shares[0] / (sessions - 1), shares[1] / (sessions - 1)
    figures[9] = trades
    figures[10] = paid / (sessions - 1) * SESSIONS_PER_YEAR
    return True


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract"})
def _close(
    begin: int,
    end: int,
    cash: float,
    crypto: float,
    equity: float,
    close: Floats,
    value: Floats,
    inverse: Floats,
    shares: Floats,
) -> None:
    """Value the account at some closes, and add up the share of it that each leg was while a return was earned."""
    if crypto == 0.0 and equity == 0.0:
        value[begin:end] = cash
        inverse[begin:end] = 1.0 / cash
        return
    share_c = share_e = 0.0
    for s in range(begin, end):
        value[s] = cash + crypto * close[0, s] + equity * close[1, s]
        inverse[s] = 1.0 / value[s]
    for s in range(begin, min(end, len(value) - 1)):
        share_c += close[0, s] * inverse[s]
        share_e += close[1, s] * inverse[s]
    shares[0] += crypto * share_c
    shares[1] += equity * share_e


@njit(cache=True, nogil=True, error_model="numpy")
def _night(
    crypto: float, equity: float, owes_crypto: bool, owes_equity: bool, legs: Any, s: int
) -> tuple[float, float, float]:
    """(crypto, equity, borrow cost) after the night before session s, in which more is owed where short."""
    cost = 0.0
    if owes_crypto:
        cost += max(-crypto * legs.close[0, s - 1], 0.0) * legs.borrow
        crypto *= 1.0 + legs.borrow
    if owes_equity:
        cost += max(-equity * legs.close[1, s - 1], 0.0) * legs.borrow
        equity *= 1.0 + legs.borrow
    return crypto, equity, cost


@njit(cache=True, nogil=True, error_model="numpy")
def _order(cash: float, units: float, amount: float, legs: Any, s: int, leg: int) -> tuple[float, float, float, float]:
    """(cash, held, value traded, fee and slippage) after an order of `amount` units in one leg."""
    if abs(amount) <= NOTHING:
        return cash, units, 0.0, 0.0
    quote, fee = legs.fill[leg, s], legs.fee[leg]
    if amount > 0.0:
        if cash <= NOTHING:
            return cash, units, 0.0, 0.0
        price = quote * (1.0 + legs.slippage[leg])
        needed = amount * price * (1.0 + fee)
        if needed > cash and needed - cash > max(SAME * needed, NOTHING):
            amount = cash / (1.0 + fee) / price
            needed = cash
        if amount * quote < legs.smallest:
            return cash, units, 0.0, 0.0
        fees = amount * price * fee
        cash, units = _sum(cash, -needed), _sum(units, amount)
    else:
        if -amount * quote < legs.smallest:
            return cash, units, 0.0, 0.0
        price = quote * (1.0 - legs.slippage[leg])
        fees = -amount * price * fee
        cash, units = cash - amount * price - fees, _sum(units, amount)
    return cash, units, abs(amount) * price, fees + abs(amount) * abs(price - quote)


@njit(cache=True, nogil=True, error_model="numpy")
def _sum(one: float, other: float) -> float:
    """The sum; 0 where the two cancel but for rounding."""
    total = one + other
    return 0.0 if abs(total) <= max(SAME * max(abs(one), abs(other)), NOTHING) and one * other <= 0.0 else total


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract"})
def _measure(value: Floats, inverse: Floats, growth: Floats, cash: Floats, returns: Floats, figures: Floats) -> None:
    """Fill in the returns, and the figures that follow from them."""
    n = len(returns)
    total = square = excess_total = excess_square = down = 0.0
    for s in range(n):
        excess = (value[s + 1] * inverse[s] - 1.0) * growth[s + 1]
        r = excess + (growth[s + 1] - 1.0)
        returns[s] = r
        total += r
        square += r * r
        excess_total += excess
        excess_square += excess * excess
        down += min(excess, 0.0) ** 2
    peak, lowest = value[0], 1.0
    for s in range(1, n + 1):
        money = value[s] * cash[s]
        if money >= peak:
            peak = money
        elif money < lowest * peak:
            lowest = money / peak
    mean, excess_mean = total / n, excess_total / n
    about, excess_about = square - n * mean * mean, excess_square - n * excess_mean * excess_mean
    if about <= DEGENERATE * square or excess_about <= DEGENERATE * excess_square:  # rounding in large part
        about = excess_about = 0.0
        for s in range(n):
            about += (returns[s] - mean) ** 2
            excess_about += (returns[s] - (growth[s + 1] - 1.0) - excess_mean) ** 2
    deviation, excess_deviation = np.sqrt(about / (n - 1)), np.sqrt(excess_about / (n - 1))
    annual = (value[n] * cash[n] / value[0]) ** (SESSIONS_PER_YEAR / n) - 1.0
    figures[0] = annual
    figures[1] = deviation * np.sqrt(SESSIONS_PER_YEAR)
    figures[2] = (
        excess_mean / excess_deviation * np.sqrt(SESSIONS_PER_YEAR) if excess_deviation > RESOLUTION else np.nan
    )
    figures[3] = excess_mean / np.sqrt(down / n) * np.sqrt(SESSIONS_PER_YEAR) if down > n * RESOLUTION**2 else np.nan
    figures[4] = lowest - 1.0
    figures[5] = annual / (1.0 - lowest) if 1.0 - lowest > RESOLUTION else np.nan
