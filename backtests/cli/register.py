"""`unlockstep register` and `unlockstep withdraw`."""

from pathlib import Path
from typing import Annotated

import typer

from unlockstep.backtests.cli.arguments import day_of, only_results, pair_of, study_from_options
from unlockstep.backtests.cli.options import (
    AcceptDoubtfulOption,
    DataOption,
    EndOption,
    FxOption,
    LedgerOption,
    PairOption,
    SeedOption,
    StartOption,
)
from unlockstep.backtests.cli.output import say


def register(
    file: Annotated[Path, typer.Argument(metavar="FILE.py", help="Python file with the strategy.", show_default=False)],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why it should pay, kept with the registration.")],
    data: DataOption = None,
    pair: PairOption = None,
    fx: FxOption = None,
    start: StartOption = None,
    end: EndOption = None,
    accept_doubtful: AcceptDoubtfulOption = None,
    seed: SeedOption = None,
    ledger: LedgerOption = None,
) -> None:
    """Register an own idea before its first evaluation: it gets a share of the error for itself."""
    study = study_from_options(
        None, data=data, pair=pair_of(pair), fx=fx, start=day_of(start), end=day_of(end), seed=seed,
        accept_doubtful=accept_doubtful,
    )  # fmt: skip
    with only_results():
        from unlockstep.backtests.jobs.register import register as register_file

        registered = register_file(study, file, why, ledger=ledger)
    say(registered.sentence)


def withdraw(
    study: Annotated[
        str,
        typer.Argument(metavar="STUDY", help="Study as `list trials` shows it, such as 3fa85f64.", show_default=False),
    ],
    ledger: LedgerOption = None,
) -> None:
    """Withdraw a study whose result was never shown: a run that was stopped or failed. Its trials count no more."""
    from datetime import UTC, datetime

    from unlockstep.backtests.trials.ledger import Ledger, ledger_place

    sha256 = Ledger.open(ledger_place(ledger)).withdraw(study, now=datetime.now(UTC))
    say(f"Withdrew study {sha256[:8]}: its result was never shown, and its trials count no more.")
