"""`unlockstep data fetch` and `unlockstep data check`."""

from typing import Annotated

import typer

from unlockstep.backtests.cli.arguments import day_of, pair_of, stdout, study_from_options
from unlockstep.backtests.cli.options import DataOption, DemoSeedOption, EndOption, PairOption, StartOption

RowsOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of the table.")]


def data_fetch(
    tickers: Annotated[
        list[str] | None, typer.Argument(metavar="TICKER", help="By Yahoo's names.", show_default="ETH-USD IWM")
    ] = None,
    pair: PairOption = None,
    json: RowsOption = False,
) -> None:
    """Fetch prices from Yahoo into the cache, or bring them up to date there."""
    from unlockstep.backtests.jobs.data import fetch
    from unlockstep.backtests.reports.data import show_fetched
    from unlockstep.backtests.storage.run_folder import as_json
    from unlockstep.signals.errors import DataError

    study = study_from_options(None, pair=pair_of(pair))
    rows = fetch(_checked([*(tickers or []), *(study.pair if pair or not tickers else [])]))
    if json:
        typer.echo(as_json({"tickers": rows}), nl=False)
    else:
        show_fetched(stdout(), rows)
    failed = [row for row in rows if "problem" in row]
    if failed:
        raise DataError(failed[0]["problem"])


def data_check(
    tickers: Annotated[
        list[str] | None,
        typer.Argument(metavar="TICKER", help="Which of them.", show_default="all that the source holds"),
    ] = None,
    data: DataOption = None,
    pair: PairOption = None,
    start: StartOption = None,
    end: EndOption = None,
    seed: DemoSeedOption = None,
    json: RowsOption = False,
) -> None:
    """Look through prices: coverage, gaps, doubtful bars, the two clocks, and what a run would refuse.

    Of yahoo it looks at the cache. Exit status 1 where a run would refuse.
    """
    from unlockstep.backtests.jobs.data import check, refusals
    from unlockstep.backtests.reports.data import show_checked
    from unlockstep.backtests.storage.run_folder import as_json
    from unlockstep.signals.errors import DataError

    study = study_from_options(None, data=data, pair=pair_of(pair), start=day_of(start), end=day_of(end), seed=seed)
    checked = check(study, _checked([*(tickers or []), *(study.pair if pair else [])]))
    if json:
        typer.echo(as_json(checked), nl=False)
    else:
        show_checked(stdout(), checked)
    refused = refusals(checked)
    if refused:
        raise DataError(f"A run would refuse these prices: {refused[0]}")


def _checked(tickers: list[str]) -> list[str]:
    """Each of the tickers once; ParameterError at the first that can be none."""
    from unlockstep.backtests.config.study_tables import is_ticker
    from unlockstep.backtests.text import visible
    from unlockstep.signals.errors import ParameterError

    for ticker in tickers:
        if not is_ticker(ticker):
            raise ParameterError(f"'{visible(ticker)}' is no ticker; write it as Yahoo does, such as ETH-USD.")
    return list(dict.fromkeys(tickers))
