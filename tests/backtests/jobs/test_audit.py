"""`unlockstep audit` as it is used: names, files, exit status, JSON, a terminal of 80 columns."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from tests.backtests.nursery import command
from unlockstep.backtests.cli import app as cli
from unlockstep.backtests.jobs.audit import load_targets
from unlockstep.signals.errors import CodeError

HONEST = '''
from unlockstep.signals import Trend
from unlockstep.strategies import Strategy, target


class Mine(Strategy):
    """Hold ETH while it rises."""

    name = "mine"
    statement = "S4"
    hypothesis = "what rises, rises"

    def signals(self):
        return {"trend": Trend(window=20)}

    def rule(self, s):
        return target((s["trend"] > 0).astype(float), 0.0, where=s["trend"].notna())
'''
LEAKING = HONEST.replace('s["trend"] > 0)', 's["trend"] > s["trend"].median())')


def unlockstep(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return command("audit", *words, cwd=folder)


@pytest.fixture
def brief(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """The command in this process, with little time for what it audits: its exit status, stdout and stderr."""
    for name, value in (("MOST", 0.5), ("DECENT", 8)):
        monkeypatch.setattr(sys.modules[load_targets.__module__], name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def ended(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["unlockstep", "audit", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capfd.readouterr()
        assert isinstance(left.value.code, int)
        return left.value.code, out, err

    return ended


def test_a_leaking_file_is_told_with_rule_line_and_reach_and_ends_with_status_1(
    brief: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(LEAKING, encoding="utf-8")
    status, out, err = brief("mine.py")
    assert (status, err) == (1, "")
    said = " ".join(out.split())
    assert "✗ look-ahead in the rule" in said
    assert 'likely line: mine.py:17: return target((s["trend"] > s["trend"].median())' in said
    assert "looks ahead to the end of the sample" in said
    assert "What no audit can catch" in said
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.slow
def test_an_honest_file_ends_with_status_0_and_json_holds_it_all(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(HONEST, encoding="utf-8")
    done = unlockstep("mine.py", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    result = json.loads(done.stdout)
    (row,) = result["audited"]
    assert (row["name"], row["status"], row["findings"]) == ("mine", "clean", [])
    assert row["cuts"] >= 4
    assert len(result["markets"]) == 2
    assert any("by hand" in sentence for sentence in result["blind"])


def test_what_a_file_reads_when_it_is_imported_is_told_and_what_it_writes_is_not(
    brief: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "known.csv").write_text("up\n1\n", encoding="utf-8")
    reading = "import pandas\nfrom pathlib import Path\nKNOWN = pandas.read_csv('known.csv')\n"
    (tmp_path / "mine.py").write_text(reading + "Path('log.txt').open('a').close()\n" + HONEST, encoding="utf-8")
    status, out, err = brief("mine.py", "--json")
    assert status == 1, err
    (finding,) = json.loads(out)["audited"][0]["findings"]
    assert finding["what"] == "reads"
    assert finding["sentence"] == "it opens the file known.csv when it is imported: its content cannot be cut off"


def test_a_broken_package_is_a_finding_and_all_others_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("bent", "no_such_module_of_anyone:Bent", "unlockstep.strategies")
    monkeypatch.setattr(
        "unlockstep.backtests.plugins.entry_points.entry_points",
        lambda group: [broken] if "strategies" in group else [],
    )
    result = load_targets("all")
    assert len(result.subjects) > 40
    (outcome,) = result.broken
    assert (outcome.name, outcome.kind, outcome.status) == ("bent", "strategy", "finding")
    assert "no_such_module_of_anyone" in outcome.findings[0].sentence
    with pytest.raises(CodeError):
        load_targets("bent")


def test_an_unknown_name_is_a_misuse_with_a_suggestion(tmp_path: Path) -> None:
    done = unlockstep("trendd", folder=tmp_path)
    assert done.returncode == 2
    assert "did you mean 'trend'?" in done.stderr


def test_a_strategy_that_reads_a_signal_of_hindsight_is_refused_with_its_file(tmp_path: Path) -> None:
    source = HONEST.replace(
        "from unlockstep.signals import Trend", "from unlockstep.signals.hindsight import SegmentsHindsight as Trend"
    )
    (tmp_path / "mine.py").write_text(source.replace("window=20", ""), encoding="utf-8")
    done = unlockstep("mine.py", folder=tmp_path)
    assert done.returncode == 1
    assert "hindsight" in done.stderr
    assert "Traceback" not in done.stderr


def test_quiet_says_nothing_and_still_ends_with_the_status(
    brief: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(LEAKING, encoding="utf-8")
    assert brief("mine.py", "--quiet") == (1, "", "")


@pytest.mark.deep
def test_the_command_as_a_process_of_its_own_finds_the_leak_with_all_its_time(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(LEAKING, encoding="utf-8")
    done = unlockstep("mine.py", folder=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert "✗ look-ahead in the rule" in " ".join(done.stdout.split())


@pytest.mark.slow
def test_real_prices_come_first_where_they_are_given(real_folder: Path, tmp_path: Path) -> None:
    done = unlockstep("trend", "--data", str(real_folder), "--end", "2025-12-31", "--json", folder=tmp_path)
    assert done.returncode == 0
    assert "files" in json.loads(done.stdout)["markets"][0]["source"]


@pytest.mark.slow
def test_all_built_ins_are_clean_within_a_minute_of_two_cores(tmp_path: Path) -> None:
    before = os.times()
    done = unlockstep("all", "--json", folder=tmp_path)
    after = os.times()
    result = json.loads(done.stdout)
    assert (done.returncode, result["findings"]) == (0, 0)
    assert {row["status"] for row in result["audited"]} == {"clean", "hindsight"}
    assert sum(row["status"] == "hindsight" for row in result["audited"]) == 2
    spent = after.children_user - before.children_user + after.children_system - before.children_system
    assert spent < 120.0
