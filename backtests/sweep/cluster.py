"""Work on a Dask cluster: by a sweep, and by a calibration.

What all pieces of work share travels once to each worker. What a piece gives depends on that and on itself alone, so
that it does not matter who does it, nor whether it is done again after a worker has died.
"""

import logging
import pickle
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from unlockstep.backtests.sweep.code_version import check_code, code
from unlockstep.signals.errors import ParameterError, RunError

PATIENCE = 60.0
"""Seconds within which a cluster must have a worker."""

Shared = TypeVar("Shared")
Piece = TypeVar("Piece")
Done = TypeVar("Done")


def on_cluster(
    scheduler: str, shared: Shared, work: Callable[[Shared, Piece], Done], pieces: Iterable[Piece], *, remedy: str
) -> Iterator[Done]:
    """work(shared, piece) of every piece, in the order in which they are done, by the workers of a Dask scheduler.

    scheduler: its address, tcp://….  work: a function of a module.  remedy: what to do where the cluster is lost.
    Raises ParameterError without Dask, RunError where the scheduler does not answer, has no workers or is lost; what
    `work` raises.
    """
    try:
        from distributed import CancelledError, Client, KilledWorker, as_completed
        from distributed.comm.core import CommClosedError
    except ImportError:
        raise ParameterError(
            "--scheduler needs Dask", name="scheduler", remedy="install unlockstep with the extra dask"
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what is wrong is told once, in a sentence
    try:
        client = Client(scheduler, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise RunError(f"No Dask scheduler answers at {scheduler}: {reason}", name=scheduler) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise RunError(
                f"The Dask scheduler at {scheduler} has no workers",
                name=scheduler,
                remedy=f"start one with `dask worker {scheduler}`",
            ) from None
        # A task and no scattered data: Dask makes it again where the workers that held it have died.
        # And bytes, so that a worker that cannot read it fails with the reason, where Dask itself would wait for ever.
        there = client.submit(_arrived, code(), pickle.dumps(shared), pure=False)
        futures = [client.submit(work, there, piece, pure=False) for piece in pieces]
        waiting = as_completed(futures)  # type: ignore[no-untyped-call]
        try:
            for future in waiting:
                yield future.result()
                future.release()
        except (CancelledError, KilledWorker, CommClosedError) as error:
            raise RunError(
                f"The Dask cluster at {scheduler} was lost ({type(error).__name__})", name=scheduler, remedy=remedy
            ) from None


def _arrived(version: str, shared: bytes) -> Any:
    check_code(version)
    return pickle.loads(shared)  # noqa: S301 - sent by the process that this worker works for
