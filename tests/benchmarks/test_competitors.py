"""Every competitor does the same work with the same result, and the work is what a careful accountant would do."""

from typing import Any

import numpy as np
import pytest

from benchmarks import check, variants
from benchmarks.competitors.field import FIELD, LOOP, Competitor, competitor_of
from benchmarks.markets import long_market
from benchmarks.work import CAPITAL, FEE, YEAR, Outcome, Work
from tests.oracle.accounting import Tariff, keep_books
from unlockstep.signals.market import Market

SESSIONS = 500


@pytest.fixture(scope="module")
def market() -> Market:
    return long_market(variants.OPENING + SESSIONS)


@pytest.fixture(scope="module")
def work(market: Market) -> Work:
    """Variants of the strategies."""
    return variants.prepare(market, 8)


@pytest.fixture(scope="module")
def rotations(work: Work) -> Work:
    """Random shares of the account that leave no cash, ordered now and then: sells pay for buys that must be cut."""
    rng = np.random.default_rng(3)
    targets = np.full((SESSIONS, 6, 2), np.nan)
    crypto = rng.uniform(0, 1, (SESSIONS, 6))
    ordered = rng.uniform(0, 1, (SESSIONS, 6)) < 0.1
    ordered[:1] = False
    targets[ordered] = np.stack([crypto[ordered], 1.0 - crypto[ordered]], axis=1)
    return Work(work.dates, work.prices, targets, work.tickers)


def by_hand(work: Work) -> Outcome:
    """The oracle's answer, which shares no code with anybody."""
    closes = [(float(crypto), float(equity)) for crypto, equity in work.prices]
    sharpe, final = [], []
    for column in range(work.variants):
        rows = np.flatnonzero(np.isfinite(work.targets[:, column, 0]))
        targets = {int(row): (float(work.targets[row, column, 0]), float(work.targets[row, column, 1])) for row in rows}
        books = keep_books(closes, closes, targets, fill="close", lag=0, tariff=Tariff(fee=(FEE, FEE)), capital=CAPITAL)
        returns = np.array(books.returns)
        sharpe.append(returns.mean() / returns.std(ddof=1) * np.sqrt(YEAR) if returns.any() else np.nan)
        final.append(books.values[-1])
    return Outcome(np.array(sharpe), np.array(final))


@pytest.mark.parametrize("kind", ["work", "rotations"])
def test_the_plain_loop_and_the_engine_keep_the_books_of_the_oracle(
    kind: str, market: Market, request: pytest.FixtureRequest
) -> None:
    task: Work = request.getfixturevalue(kind)
    expected = by_hand(task)
    for answer in (competitor_of(LOOP).simulate(task), check.reference(market, task)):
        assert check.difference(answer, expected).within(check.EQUAL)


COMPILED = "broadcast_numba_250"
"""To compile this one takes the time of a hundred others."""


def marked(competitor: Competitor) -> Any:
    slow = [pytest.mark.slow] if competitor.key == COMPILED else []
    return pytest.param(competitor, marks=slow, id=competitor.key)


@pytest.mark.filterwarnings("ignore")  # what other libraries warn of at import is theirs
@pytest.mark.parametrize(
    "competitor",
    [marked(c) for c in FIELD],
)
def test_a_competitor_agrees_with_the_engine(competitor: Competitor, market: Market, work: Work) -> None:
    pytest.importorskip(competitor.package)
    part = competitor.given(work)
    simulated = check.difference(competitor.simulate(part), check.reference(market, part))
    assert simulated.within(competitor.allowed), simulated


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "competitor",
    [marked(c) for c in FIELD if c.allowed == check.EQUAL],
)
def test_sells_pay_for_buys_and_buys_are_cut_to_the_cash(
    competitor: Competitor, market: Market, rotations: Work
) -> None:
    pytest.importorskip(competitor.package)
    simulated = check.difference(competitor.simulate(rotations), check.reference(market, rotations))
    assert simulated.within(check.EQUAL), simulated


def test_an_account_that_never_trades_has_no_sharpe_ratio(market: Market, work: Work) -> None:
    idle = Work(work.dates, work.prices, np.full((SESSIONS, 2, 2), np.nan), work.tickers)
    for key in (LOOP, "broadcast_rust_50", "own_metrics"):
        answer = competitor_of(key).simulate(idle)
        assert np.isnan(answer.sharpe).all()
        assert (answer.final == CAPITAL).all()


def test_a_wrong_answer_is_seen() -> None:
    right = Outcome(np.array([1.0, np.nan]), np.array([2.0, CAPITAL]))
    assert check.difference(right, right).within(check.EQUAL)
    for wrong in (
        Outcome(np.array([1.0 + 1e-8, np.nan]), right.final),
        Outcome(np.array([1.0, 0.0]), right.final),
        Outcome(right.sharpe, np.array([2.0 + 1e-8, CAPITAL])),
    ):
        assert not check.difference(wrong, right).within(check.EQUAL)
