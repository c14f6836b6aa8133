"""A sweep from Python: its spaces, and what it gave."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.jobs.run_files import write_page
from unlockstep.backtests.results.model.sweep import SweepResult, SweptVariant
from unlockstep.backtests.storage.run_folder import NOTE, PAGE, VARIANTS
from unlockstep.backtests.sweep.grid import Space, owner_of, space_of
from unlockstep.signals.errors import ParameterError

Grid = Mapping[str, Iterable[Any]]
"""Parameter → values worth trying; STRATEGY.PARAMETER where several strategies are swept."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """Variants by the thousand, and how many of the best chance explains; shows itself in a notebook.

    result: the content of sweep.json, typed.  variants: a row a variant, with its parameters and figures.
    returns: S x V net simple returns of the best and the benchmarks.
    """

    result: SweepResult
    variants: pd.DataFrame
    returns: pd.DataFrame
    pages: Mapping[str, str]

    @classmethod
    def read(cls, folder: Path, result: SweepResult) -> "Sweep":
        """The sweep in a folder."""
        pages = {path.suffix: path.read_text(encoding="utf-8") for path in (folder / PAGE, folder / NOTE)}
        return cls(result, pd.read_parquet(folder / VARIANTS), pd.read_parquet(folder / "returns.parquet"), pages)

    @property
    def finding(self) -> str:
        """What the sweep says, in a few sentences."""
        return self.result.finding

    @property
    def best(self) -> tuple[SweptVariant, ...]:
        """The best variants by t, the best first, simulated by vectorbt."""
        return self.result.best

    def __repr__(self) -> str:
        data, window = self.result.data, self.result.data.evaluated
        where = ("SYNTHETIC prices, " if data.synthetic else "") + "/".join(data.pair)
        return f"<Sweep of {self.result.variants} variants: {where}, {window.first} to {window.last}>"

    def _repr_html_(self) -> str:
        from unlockstep.backtests.reports.html import terminal_fragment
        from unlockstep.backtests.reports.sweep.terminal import show_sweep

        return terminal_fragment(lambda console: show_sweep(console, self.result))

    def report(self, path: str | Path) -> Path:
        """Write the report to this file, .html or .md, in place of one that is there; its path.

        Raises RunError where the name has another ending or the file cannot be written.
        """
        return write_page(Path(path), {ending: lambda text=text: text for ending, text in self.pages.items()})  # type: ignore[misc]


def swept_strategies(study: Study) -> list[str]:
    """The strategies whose grids a sweep of the study is of, each once: those of its variants, or all that it runs.

    Benchmarks are left out, where the study has anything else; a sweep of benchmarks alone is refused by `space_of`.
    """
    claiming = list(dict.fromkeys(strategy.name for strategy in study.strategies() if not strategy.benchmark))
    return claiming or list(dict.fromkeys(variant.strategy for variant in study.variants))


def spaces_of(study: Study, grid: Grid, random: int | None) -> tuple[Space, ...]:
    """The space of each strategy of the study: the values of the grid, or the strategy's own grid.

    random: only so many combinations of each, drawn with the study's seed.
    Raises ParameterError for a strategy that is not swept, and what `space_of` raises.
    """
    names = swept_strategies(study)
    axes: dict[str, dict[str, list[Any]]] = {name: {} for name in names}
    for key, values in grid.items():
        owner, parameter = owner_of(key)
        if not owner and len(names) > 1:
            raise ParameterError(
                f"The grid names '{key}'",
                name=key,
                choices=names,
                remedy=f"with several strategies say whose, '{names[0]}.{key}'",
            )
        if (owner or names[0]) not in axes:
            raise ParameterError(
                f"The grid names '{owner}', but the sweep is of {', '.join(names)}", name=owner, choices=names
            )
        axes[owner or names[0]][parameter] = _listed(values)
    spaces = (space_of(study.strategy_class(name), axes[name]) for name in names)
    return tuple(space if random is None else space.drawn(random, study.seed) for space in spaces)


def _listed(values: Iterable[Any]) -> list[Any]:
    """The values in a list, numbers of numpy as Python's."""
    listed = [values] if isinstance(values, str) else list(values)
    if not listed:
        raise ParameterError("The grid has an empty list of values", limit=1, remedy="give one at least")
    return [value.item() if isinstance(value, np.generic) else value for value in listed]
