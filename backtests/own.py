"""Strategies and signals of one's own: a Python file, executed, checked, and known by its fingerprint.

Nothing is registered: a file's classes are known to who asks for the file. Its folder is on the import path while it
is executed, so that it may import files beside it, at its top.
"""

import ast
import hashlib
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import decode_source
from pathlib import Path
from types import ModuleType
from typing import Any

from backtests.blame import Place, blamed, one_line, shown
from backtests.usable import problem_of
from signals.errors import CodeError, StudyError
from signals.registry import HINDSIGHT, SIGNALS
from signals.signal import Signal
from strategies.registry import all_strategies
from strategies.strategy import Strategy


@dataclass(frozen=True)
class Own:
    """What a user's file defines: concrete classes by their `name`, in the order of the file.

    path: absolute.  sha256: of the file's bytes; where it imports files beside it, of all of them.
    """

    path: Path
    sha256: str
    signals: dict[str, type[Signal]]
    strategies: dict[str, type[Strategy]]


_executed: dict[tuple[Path, str], Own] = {}
"""(path, sha256) → what this process has executed: a study that pins a file keeps its classes, though it be edited."""


def is_file(word: str) -> bool:
    """True where the name of a strategy is the path of a file."""
    return word.endswith(".py") or "/" in word or "\\" in word


def load(path: Path, sha256: str = "") -> Own:
    """What the file defines, executed once in this process for each content.

    sha256: where given, another content is refused.
    Raises StudyError where there is no such file, CodeError with file and line for everything that is wrong in it.
    """
    path = path.resolve()
    if (path, sha256) in _executed:
        return _executed[path, sha256]
    fingerprint = _fingerprint(path)
    if sha256 not in ("", fingerprint):
        raise CodeError(
            f"{shown(path)} has changed since this study was written: its fingerprint is {fingerprint[:12]}, the study "
            f'expects {sha256[:12]}; write "" in its place under [files] to run the file as it is.'
        )
    if (path, fingerprint) not in _executed:
        _executed[path, fingerprint] = execute(path)
    return _executed[path, fingerprint]


def execute(path: Path) -> Own:
    """What the file defines, executed anew; `load` says what it raises."""
    path = path.resolve()
    fingerprint, source = _fingerprint(path), _source(path)
    module = ModuleType(f"{path.stem}@{hashlib.sha256(str(path).encode()).hexdigest()[:12]}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # where pydantic looks for the names in annotations
    try:
        with _folder_importable(path):
            exec(compile(source, str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102  (what it is for)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # sys.exit() in a file ends nothing of ours
        raise CodeError(blamed(error) or f"{shown(path)}: {one_line(error)}") from error
    reader = _Reader(path, source, module)
    found = Own(path, fingerprint, reader.signals(), reader.strategies())
    if not found.signals and not found.strategies:
        raise CodeError(
            f"{shown(path)}: there is no strategy in it; a strategy is a class that inherits from Strategy, and "
            "`unlockstep new strategy NAME` writes one."
        )
    return found


def _bytes(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise StudyError(f"'{shown(path)}' is no file; --strategy takes a Python file or the name of a strategy.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise StudyError(f"The strategy file '{shown(path)}' cannot be read: {error.strerror}.") from None


def _source(path: Path) -> str:
    try:
        return decode_source(_bytes(path))
    except (SyntaxError, UnicodeDecodeError):
        raise CodeError(f"{shown(path)}, line {_undecodable(path)}: this is no UTF-8 text; save it as UTF-8.") from None


def _undecodable(path: Path) -> int:
    """The first line that is not UTF-8; 1 for a file that declares an encoding that is none."""
    lines = _bytes(path).split(b"\n")
    return next((number for number, line in enumerate(lines, 1) if not _is_utf8(line)), 1)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _fingerprint(path: Path) -> str:
    digests = [hashlib.sha256(_bytes(path)).hexdigest()]  # first: _beside takes a file for one that can be read
    digests += [hashlib.sha256(_bytes(file)).hexdigest() for file in sorted(_beside(path))]
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def _beside(path: Path) -> set[Path]:
    """The files beside this one that it imports, and those that they import."""
    found: set[Path] = set()
    open_ = [path]
    while open_:
        for name in _imported(open_.pop()):
            place = path.parent / name
            files = {place.with_name(f"{name}.py")} if not place.is_dir() else set(place.rglob("*.py"))
            new = {file for file in files if file.is_file()} - found - {path}
            found |= new
            open_ += new
    return found


def _imported(file: Path) -> set[str]:
    """Top-level names that a file imports and that are not imported already; a file that is no Python has none."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module.partition(".")[0])
    return names - set(sys.modules)


@contextmanager
def _folder_importable(path: Path) -> Iterator[None]:
    """The file's folder first on the import path. What it imports from there is forgotten afterwards, so that a file
    of another folder finds its own neighbours.
    """
    beside = {str(file) for file in _beside(path)}
    folder = str(path.parent)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
        for name, module in list(sys.modules.items()):
            if getattr(module, "__file__", None) in beside:
                del sys.modules[name]


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
        found: dict[str, type] = {}
        for cls in self.defined:
            if not issubclass(cls, kind) or (cls in self.bases and "name" not in vars(cls)):
                continue  # none of this kind, or the common base of others
            try:
                problem = problem_of(cls, taken)
                if problem is None and cls.name in found:
                    problem = f"the name '{cls.name}' is that of class {found[cls.name].__name__} already"
            except Exception as error:
                raise CodeError(blamed(error) or f"{self._place(cls)}: {one_line(error)}") from error
            if problem is not None:
                raise CodeError(f"{self._place(cls)}: {problem}.")
            found[cls.name] = cls
        return list(found.values())

    def _place(self, cls: type) -> str:
        return f"{Place(self.path, self.lines.get(cls.__name__, 1))}, class {cls.__name__}"
