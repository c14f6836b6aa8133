"""Price files as vendors, libraries and spreadsheets lay them out: the same prices, in each of their ways.

The prices are those of `test_files`: IWM on the sessions of two months, ETH-USD on their days.
"""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Mapping
from typing import NamedTuple

import pandas as pd

from tests.backtests.data.broken import HEADER, ROWS, SOUND, table
from tests.backtests.data.test_files import eth, iwm

Rows = list[list[str]]
IWM: Rows = [row.split(",") for row in ROWS]
"""date, open, high, low, close, adj_close; line 2 is 2024-01-02."""
ETH: Rows = [row.split(",") for row in eth().to_csv(index=False).splitlines()[1:]]
"""date, open, high, low, close of every day."""
STAMPS = [int(pd.Timestamp(row[0]).timestamp()) for row in ETH]


class Layout(NamedTuple):
    """files: name → content; the other leg's file is the sound one, where it is not among them.

    said: the notes of the market, or the sentence with which it is refused.  adjusted: whether IWM's adjusted closes
    are in it.
    """

    name: str
    files: Mapping[str, bytes]
    said: tuple[str, ...] = ()
    adjusted: bool = True


def rows(header: str, cells: Callable[[list[str]], list[str]], *, by: str = ",", of: Rows = IWM) -> bytes:
    return table(header, *(by.join(cells(row)) for row in of))


def day(form: str) -> Callable[[list[str]], str]:
    return lambda row: pd.Timestamp(row[0]).strftime(form)


def comma(row: list[str]) -> list[str]:
    return [row[0], *(cell.replace(".", ",") for cell in row[1:])]


def quoted(row: list[str]) -> list[str]:
    return [f'"{cell}"' for cell in row]


def joined(first: int, *places: str, of: Rows = IWM) -> list[list[str]]:
    """Rows of ETH with those cells of IWM behind them that its bar of the day has; blanks where it has none."""
    here = {row[0]: row for row in of}
    return [[*row, *(here[row[0]][first:] if row[0] in here else [""] * len(places))] for row in ETH]


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, SOUND)
    return packed.getvalue()


def wide(price_first: bool, *, dates: bool = True, names: bool = True) -> bytes:
    """yfinance.download(["ETH-USD", "IWM"]).to_csv(): prices above tickers, or the other way round."""
    prices = ["Open", "High", "Low", "Close", "Open", "High", "Low", "Close", "Adj Close"]
    tickers = [*["ETH-USD"] * 4, *["IWM"] * 5]
    upper, lower = (prices, tickers) if price_first else (tickers, prices)
    labels = ("Price", "Ticker") if price_first else ("Ticker", "Price")
    upper_name, lower_name = labels if names else ("", "")
    header = [",".join([upper_name, *upper]), ",".join([lower_name, *lower])]
    return table(*header, *([f"Date{',' * 9}"] if dates else []), *(",".join(row) for row in joined(1, *prices[4:])))


def flat(name: Callable[[str, str], str]) -> bytes:
    """The same with one row of names that join price and ticker."""
    prices = ("Open", "High", "Low", "Close")
    heads = [*(name(price, "ETH-USD") for price in prices), *(name(price, "IWM") for price in (*prices, "Adj Close"))]
    quoted_heads = [f'"{head}"' if "," in head else head for head in heads]
    return table(",".join(["Date", *quoted_heads]), *(",".join(row) for row in joined(1, *prices, "Adj Close")))


LONG = table(
    "date,open,high,low,close,ticker,adj_close",
    *(",".join([*row, "ETH-USD", ""]) for row in ETH),
    *(",".join([*row[:5], "IWM", row[5]]) for row in IWM),
)
SEMICOLONS = "IWM.csv is read as: separated by semicolons; decimal commas."
NEWEST = "IWM.csv is read as: newest row first."
SINCE_1970 = "dates in seconds since 1970, or in parts of them"
BOTH = tuple(f"prices.csv ({ticker}) is read as: {ticker} among ETH-USD, IWM." for ticker in ("ETH-USD", "IWM"))
UNKNOWN = False
"""Of `Layout.adjusted`."""

READ = [
    # ------------------------------------------------------------------------------------ separators and decimal marks
    Layout("semicolons and decimal commas", {"IWM.csv": rows(HEADER.replace(",", ";"), comma, by=";")}, (SEMICOLONS,)),
    Layout(
        "semicolons and decimal commas, every cell in quotation marks",
        {"IWM.csv": rows(";".join(quoted(HEADER.split(","))), lambda row: quoted(comma(row)), by=";")},
        (SEMICOLONS,),
    ),
    Layout(
        "semicolons and points",
        {"IWM.csv": rows(HEADER.replace(",", ";"), list, by=";")},
        ("IWM.csv is read as: separated by semicolons.",),
    ),
    Layout(
        "commas, and decimal commas in quotation marks",
        {"IWM.csv": rows(HEADER, lambda row: quoted(comma(row)))},
        ("IWM.csv is read as: decimal commas.",),
    ),
    Layout(
        "semicolons, points between thousands, decimal commas",
        {
            "ETH-USD.csv": rows(
                "date;open;high;low;close",
                lambda row: [row[0], *(f"{c[0]}.{c[1:].replace('.', ',')}" for c in row[1:])],
                by=";",
                of=ETH,
            )
        },
        ("ETH-USD.csv is read as: separated by semicolons; decimal commas.",),
    ),
    Layout(
        "spaces without break between thousands, decimal commas",
        {
            "ETH-USD.csv": rows(
                "date;open;high;low;close",
                lambda row: [row[0], *(f"{c[0]}\u202f{c[1:].replace('.', ',')}" for c in row[1:])],
                by=";",
                of=ETH,
            )
        },
        ("ETH-USD.csv is read as: separated by semicolons; decimal commas.",),
    ),
    Layout(
        "thousands set apart by commas",
        {
            "ETH-USD.csv": rows(
                "date,open,high,low,close", lambda row: [row[0], *(f'"{c[0]},{c[1:]}"' for c in row[1:])], of=ETH
            )
        },
    ),
    Layout(
        "tabs", {"IWM.tsv": rows(HEADER.replace(",", "\t"), list, by="\t")}, ("IWM.tsv is read as: separated by tabs.",)
    ),
    Layout(
        "bars", {"IWM.txt": rows(HEADER.replace(",", "|"), list, by="|")}, ("IWM.txt is read as: separated by bars.",)
    ),
    # ------------------------------------------------------------------------------------ columns and rows
    Layout(
        "empty columns and rows at the end, as spreadsheets leave them",
        {"IWM.csv": rows(f"{HEADER},,", lambda row: [*row, "", ""]) + b",,,,,,,\n,,,,,,,\n"},
    ),
    Layout("an empty field at the end of each row", {"IWM.csv": rows(HEADER, lambda row: [*row, ""])}),
    Layout(
        "a title above the header",
        {"IWM.csv": table("iShares Russell 2000 ETF", "", HEADER, *ROWS)},
        ("IWM.csv is read as: below the title 'iShares Russell 2000 ETF'.",),
    ),
    Layout(
        "dates in a column without a name, as pandas writes an index",
        {"IWM.csv": table(HEADER.removeprefix("date"), *ROWS)},
        ("IWM.csv is read as: dates in the column without a name.",),
    ),
    Layout("newest row first", {"IWM.csv": table(HEADER, *ROWS[::-1])}, (NEWEST,)),
    Layout("an adj_close that holds nothing", {"IWM.csv": rows(HEADER, lambda row: [*row[:5], ""])}, adjusted=UNKNOWN),
    # ------------------------------------------------------------------------------------ dates
    Layout(
        "day before month",
        {"IWM.csv": rows(HEADER, lambda row: [day("%d/%m/%Y")(row), *row[1:]])},
        ("IWM.csv is read as: dates as day/month/year.",),
    ),
    Layout(
        "day before month, with points",
        {"IWM.csv": rows(HEADER, lambda row: [day("%d.%m.%Y")(row), *row[1:]])},
        ("IWM.csv is read as: dates as day.month.year.",),
    ),
    Layout(
        "month before day",
        {"IWM.csv": rows(HEADER, lambda row: [day("%m/%d/%Y")(row), *row[1:]])},
        ("IWM.csv is read as: dates as month/day/year.",),
    ),
    Layout(
        "year, month and day with strokes",
        {"IWM.csv": rows(HEADER, lambda row: [day("%Y/%m/%d")(row), *row[1:]])},
        ("IWM.csv is read as: dates as year, month, day.",),
    ),
    Layout(
        "dates without hyphens",
        {"IWM.csv": rows(HEADER, lambda row: [day("%Y%m%d")(row), *row[1:]])},
        ("IWM.csv is read as: dates as 20251231.",),
    ),
    Layout(
        "months by name",
        {"IWM.csv": rows(HEADER, lambda row: [day("%d-%b-%Y")(row), *row[1:]])},
        ("IWM.csv is read as: months by name.",),
    ),
    Layout(
        "midnights in the time zone of the exchange (yfinance, Ticker.history)",
        {"IWM.csv": rows(HEADER, lambda row: [f"{row[0]} 00:00:00-05:00", *row[1:]])},
        ("IWM.csv is read as: stamped at midnight of their time zone.",),
    ),
    Layout(
        "midnights of the exchange in UTC",
        {"IWM.csv": rows(HEADER, lambda row: [f"{row[0]}T05:00:00Z", *row[1:]])},
        ("IWM.csv is read as: stamped at midnight in America/New_York.",),
    ),
    Layout(
        "midnights in UTC",
        {"ETH-USD.csv": rows("date,open,high,low,close", lambda row: [f"{row[0]} 00:00:00+00:00", *row[1:]], of=ETH)},
        ("ETH-USD.csv is read as: stamped at midnight UTC.",),
    ),
    Layout(
        "the close of each session, as Google writes it",
        {"IWM.csv": rows(HEADER, lambda row: [f"{day('%m/%d/%Y')(row)} 16:00:00", *row[1:]])},
        ("IWM.csv is read as: dates as month/day/year, stamped within the session.",),
    ),
    # ------------------------------------------------------------------------------------ several tickers in one file
    Layout("one row a ticker and day, the ticker in a column", {"prices.csv": LONG}, BOTH),
    Layout("yfinance.download of two tickers, group_by column", {"prices.csv": wide(True)}, BOTH),
    Layout("yfinance.download of two tickers, group_by ticker", {"prices.csv": wide(False)}, BOTH),
    Layout("the same by older versions of yfinance", {"prices.csv": wide(True, names=False)}, BOTH),
    Layout("the same without the line Date", {"prices.csv": wide(False, dates=False)}, BOTH),
    Layout(
        "one row of names, price before ticker", {"prices.csv": flat(lambda price, ticker: f"{price}_{ticker}")}, BOTH
    ),
    Layout(
        "one row of names, ticker before price", {"prices.csv": flat(lambda price, ticker: f"{ticker} {price}")}, BOTH
    ),
    Layout("one row of names, as pandas writes pairs", {"prices.csv": flat(lambda *pair: str(pair))}, BOTH),
    Layout(
        "yfinance.download of one ticker",
        {"IWM.csv": table("Price,Open,High,Low,Close,Adj Close", "Ticker,IWM,IWM,IWM,IWM,IWM", "Date,,,,,", *ROWS)},
    ),
    # ------------------------------------------------------------------------------------ vendors
    Layout(
        "Yahoo's page, with its dividends",
        {
            "IWM.csv": table(
                "Date\tOpen\tHigh\tLow\tClose\tAdj Close\tVolume",
                "Mar 1, 2024\t0.32 Dividend",
                *("\t".join([day("%b %d, %Y")(row), *row[1:], "35,352,000"]) for row in IWM[::-1]),
            )
        },
        (
            "IWM.csv is read as: separated by tabs; 1 row of dividends or splits left out; months by name; newest row "
            "first.",
        ),
    ),
    Layout(
        "Nasdaq",
        {
            "IWM.csv": rows(
                "Date,Close/Last,Volume,Open,High,Low",
                lambda row: [day("%m/%d/%Y")(row), f"${row[4]}", "1", *(f"${cell}" for cell in row[1:4])],
                of=IWM[::-1],
            )
        },
        ("IWM.csv is read as: Close/Last as close; dates as month/day/year; dollar signs; newest row first.",),
        adjusted=UNKNOWN,
    ),
    Layout(
        "Investing",
        {
            "IWM.csv": b"\xef\xbb\xbf"
            + rows(
                '"Date","Price","Open","High","Low","Vol.","Change %"',
                lambda row: quoted([day("%m/%d/%Y")(row), row[4], *row[1:4], "22.12M", "0.10%"]),
                of=IWM[::-1],
            )
        },
        ("IWM.csv is read as: Price as close, Vol. as volume; dates as month/day/year; newest row first.",),
        adjusted=UNKNOWN,
    ),
    Layout(
        "Stooq, all its files",
        {
            "IWM.txt": rows(
                "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",
                lambda row: ["IWM.US", "D", day("%Y%m%d")(row), "000000", *row[1:5], "1", "0"],
            )
        },
        ("IWM.txt is read as: <VOL> as volume; dates as 20251231.",),
        adjusted=UNKNOWN,
    ),
    Layout(
        "Alpha Vantage",
        {"IWM.csv": rows("timestamp,open,high,low,close,adjusted_close,volume", lambda row: [*row, "1"], of=IWM[::-1])},
        (NEWEST,),
    ),
    Layout(
        "Alpha Vantage, as its JSON names the columns",
        {"IWM.csv": rows("date,1. open,2. high,3. low,4. close,5. adjusted close,6. volume", lambda row: [*row, "1"])},
    ),
    Layout(
        "Tiingo",
        {
            "IWM.csv": rows(
                "date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,divCash,splitFactor",
                lambda row: [row[0], row[4], row[2], row[3], row[1], "1", row[5], "1", "1", "1", "0.0", "1.0"],
            )
        },
    ),
    Layout("EODHD", {"IWM.csv": SOUND.replace(HEADER, "Date,Open,High,Low,Close,Adjusted_close").encode()}),
    *(
        Layout(
            f"names of columns in {language}",
            {"IWM.csv": rows(names, lambda row: [day("%d.%m.%Y")(row), *comma(row)[1:5]], by=";")},
            (f"IWM.csv is read as: separated by semicolons; {said}; dates as day.month.year; decimal commas.",),
            adjusted=UNKNOWN,
        )
        for language, names, said in (
            (
                "German",
                "Datum;Eröffnung;Hoch;Tief;Schluss",
                "Eröffnung as open, Hoch as high, Tief as low, Schluss as close",
            ),
            (
                "French",
                "Date;Ouverture;Haut;Bas;Clôture",
                "Ouverture as open, Haut as high, Bas as low, Clôture as close",
            ),
            (
                "Spanish",
                "Fecha;Apertura;Máximo;Mínimo;Cierre",
                "Apertura as open, Máximo as high, Mínimo as low, Cierre as close",
            ),
        )
    ),
    Layout(
        "quantmod",
        {"IWM.csv": rows("Index,IWM.Open,IWM.High,IWM.Low,IWM.Close,IWM.Adjusted", list)},
        ("IWM.csv is read as: Adjusted as adj_close.",),
    ),
    Layout(
        "CryptoDataDownload",
        {
            "ETH-USD.csv": table(
                "https://www.CryptoDataDownload.com",
                "unix,date,symbol,open,high,low,close,Volume ETH,Volume USD",
                *(
                    ",".join([str(stamp), f"{row[0]} 00:00:00", "ETH/USD", *row[1:], "1", "1"])
                    for stamp, row in zip(STAMPS[::-1], ETH[::-1], strict=True)
                ),
            )
        },
        ("ETH-USD.csv is read as: below the title 'https://www.CryptoDataDownload.com'; newest row first.",),
    ),
    Layout(
        "CoinMarketCap",
        {
            "ETH-USD.csv": rows(
                "timeOpen;timeClose;timeHigh;timeLow;name;open;high;low;close;volume;marketCap;timestamp",
                lambda row: [
                    f'"{row[0]}T00:00:00.000Z"',
                    f'"{row[0]}T23:59:59.999Z"',
                    "",
                    "",
                    "2781",
                    *row[1:],
                    "1",
                    "1",
                    f'"{row[0]}T23:59:59.999Z"',
                ],
                by=";",
                of=ETH[::-1],
            )
        },
        ("ETH-USD.csv is read as: separated by semicolons; stamped at midnight UTC; newest row first.",),
    ),
    Layout(
        "Binance",
        {
            "ETH-USD.csv": table(
                *(
                    ",".join([f"{stamp}000", *row[1:], "1.0", f"{stamp + 86_399}999", "1.0", "5", "1", "1", "0"])
                    for stamp, row in zip(STAMPS, ETH, strict=True)
                )
            )
        },
        (
            f"ETH-USD.csv is read as: without a header, as Binance writes its bars; {SINCE_1970}, stamped at midnight "
            "UTC.",
        ),
    ),
    Layout(
        "Kraken",
        {
            "ETH-USD.csv": table(
                *(",".join([str(stamp), *row[1:], "1.5", "12"]) for stamp, row in zip(STAMPS, ETH, strict=True))
            )
        },
        (
            f"ETH-USD.csv is read as: without a header, as Kraken writes its bars; {SINCE_1970}, stamped at midnight "
            "UTC.",
        ),
    ),
    Layout(
        "TradingView",
        {
            "IWM.csv": rows(
                "time,open,high,low,close,Volume",
                lambda row: [str(int(pd.Timestamp(f"{row[0]} 14:30Z").timestamp())), *row[1:5], "1"],
            )
        },
        (f"IWM.csv is read as: {SINCE_1970}, stamped within the session.",),
        adjusted=UNKNOWN,
    ),
    # ------------------------------------------------------------------------------------ compressed
    Layout("gzip", {"IWM.csv.gz": gzip.compress(SOUND.encode())}),
    Layout("bzip2", {"IWM.csv.bz2": bz2.compress(SOUND.encode())}),
    Layout("xz", {"IWM.csv.xz": lzma.compress(SOUND.encode())}),
    Layout("a zip archive of one file", {"IWM.csv.zip": zipped("IWM.csv", "__MACOSX/._IWM.csv")}),
    Layout("the same by its short name", {"IWM.zip": zipped("data/iwm-daily.csv")}),
]
"""Read as they are."""

REFUSED = [
    Layout(
        "closes only, a column a ticker",
        {"IWM.csv": rows("Date,ETH-USD,IWM", lambda row: [row[0], "2000.5", row[4]])},
        ("IWM.csv holds one price a day for each of ETH-USD, IWM; each ticker needs date, open, high, low, close.",),
    ),
    Layout(
        "rows without a header, of no vendor that is known",
        {"IWM.csv": rows("", lambda row: row[:5])},
        ("IWM.csv has no header; its first line must name the columns, such as date,open,high,low,close.",),
    ),
    Layout(
        "days and months that may be either",
        {"IWM.csv": rows(HEADER, lambda row: [day("%d/%m/%Y")(row), *row[1:]], of=IWM[:8])},
        (
            "IWM.csv, line 2: '02/01/2024' leaves open which is day and month, as do all others; write dates as "
            "2025-12-31.",
        ),
    ),
    Layout(
        "thousands that may be decimals",
        {"ETH-USD.csv": rows("date;open;high;low;close", lambda row: [row[0], *["2.001"] * 4], by=";", of=ETH)},
        (
            "ETH-USD.csv, line 2 (2024-01-01): open is '2.001', and no cell tells whether its point separates decimals "
            "or thousands; write decimals with a point and no thousands apart.",
        ),
    ),
    Layout(
        "another currency than the dollar",
        {"IWM.csv": rows(HEADER, lambda row: [row[0], *(f"€{cell}" for cell in row[1:])])},
        ("IWM.csv, line 2 (2024-01-02): open is '€199.5', not a number; leave out the currency or percent sign.",),
    ),
    Layout(
        "bars around the clock that begin at another midnight",
        {"ETH-USD.csv": rows("date,open,high,low,close", lambda row: [f"{row[0]} 00:00:00-05:00", *row[1:]], of=ETH)},
        (
            "ETH-USD.csv, line 2: '2024-01-01 00:00:00-05:00' is no midnight UTC, at which bars of what trades around "
            "the clock begin; take bars from 00:00 to 24:00 UTC.",
        ),
    ),
    Layout(
        "stamps outside of the sessions",
        {"IWM.csv": rows(HEADER, lambda row: [f"{row[0]} 18:00", *row[1:]])},
        (
            "IWM.csv, line 2: '2024-01-02 18:00' carries a time of day, and lies in no session of IWM; daily bars have "
            "one plain date a row, such as 2025-12-31.",
        ),
    ),
    Layout(
        "another ticker's rows",
        {"IWM.csv": rows("ticker,date,open,high,low,close", lambda row: ["SPY", *row[:5]])},
        ("IWM.csv says that it holds SPY, not IWM; give prices of IWM, or choose another pair.",),
    ),
    Layout(
        "Yahoo's null",
        {"IWM.csv": rows(HEADER, lambda row: [row[0], *["null"] * 5] if row[0] == "2024-01-10" else row)},
        (
            "IWM.csv: open is no number on 2024-01-10; correct the rows at their source, or choose a period without "
            "them.",
        ),
    ),
    Layout(
        "Yahoo's zeros",
        {"IWM.csv": rows(HEADER, lambda row: [row[0], "0", "0", "0", *row[4:]] if row[0] == "2024-01-10" else row)},
        (
            "IWM.csv: open is zero or less on 2024-01-10; correct the rows at their source, or choose a period without "
            "them.",
        ),
    ),
    Layout(
        "a spreadsheet", {"IWM.xlsx": zipped("xl/sheet1.xml")}, ("IWM.xlsx is a spreadsheet; export the sheet as CSV.",)
    ),
    Layout("Feather", {"IWM.feather": b"ARROW1"}, ("IWM.feather is Feather; re-save it as Parquet or CSV.",)),
    Layout(
        "Feather under the name of Parquet",
        {"IWM.parquet": b"ARROW1\0\0"},
        ("IWM.parquet is Feather, not Parquet; re-save it as Parquet or CSV.",),
    ),
    Layout(
        "a zip archive of several files",
        {"IWM.zip": zipped("one.csv", "two.csv")},
        ("IWM.zip holds 2 files; unpack it, one file a ticker.",),
    ),
    Layout(
        "gzip that was cut",
        {"IWM.csv.gz": gzip.compress(SOUND.encode())[:200]},
        ("IWM.csv.gz is no whole gz file; fetch it again, or unpack it.",),
    ),
]
"""Refused, with what was understood."""

SOUND_FILES = {"ETH-USD.csv": eth().to_csv(index=False).encode(), "IWM.csv": iwm().to_csv(index=False).encode()}
