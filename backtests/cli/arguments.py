"""What the commands' options mean: the study asked for, the place of a run, the console of its report."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from unlockstep.backtests.config.study import Study


@contextmanager
def only_results() -> Iterator[None]:
    """Around all work in which code of the user's own may run: what it prints goes to stderr, since stdout is for
    results, and whatever it raises, sys.exit() too, becomes a CodeError with file and line.
    """
    try:
        with _aside(), redirect_stdout(sys.stderr):
            yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        from unlockstep.backtests.plugins.error_attribution import locate_user_error

        located = locate_user_error(error)
        if located is None:
            raise
        raise located from error


@contextmanager
def _aside() -> Iterator[None]:
    """What is written past Python, to descriptor 1, as by processes that the code starts, goes to stderr too."""
    stdout_copy = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        with suppress(OSError, ValueError):  # full, or closed by the user's code
            if sys.__stdout__ is not None:
                sys.__stdout__.flush()  # what was written to it in the meantime
        os.dup2(stdout_copy, 1)
        os.close(stdout_copy)


@only_results()
def study_from_options(
    file: Path | None,
    *,
    strategies: list[str] | None = None,
    settings: list[str] | None = None,
    trust: bool = False,
    ledger: Path | None = None,
    **options: Any,
) -> "Study":
    """The study that a file and options ask for.

    trust: the code that the file names may run, though the ledger does not know it.
    """
    from unlockstep.backtests.config.chosen_strategies import choose
    from unlockstep.backtests.config.study import Study
    from unlockstep.backtests.config.variants import studied, with_settings

    values = {key: value for key, value in options.items() if value is not None}
    if file is None:
        study = Study.make(**values)
    else:
        from unlockstep.backtests.trials.ledger import trusting

        study = Study.read(file, trust=trusting(ledger, everything=trust), **values)
    if not strategies and not settings:
        return study
    chosen = choose(strategies or [], study.files)
    variants = chosen.variants or study.variants or studied(files=study.files)
    variants = with_settings(variants, settings or [], files=chosen.files)
    changed = study.model_copy(update={"variants": variants, "files": dict(chosen.files)})
    changed.primary_of(changed.strategies())  # the file's primary must still be among them, or another be named
    return changed


def pair_of(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    from unlockstep.signals.errors import StudyError

    tickers = [ticker.strip() for ticker in text.split(",")]
    if len(tickers) != 2:
        raise StudyError(f"--pair takes two tickers, such as ETH-USD,IWM; got '{text}'", name=text)
    return tickers[0], tickers[1]


def day_of(moment: datetime | None) -> Any:
    return None if moment is None else moment.date()


@contextmanager
def placed(out: Path | None, prefix: str = "") -> Iterator[Path]:
    """The place of a run; where none was given a folder named after this second, local time, and kept from others."""
    if out is not None:
        yield out
        return
    from unlockstep.backtests.storage.run_folder import reserved_place

    with reserved_place(Path("runs") / f"{prefix}{datetime.now().astimezone():%Y%m%d-%H%M%S}") as place:
        yield place


def stdout() -> "Console":
    from unlockstep.backtests.reports.text.terminal import Terminal

    return Terminal(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else 80)
