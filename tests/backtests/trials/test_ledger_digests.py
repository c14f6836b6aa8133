"""A ledger that lacks rows, or holds others than were written, is refused by its name; no bit flips unnoticed."""

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.build import random_market
from tests.refusals import refused
from tests.systems import needs_posix
from unlockstep.backtests.trials.dataset_identity import DataSet, data_set_of
from unlockstep.backtests.trials.ledger import Ledger, ledger_place
from unlockstep.backtests.trials.trial_count import Trial, TrialSpec
from unlockstep.signals.errors import LedgerError

NOON = datetime(2026, 1, 20, 12, tzinfo=UTC)
TOML = 'seed = 7\n[files]\n"rule.py" = "abc"\n'


def trial(variant: str, byte: int = 0) -> Trial:
    spec = TrialSpec(variant, "", "close", 1, "{}", "2017-06-27", "2025-12-31")
    return Trial(spec, bytes([byte] * 1024), bytes([byte + 1] * 1024))


@pytest.fixture(scope="module")
def data() -> DataSet:
    return data_set_of(random_market(3, 300))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, data: DataSet) -> Path:
    """A ledger with two data sets, three studies, four trials and a look."""
    ledger = Ledger.open(tmp_path_factory.mktemp("ledger") / "ledger.sqlite")
    other = data_set_of(random_market(4, 300))
    ledger.record(data, [trial("a"), trial("b", 7)], study="s1", primary="a", now=NOON, toml=TOML)
    ledger.record(data, [trial("c", 9)], study="s2", primary=None, now=NOON)
    number = ledger.look(other, [trial("d", 11)], study="s3", primary=None, run="base", now=NOON)
    ledger.answer(number, "no edge")
    with closing(sqlite3.connect(ledger.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return ledger.path


@pytest.fixture
def path(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(filled, tmp_path / "ledger.sqlite"))


CHANGES = {
    "a study's rows": "DELETE FROM study WHERE sha256 = 's2'",
    "all of the last study": "DELETE FROM evaluation WHERE study = 2; DELETE FROM trial WHERE id = 3; "
    "DELETE FROM study WHERE id = 2",
    "a data set": "DELETE FROM data_set WHERE id = 2",
    "all of a data set": "DELETE FROM look; DELETE FROM evaluation WHERE study = 3; DELETE FROM trial WHERE id = 4; "
    "DELETE FROM study WHERE id = 3; DELETE FROM data_set WHERE id = 2",
    "a trial": "DELETE FROM trial WHERE variant = 'b'",
    "the last trial with its evaluations": "DELETE FROM evaluation WHERE trial = 4; DELETE FROM trial WHERE id = 4",
    "evaluations": "DELETE FROM evaluation WHERE trial = 1",
    "a look": "DELETE FROM look",
    "the texts": "DELETE FROM study_text",
    "every row": "DELETE FROM look; DELETE FROM evaluation; DELETE FROM trial; DELETE FROM study; "
    "DELETE FROM data_set; DELETE FROM study_text",
    "the digests": "DELETE FROM digest",
    "a date": "UPDATE evaluation SET first_at = '2020-01-01T00:00:00Z'",
    "a primary": "UPDATE evaluation SET named = 1 WHERE trial = 2",
    "an answer": "UPDATE look SET answer = 'edge'",
    "a sketch": "UPDATE trial SET sketch = timing WHERE id = 1",
    "a sketch that is none": "UPDATE trial SET sketch = 3000000000 WHERE id = 1",
    "a name": "UPDATE trial SET variant = 'z' WHERE id = 1",
    "a row more": "INSERT INTO study VALUES (4, 1, 's4')",
}
USES: dict[str, Callable[[Ledger], object]] = {
    "open": lambda ledger: Ledger.open(ledger.path),
    "list": Ledger.entries,
    "know": lambda ledger: ledger.has_run("abc"),
    "look": lambda ledger: ledger.looks(data_set_of(random_market(3, 300)), date(2020, 1, 1)),
    "unseal": Ledger.recorded_studies,
}


@pytest.mark.parametrize("change", CHANGES)
def test_rows_that_are_gone_or_others_are_noticed_by_every_use(path: Path, change: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(CHANGES[change])
    before = path.read_bytes()
    for use in USES.values():
        with refused(LedgerError, name=str(path), remedy="--ledger FILE"):
            use(Ledger(path))
    assert path.read_bytes() == before


def test_a_sound_ledger_is_used_before_and_after_it_grows(path: Path, data: DataSet) -> None:
    for round_ in range(3):
        for use in USES.values():
            use(Ledger(path))
        Ledger.open(path).record(data, [trial(f"new {round_}")], study=f"n{round_}", primary=None, now=NOON)


@pytest.mark.parametrize("version", [1, 2])
def test_a_ledger_of_an_earlier_layout_has_its_references_looked_at_and_gets_digests(
    path: Path, data: DataSet, version: int
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"DROP TABLE digest; PRAGMA user_version = {version};")
    shutil.copy(path, path.with_name("lacking.sqlite"))
    Ledger(path).entries()
    Ledger.open(path).record(data, [trial("e")], study="s5", primary=None, now=NOON)
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute("SELECT rows FROM digest WHERE name = 'trial'").fetchone() == (5,)
    with closing(sqlite3.connect(path.with_name("lacking.sqlite"))) as connection, connection:
        connection.execute("DELETE FROM trial WHERE id = 2")
    for use in USES.values():
        with refused(LedgerError, name=str(path.with_name("lacking.sqlite"))):
            use(Ledger(path.with_name("lacking.sqlite")))


def test_a_changed_row_of_layout_4_is_refused_and_not_digested_anew(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE universe")
        connection.execute("DELETE FROM digest WHERE name = 'universe'")
        connection.execute("PRAGMA user_version = 4")
        connection.execute("UPDATE evaluation SET named = 0")
    for _ in range(2):
        with refused(LedgerError, name=str(path)):
            Ledger.open(path)
        with refused(LedgerError, name=str(path)):
            Ledger(path).entries()


def test_no_bit_that_flips_changes_what_a_ledger_says(filled: Path, tmp_path: Path) -> None:
    sound, dice = filled.read_bytes(), random.Random(5)
    path = tmp_path / "ledger.sqlite"
    said = [repr(use(Ledger(filled))) for name, use in USES.items() if name != "open"]
    errors: list[str] = []
    for _ in range(300):
        content = bytearray(sound)
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        path.write_bytes(content)
        for left in tmp_path.glob("ledger.sqlite-*"):
            left.unlink()
        try:
            again = [repr(use(Ledger(path))) for name, use in USES.items() if name != "open"]
        except LedgerError as error:
            errors.append(error.name)
        else:
            assert again == said  # a bit of what no row uses
    assert len(errors) > 20
    assert set(errors) == {str(path)}


@needs_posix
def test_what_is_no_file_is_no_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    for place in (Path(":memory:"), tmp_path / ":memory:", tmp_path / "pipe", Path("/dev/null")):
        for use in USES.values():
            with refused(LedgerError, name=str(place)):
                use(Ledger(ledger_place(place)))
    assert [each.name for each in tmp_path.iterdir()] == ["pipe"]
