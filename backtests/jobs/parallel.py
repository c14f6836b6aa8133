"""Independent work on another core: in a forked copy of this process, where that is safe, or else in this process.

Forking is safe on Linux while the process has a single thread, the HARMLESS ones of libraries apart. What the work
returns is the same either way. Where the copy fails or is killed, the work is done again in this process, so that an
error keeps its traceback.
"""

import gc
import os
import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")

TASKS = Path("/proc/self/task")
"""On Linux, a folder for each thread of this process."""

HARMLESS = frozenset({"jemalloc_bg_thd", "polars-ooc-clea"})
"""Threads that a copy can do without: of Arrow's allocator, and polars', which is never called here (statsmodels
imports it where it is installed)."""


def can_fork() -> bool:
    """Whether a copy of this process would be a whole one, and would have a core of its own."""
    if sys.platform != "linux" or not hasattr(os, "fork") or len(os.sched_getaffinity(0)) < 2:
        return False
    try:
        threads = [(task / "comm").read_text().strip() for task in TASKS.iterdir()]
    except OSError:
        return False
    return sum(name not in HARMLESS for name in threads) == 1


class Background(Generic[T]):
    """Work that has been started; `result` waits for it. Close it where its result is not wanted any more."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._pid: int | None = None
        if can_fork():
            self._start()

    def _start(self) -> None:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
        receive, send = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(receive)
            _finish(self._work, send)
        os.close(send)
        self._receive = receive

    def result(self) -> T:
        """What the work returned. Raises what it raises."""
        if self._pid is None:
            return self._work()
        with open(self._receive, "rb") as pipe:  # noqa: PTH123 - a descriptor
            content = pipe.read()
        _, status = os.waitpid(self._pid, 0)
        self._pid = None
        if status != 0:
            return self._work()
        answer: T = pickle.loads(content)  # noqa: S301 - from our own copy
        return answer

    def close(self) -> None:
        """End work whose result was not asked for."""
        if self._pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            os.close(self._receive)
            self._pid = None

    def __enter__(self) -> "Background[T]":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _finish(work: Callable[[], object], send: int) -> None:
    """The copy's whole life: it leaves no trace but what it sends."""
    status = 1
    try:
        gc.freeze()  # a collection would write to, and so copy, what is shared with the parent
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(number, signal.SIG_DFL)
        content = pickle.dumps(work(), protocol=pickle.HIGHEST_PROTOCOL)
        with open(send, "wb") as pipe:
            pipe.write(content)
        status = 0
    finally:
        os._exit(status)
