"""Values of a study that Python code may give and no file can hold.

Prices may be given as frames, dated series as such, strategies as classes and instances. A study says what pins them,
and carries them itself for as long as the process lives.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from unlockstep.backtests.config.chosen_strategies import choose
from unlockstep.backtests.data.dated_file import DatedSeries
from unlockstep.backtests.data.in_memory import PriceFrames, dated_values
from unlockstep.backtests.data.load import FRAMES
from unlockstep.signals.errors import StudyError
from unlockstep.strategies.strategy import Strategy

Prices: TypeAlias = str | Path | Mapping[str, Any]
"""The name of a source, a folder of price files, or frames: ticker → DataFrame of pandas or polars, or Arrow table."""


@dataclass(frozen=True)
class Carried:
    """What a study carries in this process.

    frames: prices that were handed over.  dated: name → dated series beside the pair that was handed over.
    classes: name → class, of strategies that are in no file.
    """

    frames: PriceFrames | None = None
    dated: Mapping[str, DatedSeries] = field(default_factory=dict)
    classes: Mapping[str, type[Strategy]] = field(default_factory=dict)


def taken_apart(
    values: Mapping[str, Any], *, pair: tuple[str, str], files: Mapping[str, str], carried: Carried
) -> tuple[dict[str, Any], Carried]:
    """(values as a study holds them, what it carries).

    pair, files, carried: of the study without these values; files: path → sha256.
    Raises DataError for frames that hold no prices, StudyError for strategies beside variants or frames of which the
    pair is not clear, and what `choose` raises.
    """
    plain = dict(values)
    if isinstance(plain.get("context"), Mapping):
        plain["context"], dated = _without_values(plain["context"])
        carried = replace(carried, dated=dated)
    if "data" in plain:
        frames = PriceFrames.of(plain["data"]) if isinstance(plain["data"], Mapping) else None
        carried = replace(carried, frames=frames)
        if frames is not None:
            plain["data"] = FRAMES
            if "pair" not in plain and not plain.get("legs"):
                fx = plain.get("fx")
                plain["pair"] = frames.pair(pair, fx if isinstance(fx, str) else None, _tickers(plain.get("context")))
        elif isinstance(plain["data"], str | Path):
            plain["data"] = str(plain["data"])
        else:
            raise StudyError(
                f"{type(plain['data']).__name__} is no data",
                name=type(plain["data"]).__name__,
                remedy="give the name of a source, a folder, or frames by ticker, such as data={'ETH-USD': eth, "
                "'IWM': iwm}",
            )
    if "strategies" not in plain:
        return plain, carried
    choices = plain.pop("strategies")
    if "variants" in plain:
        raise StudyError("A study has either strategies or variants", remedy="leave one of them out")
    chosen = choose(choices, _pinned(plain.pop("files", files)))
    plain |= {"variants": chosen.variants, "files": chosen.files, "classes": chosen.pins}
    return plain, replace(carried, classes=chosen.classes)


def _without_values(context: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, DatedSeries]]:
    """(the context as a study holds it, the dated series in it by name): Series, or mappings whose `values` are one."""
    plain, dated = dict(context), {}
    for name, entry in context.items():
        given = entry if isinstance(entry, Mapping) else {} if isinstance(entry, str) else {"values": entry}
        if "values" not in given or not hasattr(given["values"], "__len__"):
            continue
        if "file" in given or "ticker" in given:
            raise StudyError(f"{name} has values, and a file or a ticker too", name=name, remedy="leave one out")
        dated[name] = dated_values(given["values"], name)
        plain[name] = {**{key: value for key, value in given.items() if key != "values"}, "file": FRAMES}
    return plain, dated


def _tickers(context: object) -> list[str]:
    """The tickers that a context names; what is wrong in it is left to the study to refuse."""
    entries = context.values() if isinstance(context, Mapping) else ()
    named = [entry.get("ticker") if isinstance(entry, Mapping) else entry for entry in entries]
    return [ticker for ticker in named if isinstance(ticker, str)]


def _pinned(files: object) -> dict[str, str]:
    """Path → sha256, of files that may be given as a list; what is neither is left to the study to refuse."""
    if isinstance(files, list | tuple):
        return dict.fromkeys(map(str, files), "")
    return {str(path): str(sha256) for path, sha256 in files.items()} if isinstance(files, Mapping) else {}
