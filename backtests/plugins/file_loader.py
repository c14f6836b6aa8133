"""Strategies and signals of one's own: a Python file, executed, checked, and known by its fingerprint.

Nothing is registered: a file's classes are known to who asks for the file. It may import files beside it, at its top,
see `neighbours`.
"""

import ast
import hashlib
import os
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from unlockstep.backtests.plugins.error_attribution import (
    Place,
    locate_default_error,
    locate_user_error,
    one_line,
    shown,
)
from unlockstep.backtests.plugins.local_imports import TextError, Texts, importable, read, source
from unlockstep.backtests.plugins.validation import problem_of
from unlockstep.compiler_cache import find_compiler_cache
from unlockstep.signals.errors import CodeError
from unlockstep.signals.registry import HINDSIGHT, SIGNALS
from unlockstep.signals.signal import Signal
from unlockstep.strategies.registry import all_strategies
from unlockstep.strategies.strategy import Strategy


@dataclass(frozen=True)
class UserFile:
    """What a user's file defines: concrete classes by their `name`, in the order of the file.

    path: absolute.  sha256: of the file's bytes; where it imports files beside it, of all of them.
    """

    path: Path
    sha256: str
    signals: dict[str, type[Signal]]
    strategies: dict[str, type[Strategy]]


_executed: dict[tuple[Path, str], UserFile] = {}
"""(path, sha256) → what this process has executed: a study that pins a file keeps its classes, though it be edited."""


def is_file(word: str) -> bool:
    """True where the name of a strategy is the path of a file."""
    return word.endswith(".py") or "/" in word or "\\" in word


def absolute(path: Path | str) -> Path:
    """The absolute path of a file, links followed; a link that leads back to itself stays, and cannot be read."""
    return Path(os.path.realpath(path))


def load(path: Path, sha256: str = "") -> UserFile:
    """What the file defines, executed once in this process for each content.

    sha256: where given, another content is refused.
    Raises StudyError where there is no such file, CodeError with file and line for everything that is wrong in it.
    """
    path = absolute(path)
    if (path, sha256) in _executed:
        return _executed[path, sha256]
    texts = read(path)
    current = fingerprint(texts)
    if sha256 not in ("", current):
        raise CodeError(
            f"{shown(path)} has changed since this study was written: its fingerprint is {current[:12]}, "
            f"the study expects {sha256[:12]}",
            name=str(path),
            remedy='write "" in its place under [files] to run the file as it is',
        )
    if (path, current) not in _executed:
        _executed[path, current] = execute(path, texts)
    return _executed[path, current]


def execute(path: Path, texts: Texts) -> UserFile:
    """What the file, read before, defines, executed anew; `load` says what it raises."""
    text = source(path, texts[path])
    find_compiler_cache()  # a rule may compile, too
    module = ModuleType(f"{path.stem}@{hashlib.sha256(str(path).encode()).hexdigest()[:12]}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # where pydantic looks for the names in annotations
    try:
        with importable(path, texts):
            exec(compile(text, str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102  (what it is for)
    except KeyboardInterrupt:
        raise
    except TextError as error:  # of a file beside it
        raise error.with_traceback(None) from None
    except BaseException as error:  # sys.exit() in a file ends nothing of ours
        raise locate_user_error(error) or CodeError(f"{shown(path)}: {one_line(error)}", name=str(path)) from error
    reader = _Reader(path, text, module)
    user_file = UserFile(path, fingerprint(texts), reader.signals(), reader.strategies())
    if not user_file.signals and not user_file.strategies:
        raise CodeError(
            f"{shown(path)}: there is no strategy in it",
            name=str(path),
            remedy="a strategy is a class that inherits from Strategy, and `unlockstep new strategy NAME` writes one",
        )
    return user_file


def fingerprint(texts: Texts) -> str:
    """SHA-256 of a file and of those beside it that it imports, as `UserFile` has it."""
    digests = [hashlib.sha256(data).hexdigest() for data in texts.values()]
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


class _Reader:
    """The classes of an executed file, checked."""

    def __init__(self, path: Path, source: str, module: ModuleType) -> None:
        self.path = path
        self.lines = {node.name: node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)}
        classes = (item for item in vars(module).values() if isinstance(item, type))
        self.defined = list(dict.fromkeys(cls for cls in classes if cls.__module__ == module.__name__))
        self.bases = {base for cls in self.defined for base in cls.__mro__[1:]}

    def strategies(self) -> dict[str, type[Strategy]]:
        """The strategies by name."""
        return {cls.name: cls for cls in self._checked(Strategy, all_strategies())}

    def signals(self) -> dict[str, type[Signal]]:
        """The signals by name."""
        return {cls.name: cls for cls in self._checked(Signal, {**SIGNALS, **HINDSIGHT})}

    def _checked(self, kind: type[Strategy] | type[Signal], taken: Collection[str]) -> list[Any]:
        classes: dict[str, type] = {}
        for cls in self.defined:
            if not issubclass(cls, kind) or (cls in self.bases and "name" not in vars(cls)):
                continue  # none of this kind, or the common base of others
            try:
                problem = problem_of(cls, taken)
                if problem is None and cls.name in classes:
                    problem = f"the name '{cls.name}' is that of class {classes[cls.name].__name__} already"
            except Exception as error:
                raise locate_default_error(error) or CodeError(
                    f"{self._place(cls)}: {one_line(error)}", name=cls.__name__, line=self.lines.get(cls.__name__, 1)
                ) from error
            if problem is not None:
                raise CodeError(
                    f"{self._place(cls)}: {problem}", name=cls.__name__, line=self.lines.get(cls.__name__, 1)
                )
            classes[cls.name] = cls
        return list(classes.values())

    def _place(self, cls: type) -> str:
        return f"{Place(self.path, self.lines.get(cls.__name__, 1))}, class {cls.__name__}"
