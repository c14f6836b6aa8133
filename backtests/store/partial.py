"""Work that is kept part by part, so that it can go on where it was cut.

The folder of unfinished work holds `about.json`, what the work depends on, and a file a part, each put there in a
single step. When all parts are there the folder is exchanged for the finished one.
"""

import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtests.store.folder import as_json, check_place
from backtests.store.whole import PREFIX, alone, move_in, reason, replace_file, unfinished, write_file
from signals.errors import RunError

ABOUT, PARTS = "about.json", "parts"

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Partial:
    """The parts of one piece of work; names are plain words."""

    folder: Path

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
            with np.load(place, allow_pickle=False) as file:
                return dict(file)
        except (OSError, ValueError, EOFError) as error:
            raise RunError(
                f"'{place}' cannot be read: {str(error).splitlines()[0]}; remove it and go on with --resume."
            ) from None

    def finish(self, write: Callable[[Path], None]) -> None:
        """Let `write` fill a new folder and put it in the place of this one, in a single step."""
        place = self.folder.resolve()
        try:
            with unfinished(place.parent) as work:
                made = work / place.name
                made.mkdir()
                write(made)
                move_in(made, place, replace=True)
        except OSError as error:
            raise _not_written(self.folder, error) from None


def check_partial(out: Path, about: Mapping[str, Any], *, resume: bool, force: bool) -> None:
    """Raise RunError unless the work may begin, or go on, in `out`.

    about: what it depends on.  resume: go on with what is there.  force: replace what is there.
    """
    if not _begun(out):
        if resume and not out.exists():
            raise RunError(f"'{out}' holds no unfinished work to go on with; leave --resume out.")
        check_place(out, force=force)
    elif not force and not resume:
        raise RunError(f"'{out}' holds unfinished work; go on with --resume, or begin anew with --force.")
    elif not force and (out / ABOUT).read_text(encoding="utf-8") != as_json(dict(about)):
        raise RunError(
            f"'{out}' holds unfinished work on other prices, variants or settings, or of another version; give the "
            "same ones, choose another --out, or begin anew with --force."
        )


@contextmanager
def partial(out: Path, about: Mapping[str, Any], *, resume: bool, force: bool) -> Iterator[Partial]:
    """The unfinished work in `out`, new or gone on with, for this process alone. Raises as `check_partial` does."""
    check_partial(out, about, resume=resume, force=force)
    try:
        if force and not (resume and _begun(out)):
            _clear(out)
        (out / PARTS).mkdir(parents=True, exist_ok=True)
        with alone(out) as ours:
            if not ours:
                raise RunError(f"Another process works in '{out}'; wait for it, or choose another --out.")
            if not (out / ABOUT).exists():
                replace_file(out / ABOUT, as_json(dict(about)))
            yield Partial(out)
    except OSError as error:
        raise _not_written(out, error) from None


def _begun(out: Path) -> bool:
    """Whether the folder holds unfinished work and nothing else."""
    try:
        names = {path.name for path in out.iterdir() if not path.name.startswith(PREFIX)}
        return names <= {ABOUT, PARTS} and bool(names) and (ABOUT not in names or _is_about(out / ABOUT))
    except OSError:
        return False


def _is_about(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_text(encoding="utf-8")), dict)
    except ValueError:
        return False


def _clear(out: Path) -> None:
    """Move what is there, which may be replaced, out of the way and away."""
    if out.exists():
        with unfinished(out.resolve().parent) as work:
            os.rename(out.resolve(), work / "replaced")


def _not_written(out: Path, error: OSError) -> RunError:
    return RunError(f"'{out}' cannot be written: {reason(error)}; go on with --resume when that is mended.")
