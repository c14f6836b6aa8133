"""The chain between two legs: its parts add up, and each is what a hand or a plain loop makes of it."""

from itertools import permutations

import numpy as np
import pytest

from tests.refusals import refused
from unlockstep.backtests.stats.link_change import BLOCK, WIDER, Chain, chain_of, link_change, shapley
from unlockstep.signals.errors import HistoryError
from unlockstep.signals.market import Floats


def chained(links: tuple[float, ...], sessions: int, seed: int, *, skip: float = 0.0) -> Floats:
    """Each asset its neighbour times a link and noise; the last one also `skip` times the second."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((sessions, len(links) + 1))
    columns = [noise[:, 0]]
    for i, link in enumerate(links):
        columns.append(link * columns[-1] + np.sqrt(1 - link**2) * noise[:, i + 1])
    columns[-1] = columns[-1] + skip * columns[1]
    return np.column_stack(columns)


def by_hand(returns: Floats) -> Chain:
    """The same in plain words: correlations, and residuals of regressions with a constant."""
    n, k = returns.shape
    corr = np.asarray(np.corrcoef(returns.T))
    links = tuple(corr[i, i + 1] for i in range(k - 1))
    design = np.column_stack([np.ones(n), returns[:, 1:-1]])
    left = [y - design @ np.linalg.solve(design.T @ design, design.T @ y) for y in (returns[:, 0], returns[:, -1])]
    direct = (left[0] @ left[1]) / n / returns[:, 0].std() / returns[:, -1].std()
    chain = float(np.prod(links))
    partial = (left[0] @ left[1]) / np.sqrt((left[0] @ left[0]) * (left[1] @ left[1]))
    return Chain(corr[0, -1], links, chain, corr[0, -1] - chain - direct, direct, partial)


@pytest.mark.parametrize("links", [(0.8, 0.4), (0.85, 0.4, 0.85), (0.9, -0.3, 0.7, 0.2)])
def test_a_chain_is_what_regressions_make_of_it(links: tuple[float, ...]) -> None:
    returns = chained(links, 700, 1, skip=0.3)
    ours, theirs = chain_of(returns), by_hand(returns)
    assert ours.links == pytest.approx(theirs.links)
    for name in ("correlation", "chain", "skips", "direct", "partial"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), abs=1e-12)


def test_in_a_pure_chain_nothing_but_the_links_carries_and_a_tie_that_skips_one_is_told() -> None:
    pure, tied = (
        chain_of(chained((0.8, 0.5, 0.9), 200_000, 2)),
        chain_of(chained((0.8, 0.5, 0.9), 200_000, 2, skip=0.5)),
    )
    assert (pure.chain, pure.skips, pure.direct) == pytest.approx((0.36, 0.0, 0.0), abs=0.01)
    assert tied.skips > 0.05
    assert tied.direct == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("signs", [(1, 1, 1), (1, -1, 1), (-1, 1, -1)])
def test_the_parts_of_a_change_add_up_whatever_the_signs(signs: tuple[int, int, int]) -> None:
    before = chained((0.8, 0.1, 0.9), 600, 3)
    now = chained(tuple(s * x for s, x in zip(signs, (0.5, 0.6, 0.7), strict=True)), 400, 4, skip=0.2)
    split = link_change(before, now)
    parts = [*split.shares, split.skips, split.direct]
    assert sum(part.estimate for part in parts) == pytest.approx(split.change.estimate, abs=1e-12)
    assert split.change.estimate == pytest.approx(split.now.correlation - split.before.correlation)


def test_a_shapley_share_is_the_mean_over_all_orders() -> None:
    # v(S): the product with the links of S as they are now; by the definition of Shapley (1953)
    before, now = np.array([0.8, -0.1, 0.9]), np.array([0.7, 0.4, 0.95])

    def product(changed: tuple[int, ...]) -> float:
        return float(np.prod([now[i] if i in changed else before[i] for i in range(3)]))

    expected = np.zeros(3)
    for order in permutations(range(3)):
        for place, i in enumerate(order):
            expected[i] += (product(order[: place + 1]) - product(order[:place])) / 6
    assert shapley(before, now) == pytest.approx(expected)
    assert shapley(np.array([0.5, 0.0]), np.array([0.5, 0.2])) == pytest.approx([0.0, 0.1])


def test_an_interval_is_that_of_two_samples_of_block_means() -> None:
    """Of a link's own change, whose influence is u v − r (u² + v²) / 2, with blocks from the end of each period."""
    before, now = chained((0.8, 0.4), 3 * BLOCK + 50, 5), chained((0.8, 0.4), 2 * BLOCK + 7, 6)
    means = []
    for returns in (now, before):
        u = (returns - returns.mean(axis=0)) / returns.std(axis=0)
        r = float((u[:, 0] * u[:, 1]).mean())
        influence = u[:, 0] * u[:, 1] - r * (u[:, 0] ** 2 + u[:, 1] ** 2) / 2
        blocks = range(len(u) // BLOCK)
        means.append([influence[len(u) - (b + 1) * BLOCK : len(u) - b * BLOCK].mean() for b in blocks])
    squares = sum(sum((x - np.mean(each)) ** 2 for x in each) for each in means)
    error = np.sqrt(squares / 3 * (1 / 2 + 1 / 3))
    link = link_change(before, now).links[0]
    assert link.ci[1] - link.estimate == pytest.approx(WIDER * 3.182446 * error, rel=1e-6)  # Student's t, 3 degrees


def test_a_period_of_less_than_two_blocks_is_refused() -> None:
    returns = chained((0.8, 0.4), 3 * BLOCK, 7)
    with refused(HistoryError, limit=2 * BLOCK):
        link_change(returns, returns[: 2 * BLOCK - 1])


def test_an_asset_that_stands_still_has_no_chain() -> None:
    returns = chained((0.8, 0.4), 300, 8)
    returns[:, 1] = 0.01
    assert np.isnan(chain_of(returns).direct)
    assert np.isnan(chain_of(returns).partial)
