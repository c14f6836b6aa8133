"""`unlockstep audit` as it is used: names, files, exit status, JSON, a terminal of 80 columns."""

import json
import linecache
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import unlockstep as ul
from tests.backtests.nursery import command
from tests.backtests.plugins.user_files import line_of
from tests.refusals import refused
from unlockstep.backtests.audit.findings import Finding, Line, Outcome
from unlockstep.backtests.cli import app as cli
from unlockstep.backtests.data.demo import demo_frames
from unlockstep.backtests.jobs.audit import IN_USE, AuditResult, load_targets
from unlockstep.backtests.reports.audit import show_audit
from unlockstep.signals import Trend
from unlockstep.signals.errors import CodeError, ParameterError, StudyError, TrustError
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
SMOOTHED = HONEST.replace(
    "    def signals", '    grid = {"smooth": (0, 5)}\n\n    smooth: int = 0\n\n    def signals'
).replace(
    '        return target((s["trend"] > 0)',
    """        level = s["trend"]
        if self.smooth:
            level = level.rolling(self.smooth, center=True, min_periods=1).mean()
        return target((level > 0)""",
)
"""It looks ahead at one value of its grid, which no study runs by itself."""

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
    sentence = finding["sentence"]
    assert sentence.startswith("it opens the file known.csv when it is imported: its content cannot be cut off; ")
    assert 'm2 = { file = "m2.csv", known_after = "14 days" }' in sentence  # the way out


def test_what_a_file_beside_it_reads_when_it_is_imported_is_told(
    brief: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "known.csv").write_text("up\n1\n", encoding="utf-8")
    (tmp_path / "facts.py").write_text("import pandas\nKNOWN = pandas.read_csv('known.csv')\n", encoding="utf-8")
    (tmp_path / "mine.py").write_text("import facts\n" + HONEST, encoding="utf-8")
    status, out, err = brief("mine.py", "--json")
    assert status == 1, err
    (finding,) = json.loads(out)["audited"][0]["findings"]
    assert (finding["what"], Path(finding["line"]["file"]).name, finding["line"]["number"]) == ("reads", "facts.py", 2)


def test_a_value_of_the_grid_at_which_it_looks_ahead_is_told_with_its_line(
    brief: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(SMOOTHED, encoding="utf-8")
    status, out, _ = brief("mine.py", "--json")
    first, second = json.loads(out)["audited"]
    assert status == 1
    assert (first["label"], first["status"], first["variants"], first["grid"]) == ("mine(smooth=0)", "clean", 1, 2)
    assert (second["label"], second["findings"][0]["what"]) == ("mine(smooth=5)", "look-ahead")
    line = second["findings"][0]["line"]
    assert (line["number"], line["function"]) == (line_of(SMOOTHED, "center=True"), "rule")


def test_parameters_that_are_set_are_audited_in_place_of_those_that_studies_run(
    brief: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(SMOOTHED, encoding="utf-8")
    assert [s.label for s in load_targets(tmp_path / "mine.py", ["mine.smooth=0,7"]).subjects] == [
        "mine(smooth=0)", "mine(smooth=7)",
    ]  # fmt: skip
    status, out, _ = brief("mine.py", "--set", "mine.smooth=7", "--json")
    assert (status, json.loads(out)["audited"][0]["label"]) == (1, "mine(smooth=7)")
    with refused(ParameterError, name="nine", choices=["mine"]):
        load_targets(tmp_path / "mine.py", ["nine.smooth=7"])
    with refused(ParameterError, name="smoth"):
        load_targets(tmp_path / "mine.py", ["mine.smoth=7"])


def test_the_strategies_of_a_study_are_audited_with_its_parameters(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SMOOTHED, encoding="utf-8")
    (tmp_path / "study.toml").write_text(
        'files = ["mine.py"]\n[[variants]]\nstrategy = "mine"\nparams = { smooth = [3, 5] }\n', encoding="utf-8"
    )
    targets = load_targets(tmp_path / "study.toml", trust=True)
    assert [subject.label for subject in targets.subjects] == ["mine(smooth=3)", "mine(smooth=5)"]
    assert targets.files == (tmp_path / "mine.py",)
    changed = load_targets(tmp_path / "study.toml", ["mine.smooth=11"], trust=True)
    assert [subject.label for subject in changed.subjects] == ["mine(smooth=11)"]


def test_the_code_of_a_study_that_no_run_has_used_is_audited_with_trust_only(
    brief: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(f"{HONEST}\nopen({str(tmp_path / 'ran')!r}, 'w')\n", encoding="utf-8")
    (tmp_path / "study.toml").write_text('files = ["mine.py"]\n[[variants]]\nstrategy = "mine"\n', encoding="utf-8")
    with refused(TrustError, name=str(tmp_path / "mine.py"), remedy="--trust"):
        ul.audit("study.toml", ledger="ledger.sqlite")
    assert brief("study.toml", "--quiet")[0] == 1
    assert not (tmp_path / "ran").exists()
    assert brief("study.toml", "--quiet", "--trust")[0] == 0
    assert (tmp_path / "ran").exists()


def outcome(**values: Any) -> Outcome:
    return Outcome("mine", "mine", "signal", 60, **{"status": "clean", "possible": 846, **values})


@pytest.mark.parametrize(("made", "mark"), [(846, "✓ 100 %"), (845, "✓ 99 %"), (80, "✓ 9 %"), (3, "✓ <1 %")], ids=str)
def test_the_mark_says_how_hard_it_looked(made: int, mark: str) -> None:
    assert mark in shown(outcome(cuts=made))


def test_what_cannot_be_told_has_a_mark_and_a_reason() -> None:
    text = shown(outcome(status="cannot tell", reason="it takes too long"))
    assert "? " in text
    assert "it takes too long" in text
    assert "Of 1 nothing can be told." in text
    assert not AuditResult((outcome(status="cannot tell"),), (), 7).clean


def test_a_line_that_is_not_sure_is_shown_with_its_function_and_the_lines_around() -> None:
    line = Line("/elsewhere/mine.py", 12, "mean = r.mean()", "values", 10, 13)
    unsure = Finding("look-ahead", "mine", "its past changes", line=line)
    text = shown(outcome(status="finding", findings=(unsure,)))
    assert "likely line: /elsewhere/mine.py:12, in values (lines 10 to 13): mean = r.mean()" in text
    without = Finding("look-ahead", "mine", "its past changes", no_line="it is in no file")
    assert "no line: it is in no file" in shown(outcome(status="finding", findings=(without,)))


def shown(row: Outcome) -> str:
    """The report on one of them, as one line of text."""
    console = Console(width=80, file=StringIO(), highlight=False, markup=False, emoji=False)
    show_audit(console, [row])
    assert isinstance(console.file, StringIO)
    return " ".join(console.file.getvalue().split())


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
