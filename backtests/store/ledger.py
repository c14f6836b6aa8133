"""The trial ledger: every variant ever evaluated on a data set, with the study's hash and the time.

One SQLite file in WAL mode, shared by all runs of a user. A connection lives for one transaction, which is written
whole or not at all, whatever becomes of the process; writers wait for each other.

data_set    prices that were looked at: what `data_set.DataSet` remembers
study       a study on them: the hash of its study.toml, and the variant that it names beforehand
trial       a variant's terms and the sketch of its returns, with the sketch's fingerprint
evaluation  which study evaluated which trial, first and last when
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np

from backtests.data_set import DataSet
from backtests.results.tally import Record, Terms, Trial
from signals.errors import LedgerError

VARIABLE = "UNLOCKSTEP_LEDGER"
"""Environment variable that names another ledger than the one in the user's data folder."""

VERSION = 1
"""Version of the layout, SQLite's user_version."""

OURS = 0x756E6C6B
"""SQLite's application_id: "unlk"."""

PATIENCE = 60.0
"""Seconds that a process waits for others to finish writing."""

DAMAGED = "it is damaged; bring back a copy of it"

LAYOUT = (
    """CREATE TABLE data_set (
        id INTEGER PRIMARY KEY, one TEXT NOT NULL, other TEXT NOT NULL, source TEXT NOT NULL,
        synthetic INTEGER NOT NULL, sha256 TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL,
        first_month INTEGER NOT NULL, months BLOB NOT NULL, UNIQUE (one, other, sha256))""",
    """CREATE TABLE study (
        id INTEGER PRIMARY KEY, data_set INTEGER NOT NULL REFERENCES data_set, sha256 TEXT NOT NULL,
        primary_variant TEXT, UNIQUE (data_set, sha256))""",
    """CREATE TABLE trial (
        id INTEGER PRIMARY KEY, data_set INTEGER NOT NULL REFERENCES data_set, variant TEXT NOT NULL,
        file TEXT NOT NULL, fill TEXT NOT NULL, lag INTEGER NOT NULL, costs TEXT NOT NULL, first TEXT NOT NULL,
        last TEXT NOT NULL, sketch BLOB NOT NULL, fingerprint TEXT NOT NULL,
        UNIQUE (data_set, variant, file, fill, lag, costs, first, last, fingerprint))""",
    """CREATE TABLE evaluation (
        trial INTEGER NOT NULL REFERENCES trial, study INTEGER NOT NULL REFERENCES study,
        first_at TEXT NOT NULL, last_at TEXT NOT NULL, PRIMARY KEY (trial, study))""",
)


@dataclass(frozen=True)
class Entry:
    """A trial as the ledger lists it. study: hash of the last study that evaluated it; times are UTC instants."""

    trial: Trial
    studies: int
    study: str
    first_at: str
    last_at: str


def ledger_place(asked: Path | None) -> Path:
    """Where the ledger is: the file asked for, else the environment's, else the user's data folder."""
    if asked is not None:
        return asked
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("unlockstep") / "ledger.sqlite"


class Ledger:
    """The ledger in one file."""

    def __init__(self, path: Path):
        self.path = path

    @classmethod
    def open(cls, path: Path) -> "Ledger":
        """The ledger at `path`, made where there is none; writes nothing else, but sees that it could.

        Raises LedgerError, like every method, in one sentence.
        """
        ledger = cls(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ledger._error(f"'{error.filename}' {(error.strerror or 'failed').lower()}") from None
        with ledger._writing() as connection:
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise ledger._error(DAMAGED)
            connection.execute(f"PRAGMA user_version = {VERSION}")  # a write, so that one that cannot be done fails now
        return ledger

    def record(
        self, data: DataSet, trials: Sequence[Trial], *, study: str, primary: str | None, now: datetime
    ) -> Record:
        """Keep the trials of a study on these prices, and answer with everything known of the same prices.

        study: hash of its study.toml.  A trial that is there already is kept with the time of this evaluation.
        """
        at = _instant(now)
        with self._writing() as connection:
            place = self._place(connection, data)
            key = (place, study)
            connection.execute("INSERT OR IGNORE INTO study VALUES (NULL, ?, ?, ?)", (*key, primary))
            (number,) = connection.execute("SELECT id FROM study WHERE data_set = ? AND sha256 = ?", key).fetchone()
            for trial in trials:
                terms, fingerprint = (place, *trial.terms), sha256(trial.sketch).hexdigest()
                connection.execute(
                    "INSERT OR IGNORE INTO trial VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (*terms, trial.sketch, fingerprint),
                )
                connection.execute(
                    """INSERT INTO evaluation SELECT id, ?, ?, ? FROM trial WHERE data_set = ? AND variant = ? AND
                    file = ? AND fill = ? AND lag = ? AND costs = ? AND first = ? AND last = ? AND fingerprint = ?
                    ON CONFLICT DO UPDATE SET last_at = max(last_at, excluded.last_at)""",
                    (number, at, at, *terms, fingerprint),
                )
        return self.known_of(data)

    def known_of(self, data: DataSet) -> Record:
        """Every trial, and every variant named beforehand, on prices that are the same data."""
        with self._reading() as connection:
            found: dict[Trial, None] = {}
            primaries: set[str] = set()
            for place in (place for place, stored in _data_sets(connection, data.pair) if stored.same_as(data)):
                for row in connection.execute(
                    """SELECT variant, file, fill, lag, costs, first, last, sketch FROM trial WHERE data_set = ?
                    ORDER BY id""",
                    (place,),
                ):
                    found[Trial(Terms(*row[:7]), row[7])] = None
                primaries |= {
                    name
                    for (name,) in connection.execute(
                        "SELECT primary_variant FROM study WHERE data_set = ? AND primary_variant IS NOT NULL", (place,)
                    )
                }
        return Record(list(found), primaries)

    def entries(self, pair: tuple[str, str] | None = None) -> list[tuple[DataSet, list[Entry]]]:
        """Every data set, of one pair or of all, with its trials in the order of their first evaluation."""
        with self._reading() as connection:
            return [(data, _entries(connection, place)) for place, data in _data_sets(connection, pair)]

    @staticmethod
    def _place(connection: sqlite3.Connection, data: DataSet) -> int:
        key = (*data.pair, data.sha256)
        facts = (data.source, data.synthetic, data.sha256, data.first, data.last, data.first_month)
        connection.execute(
            "INSERT OR IGNORE INTO data_set VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*data.pair, *facts, data.months.astype("<f4").tobytes()),
        )
        found = connection.execute("SELECT id FROM data_set WHERE one = ? AND other = ? AND sha256 = ?", key)
        return int(found.fetchone()[0])

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction of its own, kept at the end, undone by an error."""
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                if self._empty(connection):
                    _lay_out(connection)
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as connection:
            connection.execute("BEGIN")
            if self._empty(connection):
                raise self._error("it holds no trials")
            yield connection

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)) as connection:
                self._ready(connection)
                yield connection
        except sqlite3.Error as error:
            raise self._error(_reason(error)) from None

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
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return True
        if connection.execute("PRAGMA application_id").fetchone()[0] != OURS:
            raise self._error("it is the database of another program")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version != VERSION:
            raise self._error(
                f"it was written by another version of unlockstep (layout {version}, this one knows {VERSION}); "
                "install that version"
            )
        return False

    def _error(self, reason: str) -> LedgerError:
        return LedgerError(
            f"The trial ledger '{self.path}' cannot be used: {reason}. Another file can be named with --ledger FILE or "
            f"{VARIABLE}; its count begins anew."
        )


def _lay_out(connection: sqlite3.Connection) -> None:
    for table in LAYOUT:
        connection.execute(table)
    connection.execute(f"PRAGMA application_id = {OURS}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _reason(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return {
        sqlite3.SQLITE_BUSY: f"another process has kept it locked for {PATIENCE:g} seconds; wait for that one to end",
        sqlite3.SQLITE_NOTADB: "it is no SQLite file",
        sqlite3.SQLITE_CORRUPT: DAMAGED,
    }.get(code, str(error))


def _data_sets(connection: sqlite3.Connection, pair: tuple[str, str] | None) -> list[tuple[int, DataSet]]:
    """(id, data set) of one pair or of all, in the order in which they were first seen."""
    columns = "id, one, other, source, synthetic, sha256, first, last, first_month, months"
    rows = connection.execute(
        f"SELECT {columns} FROM data_set WHERE ?1 IS NULL OR (one = ?1 AND other = ?2) ORDER BY id",  # noqa: S608
        pair or (None, None),
    )
    return [(row[0], _data_set(*row[1:])) for row in rows]


def _data_set(
    one: str, other: str, source: str, synthetic: int, digest: str, first: str, last: str, month: int, months: bytes
) -> DataSet:
    table = np.frombuffer(months, dtype="<f4").astype(np.float64).reshape(-1, 2)
    return DataSet((one, other), source, bool(synthetic), digest, first, last, month, table)


def _entries(connection: sqlite3.Connection, data_set: int) -> list[Entry]:
    rows = connection.execute(
        """SELECT variant, file, fill, lag, costs, first, last, sketch, count(*),
        (SELECT sha256 FROM study JOIN evaluation AS one ON one.study = study.id WHERE one.trial = trial.id
        ORDER BY one.last_at DESC, study.id DESC LIMIT 1),
        min(first_at), max(last_at) FROM trial JOIN evaluation ON evaluation.trial = trial.id
        WHERE trial.data_set = ? GROUP BY trial.id ORDER BY trial.id""",
        (data_set,),
    )
    return [Entry(Trial(Terms(*row[:7]), row[7]), *row[8:]) for row in rows]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
