"""Other futures for the same past, and holes at the end of that past.

A causal computation says the same of the sessions up to a cut whatever comes after it. Futures of equal length are
compared among themselves: then sums over the past are made in the same order and agree to the bit. The crash and the
moon differ in everything that a computation could have taken from the future: direction, size, spread, trend, and how
the legs go together; an even function of the next return tells them apart too.
"""

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.audit.other_series import OtherSeries
from unlockstep.signals.market import Floats, Leg, Market, read_only

T = TypeVar("T")

Alteration = Callable[[Floats, np.random.Generator], Floats]
"""From the n x 2N log moves of the future (open and close of crypto, of equity, of further legs) to other ones."""


YEAR = 252
"""Sessions for which a crash falls and a moon rises: prices stay numbers that can be computed with."""


def _first(moves: Floats, sessions: int) -> NDArray[np.bool_]:
    """True in the first sessions, n x 1."""
    return (np.arange(len(moves)) < sessions)[:, None]


def _crash(moves: Floats, _rng: np.random.Generator) -> Floats:
    """All legs lose 98 % at once, then drift down for a year in wild swings that they share."""
    moves = 3.0 * moves[:, np.arange(moves.shape[1]) % 2] - 0.05 * _first(moves, YEAR)
    moves[0] = np.log(0.02)
    return moves


def _moon(moves: Floats, _rng: np.random.Generator) -> Floats:
    """All legs go up 20-fold at once, then rise calmly for a year, each on its own."""
    odd = np.arange(moves.shape[1]) // 2 % 2 > 0
    moves = 0.2 * moves * np.where(odd, -1, 1) + np.where(odd, 0.01, 0.03) * _first(moves, YEAR)
    moves[0] = np.log(20.0)
    return moves


def _noise(moves: Floats, rng: np.random.Generator) -> Floats:
    return rng.standard_normal(moves.shape) * 0.05


def _reversal(moves: Floats, _rng: np.random.Generator) -> Floats:
    return -moves[::-1]


def _scaling(moves: Floats, _rng: np.random.Generator) -> Floats:
    return 3.0 * moves


def _halt(moves: Floats, _rng: np.random.Generator) -> Floats:
    """No leg but crypto trades for half a year: a hole in everything that divides by its volatility."""
    return np.where(_first(moves, 130) & (np.arange(moves.shape[1]) > 1), 0.0, moves)


def _still(moves: Floats, _rng: np.random.Generator) -> Floats:
    """No leg moves for a week: whoever looks for small moves to come finds some."""
    return np.where(_first(moves, 5), 0.0, moves)


def _swap(moves: Floats, _rng: np.random.Generator) -> Floats:
    return np.roll(moves, -2, axis=1)


def _crypto_alone(moves: Floats, _rng: np.random.Generator) -> Floats:
    """The crypto leg crashes while every bar of the other legs, that of the next session included, is as it was."""
    return np.column_stack([_crash(moves, _rng)[:, :2], moves[:, 2:]])


def _equity_alone(moves: Floats, _rng: np.random.Generator) -> Floats:
    return np.column_stack([moves[:, :2], _crash(moves, _rng)[:, 2:]])


ALTERATIONS: dict[str, Alteration] = {
    "crash": _crash,
    "moon": _moon,
    "noise": _noise,
    "reversal": _reversal,
    "scaling": _scaling,
    "halt": _halt,
    "standstill": _still,
    "swapped legs": _swap,
    "crypto alone": _crypto_alone,
    "equity alone": _equity_alone,
}
WHOLE, CUT = "as it was", "cut off"

BRIEF, BRIEFLY = 30, "brief "
"""Sessions for which a future lasts where prices then go on as they were; what the name of such a future begins with.
"""

HOLES: dict[str, tuple[int, ...]] = {
    "the last bar": (0,),
    "the last two bars": (0, 1),
    "the last five bars": (0, 1, 2, 3, 4),
    "scattered bars": (0, 3, 4, 8, 15, 26),
    "a hole two bars back": (1, 2),
}
"""Name → how many sessions before the cut each hole lies."""


def prices_of(market: Market) -> Floats:
    """T x 2N: open and close of crypto, of equity, of further legs."""
    return np.column_stack([prices for leg in market.legs for prices in (leg.open, leg.close)])


def future(market: Market, after: int, name: str, seed: int = 0, *, before_open: bool = False) -> Market:
    """The same prices up to session number `after`, and from there on the future of that name.

    before_open: what is known before the open of the next session, the price at its 00:00 UTC, is the same, too.
    """
    if name == WHOLE:
        return market
    if name == CUT:
        return _unchecked(market, prices_of(market)[: after + 1], OtherSeries.of(market))
    altered = futures(market, (after,), name, seed)
    if not before_open:
        return altered
    legs = [_with_price(leg, old, after + 1) for leg, old in zip(altered.legs, market.legs, strict=True)]
    return _made(Market, {**vars(altered), "crypto": legs[0], "equity": legs[1], "further": tuple(legs[2:])})


def _with_price(leg: Leg, old: Leg, session: int) -> Leg:
    """The leg with the old one's price before the open of that session, where it has one."""
    if leg.before_open is None or old.before_open is None or session >= len(leg.before_open):
        return leg
    prices = leg.before_open.copy()
    prices[session] = old.before_open[session]
    return _made(Leg, {**vars(leg), "before_open": read_only(prices)})


def futures(market: Market, cuts: Sequence[int], name: str, seed: int = 0) -> Market:
    """The same prices, but after each of the ascending `cuts` the future of that name: for BRIEF sessions, and then the
    prices as they were; after the last cut to the end, unless the name says that it is brief too.
    """
    prices, others = prices_of(market), OtherSeries.of(market)
    logs = np.log(prices)
    for cut in cuts:
        lasts = cut == cuts[-1] and not name.startswith(BRIEFLY)
        stop = len(prices) if lasts else min(cut + 1 + BRIEF, len(prices))
        start = _last_finite(logs, cut)
        moves = np.diff(np.vstack([start, logs[cut + 1 : stop]]), axis=0)
        kind = name.removeprefix(BRIEFLY)
        moves = ALTERATIONS[kind](moves, np.random.default_rng([seed, cut]))
        prices[cut + 1 : stop] = np.exp(start + np.cumsum(moves, axis=0))
        others.altered(cut + 1, stop, kind, np.random.default_rng([seed, cut, 1]))
    return _unchecked(market, prices, others)


def with_other_series(market: Market, names: Collection[str], seed: int = 0) -> Market:
    """The market with other values of these series beside opens and closes from the first session on."""
    others = OtherSeries.of(market)
    others.multiplied(names, np.random.default_rng([seed, 2]))
    return _unchecked(market, prices_of(market), others)


def copied(market: Market) -> Market:
    """The same market in memory of its own, so that code which makes its prices writeable is seen to change them."""
    return _unchecked(market, prices_of(market), OtherSeries.of(market))


def with_holes(
    market: Market, cuts: Sequence[int], back: tuple[int, ...], *, missing: bool, legs: tuple[int, ...]
) -> Market:
    """The market with holes up to each of the `cuts`, on the legs numbered 0 (crypto) and 1 (equity).

    missing: the bars' prices are NaN, which no source would let pass; else the bar is flat, at the close before it.
    """
    prices, others = prices_of(market), OtherSeries.of(market)
    for session in sorted({cut - lag for cut in cuts for lag in back if cut - lag > 0}):
        for leg in legs:
            prices[session, 2 * leg : 2 * leg + 2] = np.nan if missing else prices[session - 1, 2 * leg + 1]
            others.holed(session, leg, missing=missing)
    return _unchecked(market, prices, others)


def _last_finite(logs: Floats, row: int) -> Floats:
    """The last finite row of each column up to `row`: moves continue from there where the last bars are missing."""
    finite = np.isfinite(logs[: row + 1])
    last = row - np.argmax(finite[::-1], axis=0)
    return np.asarray(logs[last, np.arange(logs.shape[1])])


def _unchecked(market: Market, prices: Floats, others: OtherSeries) -> Market:
    """The market with these prices on its first sessions, past the checks of its types: holes may be NaN."""
    n = len(prices)

    def leg(old: Leg, number: int) -> Leg:
        opens, close = read_only(prices[:, 2 * number]), read_only(prices[:, 2 * number + 1])
        values = {**vars(old), "open": opens, "close": close, **others.leg(number, opens, close, old)}
        values |= {"tradable_from": old.tradable_from[:n], "known_at": old.known_at[:n]}
        return _made(Leg, values)

    unchanged = ("source", "synthetic", "retrieved_at")
    values = {name: getattr(market, name) for name in unchanged}
    crypto, equity, *further = (leg(old, number) for number, old in enumerate(market.legs))
    legs = {"crypto": crypto, "equity": equity, "further": tuple(further)}
    context = others.context(n, market.context)
    return _made(Market, {**values, **legs, "sessions": market.sessions[:n], "context": context})


def _made(cls: type[T], values: dict[str, object]) -> T:
    made = object.__new__(cls)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made
