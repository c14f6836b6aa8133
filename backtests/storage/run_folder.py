"""Run folders: what a run leaves behind, written all or nothing.

A run is first written to a hidden folder beside its place and then put there in a single step, so a folder that exists
is whole: see `whole`.
"""

import json
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from unlockstep.backtests.storage.atomic import move_in, reason, reserved, unfinished, write_file
from unlockstep.backtests.storage.bounded_read import UnfitFileError, read_bounded
from unlockstep.backtests.text import escaped, json_escaped
from unlockstep.signals.errors import RunError

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")

RESULT, COMPARISON, STUDY, PAGE, NOTE = "result.json", "comparison.json", "study.toml", "report.html", "report.md"
EVENTS = "events.json"
UNSEALED = "unseal.json"
SWEEP, VARIANTS = "sweep.json", "variants.parquet"
FIGURES, FIGURES_NOTE = "replicate.json", "replicate.md"
UNIVERSE, UNIVERSE_STUDY, PAIRS = "universe.json", "universe.toml", "pairs"
FRAMES = ("returns", "weights", "trades", "signals")
PARQUETS = tuple(f"{frame}.parquet" for frame in FRAMES)
OURS = {
    RESULT, COMPARISON, EVENTS, UNSEALED, SWEEP, VARIANTS, FIGURES, FIGURES_NOTE, UNIVERSE,
    UNIVERSE_STUDY, STUDY, PAGE, NOTE,
    *PARQUETS,
}  # fmt: skip
"""Every file that a run, a sweep, a comparison, an unsealing, a study of events, a replication or a universe leaves; a
folder with anything else is never replaced. That of a universe may hold the folder PAIRS, of the runs of its pairs."""

KINDS = {
    RESULT: "a run", COMPARISON: "a comparison", EVENTS: "a study of events", UNSEALED: "an unsealing",
    SWEEP: "a sweep", FIGURES: "a replication", UNIVERSE: "a universe",
}  # fmt: skip
"""The file that each kind of folder has, and no other."""

LARGEST = 128_000_000
"""Bytes in a file of a run at most."""

MOST_PARTS = 4_000_000
"""Values, lists and tables in result.json at most; each takes up to 80 bytes of memory."""

CHART = re.compile(r"chart-[a-z_]+\.png")
"""Names of the pictures that may be added to a folder."""


def plain(value: Any) -> Any:
    """`value` as JSON has it: numbers are JSON numbers, a missing one (NaN, infinite) is None."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value


def check_place(out: Path, *, force: bool, kind: str | None = None, inputs: Iterable[Path] = ()) -> None:
    """Raise RunError unless `out` may be written: nothing is there, or with `force` only a folder of the same kind.

    kind: the file among `KINDS` that will be written there.  inputs: files and folders that are read, which `force`
    never replaces.
    """
    if not str(out).isprintable():
        raise RunError(
            f"{str(out)!r} cannot be written: no line can show all of its name", name=str(out), remedy="choose another"
        )
    try:
        place = out.resolve()
        if place.is_symlink():
            raise RuntimeError  # as Python says it before 3.13
        above = next((parent for parent in place.parents if parent.exists()), place)
        if not above.is_dir():
            raise RunError(f"'{out}' cannot be written: '{above}' is a file, not a folder", name=str(out))
        if not os.access(above, os.W_OK | os.X_OK):
            raise RunError(
                f"'{out}' cannot be written: '{above}' takes no new files",
                name=str(out),
                remedy="choose another place with --out",
            )
        if not place.exists():
            return
        if not force:
            raise _taken(out)
        if not place.is_dir():
            raise RunError(
                f"'{out}' is a file, so --force will not replace it", name=str(out), remedy="choose another place"
            )
        strangers = sorted(path.name for path in place.iterdir() if not _is_ours(path))
        others = sorted(path.name for path in place.iterdir() if path.name in KINDS.keys() - {kind})
        read = [path for path in inputs if path.resolve().is_relative_to(place)]
    except (OSError, RuntimeError) as error:
        raise _not_written(out, error) from None
    if strangers:
        raise RunError(
            f"'{out}' holds '{strangers[0]}', which no run leaves behind, so --force will not replace it",
            name=strangers[0],
            remedy="choose another folder",
        )
    if read:
        raise RunError(
            f"'{read[0]}' is read by this command, so --force will not replace it",
            name=str(read[0]),
            remedy="choose another folder",
        )
    if kind is not None and others:
        raise RunError(
            f"'{out}' holds {KINDS[others[0]]}, and {KINDS[kind]} would take its place, so --force will not replace it",
            name=others[0],
            remedy="choose another folder",
        )


@contextmanager
def reserved_place(wanted: Path) -> Iterator[Path]:
    """`wanted`, or where it is taken or reserved the next of NAME-2, NAME-3, …; kept from other processes meanwhile.

    Raises RunError where nothing can be written there.
    """
    with ExitStack() as reservation:
        try:
            place = reservation.enter_context(reserved(wanted))
        except OSError as error:
            raise RunError(
                f"'{wanted}' cannot be written: {reason(error)}",
                name=str(wanted),
                remedy="choose another place with --out",
            ) from None
        yield place


def _is_ours(path: Path) -> bool:
    if path.name == PAIRS and path.is_dir() and not path.is_symlink():
        return all(run.is_dir() and all(map(_is_result_file, run.iterdir())) for run in path.iterdir())
    return _is_result_file(path)


def _is_result_file(path: Path) -> bool:
    return path.is_file() and (path.name in OURS or CHART.fullmatch(path.name) is not None)


def _taken(out: Path) -> RunError:
    return RunError(
        f"'{out}' exists",
        name=str(out),
        remedy="choose another folder with --out, or replace the run in it with --force",
    )


def _not_written(out: Path, error: OSError | RuntimeError) -> RunError:
    why = reason(error) if isinstance(error, OSError) else "its links lead in a circle"
    return RunError(f"'{out}' cannot be written: {why}", name=str(out))


def write_folder(
    out: Path,
    files: Mapping[str, str | bytes],
    frames: Mapping[str, "pd.DataFrame"],
    *,
    force: bool,
    within: Callable[[Path], None] = lambda _: None,
) -> None:
    """Write files and Parquet frames into the new folder `out`, all or nothing.

    within: writes into the folder before it is put in its place.  Where `out` is a link, the folder that it leads to is
    written. Raises RunError when the place is taken or cannot be written.
    """
    check_place(out, force=force, kind=next((name for name in KINDS if name in files), None))
    try:
        place = out.resolve()
        place.parent.mkdir(parents=True, exist_ok=True)
        with unfinished(place.parent) as work:
            made = work / place.name
            made.mkdir()
            for name, content in files.items():
                write_file(made / name, text_of(name, content) if isinstance(content, str) else content)
            for name, frame in frames.items():
                write_file(made / f"{name}.parquet", frame.to_parquet())
            within(made)
            move_in(made, place, replace=force)
    except FileExistsError:
        raise _taken(out) from None
    except OSError as error:
        raise _not_written(out, error) from None


def text_of(name: str, text: str) -> bytes:
    """The bytes of a text file; a report, which people print on terminals, holds nothing that acts on one."""
    return (escaped(text) if name.endswith((".html", ".md")) else text).encode()


def add_pictures(out: Path, pictures: Mapping[str, bytes]) -> None:
    """Put pictures into a folder that is there already, each in a single step, instead of those of the same name.

    Raises RunError where they cannot be written.
    """
    try:
        with unfinished(out.resolve().parent) as work:
            for name, content in pictures.items():
                write_file(work / name, content)
                os.replace(work / name, out / name)
    except OSError as error:
        raise _not_written(out, error) from None


def as_json(result: dict[str, Any]) -> str:
    """The text of result.json."""
    return json_escaped(json.dumps(plain(result), indent=1, ensure_ascii=False, allow_nan=False)) + "\n"


def read_folder(path: Path) -> tuple[Any, dict[str, bytes]]:
    """(content of result.json, Parquet files by name) of a run's folder; RunError where one is not there or unreadable.

    A run that is replaced while it is read is read again, so what comes back belongs together.
    """
    return _read_again(path, _read)


def _read_again(path: Path, read: Callable[[Path], T]) -> T:
    """What is read of a folder that was not replaced meanwhile."""
    while True:
        with _watch_folder(path) as replaced:
            try:
                content = read(path)
            except RunError:
                if not replaced():
                    raise
            else:
                if not replaced():
                    return content


@contextmanager
def _watch_folder(path: Path) -> Iterator[Callable[[], bool]]:
    """Whether another folder has come to stand at `path` since; held open, so that its number cannot be used again."""
    descriptor: int | None = None
    try:
        before = path.stat()
        with suppress(PermissionError):  # Windows opens no folder, and gives no number twice
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            before = os.fstat(descriptor)
    except (OSError, ValueError):
        yield lambda: False
        return

    def replaced() -> bool:
        try:
            return not os.path.samestat(before, path.stat())
        except FileNotFoundError:
            return False  # gone for good: what could be read tells

    try:
        yield replaced
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _read(path: Path) -> tuple[Any, dict[str, bytes]]:
    try:
        missing = [name for name in (RESULT, *PARQUETS) if not (path / name).is_file()]
        if missing:
            raise RunError(f"'{path}' holds no whole run: there is no {missing[0]} in it", name=missing[0])
        return _parsed(read_bounded(path / RESULT, LARGEST)), {
            name: read_bounded(path / name, LARGEST) for name in PARQUETS
        }
    except OSError as error:
        limit = error.limit if isinstance(error, UnfitFileError) else None
        raise RunError(f"The run in '{path}' cannot be read: {reason(error)}", name=str(path), limit=limit) from None
    except ValueError as error:
        raise RunError(f"The run in '{path}' cannot be read: {str(error).splitlines()[0]}", name=str(path)) from None


def read_content(path: Path, name: str) -> Any:
    """The content of one of a folder's JSON files, such as SWEEP; RunError where it is not there or unreadable."""

    def read(folder: Path) -> Any:
        try:
            return _parsed(read_bounded(folder / name, LARGEST))
        except FileNotFoundError:
            kind = KINDS[name]
            raise RunError(f"'{folder}' does not hold {kind}: there is no {name} in it", name=str(folder)) from None
        except OSError as error:
            raise RunError(f"The {name} in '{folder}' cannot be read: {reason(error)}", name=str(folder)) from None
        except ValueError as error:
            first = str(error).splitlines()[0]
            raise RunError(f"The {name} in '{folder}' cannot be read: {first}", name=str(folder)) from None

    return _read_again(path, read)


def _parsed(content: bytes) -> Any:
    """The content of result.json; ValueError where it is no JSON, nested without end or of too many parts."""
    if sum(map(content.count, (b",", b"[", b"{"))) > MOST_PARTS:
        raise ValueError(f"{RESULT} holds more than {MOST_PARTS:,} values")
    try:
        return json.loads(content.decode("utf-8"))
    except RecursionError:
        raise ValueError(f"{RESULT} is nested without end") from None


def list_runs(folder: Path) -> list[Path]:
    """The run folders directly inside `folder`, newest first; none where it is not there. RunError for a file."""
    if folder.exists() and not folder.is_dir():
        raise RunError(f"'{folder}' is no folder", name=str(folder), remedy="name the folder that holds the runs")
    folders = [path.parent for path in folder.glob(f"*/{RESULT}") if not path.parent.name.startswith(".")]
    return sorted(folders, key=lambda path: (path / RESULT).stat().st_mtime, reverse=True)
