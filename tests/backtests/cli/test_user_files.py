"""A user's own strategy at the command line: it runs, is repeated to the byte, and its faults name file and line."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.backtests.cli.test_app import refusal_of
from tests.backtests.nursery import command
from tests.backtests.plugins.user_files import RULE, changed, line_of, written
from tests.refusals import assert_fields
from tests.systems import needs_posix, needs_root
from unlockstep.backtests.cli.app import main
from unlockstep.signals.errors import CodeError, HistoryError, ParameterError, StudyError

RULED = 'return target(0.0, (s["trend"] > 0).astype(float), where=s["trend"].notna())'
SIGNALS = 'return {"trend": Trend(leg="crypto", window=self.window)}'
SIGNAL = """

class Mine(Signal):
    name = "mine"
    meaning = "a one, always"
    unit = "state"

    @property
    def warmup(self):
        return 3

    def values(self, market):
        return np.ones(len(market.sessions))
"""
WITH_SIGNAL = (
    changed(SIGNALS, 'return {"trend": Mine()}').replace(
        "from unlockstep.signals import Trend", "import numpy as np\nfrom unlockstep.signals import Signal"
    )
    + SIGNAL
)
SHORT = ("--start", "2024-01-01")
LONG = "target(0.6, 0.6, where=s['trend'].notna())"


@pytest.mark.parametrize(
    ("text", "at", "method", "says"),
    [
        (changed('(s["trend"] > 0)', '(s["trnd"] > 0)'), '"trnd"', "rule", "There are: trend. What a rule reads,"),
        (changed(RULED, "return None"), "def rule", "rule", "the rule must answer a DataFrame; got NoneType."),
        (changed(RULED, "return s"), "def rule", "rule", "with columns crypto and equity, a row a session."),
        (changed(RULED, f"return {RULED[7:]}.iloc[1:]"), "def rule", "rule", "a row a session."),
        (changed(RULED, f"return {RULED[7:]}.astype(str)"), "def rule", "rule", "the rule must answer numbers; got"),
        (changed(RULED, f"return {LONG}"), "def rule", "rule", "decided long weights of more than the whole "),
        (changed(RULED, f"return {LONG} * float('inf')"), "def rule", "rule", "answered an infinite weight on "),
        (changed(RULED, "return self.rule(s)"), "self.rule(s)", "rule", "RecursionError: maximum recursion depth"),
        (changed(RULED, "raise MemoryError"), "raise MemoryError", "rule", "in rule: MemoryError."),
        (changed(RULED, "raise SystemExit(0)"), "raise SystemExit", "rule", "in rule: SystemExit: 0."),
        (changed(RULED, "raise type('Odd', (BaseException,), {})"), "raise type", "rule", "in rule: Odd."),
        (changed(RULED, "return s.apply(lambda x: x.no_such_thing)"), "lambda", "<lambda>", "AttributeError: 'Series'"),
        (changed(RULED, "input()"), "input()", "rule", "in rule: "),
        (changed(RULED, "raise EOFError"), "raise EOFError", "rule", "in rule: EOFError."),
        (changed(RULED, "raise BrokenPipeError(32, 'x')"), "raise Broken", "rule", "PipeError: [Errno 32] x."),
        (changed(RULED, "raise Exception('first\\nsecond')"), "raise Exc", "rule", "in rule: Exception: first."),
        (changed(RULED, "self.window = 3"), "self.window = 3", "rule", "ValidationError: it cannot be changed."),
        (changed(RULED, "import beside_mine"), "import beside", "rule", "files beside it at the top of the file."),
        (changed(SIGNALS, 'return {"trend": Trend(windw=9)}'), "windw", "signals", "did you mean 'window'?"),
        (changed(SIGNALS, "return 1 / 0"), "1 / 0", "signals", "ZeroDivisionError: division by zero."),
        (RULE + "\n    @property\n    def warmup(self):\n        return 2.5\n", "@property", "warmup", "got 2.5."),
        (RULE + "\n    @property\n    def warmup(self):\n        return self.no\n", "self.no", "warmup", "AttributeE"),
        (WITH_SIGNAL.replace("np.ones(len(market.sessions))", "np.ones(7)"), "def values", "values", "of shape (7,)."),
        (WITH_SIGNAL.replace("np.ones(len(market.sessions))", "market.no"), "market.no", "values", "AttributeError"),
        (WITH_SIGNAL.replace("np.ones(len(market.sessions))", "market.sessions"), "def values", "values", "datetime64"),
    ],
)  # fmt: skip
def test_what_fails_in_a_strategy_names_file_line_and_method(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    text: str,
    at: str,
    method: str,
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, text)
    written(tmp_path, "", "beside_mine.py")
    error = refusal_of(capsys, monkeypatch, "run", "--strategy", "my_rule.py", "--start", "2024-01-01", "--out", "one")
    assert isinstance(error, CodeError)
    assert_fields(error, name=str(tmp_path / "my_rule.py"), line=line_of(text, at.strip()))
    assert f", in {method}: " in str(error)
    assert says in str(error)
    assert not (tmp_path / "one").exists()


def test_a_fault_in_the_options_is_not_laid_at_the_file_s_door(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = written(tmp_path)
    for setting, name in {"my_rule.window=3": "my_rule.window", "my_rule.windw=30": "windw"}.items():
        error = refusal_of(capsys, monkeypatch, "run", "--strategy", path, "--set", setting)
        assert (type(error), error.name, error.line) == (ParameterError, name, None)
    error = refusal_of(capsys, monkeypatch, "run", "--strategy", path, "--start", "2025-10-01", "--out", tmp_path / "x")
    assert (type(error), error.limit, error.line) == (HistoryError, 20 + 120, None)


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = written(tmp_path, changed(RULED, "return 1 / 0"))
    words = ["unlockstep", "run", "--strategy", str(path), *SHORT, "--out", str(tmp_path / "one"), "--debug"]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(CodeError) as shown:  # so Python shows it
        main()
    assert isinstance(shown.value.__cause__, ZeroDivisionError)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A run of two variants of a file that prints and warns, beside a built-in strategy and one whose name would be a
    script; its run folder is `one`.

    While it decides, the file edits itself: what was read at the beginning counts.
    """
    folder = tmp_path_factory.mktemp("mine")
    said = "import os\nimport warnings\nprint('loaded')\nos.system('echo started')\nwarnings.warn('mind the gap')\n"
    loud = "print('deciding')\n        os.write(1, b'past Python')\n        open(__file__, 'a').write('#')\n        "
    text = said + changed(RULED, loud + RULED)
    path = written(folder, text)
    (folder / "kept.py").write_text(text)
    evil = changed('name = "my_rule"', 'name = "<script>alert`1`</script>"')
    written(folder, evil.replace("IWM follows where ETH has gone", "<img src=x onerror=alert(2)>"), "evil.py")
    words = ("run", "--strategy", "./my_rule.py", "--strategy", "eth_leads", "--set", "my_rule.window=21,42", *SHORT)
    done = command(*words, "--strategy", "evil.py", "--json", "--out", folder / "one", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert path.read_text() != text
    shutil.move(folder / "kept.py", path)
    return folder, done


def variants(result: dict[str, object]) -> dict[str, dict[str, object]]:
    listed = result["variants"]
    assert isinstance(listed, list)
    return {each["name"]: each for each in listed}


def test_a_file_beside_a_name_gives_the_figures_of_the_same_rule(
    finished: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    simulated = variants(json.loads(finished[1].stdout))
    assert {"my_rule(window=21)", "my_rule(window=42)", "eth_leads(trend=21)"} < set(simulated)
    assert simulated["my_rule(window=21)"]["metrics"] == simulated["eth_leads(trend=21)"]["metrics"]
    assert simulated["my_rule(window=42)"]["metrics"] != simulated["eth_leads(trend=21)"]["metrics"]


def test_what_the_user_s_code_prints_and_warns_goes_to_stderr(
    finished: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, done = finished
    assert json.loads(done.stdout) == json.loads((folder / "one" / "result.json").read_text())
    for words in ("loaded", "started", "deciding", "past Python", "mind the gap"):
        assert words in done.stderr


def test_the_report_says_which_strategies_come_from_a_file(
    finished: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, done = finished
    path = folder / "my_rule.py"
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    simulated = variants(json.loads(done.stdout))
    assert simulated["my_rule(window=21)"]["source"] == {"file": str(path), "sha256": sha256}
    assert simulated["eth_leads(trend=21)"]["source"] == {"package": f"unlockstep {version('unlockstep')}"}
    for report in ("report.html", "report.md"):
        text = (folder / "one" / report).read_text()
        assert "Strategy my_rule" in text
        assert sha256 in text
        assert path.name in text
        assert str(folder) not in text
        assert "Strategy eth_leads" not in text


@pytest.mark.slow
def test_a_run_s_study_repeats_it_from_anywhere(
    finished: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    folder, _ = finished
    study = folder / "one" / "study.toml"
    done = command("run", study, "--out", "again", "--quiet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for name in ("returns", "weights", "trades", "signals"):
        file = f"{name}.parquet"
        assert (tmp_path / "again" / file).read_bytes() == (folder / "one" / file).read_bytes(), name
    assert (tmp_path / "again" / "study.toml").read_text() == study.read_text()


def test_a_run_s_study_runs_its_files_where_the_ledger_knows_them(
    finished: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    folder, _ = finished
    words = ("run", folder / "one" / "study.toml", "--end", "2024-02-01", "--out", "again", "--quiet")
    other = command(*words, "--ledger", "other.sqlite", cwd=tmp_path)
    assert (other.returncode, other.stdout) == (1, "")
    for file in ("my_rule.py", "evil.py"):
        assert str(folder / file) in other.stderr
    assert "--trust" in other.stderr
    assert "at least 120 more are needed" in command(*words, cwd=tmp_path).stderr
    assert (
        "at least 120 more are needed"
        in command(*words, "--ledger", "other.sqlite", "--trust", cwd=tmp_path).stderr.lower()
    )


def test_a_run_s_study_refuses_a_changed_file(
    finished: tuple[Path, subprocess.CompletedProcess[str]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    folder, _ = finished
    study, path = folder / "one" / "study.toml", folder / "my_rule.py"
    text = path.read_text()
    path.write_text(text + "\n# edited\n")
    error = refusal_of(capsys, monkeypatch, "run", study, "--out", tmp_path / "other")
    assert isinstance(error, CodeError)
    assert_fields(error, name=str(path), remedy="[files]")
    path.unlink()
    error = refusal_of(capsys, monkeypatch, "run", study, "--out", tmp_path / "other")
    assert isinstance(error, StudyError)
    assert_fields(error, name=str(path))
    assert not (tmp_path / "other").exists()
    path.write_text(text)


def test_a_strategy_s_own_name_is_harmless_in_the_page(
    finished: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    page = (finished[0] / "one" / "report.html").read_text()
    assert "alert`1`" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


@needs_posix
def test_nothing_but_a_name_or_a_path_is_a_strategy(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "only_signals.py").write_text("import numpy as np\nfrom unlockstep.signals import Signal\n" + SIGNAL)
    for word, kind, name in (
        ("my_rule.py", StudyError, str(tmp_path / "my_rule.py")),
        ("rules/", StudyError, str(tmp_path / "rules")),
        ("pipe.py", StudyError, str(tmp_path / "pipe.py")),
        ("my_rule", ParameterError, "my_rule"),
        ("only_signals.py", StudyError, "only_signals.py"),
    ):
        error = refusal_of(capsys, monkeypatch, "run", "--strategy", word)
        assert (type(error), error.name) == (kind, name)


@needs_root
def test_a_file_that_may_not_be_read_is_named() -> None:
    script = (
        "import os, sys\nfrom unlockstep.backtests.cli import app as cli\n"
        "from unlockstep.backtests.config import study\n"
        "os.setuid(65534)\nsys.argv[1:] = ['run', '--strategy', sys.argv[1]]\ncli.main()"
    )
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # theirs to enter, unlike those of pytest
        path = written(Path(folder))
        path.chmod(0)
        words = [sys.executable, "-c", script, str(path)]
        done = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "cannot be read: Permission denied." in done.stderr
