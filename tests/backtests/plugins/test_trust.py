"""A study is data: the code that it names runs only where the ledger knows it, or the user has said so."""

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.backtests.plugins.user_files import RULE, written
from tests.build import random_market
from tests.refusals import refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.plugins.file_loader import load
from unlockstep.backtests.trials.dataset_identity import data_set_of
from unlockstep.backtests.trials.ledger import Ledger, trusting
from unlockstep.backtests.trials.trial_count import Trial, TrialSpec
from unlockstep.signals.errors import CodeError, TrustError

MARK = "from pathlib import Path\nPath(__file__).with_suffix('.ran').write_text('')\n"
STUDY = 'files = ["my_rule.py"]\n[[variants]]\nstrategy = "my_rule"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Somebody's folder: a study, its rule, and a file beside it that the rule imports; each leaves a mark when run."""
    place = tmp_path / "theirs"
    place.mkdir()
    written(place, "import helper_of_theirs\n" + MARK + RULE)
    written(place, MARK, "helper_of_theirs.py")
    (place / "study.toml").write_text(STUDY)
    return place


def ran(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.ran"))


def test_nothing_of_a_study_runs_that_nobody_has_trusted(folder: Path, tmp_path: Path) -> None:
    rule, helper = folder / "my_rule.py", folder / "helper_of_theirs.py"
    for trust in (False, trusting(tmp_path / "ledger.sqlite", everything=False)):
        with refused(TrustError, name=str(rule), choices=[str(rule), str(helper)], remedy="--trust"):
            Study.read(folder / "study.toml", trust=trust)
    with refused(TrustError, name=str(rule)):
        Study.read(folder / "study.toml", strategies=["my_rule"])
    assert ran(folder) == []
    assert not (tmp_path / "ledger.sqlite").exists()


def test_what_the_user_trusts_runs(folder: Path, tmp_path: Path) -> None:
    study = Study.read(folder / "study.toml", trust=trusting(tmp_path / "ledger.sqlite", everything=True))
    assert [s.label for s in study.strategies() if not s.benchmark] == ["my_rule(window=20)"]
    assert ran(folder) == ["helper_of_theirs.ran", "my_rule.ran"]


def recorded(ledger: Path, sha256: str, toml: str | None = None) -> None:
    trial = Trial(TrialSpec("my_rule", sha256, "close", 1, "{}", "2017-06-27", "2025-12-31"), b"", b"")
    Ledger.open(ledger).record(
        data_set_of(random_market(3, 300)), [trial], study="1" * 64, primary=None, now=datetime.now(UTC), toml=toml
    )


@pytest.mark.parametrize("of", ["a trial", "a study"])
def test_code_that_the_ledger_knows_runs_wherever_it_lies(folder: Path, tmp_path: Path, of: str) -> None:
    shutil.copytree(folder, tmp_path / "mine")
    sha256 = load(tmp_path / "mine" / "my_rule.py").sha256
    toml = f'[files]\n"my_rule.py" = "{sha256}"\n'
    recorded(tmp_path / "ledger.sqlite", *([sha256] if of == "a trial" else ["", toml]))
    trust = trusting(tmp_path / "ledger.sqlite", everything=False)
    study = Study.read(folder / "study.toml", trust=trust)
    assert study.files == {str(folder / "my_rule.py"): sha256}  # pinned: another content would be refused from now on
    assert ran(folder) == ["helper_of_theirs.ran", "my_rule.ran"]


@pytest.mark.parametrize("file", ["my_rule.py", "helper_of_theirs.py", "helper_of_theirs.abi3.so", "optional.pyc"])
def test_known_code_with_another_file_beside_it_is_not_known(folder: Path, tmp_path: Path, file: str) -> None:
    rule = folder / "my_rule.py"
    rule.write_text(rule.read_text() + "\ntry:\n    import optional\nexcept ImportError:\n    pass\n")
    shutil.copytree(folder, tmp_path / "mine")
    sha256 = load(tmp_path / "mine" / "my_rule.py").sha256
    recorded(tmp_path / "ledger.sqlite", sha256)
    with (folder / file).open("a") as text:
        text.write("\n# changed\n")
    with refused(TrustError, name=str(rule)):
        Study.read(folder / "study.toml", trust=trusting(tmp_path / "ledger.sqlite", everything=False))
    assert ran(folder) == []


def test_a_hash_anywhere_else_in_a_recorded_study_makes_no_code_known(tmp_path: Path) -> None:
    sha256 = hashlib.sha256(b"evil").hexdigest()
    recorded(tmp_path / "ledger.sqlite", "", f'data_sha256 = "{sha256}"\n')
    assert not Ledger(tmp_path / "ledger.sqlite").has_run(sha256)


def test_a_pinned_file_that_was_changed_is_refused_before_it_runs(folder: Path) -> None:
    (folder / "study.toml").write_text(f'[files]\n"my_rule.py" = "{"0" * 64}"\n')
    for trust in (True, False):
        with refused(CodeError, name=str(folder / "my_rule.py"), remedy="[files]"):
            Study.read(folder / "study.toml", trust=trust)
    assert ran(folder) == []


def test_the_terms_of_a_study_are_read_without_its_code(folder: Path) -> None:
    study = Study.read_terms(folder / "study.toml")
    assert (study.files, study.variants[0].strategy) == ({str(folder / "my_rule.py"): ""}, "my_rule")
    assert ran(folder) == []
