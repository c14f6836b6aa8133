"""Prices from a folder of price files."""

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

from unlockstep.backtests.data.identity import NOTHING, Stated, identity_by_name
from unlockstep.backtests.data.price_file import read_prices
from unlockstep.backtests.data.price_folder import find_price_file
from unlockstep.backtests.data.price_table import TickerPrices
from unlockstep.signals.errors import DataError


def read_folder(folder: Path, tickers: Sequence[str], stated: Stated = MappingProxyType({})) -> dict[str, TickerPrices]:
    """The prices of each ticker; stated: what the study says of it.

    Raises DataError for a missing folder, file or column, and for anything in a file that is no date or number.
    """
    if not folder.is_dir():
        raise DataError(
            f"There is no folder '{folder}'",
            name=str(folder),
            remedy="--data takes demo, demo:edge, yahoo or a folder of price files",
        )
    clocks = {ticker: identity_by_name(ticker, stated.get(ticker, NOTHING)).clock for ticker in tickers}
    return {ticker: read_prices(find_price_file(folder, ticker), ticker, clocks[ticker]) for ticker in tickers}
