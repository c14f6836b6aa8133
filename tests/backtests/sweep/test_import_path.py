"""Workers of a sweep import nothing from the folder that the user is in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from unlockstep.backtests.sweep.import_path import VARIABLE, without_current_folder

START = "from unlockstep.backtests.cli.app import main\nmain()\n"
MODULES = ("joblib", "multiprocessing", "numpy", "pandas", "cloudpickle", "threadpoolctl", "sitecustomize")


@pytest.mark.slow
def test_no_module_of_the_current_folder_runs_in_a_worker(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    for name in MODULES:
        mark = f"from pathlib import Path\nPath({str(tmp_path / name)!r}).write_text('')\n"
        (theirs / f"{name}.py").write_text(mark, encoding="utf-8")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "unlockstep").write_text(START, encoding="utf-8")  # as an installed command is
    words = ["sweep", "derisk", "--start", "2022-01-01", "--grid", "window=60,90", "--workers", "2", "--quiet"]
    subprocess.run(
        [sys.executable, str(tmp_path / "bin" / "unlockstep"), *words, "--out", str(tmp_path / "sweep")],
        cwd=theirs, check=True,
    )  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "sweep", "theirs"]


def test_the_environment_is_as_it_was_afterwards() -> None:
    for before in (None, "", "1"):
        os.environ.pop(VARIABLE, None)
        if before is not None:
            os.environ[VARIABLE] = before
        with without_current_folder():
            assert os.environ[VARIABLE] == "1"
        assert os.environ.pop(VARIABLE, None) == before
