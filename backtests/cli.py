"""The command line: thin. It knows the commands, and turns errors into one sentence.

Nothing heavy is imported before a command needs it; `unlockstep --help` answers at once.
"""

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from backtests.commands.calibrate import calibrate, calibrate_signals
from backtests.commands.events import events
from backtests.commands.inspect import data_show, list_
from backtests.commands.replicate import replicate
from backtests.commands.study import compare, run

app = typer.Typer(
    name="unlockstep",
    help="Are Ethereum and US small caps still in lockstep, and when they are not, is there money in knowing it?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
data_app = typer.Typer(help="Prices and their clocks.", no_args_is_help=True)
calibrate_app = typer.Typer(invoke_without_command=True)
app.add_typer(calibrate_app, name="calibrate")
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


app.command()(run)
app.command()(compare)
app.command()(events)
calibrate_app.callback()(calibrate)
calibrate_app.command("signals")(calibrate_signals)
app.command()(replicate)
app.command("list")(list_)
data_app.command("show")(data_show)


def main() -> None:
    """Entry point of the `unlockstep` command."""
    debug = "--debug" in sys.argv
    sys.argv[1:] = [word for word in sys.argv[1:] if word != "--debug"]  # wherever it stands
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without "−" shows "?" and fails nothing
    try:
        app()
    except SystemExit as left:
        # a strategy of the user's own may say sys.exit(); --help leaves so too, and must not load what is heavy
        if not debug and "backtests.own" in sys.modules:
            _blame(left)
        raise
    except Exception as error:
        if debug:
            raise
        _blame(error)
        # Only now: the errors live beside pandas, and --help must not load it.
        from signals.errors import UnlockstepError

        if isinstance(error, UnlockstepError):
            _fail(str(error), error.exit_status)
        _fail(f"Something went wrong that should not: {type(error).__name__}: {error}. --debug shows where.", 1)


def _blame(error: BaseException) -> None:
    """Fail with file and line where the error came from code of the user's own."""
    from backtests.blame import blamed

    sentence = blamed(error)
    if sentence is not None:
        _fail(sentence, getattr(error, "exit_status", 1))


def _fail(sentence: str, status: int) -> None:
    print(f"unlockstep: {sentence}", file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    main()
