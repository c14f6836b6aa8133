"""The command line: thin. It reads options, calls the work, shows the result, and turns errors into one sentence.

Nothing heavy is imported before a command needs it; `unlockstep --help` answers at once.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from backtests.experiment import Progress
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

STEPS = ("prices", "signals", "simulation", "robustness", "tests", "statements", "report")

DataOption = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="SOURCE",
        help="demo, demo:edge, yahoo, or a folder with one price file a ticker.",
        show_default="demo",
    ),
]
PairOption = Annotated[
    str | None, typer.Option("--pair", metavar="A,B", help="Two tickers.", show_default="ETH-USD,IWM")
]
StartOption = Annotated[
    datetime | None,
    typer.Option(
        "--start",
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help="First date used, warm-up included.",
        show_default="2016-01-01",
    ),
]
EndOption = Annotated[
    datetime | None,
    typer.Option(
        "--end", formats=["%Y-%m-%d"], metavar="DATE", help="Last date used.", show_default="the prices' last"
    ),
]
SeedOption = Annotated[
    int | None, typer.Option("--seed", metavar="N", help="Seed of the demo and of every resampling.", show_default="7")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder to write; must not exist.", show_default="runs/TIME")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace the run in --out.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No report on the terminal, no progress.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print result.json instead of the report.")]


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
    with _progress(quiet=quiet or json) as progress:
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
    with _progress(quiet=quiet or json) as progress:
        progress("report")
        compared = compare_into(stored, place, force=force)
    if json:
        typer.echo(as_json(compared), nl=False)
    elif not quiet:
        from backtests.reports.terminal import show_compare

        show_compare(_stdout(), stored, compared["warnings"])
    if not quiet:
        typer.echo(f"\nThe report is {place / PAGE}", err=json)


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
    primary = values.get("primary")  # that of a file was named for the variants of the file
    return study.model_copy(update={"variants": chosen, "primary": primary})


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


@contextmanager
def _progress(*, quiet: bool) -> Iterator["Progress"]:
    """A progress bar over the steps of a run, on stderr; silent when quiet or when stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<12}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("starting", total=len(STEPS))

        def advance(step: str) -> None:
            bar.update(task, description=step, completed=STEPS.index(step))

        yield advance


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
