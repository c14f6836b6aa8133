"""Blocks on workers: this process, processes of this machine through joblib, or a Dask cluster.

The plan, prices included, travels once to each worker. What a block gives depends on the plan and the block alone, so
it does not matter who computes it, nor whether it is computed again after a worker has died.
"""

import os
import pickle
import signal
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from joblib import Parallel, cpu_count, delayed, parallel_config
from joblib.externals.loky.process_executor import TerminatedWorkerError
from threadpoolctl import threadpool_limits

from unlockstep.backtests.sweep.cluster import on_cluster
from unlockstep.backtests.sweep.import_path import without_current_folder
from unlockstep.backtests.sweep.plan import Block, Plan, Swept, evaluate
from unlockstep.signals.errors import ParameterError, RunError

DEATHS = 3
"""Deaths of workers in a row, without a block between them, after which a sweep gives up."""


BLOCKS_OF_A_WORKER = 32
"""Blocks of rules for arrays that are worth a process: what it costs to start one is the work of a dozen."""


def evaluated(
    plan: Plan, blocks: Sequence[Block], *, workers: int | None = None, scheduler: str | None = None
) -> Iterator[tuple[Block, Swept]]:
    """Every block with what it gave, in the order in which they are done.

    workers: processes of this machine; one a core unless said, and no more than are worth their start.
    scheduler: address of a Dask scheduler, tcp://…, whose workers do the work instead.
    Raises RunError where workers die again and again, or the scheduler cannot be reached; what `evaluate` raises.
    """
    if scheduler is not None:
        yield from on_cluster(scheduler, plan.prepared(), _there, blocks, remedy="go on with --resume when it is back")
        return
    count = _worthwhile(plan, blocks) if workers is None else workers
    if count < 1:
        raise ParameterError(
            "At least one worker is needed",
            name="workers",
            limit=1,
            remedy="give --workers 1 or more, or leave it out for one a core",
        )
    if count == 1:
        with threadpool_limits(1):
            yield from ((block, evaluate(plan, block)) for block in blocks)
        return
    left, deaths = list(blocks), 0
    while left:
        try:
            for done in _on_processes(plan, left, count):
                left.remove(done[0])
                deaths = 0
                yield done
        except TerminatedWorkerError:
            deaths += 1
            if deaths >= DEATHS:
                raise RunError(
                    f"Worker processes died {deaths} times without finishing a block between; the machine may be "
                    "out of memory",
                    name="workers",
                    limit=deaths,
                    remedy="Go on with --resume and fewer --workers",
                ) from None


def _worthwhile(plan: Plan, blocks: Sequence[Block]) -> int:
    """The processes that the blocks are dealt out to: one stays here, which starts none."""
    if not all(space.swept_at_once for space in plan.spaces):
        return int(cpu_count())
    return max(1, min(int(cpu_count()), len(blocks) // BLOCKS_OF_A_WORKER))


def _on_processes(plan: Plan, blocks: Sequence[Block], count: int) -> Iterator[tuple[Block, Swept]]:
    with TemporaryDirectory(prefix="unlockstep-") as folder:
        place = Path(folder) / "plan"
        place.write_bytes(pickle.dumps(plan.prepared()))
        with without_current_folder(), parallel_config("loky", n_jobs=count, inner_max_num_threads=1):
            yield from Parallel(return_as="generator_unordered", batch_size=1)(
                delayed(_here)(place, block, os.getpid()) for block in blocks
            )


@lru_cache(maxsize=1)
def _plan_in(place: Path) -> Plan:
    """The plan in a file, read once by each worker; no two sweeps have the same file."""
    plan: Plan = pickle.loads(place.read_bytes())  # noqa: S301 - written by the process that this one works for
    return plan


def leave_interrupts_to(parent: int) -> None:
    """In a worker: an interrupt, which a terminal sends to every process, is the parent's, which stops its workers."""
    if os.getpid() != parent:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _here(place: Path, block: Block, parent: int) -> tuple[Block, Swept]:
    leave_interrupts_to(parent)
    _one_thread()
    return block, evaluate(_plan_in(place), block)


def _there(plan: Plan, block: Block) -> tuple[Block, Swept]:
    _one_thread()
    return block, evaluate(plan, block)


@cache
def _one_thread() -> None:
    """For good, in a process that does nothing else; several blocks may be at work in one of Dask's workers."""
    threadpool_limits(1)
