"""`import unlockstep`: its names, and that it disturbs nobody and nobody disturbs it."""

import subprocess
import sys
from pathlib import Path

import unlockstep as ul
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.study_options import StudyOptions

NAMES = [
    "Market", "Signal", "Strategy", "Study", "UnlockstepError", "run", "signals", "strategies", "target", "timing_test",
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
