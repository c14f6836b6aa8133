"""Ethereum and US small caps used to move in lockstep. When they come apart, is there money in knowing it?

run          a study, from prices to a verdict
Study        everything that a run depends on, besides the prices
Market       a pair, or up to 20 legs, on one decision clock
Signal       base of signals; those that ship are in `unlockstep.signals`
Strategy     base of strategies for a pair
Allocation   base of strategies of any number of legs; by_leg, targets
target       what a strategy's rule answers; what it is put together from:
             hold_for, until, cooldown; stop_loss, trailing_stop, take_profit;
             volatility_target, inverse_volatility, kelly_fraction, scale_in, no_trade_band
compare      runs side by side, and what changed
sweep        variants by the thousand, and how many of the best chance explains
universe     one set of rules on many pairs, and one pooled verdict
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
    from unlockstep.backtests.jobs.api import audit, compare, run, sweep, universe
    from unlockstep.backtests.stats.timing_test import timing_test
    from unlockstep.signals.errors import UnlockstepError
    from unlockstep.signals.market import Market
    from unlockstep.signals.signal import Signal
    from unlockstep.strategies.allocation import Allocation, by_leg, targets
    from unlockstep.strategies.exits import stop_loss, take_profit, trailing_stop
    from unlockstep.strategies.holding import cooldown, hold_for, until
    from unlockstep.strategies.sizing import (
        inverse_volatility,
        kelly_fraction,
        no_trade_band,
        scale_in,
        volatility_target,
    )
    from unlockstep.strategies.strategy import Strategy, target

__all__ = [
    "Allocation",
    "Market",
    "Signal",
    "Strategy",
    "Study",
    "UnlockstepError",
    "audit",
    "by_leg",
    "compare",
    "cooldown",
    "hold_for",
    "inverse_volatility",
    "kelly_fraction",
    "no_trade_band",
    "run",
    "scale_in",
    "signals",
    "stop_loss",
    "strategies",
    "sweep",
    "take_profit",
    "target",
    "targets",
    "timing_test",
    "trailing_stop",
    "universe",
    "until",
    "volatility_target",
]

_MODULES = {
    "Allocation": "strategies.allocation",
    "Market": "signals.market",
    "Signal": "signals.signal",
    "Strategy": "strategies.strategy",
    "Study": "backtests.config.study",
    "UnlockstepError": "signals.errors",
    "audit": "backtests.jobs.api",
    "by_leg": "strategies.allocation",
    "compare": "backtests.jobs.api",
    "cooldown": "strategies.holding",
    "hold_for": "strategies.holding",
    "inverse_volatility": "strategies.sizing",
    "kelly_fraction": "strategies.sizing",
    "no_trade_band": "strategies.sizing",
    "run": "backtests.jobs.api",
    "scale_in": "strategies.sizing",
    "stop_loss": "strategies.exits",
    "sweep": "backtests.jobs.api",
    "take_profit": "strategies.exits",
    "target": "strategies.strategy",
    "targets": "strategies.allocation",
    "timing_test": "backtests.stats.timing_test",
    "trailing_stop": "strategies.exits",
    "universe": "backtests.jobs.api",
    "until": "strategies.holding",
    "volatility_target": "strategies.sizing",
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
