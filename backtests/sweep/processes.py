"""Work in several processes of this computer: by a calibration, and by a universe of pairs."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from threadpoolctl import threadpool_limits

from unlockstep.backtests.sweep.import_path import without_current_folder
from unlockstep.backtests.sweep.workers import leave_interrupts_to

Piece = TypeVar("Piece")
Done = TypeVar("Done")


def on_processes(work: Callable[[Piece], Done], pieces: Iterable[Piece], count: int) -> Iterator[Done]:
    """work(piece) of every piece, in the order in which they are done, in so many processes, -1 for one a core."""
    from joblib import Parallel, delayed

    with warnings.catch_warnings(), without_current_folder():
        # joblib replaces a worker whose memory has grown and says so; its work is not lost
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs")
        calls = (delayed(_here)(work, piece, os.getpid()) for piece in pieces)
        yield from Parallel(n_jobs=count, return_as="generator_unordered")(calls)


def _here(work: Callable[[Piece], Done], piece: Piece, parent: int) -> Done:
    leave_interrupts_to(parent)
    return on_one_thread(work, piece)


def on_one_thread(work: Callable[[Piece], Done], piece: Piece) -> Done:
    """work(piece): the last digits of a matrix product depend on how many threads share it."""
    with threadpool_limits(1):
        return work(piece)
