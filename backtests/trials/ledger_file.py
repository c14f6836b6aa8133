"""The file of the trial ledger: SQLite in WAL mode, its layout, and a sentence for whatever is wrong with it.

A connection lives for one transaction, which is written whole or not at all, whatever becomes of the process; writers
wait for each other.
"""

import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from unlockstep.backtests.trials.ledger_digests import DIGEST, add_digests, find_fault, write_digests
from unlockstep.signals.errors import LedgerError

VARIABLE = "UNLOCKSTEP_LEDGER"
"""Environment variable that names another ledger than the one in the user's data folder."""

VERSION, FIRST_VERSION = 5, 1
"""Version of the layout, SQLite's user_version, and the oldest one that is still used; writing brings it up to date."""

OURS = 0x756E6C6B
"""SQLite's application_id: "unlk"."""

PATIENCE = 60.0
"""Seconds that a process waits for others to finish writing."""

MEMORY = ":memory:"
"""SQLite's name of a database that is no file."""

DAMAGED = "it is damaged; bring back a copy of it"

LAYOUT = (
    """CREATE TABLE data_set (
        id INTEGER PRIMARY KEY, one TEXT NOT NULL, other TEXT NOT NULL, source TEXT NOT NULL,
        synthetic INTEGER NOT NULL, sha256 TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL,
        first_month INTEGER NOT NULL, months BLOB NOT NULL, UNIQUE (one, other, sha256))""",
    """CREATE TABLE study (
        id INTEGER PRIMARY KEY, data_set INTEGER NOT NULL REFERENCES data_set, sha256 TEXT NOT NULL,
        UNIQUE (data_set, sha256))""",
    """CREATE TABLE trial (
        id INTEGER PRIMARY KEY, data_set INTEGER NOT NULL REFERENCES data_set, variant TEXT NOT NULL,
        file TEXT NOT NULL, fill TEXT NOT NULL, lag INTEGER NOT NULL, costs TEXT NOT NULL, first TEXT NOT NULL,
        last TEXT NOT NULL, sketch BLOB NOT NULL, timing BLOB NOT NULL, fingerprint TEXT NOT NULL,
        variants INTEGER NOT NULL,
        UNIQUE (data_set, variant, file, fill, lag, costs, first, last, fingerprint))""",
    """CREATE TABLE evaluation (
        trial INTEGER NOT NULL REFERENCES trial, study INTEGER NOT NULL REFERENCES study, named INTEGER NOT NULL,
        first_at TEXT NOT NULL, last_at TEXT NOT NULL, PRIMARY KEY (trial, study))""",
    """CREATE TABLE look (
        id INTEGER PRIMARY KEY, study INTEGER NOT NULL REFERENCES study, run TEXT NOT NULL, first TEXT NOT NULL,
        last TEXT NOT NULL, at TEXT NOT NULL, answer TEXT)""",
    "CREATE TABLE study_text (sha256 TEXT PRIMARY KEY, toml TEXT NOT NULL)",
    "CREATE TABLE pending (study INTEGER PRIMARY KEY REFERENCES study, at TEXT NOT NULL)",
    "CREATE TABLE withdrawn (study INTEGER PRIMARY KEY REFERENCES study, at TEXT NOT NULL)",
    """CREATE TABLE registration (
        id INTEGER PRIMARY KEY, data_set INTEGER NOT NULL REFERENCES data_set, file TEXT NOT NULL, name TEXT NOT NULL,
        variants TEXT NOT NULL, why TEXT NOT NULL, at TEXT NOT NULL, place INTEGER NOT NULL,
        after INTEGER NOT NULL,
        UNIQUE (data_set, file))""",
    "CREATE TABLE statistic (trial INTEGER PRIMARY KEY REFERENCES trial, t REAL NOT NULL)",
    "CREATE TABLE exploratory (study INTEGER PRIMARY KEY REFERENCES study)",
    "CREATE TABLE universe (study INTEGER PRIMARY KEY REFERENCES study, name TEXT NOT NULL, pairs INTEGER NOT NULL)",
    DIGEST,
)

LATER = {
    "study_text": 2,
    "digest": 3,
    "pending": 4,
    "withdrawn": 4,
    "registration": 4,
    "statistic": 4,
    "exploratory": 4,
    "universe": 5,
}
"""Tables that the first layout lacks, and the layout since which they are there."""

DIGESTS_SINCE = 3
"""Tables of this layout and before are asked for where they are read; later ones are there, empty, in each ledger."""


_checked: set[tuple[object, ...]] = set()
"""States of ledgers whose rows this process has seen to be those that were written."""


@dataclass(frozen=True)
class LedgerFile:
    """One ledger file."""

    path: Path

    def prepare(self) -> None:
        """Make the file where there is none, and see that it is whole and could be written."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self.error(f"'{error.filename}' {(error.strerror or 'failed').lower()}") from None
        with self.writing() as connection:
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise self.error(DAMAGED)
            self._check_rows(connection)
            connection.execute(f"PRAGMA user_version = {VERSION}")  # a write, so that one that cannot be done fails now

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction of its own, kept at the end, undone by an error."""
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                if self._empty(connection):
                    _lay_out(connection)
                _bring_up_to_date(connection)
                yield connection
                write_digests(connection)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the ledger and changes no byte; an empty ledger where there is none."""
        with self._connected(read_only=True) as connection:
            if self._empty(connection):
                _lay_out(connection)
            else:
                _add_missing(connection, "TEMP")
            connection.execute("BEGIN")
            if (state := self._state()) not in _checked:
                self._check_rows(connection)
                _checked.add(state)
            yield connection

    @contextmanager
    def _connected(self, *, read_only: bool = False) -> Iterator[sqlite3.Connection]:
        try:
            with closing(self._connection(read_only=read_only)) as connection:
                if not read_only:
                    self._ready(connection)
                yield connection
        except sqlite3.Error as error:
            locked = _code(error) == sqlite3.SQLITE_BUSY
            raise self.error(_reason(error), PATIENCE if locked else None) from None
        except UnicodeDecodeError:  # a text of the layout itself
            raise self.error(DAMAGED) from None

    def _connection(self, *, read_only: bool) -> sqlite3.Connection:
        """To the file; to a new database in memory where it is to be read and there is none, or no byte in it."""
        if self.path.name == MEMORY:
            raise self.error("what is in memory is forgotten when the command ends; name a file")
        place = f"{self.path.absolute().as_uri()}?mode=ro"
        try:
            facts = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            place = MEMORY
        except OSError as error:
            raise self.error((error.strerror or "failed").lower()) from None
        else:
            if not (stat.S_ISREG(facts.st_mode) or stat.S_ISDIR(facts.st_mode)):
                raise self.error("it is a pipe or a device, not a file")
            place = place if facts.st_size else MEMORY
        if not read_only:
            return sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
        return sqlite3.connect(place, timeout=PATIENCE, isolation_level=None, uri=True)

    def _ready(self, connection: sqlite3.Connection) -> None:
        """See that the file is ours, or new and then in WAL mode: readers and a writer side by side.

        Of several processes that change the mode of a new file at once SQLite refuses all but one without waiting.
        """
        last = time.monotonic() + PATIENCE
        while True:
            try:
                if self._empty(connection):
                    connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > last:
                    raise
                time.sleep(0.01)

    def _empty(self, connection: sqlite3.Connection) -> bool:
        """Whether the file is a new one; LedgerError where it is something else than a ledger of this version."""
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return True
        if connection.execute("PRAGMA application_id").fetchone()[0] != OURS:
            raise self.error("it is the database of another program")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if not FIRST_VERSION <= version <= VERSION:
            raise self.error(
                f"it was written by another version of unlockstep (layout {version}, this one knows {VERSION}); "
                "install that version",
                limit=VERSION,
            )
        needed = {table.split()[2] for table in LAYOUT} - {table for table, since in LATER.items() if since > version}
        if lacking := sorted(needed - tables):
            raise self.error(f"it lacks {' and '.join(lacking)}, so it is no whole ledger; bring back a copy of it")
        return False

    def _check_rows(self, connection: sqlite3.Connection) -> None:
        """Raise LedgerError where rows are missing, or are not those that were written."""
        if fault := find_fault(connection):
            raise self.error(f"it {fault}: another program changed it, or it is damaged; bring back a copy of it")

    def _state(self) -> tuple[object, ...]:
        """What tells a file that was checked from one that has changed since."""
        state: list[object] = [self.path.absolute()]
        for place in (self.path, self.path.with_name(f"{self.path.name}-wal")):
            with suppress(OSError):
                facts = place.stat()
                state += [facts.st_ino, facts.st_size, facts.st_mtime_ns]
        return tuple(state)

    def error(self, reason: str, limit: float | None = None) -> LedgerError:
        """The error that names the file, the reason and the way out."""
        return LedgerError(
            f"The trial ledger '{self.path}' cannot be used: {reason}",
            name=str(self.path),
            limit=limit,
            remedy=f"Another file can be named with --ledger FILE or {VARIABLE}; its count begins anew",
        )


def _lay_out(connection: sqlite3.Connection) -> None:
    for table in LAYOUT:
        connection.execute(table)
    write_digests(connection)
    connection.execute(f"PRAGMA application_id = {OURS}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Add to a ledger of an earlier layout what it lacks."""
    if connection.execute("PRAGMA user_version").fetchone()[0] == VERSION:
        return
    _add_missing(connection)
    add_digests(connection)
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _add_missing(connection: sqlite3.Connection, kind: str = "") -> None:
    """Make the tables that an earlier layout lacks, empty; kind: "TEMP" for ones that the file never sees."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in LAYOUT:
        name = table.split()[2]
        if name in LATER and name not in there and not (kind and LATER[name] <= DIGESTS_SINCE):
            connection.execute(table.replace("CREATE TABLE", f"CREATE {kind} TABLE", 1))


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _reason(error: sqlite3.Error) -> str:
    return {
        sqlite3.SQLITE_BUSY: f"another process has kept it locked for {PATIENCE:g} seconds; wait for that one to end",
        sqlite3.SQLITE_NOTADB: "it is no SQLite file",
        sqlite3.SQLITE_CORRUPT: DAMAGED,
        0: DAMAGED,  # none of SQLite's: Python could not read a text
    }.get(_code(error), str(error))
