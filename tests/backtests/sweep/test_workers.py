"""A process is started where it is worth its start."""

import pytest

from tests.backtests.sweep.build import spaces, study
from unlockstep.backtests.results.holdout import split_holdout
from unlockstep.backtests.sweep import workers
from unlockstep.backtests.sweep.grid import Space
from unlockstep.backtests.sweep.plan import Block, plan_of


@pytest.mark.parametrize(
    ("blocks", "at_once", "count"), [(1, True, 1), (63, True, 1), (64, True, 2), (999, True, 4), (1, False, 4)]
)
def test_rules_for_arrays_stay_in_one_process_until_there_are_blocks_for_two(
    blocks: int, at_once: bool, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "cpu_count", lambda: 4)
    monkeypatch.setattr(Space, "swept_at_once", at_once)
    plan = plan_of(study(), split_holdout(study(), cash=True).market, spaces(grid={"window": ["60", "90"]}))
    assert workers._worthwhile(plan, [Block(0, i, i + 1) for i in range(blocks)]) == count
