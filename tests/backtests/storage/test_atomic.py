"""Folders that are there whole or not at all: full disks, killed writers, two writers at once."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest

from tests.backtests.storage.test_run_folder import FRAME, put, result
from tests.refusals import refused
from tests.systems import IS_ROOT, needs_posix, needs_root
from unlockstep.backtests.storage import atomic as whole
from unlockstep.backtests.storage import read_folder, write_folder
from unlockstep.backtests.storage.atomic import PREFIX, move_in, replace_file, unfinished, write_file
from unlockstep.backtests.storage.run_folder import FRAMES, as_json, check_place
from unlockstep.signals.errors import RunError


def process(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


PUT = """
import sys
from pathlib import Path
from unlockstep.signals.errors import RunError
from tests.backtests.storage.test_run_folder import put
try:
    put(Path(sys.argv[1]), force=True, mark=2)
except RunError as error:
    print(error)
"""


# ---------------------------------------------------------------------------------------------- replacement


@needs_posix
def test_a_run_that_is_replaced_is_there_at_every_moment(tmp_path: Path) -> None:
    place = tmp_path / "one"
    put(place)
    missing: list[int] = []
    done = threading.Event()

    def watch() -> None:
        looked = 0
        while not done.is_set():
            looked += 1
            try:
                place.stat()
            except FileNotFoundError:
                missing.append(looked)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for i in range(300):
            with unfinished(tmp_path) as work:
                made = work / "one"
                made.mkdir()
                (made / "result.json").write_text(str(i))
                move_in(made, place, replace=True)
    finally:
        done.set()
        watcher.join()
    assert missing == []
    assert (place / "result.json").read_text() == "299"
    assert names(tmp_path) == ["one"]


@needs_posix
def test_a_reader_gets_the_old_run_or_the_new_one_and_no_mixture(tmp_path: Path) -> None:
    place = tmp_path / "one"

    def store(mark: int) -> None:
        frames = dict.fromkeys(FRAMES, FRAME.assign(a=float(mark)))
        write_folder(place, {"result.json": as_json(result(mark))}, frames, force=True)

    store(0)
    done = threading.Event()

    def rewrite() -> None:
        mark = 1
        while not done.is_set():
            store(mark)
            mark += 1

    writer = threading.Thread(target=rewrite)
    writer.start()
    runs, end = [read_folder(place)], time.monotonic() + 60
    try:
        while len(runs) < 60 or (runs[-1][0]["mark"] == runs[0][0]["mark"] and time.monotonic() < end):
            runs.append(read_folder(place))
    finally:
        done.set()
        writer.join()
    for content, frames in runs:
        marks = {content["mark"], *(pd.read_parquet(BytesIO(frame))["a"].iloc[0] for frame in frames.values())}
        assert len(marks) == 1
    assert len({content["mark"] for content, _ in runs}) > 1  # it was replaced while it was read


def test_where_folders_cannot_be_exchanged_two_renames_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "_exchanged", lambda *_: False)
    put(tmp_path / "one")
    put(tmp_path / "one", force=True, mark=2)
    assert read_folder(tmp_path / "one")[0] == result(2)
    assert names(tmp_path) == ["one"]


def test_two_renames_of_which_the_second_fails_leave_the_old_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "one")
    rename, calls = os.rename, []

    def fails_second(source: Path, target: Path) -> None:
        calls.append(source)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(whole, "_exchanged", lambda *_: False)
    monkeypatch.setattr(os, "rename", fails_second)
    with refused(RunError, name=str(tmp_path / "one")):
        put(tmp_path / "one", force=True, mark=2)
    assert read_folder(tmp_path / "one")[0] == result()
    assert names(tmp_path) == ["one"]


def test_of_two_runs_into_one_place_exactly_one_wins_and_the_other_says_so(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from unlockstep.backtests.storage import run_folder as folder
from unlockstep.signals.errors import RunError
from tests.backtests.storage.test_run_folder import put
seen = folder.check_place
def check(out, *, force, kind):  # both see a free place, then wait for each other
    seen(out, force=force, kind=kind)
    print("free", flush=True)
    sys.stdin.readline()
folder.check_place = check
try:
    put(Path(sys.argv[1]), mark=int(sys.argv[2]))
    print("won")
except RunError as error:
    print(error)
"""
    place = tmp_path / "one"
    both = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(place), str(mark)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for mark in (1, 2)
    ]
    for each in both:
        assert each.stdout is not None
        assert each.stdout.readline() == "free\n"
    for each in both:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    said = [each.communicate()[0] for each in both]
    taken = f"'{place}' exists; choose another folder with --out, or replace the run in it with --force.\n"
    assert sorted(said) == sorted(["won\n", taken])
    assert read_folder(place)[0] == result(said.index("won\n") + 1)
    assert names(tmp_path) == ["one"]


# ---------------------------------------------------------------------------------------------- what killed runs leave

KILLED = """
import os, sys
from pathlib import Path
from unlockstep.backtests.storage.atomic import unfinished
with unfinished(Path(sys.argv[1])) as work:
    (work / "half.txt").write_text("half")
    print(work.name, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that works in `tmp_path`, and the name of its hidden folder."""
    words = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as at_work:
        assert at_work.stdout is not None
        yield at_work, at_work.stdout.readline().strip()
        at_work.kill()


@needs_posix
def test_what_a_killed_run_left_is_removed_by_the_next(
    tmp_path: Path, writer: tuple[subprocess.Popen[str], str]
) -> None:
    at_work, left = writer
    at_work.send_signal(signal.SIGKILL)
    at_work.wait()
    assert names(tmp_path) == [left]
    assert left.startswith(".")
    put(tmp_path / "one")
    assert names(tmp_path) == ["one"]


def test_what_a_living_run_works_on_is_left_to_it(tmp_path: Path, writer: tuple[subprocess.Popen[str], str]) -> None:
    at_work, left = writer
    put(tmp_path / "one")
    assert (tmp_path / left / "half.txt").read_text() == "half"
    at_work.communicate("end\n")
    assert names(tmp_path) == ["one"]


def test_a_folder_that_is_swept_away_before_it_is_held_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, made = tempfile.mkdtemp, []

    def swept(*, prefix: str, dir: Path) -> str:  # noqa: A002
        made.append(make(prefix=prefix, dir=dir))
        if len(made) == 1:
            shutil.rmtree(made[0])
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", swept)
    put(tmp_path / "one")
    assert len(made) == 2
    assert names(tmp_path) == ["one"]


def test_nothing_else_that_is_hidden_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / ".unlockstep").mkdir()
    (tmp_path / ".one-abc").mkdir()
    (tmp_path / f"{PREFIX}file").write_text("mine")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine.txt").write_text("mine")
    (tmp_path / f"{PREFIX}link").symlink_to(tmp_path / "elsewhere")
    before = names(tmp_path)
    put(tmp_path / "one")
    assert names(tmp_path) == sorted([*before, "one"])
    assert (tmp_path / "elsewhere" / "mine.txt").read_text() == "mine"


def test_a_file_is_replaced_in_one_step_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_file(tmp_path / "about.json", "old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        replace_file(tmp_path / "about.json", "new")
    assert (tmp_path / "about.json").read_text() == "old"
    assert names(tmp_path) == ["about.json"]


# ---------------------------------------------------------------------------------------------- disks and rights


def test_a_device_that_is_full_is_an_error() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(OSError, match="No space left on device"):
        write_file(Path("/dev/full"), b"price")


@needs_posix
def test_a_limit_on_the_size_of_files_keeps_the_old_run(tmp_path: Path) -> None:
    place = tmp_path / "one"
    put(place)
    script = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))\n{PUT}"
    assert process(script, place).stdout == f"'{place}' cannot be written: File too large.\n"
    assert read_folder(place)[0] == result()
    assert names(tmp_path) == ["one"]


ON_A_DISK = """
import os, subprocess, sys
subprocess.run(["mount", "--make-rprivate", "/"], check=True)
subprocess.run(["mount", "-t", "tmpfs", "-o", sys.argv[2], "tmpfs", sys.argv[1]], check=True)
from pathlib import Path
from unlockstep.backtests.storage import read_folder
from unlockstep.signals.errors import RunError
from tests.backtests.storage.test_run_folder import put
place = Path(sys.argv[1]) / "one"
put(place)
if "size" in sys.argv[2]:
    room = os.statvfs(sys.argv[1])
    (Path(sys.argv[1]) / "filler").write_bytes(bytes((room.f_bavail - 1) * room.f_bsize))
else:
    subprocess.run(["mount", "-o", "remount,ro", sys.argv[1]], check=True)
try:
    put(place, force=True, mark=2)
except RunError as error:
    print(error)
print(read_folder(place)[0]["mark"], sorted(os.listdir(sys.argv[1])))
"""


def on_a_disk(folder: Path, options: str) -> list[str]:
    """What a process says that writes on a small disk of its own, mounted where nobody else sees it."""
    if not IS_ROOT or not shutil.which("unshare"):
        pytest.skip("no rights to mount a disk here")
    words = ["unshare", "--mount", sys.executable, "-c", ON_A_DISK, str(folder), options]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if "unshare failed" in done.stderr or "permission denied" in done.stderr:  # root without the rights of root
        pytest.skip("no rights to mount a disk here")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_full_disk_keeps_the_old_run_and_nothing_half_written(tmp_path: Path) -> None:
    assert on_a_disk(tmp_path, "size=128k") == [
        f"'{tmp_path}/one' cannot be written: No space left on device.",
        "1 ['filler', 'one']",
    ]


def test_a_disk_that_became_read_only_keeps_the_old_run(tmp_path: Path) -> None:
    assert on_a_disk(tmp_path, "mode=755") == [
        f"'{tmp_path}/one' cannot be written: '{tmp_path}' takes no new files; choose another place with --out.",
        "1 ['one']",
    ]


@needs_root
def test_a_folder_of_another_user_is_refused_before_anything_is_computed() -> None:
    script = """
import os, sys
from pathlib import Path
from unlockstep.backtests.storage.run_folder import check_place
from unlockstep.signals.errors import RunError
os.setgid(65534)
os.setuid(65534)
try:
    check_place(Path(sys.argv[1]) / "one", force=False)
except RunError as error:
    print(error)
"""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        done = process(script, folder)
    assert done.stdout == (
        f"'{folder}/one' cannot be written: '{folder}' takes no new files; choose another place with --out.\n"
    ), done.stderr


@needs_posix
def test_a_run_has_the_rights_that_new_folders_have(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        put(tmp_path / "one")
    finally:
        os.umask(before)
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o750


# ---------------------------------------------------------------------------------------------- places


def test_a_parent_that_vanished_is_made_again(tmp_path: Path) -> None:
    place = tmp_path / "runs" / "one"
    check_place(place, force=False)
    put(place)
    shutil.rmtree(tmp_path / "runs")
    put(place, mark=2)
    assert read_folder(place)[0] == result(2)


def test_a_parent_that_vanishes_while_it_is_written_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runs").mkdir()
    write = whole.write_file

    def gone(path: Path, content: bytes) -> None:
        shutil.rmtree(tmp_path / "runs", ignore_errors=True)
        write(path, content)

    monkeypatch.setattr("unlockstep.backtests.storage.run_folder.write_file", gone)
    with refused(RunError, name=str(tmp_path / "runs" / "one")):
        put(tmp_path / "runs" / "one")
    assert names(tmp_path) == []


def test_a_link_to_a_run_stays_a_link_and_the_run_behind_it_is_replaced(tmp_path: Path) -> None:
    put(tmp_path / "one")
    (tmp_path / "latest").symlink_to("one")
    put(tmp_path / "latest", force=True, mark=2)
    assert (tmp_path / "latest").is_symlink()
    assert read_folder(tmp_path / "one")[0] == result(2)
    assert names(tmp_path) == ["latest", "one"]


def test_links_in_a_circle_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    with refused(RunError, name=str(tmp_path / "one")):
        put(tmp_path / "one")


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("x" * 300, ""),
        ("a\0b", "choose another"),
        ("a\nb", "choose another"),
        ("a\x1b[31mb", "choose another"),
        ("a\udcffb", "choose another"),
    ],
)
def test_a_name_that_no_folder_can_have_is_one_sentence(tmp_path: Path, name: str, remedy: str) -> None:
    with refused(RunError, name=str(tmp_path / name), remedy=remedy):
        put(tmp_path / name)
    assert names(tmp_path) == []


def test_the_longest_name_that_a_folder_can_have_is_fine(tmp_path: Path) -> None:
    for mark in (1, 2):
        put(tmp_path / ("x" * 255), mark=mark, force=True)
    assert read_folder(tmp_path / ("x" * 255))[0] == result(2)
    assert names(tmp_path) == ["x" * 255]
