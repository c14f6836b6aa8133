"""The best of a sweep are run as they were found, and all of its trials count."""

import json
from pathlib import Path

import pytest

from tests.backtests.sweep.build import Done, made, spaces, study
from tests.refusals import refused
from unlockstep.backtests.cli.run import check_frozen
from unlockstep.backtests.jobs.from_sweep import study_of_best
from unlockstep.backtests.jobs.run import run_study
from unlockstep.backtests.jobs.sweep import SweepRequest
from unlockstep.backtests.storage.run_folder import SWEEP
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.signals.errors import DataError, LedgerError, RunError, StudyError


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Done:
    terms = study(costs={"fee_bps": 20.0, "cash_rate": 0.01}, lag=2, rebalance="never")
    return made(tmp_path_factory.mktemp("sweeps") / "one", study=terms, request=SweepRequest(spaces(), 4, 1))


def ledger_of(done: Done) -> Ledger:
    return Ledger.open(done.place.parent / f"{done.place.name}.sqlite")


def test_figures_are_those_of_the_sweep_and_its_trials_are_counted(swept: Done) -> None:
    frozen = study_of_best(swept.place, 3, ledger_of(swept), trust=False)
    result = run_study(frozen, records=ledger_of(swept)).result
    ran = {variant.name: variant for variant in result.variants}
    for best in swept.result.best[:3]:
        variant = ran[best.name]
        assert variant.metrics.sharpe == pytest.approx(best.metrics.sharpe, rel=1e-9)
        assert variant.metrics.turnover == pytest.approx(best.metrics.turnover, rel=1e-9)
        assert variant.inference is not None
        assert variant.inference.timing_ir == pytest.approx(best.inference.timing_ir, rel=1e-9)
    assert [variant.name for variant in result.variants[:3]] == [b.name for b in swept.result.best[:3]]
    assert result.data.evaluated.first == swept.result.data.evaluated.first
    assert result.family.n_trials == 27 + 3
    assert (result.family.n_effective or 0.0) >= swept.result.trials.own


def test_other_prices_are_refused(swept: Done, tmp_path: Path) -> None:
    content = json.loads((swept.place / SWEEP).read_text(encoding="utf-8"))
    content["study"]["data_sha256"] = "0" * 64
    (tmp_path / SWEEP).write_text(json.dumps(content))
    frozen = study_of_best(tmp_path, 1, ledger_of(swept), trust=False)
    with refused(DataError):
        run_study(frozen)


def test_a_ledger_without_the_sweep_more_than_it_lists_and_no_sweep_are_refused(swept: Done, tmp_path: Path) -> None:
    with refused(LedgerError, name=str(tmp_path / "other.sqlite"), remedy="--ledger"):
        study_of_best(swept.place, 1, Ledger.open(tmp_path / "other.sqlite"), trust=False)
    with refused(StudyError, name="best", limit=4, remedy="--best 4"):
        study_of_best(swept.place, 5, ledger_of(swept), trust=False)
    with refused(RunError, name=str(tmp_path)):
        study_of_best(tmp_path, 1, ledger_of(swept), trust=False)


def test_an_option_that_would_change_the_sweep_is_named() -> None:
    with refused(StudyError, name="--fee-bps", remedy="sweep again"):
        check_frozen(Path("one"), {"data": None, "settings": [], "fee_bps": ["3"], "lag": None})
    with refused(StudyError, name="--seal"):
        check_frozen(Path("one"), {"sealed_after": "2024-01-01"})
    check_frozen(Path("one"), {"data": None, "settings": []})
