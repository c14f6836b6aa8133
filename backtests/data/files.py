"""Prices from a folder that holds one CSV or Parquet file a ticker."""

from collections.abc import Sequence
from pathlib import Path

from unlockstep.backtests.data.price_file import read_prices, suffix_of, tickers_inside
from unlockstep.backtests.data.price_table import TickerPrices
from unlockstep.backtests.storage.atomic import reason
from unlockstep.signals.errors import DataError

USUAL = (".csv", ".parquet")
"""Endings that an error names."""


def read_folder(folder: Path, tickers: Sequence[str]) -> dict[str, TickerPrices]:
    """The prices of each ticker.

    Raises DataError for a missing folder, file or column, and for anything in a file that is no date or number.
    """
    if not folder.is_dir():
        raise DataError(
            f"There is no folder '{folder}'",
            name=str(folder),
            remedy="--data takes demo, demo:edge, yahoo or a folder of price files",
        )
    return {ticker: read_prices(_path(folder, ticker), ticker) for ticker in tickers}


def _path(folder: Path, ticker: str) -> Path:
    """The ticker's file, or the one that holds it among others. Names are compared whatever their capitals, as some
    file systems do: a folder means the same on every one of them, or is refused.
    """
    named = [path for path in _price_files(folder) if _stem(path).lower() == ticker.lower()]
    matches = named or [path for path in _price_files(folder) if ticker in tickers_inside(path)]
    if len(matches) > 1:
        raise DataError(
            f"'{folder}' holds both {' and '.join(path.name for path in matches)}",
            name=str(folder),
            choices=[path.name for path in matches],
            remedy="keep one of them",
        )
    if named and _stem(named[0]) != ticker:
        name = f"{ticker}{suffix_of(named[0]).lower()}"
        raise DataError(
            f"'{folder}' holds {named[0].name}",
            name=named[0].name,
            choices=[name],
            remedy=f"rename it to {name}, in these capitals",
        )
    if matches:
        return matches[0]
    present = tickers_in(folder)
    raise DataError(
        f"'{folder}' holds neither {' nor '.join(f'{ticker}{suffix}' for suffix in USUAL)}",
        name=ticker,
        choices=present,
        remedy=f"it has {', '.join(present)} (choose with --pair)" if present else "it has no price files at all",
    )


def tickers_in(folder: Path | str) -> list[str]:
    """The tickers that a folder holds prices of, in order, those of texts that may be no prices left out.

    Raises DataError where the folder cannot be read.
    """
    listed = [path for path in _price_files(Path(folder)) if not suffix_of(path).lower().startswith(".txt")]
    return sorted({ticker for path in listed for ticker in _tickers_of(path)})


def _tickers_of(path: Path) -> list[str]:
    """Those that a file of several names, else the one of its own name."""
    inside = tickers_inside(path)
    return inside if len(inside) > 1 else [_stem(path)]


def _price_files(folder: Path) -> list[Path]:
    return [path for path in _inside(folder) if suffix_of(path) and not path.name.startswith(".")]


def _stem(path: Path) -> str:
    return path.name.removesuffix(suffix_of(path))


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise DataError(f"The folder '{folder}' cannot be read: {reason(error)}", name=str(folder)) from None
