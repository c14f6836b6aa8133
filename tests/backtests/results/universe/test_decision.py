"""The verdict on a mechanism: every way to it, at the limits and on both sides of them."""

from dataclasses import replace

import pytest

from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.results.universe.decision import PooledEvidence, PooledGates, decide_pooled, gates_of

RULE = Rule(alpha=0.05, money_alpha=0.10, worthwhile_ir=0.50)
SHOWN = PooledEvidence(
    timing_ir=0.9, timing_ci=(0.4, 1.4), timing_upper=1.3, timing_p=0.001, timing_p_family=0.05, detectable=0.6,
    cost_drag_ir=0.1, alone=True,
)  # fmt: skip
PASSED = PooledGates(money_p=0.10, skewness=0.0, standardised_p=0.9, net_ir=0.3, without_best_group=0.2)
NOTHING = replace(SHOWN, timing_ir=0.0, timing_upper=0.59, timing_p=0.4, timing_p_family=0.6)
NAN = float("nan")


def decision(evidence: PooledEvidence, gates: PooledGates = PASSED, *, pairs: int = 3) -> str:
    return decide_pooled(evidence, gates, RULE, pairs=pairs, fewest=3).decision


def test_an_edge_takes_the_test_and_every_gate() -> None:
    assert decision(SHOWN) == "edge"
    assert decision(replace(SHOWN, timing_p_family=0.0501)) == "cannot tell"


@pytest.mark.parametrize(
    ("changed", "failed"),
    [
        ({"money_p": 0.11}, "raw returns"),
        ({"skewness": -5.0, "standardised_p": 0.06}, "rare losses"),
        ({"skewness": NAN, "standardised_p": NAN}, "rare losses"),
        ({"net_ir": 0.0}, "costs"),
        ({"net_ir": None}, "costs"),
        ({"without_best_group": 0.0}, "best group"),
    ],
)
def test_each_gate_alone_keeps_an_edge_from_being_one(changed: dict[str, float | None], failed: str) -> None:
    gates = replace(PASSED, **changed)  # type: ignore[arg-type]
    assert [gate.name for gate in gates_of(gates, RULE) if not gate.passed] == [failed]
    assert decision(SHOWN, gates) == "cannot tell"
    assert decision(replace(SHOWN, timing_upper=0.55), gates) == "no edge"  # 0.45 after costs


def test_of_one_group_there_is_no_best_one_and_rare_losses_are_asked_of_skewed_returns_only() -> None:
    alone = replace(PASSED, without_best_group=None)
    assert [gate.name for gate in gates_of(alone, RULE)] == ["raw returns", "rare losses", "costs"]
    assert decision(SHOWN, alone) == "edge"
    assert decision(SHOWN, replace(PASSED, skewness=-5.0, standardised_p=0.05)) == "edge"


def test_no_edge_is_an_upper_bound_after_costs_below_what_is_worth_trading() -> None:
    assert NOTHING.bound == pytest.approx(0.49)
    assert decision(NOTHING) == "no edge"
    assert decision(replace(NOTHING, timing_upper=0.6)) == "cannot tell"  # 0.5, not below it
    assert decision(replace(NOTHING, cost_drag_ir=0.0)) == "cannot tell"


def test_two_pairs_and_weights_that_never_vary_tell_nothing() -> None:
    assert decision(SHOWN, pairs=2) == "cannot tell"
    assert decision(NOTHING, pairs=2) == "cannot tell"
    never = replace(NOTHING, timing_ir=NAN, timing_ci=(NAN, NAN), timing_upper=NAN, timing_p=1.0, timing_p_family=1.0)
    assert decision(never) == "cannot tell"
