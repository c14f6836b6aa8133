"""`unlockstep events`."""

from typing import Annotated

import typer

from unlockstep.backtests.cli.arguments import (
    context_of,
    day_of,
    only_results,
    pair_of,
    placed,
    stdout,
    study_from_options,
)
from unlockstep.backtests.cli.options import (
    AcceptDoubtfulOption,
    ContextOption,
    DataOption,
    DemoSeedOption,
    EndOption,
    EventsOutOption,
    ForceOption,
    FxOption,
    JsonOption,
    LagOption,
    LedgerOption,
    PairOption,
    QuietOption,
    SealOption,
    StaleOption,
    StartOption,
)
from unlockstep.backtests.cli.output import FormatOption, PngOption, format_of, tell
from unlockstep.backtests.cli.progress import EVENTS_STEPS, over_steps


def events(
    signal: Annotated[
        str, typer.Option("--signal", metavar="NAME", help="State signal that marks the pair as decoupled.")
    ] = "breakdown",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME.PARAM=VALUE", help="Signal parameter; repeatable."),
    ] = None,
    data: DataOption = None,
    pair: PairOption = None,
    fx: FxOption = None,
    context: ContextOption = None,
    start: StartOption = None,
    end: EndOption = None,
    lag: LagOption = None,
    seal: SealOption = None,
    seed: DemoSeedOption = None,
    stale: StaleOption = None,
    accept_doubtful: AcceptDoubtfulOption = None,
    out: EventsOutOption = None,
    ledger: LedgerOption = None,
    force: ForceOption = False,
    quiet: QuietOption = False,
    form: FormatOption = None,
    json: JsonOption = False,
    png: PngOption = False,
) -> None:
    """Event study: returns after breaks and recouplings, compared with any session."""
    from unlockstep.backtests.jobs.events import events_into, state_signal
    from unlockstep.backtests.reports.events.terminal import show_events
    from unlockstep.backtests.reports.text.csv_rows import rows_csv
    from unlockstep.backtests.storage.run_folder import EVENTS, check_place

    form = format_of(form, json, png)
    study = study_from_options(
        None, data=data, pair=pair_of(pair), fx=fx, context=context_of(context), start=day_of(start),
        end=day_of(end), lag=lag, sealed_after=day_of(seal), seed=seed, stale=stale, accept_doubtful=accept_doubtful,
    )  # fmt: skip
    with only_results():
        states = state_signal(signal, set_ or [])
    with placed(out, "events-") as place, only_results(), over_steps(EVENTS_STEPS, quiet=quiet) as progress:
        check_place(place, force=force, kind=EVENTS)
        result = events_into(study, states, place, ledger=ledger, force=force, progress=progress)
    content = result.as_json()
    tell(
        place,
        content,
        form=form,
        quiet=quiet,
        png=png,
        show=lambda: show_events(stdout(), result),
        rows=lambda: rows_csv(content["events"]),
    )
