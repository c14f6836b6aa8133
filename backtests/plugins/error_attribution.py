"""Whose code failed: the file and line of a user's own strategy or signal, and what happened there in one sentence.

A line of code is the user's where its file is neither ours nor a library's. Of the libraries those are the user's that
an entry point of ours names.
"""

import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from inspect import getattr_static, unwrap
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from pydantic import ValidationError

from unlockstep.signals.errors import CodeError, ParameterError, UnlockstepError, WeightsError, unknown_name
from unlockstep.signals.wrong_values import in_words

OURS = tuple(Path(__file__).parents[2] / layer for layer in ("signals", "strategies", "backtests"))
STANDARD = tuple(Path(sysconfig.get_path(kind)) for kind in ("stdlib", "platstdlib"))
INSTALLED = {"site-packages", "dist-packages"}
GROUPS = {"Signal": "unlockstep.signals", "Strategy": "unlockstep.strategies"}
"""Kind of class → the entry points by which other packages bring some."""

JUDGED = {
    "decide": "rule",
    "compute": "values",
    "checked_signals": "signals",
    "checked_leg_signals": "leg_signals",
    "checked_warmup": "warmup",
}
"""Our method → the user's method whose answer it judges."""

LONGEST = 300
"""Characters of a foreign error's text that are shown."""


@dataclass(frozen=True)
class Place:
    """A line of the user's; `function` is "" for code outside of any."""

    file: Path
    line: int
    function: str = ""

    def __str__(self) -> str:
        return f"{shown(self.file)}, line {self.line}" + (f", in {self.function}" if self.function else "")


def shown(file: Path) -> str:
    """A path as short as it can be told: relative where it lies under the current folder."""
    try:
        return str(file.relative_to(Path.cwd()))
    except (ValueError, OSError):  # elsewhere; or the current folder is gone
        return str(file)


def locate_user_error(error: BaseException) -> CodeError | None:
    """The error of the user's code, with its file and line; None where the error is none of it."""
    place = place_of(error)
    if place is None:
        return None
    late = (
        isinstance(error, ModuleNotFoundError) and place.function and place.file.with_name(f"{error.name}.py").exists()
    )
    missing = _missing_column(error)
    if missing is not None:
        return CodeError(
            f"{place}: {missing.args[0]}",
            name=str(place.file),
            line=place.line,
            remedy=missing.remedy,
            choices=missing.choices,
        )
    return CodeError(
        f"{place}: {one_line(error)}",
        name=str(place.file),
        dates=error.dates if isinstance(error, UnlockstepError) else (),
        line=place.line,
        remedy="Import files beside it at the top of the file" if late else "",
    )


def _missing_column(error: BaseException) -> ParameterError | None:
    """What to say of a column that a table has not, such as a misspelt signal in a rule: the columns that it has."""
    if not isinstance(error, KeyError) or not error.args or not isinstance(error.args[0], str):
        return None
    given: object = None
    for frame, _ in _frames(error):
        if frame.f_code.co_name == "rule" and frame.f_code.co_argcount == 2:
            given = frame.f_locals.get(frame.f_code.co_varnames[1])
        table: Any = frame.f_locals.get("self")
        if frame.f_code.co_name == "__getitem__" and type(table).__name__ == "DataFrame":
            columns = [str(column) for column in table.columns]
            close = unknown_name("column", error.args[0], columns)
            meant = f"{close.remedy} " if close.choices and close.choices != tuple(sorted(columns)) else ""
            remedy = f"{meant}There are: {', '.join(columns)}"
            if table is given:
                remedy += ". What a rule reads, `signals` must answer by that name"
            return ParameterError(close.args[0], name=close.name, remedy=remedy, choices=columns)
    return None


def locate_default_error(error: BaseException) -> CodeError | None:
    """The same where a class was made with its own defaults: what its validator refuses then is the code's fault."""
    cause = error.__cause__ if isinstance(error, ParameterError) else None
    return locate_user_error(error) or (None if cause is None else locate_user_error(cause))


def place_of(error: BaseException) -> Place | None:
    """The deepest line of the user's that the error passed through, or the method that gave an answer we refuse."""
    brought = {entry.module.partition(".")[0] for group in GROUPS.values() for entry in entry_points(group=group)}
    if isinstance(error, SyntaxError) and error.filename and _is_users(Path(error.filename), brought):
        return Place(Path(error.filename), error.lineno or 1)
    place = None
    for frame, line in _frames(error):
        file = Path(frame.f_code.co_filename)
        if _is_users(file, brought):
            name = frame.f_code.co_name
            place = Place(file, line, "" if name == "<module>" else name)
    return place or _answered(error, brought)


def one_line(error: BaseException) -> str:
    """The error in one sentence: ours as it is, a foreign one with its type, cut to its first line."""
    try:
        if isinstance(error, ValidationError):
            text = in_words(dict(error.errors()[0]))
        else:
            text = (error.msg if isinstance(error, SyntaxError) else str(error)) or ""
    except Exception:  # an error of the user's whose own text fails
        text = ""
    text = "".join(c if c.isprintable() else " " for c in next(iter(text.strip().splitlines()), ""))
    text = text[: LONGEST - 1] + "…" if len(text) > LONGEST else text
    if not isinstance(error, UnlockstepError):
        text = ": ".join(filter(None, (type(error).__name__, text)))
    return text if text.endswith(".") else f"{text}."


def _frames(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    step = error.__traceback__
    while step is not None:
        yield step.tb_frame, step.tb_lineno
        step = step.tb_next


def _answered(error: BaseException, brought: set[str]) -> Place | None:
    """The user's method whose answer failed in our hands; an error of ours about anything else is none of its doing."""
    if isinstance(error, UnlockstepError) and not isinstance(error, CodeError | WeightsError):
        return None
    place = None
    for frame, _ in _frames(error):
        name, owner = frame.f_code.co_name, frame.f_locals.get("self")
        if name in JUDGED and _is_ours(Path(frame.f_code.co_filename)):
            code = _code(getattr_static(type(owner), JUDGED[name], None))
            users = code is not None and _is_users(Path(code.co_filename), brought)
            place = Place(Path(code.co_filename), code.co_firstlineno, JUDGED[name]) if code and users else None
    return place


def _code(method: object) -> CodeType | None:
    method = method.fget if isinstance(method, property) else method
    return getattr(unwrap(method), "__code__", None) if callable(method) else None


def _is_ours(file: Path) -> bool:
    return any(file.is_relative_to(folder) for folder in OURS)


def _is_users(file: Path, brought: set[str]) -> bool:
    """brought: the top-level packages that entry points name."""
    if not file.is_absolute() or _is_ours(file):  # "<string>" and the like are no files
        return False
    for place, part in enumerate(file.parts):
        if part in INSTALLED:
            return Path(file.parts[place + 1]).stem in brought
    return not any(file.is_relative_to(folder) for folder in STANDARD)
