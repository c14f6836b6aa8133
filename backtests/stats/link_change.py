"""Which link broke? The correlation of a chain's ends, taken apart, in one period and from one period to another.

A chain of assets, such as ETH, BTC, SPY, IWM, has a link between each and the next, of correlation r₁, r₂, r₃. In each
period, exactly,

    correlation of the ends = chain + skips + direct

    chain    r₁ r₂ r₃: what the links make by themselves, each asset being tied to its neighbours only
    direct   what the ends share that nothing between them has: the covariance of their residuals on all bridges, in
             units of the ends' deviations. (The partial correlation is the same in units of the residuals'.)
    skips    the rest: ties that leave out a link, such as ETH to SPY beside what BTC explains. A chain with one asset
             between its ends has none: whatever leaves out a link is direct there

The change of the chain is shared among the links as Shapley (1953) shares a gain: the mean, over all orders in which
the links can change one after the other, of what each adds when its turn comes. The shares add up to the change of the
chain exactly, whatever the signs; a split of logarithms would too, but has no value where a link is zero or changes its
sign, as BTC-SPY did. So the change of the ends is the sum of the links' shares, the skips and the direct part.

A link's share is its change times what the others transmit, so a link can change much and its share be nothing. Which
link changed is therefore read off its own correlation, and what that did off its share.

Intervals are 95 %. Correlations wander with volatility for months though nothing broke, so that errors which look back
a week (HAC with five lags) leave out zero in a fifth to a third of worlds of constant loadings. The influence of each
session on an estimate is averaged over blocks of BLOCK sessions, counted back from the end of each period, and the
blocks' means are compared as two samples with one variance (Ibragimov and Müller 2010): estimate ± WIDER times
Student's quantile with two degrees of freedom less than there are blocks. docs/method.md has how often this leaves out
the truth, and how often the right link is named.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from unlockstep.backtests.stats.correlation_change import Estimate
from unlockstep.signals.chain import partial_correlation
from unlockstep.signals.errors import HistoryError
from unlockstep.signals.long_run import correlation_influence
from unlockstep.signals.market import Floats

BLOCK = 126
"""Sessions of a block: half a year."""

WIDER = 1.25
"""By how much intervals are wider than Student's, for what lasts longer than a block."""


ONE_BETWEEN = 3
"""Assets of the shortest chain, whose ties all go by a link or from end to end."""


@dataclass(frozen=True)
class Chain:
    """One period; NaN where an asset does not vary, or is made up of the others.

    correlation: of the ends.  links: of each asset with the next.  chain, skips, direct: its three parts, which add up.
    partial: correlation of the ends given all between them.
    """

    correlation: float
    links: tuple[float, ...]
    chain: float
    skips: float
    direct: float
    partial: float


@dataclass(frozen=True)
class LinkChange:
    """The change of the correlation of a chain's ends between two periods.

    change: of the ends, the sum of `shares`, `skips` and `direct`.  shares: of each link.
    links: the change of each link's own correlation.
    """

    before: Chain
    now: Chain
    change: Estimate
    links: tuple[Estimate, ...]
    shares: tuple[Estimate, ...]
    skips: Estimate
    direct: Estimate


@dataclass(frozen=True, eq=False)
class _Period:
    """A chain, and the influence of each of its n rows on its figures: each of mean zero."""

    chain: Chain
    of_ends: Floats
    of_links: Floats
    of_direct: Floats


def chain_of(returns: Floats) -> Chain:
    """The chain in one period: n x k returns of k assets in its order, 3 or more, no NaN."""
    return _period(returns).chain


def link_change(before: Floats, now: Floats) -> LinkChange:
    """Split the change of the correlation of the first and the last column; n x k returns of a chain of k assets.

    k: 3 or more.  The rows of each period follow each other in time; no NaN.  Raises HistoryError where a period is
    shorter than two blocks.
    """
    for returns in (before, now):
        if len(returns) < 2 * BLOCK:
            raise HistoryError(
                f"A period of {len(returns)} sessions cannot be compared: it takes {2 * BLOCK}", limit=2 * BLOCK
            )
    first, second = _period(before), _period(now)
    links_before, links_now = np.array(first.chain.links), np.array(second.chain.links)
    shares = shapley(links_before, links_now)
    by_before, by_now = _derivatives(links_before, links_now)
    change = estimate_of(second.chain.correlation - first.chain.correlation, second.of_ends, first.of_ends)
    return LinkChange(
        before=first.chain,
        now=second.chain,
        change=change,
        links=tuple(
            estimate_of(float(links_now[i] - links_before[i]), second.of_links[:, i], first.of_links[:, i])
            for i in range(len(shares))
        ),
        shares=tuple(
            estimate_of(float(shares[i]), second.of_links @ by_now[i], first.of_links @ by_before[i])
            for i in range(len(shares))
        ),
        skips=estimate_of(second.chain.skips - first.chain.skips, _of_skips(second), _of_skips(first)),
        direct=estimate_of(second.chain.direct - first.chain.direct, second.of_direct, first.of_direct),
    )


def changed_most(split: LinkChange) -> int:
    """The place of the link whose own correlation changed most, clearly or not."""
    return int(np.argmax([abs(link.estimate) for link in split.links]))


def estimate_of(value: float, now: Floats, before: Floats) -> Estimate:
    """The value and its interval, from the influences of the sessions of two periods, which add up to zero in each."""
    from scipy.stats import t as student

    means = [x[len(x) % BLOCK :].reshape(-1, BLOCK).mean(axis=1) for x in (now, before)]
    freedom = sum(len(each) for each in means) - 2
    variance = sum(float(((each - each.mean()) ** 2).sum()) for each in means) / freedom
    error = np.sqrt(variance * sum(1.0 / len(each) for each in means))
    half = float(WIDER * student.ppf(0.975, freedom) * error)
    return Estimate(value, (value - half, value + half))


def shapley(before: Floats, now: Floats) -> Floats:
    """Each factor's share of the change of a product: the mean over all orders in which the factors change."""
    n = len(before)
    shares = np.zeros(n)
    orders = list(permutations(range(n)))
    for order in orders:
        current = before.astype(float)
        for i in order:
            shares[i] += (now[i] - before[i]) * np.delete(current, i).prod()
            current[i] = now[i]
    return shares / len(orders)


def _period(returns: Floats) -> _Period:
    u = returns - returns.mean(axis=0)
    if not (np.ptp(returns, axis=0) > 0).all():
        return _nothing(*returns.shape)
    u = u / u.std(axis=0)
    correlations = u.T @ u / len(u)
    ends = [0, u.shape[1] - 1]
    of_links = np.column_stack([correlation_influence(u[:, [i, i + 1]]) for i in range(u.shape[1] - 1)])
    links = np.diag(correlations, 1)
    partial = float(partial_correlation(correlations))
    left = _residuals(u) if np.isfinite(partial) else np.full((len(u), 2), np.nan)
    product = left.prod(axis=1)
    direct, chain = float(product.mean()), float(links.prod())
    correlation = float(correlations[0, -1])
    skips = correlation - chain - direct if u.shape[1] > ONE_BETWEEN else 0.0
    return _Period(
        Chain(correlation, tuple(links.tolist()), chain, skips, direct, partial),
        of_ends=correlation_influence(u[:, ends]),
        of_links=of_links,
        # the coefficients of the regressions are at their optimum, so that their errors add nothing to first order
        of_direct=product - direct * (u[:, ends] ** 2).sum(axis=1) / 2.0,
    )


def _nothing(rows: int, assets: int) -> _Period:
    """A period in which an asset does not vary."""
    nan = float("nan")
    chain = Chain(nan, (nan,) * (assets - 1), nan, nan, nan, nan)
    nothing = np.full(rows, nan)
    return _Period(chain, nothing, np.full((rows, assets - 1), nan), nothing)


def _residuals(u: Floats) -> Floats:
    """The first and the last of n x k standardised columns less what those between explain, n x 2."""
    ends, between = u[:, [0, -1]], u[:, 1:-1]
    return np.asarray(ends - between @ np.linalg.lstsq(between, ends, rcond=None)[0])


def _of_skips(period: _Period) -> Floats:
    links = np.array(period.chain.links)
    if len(links) + 1 == ONE_BETWEEN:
        return np.zeros(len(period.of_ends))
    by_link = np.array([np.delete(links, j).prod() for j in range(len(links))])
    return np.asarray(period.of_ends - period.of_links @ by_link - period.of_direct)


def _derivatives(before: Floats, now: Floats) -> tuple[Floats, Floats]:
    """(share i by link j before, by link j now), k x k each; a share is linear in each link: differences are exact."""
    n = len(before)
    by_before, by_now = np.empty((n, n)), np.empty((n, n))
    for j in range(n):
        others, link = np.arange(n) != j, (np.arange(n) == j).astype(float)
        by_before[:, j] = shapley(before * others + link, now) - shapley(before * others, now)
        by_now[:, j] = shapley(before, now * others + link) - shapley(before, now * others)
    return by_before, by_now
