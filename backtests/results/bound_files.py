"""A run's files are bound to each other: result.json holds the SHA-256 of each Parquet file.

Figures and frames of one folder are read together, as by a comparison, so frames that were altered, put in another
order or brought from another run are refused.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.storage.parquet import Bounds, UnfitParquetError, read_table
from unlockstep.backtests.storage.run_folder import RESULT, STUDY
from unlockstep.signals.errors import RunError

if TYPE_CHECKING:
    import pandas as pd

BOUNDS = Bounds(rows=12_000_000, columns=20_000, values=12_000_000, bytes=128_000_000)
"""Of each frame of a run: those of a thousand variants over ten years take half of it."""

RENEW = f"run its {STUDY} again"


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of each file, by name."""
    return {name: sha256(content).hexdigest() for name, content in files.items()}


def bound_frames(result: RunResult, files: Mapping[str, bytes], path: Path) -> dict[str, "pd.DataFrame"]:
    """The frames in the Parquet files of the run in `path`, which `check_hashes` has let pass, by name without ending.

    RunError where a file cannot be read, or is no frame of these variants.
    """
    frames = {}
    for name, content in files.items():
        try:
            frames[name.removesuffix(".parquet")] = read_table(content, BOUNDS)
        except UnfitParquetError as error:
            raise RunError(
                f"{name} in '{path}' cannot be read: {error}", name=name, limit=error.limit, remedy=RENEW
            ) from None
    _check_returns(result, frames["returns"], path)
    return frames


def check_hashes(result: RunResult, files: Mapping[str, bytes], path: Path) -> None:
    """Raise RunError unless the files are those that the run in `path` wrote."""
    if not result.files:
        raise RunError(
            f"The {RESULT} in '{path}' does not say which Parquet files belong to it: it is of version 0.2 or "
            "earlier, or was changed",
            name=".files",
            remedy=RENEW,
        )
    for name, digest in hashes(files).items():
        if result.files.get(name) != digest:
            raise RunError(
                f"{name} in '{path}' is not the file that the run wrote: its SHA-256 is {digest[:12]}, {RESULT} says "
                f"{result.files.get(name, 'none')[:12]}",
                name=name,
                remedy=f"bring the file back, or {RENEW}",
            )


def check_named(result: RunResult, returns: "pd.DataFrame", path: Path) -> None:
    """Raise RunError unless the frame's columns are the variants of the result."""
    names, columns = {variant.name for variant in result.variants}, set(returns.columns)
    if names != columns:
        lacking = min(names ^ columns, key=str)
        raise RunError(
            f"returns.parquet and {RESULT} in '{path}' do not name the same variants: only one of them has '{lacking}'",
            name=str(lacking),
            remedy=RENEW,
        )


def _check_returns(result: RunResult, returns: "pd.DataFrame", path: Path) -> None:
    """Raise RunError unless the frame holds a return a variant and evaluated session of the result, in their order."""
    import pandas as pd

    window, sessions = result.data.evaluated, returns.index
    fits = (
        isinstance(sessions, pd.DatetimeIndex)
        and sessions.is_monotonic_increasing
        and sessions.is_unique
        and (len(sessions), *(str(day.date()) for day in (sessions[:1].append(sessions[-1:]))))
        == (window.sessions, window.first, window.last)
        and returns.shape[1] == len(result.variants)
        and all(kind == "float64" for kind in returns.dtypes)
    )
    if not fits:
        raise RunError(
            f"returns.parquet in '{path}' does not hold a return of each variant for each of the {window.sessions} "
            f"sessions of {RESULT}",
            name="returns.parquet",
            remedy=RENEW,
        )
