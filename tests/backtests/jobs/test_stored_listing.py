"""The listing that the code is shipped with, and when the classes are asked instead."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from unlockstep.backtests.jobs import listing, stored_listing
from unlockstep.backtests.jobs.stored_listing import Kind, listed


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of which the classes were asked."""
    kinds: list[str] = []

    def record(kind: str) -> list[object]:
        kinds.append(kind)
        return []

    for kind in ("signals", "strategies"):
        monkeypatch.setattr(listing, kind, partial(record, kind))
    return kinds


@pytest.mark.parametrize("kind", ["signals", "strategies"])
def test_what_is_stored_is_what_the_classes_say(kind: Kind) -> None:
    live = listing.signals() if kind == "signals" else listing.strategies()
    assert json.dumps([vars(row) for row in listed(kind)], default=vars) == json.dumps(
        [vars(row) for row in live], default=vars
    )


def test_the_classes_are_asked_only_where_the_modules_are_others(
    counted: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert listed("signals")
    assert counted == []
    for layer in ("signals", "strategies"):
        (tmp_path / layer).mkdir()
    (tmp_path / "strategies" / "mine.py").write_text("a new one")
    monkeypatch.setattr(stored_listing, "ROOT", tmp_path)
    assert listed("strategies") == []
    assert counted == ["strategies"]


def test_the_classes_are_asked_where_another_package_brings_some_or_nothing_is_stored(
    counted: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stored_listing, "entry_points", lambda **_: ["a package"])
    assert listed("signals") == []
    monkeypatch.setattr(stored_listing, "entry_points", lambda **_: [])
    assert listed("signals")
    monkeypatch.setattr(stored_listing, "LISTING", tmp_path / "none.json")
    assert listed("signals") == []
    assert counted == ["signals", "signals"]


@pytest.mark.parametrize("kind", ["signals", "strategies", "runs"])
def test_a_list_loads_no_pandas(kind: str, tmp_path: Path) -> None:
    script = (
        "import sys\nfrom unlockstep.backtests.cli.app import app\n"
        f"try:\n    app(['list', '{kind}'])\nexcept SystemExit as left:\n    assert not left.code\n"
        "heavy = ('pandas', 'scipy', 'exchange_calendars', 'numba', 'pyarrow')\n"
        "print([m for m in heavy if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stderr == "[]\n"
