"""Which reading gives this figure? A published correlation of any pair, taken apart.

1. The two tickers' prices, whole, and the day and window held against them.
2. Every reading of the window around that day: which of them are the figure at its own decimals.
3. The same readings at other dates of the same prices: how often chance would meet it.
"""

from datetime import date

import numpy as np

from unlockstep.backtests.jobs.prices_at_hand import Prices, prices_at_hand
from unlockstep.backtests.jobs.replicate import LEVELS, RETURNS, day_number
from unlockstep.backtests.results.chance_agreement import chance_of
from unlockstep.backtests.results.published_figures import Published, windows_of
from unlockstep.backtests.results.reading import AROUND, FEWEST, Kind, PairPrices
from unlockstep.backtests.results.recompute import Request, by_kind, main_of, recompute
from unlockstep.backtests.results.replication import Chance, FigureReplication, KindResult, Recomputed
from unlockstep.signals.errors import DataError, HistoryError, ParameterError

RARE = 0.05
"""Agreement that comes more often than this at other dates is what chance gives."""


def which_reading(
    figure: str,
    pair: tuple[str, str],
    near: date,
    window: int,
    data: str,
    *,
    stale: bool = False,
    accept_doubtful: bool = False,
) -> FigureReplication:
    """Try every reading of a figure that was published for a window ending on a day or about it.

    figure: as it was published, with its decimals, in [−1, 1].  window: sessions or calendar days; both are tried.
    data: "yahoo" or a folder. Raises ParameterError for a figure that is no correlation, for one ticker named twice and
    for a window of fewer than `FEWEST`; DataError for prices that are not there or broken and for a day that has none;
    HistoryError for a window that is longer than the history before that day.
    """
    published = Published.of(figure)
    if window < FEWEST:
        raise ParameterError(
            f"A window of {window} holds too few returns for a correlation",
            name="--window",
            limit=FEWEST,
            remedy=f"it takes {FEWEST} sessions or days at least",
        )
    prices = prices_at_hand(data, pair, stale=stale, accept_doubtful=accept_doubtful)
    at_hand = _whole(prices, pair)
    request = Request(windows_of(str(window), near), _day_with_prices(at_hand, near))
    readings = recompute(at_hand, [request], published)
    mains = {kind: main_of(at_hand, how, request, published) for kind, how in (("returns", RETURNS), ("levels", LEVELS))}
    if not readings or not mains["returns"]:
        raise _too_long(at_hand, near, window)
    returns, levels = (by_kind(readings, kind, mains[kind], published) for kind in _KINDS)
    chance = chance_of(at_hand, published, request.windows, request.near)
    return FigureReplication(
        data=prices.describe(),
        published=published,
        pair=pair,
        near=str(near),
        window=window,
        finding=f"{_which(published, returns, levels, readings)} {_by_chance(published, chance, returns, levels)}",
        returns=returns,
        levels=levels,
        chance=chance,
        readings=readings,
    )


_KINDS: tuple[Kind, Kind] = ("returns", "levels")


def _whole(prices: Prices, pair: tuple[str, str]) -> PairPrices:
    for ticker in pair:
        if ticker in prices.absent:
            raise DataError(prices.absent[ticker], name=ticker)
    indices = [prices.frames[ticker].index for ticker in pair]
    return prices.pair(pair, max(index[0] for index in indices), min(index[-1] for index in indices))


def _day_with_prices(prices: PairPrices, near: date) -> int:
    first, last = prices.market.sessions[[0, -1]]
    if not first.date() <= near <= last.date():
        raise DataError(
            f"There are no prices of {' and '.join(prices.market.pair)} on {near}: both run from {first.date()} to "
            f"{last.date()}",
            name=" and ".join(prices.market.pair),
            dates=[first, last],
            remedy="--near takes a day from the first of these to the last",
        )
    return day_number(near)


def _too_long(prices: PairPrices, near: date, window: int) -> HistoryError:
    before = int((prices.sessions <= day_number(near)).sum()) - 1
    first = prices.market.sessions[0].date()
    return HistoryError(
        f"A window of {window} is longer than the history of {' and '.join(prices.market.pair)}, which has {before} "
        f"returns of sessions from {first} to {near}",
        name="--window",
        dates=[first, near],
        limit=before,
        remedy="choose a shorter window, a later day, or prices that begin earlier",
    )


def _which(
    published: Published, returns: KindResult, levels: KindResult, readings: tuple[Recomputed, ...]
) -> str:
    """Which readings are the figure, and where the others lie."""
    tried, agreeing = returns.tried + levels.tried, returns.agreeing + levels.agreeing
    spans = f"returns lie from {returns.low:.2f} to {returns.high:.2f}"
    if levels.tried:
        spans += f", price levels from {levels.low:.2f} to {levels.high:.2f}"
    if not agreeing:
        return f"None of {tried} readings prints as {published}: {spans}."
    if returns.agreeing and levels.agreeing:
        kinds = f"{returns.agreeing} of returns and {levels.agreeing} of price levels"
    else:
        kinds = "all of returns" if returns.agreeing else "all of price levels"
    text = f"{agreeing} of {tried} readings print{'s' * (agreeing == 1)} as {published}, {kinds}; {spans}."
    rates = [reading.false_decoupling for reading in readings if reading.agrees and reading.false_decoupling is not None]
    if rates and not returns.agreeing:
        text += (
            " Price levels measure a shared trend and no coupling: two random walks whose returns correlate as these do "
            f"have levels that correlate so or lower in {_percent(float(np.median(rates)))} of windows."
        )
    return text


def _by_chance(published: Published, chance: Chance | None, returns: KindResult, levels: KindResult) -> str:
    """How often chance would meet the figure, and what that leaves of an agreement."""
    if chance is None:
        return (
            "The prices are too short to say how often the same readings agree by chance, and where so many are tried "
            "agreement is what chance gives."
        )
    agreeing = returns.agreeing + levels.agreeing
    text = (
        f"At {chance.dates:,} other dates of the same prices the same readings, up to {AROUND} days around each, print "
        f"{published} at {_percent(chance.number)}, and a number as precise that belongs to another date at "
        f"{_percent(chance.other)}: "
    )
    if agreeing and chance.number < RARE:
        return f"{text}an agreement so rare is more than chance gives, and still no proof of how the source measured."
    if chance.number < RARE and chance.other < RARE:
        return f"{text}an agreement would have been more than chance gives."
    verb = "agreement is what chance gives" if agreeing else "an agreement would be what chance gives"
    return f"{text}{verb}, and by itself no evidence of how the source measured."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 or share == 0 else f"{100 * share:.1f} %"
