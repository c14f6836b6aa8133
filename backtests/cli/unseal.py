"""`unlockstep unseal`."""

from pathlib import Path
from typing import Annotated

import typer

from unlockstep.backtests.cli.arguments import only_results, placed, stdout
from unlockstep.backtests.cli.options import (
    ForceOption,
    JsonOption,
    LedgerOption,
    QuietOption,
    TrustOption,
    UnsealOutOption,
)
from unlockstep.backtests.cli.output import FormatOption, announcer, format_of, tell
from unlockstep.backtests.cli.progress import UNSEAL_STEPS, over_steps


def unseal(
    run: Annotated[Path, typer.Argument(help="Run folder.", show_default=False)],
    out: UnsealOutOption = None,
    ledger: LedgerOption = None,
    trust: TrustOption = False,
    force: ForceOption = False,
    quiet: QuietOption = False,
    form: FormatOption = None,
    json: JsonOption = False,
) -> None:
    """Evaluate a run's frozen variants on the sealed holdout; every look is recorded in the ledger."""
    from unlockstep.backtests.jobs.unseal import unseal_into
    from unlockstep.backtests.reports.text.csv_rows import rows_csv
    from unlockstep.backtests.reports.unseal import show_unsealed

    form = format_of(form, json)
    with placed(out, "unseal-") as place, only_results(), over_steps(UNSEAL_STEPS, quiet=quiet) as progress:
        result = unseal_into(
            run, place, ledger=ledger, trust=trust, force=force, progress=progress, announce=announcer(quiet=quiet)
        )
    tell(
        place,
        result.as_json(),
        form=form,
        quiet=quiet,
        show=lambda: show_unsealed(stdout(), result),
        rows=lambda: rows_csv(result.as_json()["variants"]),
        closing=f"The sealed period says: {result.verdict.decision}. The report is",
    )
