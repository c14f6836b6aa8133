"""One call of code under audit in a process of its own, and everything that it opened meanwhile."""

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from time import monotonic
from typing import Generic, TypeVar

from unlockstep.backtests.audit import kernel_calls
from unlockstep.backtests.audit.findings import Line
from unlockstep.backtests.audit.kernel_calls import Call, Listener
from unlockstep.backtests.audit.native_calls import native_reads
from unlockstep.backtests.audit.reads import CurrentLine, Read, Watch, of_compiled_code
from unlockstep.backtests.audit.run_queue import queued
from unlockstep.backtests.audit.subprocess_pool import POSSIBLE, WAITING, Child

T = TypeVar("T")


@dataclass(frozen=True)
class Watched(Generic[T]):
    """What was answered, and what was opened. seen: compiled code was watched too, not only guessed at."""

    answer: T
    reads: tuple[Read, ...]
    seen: bool


def watched(work: Callable[[], T], files: frozenset[str], limit: float) -> Watched[T]:
    """`work()` and what it opened; `files` hold the code whose lines are named.

    What it raises is raised here. LostError where it does not come to an end within `limit` seconds of the processor.
    """
    current = CurrentLine(files)
    if not POSSIBLE:
        answer, reads, _ = _noted(work, files, current)
        return Watched(answer, (*reads, *native_reads(files)), seen=False)
    here, there = socket.socketpair()
    child = Child(lambda: _listened(work, files, current, there), limit)
    there.close()
    calls: list[tuple[Call, Line | None]] = []
    listener = _listener(here)
    try:
        deadline = monotonic() + WAITING * limit
        places = [] if listener is None else [listener.descriptor]
        while True:
            ready = wait([child.connection, *places], max(0.0, deadline + queued(child.pid) - monotonic()))
            if not ready and monotonic() >= deadline + queued(child.pid):
                raise child.late(WAITING * limit)
            if child.connection in ready:
                break
            if listener is None or not ready:
                continue
            call = listener.next()
            calls += [(call, current.read())] if call is not None else []
        result = child.answer()
    finally:
        child.end()
        here.close()
        if listener is not None:
            listener.close()
    if isinstance(result, BaseException):
        raise result
    answer, reads, reported = result
    compiled = native_reads(files) if listener is None else of_compiled_code(calls, reported)
    return Watched(answer, (*reads, *compiled), seen=listener is not None)


def _listened(
    work: Callable[[], T], files: frozenset[str], current: CurrentLine, there: socket.socket
) -> tuple[T, Sequence[Read], set[str]]:
    """In the child: hand the listener to the parent, and work."""
    try:
        descriptor = kernel_calls.listen() if kernel_calls.POSSIBLE else -1
    except OSError:  # not on this system
        descriptor = -1
    if descriptor < 0:
        there.send(b"-")
    else:
        socket.send_fds(there, [b"+"], [descriptor])
        os.close(descriptor)
    there.close()
    return _noted(work, files, current)


def _listener(here: socket.socket) -> Listener | None:
    _, descriptors, _, _ = socket.recv_fds(here, 1, 1)
    return Listener(descriptors[0]) if descriptors else None


def _noted(work: Callable[[], T], files: frozenset[str], current: CurrentLine) -> tuple[T, Sequence[Read], set[str]]:
    watch = Watch(files, current)
    with watch.on():
        answer = work()
    return answer, list(watch.reads.values()), watch.reported
