"""`unlockstep unseal`."""

from pathlib import Path
from typing import Annotated

import typer

from backtests.commands.asked import only_results, stdout, timed
from backtests.commands.options import ForceOption, LedgerOption, QuietOption, UnsealOutOption


def unseal(
    run: Annotated[Path, typer.Argument(help="The folder of a run.", show_default=False)],
    out: UnsealOutOption = None,
    ledger: LedgerOption = None,
    force: ForceOption = False,
    quiet: QuietOption = False,
    json: Annotated[bool, typer.Option("--json", help="Print unseal.json instead of the report.")] = False,
) -> None:
    """Judge a run's variants, as they are, on the sealed sessions; the answer is kept in the ledger.

    It can be done once with eyes closed. A second look is possible, and every report says that it was one.
    """
    from backtests.reports.unseal import show_unsealed
    from backtests.store.folder import PAGE, as_json, check_place
    from backtests.unseal import unseal_into

    place = out or timed("unseal-")
    check_place(place, force=force)
    with only_results():
        result = unseal_into(run, place, ledger=ledger, force=force)
    if json:
        typer.echo(as_json(result), nl=False)
    elif not quiet:
        show_unsealed(stdout(), result)
    if not quiet:
        typer.echo(f"\nThe sealed period says: {result['verdict']['decision']}. The report is {place / PAGE}", err=json)
