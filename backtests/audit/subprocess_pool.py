"""Work in processes of its own: a forked child begins in the state of its parent and leaves nothing behind.

So a value that code keeps from its first call is kept for one child only, and code that ends or kills its process
harms nobody. What the work prints is thrown away: only results go to stdout.
"""

import gc
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

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess  # Windows has none

T = TypeVar("T")

_exit = os._exit

POSSIBLE = "fork" in get_all_start_methods()
"""False on systems that cannot copy a process, such as Windows."""


class LostError(Exception):
    """The child ended without an answer; never leaves the audit."""


def run_in_subprocess(work: Callable[[], T]) -> T:
    """`work()`, done in a forked child; what it raises is raised here. LostError where the child died."""
    for _, answer in spread([work], jobs=1, limit=float("inf")):
        if isinstance(answer, BaseException):
            raise answer
        return answer
    raise LostError  # a spread of one piece of work has one answer


def spread(works: Sequence[Callable[[], T]], *, jobs: int, limit: float) -> Iterator[tuple[int, T | BaseException]]:
    """(number, answer or what was raised) of each piece of work as it is done, `jobs` at a time.

    Work that takes more than `limit` seconds is ended and answers with LostError.
    """
    waiting = list(enumerate(works))[::-1]
    running: dict[Connection, tuple[int, ForkProcess, float]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number, work = waiting.pop()
                receive, process = _start(work, leader=limit < float("inf"))
                running[receive] = number, process, time.monotonic() + limit
            soonest = min(deadline for _, _, deadline in running.values()) - time.monotonic()
            ready = wait(list(running), None if soonest == float("inf") else max(soonest, 0.0))
            for connection, (number, process, deadline) in list(running.items()):
                if connection in ready or time.monotonic() >= deadline:
                    del running[connection]
                    yield number, _answer(connection, process, late=connection not in ready)
    finally:
        for process in (process for _, process, _ in running.values()):
            _end(process)


def _start(work: Callable[[], Any], leader: bool) -> tuple[Connection, "ForkProcess"]:
    context = get_context("fork")
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(work, send, leader))
    process.start()
    send.close()
    return receive, process


def _child(work: Callable[[], Any], send: Connection, leader: bool) -> None:
    if leader:  # of its own children, which end with it
        os.setpgid(0, 0)
    sys.settrace(None)
    gc.freeze()  # a collection would write to, and so copy, all that is shared with the parent
    sys.stdout = sys.stderr = nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  (as long as it lives)
    for stream in (1, 2):
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


def _refusal(pid: int) -> Callable[[int], None]:
    """In place of os._exit: an error that knows its line, in the process of that number; others end as they wish."""

    def refuse(status: int) -> None:
        if os.getpid() != pid:
            _exit(status)
        raise SystemExit(status)

    return refuse


def _answer(connection: Connection, process: "ForkProcess", *, late: bool) -> Any:
    if late:
        _end(process)
        return LostError("it did not come to an end")
    try:
        answer = connection.recv()
    except EOFError:
        process.join()
        return LostError(f"it ended its process with status {process.exitcode}")
    finally:
        connection.close()
    process.join()
    return answer


def _end(process: "ForkProcess") -> None:
    """End the child and what it has started."""
    if process.pid is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
    process.join()
