"""Which file of a folder holds a ticker's prices: files are called as vendors call them.

    ETH-USD.csv   eth_usd.csv   ETHUSD.parquet   XETHZUSD.csv           the ticker, in any spelling of it
    COINBASE_ETHUSD, 1D.csv   Binance_ETHUSDT_d.csv   ETHUSD_1440.csv   TradingView, CryptoDataDownload, Kraken
    iwm_us_d.csv   daily_adjusted_IWM.csv   IWM Historical Data.csv     Stooq, Alpha Vantage, Investing
    IWM_daily.csv   IWM (1).csv   %5ERUT.csv                            people and browsers

A ticker that no file has in so many letters is looked for in other spellings of the same; where several files may be
meant, or none is, the error says which there are.
"""

import re
from pathlib import Path
from urllib.parse import unquote

from unlockstep.backtests.data.price_file import refusal_naming, suffix_of, tickers_inside
from unlockstep.backtests.data.ticker_name import is_crypto_venue, match_tickers, similar_tickers
from unlockstep.backtests.storage.atomic import reason
from unlockstep.signals.errors import DataError

USUAL = (".csv", ".parquet")
"""Endings that an error names."""

_COPY = re.compile(r" ?\(\d+\)$| - copy$", re.IGNORECASE)
_TRADING_VIEW = re.compile(r"([A-Z0-9]+)_(.+), ?(?:1D|D|1440)(?:[_ ].*)?", re.IGNORECASE)
_STOOQ = re.compile(r"(.+?)(?:_([a-z]{2}))?_d", re.IGNORECASE)
_ALPHA_VANTAGE = re.compile(r"(?:time_series_)?daily(?:_adjusted)?[_ ](.+)", re.IGNORECASE)
_PERIOD = re.compile(
    r"(.+?)[_ -](?:daily|1day|day|1d|d1|24h|1440|eod|hist|history|historical|historical[_ ]data|ohlcv?|prices?)",
    re.IGNORECASE,
)
_VENUE = re.compile(r"([A-Z]+)_([A-Z0-9]+)", re.IGNORECASE)


def ticker_of(path: Path) -> str:
    """The ticker that a file's name gives: the name itself, without what vendors put around it."""
    name = path.name.removesuffix(suffix_of(path)) if suffix_of(path) else path.stem
    stem = _COPY.sub("", unquote(name))
    if match := _TRADING_VIEW.fullmatch(stem):
        return match[2].upper()
    if match := _STOOQ.fullmatch(stem):
        at_home = match[2] is None or match[2].lower() == "us"
        stem = (match[1] if at_home else f"{match[1]}.{match[2]}").upper()
    elif match := _PERIOD.fullmatch(stem) or _ALPHA_VANTAGE.fullmatch(stem):
        stem = match[1].upper()
    if (match := _VENUE.fullmatch(stem)) and is_crypto_venue(match[1]):
        return match[2].upper()
    return stem


def tickers_in(folder: Path | str) -> list[str]:
    """The tickers that a folder holds prices of, in order, those of .txt left out, which may be texts of another kind.

    Raises DataError where the folder cannot be read.
    """
    listed = [path for path in _price_files(Path(folder)) if not suffix_of(path).lower().startswith(".txt")]
    return sorted({ticker for path in listed for ticker in _tickers_of(path)})


def _tickers_of(path: Path) -> list[str]:
    """Those of a file that holds several, else the one of its name."""
    inside = tickers_inside(path)
    return inside if len(inside) > 1 else [ticker_of(path)]


def find_price_file(folder: Path, ticker: str) -> Path:
    """The file of a ticker, by its name, else one that holds it among others.

    Raises DataError where there is none, or several that may be meant.
    """
    files: dict[str, list[Path]] = {}
    for path in _price_files(folder):
        files.setdefault(ticker_of(path), []).append(path)
    whatever_capitals = [name for name in files if name.lower() == ticker.lower()]
    names = whatever_capitals or match_tickers(ticker, files)
    if not names:
        files = {}
        for path in _price_files(folder):
            for name in tickers_inside(path):
                files.setdefault(name, []).append(path)
        names = match_tickers(ticker, files)
    matches = sorted(path for name in names for path in files[name])
    exact = [path for path in matches if path.name.removesuffix(suffix_of(path)) == ticker]
    if len(matches) > 1 and len(exact) == 1 and len(whatever_capitals) <= 1:
        matches = exact  # beside it lies a copy of another name, such as "IWM (1).csv"
    if len(matches) == 1:
        return matches[0]
    if matches:
        listed = " and ".join(path.name for path in matches)
        one_ticker = len(names) == 1 or bool(whatever_capitals)
        raise DataError(
            f"'{folder}' holds both {listed}" if one_ticker else f"'{folder}' holds {listed}, and each can be {ticker}",
            name=str(folder),
            choices=[path.name for path in matches],
            remedy="keep one of them" if one_ticker else "name one of them with --pair, --legs or --context",
        )
    explained = (refusal_naming(path, ticker) for path in _price_files(folder))
    raise next(filter(None, explained), None) or _missing(folder, ticker, tickers_in(folder))


def _missing(folder: Path, ticker: str, present: list[str]) -> DataError:
    wanted = " nor ".join(f"{ticker}{suffix}" for suffix in USUAL)
    close = similar_tickers(ticker, present)
    if close:
        remedy = f"did you mean {' or '.join(close)}? (choose with --pair, --legs, --hedges or --context)"
    elif present:
        remedy = f"it has {', '.join(present)} (choose with --pair, --legs, --hedges or --context)"
    else:
        folders = [path.name for path in _entries(folder) if path.is_dir() and any(_price_files(path))]
        remedy = "it has no price files at all"
        if folders:
            remedy = f"price files lie in its folders {', '.join(folders)}: put those of a pair into one folder"
    return DataError(f"'{folder}' holds neither {wanted}", name=ticker, choices=close or present, remedy=remedy)


def _price_files(folder: Path) -> list[Path]:
    return [path for path in _entries(folder) if suffix_of(path) and not path.name.startswith(".")]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise DataError(f"The folder '{folder}' cannot be read: {reason(error)}", name=str(folder)) from None
