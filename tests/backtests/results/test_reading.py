"""The grid of readings, held to plain loops over dates and pandas' own correlation."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.refusals import refused
from unlockstep.backtests.data.align import make_market
from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.backtests.results.chance_agreement import chance_of
from unlockstep.backtests.results.published_figures import (
    CATALOGUE,
    NAMES,
    Published,
    parse_figure,
    read_claims,
    windows_of,
)
from unlockstep.backtests.results.reading import PairPrices, Window, conventions, day_numbers, grid, last_of_each
from unlockstep.signals.errors import ParameterError

PAIR = ("ETH-USD", "IWM")


def frames(first: str = "2021-01-01", last: str = "2022-12-31") -> dict[str, pd.DataFrame]:
    """Made-up prices of both, an equity with dividends; the legs share a part of their moves."""
    rng = np.random.default_rng(5)
    out = {}
    every = pd.date_range(first, last)
    shared = pd.Series(rng.normal(0, 0.02, len(every)), every)
    for ticker, dates in ((PAIR[0], every), (PAIR[1], sessions_between(every[0], every[-1]))):
        close = 100 * np.exp(np.cumsum(shared[dates].to_numpy() + rng.normal(0, 0.02, len(dates))))
        opens = close * np.exp(rng.normal(0, 0.01, len(dates)))
        frame = pd.DataFrame(
            {"open": opens, "high": np.maximum(opens, close), "low": np.minimum(opens, close), "close": close},
            index=pd.DatetimeIndex(dates),
        )
        if ticker == PAIR[1]:
            frame["adj_close"] = close * np.linspace(0.9, 1.0, len(dates)) ** 3
        out[ticker] = frame
    return out


@pytest.fixture(scope="module")
def prices() -> PairPrices:
    made = frames()
    return PairPrices.of(make_market(made, PAIR, start=None, end=None, source="made up"), made)


def loop_over_dates(made: dict[str, pd.DataFrame], near: date, length: int) -> dict[tuple[object, ...], float]:
    """(measure, rows, clock, close, frequency, first and last date) → correlation, by a plain loop over everything."""
    crypto, equity = made[PAIR[0]], made[PAIR[1]]
    sessions = list(equity.index)
    out: dict[tuple[object, ...], float] = {}
    for close in ("adjusted", "raw"):
        e = equity["adj_close" if close == "adjusted" else "close"]
        together = pd.DataFrame({"x": crypto.close[sessions], "y": e})
        every = pd.DataFrame({"x": crypto.close, "y": e.reindex(crypto.index).ffill()}).loc[sessions[0] : sessions[-1]]
        weeks = together.groupby(pd.DatetimeIndex(together.index).to_period("W")).tail(1)
        months = together.groupby(pd.DatetimeIndex(together.index).to_period("M")).tail(1)
        tables = {
            ("sessions", "daily"): together,
            ("calendar days", "daily"): every,
            ("sessions", "weekly"): weeks,
            ("sessions", "monthly"): months,
        }
        observed: dict[tuple[str, str, str, str], pd.DataFrame] = {}
        for (rows, often), table in tables.items():
            observed["levels", rows, "00:00 UTC", often] = table
            observed["log levels", rows, "00:00 UTC", often] = table.transform("log")
            observed["log returns", rows, "00:00 UTC", often] = table.transform("log").diff().iloc[1:]
            observed["simple returns", rows, "00:00 UTC", often] = table.pct_change().iloc[1:]
        day = crypto.close[sessions] / crypto.open[sessions]
        for measure in ("log returns", "simple returns"):
            plain = observed[measure, "sessions", "00:00 UTC", "daily"]
            utc = np.log(day) if measure == "log returns" else day - 1
            observed[measure, "own days", "00:00 UTC", "daily"] = plain.assign(x=utc[plain.index])
            observed[measure, "sessions", "synchronised", "daily"] = plain
        for (measure, rows, clock, often), table in observed.items():
            for unit in ("sessions", "days"):
                if rows == "calendar days" and unit == "sessions":
                    continue
                for shift in range(-3, 4):
                    last = pd.Timestamp(near + timedelta(days=shift))
                    before = [s for s in sessions if s <= last]
                    if unit == "sessions" and len(before) < length:
                        continue
                    first = before[-length] if unit == "sessions" else last - pd.Timedelta(days=length - 1)
                    part = table.loc[first:last]
                    if len(part) < 10 or first < table.index[0] or (clock == "synchronised" and len(part) < 60):
                        continue
                    value = part.x.corr(part.y)
                    if clock == "synchronised":  # R + cov(residual of x before, y) / (sd sd)
                        at = table.index.get_indexer(part.index)
                        x, y, z = (table[c].to_numpy() for c in "xyy")
                        early, beside_, late = x[at - 1], z[at - 1], y[at]
                        slope = np.cov(early, beside_)[0, 1] / np.var(beside_, ddof=1)
                        residual = early - early.mean() - slope * (beside_ - beside_.mean())
                        cross = (residual * (late - late.mean())).mean()
                        value = value + cross / (part.x.std(ddof=0) * part.y.std(ddof=0))
                    key = (measure, rows, clock, close, often, part.index[0].date(), part.index[-1].date())
                    out[key] = float(value)
    return out


@pytest.mark.parametrize(
    ("near", "length"), [(date(2022, 8, 28), 30), (date(2022, 5, 31), 90), (date(2022, 12, 1), 360)]
)
def test_the_grid_is_that_of_a_plain_loop(prices: PairPrices, near: date, length: int) -> None:
    last = int(day_numbers(pd.DatetimeIndex([near]))[0])
    tried = {
        (
            c.measure, c.rows, c.clock, c.close, c.frequency,
            date(1970, 1, 1) + timedelta(days=r.first), date(1970, 1, 1) + timedelta(days=r.last),
        ): r.value
        for r in grid(prices, [(w, last) for w in windows_of(str(length), near)])
        for c in [r.convention]
    }  # fmt: skip
    expected = loop_over_dates(frames(), near, length)
    assert {kind for kind, *_ in tried} == {"log returns", "simple returns", "levels", "log levels"}
    assert tried == pytest.approx(expected, abs=1e-9)


def test_a_pair_without_crypto_has_no_calendar_days_nor_two_clocks() -> None:
    dates = sessions_between(pd.Timestamp("2021-01-01"), pd.Timestamp("2021-12-31"))
    close = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, (len(dates), 2)), axis=0))
    made = {
        ticker: pd.DataFrame(
            dict.fromkeys(("open", "high", "low", "close"), close[:, i]), index=pd.DatetimeIndex(dates)
        )
        for i, ticker in enumerate(("SPY", "IWM"))
    }
    alone = PairPrices.of(make_market(made, ("SPY", "IWM"), start=None, end=None, source=""), made)
    every = conventions(alone)
    assert {(c.rows, c.clock, c.close) for c in every} == {("sessions", "00:00 UTC", "raw")}


def test_a_week_or_month_that_goes_on_after_the_last_session_is_none() -> None:
    sessions = pd.DatetimeIndex(["2024-05-30", "2024-05-31", "2024-06-03", "2024-06-06", "2024-06-07", "2024-06-11"])
    assert last_of_each(sessions, "weekly").tolist() == [1, 4]
    assert last_of_each(sessions[:5], "weekly").tolist() == [1, 4]
    assert last_of_each(sessions, "monthly").tolist() == [1]
    assert last_of_each(sessions[:2], "monthly").tolist() == [1]


def test_a_figure_is_met_as_far_as_its_decimals_and_its_words_go() -> None:
    def met(text: str, *values: float) -> list[bool]:
        return [bool(each) for each in Published.of(text).met_by(np.array(values))]

    assert met("0.36", 0.3592, 0.355, 0.3549) == [True, True, False]
    assert met("0.231", 0.2314, 0.2316) == [True, False]
    assert met("above 0.65", 0.70, 0.65) == [True, False]
    assert met("below 0", -0.01, 0.0) == [True, False]
    assert met("about 0.65", 0.674, 0.626, 0.68) == [True, True, False]
    assert met("0.6 to 0.9", 0.6, 0.95, np.nan) == [True, False, False]
    assert str(Published.of("−0.750")) == "-0.750"
    assert str(Published.of("0.6 to 0.9")) == "0.6 to 0.9"
    distances = [
        Published.of(text).distance(np.array([0.5]))[0] for text in ("0.3", "above 0.7", "below 0", "0.4 to 0.6")
    ]
    assert distances == pytest.approx([0.2, 0.2, 0.5, 0.0])


@pytest.mark.parametrize(
    ("text", "limit", "remedy"),
    [("1.2", 1, ""), ("84", 1, "0.84"), ("0.84 %", None, "0.84"), ("", None, ""), ("0.12345", 4, "at most 4")],
)
def test_what_is_no_correlation_is_refused(text: str, limit: float | None, remedy: str) -> None:
    with refused(ParameterError, name=text, limit=limit, remedy=remedy or None):
        parse_figure(text)


def test_the_chance_is_the_share_of_other_dates_whose_grid_prints_the_figure(prices: PairPrices) -> None:
    near, window = date(2022, 6, 15), (Window(30, "sessions"),)
    last = int(day_numbers(pd.DatetimeIndex([near]))[0])
    chance = chance_of(prices, Published.of("0.42"), window, last)
    assert chance is not None
    first_day = last - int(prices.sessions[np.searchsorted(prices.sessions, last, side="right") - 30])
    hits, dates = [], 0
    for day in range(int(prices.sessions[0]), int(prices.sessions[-1]) - 2):
        tried = grid(prices, [(window[0], day)])
        complete = np.searchsorted(prices.sessions, day - 3, side="right") > 30
        if complete and abs(day - last) > first_day + 1 + 6:
            dates += 1
            hits.append(any(f"{r.value:.2f}" == "0.42" for r in tried))
    assert chance.dates == dates
    assert chance.number == pytest.approx(np.mean(hits))
    assert max(chance.returns, chance.levels) <= chance.number <= chance.returns + chance.levels


def test_prices_too_short_for_other_dates_have_no_chance() -> None:
    made = frames(last="2021-12-31")
    short = PairPrices.of(make_market(made, PAIR, start=None, end=None, source=""), made)
    assert chance_of(short, Published.of("0.4"), (Window(90, "sessions"),), int(short.sessions[-1])) is None


def test_the_catalogue_names_number_pair_window_date_source_and_citation() -> None:
    claims = read_claims()
    assert (
        len({claim.key for claim in claims}) == len(claims) == CATALOGUE.read_text(encoding="utf-8").count("[[figure]]")
    )
    for claim in claims:
        assert all((claim.source, claim.citation, claim.method, claim.checked)), claim.key
        assert set(claim.second.tickers) <= {*NAMES, "ETH-USD"}, claim.key
        assert set(claim.second.exact) <= set(claim.second.tickers), claim.key
        assert (claim.over is None) == (claim.statistic is None), claim.key
        assert claim.spans[0].windows[0].length >= 30, claim.key
    assert {claim.key for claim in claims if claim.published is None} == {"note"}
    assert Path(CATALOGUE).parent.name == "results"
