"""Values of a study that Python code may give and no file can hold.

Strategies may be given as classes and instances. A study says of them what pins them, and carries them itself for as
long as the process lives.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unlockstep.backtests.config.chosen_strategies import choose
from unlockstep.signals.errors import StudyError
from unlockstep.strategies.strategy import Strategy


@dataclass(frozen=True)
class Carried:
    """What a study carries in this process. classes: name → class, of strategies that are in no file."""

    classes: Mapping[str, type[Strategy]] = field(default_factory=dict)


def taken_apart(
    values: Mapping[str, Any], *, files: Mapping[str, str], carried: Carried
) -> tuple[dict[str, Any], Carried]:
    """(values as a study holds them, what it carries).

    files: the strategy files that the study has without these values, path → sha256.  carried: what it has carried.
    Raises StudyError for strategies beside variants, and what `choose` raises.
    """
    plain = dict(values)
    if isinstance(plain.get("data"), Path):
        plain["data"] = str(plain["data"])
    if "strategies" not in plain:
        return plain, carried
    choices = plain.pop("strategies")
    if "variants" in plain:
        raise StudyError("A study has either strategies or variants; leave one of them out.")
    chosen = choose(choices, _pinned(plain.pop("files", files)))
    plain |= {"variants": chosen.variants, "files": chosen.files, "classes": chosen.pins}
    return plain, Carried(chosen.classes)


def _pinned(files: object) -> dict[str, str]:
    """Path → sha256, of files that may be given as a list; what is neither is left to the study to refuse."""
    if isinstance(files, list | tuple):
        return dict.fromkeys(map(str, files), "")
    return {str(path): str(sha256) for path, sha256 in files.items()} if isinstance(files, Mapping) else {}
