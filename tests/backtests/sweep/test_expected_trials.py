"""What a sweep says before it begins: how many trials it adds, and to how many independent ones they amount."""

from pathlib import Path

import pytest

from tests.backtests.sweep.build import made, spaces, study
from unlockstep.backtests.results.holdout import split_holdout
from unlockstep.backtests.sweep import expected_trials
from unlockstep.backtests.sweep.expected_trials import expected_effective
from unlockstep.backtests.sweep.plan import plan_of
from unlockstep.backtests.trials.announcement import Announcement


def test_a_small_sweep_says_beforehand_what_it_turns_out_to_add(tmp_path: Path) -> None:
    said: list[Announcement] = []
    first = made(tmp_path / "first", announce=said.append)
    (announcement,) = said
    assert (announcement.adds, announcement.there) == (27, 0)
    assert announcement.effective == pytest.approx(first.result.trials.own, rel=0.05)


def test_of_many_variants_a_sample_tells_the_number_within_a_quarter(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = {"window": [str(n) for n in range(20, 220, 5)], "hold": [str(n) for n in range(10, 110, 5)]}
    plan = plan_of(study(), split_holdout(study()).market, spaces(grid=grid))
    assert plan.size == 800
    from_sample = expected_effective(plan)
    monkeypatch.setattr(expected_trials, "SAMPLED", 800)
    assert from_sample == pytest.approx(expected_effective(plan), rel=0.25)


def test_a_sweep_that_only_looks_says_so_first(tmp_path: Path) -> None:
    looked = made(tmp_path / "looked", study=study(scratch=True))
    assert looked.result.finding.startswith("Exploratory")
    assert looked.result.study["scratch"] is True
