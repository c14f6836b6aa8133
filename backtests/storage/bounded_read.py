"""Files that somebody else may have made: read whole, where they are regular files of a bounded size.

A pipe or a device would be waited for without end, and a file without end would take all memory. What is refused here
is an OSError with its reason, as what the system refuses: `atomic.reason` says either.
"""

import os
import stat
from pathlib import Path

CHUNK = 1 << 24
"""Bytes that are read at once."""


class UnfitFileError(OSError):
    """A file that is no regular one, or too large; `limit` is the bytes that it may hold."""

    def __init__(self, fault: str, limit: int | None = None) -> None:
        super().__init__(fault)
        self.limit = limit


def read_bounded(path: Path, largest: int) -> bytes:
    """The bytes of a regular file; never waits.

    largest: bytes that it may hold. Raises UnfitFileError for anything else, OSError where the system refuses to read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except ValueError:
        raise UnfitFileError("its name holds a NUL") from None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise UnfitFileError(f"it is a {'folder' if stat.S_ISDIR(mode) else 'pipe or a device'}, not a file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = bytearray()
            while chunk := file.read(CHUNK):
                content += chunk
                if len(content) > largest:
                    raise UnfitFileError(f"it holds more than {largest / 1e6:,.0f} MB", largest)
    finally:
        os.close(descriptor)
    return bytes(content)
