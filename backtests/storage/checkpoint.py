"""Work that is kept part by part, so that it can go on where it was cut.

The work on a folder NAME goes on in `NAME.unfinished` beside it: `about.json`, what the work depends on, and a file a
part, each put there in a single step. When all parts are there NAME is written, all or nothing, as every run is; until
then whatever was there stays.
"""

import io
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.storage.atomic import (
    LOCK,
    PREFIX,
    alone,
    move_in,
    reason,
    replace_file,
    unfinished,
    write_file,
)
from unlockstep.backtests.storage.bounded_read import UnfitFileError, read_bounded
from unlockstep.backtests.storage.run_folder import LARGEST, SWEEP, as_json, check_place
from unlockstep.signals.errors import RunError

ABOUT, PARTS = "about.json", "parts"
SUFFIX = ".unfinished"

LARGEST_PART = 400_000_000
"""Bytes in a part at most, packed or not."""

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Checkpoint:
    """The parts of one piece of work, in `folder`; what it is for, `out`.  Names are plain words."""

    folder: Path
    out: Path
    force: bool

    def names(self) -> set[str]:
        """The parts that are there."""
        return {path.stem for path in (self.folder / PARTS).glob("*.npz")}

    def keep(self, name: str, arrays: Arrays) -> None:
        """Keep a part, in a single step; RunError where that fails."""
        content = io.BytesIO()
        np.savez(content, **arrays)  # type: ignore[arg-type]
        place = self.folder / PARTS / f"{name}.npz"
        try:
            write_file(place.with_suffix(".new"), content.getvalue())
            os.replace(place.with_suffix(".new"), place)
        except OSError as error:
            raise _not_written(self.folder, error) from None

    def read(self, name: str) -> dict[str, NDArray[Any]]:
        """A part that was kept; RunError where it cannot be read."""
        place = self.folder / PARTS / f"{name}.npz"
        try:
            content = io.BytesIO(read_bounded(place, LARGEST_PART))
            with ZipFile(content) as packed:
                if sum(part.file_size for part in packed.infolist()) > LARGEST_PART:
                    raise UnfitFileError(f"unpacked it holds more than {LARGEST_PART / 1e6:,.0f} MB", LARGEST_PART)
            with np.load(content, allow_pickle=False) as file:
                return dict(file)
        except (OSError, ValueError, EOFError, MemoryError, NotImplementedError, RuntimeError, BadZipFile) as error:
            raise RunError(
                f"'{place}' cannot be read: {(str(error).splitlines() or [type(error).__name__])[0]}",
                name=str(place),
                remedy="remove it and go on with --resume",
            ) from None

    def finish(self, write: Callable[[Path], None]) -> None:
        """Let `write` fill a new folder and put it in its place, in a single step; the parts are removed."""
        place = self.out.resolve()
        try:
            with unfinished(place.parent) as work:
                made = work / place.name
                made.mkdir()
                write(made)
                move_in(made, place, replace=self.force)
            shutil.rmtree(self.folder / PARTS)
            (self.folder / ABOUT).unlink()
        except OSError as error:
            raise _not_written(self.folder, error) from None


@contextmanager
def open_checkpoint(out: Path, about: Mapping[str, Any], *, resume: bool, force: bool) -> Iterator[Checkpoint]:
    """The unfinished work for the folder `out`, new or resumed, for this process alone.

    about: what it depends on.  resume: go on with what was cut.  force: a run in `out` may be replaced, at the end; and
    what was cut, unless it is resumed.
    Raises RunError where the work may not begin or go on, or cannot be written.
    """
    check_place(out, force=force, kind=SWEEP)
    out = out if out.name not in ("", "..") else out.resolve()
    folder = out.with_name(out.name + SUFFIX)
    if resume and not folder.exists():
        raise RunError(
            f"There is no unfinished work for '{out}' to go on with", name=str(out), remedy="leave --resume out"
        )
    if folder.exists() and not (resume or force):
        raise RunError(
            f"'{folder}' holds unfinished work",
            name=str(folder),
            remedy="go on with --resume, or begin anew with --force",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _check_ours(folder)
        with alone(folder) as ours:
            if not ours:
                raise RunError(
                    f"Another process works in '{folder}'",
                    name=str(folder),
                    remedy="wait for it, or choose another --out",
                )
            terms = as_json(dict(about))
            if not resume:
                shutil.rmtree(folder / PARTS, ignore_errors=True)
                replace_file(folder / ABOUT, terms)
            elif not (folder / ABOUT).exists() or read_bounded(folder / ABOUT, LARGEST) != terms.encode():
                raise RunError(
                    f"'{folder}' holds unfinished work on other prices, variants or settings, or of another version",
                    name=str(folder),
                    remedy="give the same ones, choose another --out, or begin anew with --force",
                )
            (folder / PARTS).mkdir(exist_ok=True)
            yield Checkpoint(folder, out, force)
        with suppress(OSError):  # empty only where the work is finished
            folder.rmdir()
    except OSError as error:
        raise _not_written(folder, error) from None


def _check_ours(folder: Path) -> None:
    """Raise RunError where the folder holds anything that is not ours."""
    strangers = sorted(
        path.name
        for path in folder.iterdir()
        if path.name not in (ABOUT, PARTS, LOCK) and not path.name.startswith(PREFIX)
    )
    if strangers:
        raise RunError(
            f"'{folder}' holds '{strangers[0]}', which is not ours", name=strangers[0], remedy="choose another --out"
        )


def _not_written(out: Path, error: OSError) -> RunError:
    return RunError(
        f"'{out}' cannot be written: {reason(error)}", name=str(out), remedy="go on with --resume when that is mended"
    )
