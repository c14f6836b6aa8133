"""The book of many pairs: shares known before they are held, and accounts held to books kept by hand."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from tests.oracle.accounting import Tariff, keep_books
from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.backtests.engine.book import FEWEST, LOOK_BACK, QUIET, book_returns, equal_risk

SESSIONS = sessions_between(pd.Timestamp("2015-01-02"), pd.Timestamp("2018-12-31"))
BEGINS = (0, 300, 0, 511)
ENDS = (len(SESSIONS), len(SESSIONS), 700, len(SESSIONS))
"""First and last session of each pair: two are there from the beginning, and one of these ends early."""


def drawn(seed: int, deviations: tuple[float, ...] = (0.01, 0.02, 0.005, 0.03)) -> pd.DataFrame:
    """T x P returns, NaN outside the sessions of each pair."""
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(draw.standard_normal((len(SESSIONS), len(deviations))) * deviations, index=SESSIONS)
    for pair, (begin, end) in enumerate(zip(BEGINS, ENDS, strict=True)):
        frame.iloc[:begin, pair] = np.nan
        frame.iloc[end:, pair] = np.nan
    return frame


def shares_by_hand(equal_mix: pd.DataFrame) -> dict[int, tuple[float, ...]]:
    """Number of the session of the fill → shares, from a loop over sessions that sees nothing after each."""
    returns, months = equal_mix.to_numpy(), SESSIONS.month.tolist()
    pairs = range(returns.shape[1])
    decided: dict[int, tuple[float, ...]] = {}
    last: dict[int, float] = {}
    for number, (before, month) in enumerate(pairwise(months), 1):
        for pair in pairs:
            window = [r for r in returns[max(0, number - LOOK_BACK + 1) : number + 1, pair].tolist() if r == r]
            if len(window) >= FEWEST:
                mean = sum(window) / len(window)
                last[pair] = (sum((r - mean) ** 2 for r in window) / (len(window) - 1)) ** 0.5
            if number >= ENDS[pair] - 1 + QUIET:
                last.pop(pair, None)
        if last and (month != before or not decided) and number + 1 < len(SESSIONS):
            inverse = [1.0 / last[pair] if pair in last else 0.0 for pair in pairs]
            decided[number + 1] = tuple(one / sum(inverse) for one in inverse)
    return decided


@pytest.fixture(scope="module")
def equal_mix() -> pd.DataFrame:
    return drawn(1)


def test_shares_are_inverse_volatilities_of_the_sessions_before_set_monthly(equal_mix: pd.DataFrame) -> None:
    shares = equal_risk(SESSIONS, equal_mix)
    expected = pd.DataFrame(np.nan, SESSIONS, equal_mix.columns)
    for number, row in shares_by_hand(equal_mix).items():
        expected.iloc[number] = row
    pd.testing.assert_frame_equal(shares, expected, rtol=1e-9, check_freq=False)
    first = int(np.flatnonzero(shares.notna().all(axis=1))[0])
    assert first == FEWEST  # FEWEST returns are known at the close of session FEWEST - 1, and filled the session after


@pytest.mark.parametrize("factor", [30.0, float("nan")], ids=["wild", "gone"])
def test_the_future_changes_no_share_that_is_held_by_then(equal_mix: pd.DataFrame, factor: float) -> None:
    shares = equal_risk(SESSIONS, equal_mix)
    turns = np.flatnonzero(shares.notna().all(axis=1))
    for fill in (turns[0], turns[7], turns[20]):
        altered = equal_mix.copy()
        altered.iloc[fill:] *= factor  # the session of the fill itself is not known when it is decided
        again = equal_risk(SESSIONS, altered)
        pd.testing.assert_frame_equal(again.iloc[: fill + 1], shares.iloc[: fill + 1])
        assert factor != 30.0 or not again.iloc[fill + 1 :].equals(shares.iloc[fill + 1 :])


def test_the_book_agrees_with_books_kept_by_hand(equal_mix: pd.DataFrame) -> None:
    cost_bps = np.array([0.0, 4.0, 25.0, 10.0])
    books = (drawn(2), drawn(3))  # of two strategies, each with an account on every pair
    accounts = [
        pd.DataFrame({"one": books[0][pair], "two": books[1][pair]}).iloc[BEGINS[pair] : ENDS[pair]]
        for pair in range(len(BEGINS))
    ]
    returns = book_returns(equal_risk(SESSIONS, equal_mix), accounts, cost_bps)
    fee = tuple(float(cost) / 1e4 for cost in cost_bps)
    for number, name in enumerate(("one", "two")):
        values: list[list[float]] = [[1.0] * 4]
        for row in books[number].fillna(0.0).to_numpy()[1:]:
            values.append([before * (1.0 + moved) for before, moved in zip(values[-1], row.tolist(), strict=True)])
        closes = [tuple(row) for row in values]
        by_hand = keep_books(
            closes, closes, shares_by_hand(equal_mix), fill="close", lag=0,
            tariff=Tariff(fee, (0.0,) * 4), capital=100.0,
        )  # fmt: skip
        assert len(by_hand.trades) > 100
        np.testing.assert_allclose(returns[name], by_hand.returns, rtol=0, atol=1e-9)


def test_an_account_earns_nothing_for_a_book_that_does_not_hold_it_yet() -> None:
    equal_mix = drawn(4)
    quiet = pd.DataFrame({"one": np.zeros(len(SESSIONS))}, index=SESSIONS)
    accounts = [quiet.copy() for _ in equal_mix]
    fill = int(np.flatnonzero(equal_risk(SESSIONS, equal_mix).notna().all(axis=1))[0])
    accounts[0].iloc[fill] = 0.5  # earned up to the close at which the book buys
    accounts[2].iloc[fill + 1] = 0.1  # earned after it
    returns = book_returns(equal_risk(SESSIONS, equal_mix), accounts, np.zeros(4))["one"]
    share = equal_risk(SESSIONS, equal_mix).to_numpy()[fill, 2]
    assert returns.iloc[fill - 1] == pytest.approx(0.0, abs=1e-12)
    assert returns.iloc[fill] == pytest.approx(0.1 * share, abs=1e-9)
