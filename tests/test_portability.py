"""The package works where the system has no fork, no flock, no signals of POSIX and no exchange of folders."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from unlockstep.backtests.results.stored_run import read_run

ROOT = Path(__file__).parent.parent

HIDE = """
import importlib, os, pkgutil, signal, subprocess, sys
for name in {libraries!r}:  # these choose by sys.platform, which stays
    importlib.import_module(name)
for name in {modules!r}:
    sys.modules[name] = None
for name in {of_os!r}:
    if hasattr(os, name):
        delattr(os, name)
for name in {of_signal!r}:
    if hasattr(signal, name):
        delattr(signal, name)
import multiprocessing.context
del multiprocessing.context.ForkProcess
multiprocessing.get_all_start_methods = lambda: ["spawn"]
"""
"""Takes from Python what Windows has not."""

LIBRARIES = (
    "arch", "curl_cffi", "exchange_calendars", "filelock", "jinja2", "joblib", "numba", "pandas", "platformdirs",
    "plotly", "pyarrow.parquet", "pydantic", "rich.console", "rich.progress", "ruptures", "scipy.stats",
    "statsmodels.api", "threadpoolctl", "tomli_w", "typer", "typer.rich_utils", "vectorbt", "yfinance", "sqlite3",
)  # fmt: skip
MODULES = ("fcntl", "grp", "msvcrt", "pwd", "resource", "termios", "winreg")
OF_OS = (
    "O_ACCMODE", "O_DIRECTORY", "O_NOFOLLOW", "fchmod", "fork", "geteuid", "getpgid", "getuid", "killpg",
    "sched_getaffinity", "setpgid", "setsid", "setuid",
)  # fmt: skip
OF_SIGNAL = ("SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGXFSZ")


STEPS = """
import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from unlockstep.backtests.cli.app import main
from unlockstep.backtests.storage import read_folder
from unlockstep.backtests.storage import atomic
from tests.backtests.storage.test_run_folder import put

folder, answers = Path(sys.argv[1]), {}

def command(*words):
    sys.argv = ["unlockstep", *map(str, words)]
    with redirect_stdout(StringIO()) as shown:
        try:
            main()
        except SystemExit as left:
            return left.code, shown.getvalue()

import unlockstep
names = [each.name for each in pkgutil.walk_packages(unlockstep.__path__, "unlockstep.")]
answers["modules"] = [importlib.import_module(name).__name__ for name in names if not name.endswith("__main__")]
answers["list"] = command("list", "strategies")
run = ("run", "--strategy", "derisk", "--ledger", folder / "ledger.sqlite", "--out", folder / "run", "-q")
answers["run"] = command(*run)

rename, place, there = os.rename, folder / "replaced" / "one", []

def renamed(source, target):
    there.append(place.exists())
    if Path(target).exists():
        raise FileExistsError(17, "File exists")  # as on Windows, an empty folder too
    rename(source, target)

place.parent.mkdir()
os.rename, sys.platform = renamed, "win32"
put(place)
put(place, force=True, mark=2)
sys.platform = "linux"
answers["replaced"] = [there, read_folder(place)[0]["mark"], os.listdir(place.parent)]
print(json.dumps(answers))
"""


def elsewhere(script: str, *arguments: str | Path) -> str:
    """What the script prints when Python lacks what Windows lacks."""
    hide = HIDE.format(libraries=LIBRARIES, modules=MODULES, of_os=OF_OS, of_signal=OF_SIGNAL)
    words = [sys.executable, "-c", hide + script, *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder, and the answers of every step that was done in it."""
    folder = tmp_path_factory.mktemp("elsewhere")
    return folder, json.loads(elsewhere(STEPS, folder))


def test_every_module_is_imported(steps: tuple[Path, dict[str, Any]]) -> None:
    _, answers = steps
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / "backtests").rglob("*.py")}
    expected = {f"unlockstep.{name.removesuffix('.__init__')}" for name in modules}
    assert expected - set(answers["modules"]) == set()


def test_the_commands_list_and_run_work(steps: tuple[Path, dict[str, Any]]) -> None:
    folder, answers = steps
    status, shown = answers["list"]
    assert status == 0
    assert "break_entry" in shown
    assert answers["run"][0] == 0
    assert read_run(folder / "run").result.variants


def test_a_run_is_replaced_without_an_exchange_of_folders(steps: tuple[Path, dict[str, Any]]) -> None:
    _, answers = steps
    # whether the run was there before each rename: the first run in; then the old one aside, the new one in, the old
    # one into the hidden folder that is removed
    assert answers["replaced"] == [[False, True, False, True], 2, ["one"]]


@pytest.mark.slow
def test_an_audit_computes_in_its_own_process_and_says_what_it_did_not_look_for() -> None:
    script = "from unlockstep.backtests.cli.app import main\nsys.argv = ['unlockstep', 'audit', 'yoy']\nmain()"
    assert "this system cannot copy a process" in " ".join(elsewhere(script).split())
