"""Published figures beside recomputed ones: the real process on real prices, made-up folders, and plain pandas."""

import json
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.backtests.cli.test_app import failed_command
from tests.backtests.data.yahoo_server import Listing, YahooServer, failing
from tests.backtests.nursery import command
from tests.build import market_of
from tests.refusals import refused
from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.backtests.data.yahoo import history
from unlockstep.backtests.jobs.replicate import correlation, prices_at_hand, replicate
from unlockstep.backtests.reports.replicate import replication_note
from unlockstep.backtests.results.published_figures import CLAIMS, TICKERS, Published, Reading
from unlockstep.backtests.results.replication import (
    Needs,
    Recomputed,
    RecordedFigure,
    RecordedYear,
    ReplicatedClaim,
    Replication,
)
from unlockstep.signals import Correlation, LevelCorrelation, Market
from unlockstep.signals.errors import UnreachableError

EXPECTED = {
    "imf-2017": 0.022,
    "imf-2020": 0.359,
    "bloomberg-2022": 0.605,
    "gale-2022": 0.550,
    "ftse-2015": 0.252,
    "note-returns": 0.569,
    "note-levels": -0.392,
}
"""Figures on the real prices, from the project's list of known answers, and from plain pandas below."""


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


def main_of(result: Replication, key: str) -> Recomputed:
    return recomputed(row_of(result, key))


def recomputed(row: ReplicatedClaim | RecordedYear | RecordedFigure) -> Recomputed:
    assert row.main is not None
    return row.main


def other_of(row: ReplicatedClaim, name: str) -> float:
    (figure,) = [figure for figure in row.others if figure.reading.startswith(name)]
    return figure.value


def by_hand(folder: Path, crypto: str, equity: str, column: str = "adj_close") -> pd.DataFrame:
    """Closes of both on the equity's dates, straight from the files."""
    read = {t: pd.read_csv(folder / f"{t}.csv", parse_dates=["date"], index_col="date") for t in (crypto, equity)}
    return pd.concat([read[crypto].close.rename("crypto"), read[equity][column].rename("equity")], axis=1, join="inner")


def together(frame: pd.DataFrame) -> float:
    """Pandas' own correlation of the two columns."""
    return float(frame.crypto.corr(frame.equity))


@pytest.mark.parametrize("key", EXPECTED)
def test_the_real_prices_give_the_known_figure_to_three_decimals(on_real: Replication, key: str) -> None:
    assert main_of(on_real, key).value == pytest.approx(EXPECTED[key], abs=0.0005)


def test_the_process_prints_published_beside_recomputed_in_80_columns(real_folder: Path) -> None:
    done = command("replicate", "--data", real_folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    for words in (
        "BTC and S&P 500, 2017–19                       0.01   0.022  differs by +0.012",
        "above 0.65   0.605  not above: −0.045",
        "2017-01-03 to 2019-12-31, 754 sessions",
        "stands in for the Russell 1000",
        "2019       252    −0.017      −0.017",
        "2025-12-31    0.569      0.57    0.574  −0.392     −0.39   −0.359  agrees",
    ):
        assert words in done.stdout


def test_plain_pandas_gives_the_same_from_the_files(on_real: Replication, real_folder: Path) -> None:
    returns = by_hand(real_folder, "BTC-USD", "SPY").transform("log").diff()
    main = main_of(on_real, "imf-2020")
    assert main.value == pytest.approx(together(returns.loc["2020":"2021"]), abs=1e-12)
    assert (main.sessions, main.first, main.last) == (505, "2020-01-02", "2021-12-31")

    closes = by_hand(real_folder, "ETH-USD", "SPY").loc[:"2022-02-01"]
    returns = closes.transform("log").diff()
    main = main_of(on_real, "bloomberg-2022")
    assert main.value == pytest.approx(together(returns.iloc[-40:]), abs=1e-12)
    for name, frame in (("price levels", closes.iloc[-40:]), ("40 calendar days", returns.loc["2021-12-24":])):
        assert other_of(row_of(on_real, "bloomberg-2022"), name) == pytest.approx(together(frame), abs=1e-12), name


def test_plain_pandas_gives_the_same_means_of_rolling_correlations(on_real: Replication, real_folder: Path) -> None:
    raw = by_hand(real_folder, "ETH-USD", "SPY", "close").pct_change().loc["2022-01-01":"2022-12-31"]
    gale = row_of(on_real, "gale-2022")
    assert other_of(gale, "simple returns, raw closes") == pytest.approx(together(raw), abs=1e-12)
    returns = by_hand(real_folder, "ETH-USD", "SPY").transform("log").diff()
    reaching = returns.crypto.rolling(30).corr(returns.equity).loc["2022-01-01":"2022-12-31"]
    assert other_of(gale, "mean of") == pytest.approx(reaching.mean(), abs=1e-9)
    inside = returns.loc["2022-01-04":"2022-12-31"]
    rolling = inside.crypto.rolling(30).corr(inside.equity)
    assert other_of(gale, "the same") == pytest.approx(rolling.mean(), abs=1e-9)


def test_every_recorded_year_and_month_end_is_met_on_the_prices_it_was_recorded_from(on_real: Replication) -> None:
    years = on_real.years.rows
    assert [recomputed(row).agrees for row in years] == [True] * 10
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


def test_an_agreement_is_no_finer_than_the_published_decimals() -> None:
    assert Published(0.36).met_by(0.3592)
    assert Published(0.36).met_by(0.355)
    assert not Published(0.36).met_by(0.3549)
    assert not Published(0.231, 3).met_by(0.2316)
    assert Published(0.65, above=True).met_by(0.70)
    assert not Published(0.65, above=True).met_by(0.65)


def test_readings_on_a_market_counted_by_hand() -> None:
    crypto, equity = [100.0, 110.0, 99.0, 120.0], [50.0, 51.0, 50.0, 52.0]
    market = market_of(crypto, equity, crypto_open=[100.0, 105.0, 100.0, 99.0])
    day = date(2024, 1, 4)

    def expected(x: list[float], y: list[float]) -> float:
        return float(np.corrcoef(x, y)[0, 1])

    logs = [float(np.log(b / a)) for a, b in pairwise(equity)]
    simple = [0.1, -0.1, 120 / 99 - 1], [0.02, -1 / 51, 0.04]
    calendar_day = [float(np.log(x)) for x in (110 / 105, 99 / 100, 120 / 99)]
    assert correlation(market, Reading("", day, returns="simple")) == pytest.approx(expected(*simple), abs=1e-12)
    assert correlation(market, Reading("", day, returns="day")) == pytest.approx(
        expected(calendar_day, logs), abs=1e-12
    )
    assert correlation(market, Reading("", day, returns="levels")) == pytest.approx(expected(crypto, equity), abs=1e-12)
    # two returns correlate at +1 or −1: here twice +1
    assert correlation(market, Reading("", day, rolling=2)) == pytest.approx(1.0, abs=1e-12)


def test_with_eth_and_iwm_alone_the_rest_is_listed_as_missing(folder_of: Callable[..., Path]) -> None:
    result = replicate(str(folder_of("ETH-USD", "IWM")))
    there = {row.key for row in result.claims if row.main}
    assert there == {"note-returns", "note-levels"}
    assert all(row.main and not row.missing for row in result.years.rows)
    absent = row_of(result, "imf-2017")
    assert [reason.split()[0].strip(",") for reason in absent.missing] == ["BTC-USD", "SPY"]
    assert absent.needs == Needs(("BTC-USD", "SPY"), "2016-12-30", "2019-12-31")
    assert absent.finding == "Not recomputed."
    assert "^RUT" in row_of(result, "note-returns").missing[0]
    note = replication_note(result)
    assert "BTC-USD and SPY, 2016-12-30 to 2019-12-31" in note
    assert "| BTC and S&amp;P 500, 2017–19 | 0.01 | – | missing |" in note


def test_a_window_that_the_prices_only_touch_is_missing_and_not_shortened(folder_of: Callable[..., Path]) -> None:
    result = replicate(str(folder_of("ETH-USD", "BTC-USD", "IWM", "SPY", first="2016-01-04", last="2019-12-30")))
    years = {row.year: row for row in result.years.rows}
    assert [number for number, row in years.items() if row.main] == [2017, 2018]
    assert years[2016].missing == ("ETH-USD.csv runs only from 2016-01-04 to 2019-12-30.",)
    assert row_of(result, "imf-2017").main is None


def test_where_only_the_index_is_there_it_is_read_and_nothing_stands_in(folder_of: Callable[..., Path]) -> None:
    row = row_of(replicate(str(folder_of("BTC-USD", "^GSPC", adjusted=False))), "imf-2020")
    main = recomputed(row)
    assert (main.pair, main.close) == (("BTC-USD", "^GSPC"), "raw")
    assert row.stand_in is None
    assert row.missing == ()
    assert not [figure for figure in row.others if "raw" in figure.reading]


def test_a_fund_stands_in_and_the_index_is_shown_beside_it(folder_of: Callable[..., Path]) -> None:
    folder = folder_of("ETH-USD", "IWM", "^RUT")
    row = row_of(replicate(str(folder)), "note-levels")
    assert row.stand_in == "IWM, a fund that follows the Russell 2000, stands in for the Russell 2000"
    beside = together(by_hand(folder, "ETH-USD", "^RUT").iloc[-90:])
    assert other_of(row, "on ^RUT") == pytest.approx(beside, abs=1e-12)
    assert recomputed(row).agrees is None
    assert row.finding.startswith("No figure was published")


def test_a_broken_file_is_missing_with_its_reason_and_spoils_no_other(folder_of: Callable[..., Path]) -> None:
    folder = folder_of("ETH-USD", "IWM", "SPY")
    lines = (folder / "SPY.csv").read_text().splitlines()
    broken = next(i for i, line in enumerate(lines) if line.startswith("2022-03-14"))
    (folder / "SPY.csv").write_text("\n".join([*lines[:broken], *lines[broken + 1 :]]))
    result = replicate(str(folder))
    assert row_of(result, "gale-2022").main is None
    assert "2022-03-14" in row_of(result, "gale-2022").missing[0]
    assert row_of(result, "bloomberg-2022").main is not None


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
    for ticker, frame in prices_at_hand(str(folder)).frames.items():
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
    assert main_of(result, "note-returns") == main_of(same, "note-returns")
    assert "retrieved 2026-01-01T12:00:00+00:00" in replication_note(result)
    # two weeks later nobody answers
    monkeypatch.setattr(history, "present", lambda: new_year + pd.Timedelta(days=14))
    yahoo.always = failing
    with refused(UnreachableError, name="ETH-USD", limit=3, remedy="--stale"):
        replicate("yahoo")
    old = replicate("yahoo", stale=True)
    assert main_of(old, "note-returns") == main_of(same, "note-returns")
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


def test_other_dates_and_windows_stand_beside_and_are_no_readings(on_real: Replication, real_folder: Path) -> None:
    row = row_of(on_real, "note-levels")
    levels = by_hand(real_folder, "ETH-USD", "IWM")
    expected = {
        "a year earlier": together(levels.loc[:"2024-12-31"].iloc[-90:]),
        "252 sessions": together(levels.loc[:"2025-12-31"].iloc[-252:]),
    }
    assert {figure.reading: figure.value for figure in row.beside} == pytest.approx(expected, abs=1e-12)
    assert [figure.agrees for figure in row.beside] == [None, None]
    counted = [recomputed(row), *row.others]
    assert max(figure.value for figure in counted) < 0 < min(expected.values())
    assert f"All {len(counted)} readings" in row.finding
    note = replication_note(on_real)
    assert "| beside: a year earlier | levels |" in note
    assert "| beside: 252 sessions | log |" in note


def test_every_end_that_is_tried_is_tried_in_both_kinds_of_returns(on_real: Replication) -> None:
    row = row_of(on_real, "ftse-2015")
    tried = {(figure.last, figure.returns) for figure in (recomputed(row), *row.others)} - {("2025-12-31", "day")}
    ends = {last for last, _ in tried}
    assert len(ends) == 4
    assert tried == {(last, returns) for last in ends for returns in ("log", "simple")}


def test_the_folder_written_holds_the_json_printed_and_is_replaced_only_by_force(
    folder_of: Callable[..., Path], tmp_path: Path
) -> None:
    data, out = folder_of("ETH-USD", "IWM"), tmp_path / "one"
    done = command("replicate", "--data", data, "--json", "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in out.iterdir()} == {"replicate.json", "replicate.md"}
    assert (out / "replicate.json").read_text() == done.stdout
    printed = json.loads(done.stdout, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert [row["main"] for row in printed["claims"] if row["key"] == "imf-2017"] == [None]
    assert len(printed["claims"]) == len(CLAIMS)
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
