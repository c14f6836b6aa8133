"""A study's TOML file: what it says, and in which line it says it."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from backtests.sources.load import NAMED
from backtests.store.whole import reason
from signals.errors import StudyError, UsageError, unknown_name

Keys = tuple[str | int, ...]
"""Where a value stands: ("variants", 1, "params", "window")."""

Where = Callable[[Keys], str]
"""How a message begins that is about the value there."""

LARGEST = 1_000_000
"""Bytes in a study at most."""

SHOWN = 60
"""Characters of a value that an error message shows."""

_CLOSING = ("", "\n]", "\n]}", "\n]]", "\n]}}", "\n]}]", "\n]}}]")
"""What may close a value that is cut at the end of a line: only within a list do lines end."""


@dataclass(frozen=True)
class StudyFile:
    """A TOML file.

    values: what it says; a relative `data` folder and relative `files` lie beside it.
    overridden: keys that options win over, so that no line of the file is to blame.
    """

    path: Path
    text: str
    values: dict[str, Any]
    overridden: frozenset[str] = frozenset()

    def where(self, keys: Keys) -> str:
        """The file's name, with the line of the value, or of the innermost table around it that the file has."""
        while keys and (keys[0] in self.overridden or not _holds(self._said, keys)):
            keys = keys[:-1]
        return f"{self.path.name}, line {self._line(keys)}" if keys else self.path.name

    @cached_property
    def _said(self) -> dict[str, Any]:
        """What the file says, word by word."""
        return tomllib.loads(self.text)

    def _line(self, keys: Keys) -> int:
        """The line of a value that the file holds: the first up to which the file, read alone, holds it.

        Every statement of TOML ends with a line, so what stands above a line is TOML itself, or cut within a statement.
        """
        lines = self.text.split("\n")
        low, high = 1, len(lines)
        while low < high:
            middle = (low + high) // 2
            if _holds(_above(lines, middle), keys):
                high = middle
            else:
                low = middle + 1
        # the value may end there and have begun some lines above
        begun = low
        while begun > 1 and _parsed(lines[: begun - 1]) is None:
            begun -= 1
        for line in range(begun, low):
            if any(_holds(_parsed(lines[:line], closing) or {}, keys) for closing in _CLOSING):
                return line
        return low


def read_study_file(path: Path, overridden: Mapping[str, Any]) -> StudyFile:
    """The study file; StudyError in one sentence, with the line, where it cannot be read or is no TOML."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        raise StudyError(f"The study '{path}' cannot be read: {why}.") from None
    if len(content) > LARGEST:
        raise StudyError(f"{path.name} holds more than {LARGEST / 1e6:.0f} MB; that is no study.")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        wrong = error.object[error.start]
        raise StudyError(
            f"{path.name}, line {line}: the byte 0x{wrong:02x} is no UTF-8; save it anew as UTF-8."
        ) from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StudyError(_no_toml(path, text, str(error))) from None
    except (ValueError, RecursionError):
        raise StudyError(f"{path.name} is no valid TOML: a number or a nesting without end.") from None
    data, files = values.get("data"), values.get("files")
    if isinstance(data, str) and data not in NAMED:
        values["data"] = str(path.parent / data)
    if isinstance(files, dict | list):
        pins = files if isinstance(files, dict) else dict.fromkeys(map(str, files), "")
        values["files"] = {str(path.parent / file): sha256 for file, sha256 in pins.items()}
    return StudyFile(path, text, values, frozenset(overridden))


def explained(error: ValidationError, known: Mapping[str, list[str]], where: Where) -> StudyError:
    """The error of a study in one sentence: of several problems the one that stands first in the file.

    known: the keys of each table, those of the study itself under "".
    """
    told = [(where(tuple(problem["loc"])), problem) for problem in error.errors()]
    place, problem = min(told, key=lambda one: int((re.findall(r"line (\d+)$", one[0]) or ["0"])[0]))
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        table = str(problem["loc"][0]) if len(problem["loc"]) > 1 else ""
        name = unknown_name("key", str(problem["loc"][-1]), known[table])
        return StudyError(f"{place}: {name}")
    text = _lower(problem["msg"].removeprefix("Value error, "))
    if problem["type"] == "missing":
        return StudyError(f"{place}: {key} is missing.")
    value = repr(problem["input"])
    value = value if len(value) <= SHOWN else f"{value[:SHOWN]}…"
    return StudyError(f"{place}: {key} = {value}: {text}.")


@contextmanager
def blaming(place: Callable[[UsageError], str]) -> Iterator[None]:
    """Puts the place to blame before what is wrong."""
    try:
        yield
    except UsageError as error:
        raise type(error)(f"{place(error)}: {error}") from None


def named_in(error: UsageError, params: Mapping[str, Any]) -> tuple[str, ...]:
    """The parameter that an error is about, in a tuple; an empty one where it is about several."""
    return tuple(key for key in params if f".{key} = " in str(error) or f"'{key}'" in str(error))[:1]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _no_toml(path: Path, text: str, told: str) -> str:
    found = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", told, re.DOTALL)
    if found:
        return f"{path.name}, line {found[2]}, column {found[3]}: no valid TOML: {_lower(found[1])}."
    last = text.rstrip("\n").count("\n") + 1
    return f"{path.name}, line {last}: no valid TOML: {_lower(told.removesuffix(' (at end of document)'))} at the end."


def _parsed(lines: list[str], closing: str = "") -> dict[str, Any] | None:
    try:
        return tomllib.loads("\n".join(lines) + closing)
    except tomllib.TOMLDecodeError:
        return None


def _above(lines: list[str], number: int) -> dict[str, Any]:
    """What the whole statements say that end in the first `number` lines."""
    while (said := _parsed(lines[:number])) is None:
        number -= 1
    return said


def _holds(values: Any, keys: Keys) -> bool:
    for key in keys:
        table: Any = values if isinstance(values, dict | list) else {}
        try:
            values = table[key]
        except (KeyError, IndexError, TypeError):
            return False
    return True
