"""Whether a ledger holds the rows that were written to it: all of them, each as it was.

What is missing from a ledger makes results look better than they are, so rows that were deleted, changed by another
program or damaged on the disk must not pass. Each transaction ends with the number and the SHA-256 of the rows of every
table; the sketches of a trial are covered by the fingerprint in its row.
"""

import sqlite3
from hashlib import sha256

DIGEST = "CREATE TABLE digest (name TEXT PRIMARY KEY, rows INTEGER NOT NULL, sha256 TEXT NOT NULL)"
"""Table → how many rows it has, and their digest."""

COLUMNS = {
    "data_set": ("id", "one", "other", "source", "synthetic", "sha256", "first", "last", "first_month", "months"),
    "study": ("id", "data_set", "sha256"),
    "trial": (
        "id", "data_set", "variant", "file", "fill", "lag", "costs", "first", "last", "fingerprint", "variants",
    ),
    "evaluation": ("trial", "study", "named", "first_at", "last_at"),
    "look": ("id", "study", "run", "first", "last", "at", "answer"),
    "study_text": ("sha256", "toml"),
    "pending": ("study", "at"),
    "withdrawn": ("study", "at"),
    "registration": ("id", "data_set", "file", "name", "variants", "why", "at", "place", "after"),
    "statistic": ("trial", "t"),
    "exploratory": ("study",),
    "universe": ("study", "name", "pairs"),
}  # fmt: skip
"""Table → what its digest covers."""

NUMBERED = ("data_set", "study", "trial", "look")
"""Tables whose rows are numbered from 1 without a gap."""


def write_digests(connection: sqlite3.Connection) -> None:
    """Keep the digests of all rows as they are now; the last step of a transaction that changed some."""
    connection.executemany(
        "INSERT OR REPLACE INTO digest VALUES (?, ?, ?)", [(table, *_digest(connection, table)) for table in COLUMNS]
    )


def add_digests(connection: sqlite3.Connection) -> None:
    """Keep the digests of tables that have none; those that are there stay, so that rows changed since are found."""
    connection.executemany(
        "INSERT OR IGNORE INTO digest VALUES (?, ?, ?)", [(table, *_digest(connection, table)) for table in COLUMNS]
    )


def find_fault(connection: sqlite3.Connection) -> str | None:
    """What is wrong with the rows, in words that follow "it"; None where nothing is.

    A ledger of an earlier layout has no digests: of its rows only gaps and references are looked at.
    """
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in NUMBERED:
        last, count = connection.execute(f"SELECT coalesce(max(id), 0), count(*) FROM {table}").fetchone()  # noqa: S608
        if last != count:
            return f"lacks {_rows(last - count)} of {table}"
    for table, _, of, _ in connection.execute("PRAGMA foreign_key_check"):
        return f"lacks rows of {of} that {table} refers to"
    (alone,) = connection.execute(
        "SELECT count(*) FROM trial WHERE id NOT IN (SELECT trial FROM evaluation)"
    ).fetchone()
    if alone:
        return f"lacks {_rows(alone)} of evaluation at least"
    for variant, fingerprint, sketch, timing in connection.execute(
        "SELECT variant, fingerprint, sketch, timing FROM trial"
    ):
        if not (isinstance(sketch, bytes) and isinstance(timing, bytes)) or _fingerprint(sketch, timing) != fingerprint:
            return f"holds other returns of {variant} than were recorded"
    if "digest" not in tables:
        return None
    digests = {
        name: (rows, digest) for name, rows, digest in connection.execute("SELECT name, rows, sha256 FROM digest")
    }
    for table in [table for table in COLUMNS if table in tables]:
        rows, digest = _digest(connection, table)
        written, expected = digests.get(table, (0, ""))
        if rows != written:
            return f"holds {_rows(rows)} of {table}, not the {written} that were written"
        if digest != expected:
            return f"holds other rows of {table} than were written"
    return None


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"


def _fingerprint(sketch: bytes, timing: bytes) -> str:
    return sha256(sketch + timing).hexdigest()


def _digest(connection: sqlite3.Connection, table: str) -> tuple[int, str]:
    """How many rows a table has, and the digest of them in their order."""
    row = " || ',' || ".join(f"quote({column})" for column in COLUMNS[table])
    total, digest = 0, sha256()
    for (text,) in connection.execute(f"SELECT {row} FROM {table} ORDER BY rowid"):  # noqa: S608 - names of ours
        digest.update(f"{text}\n".encode())
        total += 1
    return total, digest.hexdigest()
