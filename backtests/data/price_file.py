"""One price file: text or Parquet, compressed or not, of one ticker or several."""

import stat
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from unlockstep.backtests.data.columns import plain_name
from unlockstep.backtests.data.compressed import SUFFIXES as COMPRESSED
from unlockstep.backtests.data.compressed import unpacked
from unlockstep.backtests.data.csv_table import KINDS, table_of
from unlockstep.backtests.data.price_table import TickerPrices, prices_of
from unlockstep.backtests.data.several import TICKER_NAMES, split_head, tickers_of
from unlockstep.backtests.data.tables import Table
from unlockstep.backtests.data.ticker_name import match_tickers
from unlockstep.backtests.data.typed_table import typed_table
from unlockstep.backtests.storage.atomic import reason
from unlockstep.backtests.storage.parquet import Bounds, UnfitParquetError, read_table
from unlockstep.backtests.text import visible
from unlockstep.signals.errors import DataError
from unlockstep.signals.identity import Clock

TEXT = (".csv", ".tsv", ".txt")
PARQUET = (".parquet", ".pq")
UNREADABLE = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods"), ("a spreadsheet", "export the sheet as CSV")),
    **dict.fromkeys((".feather", ".arrow"), ("Feather", "re-save it as Parquet or CSV")),
}
"""Ending of files that hold prices and are not read → what they are, and the remedy."""
SUFFIXES = (
    *(f"{text}{packed}" for text in TEXT for packed in ("", *COMPRESSED)), ".zip", *PARQUET, *UNREADABLE,
)  # fmt: skip
"""Endings of price files, in any capitals."""
HEAD = 4_000
"""Bytes at the beginning of a text, in which its header stands."""

LARGEST = 20_000_000
"""Bytes in a price file at most: a century of daily bars takes 3 million."""
MOST_ROWS = 100_000
"""Rows in a price file at most: a century has 36,525 days."""
BOUNDS = Bounds(rows=MOST_ROWS, columns=20_000, values=12_000_000, bytes=128_000_000)
"""Of a Parquet file, which may hold the prices of many tickers."""


def suffix_of(path: Path) -> str:
    """The ending of a price file as its name has it, ".csv.gz" in one; "" for what is none."""
    name = path.name.lower()
    longest = max((len(end) for end in SUFFIXES if name.endswith(end)), default=0)
    return path.name[len(name) - longest :]


def read_prices(path: Path, ticker: str, clock: Clock) -> TickerPrices:
    """The prices of a ticker on a clock, in a file that holds them alone, or those of several.

    Raises DataError naming the file, the line or date, and the remedy.
    """
    check_file(path)
    if suffix_of(path).lower() in PARQUET:
        return prices_of(parquet_table(path), ticker, clock)
    return _read_text(path, ticker, clock)


def tickers_inside(path: Path) -> list[str]:
    """The tickers that a file says it holds, in order; none where it does not say, or cannot be read."""
    try:
        check_file(path)
        if suffix_of(path).lower() in PARQUET:
            return tickers_of(parquet_table(path)) if _parquet_names_tickers(path) else []
        content = path.read_bytes()
        return tickers_of(_text_table(content, path.name)) if tickers_of(_head_table(content, path.name)) else []
    except (DataError, OSError):
        return []


def refusal_naming(path: Path, ticker: str) -> DataError | None:
    """Why a text that names this ticker among others is not read; None for any other file."""
    try:
        check_file(path)
        if suffix_of(path).lower() not in PARQUET:
            _head_table(path.read_bytes(), path.name)
    except DataError as error:
        return error if match_tickers(ticker, error.choices) else None
    except OSError:
        return None
    return None


def _head_table(content: bytes, where: str) -> Table:
    """The table in the first lines of a text."""
    return table_of(unpacked(content, where, most=LARGEST)[:HEAD].rpartition(b"\n")[0], where)


def check_file(path: Path) -> None:
    """Raise DataError unless there is a file of reasonable size: a pipe, for one, would be waited for without end."""
    try:
        facts = path.stat()
    except OSError as error:
        why = "it is a link that leads nowhere" if path.is_symlink() else reason(error)
        raise DataError(f"{path.name} cannot be read: {why}", name=path.name) from None
    if stat.S_ISDIR(facts.st_mode) and any(path.glob("*.parquet")):
        raise DataError(
            f"{path.name} is a folder of Parquet files, not one",
            name=path.name,
            remedy=f"join them in one, as pandas.read_parquet('{path.name}').to_parquet(…) does",
        )
    if not stat.S_ISREG(facts.st_mode):
        kind = "folder" if stat.S_ISDIR(facts.st_mode) else "pipe or a device"
        raise DataError(f"{path.name} is a {kind}, not a file", name=path.name, remedy="put a file in its place")
    ending = suffix_of(path).lower()
    if ending in UNREADABLE:
        kind, remedy = UNREADABLE[ending]
        raise DataError(f"{path.name} is {kind}", name=path.name, remedy=remedy)
    if facts.st_size > LARGEST:
        raise DataError(
            f"{path.name} holds {facts.st_size / 1e6:,.0f} MB, more than the {LARGEST / 1e6:,.0f} "
            "MB that any daily bars take",
            name=path.name,
            limit=LARGEST,
            remedy="keep one row a day",
        )


def _check_rows(count: int, where: str) -> None:
    if count > MOST_ROWS:
        raise DataError(
            f"{where} holds {count:,} rows, more than the {MOST_ROWS:,} that any daily bars take",
            name=where,
            limit=MOST_ROWS,
            remedy="keep one row a day",
        )


def bytes_of(path: Path) -> bytes:
    """What is in a file that `check_file` has let pass; DataError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {reason(error)}", name=path.name) from None


def _read_text(path: Path, ticker: str, clock: Clock) -> TickerPrices:
    prices = _prices_in_text(bytes_of(path), path.name, ticker, clock)
    return replace(prices, frame=prices.frame.copy())


@lru_cache(maxsize=8)  # the pair and the other tickers of its placebos: each file is in several pairs
def _prices_in_text(content: bytes, where: str, ticker: str, clock: Clock) -> TickerPrices:
    """The prices that these bytes hold. They are shared, so callers copy them."""
    return prices_of(_text_table(content, where), ticker, clock)


@lru_cache(maxsize=2)  # a file of several tickers
def _text_table(content: bytes, where: str) -> Table:
    text = unpacked(content, where, most=LARGEST)
    _check_rows(max(text.count(b"\n"), text.count(b"\r")), where)
    return table_of(text, where)


def _parquet_names_tickers(path: Path) -> bool:
    """Whether the names of a Parquet file's columns or index are those of a table of several tickers."""
    from pyarrow import ArrowException
    from pyarrow.parquet import read_schema

    try:
        names = read_schema(path).names
    except (OSError, ValueError, ArrowException):
        return False
    return any(plain_name(name) in TICKER_NAMES or split_head(name) for name in names)


def parquet_table(path: Path) -> Table:
    """The table in a Parquet file of daily rows; DataError where it is broken or larger than any such table."""
    from pyarrow import ArrowException
    from pyarrow.parquet import read_metadata

    where = path.name
    _check_magic(path)
    try:
        _check_rows(read_metadata(path).num_rows, where)
        return typed_table(read_table(path.read_bytes(), BOUNDS), where)
    except UnfitParquetError as error:
        raise DataError(
            f"{where} cannot be read as parquet: {error}",
            name=where,
            limit=error.limit,
            remedy=error.remedy if error.limit is None else "keep the prices alone, one row a day",
        ) from None
    except OSError as error:
        why, remedy = (reason(error), "") if error.errno else (_first_sentence(error), "re-save it as parquet")
        raise DataError(f"{where} cannot be read as parquet: {why}", name=where, remedy=remedy) from None
    except (ValueError, TypeError, KeyError, ArrowException) as error:
        raise DataError(
            f"{where} cannot be read as parquet: {_first_sentence(error)}", name=where, remedy="re-save it as parquet"
        ) from None


def _check_magic(path: Path) -> None:
    """Raise DataError for another kind of file under the name of Parquet."""
    try:
        with path.open("rb") as file:
            beginning = file.read(8)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read as parquet: {reason(error)}", name=path.name) from None
    for magic, (kind, remedy) in KINDS.items():
        if beginning.startswith(magic) and kind != "Parquet":
            remedy = remedy if kind == "Feather" else "give it the ending that it has"
            raise DataError(f"{path.name} is {kind}, not Parquet", name=path.name, remedy=remedy)


def _first_sentence(error: Exception) -> str:
    """What a library says of a broken file: its first sentence, which may quote what is in it."""
    return visible((str(error).splitlines() or [""])[0].rstrip("."))[:200]
