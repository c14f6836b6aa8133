"""What is released: the wheel runs alone, the sdist builds the same one, and public names are those promised."""

import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterable
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from docs.generate_reference import markdown
from unlockstep import signals, strategies
from unlockstep.backtests.cli import app as cli

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

STRATEGIES = {
    "Allocation", "ReadsState", "Strategy", "TargetWeights", "by_leg", "cooldown", "first_of_month", "hold_for",
    "inverse_volatility", "kelly_fraction", "no_trade_band", "scale_in", "stop_loss", "take_profit", "target",
    "targets", "trailing_stop", "until", "volatility_target", "where_defined",
}  # fmt: skip
COMMANDS = {
    "run", "compare", "sweep", "unseal", "events", "audit", "replicate", "new", "list", "register", "withdraw",
    "calibrate",
    "universe", "calibrate universe", "calibrate signals", "data fetch", "data check", "data show",
}  # fmt: skip
SIGNALS = {
    "Signal", "SignalCache", "Market", "Leg", "SESSIONS_PER_YEAR", "Correlation", "LevelCorrelation", "Breakdown",
    "BreakOnset", "YoY", "YoYDivergence", "Response", "Beta", "Gap", "LeadLag", "Trend", "Volatility", "Detector",
    "Columns", "Floats", "Window", "MinStay", "COUPLED", "DECOUPLED", "hysteresis",
}  # fmt: skip
"""Names that code outside may rely on; one that goes is a new major version."""


def test_the_public_names_are_there() -> None:
    assert set(signals.__all__) >= SIGNALS
    assert set(strategies.__all__) == STRATEGIES
    assert set(re.findall(r"^### unlockstep (.+)$", markdown(), re.MULTILINE)) == COMMANDS
    assert callable(cli.main)


def test_every_dependency_earns_its_place_in_the_documents_and_is_pinned() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower().replace("_", "-")
    for extra in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()):
        for dependency in extra:
            name = re.split(r"[<>=\[]", dependency)[0].lower()
            package = name.removesuffix("-stubs")  # told of as the stubs of their packages
            assert package in text, name
            assert f"\n{name.replace('_', '-')}==" in pinned, name


def test_the_newest_version_in_the_changelog_is_this_one() -> None:
    text = re.findall(
        r"^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M
    )
    assert text[0] == PROJECT["version"] == version("unlockstep")
    assert sorted(map(Version, text), reverse=True) == list(map(Version, text))


def pins(file: str) -> dict[str, Version]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    pinned = [Requirement(line) for line in lines if not line.startswith("#")]
    return {canonicalize_name(each.name): Version(str(each.specifier).removeprefix("==")) for each in pinned}


def test_the_oldest_and_the_newest_versions_allowed_are_those_tested() -> None:
    oldest, newest = pins("constraints-oldest.txt"), pins("constraints.txt")
    for each in map(Requirement, PROJECT["dependencies"]):
        name = canonicalize_name(each.name)
        (least,) = (Version(s.version) for s in each.specifier if s.operator in (">=", "=="))
        assert oldest[name] == least, name
        assert newest[name] in each.specifier, name


def brought(name: str, extras: Iterable[str], result: set[str]) -> set[str]:
    """The packages that an installed one requires here, and those that they require, itself with them."""
    result.add(name)
    for requirement in map(Requirement, requires(name) or []):
        wanted = [{"extra": extra} for extra in ("", *extras)]
        if requirement.marker is None or any(map(requirement.marker.evaluate, wanted)):
            each = canonicalize_name(requirement.name)
            if each not in result:
                brought(each, requirement.extras, result)
    return result


def test_the_licence_of_every_package_that_is_installed_along_is_told() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    _, _, along = text.partition("## What they bring along")
    listed = {name for row in re.findall(r"^\| .+ \| (.+) \|$", along, re.MULTILINE) for name in row.split(", ")}
    chosen = {canonicalize_name(Requirement(each).name) for each in PROJECT["dependencies"]}
    # at least: older versions bring others, and so do other systems
    assert brought("unlockstep", (), set()) - chosen - {"unlockstep", "vectorbt-rust"} <= listed


def test_the_workflow_runs_what_ci_runs() -> None:
    workflow, deep = (
        (ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8") for name in ("ci", "deep")
    )
    assert "- run: .ci/run" in workflow
    assert "- run: make deep" in deep
    assert "- run: make cover" in deep
    assert "schedule:" in deep
    assert "windows-latest, macos-latest" in workflow
    (tests,) = re.findall(r"^test:.*\n\t\$\(BIN\)/python (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert f"python {tests.replace(chr(39), chr(34))}\n" in workflow
    assert f'python-version: "{PROJECT["requires-python"].removeprefix(">=")}"' in workflow
    others = [each.rpartition(" ")[2] for each in PROJECT["classifiers"] if "Python :: 3." in each][1:]
    assert [each for each in others if f'python: "{each}", constraints: constraints.txt' not in deep] == []
    assert f'python-version: "{others[-1]}"' in workflow
    assert "constraints: constraints-oldest.txt" in deep


def python(*words: str | Path, cwd: Path, path: Path = Path(sys.executable)) -> str:
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run([path, *words], cwd=cwd, capture_output=True, text=True, check=False, env=clean)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
def test_wheel_and_editable_run_alone_and_the_sdist_builds_the_same_wheel(tmp_path: Path) -> None:
    built = tmp_path / "dist"
    python("-m", "hatchling", "build", "-d", built, cwd=ROOT)
    (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
    python("-m", "tarfile", "-e", sdist, tmp_path / "source", cwd=tmp_path)
    (source,) = (tmp_path / "source").iterdir()
    python("-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "again", cwd=source)
    (again,) = (tmp_path / "again").glob("*.whl")
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert {name: one.read(name) for name in one.namelist()} == {
            name: other.read(name) for name in other.namelist()
        }
        names = set(one.namelist())
    schemas = "unlockstep/backtests/schemas"
    described = {f"{schemas}/{name}.schema.json" for name in ("study", "result", "universe")}
    universes = {f"unlockstep/universes/{name}.toml" for name in ("cross_asset", "demo")}
    assert {"unlockstep/py.typed", *described, *universes} <= names
    assert [name for name in names if "reference" in name] == []
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"unlockstep"}

    venv.create(tmp_path / "empty", with_pip=True)
    alone = tmp_path / "empty" / "bin" / "python"
    constraints = ROOT / "constraints.txt"
    python("-m", "pip", "install", "--quiet", "--constraint", constraints, wheel, cwd=tmp_path, path=alone)
    shown = python(alone.parent / "unlockstep", "run", "--data", "demo", "--out", "run", cwd=tmp_path, path=alone)
    assert "SYNTHETIC" in shown
    assert (tmp_path / "run" / "report.html").stat().st_size > 1_000_000
    check_among_files_of_the_same_names(tmp_path / "with_wheel", alone)
    assert python("-c", BARE, cwd=tmp_path, path=alone).strip() == "[]"

    python("-m", "pip", "uninstall", "--quiet", "--yes", "unlockstep", cwd=tmp_path, path=alone)
    python("-m", "pip", "install", "--quiet", "--no-deps", "--editable", ROOT, cwd=tmp_path, path=alone)
    check_among_files_of_the_same_names(tmp_path / "with_editable", alone)


BARE = (
    "from importlib.util import find_spec; print([n for n in ('signals', 'strategies', 'backtests') if find_spec(n)])"
)


def check_among_files_of_the_same_names(folder: Path, path: Path) -> None:
    """A run from Python and the command line work in a folder whose files are called as ours, and leave them alone."""
    (folder / "strategies").mkdir(parents=True)
    for name in ("signals.py", "strategies/__init__.py", "backtests.py"):
        (folder / name).write_text("raise SystemExit('somebody imported me')")
    script = "import unlockstep as ul; print(ul.run(data='demo').verdict.decision)"
    assert python("-c", script, cwd=folder, path=path).strip() in {"edge", "no edge", "cannot tell"}
    assert "eth_leads" in python("-m", "unlockstep", "list", "strategies", cwd=folder, path=path)
