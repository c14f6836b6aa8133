"""What the benchmarks that hold one leg are called: by their ticker, since hold_iwm holds whatever is second."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

LEG_BENCHMARKS = {"hold_eth": 0, "hold_iwm": 1}
"""Benchmark → the leg of the pair that it holds."""


FURTHER_LEG = "hold_leg"
"""The benchmark that holds one leg after the pair, by its parameter `leg`."""


def holds_one_leg(strategy: str) -> bool:
    """Whether the strategy of that name is a benchmark that holds one leg."""
    return strategy in LEG_BENCHMARKS or strategy == FURTHER_LEG


def benchmark_name(strategy: str, pair: Sequence[str], params: Mapping[str, Any] = MappingProxyType({})) -> str:
    """The name of the benchmark that holds one leg: "hold QQQ"; "" for any other strategy.

    params: of the variant, which say the leg after the pair.
    """
    if strategy == FURTHER_LEG and "leg" in params:
        return f"hold {params['leg']}"
    leg = LEG_BENCHMARKS.get(strategy)
    return "" if leg is None else f"hold {pair[leg]}"
