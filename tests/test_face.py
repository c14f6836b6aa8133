"""`import unlockstep`: its names, and that it disturbs nobody and nobody disturbs it."""

import ast
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import unlockstep as ul
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.study_options import StudyOptions

NAMES = [
    "Allocation", "Market", "Signal", "Strategy", "Study", "UnlockstepError", "audit", "by_leg", "compare", "cooldown",
    "hold_for", "inverse_volatility", "kelly_fraction", "no_trade_band", "run", "scale_in", "signals", "stop_loss",
    "strategies", "sweep", "take_profit", "target", "targets", "timing_test", "trailing_stop", "universe",
    "until", "volatility_target",
]  # fmt: skip
"""What a program may rely on; a name that goes is a new major version."""


def python(script: str, cwd: Path) -> str:
    done = subprocess.run([sys.executable, "-c", script], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def test_the_names_of_the_face_are_these_and_each_is_there() -> None:
    assert sorted(ul.__all__) == NAMES
    assert [name for name in NAMES if not hasattr(ul, name)] == []
    assert set(NAMES) <= set(dir(ul))
    assert not hasattr(ul, "Pandas")


def test_every_name_of_the_face_says_what_it_is() -> None:
    assert [name for name in NAMES if not getattr(ul, name).__doc__] == []


def test_the_import_loads_nothing_heavy(tmp_path: Path) -> None:
    heavy = ("pandas", "numpy", "pydantic", "vectorbt", "scipy", "plotly", "typer")
    script = f"import sys, unlockstep; dir(unlockstep); print([m for m in {heavy} if m in sys.modules])"
    assert python(script, tmp_path) == "[]"


def test_the_options_by_keyword_are_the_fields_of_a_study() -> None:
    assert set(StudyOptions.__annotations__) == set(Study.model_fields) - {"data"}


BASES = {
    "__init__",
    "strategy",
    "weights",
    "registry",
    "per_session",
    "named_state",
    "rebalancing",
    "holding",
    "allocation",
    "benchmarks",
    "exits",
    "sizing",
}
"""Modules of strategies that are no rule."""


def test_what_a_rule_needs_is_imported_from_signals_and_strategies() -> None:
    """A rule of one's own needs what those that ship need; compiled helpers are imported where numba is."""
    needed: dict[str, set[str]] = {"signals": set(), "strategies": set()}
    for path in (Path(__file__).parent.parent / "strategies").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))) if path.stem not in BASES else ():
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("unlockstep."):
                _, layer, *inner = str(node.module).split(".")
                if inner not in (["compiled"], ["errors"]):
                    needed[layer] |= {alias.name for alias in node.names}
    assert {"Trend", "SignalCache", "Floats"} <= needed["signals"]
    assert needed["signals"] - set(ul.signals.__all__) == set()
    assert needed["strategies"] - set(ul.strategies.__all__) == set()


RULE_OF_NEIGHBOURS = """
from NEIGHBOUR import ups
from PACKAGE.sizes import SIZE
from unlockstep.signals import Trend
from unlockstep.strategies import Strategy, target


class Mine(Strategy):
    name = "mine"
    statement = ""
    hypothesis = "it pays"

    def signals(self):
        return {"trend": Trend(leg="equity", window=60)}

    def rule(self, s):
        return target(SIZE * ups(s["trend"]), 0.0, where=s["trend"].notna())
"""


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    """A folder whose files are called as the folders of unlockstep are; two of them fail when they are imported."""
    (tmp_path / "strategies").mkdir()
    for name in ("strategies/__init__.py", "backtests.py"):
        (tmp_path / name).write_text("raise SystemExit('somebody imported me')")
    (tmp_path / "signals.py").write_text("def ups(trend):\n    return (trend > 0).astype(float)\n")
    return tmp_path


def test_files_called_as_our_folders_do_not_disturb_a_run(notebooks: Path) -> None:
    script = """
import sys
import unlockstep as ul
print(ul.run(data="demo", start="2022-01-03", variants=[{"strategy": "eth_leads"}]).verdict.decision)
print([m for m in ("signals", "strategies", "backtests") if m in sys.modules])
print(__import__("signals").__file__)
"""
    decision, *rest = python(script, notebooks).splitlines()
    assert decision in {"edge", "no edge", "cannot tell"}
    assert rest == ["[]", str(notebooks / "signals.py")]


def test_a_rule_and_its_neighbours_called_as_our_folders_run_on_the_command_line(notebooks: Path) -> None:
    (notebooks / "strategies" / "__init__.py").write_text("")
    (notebooks / "strategies" / "sizes.py").write_text("SIZE = 0.5\n")
    (notebooks / "mine.py").write_text(
        RULE_OF_NEIGHBOURS.replace("NEIGHBOUR", "signals").replace("PACKAGE", "strategies")
    )
    options = ("--strategy", "mine.py", "--start", "2022-01-03", "--out", "run", "--quiet")
    command = (sys.executable, "-m", "unlockstep", "run", *options)
    done = subprocess.run(command, cwd=notebooks, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    weights = pd.read_parquet(notebooks / "run" / "weights.parquet")["mine", "ETH-USD"].dropna()
    assert sorted(set(weights)) == [0.0, 0.5]
