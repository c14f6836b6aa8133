"""Every way to do the work, by key; of the libraries only the one asked for is imported."""

from collections.abc import Callable
from functools import partial
from importlib import import_module

from benchmarks.work import Outcome, Work

Simulate = Callable[[Work], Outcome]


def simulator(key: str) -> Simulate:
    """Of "loop", "calls", "bt", "bt_sized", "backtesting", "own_metrics" or "broadcast_ENGINE_VARIANTS".

    Raises KeyError for another key.
    """
    if key.startswith("broadcast_"):
        _, engine, at_once = key.split("_")
        broadcast = import_module("benchmarks.competitors.with_vectorbt").broadcast
        return partial(broadcast, engine=engine, variants_per_call=int(at_once))
    module, function = {
        "loop": ("plain_loop", "simulate"),
        "calls": ("with_vectorbt", "one_call_a_variant"),
        "own_metrics": ("with_vectorbt", "accessor_metrics"),
        "bt": ("with_bt", "simulate"),
        "bt_sized": ("with_bt", "in_concert"),
        "backtesting": ("with_backtesting", "simulate"),
    }[key]
    simulate: Simulate = getattr(import_module(f"benchmarks.competitors.{module}"), function)
    return simulate
