"""Signals and strategies of other packages, found by their entry points."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.backtests.nursery import command
from tests.backtests.plugins.test_file_loader import WITH_SIGNAL
from tests.backtests.plugins.user_files import RULE, changed, line_of, packed, written
from tests.refusals import refused
from unlockstep.backtests.jobs.audit import load_targets
from unlockstep.backtests.plugins.entry_points import installed
from unlockstep.backtests.plugins.lookup import signal_named, strategy_named
from unlockstep.signals.errors import CodeError, ParameterError

SHORT = ("--start", "2024-01-01")


def with_site(site: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`unlockstep` in a process that finds the packages in `site`."""
    return command(*arguments, PYTHONPATH=str(site))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages of this process."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def test_an_installed_strategy_is_listed_and_run_with_its_package(tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    packed(site, "acme_rules", strategies="my_rule = acme_rules.rules:MyRule")
    listed = with_site(site, "list", "strategies")
    assert "my_rule" in listed.stdout
    assert "from acme-rules 1.2; warm-up 20 sessions" in listed.stdout
    assert "from unlockstep; warm-up 255 sessions" in listed.stdout
    done = with_site(site, "run", "--strategy", "my_rule", "--out", tmp_path / "one", "--json", *SHORT)
    assert done.returncode == 0, done.stderr
    candidate = next(v for v in json.loads(done.stdout)["variants"] if not v["benchmark"])
    assert (candidate["strategy"], candidate["source"]) == ("my_rule", {"package": "acme-rules 1.2"})
    assert "from acme-rules 1.2" in (tmp_path / "one" / "report.md").read_text()


def test_an_installed_signal_is_listed_and_its_events_studied(tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    text = WITH_SIGNAL.replace("np.nan, 1.0)", "np.nan, (np.arange(len(market.sessions)) // 40) % 2 * 2.0 - 1.0)")
    packed(site, "acme_signals", text, signals="mine = acme_signals.rules:Mine")
    rows = json.loads(with_site(site, "list", "signals", "--json").stdout)["signals"]
    assert [row["source"] for row in rows if row["name"] == "mine"] == ["acme-signals 1.2"]
    done = with_site(site, "events", "--signal", "mine", "--out", tmp_path / "one", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["signal"]["name"] == "mine"


def test_a_broken_package_is_told_in_the_list_and_harms_no_other_command(tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    packed(site, "acme_broken", "import os\n\nprint(1 / 0)\n", strategies="my_rule = acme_broken.rules:MyRule")
    listed = with_site(site, "list", "strategies")
    assert listed.returncode == 0
    assert "derisk" in listed.stdout
    text = " ".join(listed.stdout.split())
    assert "acme-broken 1.2: " in text
    assert "rules.py, line 3: ZeroDivisionError: division by zero." in text
    refused = with_site(site, "run", "--strategy", "my_rule", "--out", tmp_path / "one")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    assert "acme-broken 1.2: " in refused.stderr
    assert "rules.py, line 3: ZeroDivisionError: division by zero." in refused.stderr
    fine = with_site(site, "list", "signals")
    assert ("correlation" in fine.stdout, fine.stderr) == (True, "")


def test_nothing_is_imported_before_it_is_asked_for(site: Path) -> None:
    packed(site, "acme_lazy", "raise SystemExit", strategies="my_rule = acme_lazy.rules:MyRule")
    assert "my_rule" in installed("Strategy")
    assert strategy_named("derisk", {}).name == "derisk"
    with refused(ParameterError, name="my_rul", choices=["my_rule"]):
        strategy_named("my_rul", {})
    assert "acme_lazy" not in sys.modules


def test_an_error_while_an_installed_rule_decides_names_its_line(tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    text = changed('(s["trend"] > 0)', '(s["trnd"] > 0)')
    packed(site, "acme_typo", text, strategies="my_rule = acme_typo.rules:MyRule")
    done = with_site(site, "run", "--strategy", "my_rule", "--out", tmp_path / "one")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"rules.py, line {line_of(text, 'trnd')}, in rule: There is no column 'trnd'" in done.stderr


HYPOTHESIS = 'hypothesis = "IWM follows where ETH has gone"'


@pytest.mark.parametrize(
    ("package", "text", "entry", "says"),
    [
        ("acme_none", RULE, "my_rule = acme_none.no_such:MyRule", "No module named 'acme_none.no_such'"),
        ("acme_less", RULE, "my_rule = acme_less.rules:Other", "has no attribute 'Other'"),
        ("acme_thing", RULE, "my_rule = acme_thing.rules:Field", "names acme_thing.rules:Field, which is no Strategy"),
        ("acme_name", RULE, "rule = acme_name.rules:MyRule", "a Strategy that calls itself 'my_rule'"),
        ("acme_half", changed(HYPOTHESIS, ""), "my_rule = acme_half.rules:MyRule", "it has no hypothesis"),
        ("acme_same", RULE.replace("my_rule", "derisk"), "mine = acme_same.rules:MyRule", "'derisk' is taken"),
    ],
)  # fmt: skip
def test_an_entry_point_that_is_none_names_its_package(
    site: Path, package: str, text: str, entry: str, says: str
) -> None:
    packed(site, package, text, strategies=entry)
    with pytest.raises(CodeError) as caught:
        strategy_named(entry.partition(" ")[0], {})
    assert str(caught.value).startswith(f"{package.replace('_', '-')} 1.2: ")
    assert says in str(caught.value)


def test_two_packages_may_not_bring_one_name(site: Path) -> None:
    for package in ("acme_one", "acme_two"):
        packed(site, package, strategies=f"my_rule = {package}.rules:MyRule")
    with refused(CodeError, name="my_rule", remedy="remove"):
        strategy_named("my_rule", {})
    assert strategy_named("derisk", {}).name == "derisk"


def test_a_file_may_not_take_the_name_of_a_package_s_strategy(site: Path, tmp_path: Path) -> None:
    packed(site, "acme_first", strategies="my_rule = acme_first.rules:MyRule")
    with refused(CodeError, name="my_rule", remedy="rename"):
        strategy_named("my_rule", {str(written(tmp_path)): ""})


def test_a_name_of_unlockstep_s_own_stays_its_own(site: Path) -> None:
    text = changed('name = "my_rule"', 'name = "derisk"')
    packed(
        site, "acme_clash", text, strategies="derisk = acme_clash.rules:MyRule", signals="trend = acme_clash.rules:X"
    )
    assert strategy_named("derisk", {}).__module__ == "unlockstep.strategies.derisk"
    assert signal_named("trend").__module__ == "unlockstep.signals.trend"


def test_the_audit_finds_what_packages_bring(site: Path) -> None:
    packed(
        site, "acme_audited", WITH_SIGNAL, strategies="my_rule = acme_audited.rules:MyRule",
        signals="mine = acme_audited.rules:Mine",
    )  # fmt: skip
    assert [subject.label for subject in load_targets("my_rule").subjects] == ["my_rule(window=20)"]
    assert [subject.label for subject in load_targets("mine").subjects] == ["mine"]
    assert {"my_rule(window=20)", "mine"} < {subject.label for subject in load_targets("all").subjects}
