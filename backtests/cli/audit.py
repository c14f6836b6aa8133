"""`unlockstep audit`."""

from typing import Annotated

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
    EndOption,
    FxOption,
    JsonOption,
    LedgerOption,
    LegsOption,
    PairOption,
    QuietOption,
    SetOption,
    StartOption,
    TrustOption,
)
from unlockstep.backtests.cli.output import say_json
from unlockstep.backtests.cli.progress import over_subjects


def audit(
    what: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE.py|STUDY.toml|all",
            help="Signal, strategy, Python file, the strategies of a study, or all.",
            show_default=False,
        ),
    ],
    set_: SetOption = None,
    data: DataOption = None,
    pair: PairOption = None,
    legs: LegsOption = None,
    fx: FxOption = None,
    context: ContextOption = None,
    start: StartOption = None,
    end: EndOption = None,
    accept_doubtful: AcceptDoubtfulOption = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", metavar="N", help="Random seed of synthetic markets and perturbations.", show_default="7"
        ),
    ] = None,
    ledger: LedgerOption = None,
    trust: TrustOption = False,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Check a signal or strategy for look-ahead bias, on synthetic prices and those of --data.

    Exit status 1 for any finding.
    """
    from unlockstep.backtests.audit.thread_limits import one_thread
    from unlockstep.backtests.jobs.audit import load_targets, markets_for, run_audit
    from unlockstep.backtests.reports.audit import show_audit
    from unlockstep.backtests.results.holdout import split_holdout
    from unlockstep.backtests.trials.ledger import trusting

    one_thread()  # before libraries are loaded, which start as many as there are processors
    with only_results():
        targets = load_targets(what, set_ or [], trusting(ledger, everything=trust))
    study = study_from_options(
        None, data=data, pair=pair_of(pair), legs=legs_of(legs), fx=fx, context=context_of(context),
        start=day_of(start), end=day_of(end), seed=seed,
        accept_doubtful=accept_doubtful,
    )  # fmt: skip
    given = None
    if any(option is not None for option in (data, pair, fx, context, start, end)):
        given = split_holdout(study).market
    with only_results(), over_subjects(quiet=quiet or json) as advance:
        result = run_audit(targets, markets_for(study.seed, given), seed=study.seed, advance=advance)
    if json:
        say_json(result.as_json())
    elif not quiet:
        show_audit(stdout(), result.outcomes)
    if not result.clean:
        raise typer.Exit(1)
