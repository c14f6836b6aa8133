"""Progress bars, on stderr; silent when quiet or when stderr is no terminal."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unlockstep.backtests.calibration.progress import Advance
    from unlockstep.backtests.engine.experiment import Progress
    from unlockstep.backtests.jobs.universe_pairs import Advance as StepAdvance

RUN_STEPS = {
    "prices": 3, "signals": 1, "simulation": 20, "robustness": 33, "family": 18, "statements": 16, "report": 9,
}  # fmt: skip
"""The steps of a run, and of a hundred seconds how many each takes; so a bar can say how long the rest will."""

COMPARE_STEPS = {"runs": 10, "report": 90}
EVENTS_STEPS = {"prices": 20, "events": 60, "report": 20}
UNSEAL_STEPS = {"judgement": 90, "report": 10}
REPLICATE_STEPS = {"figures": 100}
UNIVERSE_STEPS = {"prices": 12, "pairs": 60, "pooled": 8, "own studies": 12, "report": 8}
DETAILED_STEPS = {"prices": 2, "pairs": 12, "pooled": 2, "own studies": 83, "report": 1}
"""Those of the other commands that take more than a second."""


@contextmanager
def over_steps(steps: Mapping[str, float], *, quiet: bool) -> Iterator["Progress"]:
    """A progress over steps, with the time that is left; each step with its share of the whole time."""
    with over_counted_steps(steps, quiet=quiet) as advance:
        yield lambda step: advance(step, 0, 1)


@contextmanager
def over_counted_steps(steps: Mapping[str, float], *, quiet: bool) -> Iterator["StepAdvance"]:
    """The same over steps that count what they have done: called with the step, how much is done, and of how much."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from unlockstep.backtests.reports.text.terminal import Terminal

    console = Terminal(stderr=True)
    columns = (
        TextColumn("{task.description:<17}"), BarColumn(), TimeElapsedColumn(), TextColumn("{task.fields[left]}"),
    )  # fmt: skip
    begun = time.monotonic()
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("starting", total=sum(steps.values()), left="")

        def advance(step: str, part: int, of: int) -> None:
            done = sum(list(steps.values())[: list(steps).index(step)]) + steps[step] * part / of
            rest = (time.monotonic() - begun) * (sum(steps.values()) / done - 1) if done else None
            counted = step if of == 1 else f"{step} {part}/{of}"
            bar.update(
                task, description=counted, completed=done, left="" if rest is None else f"about {rest:.0f} s left"
            )

        yield advance


@contextmanager
def over_worlds(*, quiet: bool) -> Iterator["Advance"]:
    """An advance over the worlds of a calibration, with the time that is left."""
    with _over("worlds", quiet=quiet) as advance:
        yield advance


@contextmanager
def over_subjects(*, quiet: bool) -> Iterator["Advance"]:
    """An advance over what is audited."""
    with _over("audited", quiet=quiet) as advance:
        yield advance


@contextmanager
def over_variants(*, quiet: bool) -> Iterator["Advance"]:
    """An advance over the variants of a sweep, with the rate and the time that is left."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from unlockstep.backtests.reports.text.terminal import Terminal

    console = Terminal(stderr=True)
    columns = (
        TextColumn("variants"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("variants", total=None, rate="")
        begun: list[tuple[float, int]] = []

        def advance(done: int, of: int) -> None:
            now = time.monotonic()
            begun[:] = begun or [(now, done)]
            seconds, fresh = now - begun[0][0], done - begun[0][1]
            bar.update(task, completed=done, total=of, rate=f"{fresh / seconds:,.0f}/s" if fresh else "")

        yield advance


@contextmanager
def _over(what: str, *, quiet: bool) -> Iterator["Advance"]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from unlockstep.backtests.reports.text.terminal import Terminal

    console = Terminal(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)

        def advance(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        yield advance
