"""Studies that would take the stack, all memory or minutes are refused in one sentence, with the line."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.refusals import refused
from tests.systems import needs_posix
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.variants import MOST_VARIANTS
from unlockstep.signals.errors import ParameterError, StudyError


def written(folder: Path, text: str) -> Path:
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


DEPTHS = (12, 1_000, 100_000)
NESTED: dict[str, Callable[[int], str]] = {
    "lists": lambda n: "seed = 1\na = " + "[" * n + "]" * n + "\n",
    "lists without end": lambda n: "seed = 1\na = " + "[" * n + "\n",
    "tables": lambda n: "seed = 1\na = " + "{a=" * n + "1" + "}" * n + "\n",
    "keys": lambda n: "seed = 1\n" + ".".join("a" * n) + " = 1\n",
    "spaced keys": lambda n: "seed = 1\n" + " . ".join("a" * n) + " = 1\n",
    "quoted keys": lambda n: "seed = 1\n" + ".".join(['"a"', "'b'"] * (n // 2)) + " = 1\n",
    "a header": lambda n: "seed = 1\n[" + ".".join("a" * n) + "]\nx = 1\n",
    "a header of lists": lambda n: "seed = 1\n[[" + ".".join("a" * n) + "]]\nx = 1\n",
}


@pytest.mark.parametrize("how", NESTED)
@pytest.mark.parametrize("depth", DEPTHS)
def test_a_study_that_is_nested_too_deep_is_refused_with_its_line(tmp_path: Path, how: str, depth: int) -> None:
    path = written(tmp_path, NESTED[how](depth))
    began = time.process_time()
    with refused(StudyError, name="study.toml", limit=10, line=2):
        Study.read(path)
    assert time.process_time() - began < 5.0


def test_texts_and_comments_nest_nothing(tmp_path: Path) -> None:
    dotted = ".".join("a" * 50)
    lines = [f'data = "{"[" * 50}{dotted}"', f"# {'{' * 50} {dotted} = 1", "seed = 3", "[costs]", "borrow_rate = 0.03"]
    study = Study.read(written(tmp_path, "\n".join(lines)))
    assert (study.seed, study.costs.borrow_rate) == (3, 0.03)


def test_lists_of_values_without_end_are_counted_and_not_made(tmp_path: Path) -> None:
    values = ",".join(map(str, range(20, 400)))
    text = f"seed = 1\n[[variants]]\nstrategy = 'derisk'\nparams = {{window = [{values}], hold = [{values}]}}\n"
    with refused(StudyError, name="variants", limit=MOST_VARIANTS, line=2, remedy="sweep"):
        Study.read(written(tmp_path, text))
    with refused(StudyError, name="variants", limit=MOST_VARIANTS):
        Study.make(variants=[{"strategy": "derisk", "params": {"window": [60] * (MOST_VARIANTS + 1)}}]).strategies()
    with refused(ParameterError, name="derisk.window"):  # as many as there may be are looked at
        Study.make(variants=[{"strategy": "derisk", "params": {"window": [-1] * MOST_VARIANTS}}]).strategies()


@needs_posix
def test_a_pipe_in_place_of_a_study_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with refused(StudyError, name=str(place)):
            Study.read(place)
