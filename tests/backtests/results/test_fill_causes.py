"""Fills are counted by their cause, as a count of the stored fills has them."""

from typing import Any

from tests.backtests.build import FAST, experiment_of
from tests.build import random_market
from unlockstep.backtests.results.fill_causes import fill_causes
from unlockstep.backtests.results.model.variant import FillCauses

MIX = {"strategy": "when", "params": {"hold": "both", "otherwise": "both"}}


def test_fills_are_counted_where_a_study_says_when_mixes_are_rebalanced_and_else_not() -> None:
    market = random_market(3, 300)
    assert fill_causes(experiment_of(market, FAST, MIX)) is None
    settings: dict[str, Any] = {"rebalance": "daily"}
    experiment = experiment_of(market, FAST, MIX, **settings)
    causes = fill_causes(experiment)
    assert causes is not None
    (mix,) = (strategy.label for strategy in experiment.strategies if strategy.name == "when")
    sessions = len(experiment.evaluated.sessions)
    # both legs are bought in the second session and brought back to halves in each later one
    assert causes[mix] == FillCauses(decision=2, rebalancing=2 * (sessions - 2), exit=0)
    assert causes["eth_leads(trend=10)"].rebalancing == 0
    assert causes["cash"] == FillCauses(decision=0, rebalancing=0, exit=0)
