"""What a whole `unlockstep sweep` costs, report and files included, beside the bare imports.

`python -m benchmarks.sweep_cost [ROUNDS] [NAME…] [--data DIR]`: user and system time of the processor, of fresh
processes and all that they start, on a warm disk. Ratios are taken within a round.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.commands import RUN_IMPORTS, UNLOCKSTEP
from benchmarks.timing import Spread, in_turns, ratio

WIDE = "break_entry, 113,400"
GRIDS: dict[str, tuple[str, ...]] = {
    "break_entry": (
        "break_entry", "window=30:225:5", "hold=10:100:10", "decouple_below=-0.05:0.15:0.05",
        "couple_above=0.2:0.4:0.05",
    ),
    "derisk": (
        "derisk", "window=30:225:5", "decouple_below=-0.15:0.12:0.03", "couple_above=0.15:0.39:0.06",
        "min_stay=1,3,5,10,20",
    ),
    "barometer": ("barometer", "threshold=-0.5:0.4999:0.0001"),
    "muted_response": (
        "muted_response", "mode=follow,fade", "horizon=20:210:10", "window=100:280:20", "muted_below=-0.2:1:0.05",
    ),
    "reconvergence": (
        "reconvergence", "mode=rotation,hedged", "horizon=20:210:10", "window=100:280:20", "enter=0.75:1.75:0.25",
        "exit=0:0.4:0.1",
    ),
    "regime_switch": ("regime_switch", "window=30:125:5", "persist=5:100:5", "trend=10:250:10"),
    "when": (
        "when", "state=coupled,decoupled", "hold=crypto,equity,both,cash", "otherwise=crypto,equity,both,cash",
        "signal.window=30:180:10", "signal.decouple_below=-0.1:0.17:0.03", "signal.couple_above=0.2,0.3",
    ),
    WIDE: (
        "break_entry", "window=30:250:5", "hold=5:120:5", "decouple_below=-0.1:0.2:0.05", "couple_above=0.25:0.45:0.05",
        "min_stay=3,5,10",
    ),
}  # fmt: skip
"""Name → strategy and axes: 10,000 variants, or as many as the name says. `eth_leads` has no 10,000."""


def measure(rounds: int, names: list[str], data: str) -> dict[str, list[float]]:
    """Name → seconds of the processor in each of the rounds, one before them not counted; the imports among them."""
    with TemporaryDirectory() as folder:
        calls: dict[str, Callable[[], float]] = {
            RUN_IMPORTS: partial(_processor, (sys.executable, "-c", "import vectorbt, plotly"))
        }
        for name in names:
            strategy, *axes = GRIDS[name]
            grid = [word for axis in axes for word in ("--grid", axis)]
            words = (UNLOCKSTEP, "sweep", strategy, *grid, "--data", data, "--quiet")
            calls[name] = partial(_swept, words, Path(folder))
        in_turns(calls, 1)
        return in_turns(calls, rounds)


def figures(taken: dict[str, list[float]]) -> dict[str, Spread]:
    """Name → sweep over import."""
    return {name: ratio(taken[name], taken[RUN_IMPORTS]) for name in taken if name != RUN_IMPORTS}


def _swept(words: tuple[str, ...], folder: Path) -> float:
    """Of a sweep that the ledger does not know yet."""
    with TemporaryDirectory(dir=folder) as place:
        return _processor((*words, "--out", f"{place}/sweep", "--ledger", f"{place}/ledger.sqlite"))


def _processor(words: tuple[str, ...]) -> float:
    """User and system seconds of a process and of all that it has waited for."""
    before = os.times()
    subprocess.run(words, check=True, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Measure, and print a row a sweep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep_cost", description="Processor time of sweeps.")
    parser.add_argument("rounds", nargs="?", type=int, default=3)
    parser.add_argument("names", nargs="*", help=f"of: {'; '.join(GRIDS)}; all unless said")
    parser.add_argument("--data", default="demo", help="a folder of prices, or demo")
    arguments = parser.parse_args()
    taken = measure(arguments.rounds, arguments.names or list(GRIDS), arguments.data)
    table = Table("sweep", "s of the processor", f"over {RUN_IMPORTS}")
    table.add_row("import", f"{Spread.of(taken[RUN_IMPORTS]).median:.2f}", "")
    for name, over in figures(taken).items():
        table.add_row(
            name, f"{Spread.of(taken[name]).median:.2f}", f"{over.median:.2f} ({over.least:.2f} … {over.most:.2f})"
        )
    Console().print(table)


if __name__ == "__main__":
    main()
