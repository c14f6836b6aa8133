"""The worlds of a calibration: judged side by side, kept as they are judged, and not judged again after a cut.

A world that has been judged is a line of `worlds.jsonl`: the list of its records. One process at a time works in a
folder; a line that a cut left half-written is passed over, and its world judged again.
"""

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from unlockstep.backtests.results.model.base import Result
from unlockstep.backtests.storage.atomic import LOCK, PREFIX, alone, reason, replace_file
from unlockstep.backtests.storage.bounded_read import read_bounded
from unlockstep.backtests.storage.run_folder import LARGEST, as_json
from unlockstep.backtests.sweep.cluster import on_cluster
from unlockstep.backtests.sweep.processes import on_one_thread, on_processes
from unlockstep.signals.errors import ParameterError, RunError

ABOUT, WORLDS, SUMMARY = "about.json", "worlds.jsonl", "calibration.json"

LARGEST_WORLDS = 2_000_000_000
"""Bytes of judged worlds at most: a world takes some hundred a variant."""

Task = TypeVar("Task", bound=Hashable)
Record = TypeVar("Record", bound=Result)
Summary = TypeVar("Summary", bound=Result)
Advance = Callable[[int, int], None]


def no_advance(done: int, of: int) -> None:
    """An advance that shows nothing."""


def judge_all(
    tasks: Sequence[Task],
    judged: Callable[[Task], list[Record]],
    *,
    kind: type[Record],
    task_of: Callable[[Record], Task],
    about: Result,
    out: Path,
    jobs: int,
    advance: Advance,
    scheduler: str | None = None,
) -> list[Record]:
    """The records of every task, in the order of the tasks; those of `out` are taken, the others judged on `jobs`
    processes, or by the workers of a Dask scheduler at this address.

    kind: of the records. task_of: the task that a record belongs to. about: what the worlds depend on besides that.
    Raises RunError where `out` holds a calibration about something else, or anything else; ParameterError for no
    processes.
    """
    if jobs == 0:
        raise ParameterError(
            "At least one process is needed", name="jobs", limit=1, remedy="give --jobs 1 or more, or -1 for one a core"
        )
    with _folder(out, about):
        judged_records = {task_of(records[0]): records for records in _judged_before(out, kind)}
        left = [task for task in tasks if task not in judged_records]
        done = len(tasks) - len(left)
        advance(done, len(tasks))
        with _written(out / WORLDS) as write:
            if scheduler is not None:
                every = on_cluster(scheduler, judged, on_one_thread, left, remedy="start it again to go on with it")
            else:
                every = on_processes(judged, left, jobs)
            for records in every:
                judged_records[task_of(records[0])] = records
                write(records)
                done += 1
                advance(done, len(tasks))
    return [record for task in tasks for record in judged_records[task]]


def summarised(out: Path, summary: Summary) -> Summary:
    """Keep the summary of a calibration beside its worlds, and hand it on."""
    keep(out, SUMMARY, json_text(summary))
    return summary


def json_text(content: Result) -> str:
    """The text of a JSON file with this content."""
    return as_json(content.as_json())


def keep(out: Path, name: str, text: str) -> None:
    """Put a text file into the folder of a calibration, in a single step; RunError where that fails."""
    try:
        replace_file(out / name, text)
    except OSError as error:
        raise _not_written(out, error) from None


@contextmanager
def _folder(out: Path, about: Result) -> Iterator[None]:
    """The folder of a calibration, new or the same one begun, for this process alone."""
    settings = json_text(about)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with alone(out) as ours:
            if not ours:
                raise RunError(
                    f"Another process is calibrating into '{out}'",
                    name=str(out),
                    remedy="wait for it, or choose another --out",
                )
            place = out / ABOUT
            if all(path.name == LOCK or path.name.startswith(PREFIX) for path in out.iterdir()):
                replace_file(place, settings)
            elif not place.is_file():
                raise RunError(
                    f"'{out}' exists and holds no calibration", name=str(out), remedy="choose another folder with --out"
                )
            elif read_bounded(place, LARGEST) != settings.encode():
                raise RunError(
                    f"'{out}' holds a calibration of other prices, effects, seed, worlds or version",
                    name=str(out),
                    remedy="choose another folder with --out",
                )
            yield
    except OSError as error:
        raise _not_written(out, error) from None


def _not_written(out: Path, error: OSError) -> RunError:
    return RunError(
        f"The calibration in '{out}' cannot be written: {reason(error)}",
        name=str(out),
        remedy="start it again to go on with it",
    )


def _judged_before(out: Path, kind: type[Record]) -> Iterable[list[Record]]:
    """The worlds judged already."""
    records: TypeAdapter[list[Record]] = TypeAdapter(list[kind])  # type: ignore[valid-type]
    for line in read_bounded(out / WORLDS, LARGEST_WORLDS).splitlines() if (out / WORLDS).exists() else ():
        try:
            yield records.validate_json(line)
        except ValueError:
            continue  # the line that was being written when the calibration was cut


@contextmanager
def _written(path: Path) -> Iterator[Callable[[Sequence[Result]], None]]:
    """A function that appends one world's records to the file, at once."""
    with path.open("a", encoding="utf-8") as file:
        if file.tell():
            file.write("\n")  # ends a line that was cut

        def write(records: Sequence[Result]) -> None:
            file.write(json.dumps([record.as_json() for record in records]) + "\n")
            file.flush()

        yield write
