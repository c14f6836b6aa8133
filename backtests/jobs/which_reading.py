"""Which reading gives this figure? A published correlation of any pair, taken apart.

1. The two tickers' prices, whole, and the day and window held against them.
2. Every reading of the window around that day: which of them are the figure at its own decimals.
3. The same readings at other dates of the same prices: how often chance would meet it.
"""

from datetime import date

import numpy as np

from unlockstep.backtests.jobs.prices_at_hand import Prices, prices_at_hand
from unlockstep.backtests.jobs.replicate import LEVELS, RETURNS, day_number
from unlockstep.backtests.results.agreement import describe_ranges
from unlockstep.backtests.results.chance_agreement import chance_of
from unlockstep.backtests.results.model.replication import Chance, FigureReplication, KindResult, Recomputed
from unlockstep.backtests.results.published_figures import Published, parse_figure, windows_of
from unlockstep.backtests.results.reading import AROUND, FEWEST, KINDS, PairPrices
from unlockstep.backtests.results.recompute import Request, by_kind, main_of, recompute
from unlockstep.signals.errors import DataError, HistoryError, ParameterError, WorkError

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
    published = Published(*parse_figure(figure))
    if window < FEWEST:
        raise ParameterError(
            f"A window of {window} holds too few returns for a correlation",
            name="--window",
            limit=FEWEST,
            remedy=f"it takes {FEWEST} sessions or days at least",
        )
    prices = prices_at_hand(data, pair, stale=stale, accept_doubtful=accept_doubtful)
    at_hand = _whole(prices, pair)
    last = _day_with_prices(at_hand, near)
    if window > last - at_hand.sessions[0] + 1:
        raise _unreadable(at_hand, near, window)
    request = Request(windows_of(str(window), near), last)
    tried = recompute(at_hand, [request], published)
    mains = {
        kind: main_of(at_hand, how, request, published) for kind, how in (("returns", RETURNS), ("levels", LEVELS))
    }
    if not tried or not mains["returns"]:
        raise _unreadable(at_hand, near, window)
    returns, levels = (by_kind(tried, kind, mains[kind], published) for kind in KINDS)
    read = {(each.window, each.unit) for each in mains["returns"]}
    windows = tuple(each for each in request.windows if (each.length, each.unit) in read)
    chance = chance_of(at_hand, published, windows, request.near)
    return FigureReplication(
        data=prices.describe(),
        published=published,
        pair=pair,
        near=str(near),
        window=window,
        finding=f"{_which(published, returns, levels, tried)} {_by_chance(published, chance, returns, levels)}",
        returns=returns,
        levels=levels,
        chance=chance,
        recomputed=tried,
    )


def _whole(prices: Prices, pair: tuple[str, str]) -> PairPrices:
    indices = [prices.frame(ticker).index for ticker in pair]
    first, last = max(index[0] for index in indices), min(index[-1] for index in indices)
    if first > last:
        spans = " and ".join(
            f"{prices.where[ticker]} from {index[0].date()} to {index[-1].date()}"
            for ticker, index in zip(pair, indices, strict=True)
        )
        raise DataError(
            f"{' and '.join(pair)} have no day in common: {spans}",
            name=" and ".join(pair),
            dates=[first, last],
            remedy="bring prices of both that cover the window",
        )
    return prices.pair(pair, first, last)


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


def _unreadable(prices: PairPrices, near: date, window: int) -> WorkError:
    """The window is longer than the history, or a leg does not vary in it."""
    before = int((prices.sessions <= day_number(near)).sum()) - 1
    first, names = prices.market.sessions[0].date(), " and ".join(prices.market.pair)
    if window <= before:
        return DataError(
            f"{names} do not both vary in the {window} sessions to {near}, so nothing correlates",
            name=names,
            dates=[near],
        )
    return HistoryError(
        f"A window of {window} is longer than the history of {names}, which has {before} "
        f"returns of sessions from {first} to {near}",
        name="--window",
        dates=[first, near],
        limit=before,
        remedy="choose a shorter window, a later day, or prices that begin earlier",
    )


def _which(published: Published, returns: KindResult, levels: KindResult, tried: tuple[Recomputed, ...]) -> str:
    """Which readings are the figure, and where the others lie."""
    agreeing, ranges = returns.agreeing + levels.agreeing, describe_ranges(returns, levels)
    if not agreeing:
        return f"None of {len(tried)} readings prints as {published}. {ranges}"
    if returns.agreeing and levels.agreeing:
        kinds = f"{returns.agreeing} of returns and {levels.agreeing} of price levels"
    else:
        kinds = f"{'all ' * (agreeing > 1)}of {'returns' if returns.agreeing else 'price levels'}"
    text = f"{agreeing} of {len(tried)} readings print{'s' * (agreeing == 1)} as {published}, {kinds}. {ranges}"
    rates = [reading.false_decoupling for reading in tried if reading.agrees and reading.false_decoupling is not None]
    if rates and not returns.agreeing:
        text += (
            " Price levels measure a shared trend and no coupling: two random walks whose returns correlate as these "
            f"do have levels that correlate so or lower in {_percent(float(np.median(rates)))} of windows."
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
    return f"{text}agreement is what chance gives, and by itself no evidence of how the source measured."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 or share == 0 else f"{100 * share:.1f} %"
