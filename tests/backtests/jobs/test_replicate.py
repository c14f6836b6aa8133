"""Published figures beside recomputed ones: the real process on real prices, made-up folders, and plain pandas."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.backtests.cli.test_app import failed_command
from tests.backtests.data.yahoo_server import Listing, YahooServer, failing
from tests.backtests.nursery import command
from tests.refusals import refused
from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.backtests.data.yahoo import history
from unlockstep.backtests.jobs.prices_at_hand import prices_at_hand
from unlockstep.backtests.jobs.replicate import replicate
from unlockstep.backtests.reports.replicate.output import replication_note
from unlockstep.backtests.results.model.replication import (
    KindResult,
    Needs,
    Recomputed,
    RecordedFigure,
    ReplicatedClaim,
    Replication,
)
from unlockstep.backtests.results.published_figures import TICKERS, read_claims
from unlockstep.signals import Correlation, LevelCorrelation, Market
from unlockstep.signals.errors import UnreachableError

ANSWERS = {
    "imf-2017": ("0.022", None, "returns"),
    "imf-2020": ("0.359", None, "returns"),
    "bloomberg-2022-02": ("0.605", None, "returns"),
    "gale-2022": ("0.550", None, "neither"),
    "ftse-2015": ("0.252", None, "returns"),
    "note": ("0.569", "-0.392", "no figure"),
    "coinmetrics-2020-03": ("0.306", None, "returns"),
    "coinmetrics-2020-07": ("0.397", None, "returns"),
    "coinmetrics-2020-01": ("-0.114", None, "returns"),
    "theblock-2020-09-08": ("0.428", None, "returns"),
    "babel-2022": ("0.788", None, "returns"),
    "bloomberg-2022-08": ("0.599", None, "returns"),
    "djmd-sp500": ("0.215", None, "returns"),
    "djmd-gold": ("0.078", None, "returns"),
    "lseg-russell1000": ("0.559", None, "neither"),
    "lseg-gold": ("0.152", None, "returns"),
    "okcoin-2022": ("0.59-0.62", "0.86-0.83", "levels"),
    "okcoin-2017": (None, None, "returns"),
    "blockworks-2022": ("0.605", "-0.69", "neither"),
    "russell-since-2021-btc": ("0.386", "0.702", "neither"),
    "russell-since-2021-eth": ("0.384", "0.707", "levels"),
    "arxiv-2025-nasdaq": ("0.48", "0.94", "neither"),
    "arxiv-2025-sp500": ("0.48", "0.94", "levels"),
    "sandmark-year": (None, "0.73", "levels"),
    "sandmark-90": ("0.57", "-0.36", "levels"),
    "protos-2024": ("0.16", None, "neither"),
    "protos-2020": ("0.50", None, "returns"),
    "arcane-2022": ("0.947", None, "neither"),
    "fairlead-2024": (None, None, "missing"),
    "kaiko-2024": (None, None, "missing"),
}
"""Claim → returns and levels on the real prices, from the project's list of known answers to the digits it gives, each
way of counting the window where it gives two; and as what the claim reads."""

LEVEL_CLAIMS = (
    "okcoin-2022", "blockworks-2022", "russell-since-2021-btc", "russell-since-2021-eth", "arxiv-2025-nasdaq",
    "arxiv-2025-sp500", "sandmark-year", "sandmark-90",
)  # fmt: skip
"""The five sources of the list that published correlations of price levels."""


@pytest.fixture(scope="module")
def on_real(real_folder: Path) -> Replication:
    return replicate(str(real_folder))


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A folder of made-up prices of these tickers, from `first` to `last`."""

    def make(*tickers: str, first: str = "2015-12-01", last: str = "2025-12-31", adjusted: bool = True) -> Path:
        folder = tmp_path_factory.mktemp("made_up")
        for number, ticker in enumerate(tickers):
            start, end = pd.Timestamp(first), pd.Timestamp(last)
            dates = pd.date_range(start, end) if "-USD" in ticker else sessions_between(start, end)
            steps = np.random.default_rng(number).normal(0, 0.01, len(dates))
            close = 100 * np.exp(np.cumsum(steps))
            opens = np.append(100.0, close[:-1])
            high, low = np.maximum(opens, close), np.minimum(opens, close)
            frame = pd.DataFrame({"open": opens, "high": high, "low": low, "close": close}, index=dates)
            if adjusted and "-USD" not in ticker:
                frame["adj_close"] = close * np.linspace(0.8, 1.0, len(dates)) ** 3
            frame.rename_axis("date").to_csv(folder / f"{ticker}.csv")
        return folder

    return make


def row_of(result: Replication, key: str) -> ReplicatedClaim:
    (row,) = [row for row in result.claims if row.key == key]
    return row


def returns_of(result: Replication, key: str) -> Recomputed:
    returns = row_of(result, key).returns
    assert returns is not None
    return returns.main[0]


def recomputed(row: RecordedFigure) -> Recomputed:
    assert row.main is not None
    return row.main


def by_hand(folder: Path, crypto: str, equity: str, column: str = "adj_close") -> pd.DataFrame:
    """Closes of both on the equity's dates, straight from the files."""
    read = {t: pd.read_csv(folder / f"{t}.csv", parse_dates=["date"], index_col="date") for t in (crypto, equity)}
    return pd.concat([read[crypto].close.rename("crypto"), read[equity][column].rename("equity")], axis=1, join="inner")


def together(frame: pd.DataFrame) -> float:
    """Pandas' own correlation of the two columns."""
    value: float = frame.crypto.corr(frame.equity)
    return value


@pytest.mark.parametrize("key", ANSWERS)
def test_the_real_prices_give_the_known_answers_to_their_digits(on_real: Replication, key: str) -> None:
    row, (returns, levels, reads_as) = row_of(on_real, key), ANSWERS[key]
    assert row.reads_as == reads_as
    for kind, expected in ((row.returns, returns), (row.levels, levels)):
        if expected is not None:
            assert kind is not None
            texts = [expected] if expected.startswith("-") else expected.split("-")
            assert [f"{m.value:.{len(t.partition('.')[2])}f}" for m, t in zip(kind.main, texts, strict=False)] == texts


def test_the_summary_names_the_readings_of_price_levels(on_real: Replication) -> None:
    for key in LEVEL_CLAIMS:
        row = row_of(on_real, key)
        assert row.reads_as == "levels" or row.nearer == "levels", key
        assert f"{row.claim}: {row.published}" in on_real.finding
    others = [row for row in on_real.claims if row.key not in LEVEL_CLAIMS]
    assert not [row.key for row in others if row.reads_as == "levels" or row.nearer == "levels"]


def test_the_process_prints_published_beside_recomputed_in_80_columns(real_folder: Path) -> None:
    done = command("replicate", "--data", real_folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    for words in (
        "0.592 to 0.624    0.825 to 0.858",
        "agrees as",
        "prices missing",
        "2017-01-03 to",
        "stands in for the Russell 1000",
        "2019       252    −0.017      −0.017",
        "2025-12-31    0.569      0.57    0.574  −0.392     −0.39   −0.359  agrees",
    ):
        assert words in done.stdout


def test_plain_pandas_gives_the_same_from_the_files(on_real: Replication, real_folder: Path) -> None:
    returns = by_hand(real_folder, "BTC-USD", "SPY").transform("log").diff()
    main = returns_of(on_real, "imf-2020")
    assert main.value == pytest.approx(together(returns.loc["2020":"2021"]), abs=1e-12)
    assert (main.observations, main.first, main.last) == (505, "2020-01-02", "2021-12-31")
    returns = by_hand(real_folder, "ETH-USD", "SPY").transform("log").diff()
    row = row_of(on_real, "gale-2022-mean").returns
    assert row is not None
    reaching = returns.crypto.rolling(30).corr(returns.equity).loc["2022-01-01":"2022-12-31"]
    assert row.main[0].value == pytest.approx(reaching.mean(), abs=1e-9)


def test_every_recorded_year_and_month_end_is_met_on_the_prices_it_was_recorded_from(on_real: Replication) -> None:
    years = on_real.years.rows
    assert [recomputed(row.returns).agrees for row in years] == [True] * 10
    ends = on_real.month_ends.rows
    assert [recomputed(figure).agrees for row in ends for figure in (row.returns, row.levels)] == [True] * 24
    on_index = ends[-1].levels.index
    assert on_index is not None
    assert on_index.value == pytest.approx(-0.36, abs=0.005)


def test_month_ends_are_the_signals_last_values(on_real: Replication, real: Market) -> None:
    returns, levels = Correlation(window=90).values(real), LevelCorrelation(window=90).values(real)
    for row in on_real.month_ends.rows:
        at = real.sessions.get_loc(pd.Timestamp(row.session))
        assert recomputed(row.returns).value == pytest.approx(returns[at], abs=1e-12)
        assert recomputed(row.levels).value == pytest.approx(levels[at], abs=1e-12)


def test_with_eth_and_iwm_alone_the_rest_is_listed_as_missing(folder_of: Callable[..., Path]) -> None:
    result = replicate(str(folder_of("ETH-USD", "IWM")))
    there = {row.key for row in result.claims if row.reads_as != "missing"}
    assert there == {"note", "russell-since-2021-eth", "sandmark-year", "sandmark-90"}
    assert all(row.returns.main and not row.returns.missing for row in result.years.rows)
    absent = row_of(result, "imf-2017")
    assert [reason.split()[0].strip(",") for reason in absent.missing] == ["BTC-USD", "SPY"]
    assert absent.needs == Needs(tickers=("BTC-USD", "SPY"), first="2017-01-01", last="2019-12-31")
    assert absent.finding == "Not recomputed."
    assert "^RUT" in row_of(result, "note").missing[0]
    note = replication_note(result)
    assert "BTC-USD and SPY, 2017-01-01 to 2019-12-31" in note
    assert "| BTC and S&amp;P 500, 2017-01-01 to 2019-12-31 | 0.01 | – | – | prices missing |" in note


def test_a_window_that_the_prices_only_touch_is_missing_and_not_shortened(folder_of: Callable[..., Path]) -> None:
    result = replicate(str(folder_of("ETH-USD", "BTC-USD", "IWM", "SPY", first="2016-01-04", last="2019-12-30")))
    years = {row.year: row.returns for row in result.years.rows}
    assert [number for number, row in years.items() if row.main] == [2017, 2018]
    assert years[2016].missing == ("ETH-USD.csv runs only from 2016-01-04 to 2019-12-30.",)
    assert row_of(result, "imf-2017").reads_as == "missing"


def test_where_only_the_index_is_there_it_is_read_and_nothing_stands_in(folder_of: Callable[..., Path]) -> None:
    result = replicate(str(folder_of("BTC-USD", "^GSPC", adjusted=False)))
    row, main = row_of(result, "imf-2020"), returns_of(result, "imf-2020")
    assert (main.pair, main.close) == (("BTC-USD", "^GSPC"), "raw")
    assert row.stand_in is None
    assert row.missing == ()


def test_a_fund_stands_in_and_the_index_counts_among_the_readings(folder_of: Callable[..., Path]) -> None:
    folder = folder_of("ETH-USD", "IWM", "^RUT")
    row = row_of(replicate(str(folder)), "note")
    assert row.stand_in == "IWM, a fund that follows the Russell 2000, stands in for the Russell 2000, by IWM"
    alone = row_of(replicate(str(folder_of("ETH-USD", "IWM"))), "note")
    levels, without = row.levels, alone.levels
    assert isinstance(levels, KindResult)
    assert isinstance(without, KindResult)
    assert levels.main[0].pair == ("ETH-USD", "IWM")
    assert levels.main[0].value == pytest.approx(together(by_hand(folder, "ETH-USD", "IWM").iloc[-90:]), abs=1e-12)
    assert levels.tried > without.tried
    assert row.reads_as == "no figure"


def test_a_broken_file_is_missing_with_its_reason_and_spoils_no_other(folder_of: Callable[..., Path]) -> None:
    folder = folder_of("ETH-USD", "IWM", "SPY")
    lines = (folder / "SPY.csv").read_text().splitlines()
    broken = next(i for i, line in enumerate(lines) if line.startswith("2022-09-14"))
    (folder / "SPY.csv").write_text("\n".join([*lines[:broken], *lines[broken + 1 :]]))
    result = replicate(str(folder))
    assert row_of(result, "gale-2022").reads_as == "missing"
    assert "2022-09-14" in row_of(result, "gale-2022").missing[0]
    assert row_of(result, "okcoin-2022").reads_as != "missing"


def test_doubtful_bars_are_noted(folder_of: Callable[..., Path]) -> None:
    folder = folder_of("ETH-USD", "IWM")
    assert replicate(str(folder)).data.notes == ()
    frame = pd.read_csv(folder / "IWM.csv", index_col="date")
    frame.loc["2022-03-14"] *= 1000.0
    frame.to_csv(folder / "IWM.csv")
    (note,) = replicate(str(folder)).data.notes
    assert note.startswith("DOUBTFUL bars in IWM.csv: 2022-03-14: +")


def test_yahoo_is_asked_for_every_ticker_and_what_it_lacks_is_said(
    folder_of: Callable[..., Path], yahoo: YahooServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of("ETH-USD", "IWM")
    for ticker, frame in prices_at_hand(str(folder), TICKERS).frames.items():
        bars = frame if "adj_close" in frame else frame.assign(adj_close=frame.close)
        yahoo.listings[ticker] = Listing(bars, zone="UTC" if ticker == "ETH-USD" else "America/New_York")
    new_year = pd.Timestamp("2026-01-01 12:00", tz="UTC")
    monkeypatch.setattr(history, "present", lambda: new_year)
    result, same = replicate("yahoo"), replicate(str(folder))
    assert {ticker for ticker, _ in yahoo.requests} == set(TICKERS)
    assert result.data.source == "Yahoo, through yfinance"
    assert result.data.retrieved_at == "2026-01-01T12:00:00+00:00"
    assert result.data.notes == ()
    lacks = "Yahoo has no prices of SPY (No data found, symbol may be delisted); check the spelling."
    assert row_of(result, "gale-2022").missing == (lacks,)
    assert returns_of(result, "note") == returns_of(same, "note")
    assert "retrieved 2026-01-01T12:00:00+00:00" in replication_note(result)
    # two weeks later nobody answers
    monkeypatch.setattr(history, "present", lambda: new_year + pd.Timedelta(days=14))
    yahoo.always = failing
    with refused(UnreachableError, name="ETH-USD", limit=3, remedy="--stale"):
        replicate("yahoo")
    old = replicate("yahoo", stale=True)
    assert returns_of(old, "note") == returns_of(same, "note")
    assert [note[:26] for note in old.data.notes] == ["STALE prices: ETH-USD is f", "STALE prices: IWM is from "]
    assert "retrieved 14 days ago" in replication_note(old)
    assert "BTC-USD: Yahoo failed" in old.data.absent["BTC-USD"]


@pytest.mark.parametrize(
    ("data", "words"),
    [("demo", "SYNTHETIC"), ("demo:edge", "SYNTHETIC"), ("nowhere", "no folder"), (".", "needed")],
)
def test_prices_that_replicate_nothing_are_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = failed_command(capsys, monkeypatch, "replicate", "--out", "one", "--data", data)
    assert (code, said.count("\n")) == (1, 1), said
    assert words in said
    assert list(tmp_path.iterdir()) == []


def test_prices_must_be_named_and_the_help_offers_no_demo() -> None:
    done = command("replicate")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Missing option '--data'" in done.stderr
    said = command("replicate", "--help").stdout
    assert "yahoo, or a folder" in said
    assert "demo" not in said


def test_the_folder_written_holds_the_json_printed_and_is_replaced_only_by_force(
    folder_of: Callable[..., Path], tmp_path: Path
) -> None:
    data, out = folder_of("ETH-USD", "IWM"), tmp_path / "one"
    done = command("replicate", "--data", data, "--json", "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in out.iterdir()} == {"replicate.json", "replicate.md", "report.html"}
    assert (out / "replicate.json").read_text() == done.stdout
    printed = json.loads(done.stdout, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert [row["returns"] for row in printed["claims"] if row["key"] == "imf-2017"] == [None]
    assert len(printed["claims"]) == len(read_claims())
    again = command("replicate", "--data", data, "--quiet", "--out", out)
    assert again.returncode == 1
    assert "exists" in again.stderr
    assert "--force" in again.stderr
    (out / "replicate.json").write_text("old")
    assert command("replicate", "--data", data, "--quiet", "--out", out, "--force").returncode == 0
    assert (out / "replicate.json").read_text() == done.stdout
    (out / "mine.txt").write_text("not of a run")
    refusal = command("replicate", "--data", data, "--quiet", "--out", out, "--force")
    assert (refusal.returncode, (out / "mine.txt").exists()) == (1, True)
    assert command("replicate", "--data", data, "--quiet").stdout == ""


def test_a_file_that_no_claim_needs_is_not_read(folder_of: Callable[..., Path]) -> None:
    folder = folder_of("ETH-USD", "IWM")
    (folder / "XYZ.csv").write_text("nonsense")
    assert "XYZ" not in replicate(str(folder)).data.tickers
