"""The worlds of a calibration: judged side by side, kept as they are judged, and not judged again after a cut.

A world that has been judged is a line of `worlds.jsonl`: the list of its records.
"""

import hashlib
import json
import warnings
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from backtests.store.folder import as_json
from signals.errors import ParameterError, RunError

WORLDS, SUMMARY = "worlds.jsonl", "calibration.json"

Records = list[dict[str, Any]]
Task = TypeVar("Task", bound=Hashable)
Advance = Callable[[int, int], None]


def fingerprint(*parts: ModuleType, without: Collection[str] = ()) -> str:
    """Fingerprint of the code of modules and packages (their own modules, not those of packages within)."""
    files: list[Path] = []
    for part in parts:
        place = Path(str(part.__file__))
        files += sorted(place.parent.glob("*.py")) if hasattr(part, "__path__") else [place]
    files = [file for file in files if file.name not in without]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def unseen(done: int, of: int) -> None:
    """An advance that shows nothing."""


def judge_all(
    tasks: Sequence[Task],
    judged: Callable[[Task], Records],
    *,
    task_of: Callable[[dict[str, Any]], Task],
    about: dict[str, Any],
    out: Path,
    jobs: int,
    advance: Advance,
) -> Records:
    """The records of every task, in the order of the tasks; those of `out` are taken, the others judged on `jobs`
    processes.

    task_of: the task that a record belongs to. about: what the worlds depend on besides their task.
    Raises RunError where `out` holds a calibration about something else, or anything else; ParameterError for no
    processes.
    """
    if jobs == 0:
        raise ParameterError("At least one process is needed; give --jobs 1 or more, or -1 for one a core.")
    from joblib import Parallel, delayed

    known = {task_of(records[0]): records for records in _judged_before(out, about)}
    left = [task for task in tasks if task not in known]
    done = len(tasks) - len(left)
    advance(done, len(tasks))
    with _written(out / WORLDS) as write, warnings.catch_warnings():
        # joblib replaces a worker whose memory has grown and says so; its tasks are not lost
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs")
        for records in Parallel(n_jobs=jobs, return_as="generator_unordered")(delayed(judged)(task) for task in left):
            known[task_of(records[0])] = records
            write(records)
            done += 1
            advance(done, len(tasks))
    return [record for task in tasks for record in known[task]]


def summarised(out: Path, summary: dict[str, Any]) -> dict[str, Any]:
    """Write the summary of a calibration beside its worlds, and hand it on."""
    (out / SUMMARY).write_text(as_json(summary), encoding="utf-8")
    return summary


def _judged_before(out: Path, about: dict[str, Any]) -> Iterable[Records]:
    """The worlds judged already; writes what they are about into a new folder."""
    place, said = out / "about.json", as_json(about)
    if not out.exists():
        out.mkdir(parents=True)
        place.write_text(said, encoding="utf-8")
        return
    if not place.is_file():
        raise RunError(f"'{out}' exists and holds no calibration; choose another folder with --out.")
    if place.read_text(encoding="utf-8") != said:
        raise RunError(
            f"'{out}' holds a calibration of other prices, effects, seed, worlds or version; "
            "choose another folder with --out."
        )
    for line in (out / WORLDS).read_text(encoding="utf-8").splitlines() if (out / WORLDS).exists() else ():
        try:
            yield json.loads(line)
        except ValueError:
            continue  # the line that was being written when the calibration was cut


@contextmanager
def _written(path: Path) -> Iterator[Callable[[Records], None]]:
    """A function that appends one world's records to the file, at once."""
    with path.open("a", encoding="utf-8") as file:
        if file.tell():
            file.write("\n")  # ends a line that was cut

        def write(records: Records) -> None:
            file.write(json.dumps(records) + "\n")
            file.flush()

        yield write
