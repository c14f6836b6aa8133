"""The signals of the chain: each is what plain loops over its windows make of it."""

import numpy as np
import pytest

from tests.refusals import refused
from unlockstep.backtests.config.study import BRIDGES
from unlockstep.backtests.data.context_load import with_bridges
from unlockstep.signals import Market
from unlockstep.signals.chain import ChainCorrelation, DirectCorrelation, LinkCorrelation, bridges_of
from unlockstep.signals.errors import ParameterError, StudyError
from unlockstep.signals.market import Floats

WINDOW = 30


@pytest.fixture(scope="module")
def market(demo: Market) -> Market:
    chained, why = with_bridges(demo, BRIDGES, data="demo", seed=1)
    assert why == ""
    return chained.slice(1500, 1800)


def window_of(market: Market, session: int) -> Floats:
    """WINDOW x 4 log returns of ETH, BTC, SPY and IWM that end in this session."""
    closes = [
        market.crypto.close,
        market.context_series("bridge_1").close,
        market.context_series("bridge_2").close,
        market.equity.close,
    ]
    logs = [
        [np.log(close[t]) - np.log(close[t - 1]) for close in closes] for t in range(session - WINDOW + 1, session + 1)
    ]
    return np.array(logs)


@pytest.mark.parametrize("session", [WINDOW, 77, 299])
def test_links_chain_and_direct_tie_are_those_of_their_window(market: Market, session: int) -> None:
    assert bridges_of(market) == BRIDGES
    returns = window_of(market, session)
    links = [float(np.corrcoef(returns[:, i], returns[:, i + 1])[0, 1]) for i in range(3)]
    for number, link in enumerate(links, 1):
        signal = LinkCorrelation(window=WINDOW, link=number).compute(market)
        assert signal.iloc[session] == pytest.approx(link, abs=1e-10)
        assert signal.iloc[:WINDOW].isna().all()
    assert ChainCorrelation(window=WINDOW).compute(market).iloc[session] == pytest.approx(np.prod(links), abs=1e-10)
    design = np.column_stack([np.ones(WINDOW), returns[:, 1:3]])
    left = [y - design @ np.linalg.lstsq(design, y, rcond=None)[0] for y in (returns[:, 0], returns[:, 3])]
    direct = float(np.corrcoef(*left)[0, 1])
    assert DirectCorrelation(window=WINDOW).compute(market).iloc[session] == pytest.approx(direct, abs=1e-9)


def test_a_market_without_bridges_and_a_link_beyond_the_chain_are_refused(demo: Market) -> None:
    with refused(StudyError, name="bridge_1", remedy="--bridges"):
        ChainCorrelation().compute(demo)
    with refused(ParameterError, name="link_correlation.link", limit=2):
        LinkCorrelation(bridges=1, link=3)
