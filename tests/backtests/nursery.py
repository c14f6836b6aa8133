"""`unlockstep` in processes of its own, forked from one that has loaded the libraries.

Each is a process with a state, files and an end of its own, but begins without the seconds that loading takes. What a
start itself does is tested where `python -m unlockstep` is started: test_processes, documents, release.
"""

import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

WORK = """
import json, os, sys
import arch, plotly.offline, ruptures, statsmodels.api, vectorbt
import unlockstep.backtests.cli.run, unlockstep.backtests.jobs.run
import unlockstep.backtests.reports.html, unlockstep.backtests.reports.study.markdown
from unlockstep.backtests.cli import app as cli

def become(order):
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    sys.path[:0] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    for number, path in enumerate(order["streams"]):
        os.dup2(os.open(path, (os.O_RDWR | os.O_CREAT) if number else os.O_RDONLY), number)
    sys.stdin, sys.stdout, sys.stderr = (open(n, "w" if n else "r", encoding="utf-8", closefd=False) for n in range(3))
    sys.argv[:] = ["unlockstep", *order["words"]]
    cli.main()  # and leave

answers = os.fdopen(os.dup(1), "w")
for line in sys.stdin:
    child = os.fork()
    if not child:
        become(json.loads(line))
    print(child, file=answers, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=answers, flush=True)
"""


class Nursery:
    """A process that becomes the command when asked, as often as asked, one at a time."""

    def __init__(self) -> None:
        one_thread = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # as `cli.main` has it
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORK],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **one_thread},
        )

    def start(self, *words: object, folder: Path, out: Path, err: Path, **environment: str) -> int:
        """Begin `unlockstep WORDS` in a folder, its output into two files; the number of its process."""
        order = {
            "words": [str(word) for word in words],
            "folder": str(folder),
            "streams": [os.devnull, str(out), str(err)],
            "environment": {**os.environ, **environment},
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def ended(self) -> int:
        """Wait for the end of the one begun; its exit status, negative where a signal ended it."""
        return self._answer()

    def _answer(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


@cache
def nursery() -> Nursery:
    """The one of these tests; it ends with them, when its stdin closes."""
    return Nursery()


def command(*words: object, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `unlockstep WORDS` to its end. environment: what is set besides that of the tests."""
    if not hasattr(os, "fork"):
        order = [sys.executable, "-m", "unlockstep", *map(str, words)]
        variables = {**os.environ, **environment}
        return subprocess.run(order, capture_output=True, encoding="utf-8", cwd=cwd, env=variables, check=False)
    with tempfile.TemporaryDirectory() as place:
        out, err = Path(place, "out"), Path(place, "err")
        nursery().start(*words, folder=cwd or Path.cwd(), out=out, err=err, **environment)
        status = nursery().ended()
        printed, said = (file.read_text(encoding="utf-8") for file in (out, err))
    return subprocess.CompletedProcess(["unlockstep", *map(str, words)], status, printed, said)
