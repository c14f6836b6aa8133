"""A hundred kill −9 of `run`: what was there is whole, or what was to be there is."""

import hashlib
import json
import random
import signal
import time
from contextlib import suppress
from os import kill
from pathlib import Path

import pytest

from tests.backtests.nursery import Nursery, nursery
from tests.systems import POSIX
from unlockstep.backtests.results.stored_run import read_run
from unlockstep.backtests.storage.atomic import PREFIX
from unlockstep.backtests.storage.run_folder import FRAMES, NOTE, PAGE, RESULT, STUDY

if not POSIX:
    pytest.skip("needs signals and /proc", allow_module_level=True)

SEEDS = (3, 4)
"""Of the demo: two runs that differ in every figure."""


class Runs:
    """Runs of one strategy on the demo, each a process of its own with a ledger of its own: what was tried before would
    be told in the result.
    """

    def __init__(self, nursery: Nursery, folder: Path) -> None:
        self.nursery, self.folder, self.begun = nursery, folder, 0

    def start(self, place: Path, seed: int) -> int:
        """Begin a run over what is at `place`; the number of its process."""
        self.begun += 1
        words = ["run", "--data", "demo", "--strategy", "derisk", "--start", "2023-01-01", "--seed", str(seed)]
        said, ledger = self.folder / "said", self.folder / f"{self.begun}.sqlite"
        more = ("--quiet", "--force", "--out", place)
        return self.nursery.start(*words, *more, folder=self.folder, out=said, err=said, UNLOCKSTEP_LEDGER=str(ledger))

    def whole(self, place: Path, seed: int) -> float:
        """Run to the end; the seconds it took."""
        begun = time.monotonic()
        self.start(place, seed)
        assert self.nursery.ended() == 0
        return time.monotonic() - begun


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    (tmp_path / "ledgers").mkdir()
    return Runs(nursery(), tmp_path / "ledgers")


def content(place: Path) -> dict[str, object]:
    """What a run says, but for the moment at which it was made; its files belong together."""
    run = read_run(place)
    assert set(run.frames["returns"].columns) == {variant.name for variant in run.result.variants}
    assert f"seed = {run.result.study['seed']}\n" in (place / STUDY).read_text()
    for report in (PAGE, NOTE):
        assert run.result.data.sha256[:12] in (place / report).read_text()
    result = json.loads((place / RESULT).read_text())
    del result["created_at"]
    sums = {name: hashlib.sha256((place / f"{name}.parquet").read_bytes()).hexdigest() for name in FRAMES}
    return {**result, **sums}


def hidden(folder: Path) -> set[Path]:
    return {path for path in folder.iterdir() if path.name.startswith(PREFIX)}


def inode(place: Path) -> int | None:
    """Which folder is at `place`: another one once a run was put there; None while there is none."""
    with suppress(FileNotFoundError):
        return place.stat().st_ino
    return None


@pytest.mark.parametrize("kills", [pytest.param(4, marks=pytest.mark.slow), pytest.param(100, marks=pytest.mark.deep)])
def test_kills_leave_the_old_run_or_the_new_one(tmp_path: Path, runs: Runs, kills: int) -> None:
    sound: dict[int, dict[str, object]] = {}
    for seed in SEEDS:
        usual = runs.whole(tmp_path / "alone" / str(seed), seed)
        sound[seed] = content(tmp_path / "alone" / str(seed))
    assert sound[SEEDS[0]] != sound[SEEDS[1]]

    folder = tmp_path / "runs"
    place = folder / "one"
    runs.whole(place, SEEDS[0])
    there, new = SEEDS
    half_written = replaced = 0
    draw = random.Random(5)
    for number in range(kills):
        before, old = hidden(folder), inode(place)
        process = runs.start(place, new)
        if number % 2:
            time.sleep(draw.uniform(0, usual))
        else:  # the moments of writing and of putting in place are short: wait for them, and a little of their length
            while Path(f"/proc/{process}").exists():
                if (inode(place) != old) if number % 4 else (hidden(folder) - before):
                    break
                time.sleep(0.0005)
            later = draw.choice([0.0, draw.uniform(0, 0.05)])
            time.sleep(later if number else 0.0)  # the first at once: of four kills it alone waits for the writing
        with suppress(ProcessLookupError):  # it was faster
            kill(process, signal.SIGKILL)
        assert runs.nursery.ended() in (-signal.SIGKILL, 0)
        half_written += bool(hidden(folder) - before)
        now = content(place)
        assert now in (sound[there], sound[new])
        assert [path for path in folder.iterdir() if path not in hidden(folder)] == [place]
        assert len(hidden(folder)) <= 1  # what the one before had left is gone
        if now == sound[new]:
            there, new, replaced = new, there, replaced + 1
    text = f"{half_written} of {kills} were killed with something unfinished, {replaced} after their run was in place"
    assert half_written >= max(1, kills // 5), text
    assert replaced >= max(1, kills // 5), text
    runs.whole(place, new)
    assert content(place) == sound[new]
    assert list(folder.iterdir()) == [place]
