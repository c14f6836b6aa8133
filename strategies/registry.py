"""Every strategy by name: those of the modules in this folder. A new one needs its file and nothing else."""

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from inspect import isabstract
from pkgutil import iter_modules

import strategies
from signals.errors import unknown_name
from strategies.strategy import Strategy


@cache
def all_strategies() -> dict[str, type[Strategy]]:
    """Name → class, benchmarks last, otherwise in the order of their names."""
    found: set[type[Strategy]] = set()
    for module in iter_modules(strategies.__path__, "strategies."):
        for item in vars(import_module(module.name)).values():
            if isinstance(item, type) and issubclass(item, Strategy) and "name" in vars(item) and not isabstract(item):
                found.add(item)
    return {s.name: s for s in sorted(found, key=lambda s: (s.benchmark, s.name))}


def strategy_class(name: str, *, among: Iterable[str] = ()) -> type[Strategy]:
    """The strategy of that name; ParameterError with a suggestion where there is none.

    among: other names that may have been meant.
    """
    known = all_strategies()
    if name not in known:
        raise unknown_name("strategy", name, [*known, *among])
    return known[name]
