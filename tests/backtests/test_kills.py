"""A hundred kill −9 of `run`: what was there is whole, or what was to be there is."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backtests.store import read_run
from backtests.store.folder import FRAMES, RESULT, STUDY
from backtests.store.whole import PREFIX

KILLS = 100
SEEDS = (3, 4)
"""Of the demo: two runs that differ in every figure."""


def command(place: Path, seed: int) -> list[str]:
    return [
        sys.executable, "-m", "backtests.cli", "run", "--data", "demo", "--strategy", "derisk", "--start", "2023-01-01",
        "--seed", str(seed), "--quiet", "--force", "--out", str(place),
    ]  # fmt: skip


def alone(folder: Path, number: int) -> dict[str, str]:
    """Settings of a process with a ledger of its own: what was tried before would be told in the result."""
    return {**os.environ, "UNLOCKSTEP_LEDGER": str(folder / f"ledger-{number}.sqlite")}


def content(place: Path) -> dict[str, object]:
    """What a run says, but for the moment at which it was made; its files belong together."""
    run = read_run(place)
    names = {variant["name"] for variant in run.result["variants"]}
    assert set(run.frames["returns"].columns) == names
    assert f"seed = {run.result['study']['seed']}\n" in (place / STUDY).read_text()
    assert f"{run.result['data']['sha256'][:12]}" in (place / "report.html").read_text()
    assert f"{run.result['data']['sha256'][:12]}" in (place / "report.md").read_text()
    sums = {name: hashlib.sha256((place / f"{name}.parquet").read_bytes()).hexdigest() for name in FRAMES}
    result = json.loads((place / RESULT).read_text())
    del result["created_at"]
    return {**result, **sums}


def hidden(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(PREFIX)]


@pytest.mark.slow
def test_a_hundred_kills_leave_the_old_run_or_the_new_one(tmp_path: Path) -> None:
    whole: dict[int, dict[str, object]] = {}
    for seed in SEEDS:
        subprocess.run(command(tmp_path / "alone" / str(seed), seed), env=alone(tmp_path, seed), check=True)
        whole[seed] = content(tmp_path / "alone" / str(seed))
    assert whole[SEEDS[0]] != whole[SEEDS[1]]

    runs = tmp_path / "runs"
    place = runs / "one"
    begun = time.monotonic()
    subprocess.run(command(place, SEEDS[0]), env=alone(tmp_path, 5), check=True)
    usual = time.monotonic() - begun
    there, while_writing, replaced, finished = SEEDS[0], 0, 0, 0
    draw = random.Random(5)
    for number in range(KILLS):
        new = SEEDS[1] if there == SEEDS[0] else SEEDS[0]
        before = set(hidden(runs))
        with subprocess.Popen(
            command(place, new), env=alone(tmp_path, 1000 + number), stderr=subprocess.DEVNULL
        ) as running:
            if number % 2:
                time.sleep(draw.uniform(0, usual))
            else:  # the moments of writing are short: wait for them, and then a little of their own length
                while running.poll() is None and not set(hidden(runs)) - before:
                    time.sleep(0.0005)
                time.sleep(draw.choice([0.0, draw.uniform(0, 0.1)]))
            running.send_signal(signal.SIGKILL)
            running.wait()
        finished += running.returncode == 0
        while_writing += bool(set(hidden(runs)) - before)
        now = content(place)
        assert now in (whole[there], whole[new])
        replaced += now == whole[new]
        there = new if now == whole[new] else there
        assert [path.name for path in runs.iterdir() if path not in hidden(runs)] == ["one"]
        assert len(hidden(runs)) <= 1  # what the one before left is gone
    told = f"{while_writing} of {KILLS} while writing, {replaced} after the exchange, {finished} too late"
    assert while_writing >= KILLS // 5, told
    assert replaced >= 1, told
    new = SEEDS[1] if there == SEEDS[0] else SEEDS[0]
    subprocess.run(command(place, new), env=alone(tmp_path, 6), check=True)
    assert content(place) == whole[new]
    assert [path.name for path in runs.iterdir()] == ["one"]
