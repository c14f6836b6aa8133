"""The jobs as functions of Python: what goes in, what comes out, and that nothing goes uncounted."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import unlockstep as ul
from tests.backtests.reports.test_html import Page
from unlockstep.backtests.config.study import Study, studied
from unlockstep.backtests.jobs.run import Run
from unlockstep.backtests.storage import StoredRun, read_run
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.signals.errors import RunError, StudyError

QUICK = Study.make(data="demo", variants=studied(["eth_leads"]), start="2022-01-03")
TOML = 'data = "demo"\nstart = 2022-01-03\nvariants = [{strategy = "eth_leads"}]\n'


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return ul.run(QUICK, ledger=tmp_path_factory.mktemp("api") / "ledger.sqlite")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    """The same study, run by the command line."""
    folder = tmp_path_factory.mktemp("command")
    (folder / "study.toml").write_text(TOML)
    command = [
        sys.executable,
        "-m",
        "unlockstep",
        "run",
        "study.toml",
        "--out",
        "run",
        "--ledger",
        "l.sqlite",
        "--quiet",
    ]
    subprocess.run(command, cwd=folder, check=True)
    return read_run(folder / "run")


def trials(ledger: Path) -> list[str]:
    return [entry.trial.terms.variant for _, entries in Ledger(ledger).entries() for entry in entries]


class TestRun:
    def test_a_study_a_file_and_options_give_the_same_run(self, ran: Run, tmp_path: Path) -> None:
        file = tmp_path / "study.toml"
        file.write_text(TOML)
        ledger = tmp_path / "ledger.sqlite"
        variants = [{"strategy": "eth_leads"}]
        for other in (
            ul.run(file, ledger=ledger),
            ul.run(str(file), ledger=str(ledger)),
            ul.run(data="demo", start="2022-01-03", variants=variants, ledger=ledger),
            ul.run(Study.make(data="demo"), start="2022-01-03", variants=variants, ledger=ledger),
        ):
            assert other.study == ran.study
            pd.testing.assert_frame_equal(other.returns, ran.returns)
        assert trials(ledger) == ["eth_leads(trend=21)"]

    def test_its_attributes_are_what_the_folder_holds(self, ran: Run, written: StoredRun) -> None:
        assert ran.verdict.decision == written.result["verdict"]["decision"]
        assert list(ran.verdict.reasons) == written.result["verdict"]["reasons"]
        assert [v.name for v in ran.variants] == [v["name"] for v in written.result["variants"]]
        for name in ("returns", "weights", "trades", "signals"):
            pd.testing.assert_frame_equal(getattr(ran, name), written.frames[name], check_freq=False)

    def test_the_portfolio_is_vectorbts_own(self, ran: Run) -> None:
        held = ran.portfolio["hold_iwm"]
        assert held.total_return() == pytest.approx(np.prod(1 + ran.returns["hold_iwm"]) - 1, rel=1e-9)

    def test_saving_writes_the_folder_that_the_command_line_writes(
        self, ran: Run, written: StoredRun, tmp_path: Path
    ) -> None:
        place = ran.save(tmp_path / "saved")
        assert sorted(path.name for path in place.iterdir()) == sorted(path.name for path in written.path.iterdir())
        result = read_run(place).result
        result["created_at"] = written.result["created_at"]
        assert result == written.result
        for name in ("returns", "weights", "trades", "signals"):
            assert (place / f"{name}.parquet").read_bytes() == (written.path / f"{name}.parquet").read_bytes()
        with pytest.raises(RunError):
            ran.save(place)
        ran.save(str(place), force=True)

    def test_a_report_is_one_file(self, ran: Run, tmp_path: Path) -> None:
        for name in ("report.html", "report.md"):
            assert ran.report(tmp_path / name).read_text(encoding="utf-8")
            assert ran.report(str(tmp_path / name)).is_file()
        assert ran.verdict.decision in Page((tmp_path / "report.html").read_text(encoding="utf-8")).text.lower()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.md"]
        with pytest.raises(RunError):
            ran.report(tmp_path / "report.pdf")
        with pytest.raises(RunError):
            ran.report(tmp_path / "nowhere" / "report.html")

    def test_it_writes_nothing_but_its_trials(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("UNLOCKSTEP_LEDGER", str(tmp_path / "mine.sqlite"))
        ul.run(QUICK)
        assert {path.name.split("-")[0] for path in tmp_path.iterdir()} == {"mine.sqlite"}
        assert trials(tmp_path / "mine.sqlite") == ["eth_leads(trend=21)"]

    def test_wrong_options_are_one_sentence(self) -> None:
        with pytest.raises(StudyError):
            ul.run(data="demo", seed=-1)
        with pytest.raises(StudyError):
            ul.run("nowhere.toml")
        with pytest.raises(ul.UnlockstepError):
            ul.run(QUICK, windw=3)  # type: ignore[call-arg]

    def test_other_prices_let_the_pin_go(self, ran: Run) -> None:
        assert ran.study.data_sha256
        assert ran.study.changed(seed=8).data_sha256 is None
        assert ran.study.changed(lag=2).data_sha256 == ran.study.data_sha256
        assert ran.study.changed(seed=8, data_sha256="ab").data_sha256 == "ab"
