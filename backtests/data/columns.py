"""Names of columns: as vendors, libraries and people write them, and as the project does."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from unlockstep.backtests.data.cells import shown
from unlockstep.backtests.text import visible
from unlockstep.signals.errors import DataError

NEEDED = ("date", "open", "high", "low", "close")
PRICES = ("open", "high", "low", "close")

NAMES: Mapping[str, tuple[str, ...]] = {
    "date": (
        "date", "day", "trade_date", "trading_day", "timeopen", "time_open", "open_time", "datetime", "timestamp",
        "time", "window_start", "unix", "unix_timestamp", "datum", "fecha",
    ),
    "open": ("open", "eröffnung", "eroeffnung", "eröffnungskurs", "eröffn", "ouverture", "ouv", "apertura"),
    "high": ("high", "hoch", "tageshoch", "haut", "plus_haut", "máximo", "maximo"),
    "low": ("low", "tief", "tagestief", "bas", "plus_bas", "mínimo", "minimo"),
    "close": (
        "close", "close_last", "price", "schluss", "schlusskurs", "zuletzt", "clôture", "cloture", "dernier", "cierre",
        "último", "ultimo",
    ),
    "adj_close": ("adj_close", "adjclose", "adjusted_close", "adjustedclose", "adjusted"),
}  # fmt: skip
"""Ours → theirs, by `plain_name`, the best first: CryptoDataDownload has unix beside date, CoinMarketCap timeOpen
beside timestamp. Close/Last is Nasdaq's, Price Investing's, adjClose Tiingo's, Adjusted quantmod's. German, French and
Spanish names, with their accents or without.
"""

_OF = {name: field for field, names in NAMES.items() for name in names}


def plain_name(column: object) -> str:
    """A column's name in small letters, words joined by underscores: "Adj Close**", "5. adj close", "<ADJ.CLOSE>" are
    adj_close.
    """
    text = str(column).strip().lower().removeprefix("<").removesuffix(">")
    text = re.sub(r"^\d+\.\s*(?=[a-z])", "", text)
    return re.sub(r"[\s._/-]+", "_", unicodedata.normalize("NFC", text)).strip("_*")


def field_of(column: object) -> str:
    """What a column holds, by its name: one of NAMES, or "" for anything else."""
    return _OF.get(plain_name(column), "")


def fields_in(names: Sequence[object]) -> set[str]:
    """What these columns hold, without those that are not known."""
    return {field_of(name) for name in names} - {""}


def places_of(names: Sequence[str], where: str) -> dict[str, int]:
    """Field → the place of its column. Raises DataError where one that is needed is missing or there twice, or where
    adjusted closes may stand under a name that is not theirs.
    """
    plain = [plain_name(name) for name in names]
    places: dict[str, int] = {}
    for field, spellings in NAMES.items():
        here = [name for name in spellings if name in plain]
        if here and plain.count(here[0]) > 1:
            raise DataError(
                f"{where} has more than one column {here[0]}", name=where, remedy="keep one, whatever its capitals"
            )
        if here:
            places[field] = plain.index(here[0])
    missing = [name for name in NEEDED if name not in places]
    if missing:
        there = ", ".join(shown(name)[1:-1] for name in plain[:12])
        raise DataError(
            f"{where} has no column {' or '.join(missing)}; it has {there}",
            name=where,
            remedy=f"Needed: {', '.join(NEEDED)}, and adj_close where dividends are paid",
        )
    misnamed = [name for name in plain if name.startswith("adj")]
    if misnamed and "adj_close" not in places:
        raise DataError(
            f"{where}: the column {shown(misnamed[0])} is not known",
            name=where,
            remedy="call it adj_close if it holds adjusted closes, or remove it",
        )
    return places


def refuse_invisible(names: Sequence[str], where: str, line: int) -> None:
    """Raise DataError for a name with a character that nobody sees."""
    for name in map(str.strip, names):
        if visible(name) != name:
            raise DataError(
                f"{where}, line {line}: the name {shown(name)} holds a character that is not seen",
                name=where,
                line=line,
                remedy="remove it",
            )


def renamed(names: Sequence[str], places: Mapping[str, int]) -> str:
    """In words, which columns are read under another name than the project's; "" where none is."""
    pairs = [(names[place].strip(), field) for field, place in places.items()]
    # a date is a date under any of its names
    other = [f"{shown(name)[1:-1]} as {field}" for name, field in pairs if _differs(name, field)]
    return ", ".join(other)


def _differs(name: str, field: str) -> bool:
    return field != "date" and plain_name(name).replace("_", "") not in (field.replace("_", ""), "adjustedclose")
