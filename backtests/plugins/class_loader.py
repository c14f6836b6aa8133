"""Strategies that are given as classes: defined in a notebook cell or a program, and not read from a file.

They are checked as those of a file are, and fingerprinted by their source, or by their compiled code where Python has
no source of them, as of a notebook's cell.
"""

import hashlib
import inspect
import re
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from unlockstep.backtests.plugins.entry_points import installed
from unlockstep.backtests.plugins.error_attribution import locate_default_error, one_line
from unlockstep.backtests.plugins.validation import problem_of
from unlockstep.signals.errors import CodeError
from unlockstep.signals.registry import HINDSIGHT, SIGNALS
from unlockstep.signals.signal import Parameters, Signal
from unlockstep.strategies.named_state import ReadsState
from unlockstep.strategies.registry import all_strategies
from unlockstep.strategies.strategy import Strategy

OURS = "unlockstep"

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
"""Where in memory a thing lies: another place in every process."""


def is_registered(cls: type[Strategy]) -> bool:
    """Whether the class is found by its name: one of unlockstep's own, or of an installed package."""
    name = getattr(cls, "name", None)
    if all_strategies().get(str(name)) is cls:
        return True
    brought = installed("Strategy")
    return name in brought and brought[str(name)].load() is cls


def check_class(cls: type[Strategy] | type[Signal]) -> None:
    """Raise CodeError, which names the class, unless it, and the signals that a strategy reads, can be used."""
    taken = all_strategies() if issubclass(cls, Strategy) else {**SIGNALS, **HINDSIGHT}
    try:
        problem = problem_of(cls, taken)
    except Exception as error:
        raise locate_default_error(error) or CodeError(
            f"class {cls.__name__}: {one_line(error)}", name=cls.__name__
        ) from error
    if problem is not None:
        raise CodeError(f"class {cls.__name__}: {problem}", name=cls.__name__)
    if issubclass(cls, Strategy):
        for signal in _signals_of(cls):
            check_class(signal)


def class_sha256(cls: type[Strategy]) -> str:
    """The fingerprint of a class, of its bases and of the signals that it reads with its defaults.

    Functions and constants that it takes from elsewhere are not in it: their effect shows in its decisions alone.
    """
    parts = dict.fromkeys(part for each in (cls, *_signals_of(cls)) for part in each.__mro__ if _is_users(part))
    return hashlib.sha256("\0".join(_text(part) for part in parts).encode()).hexdigest()


def _signals_of(cls: type[Strategy]) -> list[type[Signal]]:
    """The classes of the signals that it reads with its defaults, or may be told to, without unlockstep's own."""
    further = cls.further_states if issubclass(cls, ReadsState) else ()
    kinds = dict.fromkeys([*(type(signal) for signal in cls().signals_on().values()), *further])
    return [kind for kind in kinds if _is_users(kind)]


def _is_users(cls: type) -> bool:
    return issubclass(cls, Parameters) and cls.__module__.partition(".")[0] != OURS


def _text(cls: type) -> str:
    try:
        return inspect.getsource(cls)
    except (OSError, TypeError):  # defined where no file is
        return "\n".join((cls.__qualname__, *_compiled(cls)))


def _compiled(cls: type) -> Iterator[str]:
    """What the class consists of, in words that are the same in every process."""
    fields: dict[str, Any] = getattr(cls, "model_fields", {})
    for name, field in fields.items():
        default = _described(field.default_factory or field.default)
        yield f"{name}: {field.annotation} = {default} {ADDRESS.sub('', str(field.metadata))}"
    for name, value in vars(cls).items():
        if name not in fields and not name.startswith(("_", "model_")):
            yield f"{name} = {_described(value)}"


def _described(value: Any) -> str:
    if isinstance(value, property):
        return _described(value.fget)
    if isinstance(value, classmethod | staticmethod):
        return _described(value.__func__)
    if isinstance(value, FunctionType):
        return f"{_described(value.__defaults__)} {_described(value.__code__)}"
    if isinstance(value, CodeType):
        return f"{value.co_code.hex()} {value.co_names} {[_described(constant) for constant in value.co_consts]}"
    if isinstance(value, set | frozenset):  # their order is another in every process
        return str(sorted(map(_described, value)))
    if isinstance(value, tuple | list):
        return str([_described(item) for item in value])
    if isinstance(value, dict):
        return str({_described(key): _described(item) for key, item in value.items()})
    return repr(value) if isinstance(value, str | int | float | bool | None) else str(type(value))
