"""Which reading gives a published figure: the real process on real prices, and on made-up ones that know the answer."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.backtests.cli.test_app import failed_command
from tests.backtests.nursery import command
from tests.refusals import refused
from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.backtests.jobs.which_reading import which_reading
from unlockstep.signals.errors import DataError, HistoryError, ParameterError

PAIR = ("ETH-USD", "SPY")
CHANCE = "agreement is what chance gives"


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prices of both from 2018 to 2022, whose moves have nothing to do with each other."""
    folder, rng = tmp_path_factory.mktemp("made_up"), np.random.default_rng(8)
    first, last = pd.Timestamp("2018-01-01"), pd.Timestamp("2022-12-31")
    for ticker, dates in ((PAIR[0], pd.date_range(first, last)), (PAIR[1], sessions_between(first, last))):
        close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, len(dates))))
        frame = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), close), index=dates)
        frame.rename_axis("date").to_csv(folder / f"{ticker}.csv")
    return folder


def test_the_okcoin_figure_is_named_as_one_of_price_levels(real_folder: Path, tmp_path: Path) -> None:
    options = ("--pair", "ETH-USD,SPY", "--near", "2022-08-29", "--window", "30", "--data", real_folder)
    done = command("replicate", "0.84", *options, "--out", tmp_path / "out", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    content = json.loads(done.stdout, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert content["returns"]["agreeing"] == 0
    assert content["levels"]["agreeing"] > 0
    assert len(content["recomputed"]) == content["returns"]["tried"] + content["levels"]["tried"]
    agreeing = [row for row in content["recomputed"] if row["agrees"]]
    assert {row["measure"] for row in agreeing} == {"levels", "log levels"}
    assert {f"{row['value']:.2f}" for row in agreeing} == {"0.84"}
    assert all(0 < row["false_decoupling"] < 1 for row in agreeing)
    mains = [round(row["value"], 2) for kind in ("returns", "levels") for row in content[kind]["main"]]
    assert mains == [0.59, 0.62, 0.86, 0.83]
    assert "all of price levels" in content["finding"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"replicate.json", "replicate.md", "report.html"}
    note, page = ((tmp_path / "out" / name).read_text("utf-8") for name in ("replicate.md", "report.html"))
    assert "all of price levels" in note
    assert "all of price levels" in page
    shown = command("replicate", "0.84", *options)
    assert shown.returncode == 0
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_ten_random_numbers_at_random_dates_agree_as_chance_gives(made_up: Path) -> None:
    rng = np.random.default_rng(21)
    shares = []
    for _ in range(10):
        near = date.fromordinal(int(rng.integers(date(2018, 9, 1).toordinal(), date(2022, 12, 20).toordinal())))
        figure = f"{rng.uniform(-1, 1):.2f}"
        result = which_reading(figure, PAIR, near, int(rng.choice([30, 60, 90])), str(made_up))
        assert CHANCE in result.finding, (figure, near)
        assert result.chance is not None
        shares.append(result.chance.number)
    assert 0.02 < np.mean(shares) < 0.5


def test_a_window_that_is_read_in_one_way_only_has_its_chance_in_that_way(made_up: Path) -> None:
    near = date(
        2021, 3, 10
    )  # a Wednesday: 10 days to it hold 8 sessions, too few, and 10 sessions begin on 25 February
    result = which_reading("0.3", PAIR, near, 10, str(made_up))
    assert {reading.unit for reading in result.returns.main} == {"sessions"}
    sessions = [day.date() for day in sessions_between(pd.Timestamp("2018-01-01"), pd.Timestamp("2022-12-31"))]
    apart = (near - date(2021, 2, 25)).days + 1 + 6
    dates = 0
    for day in pd.date_range(sessions[0], sessions[-1]):
        first, last = ((day + pd.Timedelta(days=shift)).date() for shift in (-3, 3))
        whole = sum(session <= first for session in sessions) > 10 and last <= sessions[-1]
        dates += whole and abs((day.date() - near).days) > apart
    assert result.chance is not None
    assert result.chance.dates == dates
    assert "too short" not in result.finding


def test_two_tickers_without_a_common_day_are_refused(made_up: Path, tmp_path: Path) -> None:
    for ticker, years in ((PAIR[0], slice("2018", "2019")), (PAIR[1], slice("2021", "2022"))):
        frame = pd.read_csv(made_up / f"{ticker}.csv", parse_dates=["date"], index_col="date")
        frame.loc[years].to_csv(tmp_path / f"{ticker}.csv")
    with refused(DataError, name="ETH-USD and SPY", remedy="bring prices of both"):
        which_reading("0.3", PAIR, date(2020, 3, 10), 30, str(tmp_path))


def test_a_rare_agreement_is_said_to_be_more_than_chance_gives(made_up: Path, tmp_path: Path) -> None:
    moves = np.random.default_rng(3).normal(0, 0.02, 30)
    for ticker in PAIR:
        frame = pd.read_csv(made_up / f"{ticker}.csv", parse_dates=["date"], index_col="date")
        days = sessions_between(pd.Timestamp("2020-06-01"), pd.Timestamp("2020-12-31"))[:30]
        steps = pd.Series(np.diff(np.log(frame.close), prepend=np.log(frame.close.iloc[0])), frame.index)
        steps[days[0] : days[-1]] = 0.0
        steps[days] = moves
        close = frame.close.iloc[0] * np.exp(steps.cumsum())
        pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), close)).to_csv(tmp_path / f"{ticker}.csv")
    result = which_reading("1.00", PAIR, days[-1].date(), 30, str(tmp_path))
    assert result.returns.agreeing > 0
    assert result.chance is not None
    assert result.chance.number < 0.05
    assert CHANCE not in result.finding
    assert "more than chance gives" in result.finding


def test_bad_input_is_refused_with_what_is_wrong(made_up: Path) -> None:
    near, data = date(2020, 6, 1), str(made_up)
    with refused(ParameterError, name="1.20", limit=1):
        which_reading("1.20", PAIR, near, 30, data)
    with refused(DataError, name="ETH-USD and SPY", dates=["2018-01-02", "2022-12-30"], remedy="--near"):
        which_reading("0.5", PAIR, date(2023, 1, 2), 30, data)
    with refused(HistoryError, name="--window", dates=["2018-01-02", "2020-06-01"], limit=606, remedy="shorter"):
        which_reading("0.5", PAIR, near, 10**30, data)
    with refused(HistoryError, name="--window", limit=606):
        which_reading("0.5", PAIR, near, 882, data)
    with refused(ParameterError, name="--window", limit=10):
        which_reading("0.5", PAIR, near, 9, data)
    with refused(DataError, name="QQQ"):
        which_reading("0.5", ("ETH-USD", "QQQ"), near, 30, data)


def test_a_pair_that_does_not_vary_correlates_with_nothing(made_up: Path, tmp_path: Path) -> None:
    for ticker in PAIR:
        frame = pd.read_csv(made_up / f"{ticker}.csv", index_col="date")
        (frame if ticker == "SPY" else frame * 0 + 50).to_csv(tmp_path / f"{ticker}.csv")
    with refused(DataError, name="ETH-USD and SPY", dates=["2020-06-01"]):
        which_reading("0.5", PAIR, date(2020, 6, 1), 30, str(tmp_path))


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("1.5", "--near", "2020-06-01", "--window", "30"), 2, "outside -1 to 1"),
        (("-75", "--near", "2020-06-01", "--window", "30"), 2, "-0.75"),
        (("0.5", "--near", "2031-06-01", "--window", "30"), 1, "no prices of ETH-USD and SPY on 2031-06-01"),
        (("0.5", "--near", "2020-06-01", "--window", "3000"), 1, "longer than the history"),
        (("0.5", "--window", "30"), 2, "needs --near"),
        (("--near", "2020-06-01"), 2, "needs a published figure"),
    ],
)
def test_the_command_refuses_in_a_sentence(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    made_up: Path,
    arguments: tuple[str, ...],
    status: int,
    words: str,
) -> None:
    pair = ("--pair", "ETH-USD,SPY") if "--window" in arguments else ()
    code, said = failed_command(capsys, monkeypatch, "replicate", *arguments, *pair, "--data", str(made_up))
    assert (code, said.count("\n")) == (status, 1), said
    assert words in said


@pytest.mark.parametrize("figure", ["-0.05", "-.05", "--json -0.05"])
def test_a_negative_figure_is_no_option(made_up: Path, figure: str) -> None:
    options = ("--pair", "ETH-USD,SPY", "--near", "2020-06-01", "--window", "60", "--data", made_up)
    done = command("replicate", *figure.split(), *options, *(() if "--json" in figure else ("--json",)))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["published"]["value"] == -0.05
