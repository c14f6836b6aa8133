"""Which link broke? The change of a correlation from one period to another, split into the links of a chain and the rest.

A chain of assets, such as ETH, BTC, SPY, IWM, has a link between each and the next, of correlation r₁, r₂, r₃. Were there
nothing else, the correlation of its ends would be the product of the links (the ends being independent given what lies
between). So, in each period,

    correlation of the ends = chain + direct,    chain = r₁ r₂ r₃,    direct = what no link explains

and the change of the chain is shared among the links as Shapley (1953) shares a gain: the mean, over all orders in which
the links can change one after the other, of what each adds when its turn comes. The shares add up to the change of the
chain exactly, whatever the signs; a split of logarithms would too, but has no meaning where a link is zero or changes
its sign, as BTC-SPY did.

The direct part is not the partial correlation, which `direct_correlation` is: it is in units of the correlation itself.

Intervals are 95 %: the estimate ± CRITICAL HAC standard errors by influence functions, the periods taken as independent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from unlockstep.backtests.stats.correlation_change import Estimate, estimate_of
from unlockstep.signals.long_run import correlation_influence
from unlockstep.signals.market import Floats


@dataclass(frozen=True)
class LinkChange:
    """The change of the correlation of a chain's ends.

    before, now: of the ends.  links_before, links_now: of each link, in the order of the chain.  change: now less before,
    the sum of `links` and `direct`.  partial_before, partial_now: correlation of the ends given all between them.
    NaN where a leg does not vary.
    """

    before: float
    now: float
    links_before: tuple[float, ...]
    links_now: tuple[float, ...]
    partial_before: float
    partial_now: float
    change: Estimate
    links: tuple[Estimate, ...]
    direct: Estimate


@dataclass(frozen=True, eq=False)
class _Correlations:
    """Of the links, then of the ends; and their influence functions, n x (links + 1), of mean zero."""

    values: Floats
    influences: Floats


def link_change(then: Floats, now: Floats) -> LinkChange:
    """Split the change of the correlation of the first and the last column; n x k returns of a chain of k assets.

    k: 3 or more.  The rows of the two periods follow each other in time, none is missing.
    """
    first, second = _correlations(then), _correlations(now)
    links_then, links_now = first.values[:-1], second.values[:-1]
    n_links = len(links_then)
    shares = shapley(links_then, links_now)
    by_then, by_now = _derivatives(links_then, links_now)
    links = tuple(
        estimate_of(shares[i], first.influences[:, :-1] @ by_then[i], second.influences[:, :-1] @ by_now[i])
        for i in range(n_links)
    )
    ends_then, ends_now = first.values[-1], second.values[-1]
    chain_by_then, chain_by_now = _product_derivatives(links_then), _product_derivatives(links_now)
    direct = estimate_of(
        float(ends_now - links_now.prod() - (ends_then - links_then.prod())),
        first.influences[:, -1] - first.influences[:, :-1] @ chain_by_then,
        second.influences[:, -1] - second.influences[:, :-1] @ chain_by_now,
    )
    return LinkChange(
        before=float(ends_then),
        now=float(ends_now),
        links_before=tuple(links_then.tolist()),
        links_now=tuple(links_now.tolist()),
        partial_before=direct_correlation(then),
        partial_now=direct_correlation(now),
        change=estimate_of(float(ends_now - ends_then), first.influences[:, -1], second.influences[:, -1]),
        links=links,
        direct=direct,
    )


def shapley(before: Floats, now: Floats) -> Floats:
    """Each factor's share of the change of a product: the mean over all orders in which the factors change."""
    n = len(before)
    shares = np.zeros(n)
    orders = list(permutations(range(n)))
    for order in orders:
        current = before.astype(float)
        for i in order:
            others = np.delete(current, i).prod()
            shares[i] += (now[i] - before[i]) * others
            current[i] = now[i]
    return shares / len(orders)


def direct_correlation(returns: Floats) -> float:
    """Partial correlation of the first and the last column of n x k returns, given those between; NaN where none varies."""
    ends, between = returns[:, [0, -1]], returns[:, 1:-1]
    design = np.column_stack([np.ones(len(returns)), between])
    left = ends - design @ np.linalg.lstsq(design, ends, rcond=None)[0]
    lengths = np.sqrt((left * left).sum(axis=0))
    return float(left[:, 0] @ left[:, 1] / lengths.prod()) if lengths.min() > 0 else float("nan")


def _correlations(returns: Floats) -> _Correlations:
    u = returns - returns.mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        u = u / u.std(axis=0)
    k = u.shape[1]
    pairs = [*((i, i + 1) for i in range(k - 1)), (0, k - 1)]
    return _Correlations(
        np.array([(u[:, i] * u[:, j]).mean() for i, j in pairs]),
        np.column_stack([correlation_influence(u[:, [i, j]]) for i, j in pairs]),
    )


def _derivatives(before: Floats, now: Floats) -> tuple[Floats, Floats]:
    """(share i by link j before, by link j now), k x k each. Shares are linear in each link, so a difference is exact."""
    n = len(before)
    by_before, by_now = np.empty((n, n)), np.empty((n, n))
    for j in range(n):
        for values, out in ((before, by_before), (now, by_now)):
            ends = []
            for value in (0.0, 1.0):
                changed = values.astype(float)
                changed[j] = value
                ends.append(shapley(changed, now) if values is before else shapley(before, changed))
            out[:, j] = ends[1] - ends[0]
    return by_before, by_now


def _product_derivatives(links: Sequence[float] | Floats) -> Floats:
    """Of the product by each link."""
    values = np.asarray(links, dtype=float)
    return np.array([np.delete(values, j).prod() for j in range(len(values))])
