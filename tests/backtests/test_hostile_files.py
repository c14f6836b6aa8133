"""Other people's files without end: price files, studies, run folders, ledgers and pages, damaged at random.

Each is read as it stands or refused by an UnlockstepError, within seconds, without a library's warning; nothing that
was altered passes where something else tells what it was, no code of a study runs, and nothing acts on a terminal or in
a page. The cases are others in every run: 100 of them here, 2,000 in `make deep`.
"""

import json
import os
import shutil
import signal
import sqlite3
import tomllib
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.backtests.data.test_broken_files import damaged, plainly
from tests.backtests.reports.build import stored_run
from tests.backtests.reports.test_terminal_codes import Keys, assert_harmless, hostile, printed, replaced, strings
from tests.backtests.results.test_stored_run import written
from tests.backtests.trials.test_ledger_digests import NOON, TOML, trial
from tests.build import random_market
from tests.systems import needs_posix
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.frames import check_order
from unlockstep.backtests.data.price_file import read_prices
from unlockstep.backtests.reports.html import study_page
from unlockstep.backtests.reports.study.terminal import show_study
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.stored_run import StoredRun, read_run
from unlockstep.backtests.storage.run_folder import PARQUETS, text_of
from unlockstep.backtests.text import visible
from unlockstep.backtests.trials.dataset_identity import data_set_of
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.signals.errors import LedgerError, UnlockstepError

pytestmark = needs_posix

SECONDS, WAITED = 5, 60
"""Of computing, and by the clock, which other processes slow down: at most, for one file."""

CASES = {"prices": 700, "studies": 500, "runs": 300, "ledgers": 350, "pages": 150}
"""Of each kind in `make deep`; a twentieth of them else."""

DEPTHS = [1, pytest.param(20, marks=pytest.mark.deep)]


class TooSlowError(AssertionError):
    """A file has kept its reader busy, or waiting, for too long."""


@contextmanager
def guarded() -> Iterator[None]:
    """Within the limits, and every warning is an error."""

    def late(_number: int, _frame: object) -> None:
        raise TooSlowError

    before = {number: signal.signal(number, late) for number in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.alarm(WAITED)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def tried(kind: str, depth: int, strategy: st.SearchStrategy[Any], check: Callable[[Any], None]) -> None:
    """Check so many fresh cases of a kind; what fails is shown as small as it can be made, with its seed."""
    number = int.from_bytes(os.urandom(8), "big")
    everything = list(HealthCheck)
    limits = settings(
        max_examples=CASES[kind] * depth // 20,
        deadline=None,
        database=None,
        derandomize=False,
        suppress_health_check=everything,
    )

    @seed(number)
    @limits
    @given(strategy)
    def each(case: Any) -> None:
        with guarded():
            check(case)

    try:
        each()
    except BaseException as error:
        error.add_note(f"seed {number} of {kind}")
        raise


def check_sentence(error: UnlockstepError) -> None:
    """What the user is told is one line, once it is printed."""
    text = str(error)
    if not text or "\n" in visible(text):
        raise AssertionError(ascii(text))


TOKENS = [
    b"\x1b]52;c;aGk=\x07", "\u202e".encode(), b"\0", b"\xff\xfe", b"{", b"[", b'"', b"'''", b"\n", b"=", b"null",
    b"NaN", b"-1", b"1e999",
    b"true", b"999999999999999999999", b"../../x", b"</script><script>", b"[[[[[[[[[[[[[[", b"1979-05-27T07:32:00Z",
]  # fmt: skip


@st.composite
def damage(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """A change of bytes: one to three of flipped bits, pieces cut, doubled, moved, put in, or an early end."""
    steps = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["flip", "cut", "double", "put", "put", "end", "swap"]),
                st.floats(0, 1, exclude_max=True),
                st.integers(0, 7),
                st.sampled_from(TOKENS),
                st.integers(1, 400),
            ),
            min_size=1,
            max_size=3,
        )
    )

    def changed(content: bytes) -> bytes:
        for how, where, bit, token, length in steps:
            at = int(where * len(content))
            head, piece, tail = content[:at], content[at : at + length], content[at + length :]
            if how == "flip" and piece:
                content = head + bytes([piece[0] ^ (1 << bit)]) + piece[1:] + tail
            elif how == "cut":
                content = head + tail
            elif how == "double":
                content = head + piece + piece + tail
            elif how == "swap":
                content = tail + piece + head
            elif how == "put":
                content = head + token * (1 + length // 100) + piece + tail
            elif how == "end":
                content = head
        return content

    return changed


# ---------------------------------------------------------------------------------------------- price files


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_price_file_is_read_as_it_stands_or_refused(tmp_path: Path, depth: int) -> None:
    path = tmp_path / "IWM.csv"

    def check(content: bytes) -> None:
        path.write_bytes(content)
        try:
            frame = read_prices(path, "IWM", "XNYS").frame
            check_order(frame, path.name)
        except UnlockstepError as error:
            check_sentence(error)
        else:
            pd.testing.assert_frame_equal(frame, plainly(content))

    tried("prices", depth, damaged(), check)


# ---------------------------------------------------------------------------------------------- studies

STUDY = """\
data = "demo"
pair = ["ETH-USD", "IWM"]
start = 2018-01-01
seed = 7
lag = 1
fill = "close"

[files]
"rule.py" = ""

[costs]
borrow_rate = 0.02

[costs.fee_bps]
ETH-USD = 10.0

[[variants]]
strategy = "derisk"
params = { window = 60 }

[[variants]]
strategy = "rule"
"""
RULE = "from pathlib import Path\nPath(__file__).with_name('ran').touch()\n"


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_study_is_read_as_it_stands_or_refused_and_none_of_its_code_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, depth: int
) -> None:
    monkeypatch.setenv("UNLOCKSTEP_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rule.py").write_text(RULE)
    path = tmp_path / "study.toml"

    def check(change: Callable[[bytes], bytes]) -> None:
        content = change(STUDY.encode())
        path.write_bytes(content)
        try:
            study = Study.read(path)
        except UnlockstepError as error:
            check_sentence(error)
        else:
            keys = tomllib.loads(content.decode("utf-8-sig"))
            assert keys.keys() <= Study.model_fields.keys()
            for key in keys.keys() & {"seed", "lag", "fill", "start"}:
                assert getattr(study, key) == keys[key] or str(getattr(study, key)) == keys[key]
        assert not (tmp_path / "ran").exists()

    tried("studies", depth, damage(), check)


# ---------------------------------------------------------------------------------------------- run folders


def other_value(content: Any, where: float, value: Any) -> Any:
    """A JSON document with one of its values, at any depth, replaced."""
    places: list[tuple[Any, Any]] = []
    waiting = [content]
    while waiting:
        part = waiting.pop()
        for key in part if isinstance(part, dict) else range(len(part)):
            places.append((part, key))
            if isinstance(part[key], dict | list):
                waiting.append(part[key])
    part, key = places[int(where * len(places))]
    part[key] = value
    return content


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=20),
    st.sampled_from([[], {}, [[]], {"": {}}, "\x1b[2J", "1e999", 10**30, -1, "2024-13-45", [None] * 50]),
)  # fmt: skip


@st.composite
def folder_damage(draw: st.DrawFn) -> Callable[[Path], None]:
    """A change of a run's folder: of the bytes of a file, of one value of result.json, or of what stands there."""
    name = draw(st.sampled_from([*PARQUETS, "result.json", "result.json", "result.json", "study.toml"]))
    how = draw(st.sampled_from(["bytes", "bytes", "value", "value", "gone", "pipe", "folder", "link", "other"]))
    change, where, value = draw(damage()), draw(st.floats(0, 1, exclude_max=True)), draw(VALUES)
    other = draw(st.sampled_from(PARQUETS))

    def changed(folder: Path) -> None:
        path = folder / name
        content = path.read_bytes()
        if how == "bytes":
            path.write_bytes(change(content))
        elif how == "value":
            result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
            (folder / "result.json").write_text(json.dumps(other_value(result, where, value)), encoding="utf-8")
        elif how == "other":
            path.write_bytes((folder / other).read_bytes())
        else:
            path.unlink()
            if how == "pipe":
                os.mkfifo(path)
            elif how == "folder":
                path.mkdir()
            elif how == "link":
                path.symlink_to(path)

    return changed


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_run_s_folder_is_read_whole_or_refused(tmp_path: Path, depth: int) -> None:
    sound, folder = tmp_path / "sound", tmp_path / "one"
    written(sound)

    def check(change: Callable[[Path], None]) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(sound, folder)
        change(folder)
        try:
            run = read_run(folder)
        except UnlockstepError as error:
            check_sentence(error)
            return
        for name in PARQUETS:
            assert (folder / name).read_bytes() == (sound / name).read_bytes(), name
        assert RunResult.of(json.loads((folder / "result.json").read_text(encoding="utf-8"))) == run.result
        assert_harmless(printed(lambda console: show_study(console, run)))

    tried("runs", depth, folder_damage(), check)


# ---------------------------------------------------------------------------------------------- ledgers


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_ledger_says_what_was_written_or_is_refused_by_its_name(tmp_path: Path, depth: int) -> None:
    data = data_set_of(random_market(3, 300))
    sound, path = tmp_path / "sound.sqlite", tmp_path / "ledger.sqlite"
    ledger = Ledger.open(sound)
    ledger.record(data, [trial("a"), trial("b", 7)], study="s1", primary="a", now=NOON, toml=TOML)
    number = ledger.look(data, [trial("d", 11)], study="s3", primary=None, run="base", now=NOON)
    ledger.answer(number, "no edge")
    with closing(sqlite3.connect(sound)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def all_of(book: Ledger) -> str:
        return repr((book.entries(), book.recorded_studies(), book.has_run("abc")))

    expected, content = all_of(Ledger(sound)), sound.read_bytes()
    empty = all_of(Ledger.open(tmp_path / "empty.sqlite"))

    def check(change: Callable[[bytes], bytes]) -> None:
        for left in tmp_path.glob("ledger.sqlite*"):
            left.unlink()
        altered = change(content)
        path.write_bytes(altered)
        try:
            again = all_of(Ledger(path))
        except LedgerError as error:
            check_sentence(error)
            if error.name != str(path):
                raise AssertionError(error.name) from None
        else:
            assert again == (expected if altered else empty)

    tried("ledgers", depth, damage(), check)


# ---------------------------------------------------------------------------------------------- pages


LEADING = ("href", "xlink:href", "src", "srcdoc", "action", "formaction", "data", "content")
"""Attributes whose value a browser follows."""


class Elements(HTMLParser):
    """Counts elements, and keeps what would run."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts = 0
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        for name, value in attrs:
            leads = name in LEADING and (value or "").strip().lower().startswith(("javascript:", "data:text"))
            if name.startswith("on") or leads:
                self.handlers.append(f"{tag} {name}={value}")


def elements(page: str) -> Elements:
    parser = Elements()
    parser.feed(page)
    return parser


@cache
def free_texts() -> tuple[StoredRun, tuple[Keys, ...], int]:
    """A run, the places of all texts in its result that its types leave free, and the scripts of its page."""
    run = stored_run()
    content = run.result.as_json()
    poisoned, _ = hostile(content, RunResult.of)
    before, after = dict(strings(content)), dict(strings(poisoned.as_json()))
    free = tuple(keys for keys, text in before.items() if after[keys] != text)
    return run, free, elements(study_page(run)).scripts


MARKUP = st.lists(
    st.sampled_from([
        "</script>", "<script>alert(1)</script>", "<!--", "-->", "]]>", '"', "'", "`", "{{7*7}}",
        "<img src=x onerror=alert(1)>",
        "{% raw %}", "&lt;", "&#x3c;", "\x1b[2J", "\u202e", "\u2028", "\x00", "javascript:alert(1)", "</style>",
        "<svg onload=x>",
        "</textarea>", "${x}", "\\u003c", "%3Cscript%3E", " style=", " onclick=",
    ]) | st.text(max_size=6),
    min_size=1,
    max_size=5,
).map("".join)  # fmt: skip


@pytest.mark.parametrize("depth", DEPTHS)
def test_no_text_of_a_run_becomes_a_part_of_its_page(depth: int) -> None:
    run, free, scripts = free_texts()

    def check(text: str) -> None:
        content = run.result.as_json()
        texts = dict(strings(content))
        for keys in free:
            replaced(content, keys, texts[keys] + text)
        page = text_of("report.html", study_page(StoredRun(run.path, RunResult.of(content), run.frames))).decode()
        page_elements = elements(page)
        assert (page_elements.scripts, page_elements.handlers) == (scripts, [])
        assert_harmless(page)

    tried("pages", depth, MARKUP, check)
