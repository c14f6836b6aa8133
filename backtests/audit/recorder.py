"""What each line of the code under audit does to its variables: fingerprints of their past, line after line."""

import pickle
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from types import FrameType, FunctionType, ModuleType
from typing import Any

import numpy as np
import pandas as pd

from unlockstep.backtests.audit.source_lines import Source
from unlockstep.signals.market import Market

MOST_STEPS = 40_000
"""Lines followed at most in each run."""

DEPTH, ITEMS, BYTES = 3, 40, 200_000
"""How deep into objects, into how many of their parts, and how large a pickle a fingerprint goes."""

MANY, EARLIEST = 20, 0.3
"""Entries from which on an array may hold some of the sessions, and the share of those in the past that are compared.
"""

RETURNED = "what it returns"

ROWS, PLACES, PART, FLAG = "rows", "places", "part", "flag"
"""Kinds of fingerprints: the past rows of something with a row a session; those of whole numbers or flags, by which
others may be chosen, or of some of the sessions, which were chosen before; any other number, or thing of numbers; a
whole number or flag alone.
"""

BY_SESSION = frozenset((ROWS, PLACES))

Print = tuple[tuple[str, str], ...]
"""(kind, fingerprint) of each part of a value."""

LAZY = (
    pd.api.typing.Rolling, pd.api.typing.Expanding, pd.api.typing.ExponentialMovingWindow,
    pd.api.typing.DataFrameGroupBy, pd.api.typing.SeriesGroupBy, pd.api.typing.Resampler,
)  # fmt: skip
"""Things of pandas' that hold all of their data and have computed nothing yet."""


@dataclass(frozen=True)
class Step:
    """One line that was run in the frame of that number, and the fingerprints, after it, of the names in it."""

    file: str
    line: int
    frame: int
    prints: Mapping[str, Print]

    @property
    def place(self) -> tuple[str, int]:
        """File and line."""
        return self.file, self.line


@dataclass
class Recorder:
    """Follows the lines of `files` while it computes on `market`; `row` is the last session of the past."""

    files: frozenset[str]
    market: Market
    row: int
    steps: list[Step] = field(default_factory=list)
    _running: dict[int, tuple[int, int]] = field(default_factory=dict)  # id of a frame → its number, the line it is on
    _sources: dict[str, Source] = field(default_factory=dict)
    _frames: int = 0

    def run(self, compute: Callable[[Market], object]) -> list[Step]:
        """The lines that `compute` ran, up to its end or its error."""
        interpret(self.files)
        sys.settrace(self._enter)
        try:
            compute(self.market)
        except Exception:  # what it did until then is all the same of use
            return self.steps
        finally:
            sys.settrace(None)
        return self.steps

    def _enter(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        return self._follow if frame.f_code.co_filename in self.files else None

    def _follow(self, frame: FrameType, event: str, argument: Any) -> Any:
        key = id(frame)
        if key in self._running:
            number, line = self._running[key]
            if len(self.steps) < MOST_STEPS:
                self.steps.append(self._step(frame, number, line, {RETURNED: argument} if event == "return" else {}))
        else:
            self._frames += 1
            number = self._frames
        if event == "line":
            self._running[key] = number, frame.f_lineno
        elif event == "return":
            self._running.pop(key, None)
        return self._follow

    def _step(self, frame: FrameType, number: int, line: int, more: dict[str, Any]) -> Step:
        file = frame.f_code.co_filename
        if file not in self._sources:
            self._sources[file] = Source(file)
        values = dict(more)
        for name in self._sources[file].names(line):
            if name in frame.f_locals:
                values[name] = frame.f_locals[name]
            elif name in frame.f_globals:
                values[name] = frame.f_globals[name]
        for name in self._sources[file].uninitialised(line):
            if isinstance(array := values.get(name), np.ndarray) and array.dtype.kind in "fiubc":
                array.fill(0)
        prints = {name: tuple(self._print(value)) for name, value in values.items()}
        return Step(file, line, number, {name: print_ for name, print_ in prints.items() if print_})

    def _print(self, value: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
        """The fingerprints of a value's parts; none of what holds no numbers."""
        if isinstance(value, (FunctionType, ModuleType, type, Market, str, bytes, *LAZY)) or value is None:
            return
        if isinstance(getattr(value, "frame", None), pd.DataFrame):  # decisions
            value = value.frame
        if isinstance(value, (bool, int, float, complex, np.number, np.bool_)):
            yield (FLAG if isinstance(value, (bool, int, np.integer, np.bool_)) else PART), _digest(value)
        elif isinstance(value, (pd.Series, pd.DataFrame, pd.Index)):
            yield self._of_pandas(value)
        elif isinstance(value, np.ndarray):
            yield from self._of_array(value)
        elif depth < DEPTH:
            yield from self._of_parts(value, depth)

    def _of_pandas(self, value: Any) -> tuple[str, str]:
        index = value if isinstance(value, pd.Index) else value.index
        day = self.market.sessions[self.row]
        if isinstance(index, pd.PeriodIndex):
            past = value[index.start_time <= day]
        elif isinstance(index, pd.DatetimeIndex):
            past = value[index <= day]
        elif self._aligned(len(index)):
            past = value[: len(index) - self._later]
        elif (dates := _dates_of(value)) is not None:
            past = value[dates <= day]
        elif self._numbered(index):
            past = value[index <= self.row]
        else:
            numbers = _numbers(value)
            return PART, f"{len(index) if len(index) < MANY else ''} {_digest(self._earliest(numbers))}"
        whole = isinstance(index, (pd.PeriodIndex, pd.DatetimeIndex)) and 2 * len(index) >= self._sessions
        return (ROWS if whole or len(index) == self._sessions else PLACES), f"{len(past)} {_digest(_numbers(past))}"

    def _of_array(self, value: Any) -> Iterator[tuple[str, str]]:
        if value.dtype.kind not in "fiubcM":
            return
        axes = [axis for axis, size in enumerate(value.shape) if self._aligned(size)]
        if axes:
            rows = np.moveaxis(value, axes[0], 0)
            past = rows[: len(rows) - self._later]
            exact = len(rows) == self._sessions and value.dtype.kind not in "iub"
            yield (ROWS if exact else PLACES), f"{len(past)} {_digest(past)}"
        elif value.ndim and len(value) >= MANY:
            yield PART, _digest(self._earliest(value))
        else:
            yield PART, f"{value.shape} {_digest(value)}"

    def _numbered(self, index: Any) -> bool:
        """Whether these are some of the sessions, by their numbers."""
        numbers = index.inferred_type == "integer" and not isinstance(index, pd.RangeIndex) and len(index) >= MANY
        return bool(numbers and index.is_monotonic_increasing and index.max() < self._sessions)

    def _earliest(self, values: Any) -> Any:
        """Of many numbers some of the first: they may be some of the sessions, in their order, up to the last."""
        share = EARLIEST * (self.row + 1) / self._sessions if len(values) >= MANY else 1.0
        return values[: max(1, int(share * len(values)))]

    @property
    def _sessions(self) -> int:
        return len(self.market.sessions)

    @property
    def _later(self) -> int:
        """Sessions after the past."""
        return self._sessions - 1 - self.row

    def _aligned(self, size: int) -> bool:
        """Whether so many entries are one a session, the first few sessions left out or not."""
        return self._sessions // 2 < size <= self._sessions and size > self._later

    def _of_parts(self, value: Any, depth: int) -> Iterator[tuple[str, str]]:
        if isinstance(value, list) and value and all(isinstance(each, (int, float)) for each in (value[0], value[-1])):
            try:
                numbers = np.asarray(value, dtype=float)
            except (TypeError, ValueError):
                return
            yield ROWS, _digest(numbers[: self.row + 1])
            return
        if isinstance(value, (list, tuple, set, frozenset)):
            parts = list(value)
        elif isinstance(value, dict):
            parts = list(value.values())
        else:
            parts = _fields(value)
        for part in parts[:ITEMS]:
            for kind, print_ in self._print(part, depth + 1):
                yield (kind if isinstance(value, (list, tuple, dict)) else PART), print_


def _fields(value: Any) -> list[Any]:
    """What an object holds, and the containers of its class."""
    if hasattr(value, "__dict__"):
        classes = [cls for cls in type(value).__mro__ if not cls.__module__.startswith(("pydantic", "abc", "builtins"))]
        members = [(name, member) for cls in classes for name, member in vars(cls).items()]
        shared = [m for name, m in members if isinstance(m, (list, dict, np.ndarray)) and not name.startswith("_")]
        return [*shared, *vars(value).values()]
    try:
        data = pickle.dumps(value)
    except Exception:  # whatever an object of the user's raises
        return []
    return [np.frombuffer(data, dtype=np.uint8)] if len(data) < BYTES else []


def _dates_of(value: Any) -> Any:
    """The first column of a frame that holds dates."""
    if not isinstance(value, pd.DataFrame):
        return None
    dates = value.select_dtypes("datetime")
    return dates.iloc[:, 0] if len(dates.columns) else None


def _numbers(value: Any) -> Any:
    if isinstance(value, pd.Index):
        return value.asi8 if isinstance(value, pd.DatetimeIndex | pd.PeriodIndex) else np.asarray(value)
    frame = value.to_frame() if isinstance(value, pd.Series) else value
    return frame.select_dtypes(["number", "bool"]).to_numpy(dtype=float)


def _digest(values: Any) -> str:
    """Of numbers to nine digits: lengths may change the last ones."""
    values = np.asarray(values)
    if values.dtype.kind == "c":
        values = np.stack([values.real, values.imag])
    if values.dtype.kind == "f":
        mantissa, exponent = np.frexp(values.astype(float))
        values = np.stack([np.round(mantissa, 9) + 0.0, exponent.astype(float)])
    elif values.dtype.kind not in "iubM":
        return ""
    return blake2b(np.ascontiguousarray(values).tobytes(), digest_size=12).hexdigest()


def interpret(files: frozenset[str]) -> None:
    """From here on, in this process, functions of these files that numba compiles run in Python, line by line."""
    for module in list(sys.modules.values()):
        if str(getattr(module, "__file__", "")) in files:
            for name, value in list(vars(module).items()):
                plain = getattr(value, "py_func", None)
                if isinstance(plain, FunctionType):
                    setattr(module, name, plain)
