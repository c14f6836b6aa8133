"""Which link broke: a planted break is named, and what is missing is said."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.build import market_of
from tests.refusals import refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.backtests.data.demo import demo_frames
from unlockstep.backtests.results.holdout import split_holdout
from unlockstep.backtests.results.model.statements import LinksResult
from unlockstep.backtests.results.statements.s3b_links import LATELY, judge_links
from unlockstep.signals import Market, SignalCache
from unlockstep.signals.context import ContextSeries
from unlockstep.signals.errors import StudyError
from unlockstep.signals.market import Floats, read_only

TABLE = {  # ETH–IWM, chain, ETH–BTC, BTC–SPY, SPY–IWM, direct
    2016: (-0.14, -0.01, 0.16, -0.04, 0.88, -0.09),
    2017: (0.09, 0.02, 0.35, 0.07, 0.81, -0.02),
    2018: (0.10, 0.05, 0.76, 0.08, 0.90, -0.01),
    2019: (-0.02, -0.08, 0.81, -0.11, 0.87, 0.03),
    2020: (0.45, 0.36, 0.87, 0.45, 0.91, -0.02),
    2021: (0.21, 0.15, 0.75, 0.26, 0.75, 0.04),
    2022: (0.56, 0.48, 0.91, 0.56, 0.93, -0.02),
    2023: (0.15, 0.11, 0.86, 0.16, 0.80, 0.04),
    2024: (0.43, 0.22, 0.82, 0.37, 0.74, 0.00),
    2025: (0.51, 0.30, 0.81, 0.42, 0.88, 0.14),
}


def with_chain(returns: Floats) -> Market:
    """A market of n x 4 daily log returns of the chain, which begins with a price of 100 each."""
    sessions = sessions_between(pd.Timestamp("2014-01-02"), pd.Timestamp("2025-12-31"))[: len(returns) + 1]
    closes = 100.0 * np.exp(np.vstack([np.zeros(4), np.cumsum(0.01 * returns, axis=0)]))
    market = market_of(closes[:, 0], closes[:, 3], sessions=sessions)
    bridges = tuple(
        ContextSeries(f"bridge_{i}", ticker, "24/7", read_only(closes[:, i]), market.decided_at)
        for i, ticker in ((1, "BTC-USD"), (2, "SPY"))
    )
    return replace(market, context=bridges)


def world(links: tuple[float, float, float], lately: tuple[float, float, float], sessions: int = 2100) -> Floats:
    noise = np.random.default_rng(5).standard_normal((sessions, 4))
    out = np.empty_like(noise)
    out[:, 0] = noise[:, 0]
    for i in range(3):
        link = np.where(np.arange(sessions) < sessions - LATELY, links[i], lately[i])
        out[:, i + 1] = link * out[:, i] + np.sqrt(1 - link**2) * noise[:, i + 1]
    return out


def judged(market: Market) -> LinksResult:
    links = judge_links(SignalCache(market), "")
    assert isinstance(links, LinksResult)
    return links


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_the_link_that_changed_is_named_and_the_parts_add_up(broken: int) -> None:
    before, now = [0.85, 0.6, 0.85], [0.85, 0.6, 0.85]
    now[broken] -= 0.3
    links = judged(with_chain(world(tuple(before), tuple(now))))  # type: ignore[arg-type]
    names = ("ETH-USD–BTC-USD", "BTC-USD–SPY", "SPY–IWM")
    clear = [part.link for part in links.links if part.ci[1] is not None and part.ci[1] < 0]
    assert clear == [names[broken]]
    assert f"{names[broken]} loosened" in links.finding
    parts = [*(part.share for part in links.links), links.skips.change, links.direct.change]
    assert sum(part or 0.0 for part in parts) == pytest.approx(links.change.change)
    assert (links.now.sessions, links.before.sessions) == (LATELY, 1512)


def test_a_bridge_that_begins_late_and_ends_early_is_judged_where_it_has_bars() -> None:
    market = with_chain(world((0.85, 0.6, 0.85), (0.85, 0.6, 0.85)))
    short = np.where(np.arange(2101) < 400, np.nan, market.context[1].close)
    short[-11:] = np.nan
    cut = replace(market.context[1], close=read_only(short))
    links = judged(replace(market, context=(market.context[0], cut)))
    assert links.last == str(market.sessions[-12].date())
    assert links.left_out == 400 + 11
    assert links.now.last == links.last
    assert f"SPY has no bar after {links.last}" in links.finding
    few = replace(market.context[1], close=read_only(np.where(np.arange(2101) < 1200, np.nan, market.context[1].close)))
    said = judge_links(SignalCache(replace(market, context=(market.context[0], few))), "")
    assert isinstance(said, str)
    assert "900 of the 2100 sessions" in said
    assert f"SPY has no bar before {market.sessions[1200].date()}" in said


def test_bars_that_are_missing_within_a_bridge_are_counted_in_the_finding() -> None:
    market = with_chain(world((0.85, 0.6, 0.85), (0.85, 0.6, 0.85)))
    close = market.context[1].close.copy()
    close[[700, 701, 1500]] = np.nan
    links = judged(replace(market, context=(market.context[0], replace(market.context[1], close=read_only(close)))))
    assert links.left_out == 5  # a missing close takes the return to it and the one from it
    assert "SPY has no bar in 3 sessions between its first and its last" in links.finding
    assert "no bar" not in judged(market).finding


def test_where_no_link_changed_clearly_the_one_that_changed_most_is_named() -> None:
    links = judged(with_chain(world((0.85, 0.6, 0.85), (0.85, 0.57, 0.85))))
    assert [part for part in links.links if part.ci[0] is None or not part.ci[0] < 0 < (part.ci[1] or 0)] == []
    assert links.most == "BTC-USD–SPY"
    assert "BTC-USD–SPY changed most" in links.finding


def test_one_bridge_leaves_no_tie_to_skip_a_link() -> None:
    market = with_chain(world((0.85, 0.6, 0.85), (0.85, 0.3, 0.85)))
    links = judged(replace(market, context=market.context[:1]))
    assert (links.skips.change, links.now.skips, links.before.skips) == (0.0, 0.0, 0.0)
    assert "skip" not in links.finding
    assert links.direct.change != 0.0


@pytest.mark.parametrize(("twin", "said"), [(True, "BTC-USD and SPY"), (False, "SPY did not move")])
def test_a_bridge_of_the_prices_of_another_and_one_that_stands_still_are_named(twin: bool, said: str) -> None:
    market = with_chain(world((0.85, 0.6, 0.85), (0.85, 0.6, 0.85)))
    close = market.context[0].close if twin else read_only(np.full(2101, 100.0))
    text = judge_links(
        SignalCache(replace(market, context=(market.context[0], replace(market.context[1], close=close)))), ""
    )
    assert isinstance(text, str)
    assert said in text


def test_a_run_without_the_prices_of_a_bridge_says_which_file_would_bring_them(tmp_path: Path) -> None:
    frames = demo_frames(edge=False, seed=1, further=("SPY",))
    for ticker in ("ETH-USD", "IWM", "SPY"):
        frames[ticker].rename_axis("Date").to_csv(tmp_path / f"{ticker}.csv")
    split = split_holdout(Study(data=str(tmp_path)))
    assert "BTC-USD.csv" in split.no_chain
    assert split.market.context == ()
    assert split_holdout(Study(data=str(tmp_path), bridges=())).no_chain == ""
    said = judge_links(SignalCache(split.market), split.no_chain)
    assert isinstance(said, str)
    assert "BTC-USD.csv" in said


def test_in_the_demo_no_file_is_named_for_a_bridge_that_it_lacks() -> None:
    why = split_holdout(Study(data="demo", bridges=("XYZ", "SPY"))).no_chain
    assert why == "XYZ is not in the demo, which has BTC-USD and SPY for bridges."


def test_a_bridge_whose_file_is_broken_is_refused_with_the_way_out(tmp_path: Path) -> None:
    frames = demo_frames(edge=False, seed=1, further=("BTC-USD", "SPY"))
    frames["SPY"].loc[frames["SPY"].index[200], "close"] = -1.0
    for ticker, frame in frames.items():
        frame.rename_axis("Date").to_csv(tmp_path / f"{ticker}.csv")
    split = split_holdout(Study(data=str(tmp_path)))
    day = str(frames["SPY"].index[200].date())
    assert split.market.context == ()
    assert "SPY.csv" in split.no_chain
    assert day in split.no_chain
    assert "; " in split.no_chain  # the fault; the remedy


@pytest.mark.parametrize("bridges", [["IWM", "SPY"], ["SPY", "SPY"], ["A", "B", "C", "D", "E"], ["a b\n"]])
def test_bridges_that_make_no_chain_are_refused(bridges: list[str]) -> None:
    with refused(StudyError, name="bridges"):
        Study(bridges=bridges)


@pytest.mark.parametrize("bridges", [["spy", "SPY"], ["iwm", "SPY"]])
def test_bridges_are_told_apart_as_their_prices_are_spelled(bridges: list[str], tmp_path: Path) -> None:
    frames = demo_frames(edge=False, seed=1, further=("SPY",))
    for ticker in ("ETH-USD", "IWM", "SPY"):
        frames[ticker].rename_axis("Date").to_csv(tmp_path / f"{ticker}.csv")
    with refused(StudyError, name="bridges"):
        Study(data=str(tmp_path), bridges=bridges)


def test_a_series_of_ones_own_cannot_be_called_a_bridge() -> None:
    with refused(StudyError, name="context"):
        Study(context={"bridge_1": "^VIX"})


@pytest.mark.slow
def test_the_table_of_known_answers_from_prices(real_folder: Path) -> None:
    study = Study(data=str(real_folder), start=date(2016, 1, 1), end=date(2025, 12, 31))
    links = judged(split_holdout(study).market)
    rows = {year.year: (year.correlation, year.chain, *year.links, year.partial) for year in links.years}
    assert {year: [round(x or 0.0, 2) + 0.0 for x in row] for year, row in rows.items()} == {
        year: pytest.approx(row) for year, row in TABLE.items()
    }
    assert links.follows == "BTC-USD–SPY"
