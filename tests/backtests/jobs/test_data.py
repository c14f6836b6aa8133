"""`data fetch`, `data check`, and runs on prices from Yahoo, as a user meets them."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.backtests.data.listings import bills, eth, iwm, pay, prices
from tests.backtests.data.yahoo_server import Listing, YahooServer, failing, status
from unlockstep.backtests.cli import app as cli
from unlockstep.backtests.data.doubtful import DoubtfulBar
from unlockstep.backtests.data.examine import examine
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.data.yahoo import history
from unlockstep.backtests.data.yahoo.cache import cache_file
from unlockstep.backtests.jobs import run as run_job
from unlockstep.signals.errors import RunError

NOON = pd.Timestamp("2024-01-11 12:00", tz="UTC")
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, yahoo: YahooServer
) -> Said:
    """(exit status, stdout, stderr) of the command, in a folder of its own and with the local Yahoo."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: str | Path, now: pd.Timestamp = NOON) -> tuple[int, str, str]:
        monkeypatch.setattr(history, "present", lambda: now)
        monkeypatch.setattr(sys, "argv", ["unlockstep", *map(str, arguments)])
        try:
            cli.main()
            code: Any = 0
        except SystemExit as left:
            code = left.code or 0
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        if "--json" not in arguments:
            assert max(map(len, printed.out.splitlines()), default=0) <= 80
        return code, printed.out, printed.err

    return run


def enough(last: str) -> tuple[Listing, Listing]:
    """ETH-USD and IWM up to `last`, with as many sessions as the default study needs."""
    return eth(last, first="2021-06-01"), iwm(last, first="2021-06-01")


def lines_of(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


# data fetch


def test_fetch_tells_what_happened_to_each_ticker(said: Said, yahoo: YahooServer) -> None:
    yahoo.listings |= {"ETH-USD": eth("2024-01-18"), "IWM": iwm("2024-01-17"), "^RUT": iwm("2024-01-17")}
    yahoo.listings["^IRX"] = bills("2024-01-17")
    code, out, err = said("data", "fetch")
    assert (code, err) == (0, "")
    assert lines_of(out)[1:] == [
        ["ETH-USD", "224", "2023-06-01", "2024-01-10", "new"],
        ["IWM", "154", "2023-06-01", "2024-01-10", "new"],
        ["^IRX", "154", "2023-06-01", "2024-01-10", "new"],
    ]
    _, out, _ = said("data", "fetch", "^RUT", "--pair", "ETH-USD,IWM")
    assert [row[0] for row in lines_of(out)[1:]] == ["^RUT", "ETH-USD", "IWM", "^IRX"]
    assert [" ".join(row[4:]) for row in lines_of(out)[1:]] == ["new", *["up to date"] * 3]
    pay(yahoo.listings["IWM"], "2024-01-12", 0.4)
    code, out, _ = said("data", "fetch", "ETH-USD", "IWM", "--json", now=NOON + pd.Timedelta(days=7))
    rows = json.loads(out)["tickers"]
    assert [row["change"] for row in rows] == ["+7 rows", "restated: 154 rows from 2023-06-01"]
    assert [row["rows"] for row in rows] == [231, 158]
    assert rows[1]["notes"][0].startswith("Yahoo restated 154 rows of IWM")
    assert rows[0]["retrieved_at"] == "2024-01-18T12:00:00+00:00"


def test_fetch_goes_on_past_a_ticker_that_is_not_there_and_fails_in_the_end(said: Said, yahoo: YahooServer) -> None:
    yahoo.listings["IWM"] = iwm("2024-01-10")
    code, out, err = said("data", "fetch", "IWN", "IWM")
    assert code == 1
    assert lines_of(out)[1:] == [
        ["IWN", "–", "–", "–", "not", "fetched"],
        ["IWM", "154", "2023-06-01", "2024-01-10", "new"],
    ]
    assert (
        err == "unlockstep: Yahoo has no prices of IWN (No data found, symbol may be delisted); check the spelling.\n"
    )


@pytest.mark.parametrize("ticker", ["", "../../x", " IWM", "\x1b[31mIWM", ".x", "x" * 41])
@pytest.mark.parametrize("word", ["fetch", "check"])
def test_what_can_be_no_ticker_is_asked_of_no_one(said: Said, yahoo: YahooServer, word: str, ticker: str) -> None:
    code, out, err = said("data", word, "IWM", ticker)
    seen = ticker.replace("\x1b", "\\x1b")
    assert (code, out) == (2, "")
    assert err == f"unlockstep: '{seen}' is no ticker; write it as Yahoo does, such as ETH-USD.\n"
    assert yahoo.requests == []


def test_names_are_shown_as_they_are(said: Said, yahoo: YahooServer) -> None:
    yahoo.listings["IWM"] = iwm("2024-01-10")
    _, out, _ = said("data", "fetch", "IWM", "AA[red]")
    assert [line[0] for line in lines_of(out)[1:]] == ["IWM", "AA[red]"]
    cache_file("IWM").rename(cache_file("\x1b[31mAA"))
    _, out, _ = said("data", "check", "--data", "yahoo")
    assert "\x1b" not in out
    assert "\\x1b[31mAA" in out


def test_fetch_asks_for_nothing_more_once_yahoo_does_not_answer(said: Said, yahoo: YahooServer) -> None:
    yahoo.listings |= {"ETH-USD": eth("2024-01-11"), "IWM": iwm("2024-01-10")}
    yahoo.always = failing
    code, out, err = said("data", "fetch", "--json")
    assert code == 1
    assert {ticker for ticker, _ in yahoo.requests} == {"ETH-USD"}
    assert "not asked for" in json.loads(out)["tickers"][1]["problem"]
    assert err.startswith("unlockstep: ETH-USD: Yahoo failed with HTTP 500; asked 3 times")
    assert err.count("\n") == 1


# data check


def broken_folder(tmp_path: Path) -> Path:
    """ETH with a gap, a spike, a day twice, a bar upside down and tomorrow's; IWM with a split that nobody adjusted."""
    folder = tmp_path / "prices"
    folder.mkdir()
    bars = eth("2024-01-12").bars.drop(columns="adj_close")
    bars = bars.drop(pd.to_datetime(["2023-08-10", "2023-08-11", "2023-10-01"]))
    spike = bars.index == pd.Timestamp("2023-11-06")
    bars.loc[spike] *= 10.0
    upside_down = bars.index == pd.Timestamp("2023-12-05")
    bars.loc[upside_down, ["high", "low"]] = bars.loc[upside_down, ["low", "high"]].to_numpy()
    rows = pd.concat([bars, bars.loc["2023-09-09":"2023-09-09"]])
    rows.rename_axis("date").to_csv(folder / "ETH-USD.csv")
    equity = iwm("2024-01-10").bars
    equity.loc[:"2023-11-15"] *= 4.0
    equity.rename_axis("date").to_csv(folder / "IWM.csv")
    (folder / "TLT.csv").write_text("date,open\n")
    return folder


def test_check_reports_everything_and_stops_at_nothing(said: Said, tmp_path: Path) -> None:
    code, out, err = said("data", "check", "--data", broken_folder(tmp_path), "--json")
    content = json.loads(out)
    crypto, equity, unread = content["tickers"]
    assert code == 1
    assert err.startswith(
        "unlockstep: A run would refuse these prices: ETH-USD.csv has more than one row for 2023-09-09"
    )
    assert crypto["gaps"] == [["2023-08-10", "2023-08-11", 2], ["2023-10-01", "2023-10-01", 1]]
    assert crypto["repeated"] == ["2023-09-09"]
    assert [bar["date"] for bar in crypto["jumps"]] == ["2023-11-06"]
    assert crypto["jumps"][0]["what"].endswith("and the next bar takes it back")
    assert crypto["odd_bars"] == [{"date": "2023-12-05", "what": "high below low", "split": False, "misprint": False}]
    assert crypto["unfinished"] == ["2024-01-11", "2024-01-12"]
    assert crypto["known_at"] == "2024-01-13 00:00 UTC"
    assert crypto["held"] == {"rows": 224, "first": "2023-06-01", "last": "2024-01-12"}
    assert "the high is below the low on 2023-12-05" in crypto["refusals"][1]
    assert "3 calendar days missing" in crypto["refusals"][2]
    assert len(equity["refusals"]) == 1
    assert "2023-11-16" in equity["refusals"][0]
    assert [bar["date"] for bar in equity["jumps"]] == ["2023-11-16"]
    assert "a ratio of 4 as a split has" in equity["jumps"][0]["what"]
    assert equity["known_at"] == "2024-01-10 21:00 UTC"
    assert equity["adjusted"]
    assert "no column" in unread["refusals"][0]
    assert "more than one row" in content["pair"]["refusal"]


def test_check_shows_it_in_eighty_columns(said: Said, tmp_path: Path) -> None:
    code, out, _ = said("data", "check", "--data", broken_folder(tmp_path))
    text = " ".join(out.split())
    assert code == 1
    for words in (
        "gaps 2023-08-10 to 2023-08-11 (2), 2023-10-01",
        "twice 2023-09-09",
        "not complete 2024-01-11, 2024-01-12",
        "2023-12-05: high below low",
        "known the bar of 2024-01-10 since 2024-01-10 21:00 UTC",
        "A run on ETH-USD/IWM would be refused",
    ):
        assert words in text


def test_sound_prices_pass_and_the_decision_waits_for_both_clocks(said: Said, tmp_path: Path) -> None:
    folder = tmp_path / "prices"
    folder.mkdir()
    for ticker, listing in zip(("ETH-USD", "IWM"), enough("2024-01-10"), strict=True):
        listing.bars.rename_axis("date").to_csv(folder / f"{ticker}.csv")
    code, out, err = said("data", "check", "--data", folder)
    assert (code, err) == (0, "")
    assert "taken at 2024-01-11 00:00 UTC, when both bars are known" in " ".join(out.split())
    assert out.count("doubtful  none") == 2


def test_check_tells_how_many_sessions_are_sealed(said: Said, tmp_path: Path) -> None:
    for ticker, listing in zip(("ETH-USD", "IWM"), enough("2026-01-22"), strict=True):
        listing.bars.rename_axis("date").to_csv(tmp_path / f"{ticker}.csv")
    code, out, _ = said("data", "check", "--data", tmp_path, now=pd.Timestamp("2026-02-01", tz="UTC"))
    assert code == 0
    # Friday the 16th, Tuesday to Thursday of the next week; the 19th is a holiday
    assert "sessions. The 4 after 2026-01-15 are sealed. The decision" in " ".join(out.split())


def test_check_of_yahoo_looks_at_the_cache_and_asks_nothing(said: Said, yahoo: YahooServer) -> None:
    code, _, err = said("data", "check", "--data", "yahoo")
    assert code == 1
    assert "holds no prices yet; unlockstep data fetch gets them" in err
    yahoo.listings |= dict(zip(("ETH-USD", "IWM"), enough("2024-01-18"), strict=True))
    yahoo.listings["^IRX"] = bills("2024-01-18", first="2021-06-01")
    said("data", "fetch")
    yahoo.requests.clear()
    code, out, err = said("data", "check", "--data", "yahoo", now=NOON + pd.Timedelta(days=7))
    assert (code, err, yahoo.requests) == (0, "", [])
    assert "retrieved 2024-01-11T12:00:00+00:00; 7 days behind the newest complete bar" in " ".join(out.split())
    for spoil in (lambda: cache_file("^IRX").write_bytes(b"not a rate"), lambda: cache_file("^IRX").unlink()):
        spoil()
        code, out, err = said("data", "check", "--data", "yahoo")
        assert (code, "unlockstep data fetch ^IRX gets it" in err) == (1, True)
    cache_file("IWM").write_bytes(b"not a price")
    code, out, err = said("data", "check", "SPY", "--data", "yahoo", "--pair", "ETH-USD,IWM")
    assert code == 1
    assert "SPY is not in the cache; unlockstep data fetch SPY gets it" in err
    assert "is no Parquet file" in " ".join(out.split())


def test_check_looks_at_the_series_beside_the_pair_and_refuses_what_a_run_would(said: Said, tmp_path: Path) -> None:
    for ticker, listing in zip(("ETH-USD", "IWM"), enough("2024-01-10"), strict=True):
        listing.bars.rename_axis("date").to_csv(tmp_path / f"{ticker}.csv")
    vix = iwm("2024-01-10", first="2022-01-03").bars
    vix.rename_axis("date").to_csv(tmp_path / "^VIX.csv")
    check = ("data", "check", "--data", ".", "--context", "vix=^VIX", "--json")
    code, out, _ = said(*check)
    assert (code, [each["ticker"] for each in json.loads(out)["tickers"]]) == (0, ["ETH-USD", "IWM", "^VIX"])
    assert json.loads(out)["pair"]["sessions"] == 150 + 251 + 250 + 7  # not narrowed by ^VIX
    pd.concat([vix, vix.iloc[[-1]]]).rename_axis("date").to_csv(tmp_path / "^VIX.csv")
    code, _, err = said(*check)
    assert (code, "^VIX" in err) == (1, True)
    (tmp_path / "^VIX.csv").unlink()
    code, _, err = said(*check)
    assert (code, "^VIX" in err) == (1, True)
    (tmp_path / "study.toml").write_text(
        'data = "."\n[context]\nm2 = { file = "m2.csv", known_after = "14 days" }\n', encoding="utf-8"
    )
    code, _, err = said("data", "check", "--study", "study.toml")
    assert (code, "m2.csv" in err) == (1, True)
    assert said("data", "check", "--data", "demo", "--context", "fear=^VIX")[0] == 0


def test_check_of_the_demo_says_that_it_is_synthetic(said: Said) -> None:
    code, out, _ = said("data", "check")
    assert code == 0
    assert out.startswith("SYNTHETIC")
    code, _, err = said("data", "check", "SPY")
    assert (code, "The demo holds no SPY." in err) == (1, True)


DAY = pd.Timestamp("2023-08-02")

FAULTS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "absent": lambda frame: frame.drop(DAY),
    "twice": lambda frame: pd.concat([frame, frame.loc[[DAY]]]).sort_index(),
    "empty": lambda frame: frame.assign(close=frame["close"].where(frame.index != DAY)),
    "negative": lambda frame: frame.assign(open=frame["open"].where(frame.index != DAY, -1.0)),
    "late": lambda frame: pd.concat([frame.drop(DAY), frame.loc[[DAY]]]),
    "split": lambda frame: frame.mul(np.where(frame.index < DAY, 2.0, 1.0), axis=0),
    "short": lambda frame: frame.loc["2023-07-01":],
    "before all": lambda frame: frame.loc[:"2021-07-01"],
    "no column": lambda frame: frame.drop(columns="low"),
}
"""Each is refused."""


@pytest.mark.parametrize(
    "fault", [*FAULTS, "nothing", "no file", "accepted split", "sealed", "bills", "no bills", "no rates", "a rate"]
)
def test_check_and_run_refuse_the_same(tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """`data check` ends with status 1 exactly where a run stops before its accounts."""

    def judged(*_: object) -> None:
        raise RunError("The accounts are reached")

    monkeypatch.setattr(run_job, "_judged_run", judged)
    for ticker, listing in zip(("ETH-USD", "IWM"), enough("2024-01-10"), strict=True):
        spoil = FAULTS.get(fault.removeprefix("accepted ")) if ticker == "IWM" else None
        (spoil(listing.bars) if spoil else listing.bars).rename_axis("date").to_csv(tmp_path / f"{ticker}.csv")
    if "bills" in fault:  # as long as the prices, or not
        last = "2023-08-02" if fault == "no bills" else "2024-01-10"
        bills(last, first="2021-06-01").bars.rename_axis("date").to_csv(tmp_path / "^IRX.csv")
    options = {
        "accepted split": ["--accept-doubtful"],
        "sealed": ["--start", "2026-02-02"],
        "no rates": ["--cash-rate", "none.csv"],
        "a rate": ["--cash-rate", "0.03"],
    }.get(fault, [])
    if fault == "no file":
        (tmp_path / "IWM.csv").unlink()
    code, _, _ = said("data", "check", "--data", tmp_path, *options)
    _, _, err = said("run", "--data", tmp_path, *options, "--out", tmp_path / "run")
    refused_by_run = "The accounts are reached" not in err
    assert refused_by_run == (fault not in ("nothing", "accepted split", "bills", "a rate"))
    assert code == refused_by_run


@pytest.mark.parametrize("ticker", ["BTC-USD", "ETH-USD", "GLD", "IWM", "SPY", "TLT", "^RUT"])
def test_real_prices_look_sound(real_folder: Path, ticker: str) -> None:
    from unlockstep.backtests.data.files import read_folder

    prices = read_folder(real_folder, (ticker,))[ticker]
    now = pd.Timestamp("2026-02-01", tz="UTC")
    entry = examine(ticker, prices.frame, prices.where, start=None, end=None, now=now)
    for kind in ("gaps", "strangers", "repeated", "jumps", "odd_bars", "frozen", "unfinished", "refusals"):
        assert getattr(entry, kind) == (), kind


@pytest.mark.parametrize("factor", [2.0, 0.5, 10.0, 1.5])
@pytest.mark.parametrize("ticker", ["ETH-USD", "IWM"])
def test_a_misprint_or_a_forgotten_split_in_real_prices_is_found(real_folder: Path, ticker: str, factor: float) -> None:
    from unlockstep.backtests.data.files import read_folder

    frame = read_folder(real_folder, (ticker,))[ticker].frame.loc["2023-01-01":"2024-12-31"]
    now = pd.Timestamp("2026-02-01", tz="UTC")
    day = pd.Timestamp("2023-09-06")
    misprint, forgotten = frame.copy(), frame.copy()
    misprint.loc[misprint.index == day] *= factor
    forgotten.loc[forgotten.index < day] *= factor
    for spoilt in (misprint, forgotten):
        jumps = examine(ticker, spoilt, ticker, start=None, end=None, now=now).jumps
        assert [jump.date for jump in jumps] == ["2023-09-06"]


def test_a_crash_is_no_misprint() -> None:
    """ETH fell by 42 % on 2020-03-12 and did not come back the next day."""
    bars = prices(pd.date_range("2023-01-01", periods=200), seed=5)
    bars.iloc[100:] *= 0.58
    entry = examine("ETH-USD", bars, "ETH-USD", start=None, end=None, now=pd.Timestamp("2026-02-01", tz="UTC"))
    assert entry.jumps == ()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"high": 0.9}, "high below low"),
        ({"close": 1.2}, "open or close above the high"),
        ({"open": 0.5}, "open or close below the low"),
    ],
)
def test_bars_that_cannot_be_are_doubtful(change: dict[str, float], what: str) -> None:
    bars = prices(pd.date_range("2023-01-01", periods=50)).drop(columns="adj_close")
    for name, factor in change.items():
        bars.loc[bars.index == pd.Timestamp("2023-02-01"), name] *= factor
    bars.iloc[40] = bars.iloc[39]
    now = pd.Timestamp("2026-02-01", tz="UTC")
    entry = examine("ETH-USD", bars, "ETH-USD", start=None, end=None, now=now).odd_bars
    assert entry == (
        DoubtfulBar("2023-02-01", what),
        DoubtfulBar("2023-02-10", "the same four prices as the bar before"),
    )


# runs


@pytest.fixture
def years(yahoo: YahooServer) -> YahooServer:
    """Enough of both tickers for a run of a fast rule."""
    yahoo.listings |= {"ETH-USD": eth("2024-01-18", first="2019-01-01"), "IWM": iwm("2024-01-17", first="2019-01-02")}
    yahoo.listings["^IRX"] = bills("2024-01-17", first="2019-01-02")
    return yahoo


RUN = ("run", "--data", "yahoo", "--strategy", "derisk", "--set", "derisk.window=60")


def test_a_run_on_old_prices_happens_only_when_asked_for_and_every_report_says_how_old_they_are(
    said: Said, years: YahooServer, tmp_path: Path
) -> None:
    code, _, err = said("data", "fetch")
    assert (code, err) == (0, "")
    years.always = status(503)
    later = NOON + pd.Timedelta(days=7)
    code, out, err = said(*RUN, "--out", "one", now=later)
    assert (code, out) == (1, "")
    assert err.startswith("unlockstep: ETH-USD: Yahoo failed with HTTP 503; asked 3 times")
    assert err.endswith("the cache holds it up to 2024-01-10, retrieved 7 days ago: a run with --stale uses that.\n")
    assert not (tmp_path / "one").exists()
    code, out, err = said(*RUN, "--stale", "--out", "one", now=later)
    assert code == 0, err
    old = "STALE prices: ETH-USD is from the cache, retrieved 7 days ago, up to 2024-01-10."
    assert old in " ".join(out.split())
    result = json.loads((tmp_path / "one" / "result.json").read_text())
    assert result["data"]["notes"][:2] == [old, old.replace("ETH-USD", "IWM")]
    assert result["data"]["retrieved_at"] == "2024-01-11T12:00:00+00:00"
    assert result["data"]["last"] == "2024-01-10"
    assert (tmp_path / "one" / "report.html").read_text().count(old) == 2  # at its head, and with the provenance
    assert (tmp_path / "one" / "report.md").read_text().count(old) == 2
    assert "stale = true" in (tmp_path / "one" / "study.toml").read_text()
    code, out, _ = said("data", "show", "--data", "yahoo", "--stale", now=later)
    assert old in " ".join(out.split())
    code, out, _ = said("events", "--data", "yahoo", "--stale", "--out", "two", now=later)
    assert old in " ".join(out.split())
    assert (tmp_path / "two" / "report.html").read_text().count(old) == 2
    assert old in (tmp_path / "two" / "report.md").read_text()


def test_a_restated_history_stands_in_the_result(said: Said, years: YahooServer, tmp_path: Path) -> None:
    said("data", "fetch")
    pay(years.listings["IWM"], "2024-01-12", 0.4)
    code, out, err = said(*RUN, "--stale", "--out", "one", now=NOON + pd.Timedelta(days=7))
    assert (code, "STALE" in out) == (0, False), err  # old prices are not used where Yahoo answers
    notes = json.loads((tmp_path / "one" / "result.json").read_text())["data"]["notes"]
    assert any(note.startswith("Yahoo restated") and "noticed on 2024-01-18" in note for note in notes)
    market = load_market("yahoo", ("ETH-USD", "IWM"), start=None, end=None, seed=0)
    closes = years.listings["IWM"].bars["adj_close"].loc[: market.sessions[-1]]
    np.testing.assert_allclose(market.equity.close, closes.to_numpy(), rtol=1e-12)


COMMANDS = {
    "run": ("--strategy", "derisk", "--set", "derisk.window=60"),
    "sweep": ("derisk", "--grid", "window=60:90:30"),
    "events": (),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_doubtful_bars_and_a_leg_that_ends_early_stand_in_every_report(
    said: Said, tmp_path: Path, command: str
) -> None:
    """IWM keeps its price after a split on 2023-08-02 and ends in 2023; a bar of ETH is a thousand times too high."""
    crypto, equity = (listing.bars for listing in enough("2024-01-10"))
    crypto.loc["2023-03-07"] *= 1000.0
    equity = FAULTS["split"](equity).loc[:"2023-12-01"]
    for ticker, frame in (("ETH-USD", crypto), ("IWM", equity)):
        frame.rename_axis("date").to_csv(tmp_path / f"{ticker}.csv")
    words = (command, "--data", tmp_path, *COMMANDS[command], "--out", "made")
    code, out, err = said(*words)
    assert (code, out) == (1, "")
    assert "2023-08-02" in err
    assert "--accept-doubtful" in err
    code, out, err = said(*words, "--accept-doubtful")
    assert code == 0, err
    misprint, split = "DOUBTFUL bars in ETH-USD.csv: 2023-03-07: ", "DOUBTFUL bars in IWM.csv: 2023-08-02: "
    early = "IWM.csv ends on 2023-12-01, ETH-USD.csv on 2024-01-10"
    page, note = ((tmp_path / "made" / f"report.{kind}").read_text(encoding="utf-8") for kind in ("html", "md"))
    for words_of_note in (misprint, split, early):
        assert words_of_note in " ".join(out.split())
        assert words_of_note in page
        assert words_of_note in note
    assert page.count(misprint) == page.count(split) == 2  # at its head, and with the provenance
