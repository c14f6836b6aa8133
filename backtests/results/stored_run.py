"""A run as its folder holds it."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from unlockstep.backtests.results.bound_files import bound_frames, check_hashes
from unlockstep.backtests.results.model.base import path_step
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.study_entry import StudyInResult
from unlockstep.backtests.storage.run_folder import RESULT, STUDY, read_folder
from unlockstep.backtests.text import visible
from unlockstep.signals.errors import RunError
from unlockstep.signals.wrong_values import in_words

if TYPE_CHECKING:
    import pandas as pd

SCHEMAS = (1, 2)
"""Versions of the layout of result.json that can be read. The first has empty parts where the second has null."""

BRIEF = 60
"""Characters shown of what stands where something else should."""


@dataclass(frozen=True, eq=False)
class StoredRun:
    """A run: its result, and the frames returns, weights, trades and signals by name."""

    path: Path
    result: RunResult
    frames: dict[str, "pd.DataFrame"]

    @property
    def name(self) -> str:
        """The folder's name, as it can be shown."""
        return visible(self.path.name)


def read_run(path: Path) -> StoredRun:
    """The run in a folder; RunError where there is none or it cannot be read."""
    result, files = read_result(path)
    return StoredRun(path, result, bound_frames(result, files, path))


def read_result(path: Path) -> tuple[RunResult, dict[str, bytes]]:
    """(result, Parquet files by name) of the run in a folder, files that are the ones of its result; RunError else."""
    content, files = read_folder(path)
    result = result_of(content, path)
    check_hashes(result, files, path)
    return result, files


def result_of(content: Any, path: Path) -> RunResult:
    """The result that the content of a folder's result.json is.

    RunError where it is not that of a run, and where a part is not as it should be: the sentence names its place.
    """
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema not in SCHEMAS:
        raise RunError(f"The {RESULT} in '{path}' is not that of a run (schema 1 or 2)", name=str(path))
    try:
        result = RunResult.of(content)
        StudyInResult.model_validate(content)
        _check_agreement(result, path)
        return result
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    place = "".join(f"[{step}]" if isinstance(step, int) else path_step(step) for step in first["loc"])
    if first["type"] == "missing":
        raise RunError(
            f"The {RESULT} in '{path}' lacks {place}: it is of a version before 0.2, or was changed",
            name=place,
            remedy=f"run its {STUDY} again",
        )
    raise RunError(
        f"The {RESULT} in '{path}' holds {_brief(first['input'])} at {place}: {in_words(dict(first))}", name=place
    )


def _check_agreement(result: RunResult, path: Path) -> None:
    """Raise RunError where parts of a result speak of other things: the legs, their costs, the variants."""
    names, legs, costs = [variant.name for variant in result.variants], [*result.data.tickers], result.study["costs"]
    hedges = result.study.get("hedges") or []
    agreed = {
        ".study.pair": result.study["pair"] == legs[:2],
        ".study.legs": (result.study.get("legs") or legs[:2]) == legs,
        ".study.costs.fee_bps": [*costs["fee_bps"]] == [*legs, *hedges],
        ".study.costs.slippage_bps": [*costs["slippage_bps"]] == [*legs, *hedges],
        ".hedged": (result.hedged is None) == (not hedges),
        ".variants": len(set(names)) == len(names) > 0,
        ".primary": result.primary in (None, *names),
    }
    if wrong := [place for place, agrees in agreed.items() if not agrees]:
        raise RunError(
            f"The {RESULT} in '{path}' contradicts itself at {wrong[0]}: it was changed",
            name=wrong[0],
            remedy=f"run its {STUDY} again",
        )


def _brief(item: Any) -> str:
    shown = visible(json.dumps(item, ensure_ascii=False))
    return shown if len(shown) <= BRIEF else f"{shown[:BRIEF]}…"


def run_names(runs: Sequence[StoredRun]) -> list[str]:
    """The folders' names; those of the same name differ by the folder above, or else by a number."""
    names = [run.name or "run" for run in runs]
    twice = {name for name, n in Counter(names).items() if n > 1}
    above = [visible(run.path.absolute().parent.name) for run in runs]
    names = [f"{parent}/{name}" if name in twice else name for parent, name in zip(above, names, strict=True)]
    seen: Counter[str] = Counter()
    unique = []
    for name in names:
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique
