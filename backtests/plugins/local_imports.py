"""A file and the files beside it that it imports, read once: what is fingerprinted is what is executed.

Which files those are is decided by files alone, never by what this process has imported before. Python's own modules,
installed packages and unlockstep go before a file beside it that is called alike, as they do for whoever has them
imported already.
"""

import ast
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader, all_suffixes
from importlib.util import decode_source, spec_from_file_location
from itertools import islice
from pathlib import Path
from types import CodeType, ModuleType

from unlockstep.backtests.plugins.error_attribution import INSTALLED, shown
from unlockstep.backtests.storage.atomic import reason
from unlockstep.backtests.storage.bounded_read import read_bounded
from unlockstep.signals.errors import CodeError, StudyError

LARGEST = 50_000_000
"""Bytes in one file at most; compiled modules take the most."""

LOOKED_THROUGH = 100_000
"""Files at most in a folder that a file imports, among which its modules are looked for."""

MOST = 1_000
"""Files at most that a file may import of its folder."""

Texts = dict[Path, bytes]
"""File → its bytes."""


class TextError(CodeError):
    """A file that is no text; the sentence names the line."""


def read(path: Path) -> Texts:
    """The file at this absolute path, first, and the files of its folder that it imports, and those that they import.

    Raises StudyError where one of them cannot be read.
    """
    texts = {path: _bytes(path)}
    open_ = [path]
    while open_:
        if len(texts) > MOST:
            raise _too_many(path, MOST)
        beside = {file for name in _imported(texts[open_.pop()]) if not _elsewhere(name) for file in _files(path, name)}
        new = sorted(beside - set(texts))
        texts |= {file: _bytes(file) for file in new}
        open_ += new
    return {file: texts[file] for file in [path, *sorted(set(texts) - {path})]}


def source(path: Path, data: bytes) -> str:
    """The text of a Python file; TextError with the line where it is none."""
    try:
        text = decode_source(data)
    except (SyntaxError, UnicodeDecodeError):
        lines = data.split(b"\n")
        line = next((number for number, each in enumerate(lines, 1) if not _is_utf8(each)), 1)  # 1: no known encoding
        raise TextError(
            f"{shown(path)}, line {line}: this is not valid UTF-8",
            name=str(path),
            line=line,
            remedy="re-save the file as UTF-8",
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise TextError(
            f"{shown(path)}, line {line}: there is a NUL in it, which no text holds",
            name=str(path),
            line=line,
            remedy="save it as UTF-8",
        )
    return text


@contextmanager
def importable(path: Path, texts: Texts) -> Iterator[None]:
    """While the file is executed, what it imports of its folder comes from these texts, and is forgotten afterwards, so
    that a file of another folder finds its own neighbours.
    """
    folder, finder = str(path.parent), _Finder(texts)
    names = {file.relative_to(path.parent).parts[0].removesuffix(".py") for file in texts}
    before = _forget(names)
    sys.meta_path.insert(0, finder)
    sys.path.append(folder)  # for what is no Python text, and for imports that only the execution shows
    try:
        yield
    finally:
        sys.path.remove(folder)
        sys.meta_path.remove(finder)
        _forget(names)
        sys.modules.update(before)


class _Finder(MetaPathFinder):
    """Finds modules among texts."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.folder = next(iter(texts)).parent

    def find_spec(self, name: str, path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        for folder in [self.folder] if path is None else map(Path, path):
            place = folder / name.rpartition(".")[2]
            for file in (place / "__init__.py", place.with_name(f"{place.name}.py")):
                if file in self.texts:
                    return spec_from_file_location(name, file, loader=_Loader(name, file, self.texts[file]))
        return None


class _Loader(SourceFileLoader):
    """Executes the text that was read, neither the file as it is by now nor compiled code from before."""

    def __init__(self, name: str, file: Path, data: bytes) -> None:
        super().__init__(name, str(file))
        self.data = data

    def get_code(self, _name: str) -> CodeType:
        return compile(source(Path(self.path), self.data), self.path, "exec", dont_inherit=True)


def _forget(names: set[str]) -> dict[str, ModuleType]:
    """Take the modules of these top-level names out of those that are imported; returns them."""
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in names}


def _bytes(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise StudyError(
                f"'{shown(path)}' is no file",
                name=str(path),
                remedy="--strategy takes a Python file or the name of a strategy",
            )
        return read_bounded(path, LARGEST)
    except OSError as error:
        raise StudyError(f"The strategy file '{shown(path)}' cannot be read: {reason(error)}", name=str(path)) from None


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _imported(data: bytes) -> set[str]:
    """Top-level names that a file imports; one that is no Python has none."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two of code nested without end
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module.partition(".")[0])
    return names


def _elsewhere(name: str) -> bool:
    """Whether Python, an installed package or unlockstep has a module of that name."""
    packages = [folder for folder in sys.path if INSTALLED & set(Path(folder).parts)]
    return name in sys.stdlib_module_names or name == "unlockstep" or PathFinder.find_spec(name, packages) is not None


def _files(path: Path, name: str) -> set[Path]:
    """The files beside `path` that an import of `name` may execute: a module's, compiled ones too, or all of a package.

    Not those of __pycache__, of which nothing is executed here.
    """
    package, endings = path.parent / name, tuple(all_suffixes())
    modules = {module for ending in endings if (module := path.parent / f"{name}{ending}").is_file()}
    if modules and not any((package / f"__init__{ending}").is_file() for ending in endings):
        return modules
    inside = list(islice(package.rglob("*"), LOOKED_THROUGH + 1)) if package.is_dir() else []
    if len(inside) > LOOKED_THROUGH:
        raise _too_many(path, LOOKED_THROUGH)
    return {
        file for file in inside if file.name.endswith(endings) and "__pycache__" not in file.parts and file.is_file()
    }


def _too_many(path: Path, limit: int) -> StudyError:
    return StudyError(
        f"'{shown(path)}' imports a folder beside it, or more of them, of over {limit:,} files",
        name=str(path),
        limit=limit,
        remedy="install as a package what they hold",
    )
