"""What the commands' options mean: the study asked for, the place of a run, the console of its report."""

import os
import sys
from collections.abc import Iterator, Mapping
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
    costs: Mapping[str, Any] | None = None,
    trust: bool = False,
    ledger: Path | None = None,
    **options: Any,
) -> "Study":
    """The study that a file and options ask for.

    costs: see `costs_of`.
    trust: the code that the file names may run, though the ledger does not know it.
    """
    from unlockstep.backtests.config.chosen_strategies import choose
    from unlockstep.backtests.config.study import Study
    from unlockstep.backtests.config.variants import studied, with_settings

    values = {key: value for key, value in options.items() if value is not None}

    def choose_variants(study: Study) -> Study:
        if not strategies and not settings:
            return study
        chosen = choose(strategies or [], study.files)
        variants = chosen.variants or study.variants or studied(files=study.files)
        variants = with_settings(variants, settings or [], files=chosen.files)
        return study.model_copy(update={"variants": variants, "files": dict(chosen.files)})

    if file is None:
        study = choose_variants(Study.make(**values))
        study.primary_of(study.strategies())
    else:
        from unlockstep.backtests.trials.ledger import trusting

        trusted = trusting(ledger, everything=trust)
        study = Study.read(file, trust=trusted, choose_variants=choose_variants, **values)
    return study.with_costs(costs) if costs else study


def costs_of(
    *,
    fee_bps: list[str] | None = None,
    slippage_bps: list[str] | None = None,
    borrow_rate: float | None = None,
    cash_rate: str | None = None,
) -> dict[str, Any]:
    """The costs that options set, as a study's table [costs] has them; what is left out stays as the study has it.

    A fee or slippage is one number for all legs, or a table ticker → number.
    Raises UsageError where one is neither a number nor TICKER=NUMBER, or where a leg is given two.
    """
    tables = {"fee_bps": _bps_of("--fee-bps", fee_bps), "slippage_bps": _bps_of("--slippage-bps", slippage_bps)}
    given = {**tables, "borrow_rate": borrow_rate, "cash_rate": number_or_name(cash_rate)}
    return {key: value for key, value in given.items() if value is not None}


def _bps_of(option: str, texts: list[str] | None) -> float | dict[str, float] | None:
    """One number, or ticker → number; None where the option is not given."""
    if not texts:
        return None
    table: dict[str, float] = {}
    for text in texts:
        ticker, equals, number = text.rpartition("=")  # a ticker may hold a sign: EURUSD=X
        try:
            bps = float(number)
        except ValueError:
            raise _wrong_bps(option, text, "is no number of basis points") from None
        if equals and not ticker:
            raise _wrong_bps(option, text, "names no ticker")
        if ticker in table:
            raise _wrong_bps(option, text, f"is given beside another for {ticker or 'all legs'}")
        table[ticker] = bps
    if "" in table and len(table) > 1:
        raise _wrong_bps(option, texts[-1], "is given beside one number for all legs")
    return table.get("", table)


def _wrong_bps(option: str, text: str, problem: str) -> Exception:
    from unlockstep.signals.errors import StudyError

    return StudyError(
        f"{option} '{text}' {problem}",
        name=option,
        remedy=f"give one number for all legs, {option} 5, or one for each, {option} ETH-USD=10 {option} IWM=1",
    )


def pair_of(text: str | None) -> tuple[str, str] | None:
    return _two_of(text, "--pair", "ETH-USD,IWM")


def hedges_of(text: str | None) -> tuple[str, str] | None:
    """A hedge for each leg of the pair."""
    return _two_of(text, "--hedges", "BTC-USD,SPY")


def _two_of(text: str | None, option: str, example: str) -> tuple[str, str] | None:
    if text is None:
        return None
    from unlockstep.signals.errors import StudyError

    tickers = [ticker.strip() for ticker in text.split(",")]
    if len(tickers) != 2:
        raise StudyError(f"{option} takes two tickers, such as {example}; got '{text}'", name=text)
    return tickers[0], tickers[1]


def legs_of(text: str | None) -> tuple[str, ...] | None:
    """The tickers of a list with commas."""
    return None if text is None else tuple(ticker.strip() for ticker in text.split(","))


def bridges_of(text: str | None) -> tuple[str, ...] | None:
    """The tickers of a list with commas; () for "none"."""
    return () if text is not None and text.strip().lower() == "none" else legs_of(text)


def context_of(texts: list[str] | None) -> dict[str, str] | None:
    """Name → ticker, of NAME=TICKER each."""
    if not texts:
        return None
    from unlockstep.signals.errors import StudyError

    context: dict[str, str] = {}
    for text in texts:
        name, equals, ticker = (part.strip() for part in text.partition("="))
        if not (name and equals and ticker):
            raise StudyError(f"--context takes NAME=TICKER, such as vix=^VIX; got '{text}'", name=text)
        if name in context:
            raise StudyError(f"--context names {name} twice: {context[name]} and {ticker}", name=name)
        context[name] = ticker
    return context


def number_or_name(text: str | None) -> float | str | None:
    """A number where the text is one, else the text: a rate or a series, a band or a word."""
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        return text


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
    """What reports are printed on: as wide as the terminal, or as COLUMNS says; 80 columns where neither does.

    Tables that are wider are told row by row.
    """
    from unlockstep.backtests.reports.text.folding import folding
    from unlockstep.backtests.reports.text.terminal import Terminal

    class FoldingTerminal(Terminal):
        def print(self, *objects: Any, **options: Any) -> None:
            super().print(*map(folding, objects), crop=False, **options)  # a longer name is left to the terminal

    has_width = "COLUMNS" in os.environ or (sys.stdout is not None and sys.stdout.isatty())
    return FoldingTerminal(highlight=False, markup=False, emoji=False, width=None if has_width else 80)
