"""S3c's second half: price discovery told from a forecast, and the table of known answers from prices."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.build import PAIR, market_of, random_market
from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.results.model.statements import ClosedGroup
from unlockstep.backtests.results.statements.s3c_closed_hours import closed_hours, closed_hours_finding
from unlockstep.backtests.results.statements.s3c_lead_lag import judge_lead_lag
from unlockstep.signals import Market
from unlockstep.signals.market import read_only

TABLE = {  # n; slope, t and r of the gap; slope, t and r from open to close
    "all": (547, (0.028, 2.5, 0.15), (-0.010, -1.2, -0.06)),
    "before": (345, (0.014, 1.3, 0.09), (-0.004, -0.5, -0.03)),
    "since": (202, (0.105, 3.5, 0.43), (-0.045, -1.7, -0.18)),
    "since, falls": (94, (0.190, 4.3, 0.58), (-0.057, -1.0, -0.17)),
}
YEARS = {2016: -0.31, 2018: 0.12, 2020: 0.36, 2022: 0.40, 2023: -0.30, 2024: 0.44, 2025: 0.69}


def world(seed: int, *, gap: float, day: float) -> Market:
    """ETH moves while IWM is closed; so much of it comes in IWM's gap, so much after its open."""
    rng = np.random.default_rng(seed)
    sessions = sessions_between(pd.Timestamp("2016-01-04"), pd.Timestamp("2024-12-31"))
    n = len(sessions)
    move, noise = 0.04 * rng.standard_normal(n), 0.01 * rng.standard_normal((2, n))
    overnight, within = gap * move + noise[0], day * move + noise[1]
    logs = np.cumsum(overnight + within)
    crypto = np.cumsum(move + 0.03 * rng.standard_normal(n))
    market = market_of(np.exp(crypto), np.exp(logs), equity_open=np.exp(logs - within), sessions=sessions)
    before = np.concatenate([[np.nan], np.exp(crypto[:-1] + move[1:])])
    return replace(market, crypto=replace(market.crypto, before_open=read_only(before)))


@pytest.mark.slow
@pytest.mark.parametrize("group", TABLE)
def test_the_table_of_known_answers_from_prices(real_folder: object, group: ClosedGroup) -> None:
    market = load_market(str(real_folder), PAIR, start=date(2016, 1, 1), end=date(2025, 12, 31), seed=0)
    table = closed_hours(market)
    assert table is not None
    n, gap, day = TABLE[group]
    row = table.row(group)
    assert row.n == n
    for result, (slope, t, r) in ((row.gap, gap), (row.open_to_close, day)):
        assert result.slope == pytest.approx(slope, abs=0.00051)
        assert result.t == pytest.approx(t, abs=0.051)
        assert result.r == pytest.approx(r, abs=0.0051)
    years = {year.year: year.gap for year in table.years}
    assert {year: years[year] for year in YEARS} == pytest.approx(YEARS, abs=0.0051)


@pytest.mark.parametrize(
    ("gap", "day", "words"),
    [(0.15, 0.0, ("price discovery, which", "no forecast")), (0.0, 0.15, ("no price discovery", ": a forecast")),
     (0.0, 0.0, ("no price discovery", "no forecast")), (0.0, -0.15, ("no price discovery", ": a reversal"))],
)  # fmt: skip
def test_price_discovery_and_a_forecast_are_told_apart(gap: float, day: float, words: tuple[str, str]) -> None:
    table = closed_hours(world(1, gap=gap, day=day))
    assert table is not None
    assert all(each in closed_hours_finding(table) for each in words)
    assert table.row("all").n == table.row("weekends").n + table.row("holidays").n == len(table.points)
    assert table.hours is not None
    assert table.gap_hours is not None
    assert 48.0 <= table.hours < table.gap_hours  # weekends of 48 hours, longer ones with a holiday


def test_nothing_is_said_without_closed_hours_or_opens() -> None:
    market = random_market(2, 300)
    assert closed_hours(market) is not None
    assert closed_hours(replace(market, crypto=replace(market.crypto, before_open=None))) is None
    assert closed_hours(replace(market, equity=replace(market.equity, clock="24/7"))) is None
    without = replace(market, equity=replace(market.equity, open=market.equity.close))
    assert closed_hours(without) is None


def test_a_leg_without_opens_has_a_sentence_in_s3c() -> None:
    market = random_market(2, 900)
    without = replace(market, equity=replace(market.equity, open=market.equity.close))
    said = judge_lead_lag(without, seed=1)
    assert said.detail is not None
    assert said.detail.closed_hours is None
    assert said.finding.endswith("cannot be told: IWM's opens are its closes.")
    for other in (market, replace(without, crypto=replace(market.crypto, before_open=None))):
        assert "opens are its closes" not in judge_lead_lag(other, seed=1).finding
