"""Machines where neither the install nor the home can be written: containers, users of services."""

import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.systems import needs_root
from unlockstep import compiler_cache

ROOT = Path(__file__).parent.parent
NOBODY = 65534


@cache
def interpreter() -> str:
    """A Python that a user without rights may start; the test is left out where there is none."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for path in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        # A grandchild, as workers are: the first process may start what its user could not.
        script = "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)"
        try:
            done = subprocess.run([path, "-c", script], user=NOBODY, group=NOBODY, capture_output=True, check=False)
        except OSError:
            continue
        if not done.returncode:
            return path
    pytest.skip("no Python that others may start")


def as_nobody(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of a user who has no home, and may write `folder` and the system's temporary folder alone."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": "/nonexistent",
        "TMPDIR": str(folder),
        "PYTHONPATH": os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [interpreter(), "-m", "unlockstep", *words],
        cwd=folder,
        env=environment,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of that user's; not pytest's, which another pytest closes to others when it begins."""
    with tempfile.TemporaryDirectory() as place:
        os.chown(place, NOBODY, NOBODY)
        yield Path(place)


@needs_root
@pytest.mark.slow
def test_every_command_that_computes_works_without_a_home_in_an_install_that_is_read_only(folder: Path) -> None:
    ledger = ("--ledger", "ledger.sqlite")
    study = ("--data", "demo", "--start", "2018-01-01", "--end", "2021-12-31")
    worlds = ("--worlds", "2", "--kind", "walk", "--family", "one", "--planted", "none")
    commands = (
        ("run", *study, "--out", "run", "-q", *ledger),
        ("unseal", "run", "--out", "unsealed", "-q", *ledger),
        ("sweep", "derisk", "--grid", "window=60,90", "--out", "sweep", "-q", "--workers", "2", *ledger),
        ("calibrate", *worlds, "--jobs", "2", "-q", "--out", "calibration", *ledger),
        ("audit", "derisk"),
        ("compare", "run", "run"),
    )
    ended = [as_nobody(folder, *words) for words in commands]
    assert [done.returncode for done in ended] == [0] * len(commands), [done.stderr for done in ended]
    notes = [done.stderr.splitlines() for done in ended]
    assert all(len(lines) <= 1 for lines in notes), notes
    assert all("NUMBA_CACHE_DIR" in line for lines in notes for line in lines)
    assert notes[0]
    assert {path.name for path in folder.glob(f"unlockstep-{NOBODY}/*") if path.is_dir()}
    assert (folder / f"unlockstep-{NOBODY}").stat().st_mode & 0o077 == 0


@needs_root
def test_without_any_ledger_the_run_says_where_to_name_one(folder: Path) -> None:
    done = as_nobody(folder, "run", "--data", "demo", "--out", "run", "-q")
    assert done.returncode == 1
    assert "--ledger FILE" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (folder / "run").exists()


@pytest.fixture
def homeless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No usual place can be written; the temporary folder is `tmp_path`."""
    for name in (compiler_cache.VARIABLE, "MPLCONFIGDIR"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(compiler_cache, "_writable", lambda folder: folder.is_relative_to(tmp_path))
    return tmp_path


def test_a_folder_of_the_users_own_takes_the_place_and_is_said_once(homeless: Path) -> None:
    with pytest.warns(compiler_cache.CompilerCacheWarning) as warned:
        compiler_cache.find_compiler_cache()
    compiler_cache.find_compiler_cache()  # where a warning would be an error
    assert len(warned) == 1
    folder = Path(os.environ[compiler_cache.VARIABLE])
    assert folder.parent == homeless
    assert folder.stat().st_mode & 0o777 == 0o700
    assert Path(os.environ["MPLCONFIGDIR"]) == folder / "matplotlib"


def test_a_folder_that_others_may_write_is_not_used(homeless: Path) -> None:
    with pytest.warns(compiler_cache.CompilerCacheWarning):
        compiler_cache.find_compiler_cache()
    first = Path(os.environ.pop(compiler_cache.VARIABLE))
    first.chmod(0o777)
    with pytest.warns(compiler_cache.CompilerCacheWarning):
        compiler_cache.find_compiler_cache()
    assert Path(os.environ[compiler_cache.VARIABLE]) != first
    assert Path(os.environ[compiler_cache.VARIABLE]).parent == homeless


def test_a_link_in_its_place_is_not_followed(homeless: Path) -> None:
    (homeless / "elsewhere").mkdir(mode=0o700)
    with pytest.warns(compiler_cache.CompilerCacheWarning):
        compiler_cache.find_compiler_cache()
    first = Path(os.environ.pop(compiler_cache.VARIABLE))
    first.rmdir()
    first.symlink_to(homeless / "elsewhere")
    with pytest.warns(compiler_cache.CompilerCacheWarning):
        compiler_cache.find_compiler_cache()
    assert not list((homeless / "elsewhere").iterdir())
    assert Path(os.environ[compiler_cache.VARIABLE]) != first


COMPILED = """\
from numba import njit

from unlockstep.signals import Trend
from unlockstep.strategies import Strategy, target


@njit(cache=True)
def doubled(x):
    return 2.0 * x


class Mine(Strategy):
    '''Trend.'''

    name = "mine"
    statement = ""
    hypothesis = "trend"

    def signals(self):
        return {"trend": Trend(window=20)}

    def rule(self, s):
        return target((s["trend"] > 0).astype(float), 0.0, where=s["trend"].notna())


DOUBLED = doubled(1.0)
"""


def test_nothing_compiled_is_kept_or_looked_for_beside_a_rule(tmp_path: Path) -> None:
    (tmp_path / "rule.py").write_text(COMPILED, encoding="utf-8")
    (tmp_path / "load.py").write_text(
        "from pathlib import Path\n"
        "from unlockstep.backtests.plugins.file_loader import execute\n"
        "from unlockstep.backtests.plugins.local_imports import read\n"
        "path = Path('rule.py').absolute()\n"
        "execute(path, read(path))\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    environment.pop(compiler_cache.VARIABLE, None)
    subprocess.run([sys.executable, "load.py"], cwd=tmp_path, env=environment, check=True)
    cached = [path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*.nbi")]
    if sys.platform == "linux":
        assert cached == ["cache"]
    assert not (tmp_path / "__pycache__").exists()


def test_a_folder_that_the_user_names_and_nobody_can_write_is_replaced(
    homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(compiler_cache.VARIABLE, "/nonexistent/numba")
    with pytest.warns(compiler_cache.CompilerCacheWarning, match="'/nonexistent/numba'"):
        compiler_cache.find_compiler_cache()
    assert Path(os.environ[compiler_cache.VARIABLE]).parent == homeless
