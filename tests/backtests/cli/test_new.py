"""`unlockstep new strategy NAME`: what it writes passes its own test, our style, and a run."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest

from tests.backtests.cli.test_app import failed_command, refusal_of
from tests.backtests.nursery import command
from tests.golden_files import assert_golden
from tests.refusals import refused
from tests.systems import needs_posix
from unlockstep.backtests.jobs import audit as job
from unlockstep.backtests.plugins.file_loader import load
from unlockstep.backtests.plugins.scaffold import starter
from unlockstep.signals.errors import ParameterError, UsageError

ROOT = Path(__file__).parents[3]
PATHS = {**os.environ, "PYTHONPATH": str(ROOT), "MYPYPATH": str(ROOT)}


def python(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *map(str, words)], capture_output=True, text=True, check=False, cwd=cwd, env=PATHS
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the command has written my_rule."""
    folder = tmp_path_factory.mktemp("new") / "rules"
    done = command("new", "strategy", "my_rule", "--out", folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert {path.name for path in folder.iterdir()} == {"my_rule.py", "test_my_rule.py"}
    for words in ("run --strategy", "audit", "pytest"):
        assert words in done.stdout
    return folder


@contextmanager
def written_tests(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Callable[[], None]]]:
    """The written tests, to be called here, with an audit that takes the least time."""
    monkeypatch.setattr(job, "MOST", 0.2)
    monkeypatch.syspath_prepend(folder)
    result = {name: each for name, each in vars(import_module("test_my_rule")).items() if name.startswith("test_")}
    assert len(result) == 3
    try:
        yield result
    finally:
        for name in ("test_my_rule", "my_rule"):
            del sys.modules[name]  # as if never imported


def test_what_is_written_is_of_one_piece(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with written_tests(place, monkeypatch) as tests:
        for test in tests.values():
            test()
    assert list(load(place / "my_rule.py").strategies) == ["my_rule"]


def looking_ahead(place: Path, folder: Path) -> Path:
    """The folder, with a copy of what is written that looks ahead."""
    for path in place.glob("*.py"):
        text = path.read_text()
        (folder / path.name).write_text(text.replace('up = s["trend"] > 0', 'up = s["trend"].shift(-1) > 0'))
    return folder


def test_of_what_is_written_one_test_notices_a_look_ahead(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with written_tests(looking_ahead(place, tmp_path), monkeypatch) as tests:
        (test,) = (test for name, test in tests.items() if "look_ahead" in name)
        with pytest.raises(AssertionError):
            test()


@pytest.mark.deep
def test_what_is_written_passes_its_own_test(place: Path) -> None:
    done = python("pytest", "-q", "-p", "no:cacheprovider", cwd=place)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


@pytest.mark.deep
def test_the_test_that_is_written_notices_a_look_ahead(place: Path, tmp_path: Path) -> None:
    done = python("pytest", "-q", "-p", "no:cacheprovider", "-k", "look_ahead", cwd=looking_ahead(place, tmp_path))
    assert done.returncode == 1, done.stdout
    assert "1 failed" in done.stdout


@pytest.mark.slow
def test_what_is_written_runs(place: Path, tmp_path: Path) -> None:
    words = ("--strategy", "my_rule.py", "--set", "my_rule.window=30,60", "--start", "2024-01-01", "--json")
    done = command("run", *words, "--out", tmp_path / "one", cwd=place)
    assert done.returncode == 0, done.stderr
    variants = [v["name"] for v in json.loads(done.stdout)["variants"] if not v["benchmark"]]
    assert variants == ["my_rule(window=30)", "my_rule(window=60)"]


@pytest.mark.slow
def test_what_is_written_passes_our_style_and_types(place: Path) -> None:
    config = ROOT / "pyproject.toml"
    theirs = ("--config", config, "--config", "lint.isort.known-first-party = []")  # to a user we are a library
    for words in (("ruff", "check", *theirs, "."), ("ruff", "format", "--check", "--config", config, ".")):
        done = python(*words, cwd=place)
        assert done.returncode == 0, done.stdout
    done = python(
        "mypy", "--config-file", config, "--cache-dir", place / "cache", "my_rule.py", "test_my_rule.py", cwd=place
    )
    assert done.returncode == 0, done.stdout


def test_a_class_is_not_called_as_what_its_file_imports(tmp_path: Path) -> None:
    for name, class_ in (("trend", "TrendRule"), ("field", "FieldRule"), ("two_words", "TwoWords")):
        path = tmp_path / f"{name}.py"
        path.write_text(starter(name)[f"{name}.py"])
        assert load(path).strategies[name].__name__ == class_


def test_nothing_is_overwritten(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "test_my_rule.py").write_text("mine")
    code, said = failed_command(capsys, monkeypatch, "new", "strategy", "my_rule", "--out", tmp_path)
    assert (code, said.count("\n")) == (1, 1)
    assert "test_my_rule.py' is there already" in said
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("test_my_rule.py", "mine")]
    code, said = failed_command(
        capsys, monkeypatch, "new", "strategy", "my_rule", "--out", tmp_path / "test_my_rule.py"
    )
    assert (code, said.count("\n")) == (1, 1)


@needs_posix
def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    script = (
        "import resource, signal, sys\nfrom unlockstep.backtests.cli import app as cli\n"
        "from unlockstep.backtests.plugins import scaffold as starter\n"
        "sys.argv[1:] = ['new', 'strategy', 'my_rule']\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path, env=PATHS
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert "cannot be written: File too large." in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("signal", "mine"), ("strategy",), ()])
def test_anything_else_is_misuse(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    error = refusal_of(capsys, monkeypatch, "new", *words)
    assert (type(error), error.name) == (UsageError, " ".join(("new", *words)))
    assert list(tmp_path.iterdir()) == []


UNFIT = (
    "MyRule", "../my_rule", "_rule", "règle", "class", "derisk", "random", "signals", "test_rule", "rule_test",
    "conftest", "setup", "__init__", "a" * 41,
)  # fmt: skip


def test_a_name_that_cannot_be_used_is_refused_with_the_reason(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    errors = [refusal_of(capsys, monkeypatch, "new", "strategy", name) for name in UNFIT]
    assert [(type(error), error.name) for error in errors] == [(ParameterError, name) for name in UNFIT]
    assert_golden("strategy_names", "\n".join(map(str, errors)))
    assert list(tmp_path.iterdir()) == []


def test_an_empty_name_is_none() -> None:
    with refused(ParameterError, name="", remedy="my_rule"):
        starter("")
