"""A study's TOML file: what it says, and in which line it says it."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from unlockstep.backtests.config.nesting import check_nesting
from unlockstep.backtests.config.study_tables import EVERY_LEG
from unlockstep.backtests.data.cash_rate import NAMED_RATES
from unlockstep.backtests.data.load import FRAMES, NAMED
from unlockstep.backtests.storage.atomic import reason
from unlockstep.backtests.storage.bounded_read import UnfitFileError, read_bounded
from unlockstep.signals.errors import ParameterError, StudyError, UsageError, unknown_name
from unlockstep.signals.wrong_values import bound_of, in_words

Keys = tuple[str | int, ...]
"""Where a value stands: ("variants", 1, "params", "window")."""

Where = Callable[[Keys], str]
"""How a message begins that is about the value there."""

LARGEST = 1_000_000
"""Bytes in a study at most."""

BITS = 63
"""Of a whole number, besides its sign, as TOML has them."""

SHOWN = 60
"""Characters of a value that an error message shows."""

MOST = 20
"""Problems of a study, of which the one that stands first in the file is told."""

_TOKENS = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}(?!")|'{3}.*?'{3,5}(?!')|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[][{}\n]''', re.DOTALL
)
"""What opens and closes in TOML that is valid: texts, comments, brackets, lines."""


@dataclass(frozen=True)
class StudyFile:
    """A TOML file.

    values: what it says; a relative `data` folder, `cash_rate`, relative `files` and those of `context` lie beside it.
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
        """The line of a value that the file holds: the first up to which the file, read alone, holds it."""
        low, high = 1, len(self._cuts)
        while low < high:
            middle = (low + high) // 2
            if _holds(self._up_to(middle), keys):
                high = middle
            else:
                low = middle + 1
        return low

    @cached_property
    def _cuts(self) -> list[tuple[int, str]]:
        """For each line, where the next begins, and what closes the lists, tables and texts that are open there."""
        cuts, still_open = [], []
        for token in _TOKENS.finditer(self.text + "\n"):
            mark = token[0]
            if mark[0] in "[{":
                still_open.append({"[": "]", "{": "}"}[mark])
            elif mark[0] in "]}":
                still_open.pop()
            closing = "".join(reversed(still_open))
            within = mark[:3] if mark[0] in "\"'" else ""
            ends = (token.start() + at + 1 for at, character in enumerate(mark) if character == "\n")
            cuts += [(end, within + closing) for end in ends]
        return cuts

    def _up_to(self, line: int) -> Any:
        """What the file's first lines say, with what is open closed."""
        if line not in self._parsed:
            end, closing = self._cuts[line - 1]
            try:
                self._parsed[line] = tomllib.loads(self.text[:end] + closing)
            except tomllib.TOMLDecodeError:
                self._parsed[line] = {}
        return self._parsed[line]

    @cached_property
    def _parsed(self) -> dict[int, Any]:
        return {}


def read_study_file(path: Path, overridden: Mapping[str, Any]) -> StudyFile:
    """The study file; StudyError in one sentence, with the line, where it cannot be read or is no TOML."""
    if path.suffix == ".py":
        raise StudyError(
            f"'{path}' is Python, and a study is TOML",
            name=str(path),
            remedy=f"for the strategies in a file give --strategy {path}",
        )
    try:
        content = read_bounded(path, LARGEST)
    except UnfitFileError as error:
        if error.limit is None:
            raise StudyError(f"The study '{path}' cannot be read: {error}", name=str(path)) from None
        raise StudyError(
            f"{path.name} holds more than {LARGEST / 1e6:.0f} MB; that is no study", name=path.name, limit=LARGEST
        ) from None
    except OSError as error:
        raise StudyError(f"The study '{path}' cannot be read: {reason(error)}", name=str(path)) from None
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        wrong = error.object[error.start]
        raise StudyError(
            f"{path.name}, line {line}: the byte 0x{wrong:02x} is not valid UTF-8",
            name=path.name,
            line=line,
            remedy="re-save the file as UTF-8",
        ) from None
    check_nesting(text, path.name)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(path, text, str(error)) from None
    except ValueError:
        raise StudyError(f"{path.name} is no valid TOML: a number without end", name=path.name) from None
    if not values:
        raise StudyError(
            f"{path.name} says nothing",
            name=path.name,
            remedy='a study sets one key at least, such as data = "demo", and a universe lists [[pairs]]',
        )
    said = StudyFile(path, text, values, frozenset(overridden))
    for keys, value in _single(values):
        if isinstance(value, int) and value.bit_length() > BITS:
            raise StudyError(
                f"{said.where(keys)}: {_named(keys)}: a number of more than {BITS + 1} bits",
                name=_named(keys),
                limit=BITS + 1,
                line=line_of(said.where(keys)),
            )
        if keys[0] == "files" and isinstance(keys[-1], int) and not isinstance(value, str):
            raise StudyError(
                f"{said.where(keys)}: {_named(keys)} = {_shown(value)}: the path of a file is needed",
                name=_named(keys),
                line=line_of(said.where(keys)),
            )
    data, files, costs = values.get("data"), values.get("files"), values.get("costs")
    resolved = dict(values)
    if isinstance(data, str) and data and data not in NAMED:
        resolved["data"] = str(path.parent / data)
    if isinstance(costs, dict) and _is_path(costs.get("cash_rate")):
        resolved["costs"] = {**costs, "cash_rate": str(path.parent / costs["cash_rate"])}
    if isinstance(context := values.get("context"), dict):
        resolved["context"] = {name: _beside(path, source) for name, source in context.items()}
    if isinstance(files, dict | list):
        pins = files if isinstance(files, dict) else dict.fromkeys(files, "")
        resolved["files"] = {str(path.parent / file): sha256 for file, sha256 in pins.items()}
    return StudyFile(path, text, resolved, frozenset(overridden))


def _beside(path: Path, source: Any) -> Any:
    """A series of the context, its file looked for beside the study."""
    if isinstance(source, dict) and isinstance(source.get("file"), str) and source["file"].strip() not in ("", FRAMES):
        return {**source, "file": str(path.parent / source["file"])}
    return source


def _is_path(rate: object) -> bool:
    """Whether a cash rate is the path of a file."""
    return isinstance(rate, str) and bool(rate.strip()) and rate not in NAMED_RATES


def _single(values: Any, keys: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Every value that is no list or table, and where it stands."""
    if isinstance(values, dict | list):
        for key, value in values.items() if isinstance(values, dict) else enumerate(values):
            yield from _single(value, (*keys, key))
    else:
        yield keys, values


_HEADINGS = {
    "costs": "[costs]", "variants": "[[variants]]", "variants.costs": "the costs of [[variants]]",
    "tickers": '[tickers."ETH-USD"]',
}  # fmt: skip


def _unknown_key(key: str, table: str, keys: Mapping[str, list[str]]) -> ParameterError:
    """The error for a key that a table has not, which says where it belongs if another has it."""
    owner = next((other for other in keys if other != table and key in keys[other]), None)
    if owner is None:
        return unknown_name("key", key, keys[table])
    here = f" in {_HEADINGS[table]}" if table else " outside a table"
    remedy = f"it belongs in {_HEADINGS[owner]}" if owner else "it stands above the tables"
    return ParameterError(f"There is no key '{key}'{here}", name=key, remedy=remedy, choices=[key])


def explained(error: ValidationError, keys: Mapping[str, list[str]], where: Where) -> StudyError:
    """The error of a study in one sentence: of the first problems the one that stands first in the file.

    keys: the keys of each table, those of the study itself under "".
    """
    problems = [(where(tuple(problem["loc"])), problem) for problem in error.errors()[:MOST]]
    place, problem = min(problems, key=lambda one: line_of(one[0]) or 0)
    key = _named(problem["loc"])
    if problem["type"] == "extra_forbidden":
        above = [part for part in problem["loc"][:-1] if isinstance(part, str)]
        table = ".".join(above) if ".".join(above) in keys else above[0]
        unknown = _unknown_key(str(problem["loc"][-1]), table, keys)
        return StudyError(
            f"{place}: {unknown.args[0]}",
            name=unknown.name,
            remedy=unknown.remedy,
            choices=unknown.choices,
            line=line_of(place),
        )
    if problem["type"] == "missing":
        return StudyError(f"{place}: {key} is missing", name=key, line=line_of(place))
    return StudyError(
        f"{place}: {key} = {_shown(problem['input'])}: {in_words(dict(problem))}",
        name=key,
        limit=bound_of(dict(problem)),
        line=line_of(place),
    )


def line_of(place: str) -> int | None:
    """The line that ends a place, such as "study.toml, line 3"."""
    match = re.search(r"line (\d+)$", place)
    return int(match[1]) if match else None


def _named(keys: Keys) -> str:
    """A key as a message names it: "costs.fee_bps", "variants no. 2, params.window"."""
    parts = [f" no. {key + 1}, " if isinstance(key, int) else f".{key}" for key in keys if key != EVERY_LEG]
    return "".join(parts).replace(", .", ", ").removeprefix(".").removesuffix(", ")


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, date | time) else repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


@contextmanager
def blaming(place: Callable[[UsageError], str]) -> Iterator[None]:
    """Puts the place to blame before what is wrong."""
    try:
        yield
    except UsageError as error:
        at = place(error)
        raise error.at(at, line_of(at)) from None


def named_in(error: UsageError, params: Mapping[str, Any]) -> tuple[str, ...]:
    """The parameter that an error is about, in a tuple; an empty one where it is about several."""
    key = error.name.rpartition(".")[2]
    return (key,) if key in params else ()


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _no_toml(path: Path, text: str, message: str) -> StudyError:
    message = re.sub(
        r"\(((?:'[^']*',? ?)+)\)", lambda keys: "'" + ".".join(re.findall("'([^']*)'", keys[1])) + "'", message
    )
    match = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message, re.DOTALL)
    if match:
        line, place, problem = int(match[2]), f", column {match[3]}", _lower(match[1])
    else:
        line, place = text.rstrip("\n").count("\n") + 1, ""
        problem = f"{_lower(message.removesuffix(' (at end of document)'))} at the end"
    return StudyError(f"{path.name}, line {line}{place}: no valid TOML: {problem}", name=path.name, line=line)


def _holds(values: Any, keys: Keys) -> bool:
    for key in keys:
        table: Any = values if isinstance(values, dict | list) else {}
        try:
            values = table[key]
        except (KeyError, IndexError, TypeError):
            return False
    return True
