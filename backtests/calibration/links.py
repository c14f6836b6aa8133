"""How often the links of a chain are found to have changed, in worlds in which they did not and in which one did.

    python -m unlockstep.backtests.calibration.links [WORLDS [DATA]]

prints the tables of docs/method.md, "Which link broke?", from WORLDS worlds of each kind (1,000 unless told). DATA: a
folder with ETH-USD, BTC-USD, SPY and IWM, whose returns are resampled in blocks; without it these worlds are left out.
It takes ten minutes of one core and gives the same figures each time. Shares come with exact 95 % intervals.

    correlations  each asset has GARCH-t volatility of its own, and correlations are constant
    loadings      each asset is its neighbour times a constant and a GARCH-t innovation of its own, so that correlations
                  wander with volatility
    factors       three GARCH-t factors (world, crypto, small caps) and constant loadings: correlations wander, too
    resampled     blocks of 5, 20 or 60 sessions of the given returns, in a circle
"""

import sys
from collections.abc import Callable, Iterator

import numpy as np

from unlockstep.backtests.calibration.rate import Rate
from unlockstep.backtests.calibration.worlds import ALPHA, BETA, BURN_IN, FREEDOM, WILDEST
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.results.holdout import split_holdout
from unlockstep.backtests.results.statements.s3b_links import BEFORE, LATELY
from unlockstep.backtests.stats.correlation_change import Estimate
from unlockstep.backtests.stats.link_change import LinkChange, changed_most, link_change
from unlockstep.signals.chain import chain_returns
from unlockstep.signals.market import Floats

WORLDS, SEED = 1000, 21
HARDER = (0.12, 0.86)
"""GARCH parameters with harder clusters of volatility."""

Links = tuple[float, float, float]
STEADY: Links = (0.85, 0.4, 0.85)
"""Near those of ETH-BTC, BTC-SPY and SPY-IWM, 2018 to 2025."""

BTC_SHARE = 0.95
"""Of BTC's variance that the crypto factor makes, in `factors`."""

World = Callable[[np.random.Generator, Links, Links], Floats]
"""(generator, links before, links lately) → BEFORE + LATELY x 4 returns."""

CHANGES: tuple[tuple[str, int, Links, Links], ...] = (
    ("ETH–BTC from 0.85 to 0.55", 0, STEADY, (0.55, 0.4, 0.85)),
    ("BTC–SPY from 0.45 to 0.15", 1, (0.85, 0.45, 0.85), (0.85, 0.15, 0.85)),
    ("BTC–SPY from 0.15 to 0.45", 1, (0.85, 0.15, 0.85), (0.85, 0.45, 0.85)),
    ("SPY–IWM from 0.85 to 0.55", 2, STEADY, (0.85, 0.4, 0.55)),
)
"""What is planted, the number of the link, and the links before and lately."""

PARTS = ("ETH–BTC", "BTC–SPY", "SPY–IWM", "share 1", "share 2", "share 3", "skips", "direct", "the whole")


def volatility(shocks: Floats, alpha: float, beta: float) -> Floats:
    """T x m volatilities, each made by its own column of T x m shocks of variance one."""
    variance, paths = np.ones(shocks.shape[1]), np.empty_like(shocks)
    for t, shock in enumerate(shocks):
        paths[t] = variance
        variance = np.minimum(WILDEST, 1.0 - alpha - beta + (alpha * shock**2 + beta) * variance)
    return np.sqrt(paths)


def _shocks(rng: np.random.Generator, assets: int) -> Floats:
    drawn = rng.standard_t(FREEDOM, (BURN_IN + BEFORE + LATELY, assets))
    return np.asarray(drawn * np.sqrt((FREEDOM - 2.0) / FREEDOM))


def _chained(innovations: Floats, links: Links) -> Floats:
    """Each asset its neighbour times the link, and an innovation of its own, of variance one together."""
    columns = [innovations[:, 0]]
    for link, innovation in zip(links, innovations[:, 1:].T, strict=True):
        columns.append(link * columns[-1] + np.sqrt(1.0 - link**2) * innovation)
    return np.column_stack(columns)


def _in_two(innovations: Floats, before: Links, lately: Links, make: Callable[[Floats, Links], Floats]) -> Floats:
    split = len(innovations) - LATELY
    return np.vstack([make(innovations[:split], before), make(innovations[split:], lately)])


def constant_correlations(alpha: float, beta: float) -> World:
    """Worlds of constant correlations."""

    def make(rng: np.random.Generator, before: Links, lately: Links) -> Floats:
        shocks = _in_two(_shocks(rng, 4), before, lately, _chained)
        return np.asarray((shocks * volatility(shocks, alpha, beta))[BURN_IN:])

    return make


def constant_loadings(alpha: float, beta: float) -> World:
    """Worlds of constant loadings on the neighbour."""

    def make(rng: np.random.Generator, before: Links, lately: Links) -> Floats:
        shocks = _shocks(rng, 4)
        return _in_two((shocks * volatility(shocks, alpha, beta))[BURN_IN:], before, lately, _chained)

    return make


def three_factors(alpha: float, beta: float) -> World:
    """Worlds of constant loadings on three factors."""

    def assets(columns: Floats, links: Links) -> Floats:
        world, crypto, small, of_eth, of_btc = columns.T
        coins = links[1] / np.sqrt(BTC_SHARE) * world + np.sqrt(1.0 - links[1] ** 2 / BTC_SHARE) * crypto
        eth_share = links[0] / np.sqrt(BTC_SHARE)
        return np.column_stack(
            [
                eth_share * coins + np.sqrt(1.0 - eth_share**2) * of_eth,
                np.sqrt(BTC_SHARE) * coins + np.sqrt(1.0 - BTC_SHARE) * of_btc,
                world,
                links[2] * world + np.sqrt(1.0 - links[2] ** 2) * small,
            ]
        )

    def make(rng: np.random.Generator, before: Links, lately: Links) -> Floats:
        shocks = _shocks(rng, 5)
        shocks[:, :3] *= volatility(shocks[:, :3], alpha, beta)
        return _in_two(shocks[BURN_IN:], before, lately, assets)

    return make


def resampled(returns: Floats, block: int) -> World:
    """Worlds of blocks of given returns, whatever the links."""

    def make(rng: np.random.Generator, _before: Links, _lately: Links) -> Floats:
        starts = rng.integers(len(returns), size=-(-(BEFORE + LATELY) // block))
        rows = (starts[:, None] + np.arange(block)).ravel()[: BEFORE + LATELY]
        return np.asarray(returns[rows % len(returns)])

    return make


def _left_out(split: LinkChange) -> list[bool]:
    parts: list[Estimate] = [*split.links, *split.shares, split.skips, split.direct, split.change]
    return [part.ci[0] > 0.0 or part.ci[1] < 0.0 for part in parts]


def _seen(split: LinkChange, link: int) -> list[bool]:
    """Whether that link changed clearly, whether another did, and whether that link changed most."""
    clear = _left_out(split)[: len(split.links)]
    return [clear[link], any(np.delete(clear, link)), changed_most(split) == link]


def _splits(make: World, before: Links, lately: Links, worlds: int) -> Iterator[LinkChange]:
    rng = np.random.default_rng(SEED)
    for _ in range(worlds):
        returns = make(rng, before, lately)
        yield link_change(returns[:BEFORE], returns[BEFORE:])


def _share(hits: np.ndarray) -> str:
    rate = Rate.of(int(hits.sum()), len(hits))
    return f"{100 * rate.share:.1f} [{100 * rate.low:.1f}, {100 * rate.high:.1f}]"


def sizes(worlds: int, data: str | None) -> Iterator[tuple[str, ...]]:
    """Share of worlds without a change in which the interval of each part leaves out zero."""
    yield "No link changed, % found", *PARTS
    kinds: dict[str, World] = {
        "correlations": constant_correlations(ALPHA, BETA),
        "correlations, harder": constant_correlations(*HARDER),
        "loadings": constant_loadings(ALPHA, BETA),
        "factors": three_factors(ALPHA, BETA),
        "factors, harder": three_factors(*HARDER),
    }
    if data is not None:
        market = split_holdout(Study(data=data, end="2025-12-31")).market
        returns = chain_returns(market, len(STEADY) - 1)
        kinds |= {f"resampled, {block}": resampled(returns, block) for block in (5, 20, 60)}
    for name, make in kinds.items():
        left_out = np.array([_left_out(split) for split in _splits(make, STEADY, STEADY, worlds)])
        yield name, *map(_share, left_out.T)


def powers(worlds: int) -> Iterator[tuple[str, ...]]:
    """Share of worlds with one changed link in which it changed clearly, another did, and it changed most."""
    kinds = {
        "correlations": constant_correlations(ALPHA, BETA),
        "loadings": constant_loadings(ALPHA, BETA),
        "factors": three_factors(ALPHA, BETA),
    }
    heads = ("it clearly", "another clearly", "it most")
    yield "One link changed, % named", *(f"{kind}: {who}" for kind in kinds for who in heads)
    for name, link, before, lately in CHANGES:
        cells: list[str] = []
        for make in kinds.values():
            seen = np.array([_seen(split, link) for split in _splits(make, before, lately, worlds)])
            cells += map(_share, seen.T)
        yield name, *cells


def main(worlds: int, data: str | None = None) -> None:
    """Print both tables, as Markdown."""
    for table in (sizes(worlds, data), powers(worlds)):
        for number, row in enumerate(table):
            print("| " + " | ".join(row) + " |", flush=True)  # noqa: T201
            if number == 0:
                print("|---" * len(row) + "|")  # noqa: T201
        print()  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else WORLDS, *sys.argv[2:3])
