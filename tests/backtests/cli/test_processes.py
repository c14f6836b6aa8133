"""The command as a process among others: told to stop, its reader gone, its folder removed, strange terminals."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.systems import POSIX
from unlockstep.backtests.storage.atomic import PREFIX

if not POSIX:
    pytest.skip("needs signals and /proc", allow_module_level=True)

COMMAND = [sys.executable, "-m", "unlockstep"]
RUN = [*COMMAND, "run", "--data", "demo", "--start", "2023-01-01", "--strategy", "derisk"]


def shell(text: str, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """What bash says of a line in which `unlockstep` stands for the command."""
    line = text.replace("unlockstep", f"{sys.executable} -m unlockstep")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), **settings}
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, cwd=cwd, env=environment, check=False)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def wait_for(seen: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.02)


def heeds(running: subprocess.Popen[str], number: signal.Signals) -> bool:
    """Whether a process has a way of its own to end; before that, Python is still starting."""
    facts = dict(line.split(":", 1) for line in Path(f"/proc/{running.pid}/status").read_text().splitlines())
    return bool(int(facts["SigCgt"], 16) >> (number - 1) & 1)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.parametrize(
    ("number", "after"),
    [
        (signal.SIGINT, 0.8),
        pytest.param(signal.SIGINT, 2.0, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, 0.3, marks=pytest.mark.slow),
        (signal.SIGHUP, 0.0),
        (signal.SIGQUIT, 0.8),
    ],
)
def test_a_run_that_is_told_to_stop_says_one_word_and_leaves_nothing(
    tmp_path: Path, number: signal.Signals, after: float
) -> None:
    with subprocess.Popen([*RUN, "--out", str(tmp_path / "one")], stderr=subprocess.PIPE, text=True) as running:
        wait_for(lambda: heeds(running, signal.SIGHUP))
        time.sleep(after)
        running.send_signal(number)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 128 + number
    assert re.fullmatch(r"(Adds [^\n]*\n)?Stopped\.\n", said)  # it may have come to the ledger
    assert names(tmp_path) == []


STOPPED_WHILE_WRITING = """
import os, signal, sys
from unlockstep.backtests.cli import app as cli
from unlockstep.backtests.storage import run_folder as folder
write = folder.write_file
def killed(path, content):
    write(path, content)
    if path.name == "weights.parquet":
        os.kill(os.getpid(), signal.SIGTERM)
folder.write_file = killed
sys.argv = ["unlockstep", *sys.argv[1:]]
cli.main()
"""


@pytest.mark.slow
def test_a_run_that_is_told_to_stop_while_it_writes_leaves_nothing(tmp_path: Path) -> None:
    words = [sys.executable, "-c", STOPPED_WHILE_WRITING, *RUN[3:], "--out", str(tmp_path / "one")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 128 + signal.SIGTERM
    assert re.fullmatch("Adds 1 trial, .*\nStopped.\n", done.stderr)
    assert names(tmp_path) == []


def test_a_stop_that_comes_in_a_destructor_is_still_a_stop(tmp_path: Path) -> None:
    script = """
import os, signal, sys, time
from unlockstep.backtests.cli import app as cli
class Last:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pause()
def slow(*_):
    Last()
    time.sleep(30)
    raise AssertionError
import unlockstep.backtests.jobs.stored_listing
unlockstep.backtests.jobs.stored_listing.listed = slow
sys.argv = ["unlockstep", "list", "signals"]
cli.main()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, "Stopped.\n")


@pytest.mark.parametrize(
    "made_of_it",
    [
        'raise RuntimeError("while making a class") from error',
        'sys.excepthook(type(error), error, None); raise ImportError("as numpy.import_array does")',
        "sys.excepthook(type(error), error, None); time.sleep(30); raise AssertionError",
    ],
)
def test_what_a_library_makes_of_a_stop_is_still_a_stop(made_of_it: str) -> None:
    script = f"""
import os, signal, sys, time
from unlockstep.backtests.cli import app as cli
def wrapped(*_):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pause()
    except BaseException as error:
        {made_of_it}
import unlockstep.backtests.jobs.stored_listing
unlockstep.backtests.jobs.stored_listing.listed = wrapped
sys.argv = ["unlockstep", "list", "signals"]
cli.main()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, "Stopped.\n")


@pytest.mark.slow
def test_a_calibration_that_is_interrupted_stops_its_workers_and_says_one_word(tmp_path: Path) -> None:
    out = tmp_path / "one"
    words = [*COMMAND, "calibrate", "--worlds", "50", "--family", "one", "--jobs", "2", "--out", str(out)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, start_new_session=True) as running:
        wait_for(lambda: (out / "worlds.jsonl").exists() and (out / "worlds.jsonl").stat().st_size > 0)
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does
        _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (128 + signal.SIGINT, "Stopped.\n")


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("unlockstep list strategies | head -1", 0, ""),
        pytest.param("unlockstep data show --json | head -1", 0, "", marks=pytest.mark.slow),
        pytest.param("unlockstep list strategies >&-", 0, "", marks=pytest.mark.slow),
        ("unlockstep list strategies --json >&-", 0, ""),
        pytest.param("unlockstep data show >&-", 0, "", marks=pytest.mark.slow),
        pytest.param(
            "unlockstep list strategies >/dev/full", 1, "unlockstep: No space left on device. ", marks=pytest.mark.slow
        ),
        ("unlockstep list strategies --json >/dev/full", 1, "unlockstep: No space left on device. "),
        (
            "mkdir gone && cd gone && rmdir ../gone && unlockstep list signals",
            1,
            "The folder you are in has been removed",
        ),
    ],
)
def test_readers_that_leave_closed_ends_and_folders_that_are_gone(
    tmp_path: Path, line: str, status: int, said: str
) -> None:
    if "/dev/full" in line and not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    done = shell(line, tmp_path)
    assert done.returncode == status
    assert said in done.stderr
    assert done.stderr.count("\n") == (1 if said else 0), done.stderr


def test_a_run_without_any_stream_is_a_run(tmp_path: Path) -> None:
    done = shell("unlockstep run --data demo --start 2023-01-01 --strategy derisk --out one <&- >&- 2>&-", tmp_path)
    assert (done.returncode, names(tmp_path)) == (0, ["one"])


@pytest.mark.slow
def test_a_sweep_on_processes_without_any_stream_is_a_sweep(tmp_path: Path) -> None:
    options = "--grid window=60,90 --workers 2 --out one"
    done = shell(f"unlockstep sweep derisk --data demo --start 2023-01-01 {options} <&- >&- 2>&-", tmp_path)
    assert (done.returncode, names(tmp_path)) == (0, ["one"])


@pytest.mark.slow
def test_two_runs_begun_in_the_same_second_have_two_names(tmp_path: Path) -> None:
    """Also where the first has nothing written yet when the second begins."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    running = [
        subprocess.Popen([*RUN, "-q"], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [each.communicate(timeout=120)[1] for each in running]
    assert (said, [each.returncode for each in running]) == ([""] * 3, [0] * 3)
    assert len(names(tmp_path / "runs")) == 3


def test_python_without_docstrings_is_refused_in_one_sentence(tmp_path: Path) -> None:
    line = "unlockstep run --data demo --start 2023-01-01 --strategy derisk --out one -q"
    done = shell(line, tmp_path, PYTHONOPTIMIZE="2")
    assert done.returncode == 1
    assert "-OO" in done.stderr
    assert "Internal error" not in done.stderr
    assert (done.stderr.count("\n"), names(tmp_path)) == (1, [])


def test_an_error_goes_nowhere_but_to_stderr_even_where_that_is_closed(tmp_path: Path) -> None:
    done = shell("unlockstep run --strategy derisc 2>&-", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")


def test_an_answer_that_is_lost_at_the_very_end_is_not_lost_without_a_word(tmp_path: Path) -> None:
    script = """
import resource, sys
from unlockstep.backtests.cli import app as cli
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
cli.app = lambda: sys.stdout.write("what stays in the buffer to the end")
cli.main()
"""
    with (tmp_path / "answer.txt").open("w") as answer:
        words = [sys.executable, "-c", script]
        buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
        done = subprocess.run(words, stdout=answer, stderr=subprocess.PIPE, text=True, env=buffered, check=False)
    said = "unlockstep: The answer cannot be written: File too large.\n"
    assert (done.returncode, done.stderr) == (1, said)


@pytest.mark.parametrize(
    ("line", "settings"),
    [
        ("unlockstep list strategies", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
        pytest.param("unlockstep data show", {"LC_ALL": "C"}, marks=pytest.mark.slow),
        pytest.param("unlockstep list signals", {"NO_COLOR": "1"}, marks=pytest.mark.slow),
        ("unlockstep data show", {"COLUMNS": "1"}),
        ("unlockstep run --help", {"COLUMNS": "20", "TERM": "dumb"}),
    ],
)
def test_no_locale_and_no_terminal_is_too_strange(tmp_path: Path, line: str, settings: dict[str, str]) -> None:
    done = shell(line, tmp_path, **settings)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert done.stdout


def test_what_a_name_does_to_a_terminal_is_shown_and_not_done(tmp_path: Path) -> None:
    done = shell("unlockstep run --strategy $'derisc\\e[31m\\nred'", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.match(r"unlockstep: There is no strategy 'derisc\\x1b\[31m\\nred';", done.stderr)
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_run_goes_on_when_its_runs_folder_is_removed_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    with subprocess.Popen([*RUN, "--quiet", "--out", str(tmp_path / "runs" / "one")]) as running:
        time.sleep(1.0)
        (tmp_path / "runs").rmdir()
        assert running.wait(timeout=120) == 0
    assert "result.json" in names(tmp_path / "runs" / "one")
    assert not [name for name in names(tmp_path / "runs") if name.startswith(PREFIX)]
