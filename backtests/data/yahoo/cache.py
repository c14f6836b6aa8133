"""The cache of Yahoo's prices: a Parquet file a ticker, whole in itself, and one process at a time that fetches.

A file is written beside its place and then renamed there, so a reader, who takes no lock, finds the old file or the new
one. What the file is about (ticker, when retrieved, what was restated) is in the file, with a digest of all of it.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
import pandas as pd

from unlockstep.backtests.storage.bounded_read import read_bounded
from unlockstep.signals.errors import DataError, UnreachableError

COLUMNS = ("open", "high", "low", "close", "adj_close", "volume")
EARLIER_COLUMNS = COLUMNS[:-1]
"""Of entries of earlier versions."""
FORMAT = 1
"""Version of the layout of a file."""
LARGEST = 50_000_000
"""Bytes in a file of the cache at most: a century of daily bars takes 3 million."""

KEY = b"unlockstep"
_EARLIER_START = pd.Timestamp("2010-01-31")
"""A history that begins later was whole in earlier versions, too, which asked for bars from 2010 on."""
UNFINISHED = re.compile(r".+\.parquet\.[0-9]+\.tmp")
"""Names of files that are being written here."""
LONGEST_WAIT = 300.0
"""Seconds to wait for another process that fetches."""


class BrokenCacheError(Exception):
    """A file in the cache that is not what was written there."""


@dataclass(frozen=True)
class Restated:
    """Rows of history that Yahoo changed: how many, the dates of the first and last, and when that was noticed."""

    noticed_at: str
    rows: int
    first: str
    last: str


@dataclass(frozen=True, eq=False)
class Cached:
    """What the cache holds of a ticker.

    frame: a price frame.  retrieved_at: UTC, of the last answer from Yahoo.  restated: None, or the last change of
    history that was met.  whole: whether it was asked for from the very beginning, with volumes; entries of earlier
    versions begin in 2010, or have none.  currency: in which Yahoo quotes it, None where it did not say.
    """

    frame: pd.DataFrame
    retrieved_at: pd.Timestamp
    restated: Restated | None = None
    whole: bool = True
    currency: str | None = None

    @property
    def last(self) -> pd.Timestamp:
        """The date of the newest bar."""
        return pd.Timestamp(self.frame.index[-1])


def cache_folder() -> Path:
    """Where downloaded prices are kept: UNLOCKSTEP_CACHE, or the user's cache folder."""
    from platformdirs import user_cache_path

    chosen = os.environ.get("UNLOCKSTEP_CACHE")
    return Path(chosen) if chosen else user_cache_path("unlockstep") / "yahoo"


def cache_file(ticker: str) -> Path:
    """A ticker's file; what is awkward in a file's name is written as %XX."""
    return cache_folder() / f"{quote(ticker, safe='^=')}.parquet"


def cached_tickers() -> list[str]:
    """The tickers that have a file, in order."""
    return sorted(unquote(path.stem) for path in cache_folder().glob("*.parquet"))


@contextmanager
def one_at_a_time(waiting: float = LONGEST_WAIT) -> Iterator[Path]:
    """Hold the cache's lock, which its holder's death sets free; gives the folder, without what the dead left behind.

    Raises UnreachableError where another process holds it for longer than `waiting` seconds, DataError where the
    folder cannot be written.
    """
    from filelock import FileLock, Timeout

    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "fetching.lock", timeout=waiting)
        lock.acquire()
    except Timeout:
        raise UnreachableError(
            f"Another process has been fetching prices into '{folder}' for {waiting:.0f} s",
            name=str(folder),
            limit=waiting,
            remedy="wait for it, or end it",
        ) from None
    except OSError as error:
        raise _unwritable(error) from None
    try:
        _sweep(folder)
        yield folder
    finally:
        lock.release()


def _sweep(folder: Path) -> None:
    """Remove the files that a dead process was writing, and nothing else; for the holder of the lock."""
    try:
        for left in folder.glob("*.tmp"):
            if UNFINISHED.fullmatch(left.name) and left.is_file():
                left.unlink()
    except OSError as error:
        raise _unwritable(error) from None


def read_cached(ticker: str) -> Cached | None:
    """What the cache holds of a ticker, None where it holds nothing; raises BrokenCacheError for a broken file."""
    import pyarrow as pa
    import pyarrow.parquet

    path = cache_file(ticker)
    try:
        table = pyarrow.parquet.read_table(BytesIO(read_bounded(path, LARGEST)))
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise DataError(f"The cached prices '{path}' cannot be read: {error.strerror}", name=str(path)) from None
    except (OSError, ValueError, MemoryError, pa.ArrowException) as error:
        raise BrokenCacheError(f"'{path}' is no Parquet file ({(str(error).splitlines() or [''])[0]})") from None
    try:
        said = json.loads((table.schema.metadata or {})[KEY])
        frame = table.to_pandas()
        digest, sound = said.pop("sha256"), _digest(said, frame)
        retrieved_at = pd.Timestamp(datetime.fromisoformat(said["retrieved_at"]))
        recorded = (said["format"], said["ticker"], said["rows"], said["first"], said["last"])
        actual = (FORMAT, ticker, len(frame), str(frame.index[0].date()), str(frame.index[-1].date()))
    except Exception:  # bits that changed in the file can make pandas raise anything
        raise BrokenCacheError(f"'{path}' does not say what it holds") from None
    if (
        digest != sound
        or recorded != actual
        or tuple(frame.columns) not in (COLUMNS, EARLIER_COLUMNS)
        or not frame.index.is_monotonic_increasing
    ):
        raise BrokenCacheError(f"'{path}' does not hold what it says")
    restated = said["restated"]
    return Cached(
        frame,
        retrieved_at,
        None if restated is None else Restated(**restated),
        whole=("whole" in said or frame.index[0] > _EARLIER_START) and tuple(frame.columns) == COLUMNS,
        currency=said.get("currency"),
    )


def write_cached(ticker: str, entry: Cached) -> None:
    """Put an entry in the ticker's place; for the holder of the lock. Raises DataError where it cannot be written."""
    import pyarrow as pa
    import pyarrow.parquet

    path = cache_file(ticker)
    said = {
        "format": FORMAT,
        "ticker": ticker,
        "retrieved_at": entry.retrieved_at.isoformat(timespec="seconds"),
        "rows": len(entry.frame),
        "first": str(entry.frame.index[0].date()),
        "last": str(entry.last.date()),
        "restated": None if entry.restated is None else asdict(entry.restated),
        "whole": True,
        "currency": entry.currency,
    }
    said["sha256"] = _digest(said, entry.frame)
    table = pa.Table.from_pandas(entry.frame)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), KEY: json.dumps(said)})
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with unfinished.open("wb") as file:
            pyarrow.parquet.write_table(table, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise _unwritable(error) from None


def _digest(said: dict[str, Any], frame: pd.DataFrame) -> str:
    """Of what a file says of itself, the columns' names, the dates and every bit of the prices."""
    prices = frame.to_numpy(dtype="<f8")
    said_bytes = json.dumps([said, list(frame.columns)], sort_keys=True).encode()
    dates = frame.index.to_numpy().astype("M8[us]").astype("<i8").tobytes()
    return hashlib.sha256(said_bytes + dates + np.where(np.isnan(prices), np.nan, prices).tobytes()).hexdigest()


def _unwritable(error: OSError) -> DataError:
    return DataError(
        f"The cache '{cache_folder()}' cannot be written: {error.strerror or error}",
        name=str(cache_folder()),
        remedy="name another folder in the environment variable UNLOCKSTEP_CACHE",
    )
