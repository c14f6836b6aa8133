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
from unlockstep.backtests.cli.ascii_output import json_for_stdout
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
from unlockstep.backtests.cli.output import say


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
    from unlockstep.backtests.storage.run_folder import as_json

    if what == "trials":
        from unlockstep.backtests.jobs.listing import trials
        from unlockstep.backtests.trials.ledger import ledger_place

        place = ledger_place(ledger)
        tried = trials(place, pair_of(pair))
        if json:
            say(
                json_for_stdout(as_json({"ledger": str(place), "data_sets": [asdict(data) for data in tried]})),
                nl=False,
            )
        else:
            show_trials(stdout(), str(place), tried)
        return
    if what == "runs":
        from unlockstep.backtests.jobs.run_listing import runs_of

        runs = runs_of(folder)
        if json:
            say(json_for_stdout(as_json({what: [asdict(run) for run in runs]})), nl=False)
        else:
            show_runs(stdout(), runs)
        return
    from unlockstep.backtests.jobs.stored_listing import listed

    with only_results():
        entries = listed(what)
    if json:
        say(json_for_stdout(as_json({what: [asdict(entry) for entry in entries]})), nl=False)
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
    from unlockstep.backtests.data.load import load_market
    from unlockstep.backtests.jobs import listing as catalogue
    from unlockstep.backtests.reports.listing import show_market
    from unlockstep.backtests.storage.run_folder import as_json

    chosen = study_from_options(
        study, data=data, pair=pair_of(pair), legs=legs_of(legs), fx=fx, context=context_of(context),
        start=day_of(start), end=day_of(end), seed=seed, stale=stale,
        accept_doubtful=accept_doubtful,
    )  # fmt: skip
    market = load_market(
        chosen.data,
        chosen.traded,
        start=chosen.start,
        end=chosen.end,
        seed=chosen.seed,
        stale=chosen.stale,
        accept_doubtful=chosen.accept_doubtful,
        stated=chosen.stated,
        fx=chosen.fx,
        context=chosen.context_sources,
    )
    facts = catalogue.market_facts(market)
    if json:
        say(json_for_stdout(as_json(facts.model_dump())), nl=False)
    else:
        show_market(stdout(), facts)
