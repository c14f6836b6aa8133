"""Options that several commands share."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer


def day(text: str) -> datetime:
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
LegsOption = Annotated[
    str | None,
    typer.Option(
        "--legs",
        metavar="A,B,C,…",
        help="2 to 20 tickers, the pair first, for strategies that hold more than a pair.",
        show_default="the pair",
    ),
]
PrimaryOption = Annotated[
    str | None,
    typer.Option("--primary", metavar="NAME", help="Pre-registered primary variant.", show_default="break_entry"),
]
BridgesOption = Annotated[
    str | None,
    typer.Option(
        "--bridges",
        metavar="A,B,…",
        help="Tickers between the legs, in the order of the chain that is taken apart; none for no chain.",
        show_default="BTC-USD,SPY with ETH-USD,IWM",
    ),
]
HedgesOption = Annotated[
    str | None,
    typer.Option(
        "--hedges",
        metavar="A,B",
        help="A hedge for each leg of the pair, such as BTC-USD,SPY: the hedged pair is studied beside the plain one.",
        show_default="none",
    ),
]
StudyOption = Annotated[
    Path | None,
    typer.Option(
        "--study",
        metavar="STUDY",
        help="TOML study whose prices and [tickers] are taken; options override it.",
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
        parser=day,
        metavar="DATE",
        help="First date, warm-up included.",
        show_default="2016-01-01",
    ),
]
EndOption = Annotated[
    datetime | None,
    typer.Option("--end", parser=day, metavar="DATE", help="Last date.", show_default="the prices' last"),
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
FeeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fee-bps",
        metavar="BPS|TICKER=BPS",
        help="Fee in basis points of the traded value: one number for all legs, or TICKER=NUMBER; repeatable.",
        show_default="10 crypto, 1 listed",
    ),
]
SlippageOption = Annotated[
    list[str] | None,
    typer.Option(
        "--slippage-bps",
        metavar="BPS|TICKER=BPS",
        help="Slippage in basis points, given as --fee-bps; repeatable.",
        show_default="5 crypto, 2 listed",
    ),
]
BorrowRateOption = Annotated[
    float | None,
    typer.Option(
        "--borrow-rate",
        metavar="RATE",
        help="What a short pays a year, a fraction such as 0.03.",
        show_default="0.03",
    ),
]
LagOption = Annotated[
    int | None,
    typer.Option("--lag", metavar="N", help="Sessions between a decision and its fill, 1 to 20.", show_default="1"),
]
RebalanceOption = Annotated[
    str | None,
    typer.Option(
        "--rebalance",
        metavar="WHEN|BAND",
        help="When mixes are rebalanced: monthly, daily, never, or once a leg is off by a band such as 0.05.",
        show_default="each strategy's own, monthly",
    ),
]
SealOption = Annotated[
    datetime | None,
    typer.Option(
        "--seal",
        parser=day,
        metavar="DATE",
        help="Last date open to study; later sessions are sealed.",
        show_default="2026-01-15",
    ),
]
EvaluateFromOption = Annotated[
    datetime | None,
    typer.Option(
        "--evaluate-from",
        parser=day,
        metavar="DATE",
        help="First session evaluated; the same in runs that are to be compared.",
        show_default="where the longest warm-up ends",
    ),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="tcp://HOST:PORT", help="Dask scheduler whose workers are used instead."),
]
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", metavar="N", min=1, help="Number of processes.", show_default="one per core"),
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
UniverseOutOption = Annotated[Path | None, _out("runs/universe-TIME")]
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
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="STRATEGY.PARAM=VALUE",
        help="Strategy parameter; several values (60,90) give several variants; repeatable.",
    ),
]
FillOption = Annotated[
    Literal["close", "open"] | None,
    typer.Option("--fill", help="Fill price, at the session of the fill.", show_default="close"),
]
UnauditedOption = Annotated[
    bool,
    typer.Option("--unaudited", help="Do not audit the strategies of own files for look-ahead; the report says so."),
]
ScratchOption = Annotated[
    bool | None,
    typer.Option(
        "--scratch", help="Only look: nothing can become an edge. The trials count in the ledger all the same."
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace an existing run in --out.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No terminal report and no progress bar.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of the report.")]
