"""Blocks on workers: this process, processes of this machine, or a Dask cluster, all through joblib.

The plan, prices included, travels once to each worker. What a block gives depends on the plan and the block alone, so
it does not matter who computes it, nor whether it is computed again after a worker has died.
"""

from collections.abc import Iterator, Sequence

from joblib import Parallel, cpu_count, delayed, parallel_config
from joblib.externals.loky.process_executor import TerminatedWorkerError

from backtests.sweep.plan import Block, Plan, Swept, evaluate
from signals.errors import ParameterError, RunError

DEATHS = 3
"""Deaths of workers in a row, without a block between them, after which a sweep gives up."""

_plan: Plan | None = None
"""The plan of this worker process."""


def evaluated(
    plan: Plan, blocks: Sequence[Block], *, workers: int | None = None, scheduler: str | None = None
) -> Iterator[tuple[Block, Swept]]:
    """Every block with what it gave, in the order in which they are done.

    workers: processes of this machine, as many as it has cores unless said.  scheduler: address of a Dask scheduler,
    tcp://…, whose workers do the work instead.
    Raises RunError where workers die again and again, or the scheduler cannot be reached; what `evaluate` raises.
    """
    if scheduler is not None:
        yield from _on_cluster(plan, blocks, scheduler)
        return
    count = cpu_count() if workers is None else workers
    if count < 1:
        raise ParameterError("At least one worker is needed; give --workers 1 or more, or leave it out for one a core.")
    if count == 1:
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
                    f"Worker processes died {deaths} times without finishing a block between; the machine may be out "
                    "of memory. Go on with --resume and fewer --workers."
                ) from None


def _on_processes(plan: Plan, blocks: Sequence[Block], count: int) -> Iterator[tuple[Block, Swept]]:
    with parallel_config("loky", n_jobs=count, inner_max_num_threads=1, initializer=_begin, initargs=(plan,)):
        yield from Parallel(return_as="generator_unordered", batch_size=1)(delayed(_here)(block) for block in blocks)


def _on_cluster(plan: Plan, blocks: Sequence[Block], scheduler: str) -> Iterator[tuple[Block, Swept]]:
    try:
        from distributed import Client
    except ImportError:
        raise ParameterError("--scheduler needs Dask; install unlockstep with the extra dask.") from None
    try:
        client = Client(scheduler, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise RunError(f"No Dask scheduler answers at {scheduler}: {reason}.") from None
    with client, parallel_config("dask", client=client, scatter=[plan]):
        yield from Parallel(return_as="generator_unordered", batch_size=1)(
            delayed(_there)(plan, block) for block in blocks
        )


def _begin(plan: Plan) -> None:
    global _plan
    _plan = plan


def _here(block: Block) -> tuple[Block, Swept]:
    assert _plan is not None  # set by _begin
    return block, evaluate(_plan, block)


def _there(plan: Plan, block: Block) -> tuple[Block, Swept]:
    return block, evaluate(plan, block)
