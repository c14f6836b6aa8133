"""Prices from a folder that holds one CSV or Parquet file a ticker."""

from pathlib import Path

import pandas as pd

from backtests.sources.frames import REQUIRED
from signals.errors import DataError

SUFFIXES = (".csv", ".parquet")


def read_folder(folder: Path, pair: tuple[str, str]) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """(frames, where): a price frame and its file name for each ticker of the pair.

    Raises DataError for a missing folder, file or column, and for anything in a file that is no date or number.
    """
    if not folder.is_dir():
        raise DataError(
            f"There is no folder '{folder}'; --data takes demo, demo:edge, yahoo or a folder of price files."
        )
    paths = {ticker: _path(folder, ticker) for ticker in pair}
    return {t: read_prices(path) for t, path in paths.items()}, {t: path.name for t, path in paths.items()}


def _path(folder: Path, ticker: str) -> Path:
    found = [path for suffix in SUFFIXES if (path := folder / f"{ticker}{suffix}").is_file()]
    if len(found) > 1:
        raise DataError(f"'{folder}' holds both {' and '.join(path.name for path in found)}; keep one of them.")
    if found:
        return found[0]
    present = tickers_in(folder)
    raise DataError(
        f"'{folder}' holds neither {ticker}.csv nor {ticker}.parquet; "
        + (f"it has {', '.join(present)} (choose with --pair)." if present else "it has no price files at all.")
    )


def tickers_in(folder: Path | str) -> list[str]:
    """The tickers that a folder holds prices of, in order."""
    return sorted({path.stem for path in Path(folder).iterdir() if path.suffix in SUFFIXES})


def read_prices(path: Path) -> pd.DataFrame:
    """The price frame in one file; column names may be capitalised and spaced as Yahoo writes them ("Adj Close")."""
    try:
        raw = pd.read_csv(path, dtype=str) if path.suffix == ".csv" else pd.read_parquet(path)
    except (OSError, ValueError) as error:
        kind, reason = path.suffix[1:], str(error).splitlines()[0]
        raise DataError(f"{path.name} cannot be read as {kind}: {reason}; save it anew as {kind}.") from None
    if path.suffix == ".parquet" and (raw.index.name or isinstance(raw.index, pd.DatetimeIndex)):
        dates = pd.Series(raw.index, name=raw.index.name or "date")
        raw = pd.concat([dates, raw.reset_index(drop=True)], axis=1)
    raw.columns = [str(column).strip().lower().replace(" ", "_") for column in raw.columns]
    twice = raw.columns[raw.columns.duplicated()]
    if len(twice):
        raise DataError(f"{path.name} has more than one column {twice[0]}; keep one, whatever its capitals.")
    missing = [column for column in ("date", *REQUIRED) if column not in raw.columns]
    if missing:
        raise DataError(
            f"{path.name} has no column {' or '.join(missing)}; it has {', '.join(raw.columns)}. "
            f"Needed: date, {', '.join(REQUIRED)}, and adj_close where dividends are paid."
        )
    columns = [*REQUIRED, *(["adj_close"] if "adj_close" in raw.columns else [])]
    prices = {column: _numbers(raw, column, path.name) for column in columns}
    return pd.DataFrame(prices).set_axis(_dates(raw["date"], path.name))


def _dates(column: pd.Series, where: str) -> pd.DatetimeIndex:
    parsed = pd.to_datetime(column, format="ISO8601", errors="coerce")
    if parsed.isna().any():
        row = int(parsed.isna().to_numpy().argmax())
        raise DataError(f"{where}, row {row + 2}: '{column.iloc[row]}' is no date; write dates as 2025-12-31.")
    dates = pd.DatetimeIndex(parsed)
    if dates.tz is not None or (dates != dates.normalize()).any():
        raise DataError(f"{where}: the dates carry times of day; write one plain date a row, such as 2025-12-31.")
    return dates.as_unit("us").rename("date")


def _numbers(raw: pd.DataFrame, column: str, where: str) -> pd.Series:
    if pd.api.types.is_bool_dtype(raw[column]) or pd.api.types.is_datetime64_any_dtype(raw[column]):
        raise DataError(f"{where}: the column {column} holds {raw[column].dtype}, not prices.")
    numbers = pd.to_numeric(raw[column], errors="coerce")
    words = numbers.isna() & raw[column].notna()
    if words.any():
        row = int(words.to_numpy().argmax())
        raise DataError(
            f"{where}, row {row + 2} ({raw['date'].iloc[row]}): {column} is '{raw[column].iloc[row]}', not a number."
        )
    return numbers.astype("float64")
