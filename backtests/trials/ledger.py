"""The trial ledger: every variant ever evaluated on a data set, with the study's hash and the time.

One SQLite file, shared by all runs of a user; see `ledger_file` for how it is opened and kept whole.

data_set    prices that were looked at: what `dataset_identity.DataSet` remembers
study       a study on them: the hash of its study.toml
digest      of all rows of each table, see `ledger_digests`
study_text  the study.toml of a hash; not of studies recorded before layout 2, nor of sweeps
trial       a variant's terms, or a sweep's, and the sketches of returns and timing, with their fingerprint
statistic   what the timing test of a trial gave; not of sweeps, nor of trials recorded before layout 4
evaluation  which study evaluated which trial, whether it named it beforehand, first and last when
exploratory  studies that only looked, of which nothing can become an edge
universe    studies that one universe made of each of its pairs, and what it is called; not of layouts before 5
pending     studies whose result was not shown yet, which can be withdrawn
withdrawn   studies that were: kept, and counted no more
registration  an idea of one's own, registered before its first evaluation on these prices
look        a run that was unsealed on sealed sessions of these prices, and the answer
"""

import json
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
from unlockstep.backtests.trials.registration import MOST, Registration
from unlockstep.backtests.trials.trial_count import (
    Evaluated,
    Look,
    Record,
    Trial,
    TrialSpec,
    UniverseOrigin,
)
from unlockstep.signals.errors import RegistrationError

BETWEEN = "\n"
"""Between tickers in one column of the database: no ticker holds it."""

UNSEALED = """SELECT at, look.id, run, first, last, answer FROM look JOIN study ON study.id = look.study
    WHERE data_set = :place AND last > :after AND (:before IS NULL OR look.id < :before)"""
STANDS = """EXISTS (SELECT 1 FROM evaluation WHERE trial = trial.id
    AND study NOT IN (SELECT study FROM withdrawn))"""
"""Of a trial: some study that evaluated it was not withdrawn."""

STUDIED = """SELECT min(first_at), 0, 'study ' || substr(study.sha256, 1, 8), min(trial.first), max(trial.last), ''
    FROM evaluation JOIN trial ON trial.id = evaluation.trial JOIN study ON study.id = evaluation.study
    WHERE trial.data_set = :place AND trial.last > :after AND study.id NOT IN (SELECT study FROM look)
    AND study.id NOT IN (SELECT study FROM withdrawn)
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
        exploratory: bool = False,
        universe: UniverseOrigin | None = None,
    ) -> Record:
        """Keep the trials of a study on these prices, and answer with everything known of the same sessions.

        study: hash of its study.toml.  primary: the variant among them that it names beforehand.  toml: the text of its
        study.toml, by which an edited copy is told from it.  exploratory: whether the study only looks.  universe: of
        which it is one pair.  A trial that is there already is kept with the time of this evaluation.
        """
        with self._file.writing() as connection:
            number = _keep(connection, data, trials, study, primary, now, universe)
            if exploratory:
                connection.execute("INSERT OR IGNORE INTO exploratory VALUES (?)", (number,))
            if toml is not None:
                connection.execute("INSERT OR IGNORE INTO study_text VALUES (?, ?)", (study, toml))
        return self.read_record(data, trials)

    def shown(self, study: str) -> None:
        """Keep that the result of a study, by the hash of its study.toml, is shown from now on: it stays a trial."""
        with self._file.writing() as connection:
            of = "study IN (SELECT id FROM study WHERE sha256 = ?)"
            connection.execute(f"DELETE FROM pending WHERE {of}", (study,))  # noqa: S608 - a name of ours
            connection.execute(f"DELETE FROM withdrawn WHERE {of}", (study,))  # noqa: S608

    def withdraw(self, study: str, *, now: datetime) -> str:
        """Take a study back whose result was never shown: its trials count no more. Its whole hash.

        study: the beginning of its hash, as `list trials` shows it. Nothing is deleted: the ledger keeps that it was.
        Raises RegistrationError where there is no such study, or several, or its result was shown.
        """
        with self._file.writing() as connection:
            rows = connection.execute(
                "SELECT id, sha256, id IN (SELECT study FROM pending), id IN (SELECT study FROM withdrawn) FROM study "
                "WHERE substr(sha256, 1, ?) = ?",
                (len(study), study),
            ).fetchall()
            if len(rows) != 1 or not study:
                raise RegistrationError(
                    f"'{study}' is the beginning of {len(rows)} studies in the ledger, not of one",
                    name=study,
                    choices=[sha256[:8] for _, sha256, *_ in rows],
                    remedy="`unlockstep list trials` shows the studies",
                )
            number, sha256, pending, withdrawn = rows[0]
            if withdrawn:
                raise RegistrationError(f"Study {sha256[:8]} was withdrawn before", name=sha256)
            if not pending:
                raise RegistrationError(
                    f"Study {sha256[:8]} cannot be withdrawn: its result was shown, and what was seen counts",
                    name=sha256,
                )
            connection.execute("INSERT INTO withdrawn VALUES (?, ?)", (number, _instant(now)))
            connection.execute("DELETE FROM pending WHERE study = ?", (number,))
            return str(sha256)

    def register(
        self, data: DataSet, *, file: str, name: str, variants: Sequence[str], why: str, now: datetime
    ) -> Registration:
        """Register a file on these prices, before its first evaluation on them; what it is given.

        file: sha256 of it and of what it imports.  variants: full names of its variants.
        Raises RegistrationError where it was evaluated on these prices before, is registered, or no share is left.
        """
        with self._file.writing() as connection:
            places = [*_same(connection, data), *([] if _same(connection, data) else [_data_set_id(connection, data)])]
            marks = ",".join("?" * len(places))
            seen = connection.execute(
                f"SELECT min(first_at) FROM trial JOIN evaluation ON trial = trial.id WHERE data_set IN ({marks}) "  # noqa: S608
                f"AND instr(file, ?) AND {STANDS}",
                (*places, file),
            ).fetchone()[0]
            if seen is not None:
                raise RegistrationError(
                    f"{name} was evaluated on these prices on {seen[:10]}: it can be registered only before",
                    name=name,
                    dates=[date.fromisoformat(seen[:10])],
                    remedy="it is judged as one of the variants tried, or register it on other prices",
                )
            registered = _registrations(connection, places)
            if earlier := next((each for each in registered if each.file == file), None):
                raise RegistrationError(
                    f"{name} was registered on these prices on {earlier.day}",
                    name=name,
                    dates=[date.fromisoformat(earlier.day)],
                )
            if len(registered) >= MOST:
                raise RegistrationError(
                    f"No share of the error is left on these prices: {len(registered)} ideas have one",
                    name=name,
                    limit=MOST,
                    remedy="it can be run without, as one of the variants tried, or on other prices",
                )
            (last,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM evaluation").fetchone()
            made = Registration(file, name, tuple(variants), why, _instant(now), len(registered) + 1, last)
            connection.execute(
                "INSERT INTO registration VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)",
                (places[0], file, name, json.dumps(list(variants)), why, made.at, made.place, made.after),
            )
            return made

    def registrations(self, data: DataSet) -> list[Registration]:
        """The ideas registered on the same prices, in their order."""
        with self._file.reading() as connection:
            return _registrations(connection, _same(connection, data))

    def studies_pending(self) -> frozenset[str]:
        """Hashes of the studies whose result was never shown, and that were not withdrawn."""
        with self._file.reading() as connection:
            rows = connection.execute("SELECT sha256 FROM pending JOIN study ON study.id = pending.study")
            return frozenset(sha256 for (sha256,) in rows)

    def exploratory_studies(self) -> frozenset[str]:
        """Hashes of the studies and sweeps that only looked (--scratch)."""
        with self._file.reading() as connection:
            rows = connection.execute("SELECT sha256 FROM exploratory JOIN study ON study.id = exploratory.study")
            return frozenset(sha256 for (sha256,) in rows)

    def recorded_studies(self) -> list[RecordedStudy]:
        """Every study that ran, the earliest first; see `RecordedStudy`."""
        with self._file.reading() as connection:
            return recorded_studies(connection)

    def knows_study(self, study: str) -> bool:
        """Whether trials of a study or sweep of this hash were recorded."""
        with self._file.reading() as connection:
            return bool(connection.execute("SELECT 1 FROM study WHERE sha256 = ? LIMIT 1", (study,)).fetchone())

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
            connection.execute("DELETE FROM pending WHERE study = ?", (number,))  # a look is never taken back
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
            return Record({}, ())
        return self.read_window(data, min(t.spec.first for t in trials), max(t.spec.last for t in trials))

    def read_window(self, data: DataSet, first: str, last: str) -> Record:
        """What is known of the same prices: trials on sessions of this window, those named beforehand too."""
        shared: dict[Trial, Evaluated] = {}
        primaries: dict[Trial, None] = {}
        with self._file.reading() as connection:
            for place in _same(connection, data):
                for row in connection.execute(
                    """SELECT variant, file, fill, lag, costs, trial.first, trial.last, sketch, timing, variants, t,
                    one.rowid, one.study, one.named, one.first_at, universe.name, universe.pairs,
                    id IN (SELECT trial FROM evaluation WHERE named
                    AND study NOT IN (SELECT study FROM withdrawn))
                    FROM trial LEFT JOIN statistic ON statistic.trial = id JOIN evaluation AS one ON one.rowid =
                    (SELECT min(rowid) FROM evaluation WHERE evaluation.trial = id
                    AND study NOT IN (SELECT study FROM withdrawn))
                    LEFT JOIN universe ON universe.study = one.study
                    WHERE data_set = ? AND trial.first <= ? AND trial.last >= ? ORDER BY id""",
                    (place, last, first),
                ):
                    trial = Trial(TrialSpec(*row[:7]), *row[7:11])
                    number, study, named, at, universe, pairs, primary = row[11:]
                    origin = None if universe is None else UniverseOrigin(universe, pairs, at[:10])
                    evaluated = Evaluated(number, study, bool(named), origin)
                    shared[trial] = min(shared.get(trial, evaluated), evaluated)
                    if primary:
                        primaries[trial] = None
        return Record(shared, list(primaries))

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
    universe: UniverseOrigin | None = None,
) -> int:
    """Keep the trials of a study; the study's number."""
    place = _data_set_id(connection, data)
    new = connection.execute("INSERT OR IGNORE INTO study VALUES (NULL, ?, ?)", (place, study)).rowcount == 1
    (number,) = connection.execute("SELECT id FROM study WHERE data_set = ? AND sha256 = ?", (place, study)).fetchone()
    at = _instant(now)
    back = connection.execute("DELETE FROM withdrawn WHERE study = ?", (number,)).rowcount == 1
    if new or back:
        connection.execute("INSERT OR REPLACE INTO pending VALUES (?, ?)", (number, at))
        connection.execute("DELETE FROM universe WHERE study = ?", (number,))  # a withdrawn one's is no longer so
        if universe is not None:
            connection.execute("INSERT INTO universe VALUES (?, ?, ?)", (number, universe.name, universe.pairs))
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
        if trial.t is not None:
            connection.execute(
                """INSERT OR IGNORE INTO statistic SELECT id, ? FROM trial WHERE data_set = ? AND variant = ? AND
                file = ? AND fill = ? AND lag = ? AND costs = ? AND first = ? AND last = ? AND fingerprint = ?""",
                (trial.t, *spec, fingerprint),
            )
    return int(number)


def _texts(tickers: Sequence[str]) -> tuple[str, str]:
    """The columns "one" and "other" of a data set: its first ticker, and the others."""
    return tickers[0], BETWEEN.join(tickers[1:])


def _data_set_id(connection: sqlite3.Connection, data: DataSet) -> int:
    """The number of these prices, kept where they are new."""
    connection.execute(
        "INSERT OR IGNORE INTO data_set VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *_texts(data.tickers), data.source, data.synthetic, data.sha256, data.first, data.last, data.first_month,
            data.months.astype("<f4").tobytes(),
        ),
    )  # fmt: skip
    (place,) = connection.execute(
        "SELECT id FROM data_set WHERE one = ? AND other = ? AND sha256 = ?", (*_texts(data.tickers), data.sha256)
    ).fetchone()
    return int(place)


def _registrations(connection: sqlite3.Connection, places: Sequence[int]) -> list[Registration]:
    """The registrations on data sets of these numbers, in their order."""
    marks = ",".join("?" * len(places))
    rows = connection.execute(
        f"SELECT file, name, variants, why, at, place, after FROM registration WHERE data_set IN ({marks}) ORDER BY id",  # noqa: S608
        tuple(places),
    )
    return [Registration(file, name, tuple(json.loads(variants)), *rest) for file, name, variants, *rest in rows]


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
    tickers = (one, *other.split(BETWEEN))
    table = np.frombuffer(months, dtype="<f4").astype(np.float64).reshape(-1, len(tickers))
    return DataSet(tickers, source, bool(synthetic), digest, first, last, month, table)


def _entries(connection: sqlite3.Connection, data_set: int) -> list[Entry]:
    rows = connection.execute(
        """SELECT variant, file, fill, lag, costs, first, last, sketch, timing, variants, count(*),
        (SELECT sha256 FROM study JOIN evaluation AS one ON one.study = study.id WHERE one.trial = trial.id
        ORDER BY one.last_at DESC, study.id DESC LIMIT 1),
        min(first_at), max(last_at) FROM trial JOIN evaluation ON evaluation.trial = trial.id
        WHERE trial.data_set = ? AND study NOT IN (SELECT study FROM withdrawn) GROUP BY trial.id ORDER BY trial.id""",
        (data_set,),
    )
    return [Entry(Trial(TrialSpec(*row[:7]), *row[7:10]), *row[10:]) for row in rows]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
