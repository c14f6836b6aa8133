"""The chain between the legs: the correlation of each link, of their product, and of what no link explains.

ETH and small caps may move together only because ETH moves with BTC, BTC with SPY and SPY with IWM. The assets between
the legs are bridges, in the order of the chain, which a study names (`bridges`); a market holds them as the series
`bridge_1`, `bridge_2` … of its context. All returns are daily log returns on the sessions of the market, of what is
known when the session is decided.
"""

from itertools import pairwise
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from unlockstep.signals.context import BRIDGE as BRIDGE
from unlockstep.signals.correlation import Window
from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.rolling import align, pearson, windows
from unlockstep.signals.signal import Signal

MOST_BRIDGES = 4
"""Assets between the legs at most: the orders in which links can change grow as their factorial."""

SINGULAR = 1e-10
"""A correlation matrix whose determinant is smaller has a leg, or a bridge, that the others make up."""


def bridge_names(bridges: int) -> tuple[str, ...]:
    """What that many bridges are called in a market's context, in the order of the chain."""
    return tuple(f"{BRIDGE}{number + 1}" for number in range(bridges))


def bridges_of(market: Market) -> tuple[str, ...]:
    """The tickers of the market's bridges, in the order of the chain; empty where it has none."""
    sources = {series.name: series.source for series in market.context if series.name.startswith(BRIDGE)}
    return tuple(sources[name] for name in bridge_names(len(sources)))


def chain_returns(market: Market, bridges: int) -> Floats:
    """T - 1 x (bridges + 2) log returns of the chain from the first leg to the second; NaN where a bridge has no bar.

    Raises StudyError where the market has fewer bridges.
    """
    between = [market.context_series(name).close for name in bridge_names(bridges)]
    closes = np.column_stack([market.crypto.close, *between, market.equity.close])
    return np.asarray(np.diff(np.log(closes), axis=0))


def partial_correlation(correlations: Floats) -> Floats:
    """... partial correlations of the first and the last of m variables given the others, of ... x m x m correlations.

    NaN where a correlation is, and where one variable is made up of the others.
    """
    usable: NDArray[np.bool_] = np.asarray(np.isfinite(correlations).all(axis=(-2, -1), keepdims=True))
    safe = np.where(usable, correlations, np.eye(correlations.shape[-1]))
    usable &= np.linalg.det(safe)[..., None, None] > SINGULAR
    safe = np.where(usable, safe, np.eye(correlations.shape[-1]))
    precision = np.linalg.inv(safe)
    partial = -precision[..., 0, -1] / np.sqrt(precision[..., 0, 0] * precision[..., -1, -1])
    return np.asarray(np.where(usable[..., 0, 0], partial, np.nan))


class _Chain(Signal):
    """What the signals of a chain share."""

    unit: ClassVar[str] = "correlation"

    window: Window = Field(default=90, description="sessions")
    bridges: int = Field(default=2, ge=1, le=MOST_BRIDGES, description="assets between the legs, which the study names")

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def reads(self) -> tuple[str, ...]:
        return bridge_names(self.bridges)

    def _links(self, market: Market) -> Floats:
        """T x (bridges + 1) rolling correlations, of each asset of the chain with the next one."""
        rolled = [windows(column, self.window) for column in chain_returns(market, self.bridges).T]
        links = [pearson(one, other) for one, other in pairwise(rolled)]
        return np.column_stack([align(link, len(market.sessions)) for link in links])


class LinkCorrelation(_Chain):
    """Rolling correlation of one link of the chain: of an asset with the next one, in daily log returns.

    NaN also where a bridge has no bar within the window. StudyError where the study names fewer bridges.
    """

    name: ClassVar[str] = "link_correlation"
    meaning: ClassVar[str] = "how strongly one link of the chain between the legs holds, such as BTC-SPY"

    link: int = Field(
        default=2, ge=1, le=MOST_BRIDGES + 1, description="its number: 1 leads from the first leg to a bridge"
    )

    @model_validator(mode="after")
    def _in_chain(self) -> Self:
        if self.link > self.bridges + 1:
            raise ParameterError(
                f"{self.name}: link = {self.link}, but {self.bridges} bridges make {self.bridges + 1} links",
                name=f"{self.name}.link",
                limit=self.bridges + 1,
            )
        return self

    def values(self, market: Market) -> Floats:
        return self._links(market)[:, self.link - 1].copy()


class ChainCorrelation(_Chain):
    """Product of the rolling correlations of all links: that of the legs, had they no other connection.

    NaN also where a bridge has no bar within the window. StudyError where the study names fewer bridges.
    """

    name: ClassVar[str] = "chain_correlation"
    meaning: ClassVar[str] = "the correlation that the links of the chain between the legs make by themselves"

    def values(self, market: Market) -> Floats:
        return np.asarray(self._links(market).prod(axis=1))


class DirectCorrelation(_Chain):
    """Rolling partial correlation of the legs, given all bridges: what they have in common that no bridge has.

    NaN also where a bridge has no bar within the window, or an asset of the chain is made up of the others. StudyError
    where the study names fewer bridges.
    """

    name: ClassVar[str] = "direct_correlation"
    meaning: ClassVar[str] = "the legs' correlation given the assets between them: a link of their own"

    def values(self, market: Market) -> Floats:
        returns = chain_returns(market, self.bridges)
        rolled = [windows(column, self.window) for column in returns.T]
        size = len(rolled)
        matrices = np.ones((len(rolled[0]), size, size))
        for i in range(size):
            for j in range(i + 1, size):
                matrices[:, i, j] = matrices[:, j, i] = pearson(rolled[i], rolled[j])
        return align(partial_correlation(matrices), len(market.sessions))
