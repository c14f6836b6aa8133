"""`unlockstep events`."""

from typing import Annotated

import typer

from backtests.commands.asked import asked_study, day_of, only_results, pair_of, stdout, timed
from backtests.commands.options import (
    DataOption,
    DemoSeedOption,
    EndOption,
    EventsOutOption,
    ForceOption,
    LedgerOption,
    PairOption,
    QuietOption,
    StaleOption,
    StartOption,
)


def events(
    signal: Annotated[
        str, typer.Option("--signal", metavar="NAME", help="A state signal: it says when the pair is decoupled.")
    ] = "breakdown",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME.PARAM=VALUE", help="Set a parameter of the signal; repeatable."),
    ] = None,
    data: DataOption = None,
    pair: PairOption = None,
    start: StartOption = None,
    end: EndOption = None,
    seed: DemoSeedOption = None,
    stale: StaleOption = None,
    out: EventsOutOption = None,
    ledger: LedgerOption = None,
    force: ForceOption = False,
    quiet: QuietOption = False,
    json: Annotated[bool, typer.Option("--json", help="Print events.json instead of the report.")] = False,
) -> None:
    """Show what followed each break and each recoupling, against what follows at any time."""
    from backtests.events import events_into, state_signal
    from backtests.reports.events import show_events
    from backtests.store.folder import PAGE, as_json, check_place

    asked = asked_study(
        None, data=data, pair=pair_of(pair), start=day_of(start), end=day_of(end), seed=seed, stale=stale
    )
    with only_results():
        states = state_signal(signal, set_ or [])
    place = out or timed("events-")
    check_place(place, force=force)
    with only_results():
        result = events_into(asked, states, place, ledger=ledger, force=force)
    if json:
        typer.echo(as_json(result), nl=False)
    elif not quiet:
        show_events(stdout(), result)
    if not quiet:
        typer.echo(f"\nThe report is {place / PAGE}", err=json)
