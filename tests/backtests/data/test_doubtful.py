"""Doubtful bars: what is noted, what stops a market, and what is neither."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.build import PAIR
from tests.refusals import refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.doubtful import DOUBTFUL, DoubtfulBar, doubtful_bars
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.results.provenance import provenance
from unlockstep.signals import Market
from unlockstep.signals.errors import DataError

HOLIDAYS = ["2023-01-02", "2023-01-16", "2023-02-20", "2023-04-07", "2023-05-29", "2023-06-19", "2023-07-04",
            "2023-09-04", "2023-11-23", "2023-12-25"]  # fmt: skip
SESSIONS = pd.bdate_range("2023-01-01", "2023-12-31").difference(pd.DatetimeIndex(HOLIDAYS))
DAYS = pd.date_range("2023-01-01", "2023-12-31")


def bars(dates: pd.DatetimeIndex, *, seed: int, adjusted: bool = True) -> pd.DataFrame:
    """A walk with moves of about 1 % in which no close is that of the bar before."""
    close = 100.0 * np.exp(np.cumsum(0.01 * np.random.default_rng(seed).standard_normal(len(dates))))
    frame = pd.DataFrame({"open": close, "high": close * 1.01, "low": close * 0.99, "close": close}, index=dates)
    return frame.assign(adj_close=close * np.linspace(0.9, 1.0, len(dates))) if adjusted else frame


def market(folder: Path, equity: pd.DataFrame, crypto: pd.DataFrame | None = None, **options: object) -> Market:
    """The market of files with these bars."""
    crypto = bars(DAYS, seed=1, adjusted=False) if crypto is None else crypto
    for ticker, frame in zip(PAIR, (crypto, equity), strict=True):
        frame.rename_axis("date").to_csv(folder / f"{ticker}.csv")
    return load_market(str(folder), PAIR, start=None, end=None, seed=0, **options)  # type: ignore[arg-type]


def multiplied(frame: pd.DataFrame, factor: float, first: str, last: str) -> pd.DataFrame:
    changed = frame.copy()
    changed.loc[first:last] *= factor
    return changed


@pytest.mark.parametrize("ratio", [2.0, 3.0, 1.5, 10.0, 0.5, 0.1, 1000.0])
def test_a_split_that_was_not_adjusted_for_stops_a_market_unless_it_is_accepted(tmp_path: Path, ratio: float) -> None:
    equity = multiplied(bars(SESSIONS, seed=2), ratio, "2023-01-01", "2023-06-09")  # Monday the 12th is the first after
    with refused(DataError, name="IWM.csv", dates=["2023-06-12"], remedy="--accept-doubtful"):
        market(tmp_path, equity)
    accepted = market(tmp_path, equity, accept_doubtful=True)
    note = next(note for note in accepted.notes if note.startswith(DOUBTFUL))
    assert "IWM.csv" in note
    assert "2023-06-12" in note


def test_a_split_outside_of_the_period_stops_nothing(tmp_path: Path) -> None:
    equity = multiplied(bars(SESSIONS, seed=2), 2.0, "2023-01-01", "2023-06-09")
    market(tmp_path, equity, accept_doubtful=True)
    after = load_market(str(tmp_path), PAIR, start=date(2023, 6, 12), end=None, seed=0)
    assert not any(note.startswith(DOUBTFUL) for note in after.notes)


def test_a_split_that_only_the_closes_as_quoted_show_stops_nothing(tmp_path: Path) -> None:
    """The adjusted closes know of it, and returns are theirs."""
    equity = bars(SESSIONS, seed=2)
    equity.loc[:"2023-06-09", ["open", "high", "low", "close"]] *= 2.0
    assert market(tmp_path, equity).notes == ()


@pytest.mark.parametrize("factor", [1000.0, 100.0, 0.01, 1.7])
def test_a_misprint_is_noted_with_its_date(tmp_path: Path, factor: float) -> None:
    crypto = multiplied(bars(DAYS, seed=1, adjusted=False), factor, "2023-03-07", "2023-03-07")
    (note,) = market(tmp_path, bars(SESSIONS, seed=2), crypto).notes
    assert note.startswith(f"{DOUBTFUL} in ETH-USD.csv: 2023-03-07: ")


def test_a_misprint_that_only_the_closes_as_quoted_show_is_noted(tmp_path: Path) -> None:
    equity = bars(SESSIONS, seed=2)
    equity.loc["2023-03-07", ["open", "high", "low", "close"]] *= 1000.0
    (note,) = market(tmp_path, equity).notes
    assert note.startswith(f"{DOUBTFUL} in IWM.csv: 2023-03-07: +")


def test_prices_that_stay_three_times_as_high_in_no_ratio_of_a_split_are_noted_and_used(tmp_path: Path) -> None:
    equity = multiplied(bars(SESSIONS, seed=2), 4.6, "2023-06-12", "2023-12-29")
    (note,) = market(tmp_path, equity).notes
    assert note.startswith(f"{DOUBTFUL} in IWM.csv: 2023-06-12: +")


@pytest.mark.parametrize("length", [3, 10, 60])
def test_frozen_closes_are_noted_as_one_stretch(tmp_path: Path, length: int) -> None:
    equity = bars(SESSIONS, seed=2)
    equity.iloc[100 : 100 + length, 3] = equity["close"].iloc[100]
    equity.iloc[100 : 100 + length, 4] = equity["adj_close"].iloc[100]
    first, last = SESSIONS[100].date(), SESSIONS[100 + length - 1].date()
    equity["high"] = equity[["high", "close"]].max(axis=1)
    equity["low"] = equity[["low", "close"]].min(axis=1)
    assert doubtful_bars(equity).frozen == (DoubtfulBar(str(first), f"the same close up to {last}, {length} bars"),)
    assert any(str(first) in note and str(last) in note for note in market(tmp_path, equity).notes)


def test_a_leg_that_never_moves_is_one_stretch(tmp_path: Path) -> None:
    flat = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), 100.0), index=SESSIONS)
    (stretch,) = doubtful_bars(flat).frozen
    assert stretch == DoubtfulBar("2023-01-03", "the same close up to 2023-12-29, 250 bars")
    assert [bar.date for bar in doubtful_bars(flat).odd_bars] == ["2023-01-04"]
    assert any(note.startswith(f"{DOUBTFUL} in IWM.csv") for note in market(tmp_path, flat).notes)


def test_closes_that_repeat_because_prices_are_coarse_are_not_doubtful() -> None:
    """Moves of a tenth of the tick or so: one close in three is that of the day before, as of a bill fund."""
    steps = np.random.default_rng(4).choice([-1, 0, 1], size=2000)
    close = 50.0 + 0.01 * np.cumsum(steps)
    index = pd.date_range("2015-01-01", periods=2000)
    frame = pd.DataFrame({"open": close - 0.01, "high": close + 0.02, "low": close - 0.02, "close": close}, index=index)
    longest = max(len(run) for run in "".join("x" if step == 0 else " " for step in steps).split())
    assert longest >= 5  # repeats that chance gave
    assert doubtful_bars(frame).frozen == ()


def test_more_than_three_doubtful_bars_are_counted(tmp_path: Path) -> None:
    crypto = bars(DAYS, seed=1, adjusted=False)
    for day in ("2023-02-01", "2023-03-01", "2023-04-01", "2023-05-01", "2023-06-01"):
        crypto = multiplied(crypto, 1000.0, day, day)
    (note,) = market(tmp_path, bars(SESSIONS, seed=2), crypto).notes
    assert [day for day in ("2023-02-01", "2023-03-01", "2023-04-01", "2023-05-01") if day in note] == [
        "2023-02-01",
        "2023-03-01",
        "2023-04-01",
    ]
    assert "and 2 more" in note


# a leg that ends early


def ends(folder: Path, crypto: str, equity: str, end: date | None = None) -> list[str]:
    """The notes of a market whose legs end on these days."""
    frames = (bars(DAYS, seed=1, adjusted=False).loc[:crypto], bars(SESSIONS, seed=2).loc[:equity])
    for ticker, frame in zip(PAIR, frames, strict=True):
        frame.rename_axis("date").to_csv(folder / f"{ticker}.csv")
    return list(load_market(str(folder), PAIR, start=None, end=end, seed=0).notes)


def test_a_leg_that_ends_early_is_named_with_both_dates(tmp_path: Path) -> None:
    (note,) = ends(tmp_path, "2023-12-31", "2023-06-30")
    assert note.startswith("IWM.csv ends on 2023-06-30, ETH-USD.csv on 2023-12-31")
    (note,) = ends(tmp_path, "2023-07-02", "2023-12-29")
    assert note.startswith("ETH-USD.csv ends on 2023-07-02, IWM.csv on 2023-12-29")


def test_a_leg_that_ends_within_a_week_of_the_other_or_after_the_period_is_not_named(tmp_path: Path) -> None:
    assert ends(tmp_path, "2023-12-31", "2023-12-26") == []
    assert ends(tmp_path, "2023-12-31", "2023-06-30", end=date(2023, 6, 30)) == []
    assert ends(tmp_path, "2023-12-31", "2023-06-30", end=date(2023, 7, 3)) == []


# dividends


def dividends(folder: Path, equity: pd.DataFrame) -> tuple[bool | None, list[str]]:
    """What the result says of the equity leg's dividends."""
    made = market(folder, equity)
    data = provenance(made, made, Study.make(start=None))
    return data.clocks[1].adjusted, [note for note in data.notes if "dividends" in note]


def test_without_adjusted_closes_it_is_unknown_whether_dividends_are_included(tmp_path: Path) -> None:
    adjusted, (note,) = dividends(tmp_path, bars(SESSIONS, seed=2, adjusted=False))
    assert adjusted is None
    assert "unknown" in note
    assert "leave" not in note


def test_adjusted_closes_that_are_the_closes_show_no_dividends(tmp_path: Path) -> None:
    days = pd.bdate_range("2022-01-03", "2023-12-29")
    equity = bars(days, seed=2, adjusted=False)
    equity["adj_close"] = equity["close"]
    from unlockstep.backtests.data.align import is_adjusted

    assert is_adjusted(equity, "listed") is False
    assert is_adjusted(equity.iloc[-100:], "listed") is True  # between two dividends both are the same
    assert is_adjusted(equity, "crypto") is True


def test_adjusted_closes_that_differ_include_dividends(tmp_path: Path) -> None:
    assert dividends(tmp_path, bars(SESSIONS, seed=2)) == (True, [])
