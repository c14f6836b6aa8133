"""`unlockstep audit` as it is used: names, files, exit status, JSON, a terminal of 80 columns."""

import json
import linecache
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import unlockstep as ul
from tests.backtests.nursery import command
from tests.backtests.plugins.user_files import line_of
from tests.refusals import refused
from unlockstep.backtests.cli import app as cli
from unlockstep.backtests.data.demo import demo_frames
from unlockstep.backtests.jobs.audit import IN_USE, load_targets
from unlockstep.signals import Trend
from unlockstep.signals.errors import CodeError, ParameterError, StudyError
from unlockstep.strategies.eth_leads import EthLeads

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
    assert 'likely line: mine.py:17, in rule: return target((s["trend"] > s["trend"].median())' in said
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


def defined(text: str, cell: str = "<cell>") -> Any:
    """The class Mine of a notebook's cell; a cell whose name is not "<cell>" has its source, as IPython gives it."""
    if cell != "<cell>":
        linecache.cache[cell] = (len(text), None, text.splitlines(keepends=True), cell)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(text, cell, "exec"), names)
    return names["Mine"]


class TestFromPython:
    @pytest.fixture(autouse=True)
    def little_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in (("MOST", 0.5), ("DECENT", 8)):
            monkeypatch.setattr(sys.modules[load_targets.__module__], name, value)

    def test_an_honest_class_is_clean_and_what_could_hide_a_leak_is_noted(self) -> None:
        result = ul.audit(defined(HONEST))
        assert result.clean
        assert result.findings == ()
        (outcome,) = result.outcomes
        assert (outcome.label, outcome.kind, outcome.status) == ("mine", "strategy", "clean")
        assert IN_USE in outcome.notes
        assert [market.source.split(",")[0] for market in result.markets] == ["SYNTHETIC demo market"] * 2
        assert repr(result) == "<Audit of mine: no findings>"

    @pytest.mark.parametrize(("cell", "text"), [("<ipython-input-1-abc>", "return target"), ("<cell>", "")])
    def test_a_leak_in_a_cell_is_found_and_its_line_where_there_is_a_source(self, cell: str, text: str) -> None:
        result = ul.audit(defined(LEAKING, cell)())
        finding = result.findings[0]
        assert not result.clean
        assert finding.what == "look-ahead"
        assert finding.line is not None
        assert finding.line.file == cell
        assert finding.line.text.startswith(text)
        assert finding.line.number == line_of(LEAKING, "median")

    def test_a_notebook_shows_what_the_terminal_does(self) -> None:
        shown = ul.audit(defined(LEAKING))._repr_html_()
        assert "1 finding, in 1 of 1 strategy." in shown
        assert not re.search(r"<(script|style|link|img|iframe)\b|https?:", shown)

    def test_a_file_is_audited_as_the_command_audits_it(
        self, brief: Callable[..., tuple[int, str, str]], tmp_path: Path
    ) -> None:
        (tmp_path / "mine.py").write_text(LEAKING, encoding="utf-8")
        _, out, _ = brief("mine.py", "--json")
        result = ul.audit(tmp_path / "mine.py")
        printed = json.loads(out)
        assert (printed["findings"], len(printed["audited"])) == (len(result.findings), len(result.outcomes))
        assert printed["audited"][0]["findings"][0]["line"]["text"] == result.findings[0].line.text  # type: ignore[union-attr]
        assert IN_USE not in result.outcomes[0].notes
        one, other = (load_targets(tmp_path / "mine.py").subjects[0].part for _ in range(2))
        assert type(one) is not type(other)  # executed anew, so that nothing is kept from calls before

    def test_names_classes_and_instances_of_signals_and_strategies_are_taken(self) -> None:
        assert [s.label for s in load_targets(Trend).subjects] == [s.label for s in load_targets("trend").subjects]
        assert [s.label for s in load_targets(EthLeads).subjects] == ["eth_leads(trend=21)"]
        assert [s.label for s in load_targets(EthLeads(trend=42)).subjects] == ["eth_leads(trend=42)"]
        assert [s.label for s in load_targets(Trend(window=20)).subjects] == ["trend(leg=crypto,window=20)"]
        with refused(StudyError, name="int"):
            ul.audit(3)  # type: ignore[arg-type]
        with refused(ParameterError, name="trendd", choices=["trend"]):
            ul.audit("trendd")
        with refused(CodeError, name="Mine"):
            ul.audit(defined(HONEST.replace('name = "mine"', "")))

    def test_prices_that_are_handed_over_come_first(self) -> None:
        result = ul.audit(Trend(window=20), data=demo_frames(edge=False, seed=3), start="2020-01-02", end="2023-12-29")
        assert result.markets[0].source.startswith("frames of ETH-USD and IWM")
        assert (result.markets[0].first, result.markets[0].last) == ("2020-01-02", "2023-12-29")
