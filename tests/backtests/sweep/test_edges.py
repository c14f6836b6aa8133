"""A sweep says where its best lies on the edge of the grid, and nothing of an edge that nothing lies beyond."""

from typing import Any

import numpy as np
import pytest

from tests.backtests.sweep.build import spaces, study
from unlockstep.backtests.results.holdout import split_holdout
from unlockstep.backtests.sweep.collect import Collected
from unlockstep.backtests.sweep.edges import edge_results
from unlockstep.backtests.sweep.plan import Plan, plan_of

AXES = {"window": ["40", "60", "90"], "hold": ["5", "20", "60"], "decouple_below": ["0.05", "0.15", "0.25"]}


def plan(strategy: str = "break_entry", axes: dict[str, Any] | None = None) -> Plan:
    return plan_of(study(), split_holdout(study(), cash=True).market, spaces(strategy, axes or AXES))


def edges(swept: Plan, t: dict[tuple[Any, ...], float]) -> set[tuple[str, Any, str, Any]]:
    """What is said where all t are 0 but those of some variants, by their varied values."""
    space = swept.spaces[0]
    every = np.zeros(space.size)
    for number in range(space.size):
        values = space.columns(number, number + 1)
        every[number] = t.get(tuple(values[name][0].item() for name in space.varied), 0.0)
    results = edge_results(swept, Collected(every={0: every}))
    return {(edge.parameter, edge.value, edge.side, edge.next) for edge in results}


@pytest.mark.parametrize(
    ("best", "said"),
    [
        ((60, 0.15, 20), set()),
        ((40, 0.15, 20), {("window", 40, "lowest", 20)}),
        ((90, 0.15, 60), {("window", 90, "highest", 120), ("hold", 60, "highest", 100)}),
        ((60, 0.05, 5), {("decouple_below", 0.05, "lowest", -0.05)}),  # hold=-10 is none
        ((60, 0.25, 20), set()),  # 0.35 contradicts couple_above
    ],
)
def test_the_side_and_the_next_value_are_told_where_there_is_one(
    best: tuple[Any, ...], said: set[tuple[str, Any, str, Any]]
) -> None:
    assert edges(plan(), {best: 3.0}) == said


def test_a_value_within_that_is_as_good_makes_it_no_edge() -> None:
    assert edges(plan(), {(40, 0.15, 20): 3.0, (60, 0.15, 20): 3.0 - 1e-12}) == set()
    assert edges(plan(), {(40, 0.15, 20): 3.0, (60, 0.15, 60): 3.0}) == {("window", 40, "lowest", 20)}


def test_words_have_no_edge_and_no_t_says_nothing() -> None:
    muted = plan("muted_response", {"mode": ["follow", "fade"], "horizon": ["60", "120", "180"]})
    assert edges(muted, {("follow", 120): 2.0}) == set()
    assert edge_results(muted, Collected(every={0: np.full(6, np.nan)})) == ()
