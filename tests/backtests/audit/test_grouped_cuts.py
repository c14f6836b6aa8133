"""Many cuts in one computation: every session is cut after, by few of them, and nobody is accused for a memory."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.build import random_market
from unlockstep.backtests.audit.grouped_cuts import GroupedCuts, Memory, Way, memory_of
from unlockstep.backtests.audit.perturbations import BRIEF, WHOLE, futures, prices_of
from unlockstep.backtests.audit.probes import PATTERNS, Search
from unlockstep.backtests.audit.target import Observed
from unlockstep.signals import Market

EXTREMES = Way((WHOLE, "crash", "moon"))
MARKET = random_market(4, 900)
CUTS = range(60, 880)

Column = Callable[["pd.Series[float]"], Any]


def search_of(column: Column) -> Search:
    def observe(market: Market) -> Observed:
        return Observed(np.asarray(column(market.log_returns["crypto"]), dtype=float)[:, None], ("column",))

    return Search(observe, (MARKET,), (observe(MARKET),), 60, 7)


def covered(search: Search, memory: int, way: Way = EXTREMES) -> list[int]:
    return sorted(
        cut for cuts in GroupedCuts(search, 0, CUTS, memory).cover(lambda _: way, lambda: False) for cut in cuts
    )


def test_prices_after_a_brief_future_are_what_they_were_and_the_last_one_goes_on_to_the_end() -> None:
    was, other = prices_of(MARKET), prices_of(futures(MARKET, (100, 400), "crash"))
    altered = np.flatnonzero((was != other).all(axis=1))
    np.testing.assert_array_equal(altered, [*range(101, 101 + BRIEF), *range(401, 900)])
    brief = np.flatnonzero((was != prices_of(futures(MARKET, (100,), "brief moon"))).all(axis=1))
    np.testing.assert_array_equal(brief, range(101, 101 + BRIEF))


@pytest.mark.parametrize(
    ("column", "sessions"),
    [
        (lambda r: r.rolling(20).mean(), 20),  # the return back is one more
        (lambda r: r, 1),
        (lambda r: r.expanding().mean(), 0),  # of log moves, which prices that come back undo
        (lambda r: r.expanding().std(), None),
        (lambda r: r.cumsum().cummax(), None),
    ],
    ids=["window", "none", "mean", "deviation", "highest"],
)
def test_a_memory_is_measured(column: Column, sessions: int | None) -> None:
    assert memory_of(search_of(column), 0, CUTS) == (None if sessions is None else Memory(sessions, CUTS[0]))


def test_years_on_which_a_model_is_trained_are_remembered_and_what_comes_later_is_not() -> None:
    memory = memory_of(search_of(lambda r: r.rolling(20).mean() / r.iloc[70:200].std()), 0, CUTS)
    assert memory is not None
    assert memory.sessions == 20
    assert 200 < memory.since < 500


def test_every_session_is_cut_after_by_few_computations() -> None:
    search = search_of(lambda r: r.rolling(20).mean())
    assert covered(search, 20) == list(CUTS)
    assert search.differences == []
    assert search.computed < len(CUTS) / 5


@pytest.mark.parametrize("session", [61, 300, 433, 878])
@pytest.mark.parametrize("ahead", [1, 25])
def test_a_leak_on_a_single_session_is_seen(session: int, ahead: int) -> None:
    def column(r: "pd.Series[float]") -> Any:
        later = r.shift(-ahead)
        return r.rolling(5).mean().where(np.arange(len(r)) != session, later)

    search = search_of(column)
    list(covered(search, 6))
    if session + ahead < len(MARKET.sessions):
        assert {int(np.flatnonzero(d.changed[:, 0])[0]) for d in search.differences} == {session}
        assert all(d.pair.cut - session < ahead for d in search.differences)


def test_a_state_that_is_remembered_longer_now_and_then_is_no_leak() -> None:
    def column(r: "pd.Series[float]") -> Any:
        state, out = 0.0, []
        for value in r.rolling(10).sum().to_numpy():
            state = 1.0 if value > 0.1 else 0.0 if value < -0.1 else state
            out.append(state)
        return out

    search = search_of(column)
    assert len(covered(search, 30)) > len(CUTS) / 2
    assert search.differences == []


def test_the_history_is_bisected_around_years_that_are_never_forgotten() -> None:
    def column(r: "pd.Series[float]") -> Any:
        return (r.rolling(5).mean() / r.iloc[100:180].std()).where(np.arange(len(r)) >= 180)

    search = search_of(column)
    assert set(range(500, 880)) < set(covered(search, 5))
    assert search.differences == []


def test_code_that_never_forgets_is_left_to_other_tries_soon() -> None:
    search = search_of(lambda r: r.expanding().std())
    assert len(covered(search, 30)) < len(CUTS) / 4
    assert search.computed < 200
    assert search.differences == []


def test_a_back_fill_is_seen_after_holes_before_every_cut() -> None:
    search = search_of(lambda r: r.replace(0.0, np.nan).bfill())
    flat = next(pattern for pattern in PATTERNS if pattern[0] == "the last bar" and not pattern[1])
    covered(search, 2, Way(("crash", "moon"), flat))
    assert search.differences
    assert all(d.pair.holes == flat for d in search.differences)
