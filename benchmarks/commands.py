"""How long the command line takes, beside the bare import of what it stands on: fresh processes, a warm disk."""

import subprocess
import sys
import sysconfig
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.timing import Spread, in_turns, ratio, seconds

UNLOCKSTEP = str(Path(sysconfig.get_path("scripts")) / "unlockstep")
HELP, HELP_IMPORTS = "unlockstep --help", 'python -c "import typer, rich"'
RUN, RUN_IMPORTS = "unlockstep run --data demo, report included", 'python -c "import vectorbt, plotly"'


def measure(rounds: int) -> dict[str, list[float]]:
    """Name → seconds in each of the rounds, one before them not counted."""
    with TemporaryDirectory() as folder:
        ledger = str(Path(folder) / "ledger.sqlite")
        study = ["run", "--data", "demo", "--quiet", "--force", "--out", str(Path(folder) / "run"), "--ledger", ledger]
        calls = {
            HELP: _call(UNLOCKSTEP, "--help"),
            HELP_IMPORTS: _call(sys.executable, "-c", "import typer, rich"),
            RUN: _call(UNLOCKSTEP, *study),
            RUN_IMPORTS: _call(sys.executable, "-c", "import vectorbt, plotly"),
        }
        in_turns(calls, 1)
        return in_turns(calls, rounds)


def figures(taken: dict[str, list[float]]) -> dict[str, Spread]:
    """Goal's key → command over import."""
    return {"help": ratio(taken[HELP], taken[HELP_IMPORTS]), "run": ratio(taken[RUN], taken[RUN_IMPORTS])}


def _call(*words: str) -> Callable[[], float]:
    return partial(seconds, partial(subprocess.run, words, check=True, capture_output=True))
