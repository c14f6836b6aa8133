"""weekend_lead from the bars themselves: a loop over calendar days, sharing no code with signal, strategy or engine."""

import math
from itertools import pairwise

import pandas as pd
import pytest

from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.data.demo import demo_frames
from unlockstep.backtests.engine.portfolio import run
from unlockstep.signals import Market
from unlockstep.strategies.weekend_lead import WeekendLead

FEE, SLIPPAGE = 0.0001, 0.0002
"""IWM's by default."""


@pytest.mark.parametrize(("mode", "sign"), [("follow", 1), ("fade", -1)])
@pytest.mark.parametrize("threshold", [0.0, 0.03])
def test_returns_are_those_of_a_loop_over_bars(demo: Market, mode: str, sign: int, threshold: float) -> None:
    frames = demo_frames(edge=False, seed=1)
    eth, iwm = frames["ETH-USD"]["close"], frames["IWM"]
    strategy = WeekendLead(mode=mode, threshold=threshold)
    result = run(demo, [strategy.decide(demo)], Costs())
    returns = result.returns[strategy.label]
    traded = 0
    for before, day in pairwise(iwm.index):
        side = 0
        if (day - before).days > 1:
            move = math.log(eth[day - pd.Timedelta(days=1)] / eth[before])
            side = sign * ((move > threshold) - (move < -threshold))
        factor = iwm["adj_close"][day] / iwm["close"][day]
        first, last = iwm["open"][day] * factor, iwm["adj_close"][day]
        account = 1.0
        if side > 0:
            account = last * (1 - SLIPPAGE) * (1 - FEE) / (first * (1 + SLIPPAGE) * (1 + FEE))
        elif side < 0:
            account += (first * (1 - SLIPPAGE) * (1 - FEE) - last * (1 + SLIPPAGE) * (1 + FEE)) / first
        assert returns[day] == pytest.approx(account - 1.0, abs=1e-12), day
        traded += side != 0
    assert traded > 300
    assert len(result.trades) == 2 * traded
