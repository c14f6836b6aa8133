"""Ethereum and US small caps used to move in lockstep. When they come apart, is there money in knowing it?

run          a study, from prices to a verdict
Study        everything that a run depends on, besides the prices
Market       a pair on one decision clock
Signal       base of signals; those that ship are in `unlockstep.signals`
Strategy     base of strategies
target       what a strategy's rule answers
compare      runs side by side, and what changed
sweep        variants by the thousand, and how many of the best chance explains
audit        does a signal or strategy look ahead?
timing_test  did the moments at which positions were held carry information?

Every error raised on purpose is an UnlockstepError, in one sentence. Importing this package imports nothing heavy: each
name is imported when it is used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unlockstep import signals, strategies
    from unlockstep.backtests.config.study import Study
    from unlockstep.backtests.jobs.api import audit, compare, run, sweep
    from unlockstep.backtests.stats.timing_test import timing_test
    from unlockstep.signals.errors import UnlockstepError
    from unlockstep.signals.market import Market
    from unlockstep.signals.signal import Signal
    from unlockstep.strategies.strategy import Strategy, target

__all__ = [
    "Market",
    "Signal",
    "Strategy",
    "Study",
    "UnlockstepError",
    "audit",
    "compare",
    "run",
    "signals",
    "strategies",
    "sweep",
    "target",
    "timing_test",
]

_MODULES = {
    "Market": "signals.market",
    "Signal": "signals.signal",
    "Strategy": "strategies.strategy",
    "Study": "backtests.config.study",
    "UnlockstepError": "signals.errors",
    "audit": "backtests.jobs.api",
    "compare": "backtests.jobs.api",
    "run": "backtests.jobs.api",
    "sweep": "backtests.jobs.api",
    "target": "strategies.strategy",
    "timing_test": "backtests.stats.timing_test",
}
"""Name → the module that has it."""


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"unlockstep.{_MODULES[name]}"), name)
    if name in __all__:
        return import_module(f"unlockstep.{name}")
    raise AttributeError(f"module 'unlockstep' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
