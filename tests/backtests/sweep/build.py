"""Sweeps that tests make: small, on the demo, each with a ledger of its own."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.jobs.sweep import SweepRequest, sweep_into
from unlockstep.backtests.results.model.sweep import SweepResult
from unlockstep.backtests.storage.run_folder import NOTE, PAGE, SWEEP, VARIANTS
from unlockstep.backtests.sweep.grid import Space, space_of
from unlockstep.strategies.registry import all_strategies

GRID = {"window": ["40", "60", "90"], "hold": ["5", "20", "60"], "decouple_below": ["0.05", "0.15", "0.25"]}
PERIOD = ("--data", "demo", "--start", "2020-01-01")
WORDS = [word for name, values in GRID.items() for word in ("--grid", f"{name}={','.join(values)}")]


def study(**values: Any) -> Study:
    return Study.make(data="demo", start="2020-01-01", **values)


def spaces(strategy: str = "break_entry", grid: dict[str, Any] | None = None) -> tuple[Space, ...]:
    return (space_of(all_strategies()[strategy], GRID if grid is None else grid),)


@dataclass(frozen=True)
class Done:
    """A finished sweep: its folder, and what it says."""

    place: Path
    result: SweepResult


def done(place: Path) -> Done:
    result = SweepResult.of(json.loads((place / SWEEP).read_text(encoding="utf-8")))
    assert {path.name for path in place.iterdir()} == {SWEEP, VARIANTS, "returns.parquet", PAGE, NOTE}
    return Done(place, result)


def made(place: Path, request: SweepRequest | None = None, **options: Any) -> Done:
    """A sweep of the demo, made in this process unless asked otherwise."""
    request = request or SweepRequest(spaces(), workers=1)
    sweep_into(options.pop("study", study()), request, place, ledger=place.parent / f"{place.name}.sqlite", **options)
    return done(place)


def content(place: Path) -> dict[str, Any]:
    """Everything that must be the same, byte for byte: all but the moment at which it was made."""
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in place.glob("*.parquet")}
    return {**done(place).result.as_json(), "created_at": None, **sums}
