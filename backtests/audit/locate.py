"""Which line looked ahead? Two runs on two futures, line by line: the first whose past differs is the likely one.

After every line of the code under audit, the part of each local variable that belongs to the past (rows up to the
cut) is reduced to a fingerprint. Both runs do the same up to the leak, so the first line after which the fingerprints
differ is where the future came in. A single number that differs, such as a mean of the whole sample, is only taken
for it if the line that spoilt the past reads it: a causal loop also meets the future, later on.
"""

import ast
import linecache
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np
import pandas as pd

from unlockstep.backtests.audit.findings import Line
from unlockstep.signals.market import Market

MOST_STEPS = 20_000
"""Lines followed at most in each run."""

RETURNED = "what it returns"


@dataclass(frozen=True)
class Step:
    """One line that was run: its place, and the fingerprints of the locals after it; `rows` of those with rows."""

    file: str
    function: str
    line: int
    rows: dict[str, str]
    single: dict[str, str]


@dataclass
class Recorder:
    """Follows the lines of `files` while it computes; `cut` is the last session of the past."""

    files: frozenset[str]
    market: Market
    cut: int
    steps: list[Step] = field(default_factory=list)
    _before: dict[int, int] = field(default_factory=dict)  # frame → the line that it is on

    def run(self, compute: Callable[[Market], object]) -> list[Step]:
        """The lines that `compute` ran, up to its end or its error."""
        sys.settrace(self._enter)
        try:
            compute(self.market)
        except Exception:  # what it did until then is all the same of use
            return self.steps
        finally:
            sys.settrace(None)
        return self.steps

    def _enter(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        return self._follow if str(Path(frame.f_code.co_filename)) in self.files else None

    def _follow(self, frame: FrameType, event: str, argument: Any) -> Any:
        key = id(frame)
        if key in self._before and len(self.steps) < MOST_STEPS:
            extra = {RETURNED: argument} if event == "return" else {}
            self.steps.append(self._step(frame.f_code, self._before[key], {**frame.f_locals, **extra}))
        if event == "line":
            self._before[key] = frame.f_lineno
        elif event == "return":
            self._before.pop(key, None)
        return self._follow

    def _step(self, code: CodeType, line: int, values: dict[str, Any]) -> Step:
        rows, single = {}, {}
        for name, value in values.items():
            past = self._past(value)
            if past is not None:
                rows[name] = past
            elif isinstance(value, (bool, int, float, np.number)):
                single[name] = _digest(np.asarray(float(value)))
        return Step(code.co_filename, code.co_qualname, line, rows, single)

    def _past(self, value: Any) -> str | None:
        """Fingerprint of the rows of the past; None for a thing without rows."""
        n = len(self.market.sessions)
        ahead = n - 1 - self.cut
        if isinstance(getattr(value, "frame", None), pd.DataFrame):  # decisions
            value = value.frame
        if isinstance(value, (pd.Series, pd.DataFrame)):
            if isinstance(value.index, pd.PeriodIndex):
                return _digest(_numbers(value[value.index.start_time <= self.market.sessions[self.cut]]))
            if isinstance(value.index, pd.DatetimeIndex):
                return _digest(_numbers(value[value.index <= self.market.sessions[self.cut]]))
            value = _numbers(value)
        if isinstance(value, list) and all(isinstance(x, (int, float)) for x in value[-1:]):
            return _digest(np.asarray(value[: self.cut + 1], dtype=float))
        if isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "fiub" and len(value) > ahead + 1:
            return _digest(value[: len(value) - ahead])
        return None


def _numbers(value: "pd.Series[Any] | pd.DataFrame") -> Any:
    frame = value.to_frame() if isinstance(value, pd.Series) else value
    return frame.select_dtypes(["number", "bool"]).to_numpy(dtype=float)


def _digest(values: Any) -> str:
    rounded = np.char.mod("%.9e", np.asarray(values, dtype=float)) if np.size(values) == 1 else _rounded(values)
    return blake2b(np.ascontiguousarray(rounded).tobytes(), digest_size=12).hexdigest()


def _rounded(values: Any) -> Any:
    """Nine digits of each number: lengths may change the last ones."""
    mantissa, exponent = np.frexp(np.asarray(values, dtype=float))
    return np.stack([np.round(mantissa, 9) + 0.0, exponent.astype(float)])


def likely_line(left: list[Step], right: list[Step]) -> Line | None:
    """The line of the first step after which the past differs; None where no step can be told apart."""
    suspects: dict[tuple[str, str, str], tuple[str, int]] = {}  # single numbers that differ, and where they came up
    for one, two in zip(left, right, strict=False):
        if (one.file, one.line) != (two.file, two.line):
            return _line(one.file, one.line)  # they took different ways
        for name, value in one.single.items():
            if two.single.get(name, value) != value:
                suspects.setdefault((one.file, one.function, name), (one.file, one.line))
        spoilt = [name for name, value in one.rows.items() if two.rows.get(name, value) != value]
        if spoilt:
            read = _names(one.file, one.line)
            for name in read:
                if (one.file, one.function, name) in suspects:
                    return _line(*suspects[one.file, one.function, name])
            return _line(one.file, one.line)
    return None


def _line(file: str, number: int) -> Line:
    """The line as a person would point to it: of a statement over several lines, the one that looks like a leak."""
    statement = _statement(file, number)
    if statement is not None:
        inside = [row for row in suspicious(file) if statement.lineno <= row <= (statement.end_lineno or 0)]
        number = inside[0] if inside else number
    return line_at(file, number)


def _statement(file: str, number: int) -> ast.stmt | None:
    """The innermost simple statement that covers a line."""
    best: ast.stmt | None = None
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.stmt) and not hasattr(node, "body") and node.lineno <= number <= (node.end_lineno or 0):
            best = node
    return best


def _names(file: str, number: int) -> set[str]:
    statement = _statement(file, number)
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)} if statement is not None else set()


def _tree(file: str) -> ast.Module:
    try:
        return ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


BACKWARDS = frozenset({"shift", "diff", "roll", "pct_change"})
FORWARD = frozenset(
    {"bfill", "backfill", "interpolate", "merge_asof", "interp", "filtfilt", "savgol_filter", "smoother"}
)
FULL = frozenset(
    {"mean", "std", "var", "median", "quantile", "min", "max", "rank", "corr", "cov", "fit", "svd", "eigh"}
)
BY_DATE = frozenset({"resample", "transform"})
WINDOWS = frozenset({"rolling", "expanding", "ewm"})


def suspicious(file: str) -> list[int]:
    """Numbers of the lines that look like a look-ahead, the likeliest kinds first; a guess from the text alone."""
    sure, guess = [], []
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            line, name, inside = node.func.end_lineno or node.lineno, node.func.attr, ast.unparse(node)
            backwards = name in BACKWARDS and "(-" in inside
            if backwards or name in FORWARD or any(word.arg in ("center", "direction") for word in node.keywords):
                sure.append(line)
            elif name in BY_DATE or (name in FULL and not any(word in inside for word in WINDOWS)):
                guess.append(line)
        elif isinstance(node, ast.Subscript):
            inside = ast.unparse(node.slice).replace(" ", "")
            if inside in ("::-1", "-1"):
                sure.append(node.lineno)
            elif "+1" in inside:
                guess.append(node.lineno)
    return [*dict.fromkeys([*sorted(sure), *sorted(guess)])]


def guessed_line(file: str) -> Line | None:
    """The first line that looks like a look-ahead, from the text alone."""
    lines = suspicious(file)
    return _line(file, lines[0]) if lines else None


def line_at(file: str, number: int) -> Line:
    """That line as it stands."""
    return Line(file, number, linecache.getline(file, number).strip())
