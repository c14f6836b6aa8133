"""`unlockstep universe`."""

from pathlib import Path
from typing import Annotated

import typer

from unlockstep.backtests.cli.arguments import day_of, number_or_name, only_results, placed, stdout
from unlockstep.backtests.cli.options import (
    AcceptDoubtfulOption,
    DataOption,
    EndOption,
    FillOption,
    ForceOption,
    JsonOption,
    LagOption,
    LedgerOption,
    PrimaryOption,
    QuietOption,
    RebalanceOption,
    SchedulerOption,
    ScratchOption,
    SealOption,
    SeedOption,
    StaleOption,
    StartOption,
    TrustOption,
    UnauditedOption,
    UniverseOutOption,
    WorkersOption,
)
from unlockstep.backtests.cli.output import FormatOption, PngOption, announcer, format_of, tell
from unlockstep.backtests.cli.progress import DETAILED_STEPS, UNIVERSE_STEPS, over_counted_steps


def universe(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="UNIVERSE.toml",
            help="Pairs, each with a group and a reason, and the terms of one study; options override it. "
            "cross_asset and demo come with unlockstep.",
            show_default=False,
        ),
    ],
    data: DataOption = None,
    start: StartOption = None,
    end: EndOption = None,
    primary: PrimaryOption = None,
    fill: FillOption = None,
    lag: LagOption = None,
    rebalance: RebalanceOption = None,
    seal: SealOption = None,
    seed: SeedOption = None,
    stale: StaleOption = None,
    accept_doubtful: AcceptDoubtfulOption = None,
    scratch: ScratchOption = None,
    skip_missing: Annotated[
        bool,
        typer.Option(
            "--skip-missing",
            help="Leave out pairs whose prices are missing, refused or too short; every report says which.",
        ),
    ] = False,
    details: Annotated[
        bool, typer.Option("--details", help="Run every pair's own study too, a run folder each, linked by the page.")
    ] = False,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    out: UniverseOutOption = None,
    ledger: LedgerOption = None,
    unaudited: UnauditedOption = False,
    trust: TrustOption = False,
    force: ForceOption = False,
    quiet: QuietOption = False,
    form: FormatOption = None,
    json: JsonOption = False,
    png: PngOption = False,
) -> None:
    """Run one set of rules on many pairs, and judge their mechanism on all of them together."""
    from unlockstep.backtests.config.universe import Universe
    from unlockstep.backtests.jobs.universe_files import UniverseRequest, universe_into
    from unlockstep.backtests.reports.text.csv_rows import rows_csv
    from unlockstep.backtests.reports.universe.tables import estimate_rows
    from unlockstep.backtests.reports.universe.terminal import show_universe
    from unlockstep.backtests.trials.ledger import trusting

    form = format_of(form, json, png)
    given = {
        "data": data, "start": day_of(start), "end": day_of(end), "primary": primary, "fill": fill, "lag": lag,
        "rebalance": number_or_name(rebalance), "sealed_after": day_of(seal), "seed": seed, "stale": stale,
        "accept_doubtful": accept_doubtful, "scratch": scratch,
    }  # fmt: skip
    with only_results():
        trusted = trusting(ledger, everything=trust)
        listed = Universe.read(file, trust=trusted, **{key: value for key, value in given.items() if value is not None})
    request = UniverseRequest(workers, scheduler, skip_missing, details, unaudited)
    steps = DETAILED_STEPS if details else UNIVERSE_STEPS
    with placed(out, "universe-") as place, only_results(), over_counted_steps(steps, quiet=quiet) as advance:
        run = universe_into(
            listed,
            request,
            place,
            ledger=ledger,
            force=force,
            inputs=[file],
            announce=announcer(quiet=quiet),
            advance=advance,
        )
    result = run.result
    tell(
        place,
        result.as_json(),
        form=form,
        quiet=quiet,
        png=png,
        show=lambda: show_universe(stdout(), result),
        rows=lambda: rows_csv(estimate_rows(result)),
        closing=f"Mechanism: {result.verdict.decision}. The report is",
    )
