"""The command line: thin. It knows the commands, and turns errors into one sentence.

Nothing heavy is imported before a command needs it; `unlockstep --help` answers at once.
"""

import atexit
import gc
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer, main_thread
from types import TracebackType
from typing import Annotated, Any

import typer

from unlockstep.backtests.cli.ascii_output import printable
from unlockstep.backtests.cli.audit import audit
from unlockstep.backtests.cli.calibrate import calibrate, calibrate_signals, calibrate_universe
from unlockstep.backtests.cli.data import data_check, data_fetch
from unlockstep.backtests.cli.events import events
from unlockstep.backtests.cli.list import data_show, list_
from unlockstep.backtests.cli.negative_numbers import NegativeNumbers
from unlockstep.backtests.cli.new import new
from unlockstep.backtests.cli.overview import FoldingCommand, FoldingGroup, Overview
from unlockstep.backtests.cli.register import register, withdraw
from unlockstep.backtests.cli.replicate import replicate
from unlockstep.backtests.cli.run import compare, run
from unlockstep.backtests.cli.sweep import sweep
from unlockstep.backtests.cli.universe import universe
from unlockstep.backtests.cli.unseal import unseal

app = typer.Typer(
    name="unlockstep",
    cls=Overview,
    help="Are Ethereum and US small caps still in lockstep, and when they are not, is there money in knowing it?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
data_app = typer.Typer(cls=FoldingGroup, help="Download, check and show prices.", no_args_is_help=True)
calibrate_app = typer.Typer(cls=FoldingGroup, invoke_without_command=True)
app.add_typer(calibrate_app, name="calibrate")
app.add_typer(data_app, name="data")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version as installed

        typer.echo(f"unlockstep {installed('unlockstep')}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback on failure.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show version and exit.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    pass


app.command(cls=FoldingCommand)(run)
app.command(cls=FoldingCommand)(compare)
app.command(cls=FoldingCommand)(sweep)
app.command(cls=FoldingCommand)(universe)
app.command(cls=FoldingCommand)(unseal)
app.command(cls=FoldingCommand)(events)
calibrate_app.callback()(calibrate)
calibrate_app.command("signals", cls=FoldingCommand)(calibrate_signals)
calibrate_app.command("universe", cls=FoldingCommand)(calibrate_universe)
app.command(cls=FoldingCommand)(audit)
app.command(cls=NegativeNumbers)(replicate)
app.command(cls=FoldingCommand)(new)
app.command(cls=FoldingCommand)(register)
app.command(cls=FoldingCommand)(withdraw)
app.command("list", cls=FoldingCommand)(list_)
data_app.command("fetch", cls=FoldingCommand)(data_fetch)
data_app.command("check", cls=FoldingCommand)(data_check)
data_app.command("show", cls=FoldingCommand)(data_show)


class _Stopped(BaseException):
    """Ctrl-C, or the system's word to end: no error, so nothing on the way takes it for one."""


def main() -> None:
    """Entry point of the `unlockstep` command."""
    # Nearly all that a command makes or imports lives to its end. Python looks through it for garbage less often than
    # it would, in a run never, and not once more when it leaves: that was a fifth of a run.
    gc.set_threshold(5_000_000)
    # The last digits of a matrix product depend on how many threads share it, so that a study would give other bytes on
    # a machine with other cores; and for products as small as ours threads cost more than they bring.
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    atexit.register(gc.freeze)
    _open_streams()
    debug = "--debug" in sys.argv
    sys.argv[1:] = [word for word in sys.argv[1:] if word != "--debug"]  # wherever it stands
    for name in ("stdout", "stderr"):
        setattr(sys, name, printable(getattr(sys, name)))
    warnings.showwarning = _shown
    with _stoppable() as stop_signals:
        status = _status(stop_signals, debug=debug)
    sys.exit(_flushed(status))


def _open_streams() -> None:
    """Streams that are closed from the start lead nowhere; else the next file opened would have their numbers, and be
    written what is printed.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # which takes the lowest number that is free
            os.set_inheritable(number, True)
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 - for good
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def _status(stop_signals: list[int], *, debug: bool) -> int:
    """Run the command and return its exit status; errors are told in one sentence, or raised with `debug`.

    stop_signals: the signals to end that have come.
    """
    try:
        if not _here():
            _say("unlockstep: The folder you are in has been removed; change to one that exists.")
            return 1
        app()
    except _Stopped:
        return _ended(stop_signals)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 0
    except Exception as error:
        if stop_signals:  # libraries wrap what interrupts them in errors of their own
            return _ended(stop_signals)
        if debug:
            raise
        # Only now: the errors live beside pandas, and --help must not load it.
        from unlockstep.backtests.text import visible
        from unlockstep.signals.errors import UnlockstepError

        if isinstance(error, UnlockstepError):
            _say(f"unlockstep: {visible(str(error))}")
            return error.exit_status
        if isinstance(error, OSError):
            about = f"'{error.filename}': " if error.filename else ""
            _say(f"unlockstep: {visible(about)}{error.strerror or error}. --debug shows where.")
            return 1
        text = visible(f"{type(error).__name__}: {error}")
        _say(f"unlockstep: Internal error: {text}. --debug shows where.")
        return 1
    return 0


def _ended(stop_signals: list[int]) -> int:
    _say("Stopped.")
    return 128 + stop_signals[0]


def _here() -> bool:
    try:
        return Path.cwd().exists()
    except FileNotFoundError:
        return False


@contextmanager
def _stoppable() -> Iterator[list[int]]:
    """Signals to end leave by the way of an error, so that what is unfinished is removed; yields those that came."""
    stop_signals: list[int] = []

    def stop(number: int, _frame: object) -> None:
        stop_signals.append(number)
        sys.excepthook = printed  # only now: typer has put its own
        raise _Stopped

    def to_main_thread(number: int) -> None:
        if hasattr(signal, "pthread_kill"):  # a signal that another thread gets would not wake it
            signal.pthread_kill(main_thread().ident or 0, number)
        else:
            signal.raise_signal(number)

    def again(seconds: float) -> None:
        later = Timer(seconds, to_main_thread, [stop_signals[0]])
        later.daemon = True
        later.start()

    def unraised(caught: "sys.UnraisableHookArgs") -> None:
        if issubclass(caught.exc_type, _Stopped):  # a destructor was at work, and nothing leaves one: after it
            again(0.01)
        else:
            sys.__unraisablehook__(caught)

    def printed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, _Stopped):  # compiled code tells errors as it meets them: numpy's import_array
            again(0.5)  # by then most such code has failed for it, with an error of its own
        else:
            sys.__excepthook__(kind, error, trace)

    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")  # Windows has the first two
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = [signal.signal(number, stop) for number in numbers]
    sys.unraisablehook = unraised
    try:
        yield stop_signals
    finally:
        sys.unraisablehook, sys.excepthook = sys.__unraisablehook__, sys.__excepthook__
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, signal.SIG_IGN if stop_signals else handler)


def _shown(message: Warning | str, category: type[Warning], *place: Any, **options: Any) -> None:
    """A warning of ours as a sentence; others as Python shows them."""
    if category.__name__ == "CompilerCacheWarning":
        _say(f"unlockstep: Note: {message}.")
    else:
        _SHOW_WARNING(message, category, *place, **options)


_SHOW_WARNING = warnings.showwarning


def _say(sentence: str) -> None:
    with suppress(OSError):
        print(sentence, file=sys.stderr, flush=True)


def _flushed(status: int) -> int:
    """The exit status once everything said has arrived; a reader who has left before the end misses nothing."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python flushes once more at its end
        if not (status or isinstance(error, BrokenPipeError)):
            _say(f"unlockstep: The answer cannot be written: {error.strerror}.")
        return status or 1
    return status


if __name__ == "__main__":
    main()
