"""`unlockstep sweep`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unlockstep.backtests.cli.arguments import (
    context_of,
    costs_of,
    day_of,
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
    CashRateOption,
    ContextOption,
    DataOption,
    EndOption,
    EvaluateFromOption,
    FeeOption,
    FillOption,
    ForceOption,
    FxOption,
    JsonOption,
    LagOption,
    LedgerOption,
    PairOption,
    QuietOption,
    RebalanceOption,
    SchedulerOption,
    ScratchOption,
    SealOption,
    SeedOption,
    SlippageOption,
    StaleOption,
    StartOption,
    TrustOption,
    UnauditedOption,
)
from unlockstep.backtests.cli.output import FormatOption, PngOption, announcer, format_of, tell
from unlockstep.backtests.cli.progress import over_variants

if TYPE_CHECKING:
    from unlockstep.backtests.config.study import Study
    from unlockstep.backtests.sweep.grid import Space


def sweep(
    strategy: Annotated[
        list[str],
        typer.Argument(
            metavar="[STUDY.toml] STRATEGY…",
            help="Strategies, or Python files with strategies; a TOML study, whose strategies are swept where none is "
            "named.",
            show_default=False,
        ),
    ],
    grid: Annotated[
        list[str] | None,
        typer.Option(
            "--grid",
            metavar="PARAM=VALUES",
            help="Grid values, 0.1,0.2 or from:to:step; STRATEGY.PARAM=… for several strategies; repeatable.",
            show_default="the strategy's grid",
        ),
    ] = None,
    random: Annotated[
        int | None,
        typer.Option(
            "--random", metavar="N", min=1, help="Draw N random combinations per strategy instead of the whole grid."
        ),
    ] = None,
    best: Annotated[
        int, typer.Option("--best", metavar="N", min=1, max=200, help="Number of best variants to show.")
    ] = 20,
    data: DataOption = None,
    pair: PairOption = None,
    fx: FxOption = None,
    context: ContextOption = None,
    start: StartOption = None,
    end: EndOption = None,
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
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            metavar="N",
            min=1,
            help="Number of processes.",
            show_default="one per core, one for small sweeps",
        ),
    ] = None,
    scheduler: SchedulerOption = None,
    scratch: ScratchOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Output folder; must not exist.", show_default="runs/sweep-DATE-TIME"
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Resume the interrupted sweep in --out; give the same options.")
    ] = False,
    ledger: LedgerOption = None,
    unaudited: UnauditedOption = False,
    trust: TrustOption = False,
    force: ForceOption = False,
    quiet: QuietOption = False,
    form: FormatOption = None,
    json: JsonOption = False,
    png: PngOption = False,
) -> None:
    """Sweep a parameter grid and test the best variants against chance."""
    from unlockstep.signals.errors import StudyError

    form = format_of(form, json, png)
    if resume and out is None:
        raise StudyError("--resume needs --out, the folder of the sweep that was cut", name="resume")
    file, strategies = _study_and_strategies(strategy)
    study = study_from_options(
        file, data=data, pair=pair_of(pair), fx=fx, context=context_of(context),
        start=day_of(start), end=day_of(end), fill=fill, lag=lag,
        rebalance=number_or_name(rebalance), evaluate_from=day_of(evaluate_from),
        sealed_after=day_of(seal), seed=seed, stale=stale, accept_doubtful=accept_doubtful, scratch=scratch,
        strategies=strategies, trust=trust, ledger=ledger,
        costs=costs_of(
            fee_bps=fee_bps, slippage_bps=slippage_bps, borrow_rate=borrow_rate, cash_rate=cash_rate
        ),
    )  # fmt: skip
    with placed(out, "sweep-") as place, only_results(), over_variants(quiet=quiet) as advance:
        spaces = tuple(_spaces(study, grid or [], random))
        from unlockstep.backtests.jobs.sweep import SweepRequest, sweep_into

        request = SweepRequest(spaces, best, workers, scheduler)
        result = sweep_into(
            study,
            request,
            place,
            ledger=ledger,
            resume=resume,
            force=force,
            unaudited=unaudited,
            announce=announcer(quiet=quiet),
            advance=advance,
        )
    from unlockstep.backtests.reports.sweep.terminal import show_sweep

    tell(
        place,
        result.as_json(),
        form=form,
        quiet=quiet,
        png=png,
        show=lambda: show_sweep(stdout(), result),
        rows=lambda: _all_variants(place),
    )


def _study_and_strategies(arguments: list[str]) -> tuple[Path | None, list[str]]:
    """The study among the arguments, or None, and the strategies; StudyError for two studies."""
    from unlockstep.signals.errors import StudyError

    studies = [name for name in arguments if name.endswith(".toml")]
    if len(studies) > 1:
        raise StudyError(
            f"A sweep takes one study; got {' and '.join(studies)}", name=studies[1], remedy="sweep them one by one"
        )
    return Path(studies[0]) if studies else None, [name for name in arguments if not name.endswith(".toml")]


def _all_variants(place: Path) -> str:
    """Every variant of a sweep, a row each, as CSV."""
    import pandas as pd

    from unlockstep.backtests.storage.run_folder import VARIANTS

    return str(pd.read_parquet(place / VARIANTS).to_csv(index=False))


def _spaces(study: "Study", grid: list[str], random: int | None) -> "list[Space]":
    from unlockstep.backtests.jobs.swept import swept_strategies
    from unlockstep.backtests.sweep.grid import owner_of, space_of, values_of
    from unlockstep.signals.errors import ParameterError

    names = swept_strategies(study)
    values_by_strategy: dict[str, dict[str, list[str]]] = {name: {} for name in names}
    for setting in grid:
        left, sign, values = setting.partition("=")
        owner, parameter = owner_of(left)
        if not sign or not parameter or (not owner and len(names) > 1):
            owned = "STRATEGY." if len(names) > 1 else ""
            example = f"{names[0]}.window=30:250:5" if owned else "window=30:250:5"
            raise ParameterError(f"--grid takes {owned}PARAM=VALUES, such as {example}; got '{setting}'", name=setting)
        owner = owner or names[0]
        if owner not in values_by_strategy:
            raise ParameterError(
                f"--grid names {owner}, but the sweep is of {', '.join(names)}", name=owner, choices=names
            )
        if parameter in values_by_strategy[owner]:
            raise ParameterError(
                f"--grid names {parameter} twice",
                name=parameter,
                remedy=f"give all of its values at once, {parameter}=30,60",
            )
        values_by_strategy[owner][parameter] = values_of(values)
    spaces = [space_of(study.strategy_class(name), values_by_strategy[name]) for name in names]
    return spaces if random is None else [space.drawn(random, study.seed) for space in spaces]
