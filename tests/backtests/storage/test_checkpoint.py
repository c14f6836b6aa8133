"""Unfinished work: kept part by part beside its place, gone on with only where it is the same, finished in one step."""

import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tests.refusals import refused
from unlockstep.backtests.storage.atomic import alone
from unlockstep.backtests.storage.checkpoint import ABOUT, LARGEST_PART, PARTS, SUFFIX, open_checkpoint
from unlockstep.backtests.storage.run_folder import SWEEP
from unlockstep.signals.errors import RunError

SAME = {"seed": 7, "prices": "abc"}


def begun(out: Path) -> Path:
    """Work with one part, cut; its folder."""
    with open_checkpoint(out, SAME, resume=False, force=False) as work:
        work.keep("one", {"x": np.arange(3), "y": np.array(2.0)})
    assert not out.exists()
    return out.with_name(out.name + SUFFIX)


def written(made: Path) -> None:
    (made / SWEEP).write_text("new", encoding="utf-8")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "a"


def test_parts_are_there_again(out: Path) -> None:
    begun(out)
    with open_checkpoint(out, SAME, resume=True, force=False) as work:
        assert work.names() == {"one"}
        assert work.read("one")["x"].tolist() == [0, 1, 2]
        work.keep("two", {"x": np.zeros(0)})
        assert work.names() == {"one", "two"}


def test_a_part_that_was_being_written_when_the_work_was_cut_is_none(out: Path) -> None:
    (begun(out) / PARTS / "two.new").write_bytes(b"PK")
    with open_checkpoint(out, SAME, resume=True, force=False) as work:
        assert work.names() == {"one"}


@pytest.mark.parametrize(
    ("about", "resume", "remedy"),
    [
        (SAME, False, "go on with --resume, or begin anew with --force"),
        ({**SAME, "seed": 8}, True, "give the same ones"),
    ],
)
def test_work_is_gone_on_with_only_when_asked_and_the_same(
    out: Path, about: dict[str, object], resume: bool, remedy: str
) -> None:
    folder = begun(out)
    with refused(RunError, name=str(folder), remedy=remedy), open_checkpoint(out, about, resume=resume, force=False):
        pass
    assert (folder / PARTS / "one.npz").exists()


def test_work_begins_anew_with_force(out: Path) -> None:
    begun(out)
    with open_checkpoint(out, {**SAME, "seed": 8}, resume=False, force=True) as work:
        assert work.names() == set()
    with open_checkpoint(out, {**SAME, "seed": 8}, resume=True, force=False):
        pass


def test_work_that_was_cut_before_it_said_what_it_is_begins_anew_with_force(out: Path) -> None:
    folder = out.with_name("a.unfinished")
    folder.mkdir()
    with refused(RunError, name=str(folder), remedy="--force"), open_checkpoint(out, SAME, resume=True, force=False):
        pass
    with open_checkpoint(out, SAME, resume=False, force=True):
        assert (folder / ABOUT).exists()


def test_nothing_to_go_on_with_is_told(out: Path) -> None:
    with (
        refused(RunError, name=str(out), remedy="leave --resume out"),
        open_checkpoint(out, SAME, resume=True, force=False),
    ):
        pass


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_with_anything_else_is_never_touched(out: Path, force: bool) -> None:
    for place in (out, out.with_name("a.unfinished")):
        place.mkdir()
        (place / "letters.txt").write_text("dear", encoding="utf-8")
        with (
            refused(RunError, name=re.compile(r".*(letters\.txt|a|a\.unfinished)")),
            open_checkpoint(out, SAME, resume=False, force=force),
        ):
            pass
        assert [path.name for path in place.iterdir()] == ["letters.txt"]
        (place / "letters.txt").unlink()
        place.rmdir()


def test_one_process_at_a_time(out: Path) -> None:
    folder = begun(out)
    with (
        alone(folder) as ours,
        refused(RunError, name=str(folder), remedy="wait"),
        open_checkpoint(out, SAME, resume=True, force=False),
    ):
        assert ours


def test_the_finished_folder_is_there_at_once_and_the_parts_are_gone(out: Path) -> None:
    begun(out)
    with open_checkpoint(out, SAME, resume=True, force=False) as work:
        work.finish(written)
    assert [path.name for path in out.iterdir()] == [SWEEP]
    assert [path.name for path in out.parent.iterdir()] == ["a"]


def test_what_was_there_stays_until_the_new_is_whole(out: Path) -> None:
    out.mkdir()
    (out / SWEEP).write_text("old", encoding="utf-8")
    with refused(RunError, name=str(out), remedy="--force"), open_checkpoint(out, SAME, resume=False, force=False):
        pass
    with open_checkpoint(out, SAME, resume=False, force=True) as work:
        work.keep("one", {"x": np.zeros(1)})
        assert (out / SWEEP).read_text(encoding="utf-8") == "old"
    with open_checkpoint(out, SAME, resume=True, force=True) as work:  # cut, and gone on with
        assert work.names() == {"one"}
        assert (out / SWEEP).read_text(encoding="utf-8") == "old"
        work.finish(written)
    assert (out / SWEEP).read_text(encoding="utf-8") == "new"


def test_what_fails_while_finishing_leaves_the_parts(out: Path) -> None:
    folder = begun(out)

    def full(made: Path) -> None:
        written(made)
        raise OSError(28, "No space left on device")

    with (
        refused(RunError, name=str(folder), remedy="--resume"),
        open_checkpoint(out, SAME, resume=True, force=False) as work,
    ):
        work.finish(full)
    assert {path.name for path in folder.iterdir()} == {ABOUT, PARTS}
    assert [path.name for path in out.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("retained", [0, 40, -20])
def test_a_part_that_cannot_be_read_is_named(out: Path, retained: int) -> None:
    place = begun(out) / PARTS / "one.npz"
    place.write_bytes(place.read_bytes()[:retained] or b"no zip")
    with (
        open_checkpoint(out, SAME, resume=True, force=False) as work,
        refused(RunError, name=str(place), remedy="--resume"),
    ):
        work.read("one")


def test_a_part_that_would_take_all_memory_is_refused_before_it_is_unpacked(out: Path) -> None:
    place = begun(out) / PARTS / "one.npz"
    np.savez_compressed(place, x=np.zeros(LARGEST_PART // 8 + 1))
    assert place.stat().st_size < 1_000_000
    with (
        open_checkpoint(out, SAME, resume=True, force=False) as work,
        refused(RunError, name=re.compile(r".*one\.npz"), remedy="--resume"),
    ):
        tracemalloc.start()
        try:
            work.read("one")
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
    assert peak < LARGEST_PART / 10
