"""`unlockstep data fetch` and `unlockstep data check`."""

from typing import Annotated

import typer

from unlockstep.backtests.cli.arguments import (
    context_of,
    costs_of,
    day_of,
    legs_of,
    pair_of,
    stdout,
    study_from_options,
)
from unlockstep.backtests.cli.options import (
    AcceptDoubtfulOption,
    CashRateOption,
    ContextOption,
    DataOption,
    DemoSeedOption,
    EndOption,
    FxOption,
    LegsOption,
    PairOption,
    StartOption,
    StudyOption,
)
from unlockstep.backtests.cli.output import say_json

RowsOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of the table.")]


def data_fetch(
    tickers: Annotated[
        list[str] | None, typer.Argument(metavar="TICKER", help="Yahoo tickers.", show_default="ETH-USD IWM ^IRX")
    ] = None,
    pair: PairOption = None,
    json: RowsOption = False,
) -> None:
    """Download prices from Yahoo into the cache, or update them; with a pair the bill's rate that its cash earns."""
    from dataclasses import asdict

    from unlockstep.backtests.data.checked import FailedTicker
    from unlockstep.backtests.data.rate_file import BILL
    from unlockstep.backtests.jobs.data import fetch
    from unlockstep.backtests.reports.data import show_fetched
    from unlockstep.signals.errors import DataError

    study = study_from_options(None, pair=pair_of(pair))
    rows = fetch(_checked([*(tickers or []), *((*study.pair, BILL) if pair or not tickers else [])]))
    if json:
        say_json({"tickers": [asdict(row) for row in rows]})
    else:
        show_fetched(stdout(), rows)
    for row in rows:
        if isinstance(row, FailedTicker):
            raise DataError(row.problem, name=row.ticker)


def data_check(
    tickers: Annotated[
        list[str] | None,
        typer.Argument(metavar="TICKER", help="Tickers to check.", show_default="all of the source"),
    ] = None,
    data: DataOption = None,
    pair: PairOption = None,
    legs: LegsOption = None,
    fx: FxOption = None,
    context: ContextOption = None,
    start: StartOption = None,
    end: EndOption = None,
    cash_rate: CashRateOption = None,
    seed: DemoSeedOption = None,
    accept_doubtful: AcceptDoubtfulOption = None,
    study: StudyOption = None,
    json: RowsOption = False,
) -> None:
    """Check prices for coverage, gaps and doubtful bars; of yahoo, those in the cache.

    Exit status 1 if a run would refuse them.
    """
    from unlockstep.backtests.jobs.data import check
    from unlockstep.backtests.reports.data import show_checked
    from unlockstep.signals.errors import DataError

    chosen = study_from_options(
        study, data=data, pair=pair_of(pair), legs=legs_of(legs), fx=fx, context=context_of(context),
        start=day_of(start), end=day_of(end), seed=seed, costs=costs_of(cash_rate=cash_rate),
        accept_doubtful=accept_doubtful,
    )  # fmt: skip
    checked = check(chosen, _checked([*(tickers or []), *(chosen.tickers_read if pair or legs or context else [])]))
    if json:
        say_json(checked.as_json())
    else:
        show_checked(stdout(), checked)
    if checked.refusals:
        raise DataError(f"A run would refuse these prices: {checked.refusals[0]}")


def _checked(tickers: list[str]) -> list[str]:
    """Each of the tickers once; ParameterError at the first that can be none."""
    from unlockstep.backtests.config.study_tables import is_ticker
    from unlockstep.backtests.text import visible
    from unlockstep.signals.errors import ParameterError

    for ticker in tickers:
        if not is_ticker(ticker):
            raise ParameterError(
                f"'{visible(ticker)}' is no ticker", name=ticker, remedy="write it as Yahoo does, such as ETH-USD"
            )
    return list(dict.fromkeys(tickers))
