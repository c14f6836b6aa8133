"""The sentences that a user meets most: whole, in `tests/golden`. All other tests assert types and fields."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer

from tests.backtests.engine.test_day_trades import ReadsTheOpen
from tests.backtests.engine.test_portfolio import decide
from tests.build import market_of, random_market, with_legs
from tests.golden_files import assert_golden
from tests.rotation import Rotation
from tests.strategies.test_allocation import LEGS, answering
from unlockstep.backtests.cli.app import app
from unlockstep.backtests.config.overrides import setting_of
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.universe import Universe
from unlockstep.backtests.config.variants import studied, with_settings
from unlockstep.backtests.data.cash_rate import with_cash
from unlockstep.backtests.data.demo import demo_frames
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.engine.portfolio import run
from unlockstep.backtests.jobs.universe import run_universe
from unlockstep.backtests.jobs.which_reading import which_reading
from unlockstep.backtests.plugins.file_loader import load
from unlockstep.backtests.plugins.lookup import strategy_named
from unlockstep.backtests.results.holdout import split_holdout
from unlockstep.backtests.results.stored_run import read_run
from unlockstep.backtests.storage.checkpoint import open_checkpoint
from unlockstep.backtests.storage.run_folder import check_place
from unlockstep.backtests.sweep.grid import space_of, values_of
from unlockstep.signals.closed_hours import ClosedHoursMove
from unlockstep.signals.correlation import Correlation
from unlockstep.signals.errors import UnlockstepError
from unlockstep.signals.market import Market
from unlockstep.signals.trend import Trend
from unlockstep.strategies.registry import all_strategies
from unlockstep.strategies.weights import TargetWeights

PAIR = ("ETH-USD", "IWM")


def four_legs() -> Market:
    """A market of the legs that `answering` answers."""
    return with_legs(random_market(5, 40), 4, 5)


def around_the_clock() -> Market:
    """A pair whose second leg never closes."""
    market = random_market(1, 5)
    return replace(market, equity=replace(market.equity, clock="24/7", ticker="BTC-USD"))


def two_listed() -> Market:
    """A pair of one exchange."""
    market = random_market(1, 5)
    return replace(market, crypto=replace(market.crypto, clock="XNYS", ticker="SPY", before_open=None))


def prices(change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Loads the demo's prices from the folder `prices`, those of IWM changed."""
    folder = Path("prices")
    folder.mkdir(exist_ok=True)
    frames = demo_frames(edge=False, seed=0)
    for ticker, frame in {"ETH-USD": frames["ETH-USD"], "IWM": change(frames["IWM"])}.items():
        frame.to_csv(folder / f"{ticker}.csv")
    load_market("prices", PAIR, start=None, end=None, seed=0)


def replicated(figure: str, near: date, window: int) -> None:
    """Takes a published figure apart on the demo's prices, as a folder."""
    prices(lambda frame: frame)
    which_reading(figure, PAIR, near, window, "prices")


def demo_with(rate: str) -> None:
    """Loads the demo with a cash rate."""
    with_cash(load_market("demo", PAIR, start=date(2016, 1, 1), end=date(2016, 3, 1), seed=0), rate, None)


def in_euros() -> None:
    """Looks for what cash earns in an account of two coins quoted in euros."""
    closes = [100.0, 101.0, 102.0]
    with_cash(market_of(closes, closes, tickers=("ETH-EUR", "BTC-EUR")), None, None)


def rates(text: str) -> None:
    """Loads the demo with the rates in a file."""
    Path("rates.csv").write_text(text, encoding="utf-8")
    demo_with("rates.csv")


def holiday(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame, frame.iloc[-1:].set_axis([pd.Timestamp("2020-12-25")])]).sort_index().rename_axis("date")


def pair_of(ticker: str, *, wanted: str = "", drop_weekends: bool = False) -> None:
    """Loads the demo's ETH as a ticker of that name, with SPY."""
    folder = Path(f"as {ticker}")
    folder.mkdir(exist_ok=True)
    frames = demo_frames(edge=False, seed=0)
    eth = frames["ETH-USD"]
    eth = eth[pd.DatetimeIndex(eth.index).day_of_week < 5] if drop_weekends else eth
    eth.to_csv(folder / f"{ticker}.csv")
    frames["IWM"].to_csv(folder / "SPY.csv")
    load_market(str(folder), (wanted or ticker, "SPY"), start=None, end=None, seed=0)


def study_file(text: str) -> None:
    Path("study.toml").write_text(text, encoding="utf-8")
    Study.read(Path("study.toml"))


def strategy_file(text: str) -> None:
    Path("mine.py").write_text(text, encoding="utf-8")
    load(Path("mine.py").resolve())


def untrusted() -> None:
    Path("mine.py").write_text("import helpers\n", encoding="utf-8")
    Path("helpers.py").write_text("", encoding="utf-8")
    study_file('files = ["mine.py"]\n')


def taken() -> None:
    Path("taken").mkdir()
    check_place(Path("taken"), force=False)


def nothing_to_resume() -> None:
    with open_checkpoint(Path("out"), {}, resume=True, force=False):
        pass


def zero(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(close=frame["close"].where(frame.index != pd.Timestamp("2020-03-05"), 0.0))


MARKET = random_market(1, 5)
BOLD = market_of([100.0, 100.0, 150.0, 400.0, 400.0], [50.0] * 5)

ERRORS: dict[str, Callable[[], object]] = {
    "a misspelt strategy": lambda: strategy_named("derisc", {}),
    "a misspelt parameter": lambda: Correlation(windw=90),  # type: ignore[call-arg]
    "a parameter out of range": lambda: with_made("derisk.window=3"),
    "a setting that is none": lambda: setting_of("window", example="derisk.window=60"),
    "thresholds in the wrong order": lambda: with_made("derisk.decouple_below=0.9"),
    "an unknown key": lambda: study_file("seeed = 3\n"),
    "a clock that there is not": lambda: study_file('[tickers."ETH-USD"]\nclock = "XNYC"\n'),
    "a table of another ticker": lambda: study_file('seed = 3\n[tickers."GLD"]\nclock = "XNYS"\n'),
    "no TOML": lambda: study_file("seed = 3\nfill = close\n"),
    "a value out of range": lambda: study_file("lag = 0\n"),
    "a period that is empty": lambda: study_file("start = 2020-01-01\nend = 2019-01-01\n"),
    "a primary that is not there": lambda: study_file('primary = "derisk"\n[[variants]]\nstrategy = "barometer"\n'),
    "code that nobody has trusted": untrusted,
    "no study": lambda: Study.read(Path("none.toml")),
    "a sealed period alone": lambda: split_holdout(Study.make(start=date(2026, 2, 2))),
    "one leg": lambda: Study.make(legs=("ETH-USD",)),
    "a leg twice": lambda: Study.make(legs=("ETH-USD", "IWM", "IWM")),
    "legs of another pair": lambda: Study.make(pair=("SPY", "TLT"), legs=("ETH-USD", "IWM", "SPY"), data="nowhere"),
    "a leg that the demo does not hold": lambda: split_holdout(Study.make(legs=("ETH-USD", "IWM", "QQQ"))),
    "weights of what is no leg": lambda: answering({**dict.fromkeys(LEGS, 0.2), "QQQ": 0.1}).decide(four_legs()),
    "weights of too few legs": lambda: answering({"ETH-USD": 1.0}).decide(four_legs()),
    "a signal of what is no leg": lambda: Trend(leg="QQQ", window=5).compute(four_legs()),
    "a sweep of more than a pair": lambda: space_of(Rotation, {}),
    "no folder": lambda: load_market("nowhere", PAIR, start=None, end=None, seed=0),
    "another pair of the demo": lambda: load_market("demo", ("BTC-USD", "SPY"), start=None, end=None, seed=0),
    "a session missing": lambda: prices(lambda frame: frame.drop(pd.Timestamp("2020-03-05"))),
    "a day that the exchange is closed": lambda: prices(holiday),
    "crypto without weekends": lambda: pair_of("ETH-USD", drop_weekends=True),
    "a listing with weekends": lambda: pair_of("IWM"),
    "weekends filled in": lambda: prices(lambda frame: frame.resample("D").ffill()),
    "two currencies": lambda: pair_of("ETH-EUR"),
    "a ticker with another quote": lambda: pair_of("ETHUSDT", wanted="ETH-USD"),
    "an exchange that a name does not say": lambda: pair_of("GC=F", drop_weekends=True),
    "a price of zero": lambda: prices(zero),
    "disorder": lambda: prices(lambda frame: frame.iloc[[1, 0, *range(2, len(frame))]]),
    "an unadjusted split": lambda: prices(
        lambda frame: frame.mul(np.where(frame.index < "2020-06-01", 2.0, 1.0), axis=0)
    ),
    "days that may be months": lambda: prices(
        lambda frame: frame[:4].set_axis(pd.DatetimeIndex(frame.index[:4]).strftime("%d/%m/%Y"))
    ),
    "a column missing": lambda: prices(lambda frame: frame.drop(columns="open")),
    "a rate that ends early": lambda: rates("date,rate\n2016-01-01,0.02\n"),
    "a rate that begins late": lambda: rates("date,rate\n2016-02-01,0.02\n"),
    "a rate in percent": lambda: rates("date,rate\n2016-01-04,5.33\n"),
    "a rate of no known column": lambda: rates("date,yield\n2016-01-04,5.33\n"),
    "no file of rates": lambda: demo_with("fed.csv"),
    "bills that the demo lacks": lambda: demo_with("^IRX"),
    "an account in euros": in_euros,
    "a cash rate that is none": lambda: study_file("[costs]\ncash_rate = 5.33\n"),
    "too short a history": lambda: Trend(window=60).compute(MARKET),
    "a look ahead": lambda: run(MARKET, [decide(MARKET, {0: (1.0, 0.0)})], lag=0),
    "an order that reads its own open": lambda: run(MARKET, [ReadsTheOpen().decide(MARKET)]),
    "a day trade of a leg around the clock": lambda: run(
        MARKET, [TargetWeights.of_day_trades("mine", decide(MARKET, {2: (0.5, 0.0)}).frame, "before_open")]
    ),
    "a day trade of a leg without opens": lambda: run(
        BOLD, [TargetWeights.of_day_trades("mine", decide(BOLD, {2: (0.0, 0.5)}).frame, "before_open")]
    ),
    "closed hours of what never closes": lambda: ClosedHoursMove().compute(around_the_clock()),
    "closed hours of what trades in sessions": lambda: ClosedHoursMove().compute(two_listed()),
    "a sweep of day trades": lambda: space_of(all_strategies()["weekend_lead"], {}),
    "a file without opens": lambda: prices(lambda frame: frame.drop(columns="open")),
    "too much weight": lambda: run(MARKET, [decide(MARKET, {0: (0.8, 0.8)})]),
    "a ruined account": lambda: run(BOLD, [decide(BOLD, {0: (-0.5, 0.0)}, "bold")]),
    "a file without a strategy": lambda: strategy_file("x = 1\n"),
    "a file that fails": lambda: strategy_file("x = 1\ny = x / 0\n"),
    "a folder that is taken": taken,
    "no run": lambda: read_run(Path("taken")),
    "nothing to resume": nothing_to_resume,
    "a benchmark swept": lambda: space_of(all_strategies()["cash"], {}),
    "a range that is none": lambda: values_of("1:2"),
    "a figure that is no correlation": lambda: replicated("1.5", date(2020, 1, 31), 30),
    "a figure in percent": lambda: replicated("84", date(2020, 1, 31), 30),
    "a day without prices": lambda: replicated("0.84", date(2031, 1, 31), 30),
    "a window longer than the history": lambda: replicated("0.84", date(2016, 9, 30), 400),
    "a window too short": lambda: replicated("0.84", date(2020, 1, 31), 5),
    "a universe file for a study": lambda: study_file(listed(("GLD", "TLT"))),
    "a study for a universe file": lambda: universe_file("start = 2020-01-01\n"),
    "an empty universe file": lambda: universe_file(""),
    "a pair twice": lambda: universe_file(listed(("GLD", "TLT"), ("GLD", "TLT"))),
    "a pair in reverse": lambda: universe_file(listed(("GLD", "TLT"), ("tlt", "GLD"))),
    "a pair of one ticker": lambda: universe_file(listed(("GLD", "gld"))),
    "an unknown key of a universe": lambda: universe_file(f"primry = 3\n{listed(('GLD', 'TLT'))}"),
    "a misspelt universe": lambda: Universe.read(Path("cros_asset")),
    "a ticker without prices in a universe": lambda: universe_run(("GLD", "TLT")),
    "benchmarks alone in a universe": lambda: universe_run(strategy="cash"),
    "a pair of a universe that a strategy cannot read": lambda: universe_run(strategy="weekend_lead"),
}


def listed(*pairs: tuple[str, str]) -> str:
    """The [[pairs]] of a universe file."""
    return "".join(f'[[pairs]]\npair = {list(pair)}\ngroup = "g"\nreason = "r"\n' for pair in pairs)


def universe_file(text: str) -> Universe:
    Path("universe.toml").write_text(text, encoding="utf-8")
    return Universe.read(Path("universe.toml"))


def universe_run(*pairs: tuple[str, str], strategy: str = "derisk") -> None:
    """Runs a universe of two of the demo's pairs, and these."""
    every = (("ETH-USD", "IWM"), ("SYN-A2", "IWM"), *pairs)
    run_universe(universe_file(f'data = "demo"\n[[variants]]\nstrategy = "{strategy}"\n{listed(*every)}'), workers=1)


def with_made(setting: str) -> None:
    Study.make(variants=with_settings(studied(["derisk"]), [setting])).strategies()


def test_the_most_important_errors_read_as_they_should(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sentences = []
    for name, fail in ERRORS.items():
        with pytest.raises(UnlockstepError) as caught:
            fail()
        sentences.append(f"{name}: {caught.value}")
    assert_golden("errors", "\n".join(sentences))


def test_the_table_of_faults_shows_what_is_said_of_cash_rates() -> None:
    table = Path(__file__).parents[1].joinpath("docs", "faults.md").read_text(encoding="utf-8")
    section = table.partition("## What cash earns\n")[2].partition("\n## ")[0]
    shown = [line for line in section.splitlines() if line.startswith("| ") and "Fault" not in line]
    golden = Path(__file__).with_name("golden").joinpath("errors.txt").read_text(encoding="utf-8").splitlines()
    assert len(shown) == 8
    for row in shown:
        name, sentence = (cell.strip(" `") for cell in row.strip("|").split("|"))
        assert f"{name}: {sentence}" in golden


def test_each_command_says_what_it_does() -> None:
    group = typer.main.get_command(app)
    context = typer.Context(group)
    lines = [
        f"{name}: {' '.join((command.help or '').split())}"
        for name in group.list_commands(context)  # type: ignore[attr-defined]
        if (command := group.get_command(context, name)) is not None  # type: ignore[attr-defined]
    ]
    assert_golden("commands", "\n".join(lines))
