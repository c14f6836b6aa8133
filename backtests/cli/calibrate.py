"""`unlockstep calibrate`, `unlockstep calibrate signals` and `unlockstep calibrate universe`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unlockstep.backtests.cli.arguments import day_of, pair_of, placed, stdout, study_from_options
from unlockstep.backtests.cli.options import (
    AcceptDoubtfulOption,
    DataOption,
    EndOption,
    FxOption,
    JsonOption,
    LedgerOption,
    PairOption,
    QuietOption,
    SchedulerOption,
    SeedOption,
    StartOption,
)
from unlockstep.backtests.cli.output import say, say_json
from unlockstep.backtests.cli.progress import over_worlds

if TYPE_CHECKING:
    from unlockstep.backtests.results.model.base import Result

JobsOption = Annotated[int, typer.Option("--jobs", metavar="N", help="Number of processes; -1 for one per core.")]
CalibrationOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Output folder; an interrupted calibration is resumed.",
        show_default="runs/calibration-TIME",
    ),
]


def calibrate(
    context: typer.Context,
    data: DataOption = None,
    pair: PairOption = None,
    fx: FxOption = None,
    start: StartOption = None,
    end: EndOption = None,
    accept_doubtful: AcceptDoubtfulOption = None,
    worlds: Annotated[
        int, typer.Option("--worlds", metavar="N", help="Number of simulated worlds per kind and family.")
    ] = 500,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="NAME", help="Kind of world; repeatable.", show_default="all seven"),
    ] = None,
    family: Annotated[
        list[str] | None,
        typer.Option(
            "--family",
            metavar="NAME",
            help="Family of variants: one, 'best of 20', 'family of 30', default; repeatable.",
            show_default="all four",
        ),
    ] = None,
    planted: Annotated[
        list[str] | None,
        typer.Option(
            "--planted",
            metavar="IR",
            help="Timing information ratio planted in every second world, 'detectable', or 'none'; repeatable.",
            show_default="0.5, 1.0, detectable",
        ),
    ] = None,
    seed: SeedOption = None,
    jobs: JobsOption = -1,
    scheduler: SchedulerOption = None,
    out: CalibrationOption = None,
    ledger: LedgerOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Measure size and power of the verdict in simulated worlds without and with a planted edge."""
    if context.invoked_subcommand is not None:
        _refuse_options_before(context)
        return
    from unlockstep.backtests.calibration.calibrate import EFFECTS, Calibration
    from unlockstep.backtests.calibration.calibrate import calibrate as measure
    from unlockstep.backtests.calibration.families import FAMILIES
    from unlockstep.backtests.calibration.progress import keep
    from unlockstep.backtests.calibration.worlds import KINDS
    from unlockstep.backtests.reports.calibration import calibration_note, show_calibration
    from unlockstep.backtests.reports.study.holdout import holdout_sentence
    from unlockstep.backtests.results.holdout import holdout_result, split_holdout
    from unlockstep.backtests.storage.run_folder import NOTE
    from unlockstep.backtests.trials.ledger import Ledger, ledger_place

    study = study_from_options(
        None, data=data, pair=pair_of(pair), fx=fx, start=day_of(start), end=day_of(end), seed=seed,
        accept_doubtful=accept_doubtful,
    )  # fmt: skip
    calibration = Calibration(
        kinds=tuple(kind or KINDS), families=tuple(family or FAMILIES), worlds=worlds,
        effects=_effects(planted) if planted else EFFECTS, seed=study.seed,
    )  # fmt: skip
    split = split_holdout(study)
    seal = holdout_sentence(holdout_result(study, split, Ledger(ledger_place(ledger))))
    with placed(out, "calibration-") as place, over_worlds(quiet=quiet or json) as advance:
        summary = measure(calibration, split.market, place, jobs=jobs, advance=advance, scheduler=scheduler)
        keep(place, NOTE, f"{calibration_note(summary).rstrip()}\n\n{seal}\n")

    def show() -> None:
        show_calibration(stdout(), summary)
        stdout().print(f"\n{seal}\n")

    _tell(place, summary, show, quiet=quiet, json=json)


def _tell(place: Path, summary: "Result", show: Callable[[], None], *, quiet: bool, json: bool) -> None:
    """Print a calibration's summary, as it is shown or as JSON."""
    from unlockstep.backtests.calibration.progress import SUMMARY

    if json:
        say_json(summary.as_json())
    elif not quiet:
        show()
        say(f"Every figure is in {place / SUMMARY}")


def _effects(planted: list[str]) -> tuple[float | None, ...]:
    """The ratios to plant; None for the detectable one of each world."""
    from unlockstep.signals.errors import ParameterError

    try:
        return tuple(None if each == "detectable" else float(each) for each in planted if each != "none")
    except ValueError:
        raise ParameterError(
            f"--planted takes a ratio a year, as in --planted 1.0, or 'detectable' or 'none'; got {', '.join(planted)}",
            name="planted",
        ) from None


def _refuse_options_before(context: typer.Context) -> None:
    """Options before `signals` or `universe` would be lost without a word."""
    from unlockstep.signals.errors import UsageError

    for name in context.params:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise UsageError(
                f"--{name} stands before '{context.invoked_subcommand}' and would be lost",
                name=name,
                remedy="write it after the word",
            )


def calibrate_signals(
    data: DataOption = None,
    pair: Annotated[
        list[str] | None,
        typer.Option(
            "--pair",
            metavar="A,B",
            help="Pair whose volatility the kinds 'real …' have; repeatable.",
            show_default="ETH-USD,IWM",
        ),
    ] = None,
    start: StartOption = None,
    accept_doubtful: AcceptDoubtfulOption = None,
    worlds: Annotated[int, typer.Option("--worlds", metavar="N", help="Number of simulated worlds per kind.")] = 500,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="NAME", help="Kind of world; repeatable.", show_default="all sixteen"),
    ] = None,
    detector: Annotated[
        list[str] | None,
        typer.Option("--detector", metavar="NAME", help="Detector; repeatable.", show_default="all ten"),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME.PARAM=VALUE", help="Detector parameter; repeatable."),
    ] = None,
    seed: SeedOption = None,
    jobs: JobsOption = -1,
    scheduler: SchedulerOption = None,
    out: CalibrationOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Measure false alarms, detection delay and missed breaks of the detectors in simulated worlds."""
    from unlockstep.backtests.calibration.break_worlds import KINDS, needs_prices
    from unlockstep.backtests.calibration.detection import DetectorCalibration, calibrate_detectors, instruments
    from unlockstep.backtests.calibration.progress import keep
    from unlockstep.backtests.reports.detector_calibration import detectors_note, show_detectors
    from unlockstep.backtests.results.holdout import split_holdout
    from unlockstep.backtests.storage.run_folder import NOTE

    pairs = [pair_of(each) for each in pair] if pair else [None]
    studies = [
        study_from_options(None, data=data, pair=each, start=day_of(start), seed=seed, accept_doubtful=accept_doubtful)
        for each in pairs
    ]
    valid = [each for each in kind or KINDS if each in KINDS]  # an unknown one is refused below
    calibration = DetectorCalibration(
        detectors=instruments(detector or (), set_ or ()),
        kinds=tuple(kind or KINDS),
        worlds=worlds,
        seed=studies[0].seed,
        markets=tuple(split_holdout(each).market for each in studies) if needs_prices(valid) else (),
    )
    with placed(out, "calibration-") as place, over_worlds(quiet=quiet or json) as advance:
        summary = calibrate_detectors(calibration, place, jobs=jobs, advance=advance, scheduler=scheduler)
        keep(place, NOTE, detectors_note(summary))
    _tell(place, summary, lambda: show_detectors(stdout(), summary), quiet=quiet, json=json)


def calibrate_universe(
    data: DataOption = None,
    universe: Annotated[
        Path | None,
        typer.Option(
            "--universe",
            metavar="UNIVERSE.toml",
            help="Pairs whose prices the kind 'resampled' is made from.",
            show_default="none: without that kind",
        ),
    ] = None,
    worlds: Annotated[
        int, typer.Option("--worlds", metavar="N", help="Number of simulated panels per kind and number of pairs.")
    ] = 100,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="NAME", help="Kind of panel; repeatable.", show_default="all"),
    ] = None,
    pairs: Annotated[
        list[int] | None,
        typer.Option("--pairs", metavar="N", help="Pairs of a panel; repeatable.", show_default="5, 12, 30"),
    ] = None,
    planted: Annotated[
        list[str] | None,
        typer.Option(
            "--planted",
            metavar="IR",
            help="Ratio of the average pair, planted in turn, in all pairs or a third, or 'none'; repeatable.",
            show_default="0.1, 0.2, 0.3, 0.5",
        ),
    ] = None,
    seed: SeedOption = None,
    jobs: JobsOption = -1,
    scheduler: SchedulerOption = None,
    out: CalibrationOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Measure size, power and coverage of the pooled verdict in simulated panels of pairs."""
    from unlockstep.backtests.calibration.progress import keep
    from unlockstep.backtests.calibration.universe import EFFECTS, PAIRS, PRICED, UniverseCalibration
    from unlockstep.backtests.calibration.universe import calibrate_universe as measure
    from unlockstep.backtests.calibration.universe_worlds import KINDS
    from unlockstep.backtests.config.study import Study
    from unlockstep.backtests.config.universe import Universe
    from unlockstep.backtests.reports.universe_calibration import show_universe_calibration, universe_calibration_note
    from unlockstep.backtests.results.holdout import split_holdout
    from unlockstep.backtests.storage.run_folder import NOTE

    kinds = tuple(kind or (name for name in KINDS if name != PRICED or universe is not None))
    file = Universe.read(universe, data=data) if universe is not None and PRICED in kinds else None
    markets = tuple(split_holdout(file.study_of(each)).market for each in file.pairs) if file is not None else ()
    what = UniverseCalibration(
        kinds=kinds, pairs=tuple(pairs or PAIRS), worlds=worlds,
        effects=_ratios(planted) if planted else EFFECTS, seed=Study().seed if seed is None else seed, markets=markets,
    )  # fmt: skip
    with placed(out, "calibration-") as place, over_worlds(quiet=quiet or json) as advance:
        summary = measure(what, place, jobs=jobs, advance=advance, scheduler=scheduler)
        keep(place, NOTE, universe_calibration_note(summary))
    _tell(place, summary, lambda: show_universe_calibration(stdout(), summary), quiet=quiet, json=json)


def _ratios(planted: list[str]) -> tuple[float, ...]:
    """The ratios to plant; 'detectable' is none that many pairs have."""
    from unlockstep.signals.errors import ParameterError

    effects = _effects(planted)
    if None in effects:
        raise ParameterError("--planted of a universe takes ratios a year, or 'none'; got 'detectable'", name="planted")
    return tuple(effect for effect in effects if effect is not None)
