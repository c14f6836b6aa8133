"""`unlockstep run` and `unlockstep compare`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unlockstep.backtests.cli.arguments import (
    bridges_of,
    context_of,
    costs_of,
    day_of,
    hedges_of,
    legs_of,
    number_or_name,
    only_results,
    pair_of,
    placed,
    stdout,
    study_from_options,
)
from unlockstep.backtests.cli.options import (
    AcceptDoubtfulOption,
    BorrowRateOption,
    BridgesOption,
    CashRateOption,
    CompareOutOption,
    ContextOption,
    DataOption,
    EndOption,
    EvaluateFromOption,
    FeeOption,
    FillOption,
    ForceOption,
    FxOption,
    HedgesOption,
    JsonOption,
    LagOption,
    LedgerOption,
    LegsOption,
    OutOption,
    PairOption,
    PrimaryOption,
    QuietOption,
    RebalanceOption,
    ScratchOption,
    SealOption,
    SeedOption,
    SetOption,
    SlippageOption,
    StaleOption,
    StartOption,
    TrustOption,
    UnauditedOption,
)
from unlockstep.backtests.cli.output import FormatOption, PngOption, announcer, format_of, tell
from unlockstep.backtests.cli.progress import COMPARE_STEPS, RUN_STEPS, over_steps

if TYPE_CHECKING:
    from unlockstep.backtests.config.study import Study

USUAL_BEST = 5
"""Variants that are taken of a sweep where no number is given."""

OPTIONS = {"a study": "a study", "strategies": "--strategy", "settings": "--set", "sealed_after": "--seal"}
"""Values of a study whose option has another name."""


def run(
    study: Annotated[Path | None, typer.Argument(help="TOML study; options override it.", show_default=False)] = None,
    data: DataOption = None,
    pair: PairOption = None,
    legs: LegsOption = None,
    bridges: BridgesOption = None,
    hedges: HedgesOption = None,
    fx: FxOption = None,
    context: ContextOption = None,
    start: StartOption = None,
    end: EndOption = None,
    strategy: Annotated[
        list[str] | None,
        typer.Option(
            "--strategy",
            metavar="NAME|FILE.py",
            help="Strategy to run, or a Python file with strategies; repeatable.",
            show_default="all",
        ),
    ] = None,
    set_: SetOption = None,
    from_sweep: Annotated[
        Path | None,
        typer.Option(
            "--from-sweep",
            metavar="DIR",
            help="Run the best variants of a finished sweep, frozen, on its prices and terms; all its trials count.",
        ),
    ] = None,
    best: Annotated[
        int | None,
        typer.Option("--best", metavar="N", min=1, max=200, help="With --from-sweep: how many.", show_default="5"),
    ] = None,
    primary: PrimaryOption = None,
    fill: FillOption = None,
    lag: LagOption = None,
    rebalance: RebalanceOption = None,
    fee_bps: FeeOption = None,
    slippage_bps: SlippageOption = None,
    borrow_rate: BorrowRateOption = None,
    cash_rate: CashRateOption = None,
    evaluate_from: EvaluateFromOption = None,
    seal: SealOption = None,
    seed: SeedOption = None,
    stale: StaleOption = None,
    accept_doubtful: AcceptDoubtfulOption = None,
    scratch: ScratchOption = None,
    out: OutOption = None,
    ledger: LedgerOption = None,
    unaudited: UnauditedOption = False,
    trust: TrustOption = False,
    force: ForceOption = False,
    quiet: QuietOption = False,
    form: FormatOption = None,
    json: JsonOption = False,
    png: PngOption = False,
) -> None:
    """Run a study: signals, strategies, simulation, verdict and report."""
    from unlockstep.backtests.storage.run_folder import RESULT, check_place

    form = format_of(form, json, png)
    given: dict[str, Any] = {
        "data": data, "pair": pair_of(pair), "legs": legs_of(legs), "bridges": bridges_of(bridges),
        "hedges": hedges_of(hedges), "fx": fx, "context": context_of(context),
        "start": day_of(start), "end": day_of(end), "primary": primary, "fill": fill,
        "lag": lag,
        "rebalance": number_or_name(rebalance), "evaluate_from": day_of(evaluate_from),
        "sealed_after": day_of(seal), "seed": seed, "stale": stale, "accept_doubtful": accept_doubtful,
        "scratch": scratch,
    }  # fmt: skip
    costs = costs_of(fee_bps=fee_bps, slippage_bps=slippage_bps, borrow_rate=borrow_rate, cash_rate=cash_rate)
    chosen: dict[str, Any] = {"strategies": strategy or [], "settings": set_ or []}
    if from_sweep is None:
        _check_best(best)
        resolved = study_from_options(study, costs=costs, trust=trust, ledger=ledger, **chosen, **given)
    else:
        said = {"fee_bps": fee_bps, "slippage_bps": slippage_bps, "borrow_rate": borrow_rate, "cash_rate": cash_rate}
        check_frozen(from_sweep, {"a study": study, **chosen, **given, **said})
        resolved = _best_of(from_sweep, best or USUAL_BEST, ledger, trust=trust)
    with placed(out) as place, only_results(), over_steps(RUN_STEPS, quiet=quiet) as progress:
        check_place(place, force=force, kind=RESULT, inputs=[path for path in (study, from_sweep) if path])
        from unlockstep.backtests.jobs.run import run_into

        stored = run_into(
            resolved,
            place,
            ledger=ledger,
            force=force,
            unaudited=unaudited,
            announce=announcer(quiet=quiet),
            progress=progress,
        )
    from unlockstep.backtests.reports.study.terminal import show_study
    from unlockstep.backtests.reports.text.csv_rows import variants_csv

    tell(
        place,
        stored.result.as_json(),
        form=form,
        quiet=quiet,
        png=png,
        show=lambda: show_study(stdout(), stored),
        rows=lambda: variants_csv({"": stored.result.as_json()["variants"]}),
        closing=f"Verdict: {stored.result.verdict.decision}. The report is",
    )


def _check_best(best: int | None) -> None:
    if best is not None:
        from unlockstep.signals.errors import StudyError

        raise StudyError(
            "--best takes the best of a sweep", name="best", remedy="name its folder with --from-sweep DIR"
        )


def check_frozen(folder: Path, given: dict[str, object]) -> None:
    """Raise StudyError where anything that the sweep says is to be changed."""
    changed = [
        OPTIONS.get(name, f"--{name.replace('_', '-')}")
        for name, value in given.items()
        if value is not None and value != []
    ]
    if changed:
        from unlockstep.signals.errors import StudyError

        raise StudyError(
            f"--from-sweep runs what the sweep in '{folder}' found, on its prices and terms; {' and '.join(changed)} "
            "would change it",
            name=changed[0],
            remedy=f"leave {'them' if len(changed) > 1 else 'it'} out, or sweep again so",
        )


@only_results()
def _best_of(folder: Path, best: int, ledger: Path | None, *, trust: bool) -> "Study":
    from unlockstep.backtests.jobs.from_sweep import study_of_best
    from unlockstep.backtests.trials.ledger import Ledger, ledger_place, trusting

    records = Ledger.open(ledger_place(ledger))
    return study_of_best(folder, best, records, trust=trusting(ledger, everything=trust))


def compare(
    runs: Annotated[list[Path] | None, typer.Argument(help="Run folders to compare.", show_default=False)] = None,
    last: Annotated[
        int | None,
        typer.Option("--last", metavar="N", min=1, help="Add the N newest runs in runs/, oldest first."),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="RUN[:VARIANT]",
            help="Baseline of the comparison: a run or one of its variants.",
            show_default="the first run",
        ),
    ] = None,
    rank: Annotated[
        bool, typer.Option("--rank", help="Rank the variants of all runs, even with different data, periods or costs.")
    ] = False,
    out: CompareOutOption = None,
    ledger: LedgerOption = None,
    force: ForceOption = False,
    quiet: QuietOption = False,
    form: FormatOption = None,
    json: JsonOption = False,
    png: PngOption = False,
) -> None:
    """Compare runs with a baseline: settings, parameters, every figure and the verdicts."""
    from unlockstep.backtests.jobs.compare import compare_into
    from unlockstep.backtests.results.holdout import with_looks_of_today
    from unlockstep.backtests.results.stored_run import read_run
    from unlockstep.backtests.storage.run_folder import COMPARISON, check_place
    from unlockstep.signals.errors import StudyError

    form = format_of(form, json, png)
    places = _compared(runs or [], last)
    if len(places) < (1 if baseline and ":" in baseline else 2):
        raise StudyError(
            "A comparison takes at least two run folders, or one and --baseline RUN:VARIANT",
            limit=2,
            remedy="--last 2 takes the two newest in runs/",
        )
    with placed(out, "compare-") as place, over_steps(COMPARE_STEPS, quiet=quiet) as progress:
        check_place(place, force=force, kind=COMPARISON, inputs=places)
        progress("runs")
        stored = with_looks_of_today([read_run(path) for path in places], ledger)
        progress("report")
        compared = compare_into(stored, place, baseline=baseline, rank=rank, force=force)
    from unlockstep.backtests.reports.compare.terminal import show_compare
    from unlockstep.backtests.reports.text.csv_rows import variants_csv

    tell(
        place,
        compared.as_json(),
        form=form,
        quiet=quiet,
        png=png,
        show=lambda: show_compare(stdout(), stored, compared),
        rows=lambda: variants_csv({run["run"]: run["variants"] for run in compared.as_json()["runs"]}),
    )


def _compared(runs: list[Path], last: int | None) -> list[Path]:
    """The folders given, then the newest ones that are not among them, the oldest first; StudyError for too few."""
    if last is None:
        return runs
    from unlockstep.backtests.storage import list_runs
    from unlockstep.signals.errors import StudyError

    listed = {path.resolve() for path in runs}
    newest = [path for path in list_runs(Path("runs")) if path.resolve() not in listed]
    if len(newest) < last:
        raise StudyError(
            f"--last {last} asks for more runs than runs/ holds: {len(newest)}", name="last", limit=len(newest)
        )
    return [*runs, *reversed(newest[:last])]
