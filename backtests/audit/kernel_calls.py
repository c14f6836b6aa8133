"""The system's calls by which a process opens files, connects or starts programs, seen by the kernel.

Compiled code opens files past Python and its audit hooks. Linux lets a process hand such calls to another one for
approval (seccomp, user notification, from 5.5 on, on x86-64 and ARM64): the child installs the filter on itself, and
its parent notes each call and lets it go on. No privilege is needed; children of the child are seen too.
"""

import ctypes
import os
import platform
import socket
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SYSTEMS = {  # architecture: its number, and the numbers of the calls
    "x86_64": (0xC000003E, 317, {257: "openat", 2: "open", 437: "openat2", 42: "connect", 59: "execve"}),
    "aarch64": (0xC00000B7, 277, {56: "openat", 437: "openat2", 203: "connect", 221: "execve"}),
}
NO_NEW_PRIVILEGES, SET_FILTER, WITH_LISTENER = 38, 1, 8
ALLOW, NOTIFY = 0x7FFF0000, 0x7FC00000
RECEIVE, SEND, GO_ON = 0xC0502100, 0xC0182101, 1
HERE = -100
"""A path is relative to the current folder."""

LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
"""Instructions of the filter's machine."""

POSSIBLE = sys.platform == "linux" and platform.machine() in SYSTEMS and sys.byteorder == "little"


@dataclass(frozen=True)
class Call:
    """A file that was opened to be read, an address connected to, or a program started, by process number `pid`.

    what: "file", "network address" or "program".
    """

    what: str
    name: str
    pid: int


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def listen() -> int:
    """From here on this process, its threads and children wait at each such call until whoever reads from the returned
    file descriptor lets them go on. Raises OSError where the system does not allow it.
    """
    number, seccomp, calls = SYSTEMS[platform.machine()]
    jump = len(calls)
    code = [struct.pack("HBBI", LOAD, 0, 0, 4), struct.pack("HBBI", EQUAL, 0, jump + 1, number)]
    code.append(struct.pack("HBBI", LOAD, 0, 0, 0))
    code += [struct.pack("HBBI", EQUAL, jump - i, 0, call) for i, call in enumerate(calls)]
    code += [struct.pack("HBBI", RETURN, 0, 0, ALLOW), struct.pack("HBBI", RETURN, 0, 0, NOTIFY)]
    library = ctypes.CDLL(None, use_errno=True)
    program = _Program(len(code), b"".join(code))
    if library.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    listener = library.syscall(seccomp, SET_FILTER, WITH_LISTENER, ctypes.byref(program))
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return int(listener)


class Listener:
    """The parent's end: notes each call as it comes, and lets it go on."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor, self.created = descriptor, set[str]()

    def fileno(self) -> int:
        """To be waited for."""
        return self.descriptor

    def next(self) -> Call | None:
        """The next call, where it is one of interest."""
        import fcntl

        notice = bytearray(80)
        try:
            fcntl.ioctl(self.descriptor, RECEIVE, notice)
        except OSError:  # the thread that called has ended
            return None
        identity, pid, _flags, number = struct.unpack_from("QIIi", notice)
        arguments = struct.unpack_from("6Q", notice, 32)
        name = SYSTEMS[platform.machine()][2].get(number, "")
        try:
            return self._read(name, pid, arguments)
        except (OSError, ValueError, struct.error):  # it has ended meanwhile, or names nothing that can be read
            return None
        finally:
            with suppress(OSError):
                fcntl.ioctl(self.descriptor, SEND, struct.pack("QqiI", identity, 0, 0, GO_ON))

    def close(self) -> None:
        """Nobody listens any more: the process must have ended."""
        os.close(self.descriptor)

    def _read(self, name: str, pid: int, arguments: tuple[int, ...]) -> Call | None:
        if name == "execve":
            return Call("program", _text(pid, arguments[0]), pid)
        if name == "connect":
            return _address(pid, arguments[1], arguments[2])
        if name == "open":
            folder, at, flags = HERE, arguments[0], arguments[1]
        else:
            folder, at, flags = ctypes.c_int(arguments[0]).value, arguments[1], arguments[2]
        if name == "openat2":
            flags = struct.unpack("Q", _memory(pid, flags, 8))[0]
        return self._file(pid, folder, _text(pid, at), flags)

    def _file(self, pid: int, folder: int, text: str, flags: int) -> Call | None:
        """A file that was there before and is opened to be read, by Python or a copy of it: not by other programs."""
        process = Path(f"/proc/{pid}")
        if (process / "exe").readlink() != Path("/proc/self/exe").readlink():
            return None
        place = (process / ("cwd" if folder == HERE else f"fd/{folder}")).readlink()
        path = os.path.normpath(os.path.join(place, text))  # noqa: PTH118  (links stay as they are)
        exists = Path(path).is_file()
        if flags & os.O_TRUNC or (flags & os.O_CREAT and not exists):
            self.created.add(path)
        reads = flags & (os.O_WRONLY | os.O_RDWR) != os.O_WRONLY and not flags & (os.O_DIRECTORY | os.O_TRUNC)
        return Call("file", path, pid) if exists and reads and path not in self.created else None


def _address(pid: int, at: int, length: int) -> Call | None:
    data = _memory(pid, at, min(length, 128))
    family = struct.unpack_from("H", data)[0]
    if family == socket.AF_INET:
        return Call("network address", f"{socket.inet_ntop(family, data[4:8])}:{data[2] * 256 + data[3]}", pid)
    if family == socket.AF_INET6:
        return Call("network address", f"[{socket.inet_ntop(family, data[8:24])}]:{data[2] * 256 + data[3]}", pid)
    return None


def _memory(pid: int, at: int, length: int) -> bytes:
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        return os.pread(memory.fileno(), length, at)


def _text(pid: int, at: int) -> str:
    """The text at an address, up to its zero byte; read page by page, since the next one may not be there."""
    data = b""
    while b"\0" not in data and len(data) < 4096:
        step = 4096 - (at + len(data)) % 4096
        data += _memory(pid, at + len(data), step)
    return os.fsdecode(data.partition(b"\0")[0])
