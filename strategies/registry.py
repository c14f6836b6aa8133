"""Every strategy by name: those of the modules in this folder. A new one needs its file and nothing else."""

from functools import cache
from importlib import import_module
from inspect import isabstract
from pkgutil import iter_modules

from unlockstep import strategies
from unlockstep.strategies.strategy import Strategy


@cache
def all_strategies() -> dict[str, type[Strategy]]:
    """Name → class, benchmarks last, otherwise in the order of their names."""
    classes: set[type[Strategy]] = set()
    for module in iter_modules(strategies.__path__, "unlockstep.strategies."):
        for item in vars(import_module(module.name)).values():
            if isinstance(item, type) and issubclass(item, Strategy) and "name" in vars(item) and not isabstract(item):
                classes.add(item)
    return {s.name: s for s in sorted(classes, key=lambda s: (s.benchmark, s.name))}
