"""A run audits the user's own file before it shows anything; and says before it records what it adds."""

from pathlib import Path

import pytest

from tests.backtests.trials.records import record_of
from tests.refusals import refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.jobs.code_audit import audit_user_code
from unlockstep.backtests.plugins.scaffold import starter
from unlockstep.backtests.trials.announcement import announced
from unlockstep.backtests.trials.return_sketches import DRAWS
from unlockstep.backtests.trials.trial_count import Trial, TrialSpec
from unlockstep.signals.errors import CodeError


def study_of(folder: Path, old: str = "", new: str = "") -> Study:
    file = folder / "my_rule.py"
    file.write_text(starter("my_rule")["my_rule.py"].replace(old, new) if old else starter("my_rule")["my_rule.py"])
    return Study(strategies=[str(file)]).pinned()


def test_what_new_strategy_writes_passes_and_is_not_looked_at_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = study_of(tmp_path)
    (first,) = audit_user_code(study, study.strategies())
    assert (first.strategy, first.audited, first.reason) == ("my_rule", True, "")
    assert (first.variants, first.of) == (1, 1)
    assert 20 <= first.cuts <= first.possible
    monkeypatch.setattr("unlockstep.backtests.jobs.code_audit.audit", lambda *_: pytest.fail("it was kept"))
    assert audit_user_code(study, study.strategies()) == (first,)


def test_a_rule_that_looks_ahead_stops_the_run_with_its_line(tmp_path: Path) -> None:
    study = study_of(tmp_path, 's["trend"] > 0', 's["trend"].shift(-1) > 0')
    text = (tmp_path / "my_rule.py").read_text().split("\n")
    line = next(number for number, each in enumerate(text, 1) if "shift(-1) > 0" in each)
    with refused(CodeError, name=str(tmp_path / "my_rule.py"), line=line):
        audit_user_code(study, study.strategies())
    (unaudited,) = audit_user_code(study, study.strategies(), unaudited=True)
    assert (unaudited.audited, unaudited.cuts) == (False, 0)
    assert "--unaudited" in unaudited.reason


def test_built_in_rules_are_not_audited() -> None:
    study = Study()
    assert audit_user_code(study, study.strategies()) == ()


def test_only_trials_that_are_not_there_yet_are_announced() -> None:
    timing = bytes(2 * DRAWS)
    one, other = (
        Trial(TrialSpec(name, "", "close", 1, "{}", "2024-01-02", "2025-01-02"), b"", timing) for name in "ab"
    )
    said = announced([one, other], record_of([one]))
    assert (said.adds, said.there) == (1, 1)
    assert said.place == 1
    again = announced([one], record_of([one]))
    assert (again.adds, again.place) == (0, None)
    assert announced([one], record_of()).place == 0
