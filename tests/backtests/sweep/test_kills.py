"""Sweeps that are killed: whatever dies, and whenever, what is resumed ends with the same bytes."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.backtests.sweep.build import content
from tests.systems import POSIX
from unlockstep.backtests.storage.atomic import PREFIX
from unlockstep.backtests.storage.checkpoint import ABOUT, PARTS, SUFFIX

if not POSIX:
    pytest.skip("needs signals and /proc", allow_module_level=True)

PERIOD = ("--data", "demo", "--start", "2023-01-01")
GRID = ("--grid", "window=30:120:2", "--grid", "hold=5:60:5", "--grid", "decouple_below=0:0.28:0.04")
VARIANTS = 46 * 12 * 8
"""Two blocks, a large one and a small one."""


def words(place: Path, *more: str) -> list[str]:
    arguments = ["break_entry", *PERIOD, *GRID, "--quiet", "--out", str(place), "--ledger", f"{place}.sqlite", *more]
    return [sys.executable, "-m", "unlockstep", "sweep", *arguments]


def begun(place: Path, *more: str) -> "subprocess.Popen[str]":
    """A sweep in a session of its own, so that all its processes can be killed together."""
    return subprocess.Popen(words(place, *more), stderr=subprocess.PIPE, text=True, start_new_session=True)


def whole(place: Path, *more: str) -> float:
    """A sweep to its end; the seconds it took."""
    began = time.monotonic()
    subprocess.run(words(place, *more), check=True)
    return time.monotonic() - began


def parts_of(place: Path) -> Path:
    return place.with_name(place.name + SUFFIX) / PARTS


def children(process: int) -> list[int]:
    """The processes that a process has started, if they are at work: loky's workers, not its resource tracker."""
    results = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            results += [int(child) for child in task.read_text().split()]
    return [child for child in results if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], float]:
    place = tmp_path_factory.mktemp("sound") / "sweep"
    seconds = whole(place, "--workers", "2")
    result = content(place)
    assert result["variants"] == VARIANTS
    return result, seconds


@pytest.mark.parametrize("kills", [pytest.param(1, marks=pytest.mark.slow), pytest.param(20, marks=pytest.mark.deep)])
def test_kills_end_with_the_same_bytes(tmp_path: Path, sound: tuple[dict[str, Any], float], kills: int) -> None:
    expected, usual = sound
    draw = random.Random(11)
    cut = 0
    for number in range(kills):
        place = tmp_path / str(number)
        with begun(place, "--workers", "2") as running:
            if number % 2:
                time.sleep(draw.uniform(0.3 * usual, usual))
            else:  # among the blocks
                while running.poll() is None and not list(parts_of(place).glob("*.npz")):
                    time.sleep(0.02)
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
        if place.exists():
            assert content(place) == expected
            continue
        cut += 1
        begun_before = (parts_of(place).parent / ABOUT).exists()
        whole(place, "--workers", "2", *(["--resume"] if begun_before else ["--force"]))
        assert content(place) == expected
        assert not [path for path in tmp_path.iterdir() if path.name.startswith(PREFIX)]
        assert not parts_of(place).parent.exists()
    assert cut >= max(1, kills // 2)


@pytest.mark.parametrize("sweeps", [pytest.param(1, marks=pytest.mark.slow), pytest.param(4, marks=pytest.mark.deep)])
def test_workers_that_die_are_replaced_and_their_blocks_done_again(
    tmp_path: Path, sound: tuple[dict[str, Any], float], sweeps: int
) -> None:
    expected, _ = sound
    draw = random.Random(12)
    killed = 0
    for number in range(sweeps):
        place = tmp_path / str(number)
        with begun(place, "--workers", "2") as running:
            while running.poll() is None and not (workers := children(running.pid)):
                time.sleep(0.05)
            time.sleep(draw.uniform(0.0, 4.0))
            with suppress(ProcessLookupError, IndexError):
                os.kill(draw.choice(children(running.pid) or workers), signal.SIGKILL)
                killed += 1
            _, said = running.communicate(timeout=300)
        assert (running.returncode, said) == (0, "")
        assert content(place) == expected
    assert killed >= sweeps - sweeps // 4


@pytest.mark.slow
def test_ctrl_c_says_one_word_and_the_sweep_goes_on_where_it_was(
    tmp_path: Path, sound: tuple[dict[str, Any], float]
) -> None:
    expected, _ = sound
    place = tmp_path / "one"
    with begun(place, "--workers", "2") as running:
        while running.poll() is None and not list(parts_of(place).glob("*.npz")):
            time.sleep(0.02)
        os.killpg(running.pid, signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert said.splitlines()[-1] == "Stopped."
    whole(place, "--resume")
    assert content(place) == expected


@contextmanager
def cluster(folder: Path, workers: int) -> "Iterator[tuple[str, list[subprocess.Popen[bytes]]]]":
    """A Dask scheduler and workers, started as Dask's documentation says; its address, and the workers."""
    dask = str(Path(sys.executable).parent / "dask")
    address = folder / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    common = ["--scheduler-file", str(address)]
    scheduler = [dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", *common]
    each = [dask, "worker", "--nthreads", "1", "--no-dashboard", "--no-nanny", "--death-timeout", "60", *common]
    started = [subprocess.Popen(scheduler, **quiet)]  # type: ignore[call-overload]
    try:
        while not address.exists():
            assert started[0].poll() is None
            time.sleep(0.05)
        import json

        place = json.loads(address.read_text(encoding="utf-8"))["address"]
        started += [subprocess.Popen(each, **quiet) for _ in range(workers)]  # type: ignore[call-overload]
        yield place, started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.mark.deep
def test_a_dask_cluster_gives_the_same_bytes(tmp_path: Path, sound: tuple[dict[str, Any], float]) -> None:
    pytest.importorskip("distributed")
    expected, _ = sound
    with cluster(tmp_path, workers=2) as (address, _):
        whole(tmp_path / "calm", "--scheduler", address)
        assert content(tmp_path / "calm") == expected


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_bytes_also_when_a_worker_dies(
    tmp_path: Path, sound: tuple[dict[str, Any], float]
) -> None:
    pytest.importorskip("distributed")
    expected, _ = sound
    draw = random.Random(13)
    with cluster(tmp_path, workers=3) as (address, workers):
        place = tmp_path / "shot"
        with begun(place, "--scheduler", address) as running:
            while running.poll() is None and not parts_of(place).exists():
                time.sleep(0.05)
            time.sleep(draw.uniform(0.5, 3.0))
            workers[0].kill()
            _, said = running.communicate(timeout=300)
        assert running.returncode == 0, said
        assert content(place) == expected


@pytest.mark.slow
def test_a_strategys_file_that_a_cluster_does_not_have_is_told(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    subprocess.run([sys.executable, "-m", "unlockstep", "new", "strategy", "mine", "--out", tmp_path], check=True)
    with cluster(tmp_path, workers=1) as (address, _):
        code = (
            "import pathlib, pickle, sys, types\n"
            "from unlockstep.backtests.sweep import cluster\n"
            "def sent(plan):\n"
            "    said = pickle.dumps(plan)\n"
            "    pathlib.Path(sys.argv[2]).unlink()  # gone by the time a worker looks for it\n"
            "    return said\n"
            "cluster.pickle = types.SimpleNamespace(dumps=sent, loads=pickle.loads)\n"
            "from unlockstep.backtests.cli import app as cli\n"
            "cli.main()\n"
        )
        place = tmp_path / "out"
        words = ["sweep", str(tmp_path / "mine.py"), *PERIOD, "--out", str(place), "--ledger", str(tmp_path / "l")]
        done = subprocess.run(
            [sys.executable, "-c", code, *words, "--scheduler", address], capture_output=True, text=True, check=False,
            timeout=120,
        )  # fmt: skip
    assert done.returncode in (1, 2)
    assert "mine.py" in done.stderr
    assert "Traceback" not in done.stderr
