"""Tables that hold several tickers: side by side, or one below the other with the ticker in a column.

Side by side, as yfinance.download writes two tickers, two names stand above each column, the price and the ticker in
either order; in one row they are joined: Close_IWM, IWM.Close, ('Close', 'IWM').
"""

import re
from collections.abc import Sequence

from unlockstep.backtests.data.cells import MISSING
from unlockstep.backtests.data.columns import OF_A_TICKER, PRICES, field_of, fields_in, plain_name
from unlockstep.backtests.data.tables import Cells, Table
from unlockstep.backtests.data.ticker_name import match_tickers
from unlockstep.signals.errors import DataError

TICKER_NAMES = ("ticker", "symbol")
"""Names of a column of tickers, by `plain_name`, the best first."""

_TUPLE = re.compile(r"""\(\s*['"](.*?)['"]\s*,\s*['"](.*?)['"]\s*\)""")
_JOIN = "[ _.:|-]"
_PRICE = r"(?:adj(?:usted)?[ _.]?close|adjusted|open|high|low|close|volume)"
_PRICE_FIRST = re.compile(rf"({_PRICE}){_JOIN}(.+)", re.IGNORECASE)
_TICKER_FIRST = re.compile(rf"(.+?){_JOIN}({_PRICE})", re.IGNORECASE)


def tickers_of(table: Table) -> list[str]:
    """The tickers that a table says it holds, in order; none where it does not say."""
    if pairs := _side_by_side(table):
        return list(dict.fromkeys(ticker for _, ticker, _ in pairs))
    column = _ticker_column(table)
    return [] if column is None else list(dict.fromkeys(text for cell in column if (text := _text(cell))))


def of_ticker(table: Table, ticker: str) -> Table:
    """The part of a table that is a ticker's, with one name above each column.

    Where a table holds several tickers, rows without any price of this one are no bars of it.
    Raises DataError where it says that it holds others only.
    """
    there = tickers_of(table)
    if not there:
        return table.with_columns([head[0] for head in table.heads], range(len(table.columns)))
    name = _spelled(ticker, there, table.where)
    words = [f"{ticker} among {', '.join(there)}"] if len(there) > 1 else []
    pairs = _side_by_side(table)
    if pairs:
        columns = [(field, place) for field, owner, place in pairs if owner == name]
        names, places = (
            ["date", *(field for field, _ in columns)],
            [_date_place(table), *(place for _, place in columns)],
        )
        part = table.with_columns(names, places, *words)
    else:
        column = _ticker_column(table)
        assert column is not None
        rows = table.with_rows([_text(cell) == name for cell in column], *words)
        part = rows.with_columns([head[0] for head in rows.heads], range(len(rows.columns)))
    if len(there) == 1:
        return part
    prices = [cells for (head,), cells in zip(part.heads, part.columns, strict=True) if field_of(head) in PRICES]
    return part.with_rows([not all(map(_is_missing, cells)) for cells in zip(*prices, strict=True)])


def split_head(name: object) -> tuple[str, str] | None:
    """(price, ticker) of a name that joins both; None for any other."""
    text = str(name).strip()
    if field_of(text):
        return None  # Adj Close is no close of Adj
    if match := _TUPLE.fullmatch(text):
        one, other = match[1], match[2]
        return (one, other) if field_of(one) or not field_of(other) else (other, one)
    if match := _PRICE_FIRST.fullmatch(text):
        return match[1], match[2]
    if match := _TICKER_FIRST.fullmatch(text):
        return match[2], match[1]
    return None


def _side_by_side(table: Table) -> list[tuple[str, str, int]]:
    """(price, ticker, place) of each column of prices; none where one name stands above each."""
    pairs = []
    for place, head in enumerate(table.heads):
        pair = _two_names(head) if len(head) == 2 else split_head(head[0])
        if pair and field_of(pair[0]) in OF_A_TICKER and pair[1].strip():
            pairs.append((pair[0], pair[1].strip(), place))
    joined = all(len(head) == 1 for head in table.heads)
    if joined and fields_in([head[0] for head in table.heads]) >= set(PRICES):
        return []  # an ordinary table, with a column such as "close 2" beside
    whole = {owner for _, owner, _ in pairs if fields_in([p for p, other, _ in pairs if other == owner]) >= set(PRICES)}
    return [pair for pair in pairs if pair[1] in whole]


def _two_names(head: Sequence[str]) -> tuple[str, str]:
    """(price, ticker), whichever stands above."""
    return (head[0], head[1]) if field_of(head[0]) else (head[1], head[0])


def _date_place(table: Table) -> int:
    """The place of the dates: the column that bears their name, else the first."""
    dated = [place for place, head in enumerate(table.heads) if any(field_of(name) == "date" for name in head)]
    return dated[0] if dated else 0


def _ticker_column(table: Table) -> Cells | None:
    """The column of tickers of a table with one name above each column."""
    for name in TICKER_NAMES:
        for head, column in zip(table.heads, table.columns, strict=True):
            if len(head) == 1 and plain_name(head[0]) == name:
                return column
    return None


def _spelled(ticker: str, there: Sequence[str], where: str) -> str:
    """The ticker as the table spells it; DataError where it holds others."""
    same = match_tickers(ticker, there) or [name for name in there if match_tickers(name, [ticker])]
    if not same:
        raise DataError(
            f"{where} says that it holds {', '.join(there[:6])}{' …' if len(there) > 6 else ''}, not {ticker}",
            name=where,
            choices=there,
            remedy=f"give prices of {ticker}, or choose another pair",
        )
    return same[0]


def _text(cell: object) -> str:
    return "" if cell is None or cell != cell else str(cell).strip()


def _is_missing(cell: object) -> bool:
    return _text(cell).lower() in MISSING
