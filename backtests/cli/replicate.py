"""`unlockstep replicate`."""

from datetime import datetime
from typing import Annotated, Any

import typer

from unlockstep.backtests.cli.arguments import day_of, pair_of, stdout
from unlockstep.backtests.cli.options import (
    AcceptDoubtfulOption,
    ForceOption,
    JsonOption,
    PairOption,
    QuietOption,
    ReplicateOutOption,
    StaleOption,
    day,
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
    figure: Annotated[
        str | None,
        typer.Argument(
            metavar="FIGURE",
            help="A published correlation with its decimals, such as 0.84 or -0.75: which reading gives it? Needs "
            "--near and --window. Without one every published figure of the catalogue is recomputed.",
            show_default="the catalogue",
        ),
    ] = None,
    pair: PairOption = None,
    near: Annotated[
        datetime | None,
        typer.Option(
            "--near",
            parser=day,
            metavar="DATE",
            help="Day to which the figure was measured; 3 days before and after are tried too.",
            show_default="none",
        ),
    ] = None,
    window: Annotated[
        int | None,
        typer.Option(
            "--window",
            metavar="N",
            help="Length of the window; read as sessions and as calendar days.",
            show_default="none",
        ),
    ] = None,
    out: ReplicateOutOption = None,
    stale: StaleOption = None,
    accept_doubtful: AcceptDoubtfulOption = None,
    force: ForceOption = False,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Recompute published correlations from real prices, or say which reading gives one."""
    from unlockstep.backtests.jobs.replicate import write_replication
    from unlockstep.backtests.reports.replicate.output import show_replication
    from unlockstep.backtests.storage.run_folder import FIGURES, check_place

    _check(figure, {"--pair": pair, "--near": near, "--window": window})
    if out is not None:
        check_place(out, force=force, kind=FIGURES)
    with over_steps(REPLICATE_STEPS, quiet=quiet or json) as progress:
        progress("figures")
        prices = {"stale": bool(stale), "accept_doubtful": bool(accept_doubtful)}
        if figure is None:
            from unlockstep.backtests.jobs.replicate import replicate as recompute

            result: Any = recompute(data, **prices)
        else:
            from unlockstep.backtests.jobs.which_reading import which_reading
            from unlockstep.backtests.results.published_figures import PAIR

            result = which_reading(figure, pair_of(pair) or PAIR, day_of(near), window or 0, data, **prices)
    if out is not None:
        write_replication(result, out, force=force)
    if json:
        say_json(result.as_json())
    elif not quiet:
        show_replication(stdout(), result)
        if out is not None:
            say(f"\nEvery figure is in {out}")


def _check(figure: str | None, options: dict[str, object]) -> None:
    """UsageError where a figure has no day or window, or these have no figure."""
    from unlockstep.signals.errors import UsageError

    given = [name for name, value in options.items() if value is not None]
    if figure is None and given:
        raise UsageError(
            f"{given[0]} needs a published figure",
            name=given[0],
            remedy=f"write the figure first, as in unlockstep replicate 0.84 {given[0]} …",
        )
    lacking = [name for name in ("--near", "--window") if options[name] is None]
    if figure is not None and lacking:
        raise UsageError(
            f"A published figure needs {' and '.join(lacking)}",
            name=lacking[0],
            choices=lacking,
            remedy="say to which day and over which window it was measured, as in --near 2022-08-29 --window 30",
        )
