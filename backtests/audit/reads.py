"""What code opens while it computes: files, connections, programs. Their content cannot be cut off with the future.

Python tells of each through its audit hooks, and with it the line that asked for it; compiled code is seen by the
kernel, where it says so (see `kernel_calls`), with the line that ran at that moment. What libraries do for their own
housekeeping is none of it: caches of compiled code, fonts, the number of processors, time zones, imports.
"""

import mmap
import os
import site
import struct
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from unlockstep.backtests.audit.findings import Line
from unlockstep.backtests.audit.kernel_calls import Call
from unlockstep.backtests.audit.source_lines import line_at
from unlockstep.backtests.plugins.error_attribution import OURS

SOURCES = (".py", ".pyc", ".so", ".pyd", ".dll", ".dylib")
"""Files that an import opens."""

EVENTS = ("open", "sqlite3.connect", "socket.connect", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")
"""Events of Python by which code reaches beyond its market."""

SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/", "/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/", "/usr/share/")
"""Folders of the system, whose files hold no prices."""

KEEPING_HOUSE = frozenset(("numba", "llvmlite", "matplotlib"))
"""Libraries that open files of their own: compiled code, fonts, settings."""

HARMLESS = frozenset(
    ("lscpu", "uname", "nproc", "sysctl", "ldconfig", "gcc", "cc", "g++", "c++", "clang", "clang++", "ld", "objdump",
     "ifconfig", "ip", "arp", "nvidia-smi")
)  # fmt: skip
"""Programs by which libraries ask for the machine, or compile."""

STARTING = ("subprocess.py", "os.py", "threading.py", "contextlib.py", "popen_fork.py")
"""Modules of Python's that only pass a call on."""


@dataclass(frozen=True)
class Read:
    """Something that was opened, in words, and the line that asked for it, where one is known."""

    what: str
    line: Line | None = None


@dataclass
class Watch:
    """Notes what is opened while it is on, in this process; the process keeps its hook.

    files: the code under audit, whose lines are noted.  current: the line that runs now, for whoever shares it.
    """

    files: frozenset[str]
    current: "CurrentLine"
    reads: dict[str, Read] = field(default_factory=dict)
    reported: set[str] = field(default_factory=set)  # all that Python told of: paths of files, and what was no file
    _on: bool = False
    _created: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._ours = libraries()
        sys.addaudithook(self._hook)

    @contextmanager
    def on(self) -> Iterator[None]:
        """Switched on for a while."""
        self._on = True
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(None)
            self._on = False

    def _enter(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        return self._follow if frame.f_code.co_filename in self.files else None

    def _follow(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            self.current.write(frame.f_code.co_filename, frame.f_lineno)
        return self._follow

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._on or event not in EVENTS:
            return
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            self._open(os.fsdecode(arguments[0]), *arguments[1:3])
        elif event == "sqlite3.connect" and (name := os.fsdecode(arguments[0])) and ":memory:" not in name:
            self._note(f"the file {name}")
        elif event == "socket.connect" and isinstance(arguments[1], tuple):
            self._note(f"the network address {arguments[1][0]}:{arguments[1][1]}")
        elif event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
            self._start(os.fsdecode(arguments[0]).split()[0])

    def _open(self, name: str, mode: str | None, flags: int) -> None:
        path = os.path.abspath(name)  # noqa: PTH100  (links stay as they are)
        self.reported.add(path)
        if path.endswith(SOURCES) or path.startswith(self._ours) or Path(path).is_dir():
            return
        if _writes_only(mode, flags):
            self._created |= {path} if flags & os.O_TRUNC or not Path(path).exists() else set()
        elif path not in self._created:
            self._note(f"the file {name}", lambda packages: bool(packages & KEEPING_HOUSE))

    def _start(self, name: str) -> None:
        self.reported.add("programs")
        if os.path.realpath(name) != os.path.realpath(sys.executable):
            self._note(f"the program {name}", lambda packages: bool(packages) and Path(name).name in HARMLESS)

    def _note(self, what: str, housekeeping: Callable[[set[str]], bool] = lambda _: False) -> None:
        """Note it, unless a library opens it for itself, or while it is imported. housekeeping: whether the packages
        that stand between the user's code and the call do so.
        """
        self.reported.add(what.removeprefix("the file "))
        line, packages = None, set[str]()
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            name = frame.f_code.co_filename
            if name.startswith("<frozen importlib") and line is None:
                return
            library = name.startswith(self._ours)
            if not library and not name.startswith("<") and not any(Path(name).is_relative_to(ours) for ours in OURS):
                line = line or line_at(name, frame.f_lineno)
            elif library and line is None and Path(name).name not in STARTING:
                packages.add(package_of(name))
            frame = frame.f_back
        by_user = line is not None or threading.current_thread() is not threading.main_thread()
        if by_user and not housekeeping(packages):
            self.reads.setdefault(what, Read(what, line))


class CurrentLine:
    """The line that a process runs now, in memory that it shares with its parent."""

    def __init__(self, files: frozenset[str]) -> None:
        self.files = sorted(files)
        self.memory = mmap.mmap(-1, 16)

    def write(self, file: str, line: int) -> None:
        """In the child."""
        struct.pack_into("qq", self.memory, 0, self.files.index(file) + 1, line)

    def read(self) -> Line | None:
        """In the parent."""
        file, line = struct.unpack_from("qq", self.memory)
        return line_at(self.files[file - 1], line) if file else None


def of_compiled_code(calls: list[tuple[Call, Line | None]], reported: set[str]) -> list[Read]:
    """What the kernel saw besides what Python `reported`."""
    ignored, reads = (*libraries(), *SYSTEM), dict[str, Read]()
    python = os.path.realpath(sys.executable)
    for call, line in calls:
        what = f"the {call.what} {call.name}"
        if what in reported or call.name in reported or (call.what == "program" and "programs" in reported):
            continue
        if call.what == "file" and (call.name.endswith(SOURCES) or call.name.startswith(ignored)):
            continue
        if os.path.realpath(call.name) != python:
            reads.setdefault(what, Read(what, line))
    return list(reads.values())


def package_of(file: str) -> str:
    """The top-level package, or module, that a library's file belongs to."""
    parts = Path(file).parts
    for place, part in enumerate(parts[:-1]):
        if part in ("site-packages", "dist-packages"):
            return Path(parts[place + 1]).stem
    return Path(file).stem


def libraries() -> tuple[str, ...]:
    """Folders of Python, its libraries and the system, whose files hold no prices."""
    places = {*sysconfig.get_paths().values(), *site.getsitepackages(), sys.prefix, sys.base_prefix}
    places |= {"/proc", "/sys", "/dev", "/usr/share/zoneinfo"}
    return tuple(str(Path(place)) + os.sep for place in places if len(Path(place).parts) > 1)


def _writes_only(mode: str | None, flags: int) -> bool:
    """True for what is opened to be written, a log for example, and for a new file: there is nothing to read in it."""
    if mode is not None and mode != "":
        return not set(mode) & {"r", "+"}
    return flags & (os.O_WRONLY | os.O_RDWR) == os.O_WRONLY or bool(flags & os.O_CREAT and flags & os.O_EXCL)
