"""Files of somebody else are read whole where they are regular and small, and nothing is waited for."""

import errno
import os
import socket
from pathlib import Path

import pytest

from tests.systems import needs_posix
from unlockstep.backtests.storage.bounded_read import UnfitFileError, read_bounded


def test_a_file_is_read_up_to_its_bound_and_refused_beyond(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345678")
    assert read_bounded(tmp_path / "file", 8) == b"12345678"
    with pytest.raises(UnfitFileError) as caught:
        read_bounded(tmp_path / "file", 7)
    assert caught.value.limit == 7


@needs_posix
def test_a_pipe_a_folder_a_device_and_a_socket_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for place in (tmp_path / "pipe", tmp_path / "link", tmp_path, Path("/dev/zero"), Path("/dev/null")):
            with pytest.raises(UnfitFileError) as caught:
                read_bounded(place, 8)
            assert caught.value.limit is None
        with pytest.raises(OSError, match=r".") as refusal:
            read_bounded(tmp_path / "socket", 8)
    assert refusal.value.errno == errno.ENXIO


def test_what_the_system_refuses_is_its_own_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_bounded(tmp_path / "none", 8)
    with pytest.raises(UnfitFileError):
        read_bounded(Path("a\0b"), 8)
