"""`unlockstep replicate`."""

from pathlib import Path
from typing import Annotated

import typer

from backtests.commands.asked import stdout
from backtests.commands.options import DataOption, QuietOption


def replicate(
    data: DataOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder to write; must not exist.",
            show_default="nothing is written",
        ),
    ] = None,
    quiet: QuietOption = False,
    json: Annotated[bool, typer.Option("--json", help="Print replicate.json instead of the report.")] = False,
) -> None:
    """Recompute published correlations on the prices at hand, and show both; real prices only."""
    from backtests.replicate import check_new, write_replication
    from backtests.replicate import replicate as recompute
    from backtests.reports.replicate import show_replication
    from backtests.store.folder import as_json

    if out is not None:
        check_new(out)
    result = recompute(data or "demo")
    if out is not None:
        write_replication(result, out)
    if json:
        typer.echo(as_json(result), nl=False)
    elif not quiet:
        show_replication(stdout(), result)
        if out is not None:
            typer.echo(f"\nEvery figure is in {out}")
