"""The books of one variant, kept by hand: session by session, any number of legs, one cash account.

Written from the convention in words, so that the engine has something to be wrong against:

 1. The cash earns interest, and who owes units owes a session's borrow more of them, from one session's close to the
    next session. Both come before that session's fills. Interest is given by session; `interest_by_night` gives it from
    a rate that is quoted by day.
 2. A target decided `lag` sessions ago is filled now, at the open or the close. It is a share of the account valued at
    the prices of the fill. The smallest order, in value, goes first, so that sells pay for buys.
 3. Slippage moves the price against the order; the fee is a share of the traded value at that price. A buy that the
    cash does not cover, its fee included, is cut to what it covers. An order worth less than a billionth of the
    starting capital is none.
 4. A day trade, decided before the open, is filled at the open of the session lag - 1 sessions later, and closed at
    that session's close; a session without one is spent in cash.
 5. The account is valued at the close.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

SESSIONS_A_YEAR = 252

ByLeg = tuple[float, ...]
"""A figure for each leg."""


@dataclass(frozen=True)
class Tariff:
    """Fees and slippage by leg, as fractions of the traded value; borrow, as a fraction a year."""

    fee: ByLeg = (0.0, 0.0)
    slippage: ByLeg = (0.0, 0.0)
    borrow: float = 0.0


@dataclass(frozen=True)
class Trade:
    """One fill: units above zero were bought; the price is the one paid or received."""

    session: int
    leg: int
    units: float
    price: float
    fee: float
    slippage: float


@dataclass
class Books:
    """Account value and share of each leg at each session's close, the fills in order, and each session's borrow cost.

    The borrow cost of a session is the value, at the close before it, of the units by which the debts grew.
    """

    values: list[float] = field(default_factory=list)
    exposures: list[ByLeg] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)
    borrow: list[float] = field(default_factory=list)

    @property
    def returns(self) -> list[float]:
        """Simple return of each session after the first."""
        return [now / before - 1.0 for before, now in zip(self.values, self.values[1:], strict=False)]


def interest_by_night(sessions: Sequence[date], quotes: Mapping[date, float]) -> list[float]:
    """What a unit of cash earns before each session; 0 before the first.

    Each night pays a 360th of the newest quote of its day or before; nights between two sessions do not compound.
    """
    earned = [0.0]
    for before, session in pairwise(sessions):
        total, night = 0.0, before
        while night < session:
            quoted = night
            while quoted not in quotes:
                quoted -= timedelta(days=1)
            total += quotes[quoted] / 360.0
            night += timedelta(days=1)
        earned.append(total)
    return earned


def keep_books(
    opens: Sequence[ByLeg],
    closes: Sequence[ByLeg],
    targets: Mapping[int, ByLeg],
    *,
    fill: Literal["open", "close"],
    lag: int,
    tariff: Tariff,
    capital: float,
    interest: Sequence[float] | None = None,
    within: Mapping[int, ByLeg] | None = None,
) -> Books:
    """The books of an account that starts with `capital` in cash; `targets`: session of the decision → shares.

    interest: by session, what a unit of cash has earned since the session before; the first is of no account. None
    for cash that earns nothing.  within: session of the decision → shares to hold within a session; of an account that
    trades so only, whose exposures are those after its open.
    """
    books = Books()
    cash = capital
    legs = range(len(closes[0]))
    positions = [0.0 for _ in legs]
    for session, close in enumerate(closes):
        night = 0.0
        if session > 0:
            cash += cash * (0.0 if interest is None else interest[session])
            for leg in legs:
                if positions[leg] < 0.0:
                    grown = positions[leg] * tariff.borrow / SESSIONS_A_YEAR
                    positions[leg] += grown
                    night -= grown * closes[session - 1][leg]
        books.borrow.append(night)

        shares: ByLeg | None = None
        day_trade = (within or {}).get(session - lag + 1)
        if day_trade is not None:
            cash = fill_orders(books, session, opens[session], day_trade, positions, cash, tariff, capital)
            account = cash + sum(positions[leg] * opens[session][leg] for leg in legs)
            shares = tuple(positions[leg] * opens[session][leg] / account for leg in legs)
            flat = tuple(0.0 for _ in legs)
            cash = fill_orders(books, session, close, flat, positions, cash, tariff, capital)
        elif within is not None:
            shares = tuple(0.0 for _ in legs)
        target = targets.get(session - lag)
        if target is not None:
            prices = opens[session] if fill == "open" else close
            cash = fill_orders(books, session, prices, target, positions, cash, tariff, capital)

        value = cash + sum(positions[leg] * close[leg] for leg in legs)
        books.values.append(value)
        books.exposures.append(shares or tuple(positions[leg] * close[leg] / value for leg in legs))
    return books


def fill_orders(
    books: Books,
    session: int,
    prices: ByLeg,
    target: ByLeg,
    positions: list[float],
    cash: float,
    tariff: Tariff,
    capital: float,
) -> float:
    """Fill the orders that bring the positions, changed in place, to these shares of the account; the cash left."""
    legs = range(len(prices))
    account = cash + sum(positions[leg] * prices[leg] for leg in legs)
    wanted = [target[leg] * account - positions[leg] * prices[leg] for leg in legs]
    for leg in sorted(legs, key=lambda leg: wanted[leg]):
        units = wanted[leg] / prices[leg]
        slip = tariff.slippage[leg]
        price = prices[leg] * (1.0 + slip if units > 0.0 else 1.0 - slip)
        if units > 0.0:
            units = min(units, cash / (price * (1.0 + tariff.fee[leg])))
        if abs(units) * prices[leg] < capital / 1e9:
            continue
        fee = abs(units) * price * tariff.fee[leg]
        cash -= units * price + fee
        positions[leg] += units
        books.trades.append(Trade(session, leg, units, price, fee, abs(units) * prices[leg] * slip))
    return cash
