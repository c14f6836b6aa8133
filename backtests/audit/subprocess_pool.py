"""Work in processes of its own: a forked child begins in the state of its parent and leaves nothing behind.

So a value that code keeps from its first call is kept for one child only, and code that ends or kills its process
harms nobody. What the work prints is thrown away: only results go to stdout.

Threads do not survive a fork: a child whose parent has used OpenMP waits for ever when it uses it too. So code under
audit is run in children that have no children of ours, one thread a library; see `thread_limits`. What it starts
itself ends with the child that the caller of all has started, the leader of a group of processes.
"""

import gc
import math
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from unlockstep.backtests.audit.run_queue import queued
from unlockstep.backtests.audit.thread_limits import one_thread

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess  # Windows has none

T = TypeVar("T")

_exit = os._exit

POSSIBLE = "fork" in get_all_start_methods()
"""False on systems that cannot copy a process, such as Windows."""

WAITING = 2.0
"""Seconds on the wall for each of the processor that work may take: other processes may be busy."""

_children: list[bool] = []
"""Not empty in a child."""


class LostError(Exception):
    """The child ended without an answer; never leaves the audit. late: it took too long."""

    def __init__(self, sentence: str, *, late: bool = False) -> None:
        super().__init__(sentence)
        self.late = late


def run_in_subprocess(work: Callable[[], T], limit: float = float("inf")) -> T:
    """`work()`, done in a forked child; what it raises is raised here. LostError where the child died, or has not
    answered after `limit` seconds of the processor, or WAITING times as many on the wall.
    """
    for _, answer in spread([work], jobs=1, limit=WAITING * limit, cpu=limit):
        if isinstance(answer, BaseException):
            raise answer
        return answer
    raise LostError("it was not begun")  # a spread of one piece of work has one answer


def isolated(work: Callable[[], T], limit: float = float("inf")) -> T:
    """The same where a process can be copied; elsewhere in this one."""
    return run_in_subprocess(work, limit) if POSSIBLE else work()


def spread(
    works: Sequence[Callable[[], T]], *, jobs: int, limit: float = float("inf"), cpu: float = float("inf")
) -> Iterator[tuple[int, T | BaseException]]:
    """(number, answer or what was raised) of each piece of work as it is done, `jobs` at a time.

    Work that takes more than `limit` seconds on the wall, those in which it waited for a processor left out, or `cpu`
    of the processor, is ended and answers with LostError.
    """
    waiting = list(enumerate(works))[::-1]
    running: dict[Connection, tuple[int, Child, float]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number, work = waiting.pop()
                child = Child(work, cpu)
                running[child.connection] = number, child, time.monotonic() + limit
            deadlines = [deadline + queued(child.pid) for _, child, deadline in running.values()]
            soonest = min(deadlines) - time.monotonic()
            ready = wait(list(running), None if soonest == float("inf") else max(soonest, 0.0))
            for connection, (number, child, deadline) in list(running.items()):
                if connection in ready or time.monotonic() >= deadline + queued(child.pid):
                    del running[connection]
                    yield number, child.answer() if connection in ready else child.late(limit)
    finally:
        for _, child, _ in running.values():
            child.end()


class Child:
    """One forked child at its work. cpu: seconds of the processor that it may take."""

    def __init__(self, work: Callable[[], Any], cpu: float = float("inf")) -> None:
        self.cpu, self.leads = cpu, not _children
        context = get_context("fork")
        self.connection, send = context.Pipe(duplex=False)
        self.process: ForkProcess = context.Process(target=_child, args=(work, send, cpu))
        self.process.start()
        send.close()

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid or 0

    def answer(self) -> Any:
        """What it sends, or LostError; it has ended then, and what it started."""
        try:
            answer = self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            status = self.process.exitcode
            if status == -int(getattr(signal, "SIGXCPU", 0)):
                return LostError(f"it did not come to an end within {self.cpu:.0f} s of computing", late=True)
            return LostError(f"it ended its process with status {status}")
        finally:
            self.connection.close()
            self.end()
        return answer

    def late(self, limit: float) -> LostError:
        """End it, and say so."""
        self.connection.close()
        self.end()
        return LostError(f"it did not come to an end within {limit:.0f} s", late=True)

    def end(self) -> None:
        """End the child and, where it is the leader of a group, what it has started."""
        if self.leads and self.pid:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()


def _child(work: Callable[[], Any], send: Connection, cpu: float) -> None:
    if not _children:  # its own children end with it
        os.setpgid(0, 0)
        one_thread()
    _children.append(True)
    _limit(cpu)
    sys.settrace(None)
    gc.freeze()  # a collection would write to, and so copy, all that is shared with the parent
    sys.stdout = sys.stderr = nowhere = Path(os.devnull).open("r+", encoding="utf-8")  # noqa: SIM115  (as long as it lives)
    for stream in (0, 1, 2):
        os.dup2(nowhere.fileno(), stream)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            os._exit = _refusal(os.getpid())  # type: ignore[assignment]
            answer = work()
        except BaseException as error:  # sys.exit in a user's code too
            answer = error
        finally:
            os._exit = _exit
    try:
        send.send(answer)
    except Exception:  # an answer that cannot be pickled
        send.send(LostError(f"{type(answer).__name__}: {answer}"))
    send.close()
    _exit(0)  # at once: what a library does at the end may wait for pools of its own


def _limit(cpu: float) -> None:
    if cpu < float("inf"):
        import resource  # Windows has none

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(cpu), math.ceil(cpu) + 1))


def _refusal(pid: int) -> Callable[[int], None]:
    """In place of os._exit: an error that knows its line, in the process of that number; others end as they wish."""

    def refuse(status: int) -> None:
        if os.getpid() != pid:
            _exit(status)
        raise SystemExit(status)

    return refuse
