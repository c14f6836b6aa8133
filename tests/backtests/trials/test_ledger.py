"""The ledger: nothing lost among many processes, nothing half-written by a killed one, one sentence for each fault."""

import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from tests.build import random_market
from tests.golden_files import assert_golden
from tests.refusals import refused
from tests.systems import needs_posix
from unlockstep.backtests.trials import ledger_file
from unlockstep.backtests.trials.dataset_identity import DataSet, data_set_of
from unlockstep.backtests.trials.ledger import Ledger, ledger_place
from unlockstep.backtests.trials.return_sketches import DRAWS
from unlockstep.backtests.trials.trial_count import Look, Trial, TrialSpec, UniverseOrigin, universes_of
from unlockstep.signals import Market
from unlockstep.signals.errors import LedgerError

NOON = datetime(2026, 1, 20, 12, tzinfo=UTC)
LATER = datetime(2026, 1, 21, 12, tzinfo=UTC)


NOTHING, SOMETHING = bytes(2 * DRAWS), bytes(2 * DRAWS - 1) + b"\x01"


def trial(
    variant: str, *, last: str = "2025-12-31", fill: str = "close", sketch: bytes = NOTHING, timing: bytes = NOTHING
) -> Trial:
    return Trial(TrialSpec(variant, "", fill, 1, "{}", "2017-06-27", last), sketch, timing)


@pytest.fixture(scope="module")
def market() -> Market:
    return random_market(3, 300)


@pytest.fixture(scope="module")
def data(market: Market) -> DataSet:
    return data_set_of(market)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(tmp_path / "here" / "ledger.sqlite")


def test_what_was_recorded_is_known(ledger: Ledger, data: DataSet) -> None:
    ledger.record(data, [trial("a"), trial("b")], study="s1", primary="a", now=NOON)
    record = Ledger.open(ledger.path).read_record(data, [trial("any")])
    assert record.trials == [trial("a"), trial("b")]
    assert record.primaries == [trial("a")]


def test_a_rule_that_a_universe_tried_first_is_known_by_it_at_other_terms_too(ledger: Ledger, data: DataSet) -> None:
    origin = UniverseOrigin("four", 4, "2026-01-20")
    ledger.record(data, [trial("alone")], study="before", primary=None, now=NOON)
    ledger.record(data, [trial("a"), trial("alone")], study="in four", primary="a", now=NOON, universe=origin)
    again = [trial("a", last="2026-01-15", timing=SOMETHING), trial("alone"), trial("new")]
    record = ledger.record(data, again, study="after", primary=None, now=LATER)
    assert universes_of(again, record) == {origin: ("a",)}  # "alone" was tried alone before


def test_a_study_run_alone_before_its_universe_is_not_one_of_a_universe(ledger: Ledger, data: DataSet) -> None:
    ledger.record(data, [trial("a")], study="same", primary=None, now=NOON)
    ledger.shown("same")
    record = ledger.record(
        data, [trial("a")], study="same", primary=None, now=LATER, universe=UniverseOrigin("four", 4, "2026-01-21")
    )
    assert universes_of([trial("a")], record) == {}


def test_a_study_withdrawn_from_a_universe_and_run_alone_is_not_one_of_a_universe(
    ledger: Ledger, data: DataSet
) -> None:
    origin = UniverseOrigin("four", 4, "2026-01-20")
    ledger.record(data, [trial("a")], study="same", primary=None, now=NOON, universe=origin)
    ledger.withdraw("same", now=NOON)
    record = ledger.record(data, [trial("a")], study="same", primary=None, now=LATER)
    assert universes_of([trial("a")], record) == {}


def test_the_same_trial_again_is_kept_once_with_its_last_time_and_study(ledger: Ledger, data: DataSet) -> None:
    for study, now in (("s1", NOON), ("s1", NOON), ("s2", LATER)):
        ledger.record(data, [trial("a")], study=study, primary=None, now=now)
    ((_, entries),) = ledger.entries()
    assert [(e.trial.spec.variant, e.studies, e.study, e.first_at, e.last_at) for e in entries] == [
        ("a", 2, "s2", "2026-01-20T12:00:00Z", "2026-01-21T12:00:00Z")
    ]


CHANGED = (trial("a", sketch=SOMETHING), trial("a", timing=SOMETHING))


@pytest.mark.parametrize("other", [trial("a", last="2025-12-30"), trial("a", fill="open"), trial("a(x=1)"), *CHANGED])
def test_other_terms_returns_or_timing_are_another_trial(ledger: Ledger, data: DataSet, other: Trial) -> None:
    ledger.record(data, [trial("a"), other], study="s", primary=None, now=NOON)
    assert len(ledger.read_record(data, [trial("any")]).trials) == 2


def test_trials_on_the_same_prices_with_a_day_more_count_and_those_on_others_do_not(
    ledger: Ledger, market: Market, data: DataSet
) -> None:
    ledger.record(data, [trial("a")], study="s", primary="a", now=NOON)
    ledger.record(data_set_of(random_market(4, 300)), [trial("b")], study="s", primary="b", now=NOON)
    record = ledger.record(data_set_of(market.slice(0, 290)), [trial("c")], study="t", primary=None, now=NOON)
    assert [each.spec.variant for each in record.trials] == ["a", "c"]
    assert record.primaries == [trial("a")]
    assert len(ledger.entries()) == 3


def test_the_months_survive_the_ledger_to_a_ten_millionth(ledger: Ledger, data: DataSet) -> None:
    ledger.record(data, [], study="s", primary=None, now=NOON)
    ((stored, _),) = ledger.entries()
    assert stored.months == pytest.approx(data.months, abs=1e-7)
    assert (stored.tickers, stored.sha256, stored.first_month) == (data.tickers, data.sha256, data.first_month)


def test_the_place_is_the_one_asked_for_else_the_environment_s_else_the_user_s(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert ledger_place(tmp_path / "x") == tmp_path / "x"
    monkeypatch.setenv("UNLOCKSTEP_LEDGER", "elsewhere.sqlite")
    assert ledger_place(None) == Path("elsewhere.sqlite")
    monkeypatch.delenv("UNLOCKSTEP_LEDGER")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert ledger_place(None) == tmp_path / "unlockstep" / "ledger.sqlite"


SERVER = get_context("forkserver") if "forkserver" in get_all_start_methods() else get_context("spawn")
SERVER.set_forkserver_preload([__name__])


def record_rounds(path: Path, name: str, rounds: int, begin: Event, sender: Connection) -> None:
    """In a process of its own: a record of five trials a round, each told once it is written."""
    data = data_set_of(random_market(3, 300))
    sender.send("ready")
    begin.wait()
    for number in range(rounds):
        mine = [trial(f"{name}-{number}-{i}") for i in range(5)]
        Ledger.open(path).record(data, mine, study=name, primary=f"{name}-0-0", now=datetime.now(UTC))
        sender.send(number)


def start(path: Path, name: str, rounds: int, begin: Event) -> tuple[BaseProcess, Connection]:
    """A process that is ready to record, and what it tells."""
    hear, sender = SERVER.Pipe(duplex=False)
    process = SERVER.Process(target=record_rounds, args=(path, name, rounds, begin, sender))
    process.start()
    sender.close()
    assert hear.recv() == "ready"
    return process, hear


def rest_of(hear: Connection) -> list[int]:
    """All that was told until the process ended."""
    results = []
    while True:
        try:
            results.append(hear.recv())
        except EOFError:
            return results


def test_many_processes_make_and_fill_a_ledger_at_once_and_nothing_is_lost(tmp_path: Path, data: DataSet) -> None:
    path, begin = tmp_path / "ledger.sqlite", SERVER.Event()
    processes = [start(path, f"p{n}", 25, begin) for n in range(6)]
    begin.set()
    for process, hear in processes:
        assert rest_of(hear) == list(range(25))
        process.join()
        assert process.exitcode == 0
    record = Ledger(path).read_record(data, [trial("any")])
    assert {each.spec.variant for each in record.trials} == {
        f"p{n}-{number}-{i}" for n in range(6) for number in range(25) for i in range(5)
    }
    assert {each.spec.variant for each in record.primaries} == {f"p{n}-0-0" for n in range(6)}


def look_once(path: Path, name: str, begin: Event, sender: Connection) -> None:
    """In a process of its own: one look, and how many were there before it."""
    data = data_set_of(random_market(3, 300))
    sender.send("ready")
    begin.wait()
    number = Ledger.open(path).look(data, [SEALED], study=name, primary=None, run=name, now=NOON)
    sender.send(len(Ledger(path).looks(data, date(2026, 1, 15), before=number)))


SEALED = Trial(TrialSpec("a", "", "close", 1, "{}", "2026-01-16", "2026-10-30"), NOTHING, NOTHING)


def test_of_many_looks_at_once_exactly_one_is_the_first(tmp_path: Path) -> None:
    begin, processes = SERVER.Event(), []
    for n in range(6):
        hear, sender = SERVER.Pipe(duplex=False)
        process = SERVER.Process(target=look_once, args=(tmp_path / "ledger.sqlite", f"r{n}", begin, sender))
        process.start()
        sender.close()
        assert hear.recv() == "ready"
        processes.append((process, hear))
    begin.set()
    before = [rest_of(hear)[0] for _, hear in processes]
    for process, _ in processes:
        process.join()
    assert sorted(before) == [0, 1, 2, 3, 4, 5]


def test_looks_are_told_with_their_answers_and_so_are_studies_that_reached_past_the_seal(
    ledger: Ledger, market: Market, data: DataSet
) -> None:
    after = date(2026, 1, 15)
    ledger.record(data, [trial("a"), trial("b", last="2026-01-15")], study="s" * 64, primary=None, now=NOON)
    assert ledger.looks(data, after) == []
    number = ledger.look(data, [SEALED], study="u" * 64, primary="a", run="base", now=LATER)
    assert [look.answer for look in ledger.looks(data, after)] == [None]
    ledger.answer(number, "no edge")
    ledger.record(data, [trial("c", last="2026-03-31")], study="p" * 64, primary=None, now=NOON)
    longer = data_set_of(market.slice(0, 290))
    assert ledger.looks(longer, after) == [
        Look("2026-01-20", "study pppppppp", "2017-06-27", "2026-03-31", ""),
        Look("2026-01-21", "base", "2026-01-16", "2026-10-30", "no edge"),
    ]
    assert ledger.looks(data_set_of(random_market(4, 300)), after) == []
    assert [look.by for look in ledger.looks(data, date(2026, 6, 30))] == ["base"]


def test_trials_on_other_sessions_have_searched_other_data(ledger: Ledger, data: DataSet) -> None:
    ledger.record(data, [trial("a")], study="s", primary="a", now=NOON)
    ledger.look(data, [SEALED], study="u", primary="a", run="base", now=NOON)
    assert (ledger.read_record(data, [trial("any")]).trials, ledger.read_record(data, [trial("any")]).primaries) == (
        [trial("a")], [trial("a")],
    )  # fmt: skip
    assert ledger.read_record(data, [SEALED]).trials == [SEALED]
    assert ledger.read_record(data, [SEALED]).primaries == [SEALED]
    across = trial("whole", last="2026-10-30")
    assert set(ledger.read_record(data, [across]).trials) == {trial("a"), SEALED}


@needs_posix
def test_a_killed_process_leaves_whole_records_and_the_ledger_usable(tmp_path: Path, data: DataSet) -> None:
    path, dice = tmp_path / "ledger.sqlite", random.Random(1)
    said: dict[str, int] = {}
    for number in range(30):
        begin = SERVER.Event()
        process, hear = start(path, f"k{number}", 100_000, begin)
        begin.set()
        time.sleep(dice.uniform(0.0, 0.15))
        process.kill()
        said[f"k{number}"] = len(rest_of(hear))
        process.join()
        assert process.exitcode == -signal.SIGKILL
    counts: dict[tuple[str, str], int] = {}
    for each in Ledger.open(path).read_record(data, [trial("any")]).trials:
        name, round_, _ = each.spec.variant.split("-")
        counts[name, round_] = counts.get((name, round_), 0) + 1
    assert set(counts.values()) == {5}  # a record is there whole or not at all
    for name, rounds in said.items():  # and what was said to be there is there
        assert sum(key[0] == name for key in counts) in (rounds, rounds + 1)
    assert max(said.values()) > 0
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def directory(path: Path) -> None:
    path.mkdir()


def text(path: Path) -> None:
    path.write_text("a note of mine, long enough to be taken for a database by nobody " * 20)


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")


def newer(path: Path) -> None:
    Ledger.open(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA user_version = 9")


def without_a_table(path: Path) -> None:
    Ledger.open(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE look")


def damaged(path: Path) -> None:
    data = data_set_of(random_market(3, 300))
    Ledger.open(path).record(data, [trial(str(i)) for i in range(50)], study="s", primary=None, now=NOON)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(bytes(content))


FAULTS: list[tuple[Callable[[Path], None], float | None]] = [
    (directory, None),
    (text, None),
    (foreign, None),
    (newer, 5),
    (without_a_table, None),
    (damaged, None),
]


@pytest.mark.parametrize(("make", "limit"), FAULTS, ids=lambda x: getattr(x, "__name__", ""))
def test_a_file_that_is_no_ledger_is_refused_and_left_alone(
    tmp_path: Path, make: Callable[[Path], None], limit: float | None
) -> None:
    path = tmp_path / "ledger.sqlite"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with refused(LedgerError, name=str(path), remedy="--ledger FILE", limit=limit):
        Ledger.open(path)
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_refused_ledger_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sentences = []
    for make, _ in FAULTS:
        path = Path(f"{make.__name__}.sqlite")
        make(path)
        with refused(LedgerError) as caught:
            Ledger.open(path)
        sentences.append(str(caught.value))
    assert_golden("ledger", "\n".join(sentences))


def nothing(path: Path) -> None:
    """No file."""


def no_bytes(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("make", [nothing, no_bytes])
def test_reading_where_there_is_no_ledger_yet_finds_nothing_and_changes_nothing(
    tmp_path: Path, data: DataSet, make: Callable[[Path], None]
) -> None:
    path = tmp_path / "here?#%.sqlite"
    make(path)
    before = [(each.name, each.read_bytes()) for each in tmp_path.iterdir()]
    assert Ledger(path).entries() == []
    assert Ledger(path).looks(data, date(2026, 1, 15)) == []
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == before
    # and it can be made there
    Ledger.open(path).record(data, [trial("a")], study="s", primary=None, now=NOON)
    assert Ledger(path).read_record(data, [trial("any")]).trials == [trial("a")]


def test_a_ledger_in_a_folder_that_cannot_be_entered_is_told_to_a_reader(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 300)
    with refused(LedgerError, name=str(long)):
        Ledger(long).entries()


def test_a_ledger_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with refused(LedgerError, name=str(tmp_path / "file" / "deeper" / "ledger.sqlite")):
        Ledger.open(tmp_path / "file" / "deeper" / "ledger.sqlite")


def test_a_ledger_that_stays_locked_is_given_up_in_a_sentence(
    ledger: Ledger, data: DataSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_file, "PATIENCE", 0.2)
    holder = sqlite3.connect(ledger.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with refused(LedgerError, name=str(ledger.path), limit=0.2):
        Ledger.open(ledger.path)
    with refused(LedgerError, name=str(ledger.path), limit=0.2):
        ledger.record(data, [trial("a")], study="s", primary=None, now=NOON)
    holder.execute("ROLLBACK")
    holder.close()
    assert ledger.record(data, [trial("a")], study="s", primary=None, now=NOON).trials == [trial("a")]


def make_unreadable(path: Path) -> str:
    """What a process without rights is told about a ledger here."""
    script = (
        "import os, sys\nfrom unlockstep.backtests.trials.ledger import *\n"
        "if os.geteuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        "Ledger.open(Path(sys.argv[1]))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
    return done.stderr.strip().splitlines()[-1]


@needs_posix
def test_a_home_that_cannot_be_written_is_named(data: DataSet) -> None:
    with tempfile.TemporaryDirectory() as name:  # not pytest's own, which others may not even enter
        home = Path(name)
        home.chmod(0o555)
        assert "'" + str(home / "share") + "' permission denied" in make_unreadable(home / "share" / "ledger.sqlite")
        home.chmod(0o755)
        Ledger.open(home / "ledger.sqlite")
        home.chmod(0o555)
        (home / "ledger.sqlite").chmod(0o444)
        content = make_unreadable(home / "ledger.sqlite")
        assert "LedgerError" in content
        assert "cannot be used: attempt to write a readonly database" in content
        home.chmod(0o755)


@needs_posix
def test_a_full_disk_is_told_and_nothing_that_was_there_is_lost(ledger: Ledger, data: DataSet) -> None:
    ledger.record(data, [trial("kept")], study="s", primary=None, now=NOON)
    script = (
        "import resource, signal, sys\n"
        "from tests.backtests.trials.test_ledger import *\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "data = data_set_of(random_market(3, 300))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "mine = [trial(str(i)) for i in range(1000)]\n"
        "Ledger(Path(sys.argv[1])).record(data, mine, study='t', primary=None, now=NOON)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(ledger.path)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert "LedgerError: The trial ledger" in done.stderr.splitlines()[-1]
    assert "full" in done.stderr or "disk I/O error" in done.stderr
    assert Ledger.open(ledger.path).read_record(data, [trial("any")]).trials == [trial("kept")]
