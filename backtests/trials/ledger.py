"""The trial ledger: every variant ever evaluated on a data set, with the study's hash and the time.

One SQLite file, shared by all runs of a user; see `ledger_file` for how it is opened and kept whole.

data_set    prices that were looked at: what `dataset_identity.DataSet` remembers
study       a study on them: the hash of its study.toml
digest      of all rows of each table, see `ledger_digests`
study_text  the study.toml of a hash; not of studies recorded before layout 2, nor of sweeps
trial       a variant's terms, or a sweep's, and the sketches of returns and timing, with their fingerprint
evaluation  which study evaluated which trial, whether it named it beforehand, first and last when
look        a run that was unsealed on sealed sessions of these prices, and the answer
"""

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np

from unlockstep.backtests.plugins.trust import Trust
from unlockstep.backtests.trials.dataset_identity import DataSet
from unlockstep.backtests.trials.ledger_file import VARIABLE, LedgerFile
from unlockstep.backtests.trials.recorded_study import RecordedStudy, ran, recorded_studies
from unlockstep.backtests.trials.trial_count import Look, Record, Trial, TrialSpec

UNSEALED = """SELECT at, look.id, run, first, last, answer FROM look JOIN study ON study.id = look.study
    WHERE data_set = :place AND last > :after AND (:before IS NULL OR look.id < :before)"""
STUDIED = """SELECT min(first_at), 0, 'study ' || substr(study.sha256, 1, 8), min(trial.first), max(trial.last), ''
    FROM evaluation JOIN trial ON trial.id = evaluation.trial JOIN study ON study.id = evaluation.study
    WHERE trial.data_set = :place AND trial.last > :after AND study.id NOT IN (SELECT study FROM look)
    GROUP BY study.id"""


@dataclass(frozen=True)
class Entry:
    """A trial as the ledger lists it. study: hash of the last study that evaluated it; times are UTC instants."""

    trial: Trial
    studies: int
    study: str
    first_at: str
    last_at: str


def ledger_place(path: Path | None) -> Path:
    """Where the ledger is: the file asked for, else the environment's, else the user's data folder."""
    if path is not None:
        return path
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("unlockstep") / "ledger.sqlite"


def trusting(path: Path | None, *, everything: bool) -> Trust:
    """Trust in the code that the ledger knows to have run, or in everything.

    path: see `ledger_place`. Raises LedgerError when it is asked and the ledger cannot be read.
    """
    return everything or (lambda sha256: Ledger(ledger_place(path)).has_run(sha256))


class Ledger:
    """The ledger in one file; every method raises LedgerError, in one sentence."""

    def __init__(self, path: Path):
        self.path = path
        self._file = LedgerFile(path)

    @classmethod
    def open(cls, path: Path) -> "Ledger":
        """The ledger at `path`, made where there is none; seen to be whole and writable before long work begins."""
        ledger = cls(path)
        ledger._file.prepare()
        return ledger

    def record(
        self,
        data: DataSet,
        trials: Sequence[Trial],
        *,
        study: str,
        primary: str | None,
        now: datetime,
        toml: str | None = None,
    ) -> Record:
        """Keep the trials of a study on these prices, and answer with everything known of the same sessions.

        study: hash of its study.toml.  primary: the variant among them that it names beforehand.  toml: the text of its
        study.toml, by which an edited copy is told from it.  A trial that is there already is kept with the time of
        this evaluation.
        """
        with self._file.writing() as connection:
            _keep(connection, data, trials, study, primary, now)
            if toml is not None:
                connection.execute("INSERT OR IGNORE INTO study_text VALUES (?, ?)", (study, toml))
        return self.read_record(data, trials)

    def recorded_studies(self) -> list[RecordedStudy]:
        """Every study that ran, the earliest first; see `RecordedStudy`."""
        with self._file.reading() as connection:
            return recorded_studies(connection)

    def has_run(self, sha256: str) -> bool:
        """Whether a file of this fingerprint, see `UserFile`, was among those of a study or sweep that was recorded."""
        with self._file.reading() as connection:
            return ran(connection, sha256)

    def began(self) -> str | None:
        """The day of the first evaluation in the ledger; None of an empty one."""
        with self._file.reading() as connection:
            (first,) = connection.execute("SELECT min(first_at) FROM evaluation").fetchone()
        return None if first is None else str(first)[:10]

    def look(
        self, data: DataSet, trials: Sequence[Trial], *, study: str, primary: str | None, run: str, now: datetime
    ) -> int:
        """Keep the trials of a run that is unsealed, and that they are a look; its number, for `answer`.

        Kept before anything is judged: a look that is broken off is a look, and of two at once one is the second.
        """
        with self._file.writing() as connection:
            number = _keep(connection, data, trials, study, primary, now)
            spec = trials[0].spec
            cursor = connection.execute(
                "INSERT INTO look VALUES (NULL, ?, ?, ?, ?, ?, NULL)",
                (number, run, spec.first, spec.last, _instant(now)),
            )
            return int(cursor.lastrowid or 0)

    def answer(self, look: int, verdict: str) -> None:
        """Keep the verdict of a look."""
        with self._file.writing() as connection:
            connection.execute("UPDATE look SET answer = ? WHERE id = ?", (verdict, look))

    def looks(self, data: DataSet, after: date, *, before: int | None = None) -> list[Look]:
        """Every look at sessions of the same prices after this date, the earliest first.

        Unsealed runs, and studies whose own period reached past it.  before: only what was there when this look, by
        its number, was kept.
        """
        with self._file.reading() as connection:
            rows = [
                row
                for place in _same(connection, data)
                for query in (UNSEALED, STUDIED)
                for row in connection.execute(query, {"place": place, "after": str(after), "before": before})
            ]
        return [Look(at[:10], by, first, last, answer) for at, _, by, first, last, answer in sorted(rows, key=_order)]

    def read_record(self, data: DataSet, trials: Sequence[Trial]) -> Record:
        """What is known of the same prices: trials on sessions that these trials share, those named beforehand too.

        Trials of other sessions have searched other data.
        """
        if not trials:
            return Record([], ())
        shared: dict[Trial, None] = {}
        primaries: dict[Trial, None] = {}
        window = (max(trial.spec.last for trial in trials), min(trial.spec.first for trial in trials))
        with self._file.reading() as connection:
            for place in _same(connection, data):
                for row in connection.execute(
                    """SELECT variant, file, fill, lag, costs, first, last, sketch, timing, variants,
                    id IN (SELECT trial FROM evaluation WHERE named) FROM trial
                    WHERE data_set = ? AND first <= ? AND last >= ? ORDER BY id""",
                    (place, *window),
                ):
                    trial = Trial(TrialSpec(*row[:7]), *row[7:10])
                    shared[trial] = None
                    if row[10]:
                        primaries[trial] = None
        return Record(list(shared), list(primaries))

    def entries(self) -> list[tuple[DataSet, list[Entry]]]:
        """Every data set, with its trials in the order of their first evaluation."""
        with self._file.reading() as connection:
            return [(data, _entries(connection, place)) for place, data in _data_sets(connection)]


def _keep(
    connection: sqlite3.Connection,
    data: DataSet,
    trials: Sequence[Trial],
    study: str,
    primary: str | None,
    now: datetime,
) -> int:
    """Keep the trials of a study; the study's number."""
    connection.execute(
        "INSERT OR IGNORE INTO data_set VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *data.pair, data.source, data.synthetic, data.sha256, data.first, data.last, data.first_month,
            data.months.astype("<f4").tobytes(),
        ),
    )  # fmt: skip
    (place,) = connection.execute(
        "SELECT id FROM data_set WHERE one = ? AND other = ? AND sha256 = ?", (*data.pair, data.sha256)
    ).fetchone()
    connection.execute("INSERT OR IGNORE INTO study VALUES (NULL, ?, ?)", (place, study))
    (number,) = connection.execute("SELECT id FROM study WHERE data_set = ? AND sha256 = ?", (place, study)).fetchone()
    at = _instant(now)
    for trial in trials:
        spec, fingerprint = (place, *trial.spec), sha256(trial.sketch + trial.timing).hexdigest()
        connection.execute(
            "INSERT OR IGNORE INTO trial VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*spec, trial.sketch, trial.timing, fingerprint, trial.variants),
        )
        connection.execute(
            """INSERT INTO evaluation SELECT id, ?, ?, ?, ? FROM trial WHERE data_set = ? AND variant = ? AND
            file = ? AND fill = ? AND lag = ? AND costs = ? AND first = ? AND last = ? AND fingerprint = ?
            ON CONFLICT DO UPDATE SET last_at = max(last_at, excluded.last_at)""",
            (number, trial.spec.variant == primary, at, at, *spec, fingerprint),
        )
    return int(number)


def _same(connection: sqlite3.Connection, data: DataSet) -> list[int]:
    """The numbers of all data sets that are the same prices."""
    return [place for place, stored in _data_sets(connection) if stored.same_as(data)]


def _order(row: tuple[str, int, str, str, str, str | None]) -> tuple[str, int]:
    return row[0], row[1]


def _data_sets(connection: sqlite3.Connection) -> list[tuple[int, DataSet]]:
    """(id, data set) of all, in the order in which they were first seen."""
    rows = connection.execute(
        "SELECT id, one, other, source, synthetic, sha256, first, last, first_month, months FROM data_set ORDER BY id"
    )
    return [(row[0], _data_set(*row[1:])) for row in rows]


def _data_set(
    one: str, other: str, source: str, synthetic: int, digest: str, first: str, last: str, month: int, months: bytes
) -> DataSet:
    table = np.frombuffer(months, dtype="<f4").astype(np.float64).reshape(-1, 2)
    return DataSet((one, other), source, bool(synthetic), digest, first, last, month, table)


def _entries(connection: sqlite3.Connection, data_set: int) -> list[Entry]:
    rows = connection.execute(
        """SELECT variant, file, fill, lag, costs, first, last, sketch, timing, variants, count(*),
        (SELECT sha256 FROM study JOIN evaluation AS one ON one.study = study.id WHERE one.trial = trial.id
        ORDER BY one.last_at DESC, study.id DESC LIMIT 1),
        min(first_at), max(last_at) FROM trial JOIN evaluation ON evaluation.trial = trial.id
        WHERE trial.data_set = ? GROUP BY trial.id ORDER BY trial.id""",
        (data_set,),
    )
    return [Entry(Trial(TrialSpec(*row[:7]), *row[7:10]), *row[10:]) for row in rows]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
