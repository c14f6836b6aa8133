"""A corpus of broken price files: what is wrong with each, and the sentence that a user must see.

The sound file is that of IWM over two months, as `test_files` has it. Line 2 holds 2024-01-02, line 8 2024-01-10.
"""

import gzip
import io
import zipfile
from collections.abc import Callable
from typing import NamedTuple

from tests.backtests.data.test_files import iwm

SOUND = iwm().to_csv(index=False)
HEADER, *ROWS = SOUND.splitlines()


class Broken(NamedTuple):
    """A fault, the bytes of IWM.csv that has it, and what is said."""

    fault: str
    content: bytes
    sentence: str


def table(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def line_8(change: Callable[[list[str]], list[str]]) -> bytes:
    """The sound file with the cells of line 8, 2024-01-10, changed: date, open, high, low, close, adj_close."""
    rows = list(ROWS)
    rows[6] = ",".join(change(rows[6].split(",")))
    return table(HEADER, *rows)


def close_is(text: str) -> bytes:
    return line_8(lambda cells: [*cells[:4], text, *cells[5:]])


def date_is(text: str) -> bytes:
    return line_8(lambda cells: [text, *cells[1:]])


def every_date(change: Callable[[str], str]) -> bytes:
    return table(HEADER, *(",".join([change(row[:10]), row[11:]]) for row in ROWS))


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("IWM.csv", SOUND)
    return packed.getvalue()


WANT = "write dates as 2025-12-31"
PLAIN = "daily bars have one plain date a row, such as 2025-12-31"
NEEDED = "Needed: date, open, high, low, close, and adj_close where dividends are paid."
REMEDY = "correct the rows at their source, or choose a period without them"

CORPUS = [
    # ------------------------------------------------------------------------------------ bytes
    Broken("no bytes", b"", "IWM.csv is empty; it needs a header and one row a day."),
    Broken("empty lines only", b"\n\n\r\n", "IWM.csv is empty; it needs a header and one row a day."),
    Broken("UTF-16", SOUND.encode("utf-16"), "IWM.csv is UTF-16; re-save it as UTF-8."),
    Broken(
        "UTF-16 without its mark",
        SOUND.encode("utf-16-le"),
        "IWM.csv is UTF-16; re-save it as UTF-8.",
    ),
    Broken(
        "Latin-1",
        table(f"{HEADER},währung", *(f"{row},€" for row in ROWS)).decode().replace("€", "$").encode("latin-1"),
        "IWM.csv, line 1: the byte 0xe4 is not valid UTF-8; re-save the file as UTF-8.",
    ),
    Broken(
        "NUL bytes where a write was cut",
        table(HEADER, *ROWS[:6]) + b"\0" * 512,
        "IWM.csv, line 8: NUL bytes, which no text file holds; re-save the file as UTF-8.",
    ),
    Broken(
        "gzip under the name of CSV",
        gzip.compress(SOUND.encode()),
        "IWM.csv is compressed (gzip); give it the ending .csv.gz.",
    ),
    Broken(
        "a spreadsheet under the name of CSV",
        zipped(),
        "IWM.csv is a zip archive or a spreadsheet; give it the ending .csv.zip, or export the sheet as CSV.",
    ),
    Broken("Parquet under the name of CSV", b"PAR1xyz", "IWM.csv is Parquet; give it the ending .parquet."),
    Broken(
        "a line without end",
        table(HEADER, "9" * 20_000),
        "IWM.csv, line 2: 20,000 characters; write one row a line.",
    ),
    # ------------------------------------------------------------------------------------ table
    Broken(
        "the header repeated",
        table(HEADER, *ROWS[:6], HEADER, *ROWS[6:]),
        "IWM.csv, line 8: the header is repeated; remove the line.",
    ),
    Broken(
        "more than a title above the header",
        table("Fund,IWM", HEADER, *ROWS),
        "IWM.csv: the header stands in line 2; it must be the first, so remove what is above.",
    ),
    Broken(
        "no header",
        table(*ROWS),
        "IWM.csv has no header; its first line must name the columns, such as date,open,high,low,close.",
    ),
    Broken(
        "a column missing",
        table(HEADER.replace("close", "last", 1), *ROWS),
        f"IWM.csv has no column close; it has date, open, high, low, last, adj_close. {NEEDED}",
    ),
    Broken(
        "a column twice",
        table(HEADER.replace("adj_close", "Close"), *ROWS),
        "IWM.csv has more than one column close; keep one, whatever its capitals.",
    ),
    Broken(
        "a byte-order mark twice",
        b"\xef\xbb\xbf" * 2 + SOUND.encode(),
        r"IWM.csv, line 1: the name '\ufeffdate' holds a character that is not seen; remove it.",
    ),
    Broken(
        "a blank without width in a name",
        SOUND.replace("close", "clo\u200bse", 1).encode(),
        r"IWM.csv, line 1: the name 'clo\u200bse' holds a character that is not seen; remove it.",
    ),
    Broken(
        "adjusted closes under another name",
        SOUND.replace("adj_close", "Adj. Cls").encode(),
        "IWM.csv: the column 'adj_cls' is not known; call it adj_close if it holds adjusted closes, or remove it.",
    ),
    Broken(
        "more rows than days",
        table(HEADER, *["1990-01-01,1,1,1,1,1"] * 120_000),
        "IWM.csv holds 120,001 rows, more than the 100,000 that any daily bars take; keep one row a day.",
    ),
    Broken(
        "a web page",
        b"<!DOCTYPE html>\n<html><body>Too many requests</body></html>\n",
        f"IWM.csv has no column date or open or high or low or close; it has !doctype_html. {NEEDED}",
    ),
    Broken("a header and no rows", table(HEADER), "IWM.csv holds no rows; it needs one row a day."),
    Broken(
        "a field too many",
        line_8(lambda cells: [*cells, "1"]),
        "IWM.csv, line 8: 7 fields, but the header has 6; write one field a column, and no comma inside a number.",
    ),
    Broken(
        "a row that was cut",
        table(HEADER, *ROWS[:-1], ROWS[-1][:17]),
        "IWM.csv, line 42: 3 fields, but the header has 6; write one field a column, and no comma inside a number.",
    ),
    Broken(
        "thousands separated by bare commas",
        close_is("1,206.5"),
        "IWM.csv, line 8: 7 fields, but the header has 6; write one field a column, and no comma inside a number.",
    ),
    Broken(
        "a quotation mark that is not closed",
        close_is('"206.0'),
        "IWM.csv, line 8: a quotation mark without its other half; remove it, prices need none.",
    ),
    Broken(
        "quotation marks around several lines",
        table(HEADER, *ROWS[:6], f'"{ROWS[6]}', f'{ROWS[7]}"', *ROWS[8:]),
        "IWM.csv, line 8: a quotation mark without its other half; remove it, prices need none.",
    ),
    Broken(
        "a comment",
        table("# prices of IWM", HEADER, *ROWS),
        "IWM.csv, line 1: a comment; a price file holds none, so remove the line.",
    ),
    # ------------------------------------------------------------------------------------ dates
    Broken(
        "a date that only day-first can be",
        date_is("31.12.2024"),
        f"IWM.csv, line 8: '31.12.2024' is written otherwise than '2024-01-02'; {WANT}.",
    ),
    Broken(
        "years of two digits",
        date_is("01/10/24"),
        f"IWM.csv, line 8: '01/10/24' leaves open which is day, month and century; {WANT}.",
    ),
    Broken(
        "a time zone by its letter",
        date_is("2024-01-10T00:00:00Z"),
        f"IWM.csv, line 8: '2024-01-10T00:00:00Z' carries a time zone; {PLAIN}.",
    ),
    Broken(
        "intraday bars",
        date_is("2024-01-10 09:30:00"),
        f"IWM.csv, line 8: '2024-01-10 09:30:00' carries a time of day, and lies in no session of IWM; {PLAIN}.",
    ),
    Broken(
        "seconds since 1970",
        date_is("1704844800"),
        f"IWM.csv, line 8: '1704844800' is written otherwise than '2024-01-02'; {WANT}.",
    ),
    Broken(
        "dates without hyphens",
        date_is("20240110"),
        f"IWM.csv, line 8: '20240110' is written otherwise than '2024-01-02'; {WANT}.",
    ),
    Broken("a month for a date", date_is("2024-01"), f"IWM.csv, line 8: '2024-01' is no date; {WANT}."),
    Broken(
        "a day that does not exist",
        date_is("2024-02-30"),
        "IWM.csv, line 8: '2024-02-30' is no day of the calendar.",
    ),
    Broken(
        "a date missing",
        date_is(""),
        "IWM.csv, line 8: the date is missing; every row needs one, such as 2025-12-31.",
    ),
    Broken("a word for a date", date_is("Total"), f"IWM.csv, line 8: 'Total' is no date; {WANT}."),
    Broken(
        "digits of another script", date_is("２０２４-01-10"), f"IWM.csv, line 8: '２０２４-01-10' is no date; {WANT}."
    ),
    Broken(
        "a date of another age",
        table(HEADER, ROWS[0].replace("2024-01-02", "0001-01-01"), *ROWS),
        "IWM.csv: 0001-01-01 lies before all markets of today; correct the date.",
    ),
    # ------------------------------------------------------------------------------------ numbers
    Broken(
        "a decimal comma",
        close_is('"206,50"'),
        "IWM.csv, line 8 (2024-01-10): close is '206,50', not a number; write decimals with a point, "
        "as in the other cells.",
    ),
    Broken(
        "a decimal comma after thousands",
        close_is('"1.206,50"'),
        "IWM.csv, line 8 (2024-01-10): close is '1.206,50', not a number; write decimals with a point, "
        "as in the other cells.",
    ),
    Broken(
        "a price with thousands set apart, among others a sixth of it",
        close_is('"1,206.50"'),
        f"IWM.csv: the close lies more than 5% outside of high and low on 2024-01-10; {REMEDY}.",
    ),
    Broken(
        "a currency sign",
        close_is("€206"),
        "IWM.csv, line 8 (2024-01-10): close is '€206', not a number; leave out the currency or percent sign.",
    ),
    Broken(
        "percent",
        close_is("2.06%"),
        "IWM.csv, line 8 (2024-01-10): close is '2.06%', not a number; leave out the currency or percent sign.",
    ),
    Broken(
        "a word among numbers", close_is("closed"), "IWM.csv, line 8 (2024-01-10): close is 'closed', not a number."
    ),
    Broken("a truth value", close_is("True"), "IWM.csv, line 8 (2024-01-10): close is 'True', not a number."),
    Broken("a hexadecimal number", close_is("0x10"), "IWM.csv, line 8 (2024-01-10): close is '0x10', not a number."),
    Broken(
        "colours of a terminal",
        close_is("\x1b[31m206"),
        r"IWM.csv, line 8 (2024-01-10): close is '\x1b[31m206', not a number.",
    ),
    Broken(
        "a cell of a thousand characters",
        close_is("x" * 1000),
        f"IWM.csv, line 8 (2024-01-10): close is '{'x' * 40}…', not a number.",
    ),
    *(
        Broken(
            f"{text or 'nothing'} for a price", close_is(text), f"IWM.csv: close is no number on 2024-01-10; {REMEDY}."
        )
        for text in ("", "null", "N/A", "NaN", "None")
    ),
    Broken("an infinite price", close_is("inf"), f"IWM.csv: close is an infinite number on 2024-01-10; {REMEDY}."),
    Broken("a price of zero", close_is("0"), f"IWM.csv: close is zero or less on 2024-01-10; {REMEDY}."),
    Broken("a price beyond all others", close_is("2e200"), f"IWM.csv: close is above 1e+12 on 2024-01-10; {REMEDY}."),
    # ------------------------------------------------------------------------------------ bars
    Broken(
        "high and low swapped",
        line_8(lambda cells: [cells[0], cells[1], cells[3], cells[2], *cells[4:]]),
        f"IWM.csv: the high is below the low on 2024-01-10; {REMEDY}.",
    ),
    Broken(
        "an open outside of its bar",
        line_8(lambda cells: [cells[0], "150", *cells[2:]]),
        f"IWM.csv: the open lies more than 5% outside of high and low on 2024-01-10; {REMEDY}.",
    ),
    Broken(
        "a close outside of its bar",
        close_is("260"),
        f"IWM.csv: the close lies more than 5% outside of high and low on 2024-01-10; {REMEDY}.",
    ),
    Broken(
        "a single row",
        table(HEADER, ROWS[0].replace("2024-01-02", "2024-01-06")),
        "There is no session of the exchange from 2024-01-06 to 2024-01-06.",
    ),
    Broken(
        "a row twice",
        table(HEADER, *ROWS[:7], *ROWS[6:]),
        "IWM.csv has more than one row for 2024-01-10; keep one row a date.",
    ),
    Broken(
        "rows out of order",
        table(HEADER, *ROWS[:6], ROWS[7], ROWS[6], *ROWS[8:]),
        "IWM.csv is not in order of dates: 2024-01-10 comes too late; sort the rows by date.",
    ),
    Broken(
        "a session missing",
        table(HEADER, *ROWS[:6], *ROWS[7:]),
        "IWM.csv: 1 sessions of XNYS missing: 2024-01-10; add the rows from the source, or choose a period "
        "without them (--start, --end).",
    ),
    Broken(
        "a day without trading",
        table(HEADER, *ROWS[:9], ROWS[9].replace("2024-01-16", "2024-01-15"), ROWS[9], *ROWS[10:]),
        "IWM.csv: 2024-01-15 is no session of XNYS, whose calendar IWM is taken to keep; compare the rows with the "
        'source; where the exchange is another, say so in the study: [tickers."IWM"] clock = "XLON", for one.',
    ),
]

HARMLESS = {
    "a byte-order mark": b"\xef\xbb\xbf" + SOUND.encode(),
    "line ends of Windows": SOUND.replace("\n", "\r\n").encode(),
    "line ends of old": SOUND.replace("\n", "\r").encode(),
    "no line end at the end": SOUND.rstrip("\n").encode(),
    "blank lines at the end": SOUND.encode() + b"\n\n,,,,,\n \n",
    "blank lines between": SOUND.replace("\n", "\n\n").encode(),
    "quotation marks around cells": table(*(",".join(f'"{c}"' for c in line.split(",")) for line in (HEADER, *ROWS))),
    "spaces around cells": table(*(line.replace(",", " , ") for line in (HEADER, *ROWS))),
    "midnights": every_date(lambda day: f"{day} 00:00:00"),
    "capitals and a blank in names": SOUND.replace("adj_close", "Adj Close").replace("date", "Date").encode(),
    "a column of words": table(f"{HEADER},note", *(f"{row},it's a day" for row in ROWS)),
    "powers of ten": close_is("2.06e2"),
}
