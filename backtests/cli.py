"""The command line: thin. It reads options, calls the work, shows the result, and turns errors into one sentence.

Nothing heavy is imported before a command needs it; `unlockstep --help` answers at once.
"""

import sys
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from backtests.bars import over_steps, over_worlds
from backtests.options import (
    DataOption,
    EndOption,
    ForceOption,
    JsonOption,
    OutOption,
    PairOption,
    QuietOption,
    SeedOption,
    StartOption,
)

if TYPE_CHECKING:
    from rich.console import Console

    from backtests.study import Study

app = typer.Typer(
    name="unlockstep",
    help="Are Ethereum and US small caps still in lockstep, and when they are not, is there money in knowing it?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
data_app = typer.Typer(help="Prices and their clocks.", no_args_is_help=True)
app.add_typer(data_app, name="data")


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")] = False,  # noqa: ARG001  (main reads it)
    version: Annotated[bool, typer.Option("--version", help="Show the version and leave.", is_eager=True)] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"unlockstep {installed('unlockstep')}")
        raise typer.Exit


@app.command()
def run(
    study: Annotated[
        Path | None, typer.Argument(help="A study in TOML; options win over what it says.", show_default=False)
    ] = None,
    data: DataOption = None,
    pair: PairOption = None,
    start: StartOption = None,
    end: EndOption = None,
    strategy: Annotated[
        list[str] | None,
        typer.Option("--strategy", metavar="NAME", help="Run this strategy; repeatable.", show_default="all"),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="STRATEGY.PARAM=VALUE",
            help="Set a parameter; several values, 60,90, make several variants; repeatable.",
        ),
    ] = None,
    primary: Annotated[
        str | None,
        typer.Option("--primary", metavar="NAME", help="The one variant named beforehand.", show_default="break_entry"),
    ] = None,
    fill: Annotated[
        Literal["close", "open"] | None,
        typer.Option("--fill", help="Price of the fills, a session after the decision.", show_default="close"),
    ] = None,
    seed: SeedOption = None,
    out: OutOption = None,
    force: ForceOption = False,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Run a study: signals, strategies, simulation, verdict, report."""
    from backtests.store.folder import PAGE, as_json, check_place

    asked = _study(
        study, data=data, pair=_pair(pair), start=_day(start), end=_day(end), primary=primary, fill=fill, seed=seed,
        strategies=strategy or [], settings=set_ or [],
    )  # fmt: skip
    place = out or _timed("")
    check_place(place, force=force)
    with over_steps(quiet=quiet or json) as progress:
        from backtests.runs import run_into

        stored = run_into(asked, place, force=force, progress=progress)
    if json:
        typer.echo(as_json(stored.result), nl=False)
    elif not quiet:
        from backtests.reports.terminal import show_study

        show_study(_stdout(), stored.result)
    if not quiet:
        decision = stored.result["verdict"]["decision"]
        typer.echo(f"\nVerdict: {decision}. The report is {place / PAGE}", err=json)


@app.command()
def compare(
    runs: Annotated[list[Path], typer.Argument(help="Two or more run folders.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder to write; must not exist.", show_default="runs/compare-TIME"),
    ] = None,
    force: ForceOption = False,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Put the variants of several runs side by side; say loudly when their prices or periods differ."""
    from backtests.runs import compare_into
    from backtests.store import read_run
    from backtests.store.folder import PAGE, as_json, check_place
    from signals.errors import StudyError

    if len(runs) < 2:
        raise StudyError("A comparison takes at least two run folders.")
    place = out or _timed("compare-")
    check_place(place, force=force)
    stored = [read_run(path) for path in runs]
    with over_steps(quiet=quiet or json) as progress:
        progress("report")
        compared = compare_into(stored, place, force=force)
    if json:
        typer.echo(as_json(compared), nl=False)
    elif not quiet:
        from backtests.reports.terminal import show_compare

        show_compare(_stdout(), stored, compared["warnings"])
    if not quiet:
        typer.echo(f"\nThe report is {place / PAGE}", err=json)


@app.command()
def calibrate(
    data: DataOption = None,
    pair: PairOption = None,
    start: StartOption = None,
    end: EndOption = None,
    worlds: Annotated[int, typer.Option("--worlds", metavar="N", help="Worlds of each kind for each family.")] = 500,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="NAME", help="A kind of world; repeatable.", show_default="all seven"),
    ] = None,
    family: Annotated[
        list[str] | None,
        typer.Option(
            "--family",
            metavar="NAME",
            help="What is tried: one, 'best of 20', 'family of 30', default; repeatable.",
            show_default="all four",
        ),
    ] = None,
    planted: Annotated[
        list[float] | None,
        typer.Option(
            "--planted",
            metavar="IR",
            help="A timing ratio planted in every second world; repeatable.",
            show_default="0.5, 0.8, 1.0, 1.5",
        ),
    ] = None,
    seed: SeedOption = None,
    jobs: Annotated[int, typer.Option("--jobs", metavar="N", help="Processes; -1 for one a core.")] = -1,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder to write; one that was cut is resumed.",
            show_default="runs/calibration-TIME",
        ),
    ] = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Measure how often the verdict errs: worlds without edge and with a planted one, judged by the whole rule."""
    from backtests.calibration.calibrate import EFFECTS, SUMMARY, Calibration
    from backtests.calibration.calibrate import calibrate as measure
    from backtests.calibration.families import FAMILIES
    from backtests.calibration.worlds import KINDS
    from backtests.reports.calibration import calibration_note, show_calibration
    from backtests.sources import load_market
    from backtests.store.folder import NOTE, as_json

    study = _study(None, data=data, pair=_pair(pair), start=_day(start), end=_day(end), seed=seed)
    asked = Calibration(
        kinds=tuple(kind or KINDS), families=tuple(family or FAMILIES), worlds=worlds,
        effects=tuple(planted or EFFECTS), seed=study.seed,
    )  # fmt: skip
    market = load_market(study.data, study.pair, start=study.start, end=study.end, seed=study.seed)
    place = out or _timed("calibration-")
    with over_worlds(quiet=quiet or json) as advance:
        summary = measure(asked, market, place, jobs=jobs, advance=advance)
    (place / NOTE).write_text(calibration_note(summary), encoding="utf-8")
    if json:
        typer.echo(as_json(summary), nl=False)
    elif not quiet:
        show_calibration(_stdout(), summary)
        typer.echo(f"\nEvery figure is in {place / SUMMARY}")


@app.command("list")
def list_(
    what: Annotated[Literal["signals", "strategies", "runs"], typer.Argument(help="What to list.", show_default=False)],
    folder: Annotated[Path, typer.Option("--runs", help="The folder that holds the runs.")] = Path("runs"),
    json: JsonOption = False,
) -> None:
    """List the signals, the strategies or the runs there are."""
    from backtests import catalogue
    from backtests.reports.catalogue import show_list
    from backtests.store.folder import as_json

    rows = catalogue.rows(what, folder)
    if json:
        typer.echo(as_json({what: rows}), nl=False)
    else:
        show_list(_stdout(), what, rows)


@data_app.command("show")
def data_show(
    data: DataOption = None,
    pair: PairOption = None,
    start: StartOption = None,
    end: EndOption = None,
    seed: SeedOption = None,
    json: JsonOption = False,
) -> None:
    """Show a pair's prices on their two clocks: coverage, last sessions, when each is known and decided."""
    from backtests import catalogue
    from backtests.reports.catalogue import show_market
    from backtests.sources import load_market
    from backtests.store.folder import as_json

    asked = _study(None, data=data, pair=_pair(pair), start=_day(start), end=_day(end), seed=seed)
    market = load_market(asked.data, asked.pair, start=asked.start, end=asked.end, seed=asked.seed)
    facts = catalogue.market_facts(market)
    if json:
        typer.echo(as_json(facts), nl=False)
    else:
        show_market(_stdout(), facts)


def _study(
    file: Path | None, *, strategies: list[str] | None = None, settings: list[str] | None = None, **options: Any
) -> "Study":
    """The study that a file and options ask for."""
    from backtests.study import Study, studied, with_settings

    values = {key: value for key, value in options.items() if value is not None}
    study = Study.read(file, **values) if file is not None else Study.make(**values)
    if not strategies and not settings:
        return study
    chosen = with_settings(studied(strategies) if strategies else study.variants or studied(), settings or [])
    changed = study.model_copy(update={"variants": chosen})
    changed.primary_of(changed.strategies())  # the file's primary must still be among them, or another be named
    return changed


def _pair(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    from signals.errors import StudyError

    tickers = [ticker.strip() for ticker in text.split(",")]
    if len(tickers) != 2:
        raise StudyError(f"--pair takes two tickers, such as ETH-USD,IWM; got '{text}'.")
    return tickers[0], tickers[1]


def _day(moment: datetime | None) -> Any:
    return None if moment is None else moment.date()


def _timed(prefix: str) -> Path:
    """The place of a run that was given none: a folder named after this second, local time."""
    return Path("runs") / f"{prefix}{datetime.now().astimezone():%Y%m%d-%H%M%S}"


def _stdout() -> "Console":
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else 80)


def main() -> None:
    """Entry point of the `unlockstep` command."""
    debug = "--debug" in sys.argv
    sys.argv[1:] = [word for word in sys.argv[1:] if word != "--debug"]  # wherever it stands
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without "−" shows "?" and fails nothing
    try:
        app()
    except Exception as error:
        if debug:
            raise
        # Only now: the errors live beside pandas, and --help must not load it.
        from signals.errors import UnlockstepError

        if isinstance(error, UnlockstepError):
            _fail(str(error), error.exit_status)
        _fail(f"Something went wrong that should not: {type(error).__name__}: {error}. --debug shows where.", 1)


def _fail(sentence: str, status: int) -> None:
    print(f"unlockstep: {sentence}", file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    main()
