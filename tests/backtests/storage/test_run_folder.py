"""Run folders: all or nothing."""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.refusals import refused
from unlockstep.backtests.storage import list_runs, read_folder, write_folder
from unlockstep.backtests.storage.checkpoint import open_checkpoint
from unlockstep.backtests.storage.run_folder import FRAMES, add_pictures, as_json, check_place, plain, reserved_place
from unlockstep.signals.errors import RunError

FRAME = pd.DataFrame({"a": [0.1, np.nan]}, index=pd.DatetimeIndex(["2024-01-02", "2024-01-03"], name="session"))


class FullDisk(pd.DataFrame):
    """A frame that cannot be written."""

    def to_parquet(self, *_: object, **__: object) -> None:  # type: ignore[override]
        raise OSError(28, "No space left on device")


def result(mark: int = 1) -> dict[str, object]:
    return {"schema": 2, "mark": mark}


def put(out: Path, *, force: bool = False, mark: int = 1) -> None:
    write_folder(out, {"result.json": as_json(result(mark))}, dict.fromkeys(FRAMES, FRAME), force=force)


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    put(tmp_path / "runs" / "one")
    content, frames = read_folder(tmp_path / "runs" / "one")
    assert content == result()
    pd.testing.assert_frame_equal(pd.read_parquet(BytesIO(frames["returns.parquet"])), FRAME)


def test_a_taken_place_is_left_alone_without_force(tmp_path: Path) -> None:
    put(tmp_path / "one")
    with refused(RunError, name=str(tmp_path / "one"), remedy="--force"):
        put(tmp_path / "one", mark=2)
    assert read_folder(tmp_path / "one")[0] == result()


def test_force_replaces_a_run(tmp_path: Path) -> None:
    put(tmp_path / "one")
    put(tmp_path / "one", force=True, mark=2)
    assert read_folder(tmp_path / "one")[0] == result(2)
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_pictures_are_added_to_a_run_and_go_with_it(tmp_path: Path) -> None:
    put(tmp_path / "one")
    for content in (b"first", b"second"):
        add_pictures(tmp_path / "one", {"chart-null.png": content})
        assert (tmp_path / "one" / "chart-null.png").read_bytes() == content
    put(tmp_path / "one", force=True)
    assert not (tmp_path / "one" / "chart-null.png").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["one"]
    (tmp_path / "one" / "chart-of mine.png").write_bytes(b"a picture of somebody else's")
    with refused(RunError, name="chart-of mine.png"):
        put(tmp_path / "one", force=True)


def test_force_replaces_nothing_but_runs(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with refused(RunError, name="chapter.txt"):
        put(tmp_path / "thesis", force=True)
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


def test_force_spares_a_folder_with_a_result_of_somebody_else_s(tmp_path: Path) -> None:
    (tmp_path / "p" / "src").mkdir(parents=True)
    (tmp_path / "p" / "result.json").write_text("{}")
    with refused(RunError, name="src"):
        put(tmp_path / "p", force=True)
    assert (tmp_path / "p" / "src").is_dir()


MARKERS = {
    "result.json", "comparison.json", "events.json", "unseal.json", "sweep.json", "replicate.json",
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(MARKERS - {"result.json"}))
def test_force_replaces_no_folder_of_another_kind(tmp_path: Path, kind: str) -> None:
    put(tmp_path / "one")
    check_place(tmp_path / "one", force=True, kind="result.json")
    with refused(RunError, name="result.json"):
        check_place(tmp_path / "one", force=True, kind=kind)
    with refused(RunError, name="result.json"):
        write_folder(tmp_path / "one", {kind: "{}"}, {}, force=True)
    assert read_folder(tmp_path / "one")[0] == result()


def test_force_never_replaces_what_is_read(tmp_path: Path) -> None:
    put(tmp_path / "one")
    (tmp_path / "link").symlink_to("one")
    for out in ("one", "link"):
        for read in ("one", "one/study.toml", "link"):
            with refused(RunError, name=str(tmp_path / read)):
                check_place(tmp_path / out, force=True, kind="result.json", inputs=[tmp_path / read])
    check_place(tmp_path / "one", force=True, kind="result.json", inputs=[tmp_path / "one2"])


def test_the_root_of_the_machine_is_refused() -> None:
    with refused(RunError, name="/"):
        check_place(Path("/"), force=False)
    with pytest.raises(RunError):
        check_place(Path("/"), force=True)
    with pytest.raises(RunError), open_checkpoint(Path("/"), {}, resume=False, force=False):
        pass


def test_a_name_is_kept_from_others_until_the_end(tmp_path: Path) -> None:
    wanted = tmp_path / "runs" / "20260101-120000"
    with reserved_place(wanted) as first, reserved_place(wanted) as second:
        assert first == wanted
        assert second == tmp_path / "runs" / "20260101-120000-2"
        put(second)
    assert [path.name for path in wanted.parent.iterdir()] == ["20260101-120000-2"]
    put(wanted)
    with reserved_place(wanted) as third:
        assert third.name == "20260101-120000-3"


def test_a_name_that_a_killed_process_had_reserved_is_free(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path\n"
        "from unlockstep.backtests.storage.run_folder import reserved_place\n"
        "with reserved_place(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "one")], check=False)
    assert len(list(tmp_path.iterdir())) == 1
    with reserved_place(tmp_path / "one") as place:
        assert place == tmp_path / "one"
    assert list(tmp_path.iterdir()) == []


def test_where_no_name_can_be_reserved_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with refused(RunError, name=str(tmp_path / "runs" / "one")), reserved_place(tmp_path / "runs" / "one"):
        pass


def test_a_place_under_a_file_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with refused(RunError, name=str(tmp_path / "file" / "one")):
        check_place(tmp_path / "file" / "one", force=False)


def test_a_failure_half_way_leaves_nothing(tmp_path: Path) -> None:
    with refused(RunError, name=str(tmp_path / "one")):
        write_folder(tmp_path / "one", {"result.json": "{}"}, {"returns": FullDisk()}, force=False)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_half_way_keeps_the_old_run(tmp_path: Path) -> None:
    put(tmp_path / "one")

    with pytest.raises(RunError):
        write_folder(tmp_path / "one", {"result.json": "{}"}, {"returns": FullDisk()}, force=True)
    assert read_folder(tmp_path / "one")[0] == result()
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_folder_without_a_run_says_what_is_missing(tmp_path: Path) -> None:
    with refused(RunError, name="result.json"):
        read_folder(tmp_path)
    put(tmp_path / "one")
    (tmp_path / "one" / "trades.parquet").unlink()
    with refused(RunError, name="trades.parquet"):
        read_folder(tmp_path / "one")


def test_a_damaged_run_is_an_error_not_a_traceback(tmp_path: Path) -> None:
    put(tmp_path / "one")
    (tmp_path / "one" / "result.json").write_text("{")
    with refused(RunError, name=str(tmp_path / "one")):
        read_folder(tmp_path / "one")


def test_missing_numbers_become_null_and_never_nan() -> None:
    value = {"a": np.float64("nan"), "b": [np.inf, np.int64(3), np.bool_(True)], "c": np.array([1.5, np.nan])}
    assert plain(value) == {"a": None, "b": [None, 3, True], "c": [1.5, None]}
    assert "NaN" not in as_json(value)
    assert json.loads(as_json(value))["b"] == [None, 3, True]


def test_only_whole_runs_are_listed(tmp_path: Path) -> None:
    put(tmp_path / "one")
    (tmp_path / "other").mkdir()
    assert [path.name for path in list_runs(tmp_path)] == ["one"]


def test_a_file_lists_no_runs_and_is_refused(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "none") == []
    (tmp_path / "file").write_text("")
    with refused(RunError, name=str(tmp_path / "file"), remedy="folder"):
        list_runs(tmp_path / "file")
