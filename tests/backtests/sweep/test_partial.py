"""Unfinished work: kept part by part, gone on with only where it is the same, exchanged for the finished folder."""

from pathlib import Path

import numpy as np
import pytest

from backtests.store.partial import ABOUT, PARTS, partial
from backtests.store.whole import alone
from signals.errors import RunError

SAME = {"seed": 7, "prices": "abc"}


def begun(out: Path) -> Path:
    """Work with one part, cut."""
    with partial(out, SAME, resume=False, force=False) as work:
        work.keep("one", {"x": np.arange(3), "y": np.array(2.0)})
    return out


def test_parts_are_there_again(tmp_path: Path) -> None:
    out = begun(tmp_path / "a")
    with partial(out, SAME, resume=True, force=False) as work:
        assert work.names() == {"one"}
        assert work.read("one")["x"].tolist() == [0, 1, 2]
        work.keep("two", {"x": np.zeros(0)})
        assert work.names() == {"one", "two"}


def test_a_part_that_was_being_written_when_the_work_was_cut_is_none(tmp_path: Path) -> None:
    out = begun(tmp_path / "a")
    (out / PARTS / "two.new").write_bytes(b"PK")
    with partial(out, SAME, resume=True, force=False) as work:
        assert work.names() == {"one"}


@pytest.mark.parametrize(
    ("about", "resume", "says"),
    [
        (SAME, False, r"holds unfinished work; go on with --resume, or begin anew with --force\.$"),
        ({**SAME, "seed": 8}, True, "other prices, variants or settings"),
    ],
)
def test_work_is_gone_on_with_only_when_asked_and_the_same(
    tmp_path: Path, about: dict[str, object], resume: bool, says: str
) -> None:
    out = begun(tmp_path / "a")
    with pytest.raises(RunError, match=says), partial(out, about, resume=resume, force=False):
        pass
    assert (out / PARTS / "one.npz").exists()


def test_work_begins_anew_with_force(tmp_path: Path) -> None:
    out = begun(tmp_path / "a")
    with partial(out, {**SAME, "seed": 8}, resume=False, force=True) as work:
        assert work.names() == set()
    with partial(out, {**SAME, "seed": 8}, resume=True, force=False):
        pass


def test_nothing_to_go_on_with_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no unfinished work"), partial(tmp_path / "a", SAME, resume=True, force=False):
        pass


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_with_anything_else_is_never_touched(tmp_path: Path, force: bool) -> None:
    (tmp_path / "letters.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(RunError, match=r"exists|letters"), partial(tmp_path, SAME, resume=False, force=force):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_a_stranger_beside_the_parts_stops_it(tmp_path: Path) -> None:
    out = begun(tmp_path / "a")
    (out / "letters.txt").write_text("dear", encoding="utf-8")
    for resume, force in ((True, False), (False, True)):
        with pytest.raises(RunError), partial(out, SAME, resume=resume, force=force):
            pass
    assert (out / "letters.txt").read_text(encoding="utf-8") == "dear"


def test_one_process_at_a_time(tmp_path: Path) -> None:
    out = begun(tmp_path / "a")
    with (
        alone(out) as ours,
        pytest.raises(RunError, match="Another process"),
        partial(out, SAME, resume=True, force=False),
    ):
        assert ours


def test_the_finished_folder_takes_the_place_in_one_step(tmp_path: Path) -> None:
    out = begun(tmp_path / "a")

    def written(made: Path) -> None:
        (made / "sweep.json").write_text("{}", encoding="utf-8")

    with partial(out, SAME, resume=True, force=False) as work:
        work.finish(written)
    assert [path.name for path in out.iterdir()] == ["sweep.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_fails_while_finishing_leaves_the_parts(tmp_path: Path) -> None:
    out = begun(tmp_path / "a")

    def full(made: Path) -> None:
        (made / "sweep.json").write_text("{", encoding="utf-8")
        raise OSError(28, "No space left on device")

    with pytest.raises(RunError, match="No space left"), partial(out, SAME, resume=True, force=False) as work:
        work.finish(full)
    assert {path.name for path in out.iterdir()} == {ABOUT, PARTS}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_part_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    out = begun(tmp_path / "a")
    (out / PARTS / "one.npz").write_bytes(b"no zip")
    with (
        partial(out, SAME, resume=True, force=False) as work,
        pytest.raises(RunError, match=r"one\.npz' cannot be read: .*; remove it and go on with --resume\.$"),
    ):
        work.read("one")
