"""`unlockstep replicate`."""

from typing import Annotated

import typer

from unlockstep.backtests.cli.arguments import stdout
from unlockstep.backtests.cli.options import (
    AcceptDoubtfulOption,
    ForceOption,
    JsonOption,
    QuietOption,
    ReplicateOutOption,
    StaleOption,
)
from unlockstep.backtests.cli.output import say, say_json
from unlockstep.backtests.cli.progress import REPLICATE_STEPS, over_steps


def replicate(
    data: Annotated[
        str,
        typer.Option(
            "--data", metavar="SOURCE", help="Real prices: yahoo, or a folder with one price file per ticker."
        ),
    ],
    out: ReplicateOutOption = None,
    stale: StaleOption = None,
    accept_doubtful: AcceptDoubtfulOption = None,
    force: ForceOption = False,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Recompute published correlations from real prices and compare them."""
    from unlockstep.backtests.jobs.replicate import replicate as recompute
    from unlockstep.backtests.jobs.replicate import write_replication
    from unlockstep.backtests.reports.replicate import show_replication
    from unlockstep.backtests.storage.run_folder import FIGURES, check_place

    if out is not None:
        check_place(out, force=force, kind=FIGURES)
    with over_steps(REPLICATE_STEPS, quiet=quiet or json) as progress:
        progress("figures")
        result = recompute(data, stale=bool(stale), accept_doubtful=bool(accept_doubtful))
    if out is not None:
        write_replication(result, out, force=force)
    if json:
        say_json(result.as_json())
    elif not quiet:
        show_replication(stdout(), result)
        if out is not None:
            say(f"\nEvery figure is in {out}")
