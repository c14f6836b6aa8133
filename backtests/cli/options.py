"""Options that several commands share."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer


def _day(text: str) -> datetime:
    """Midnight of a date as YYYY-MM-DD."""
    try:
        return datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007  (a date has no zone)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is no date as YYYY-MM-DD, such as 2020-01-31.") from None


DataOption = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="SOURCE",
        help="demo, demo:edge, yahoo, or a folder with one price file per ticker.",
        show_default="demo",
    ),
]
PairOption = Annotated[
    str | None, typer.Option("--pair", metavar="A,B", help="Pair of tickers.", show_default="ETH-USD,IWM")
]
StudyOption = Annotated[
    Path | None,
    typer.Option(
        "--study",
        metavar="STUDY",
        help="TOML study with what it says of tickers; options override it.",
        show_default="none",
    ),
]
FxOption = Annotated[
    str | None,
    typer.Option(
        "--fx",
        metavar="TICKER",
        help="Exchange rate that converts a leg to the currency of the other, such as EURUSD=X.",
        show_default="none",
    ),
]
ContextOption = Annotated[
    list[str] | None,
    typer.Option(
        "--context",
        metavar="NAME=TICKER",
        help="Series beside the pair, such as vix=^VIX, which rules read as Context('vix'); repeatable.",
        show_default="none",
    ),
]
StartOption = Annotated[
    datetime | None,
    typer.Option(
        "--start",
        parser=_day,
        metavar="DATE",
        help="First date, warm-up included.",
        show_default="2016-01-01",
    ),
]
EndOption = Annotated[
    datetime | None,
    typer.Option("--end", parser=_day, metavar="DATE", help="Last date.", show_default="the prices' last"),
]
SeedOption = Annotated[
    int | None, typer.Option("--seed", metavar="N", help="Random seed of the demo and of resampling.", show_default="7")
]
CashRateOption = Annotated[
    str | None,
    typer.Option(
        "--cash-rate",
        metavar="RATE",
        help="What cash earns: a rate a year (0.03; 0 for nothing), fed-funds, ^IRX, or a file of daily rates.",
        show_default="^IRX where the prices' source has it, else fed-funds",
    ),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="tcp://HOST:PORT", help="Dask scheduler whose workers are used instead."),
]
DemoSeedOption = Annotated[
    int | None, typer.Option("--seed", metavar="N", help="Random seed of the demo.", show_default="7")
]


def _out(default: str) -> Any:
    return typer.Option("--out", metavar="DIR", help="Output folder; must not exist.", show_default=default)


OutOption = Annotated[Path | None, _out("runs/TIME")]
CompareOutOption = Annotated[Path | None, _out("runs/compare-TIME")]
UnsealOutOption = Annotated[Path | None, _out("runs/unseal-TIME")]
EventsOutOption = Annotated[Path | None, _out("runs/events-TIME")]
ReplicateOutOption = Annotated[Path | None, _out("nothing is written")]
StaleOption = Annotated[
    bool | None, typer.Option("--stale", help="Accept old cached prices if Yahoo does not respond.")
]
AcceptDoubtfulOption = Annotated[
    bool | None,
    typer.Option("--accept-doubtful", help="Use bars that look like an unadjusted split, instead of refusing them."),
]
LedgerOption = Annotated[
    Path | None,
    typer.Option(
        "--ledger",
        metavar="FILE",
        help="Trial ledger, in which every variant tried is counted.",
        show_default="in the user's data folder",
    ),
]
TrustOption = Annotated[
    bool, typer.Option("--trust", help="Run the code that the study names, though no run in the ledger has used it.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace an existing run in --out.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No terminal report and no progress bar.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of the report.")]
