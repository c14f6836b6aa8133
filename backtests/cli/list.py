"""`unlockstep list` and `unlockstep data show`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from unlockstep.backtests.cli.arguments import (
    context_of,
    day_of,
    legs_of,
    only_results,
    pair_of,
    stdout,
    study_from_options,
)
from unlockstep.backtests.cli.options import (
    AcceptDoubtfulOption,
    ContextOption,
    DataOption,
    DemoSeedOption,
    EndOption,
    FxOption,
    JsonOption,
    LedgerOption,
    LegsOption,
    PairOption,
    StaleOption,
    StartOption,
    StudyOption,
)
from unlockstep.backtests.cli.output import say_json


def list_(
    what: Annotated[
        Literal["signals", "strategies", "runs", "trials"],
        typer.Argument(help="Kind of object to list.", show_default=False),
    ],
    folder: Annotated[Path, typer.Option("--runs", help="Folder with the runs.")] = Path("runs"),
    pair: Annotated[
        str | None, typer.Option("--pair", metavar="A,B", help="Only trials of this pair.", show_default="all")
    ] = None,
    ledger: LedgerOption = None,
    json: JsonOption = False,
) -> None:
    """List signals, strategies, runs or recorded trials."""
    from dataclasses import asdict

    from unlockstep.backtests.reports.listing import show_list, show_runs, show_trials

    if what == "trials":
        from unlockstep.backtests.jobs.listing import trials
        from unlockstep.backtests.trials.ledger import ledger_place

        place = ledger_place(ledger)
        tried = trials(place, pair_of(pair))
        if json:
            say_json({"ledger": str(place), "data_sets": [asdict(data) for data in tried]})
        else:
            show_trials(stdout(), str(place), tried)
        return
    if what == "runs":
        from unlockstep.backtests.jobs.run_listing import runs_of

        runs = runs_of(folder)
        if json:
            say_json({what: [asdict(run) for run in runs]})
        else:
            show_runs(stdout(), runs)
        return
    from unlockstep.backtests.jobs.stored_listing import listed

    with only_results():
        entries = listed(what)
    if json:
        say_json({what: [asdict(entry) for entry in entries]})
    else:
        show_list(stdout(), entries)


def data_show(
    data: DataOption = None,
    pair: PairOption = None,
    legs: LegsOption = None,
    fx: FxOption = None,
    context: ContextOption = None,
    start: StartOption = None,
    end: EndOption = None,
    seed: DemoSeedOption = None,
    stale: StaleOption = None,
    accept_doubtful: AcceptDoubtfulOption = None,
    study: StudyOption = None,
    json: JsonOption = False,
) -> None:
    """Show the prices of a pair and their clocks: coverage, last sessions, when each bar is known."""
    from unlockstep.backtests.jobs import listing as catalogue
    from unlockstep.backtests.reports.listing import show_market
    from unlockstep.backtests.results.holdout import market_of

    chosen = study_from_options(
        study, data=data, pair=pair_of(pair), legs=legs_of(legs), fx=fx, context=context_of(context),
        start=day_of(start), end=day_of(end), seed=seed, stale=stale,
        accept_doubtful=accept_doubtful,
    )  # fmt: skip
    facts = catalogue.market_facts(market_of(chosen))
    if json:
        say_json(facts.model_dump())
    else:
        show_market(stdout(), facts)
