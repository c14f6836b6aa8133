"""From the names in a study's [context] to the series on a market's clock: tickers of the prices' source, and files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from unlockstep.backtests.data.context import (
    ContextSource,
    ContextSources,
    TickerFrame,
    of_dates,
    of_ticker,
    with_series,
)
from unlockstep.backtests.data.dated_file import DatedSeries, read_dated
from unlockstep.backtests.data.demo_series import FURTHER, MADE_UP, VIX
from unlockstep.backtests.data.identity import NOTHING, Stated
from unlockstep.backtests.data.source_names import DEMOS, FRAMES
from unlockstep.backtests.data.ticker_name import match_tickers
from unlockstep.signals.chain import bridge_names
from unlockstep.signals.errors import DataError, StudyError, UnlockstepError
from unlockstep.signals.market import Market

if TYPE_CHECKING:
    from unlockstep.backtests.data.in_memory import PriceFrames

OF_DEMO = {"vix": ContextSource(ticker=VIX)}
"""What the demo has beside its pair, whatever a study names."""


def with_context(
    market: Market,
    sources: ContextSources,
    *,
    data: str,
    seed: int = 0,
    stale: bool = False,
    accept_doubtful: bool = False,
    frames: "PriceFrames | None" = None,
    stated: Stated = MappingProxyType({}),
) -> Market:
    """The market with these series in its context; other arguments as for `load_market`.

    Raises DataError naming the ticker or the file, the dates and the remedy.
    """
    read = _reader(data, seed=seed, stale=stale, frames=frames, stated=stated)
    named = {**(OF_DEMO if data in DEMOS else {}), **sources}
    return with_series_read(market, named, read, accept_doubtful=accept_doubtful, stated=stated)


def with_bridges(
    market: Market,
    tickers: Sequence[str],
    *,
    data: str,
    seed: int = 0,
    stale: bool = False,
    accept_doubtful: bool = False,
    frames: "PriceFrames | None" = None,
    stated: Stated = MappingProxyType({}),
) -> tuple[Market, str]:
    """(the market with these tickers between its legs, ""), or (the market as it is, why one of them is no use).

    A chain is a glance at how the legs hang together; a run does not fail for want of one. Arguments as for
    `with_context`.
    """
    read = _reader(data, seed=seed, stale=stale, frames=frames, stated=stated)
    spelled = [_spelled(ticker, data, frames) for ticker in tickers]
    missing = [ticker for ticker, name in zip(tickers, spelled, strict=True) if not name]
    if missing:
        return market, f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} {_wanted(missing, data)}."
    sources = {
        name: ContextSource(ticker=ticker) for name, ticker in zip(bridge_names(len(tickers)), spelled, strict=True)
    }
    try:
        return with_series_read(market, sources, read, accept_doubtful=accept_doubtful, stated=stated), ""
    except UnlockstepError as error:
        return market, f"{str(error).rstrip('.')}."


def _wanted(missing: Sequence[str], data: str) -> str:
    """That these tickers are not among the prices, and what would bring them."""
    if data in DEMOS:
        return f"not in the demo, which has {' and '.join(FURTHER)} for bridges"
    them = "it" if len(missing) == 1 else "them"
    if data == FRAMES:
        return f"not among the frames; {' and '.join(f'a frame of {ticker}' for ticker in missing)} would bring {them}"
    return f"not in the folder; {' and '.join(f'{ticker}.csv' for ticker in missing)} would bring {them}"


def _spelled(ticker: str, data: str, frames: "PriceFrames | None") -> str:
    """The ticker as its source spells it; "" where that has none. Yahoo is not asked."""
    if data == "yahoo":
        return ticker
    if data in DEMOS:
        return ticker if ticker in (VIX, *FURTHER) else ""
    if data == FRAMES:
        return ticker if frames is not None and ticker in frames.frames else ""
    from unlockstep.backtests.data.price_folder import tickers_in

    return next(iter(match_tickers(ticker, tickers_in(data))), "")


def with_series_read(
    market: Market,
    sources: ContextSources,
    read: Callable[[str], TickerFrame],
    *,
    accept_doubtful: bool = False,
    stated: Stated = MappingProxyType({}),
) -> Market:
    """The same, where `read` gives the price frame of a ticker."""
    for name, source in sources.items():
        if source.file:
            market = with_series(market, of_dates(name, source, _dated(name, source), market))
            continue
        prices = read(source.ticker)
        series = of_ticker(
            name, source, prices, market, stated.get(source.ticker, NOTHING), accept_doubtful=accept_doubtful,
            synthetic=market.synthetic,
        )  # fmt: skip
        market = with_series(market, series, *prices.notes)
    return market


def _dated(name: str, source: ContextSource) -> DatedSeries:
    """The values of a dated series: those that were handed over, else those of its file."""
    if source.dated is not None:
        return source.dated
    if source.file == FRAMES:
        raise StudyError(
            f"The values of {name} were handed over in Python, and are in no file",
            name=name,
            remedy=f'hand them over again: context={{"{name}": {{"values": …, "known_after": …}}}}',
        )
    return read_dated(Path(source.file), source.column)


def _reader(
    data: str, *, seed: int, stale: bool, frames: "PriceFrames | None", stated: Stated
) -> Callable[[str], TickerFrame]:
    """What gives the price frame of a ticker of the source."""
    if data in DEMOS:
        return lambda ticker: _of_demo(ticker, edge=data == "demo:edge", seed=seed)
    if data == FRAMES:
        if frames is None:
            raise StudyError("The prices of this study were frames, and are in no file", remedy="hand them over again")
        return lambda ticker: TickerFrame(frames.select([ticker])[ticker], ticker)
    if data == "yahoo":
        return lambda ticker: _of_yahoo(ticker, stale=stale, stated=stated)
    return lambda ticker: _of_folder(ticker, Path(data), stated)


def _of_demo(ticker: str, *, edge: bool, seed: int) -> TickerFrame:
    from unlockstep.backtests.data.demo import demo_frames, demo_vix
    from unlockstep.backtests.data.demo_universe import universe_frames

    if ticker == VIX:
        return TickerFrame(demo_vix(edge=edge, seed=seed), ticker)
    if ticker in MADE_UP:
        return TickerFrame(universe_frames(edge=edge, seed=seed)[ticker], ticker)
    frames = demo_frames(edge=edge, seed=seed, further=tuple(FURTHER))
    if ticker not in frames:
        choices = (VIX, *frames, *MADE_UP)
        raise DataError(
            f"The demo holds {', '.join(choices)} only, no {ticker}",
            name=ticker,
            choices=choices,
            remedy="bring prices with --data",
        )
    return TickerFrame(frames[ticker], ticker)


def _of_yahoo(ticker: str, *, stale: bool, stated: Stated) -> TickerFrame:
    from unlockstep.backtests.data.yahoo import history_of

    history = history_of(ticker, stale=stale, stated=stated.get(ticker, NOTHING))
    return TickerFrame(history.frame, f"Yahoo's {ticker}", history.notes)


def _of_folder(ticker: str, folder: Path, stated: Stated) -> TickerFrame:
    from unlockstep.backtests.data.files import read_folder

    prices = read_folder(folder, [ticker], stated)[ticker]
    return TickerFrame(prices.frame, prices.where, (prices.note,) if prices.note else ())
