"""Text files in a compressed one: gzip, bzip2, xz, or a zip archive that holds one file."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import BinaryIO

from unlockstep.signals.errors import DataError

SUFFIXES = (".gz", ".bz2", ".xz", ".zip")

_OPENERS: Mapping[str, Callable[[io.BytesIO], BinaryIO]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}  # type: ignore[dict-item]


def unpacked(content: bytes, where: str, *, most: int) -> bytes:
    """The bytes in a compressed file, by the ending of its name; those of any other file as they are.

    most: bytes that may come out. Raises DataError where it is cut or no such file, holds more, or several files.
    """
    suffix = PurePosixPath(where).suffix.lower()
    try:
        if suffix == ".zip":
            text = _from_archive(content, where, most)
        elif suffix in _OPENERS:
            with _OPENERS[suffix](io.BytesIO(content)) as file:
                text = file.read(most + 1)
        else:
            return content
    except (OSError, EOFError, lzma.LZMAError, zlib.error, zipfile.BadZipFile):
        raise DataError(
            f"{where} is no whole {suffix.lstrip('.')} file", name=where, remedy="fetch it again, or unpack it"
        ) from None
    if len(text) > most:
        raise DataError(
            f"{where} unpacks to more than the {most / 1e6:,.0f} MB that any daily bars take",
            name=where,
            limit=most,
            remedy="keep one row a day",
        )
    return bytes(text)


def _from_archive(content: bytes, where: str, most: int) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        inside = [
            entry
            for entry in archive.infolist()
            if not entry.is_dir() and not any(part.startswith((".", "__MACOSX")) for part in _parts(entry.filename))
        ]
        if len(inside) != 1 or inside[0].flag_bits & 1:
            names = [PurePosixPath(entry.filename).stem for entry in inside]
            fault = "is locked with a password" if len(inside) == 1 else f"holds {len(inside)} files"
            raise DataError(f"{where} {fault}", name=where, choices=names, remedy="unpack it, one file a ticker")
        with archive.open(inside[0]) as file:
            return file.read(most + 1)


def _parts(name: str) -> tuple[str, ...]:
    return PurePosixPath(name).parts
