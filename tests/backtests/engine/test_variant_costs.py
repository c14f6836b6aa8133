"""Variants that pay costs of their own within one run, from the study to accounts, mixes, grids and the ledger."""

import json
from typing import Any

import numpy as np
import pytest

from tests.backtests.build import FAST, experiment_of
from tests.build import random_market
from tests.refusals import refused
from unlockstep.backtests.calibration.kernel_accounts import MULTIPLES, keep_accounts
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.engine.experiment import Experiment
from unlockstep.backtests.engine.orders import Trading
from unlockstep.backtests.results.out_of_sample import tried
from unlockstep.backtests.trials.trial_recording import trials_of
from unlockstep.signals.errors import ParameterError

PLAIN = "eth_leads(trend=10)"
DEAR = "eth_leads(trend=10) fee_bps=50,borrow_rate=0.2"
STUDY: dict[str, Any] = {"costs": {"fee_bps": 1, "slippage_bps": 2, "borrow_rate": 0.01}}
SPECIAL = {**FAST, "costs": {"fee_bps": 50, "borrow_rate": 0.2}}
USUAL = Costs((1.0, 1.0), (2.0, 2.0), 0.01)
PAID = Costs((50.0, 50.0), (2.0, 2.0), 0.2)


@pytest.fixture(scope="module")
def both() -> Experiment:
    return experiment_of(random_market(5, 400), FAST, SPECIAL, **STUDY)


def test_each_variant_and_its_mix_pay_their_own(both: Experiment) -> None:
    assert both.candidates == [PLAIN, DEAR]
    assert (
        both.variant_costs[PLAIN]
        == both.variant_costs["cash"]
        == both.variant_costs[f"constant mix of {PLAIN}"]
        == USUAL
    )
    assert both.variant_costs[DEAR] == both.variant_costs[f"constant mix of {DEAR}"] == PAID


@pytest.mark.parametrize("multiple", [0.0, 1.0, 2.0])
def test_accounts_are_those_of_two_studies_with_one_table_each(both: Experiment, multiple: float) -> None:
    market = random_market(5, 400)
    usual = experiment_of(market, FAST, **STUDY)
    dear = experiment_of(market, FAST, costs={"fee_bps": 50, "slippage_bps": 2, "borrow_rate": 0.2})
    returns = both.returns(multiple)
    for here, there, alone in ((PLAIN, PLAIN, usual), (DEAR, PLAIN, dear)):
        for prefix in ("", "constant mix of "):
            expected = alone.returns(multiple)[prefix + there]
            np.testing.assert_allclose(returns[prefix + here], expected, rtol=0, atol=1e-12)
    if multiple == 1.0:
        np.testing.assert_allclose(both.backtest.returns[DEAR], returns[DEAR], rtol=0, atol=1e-15)


def test_the_timing_is_the_same_whatever_it_costs(both: Experiment) -> None:
    ratio = both.timing.information_ratio
    assert ratio[0] == ratio[1]


def test_the_kernel_keeps_the_same_accounts(both: Experiment) -> None:
    quick = experiment_of(random_market(5, 400), FAST, SPECIAL, **STUDY)
    keep_accounts(quick)
    for multiple in MULTIPLES:
        np.testing.assert_allclose(quick.returns(multiple), both.returns(multiple), atol=1e-12)


def test_the_ledger_tells_them_apart(both: Experiment) -> None:
    fees = {trial.spec.variant: json.loads(trial.spec.costs)["fee_bps"] for trial in trials_of(both)}
    assert fees == {PLAIN: [1.0, 1.0], DEAR: [50.0, 50.0]}


def test_a_grid_pays_what_its_strategy_pays_first(both: Experiment) -> None:
    assert tried(both, "eth_leads").costs == (USUAL, PAID)
    slow = {"strategy": "eth_leads", "params": {"trend": 200}}
    grid = experiment_of(random_market(5, 400), SPECIAL, slow, **STUDY).grid("eth_leads")
    assert len(grid.labels) > 1
    assert dict(zip(grid.labels, grid.costs, strict=True)).pop("eth_leads(trend=200)") == USUAL
    assert grid.costs.count(PAID) == len(grid.costs) - 1 > 1


def test_the_dearest_costs_are_those_of_each_figure() -> None:
    assert Costs.dearest([Costs((1.0, 9.0), (3.0, 0.0), 0.1), Costs((2.0, 8.0), (0.0, 4.0), 0.2)]) == Costs(
        (2.0, 9.0), (3.0, 4.0), 0.2
    )


def test_one_table_for_each_variant_or_one_for_all() -> None:
    experiment = experiment_of(random_market(5, 200))
    with refused(ParameterError, name="costs", limit=len(experiment.decisions)):
        Trading(experiment.decisions, [USUAL]).variant_costs  # noqa: B018
