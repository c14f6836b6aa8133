"""What the benchmarks that hold one leg are called: by their ticker, since hold_iwm holds whatever is second."""

from collections.abc import Sequence

LEG_BENCHMARKS = {"hold_eth": 0, "hold_iwm": 1}
"""Benchmark → the leg of the pair that it holds."""


def benchmark_name(strategy: str, pair: Sequence[str]) -> str:
    """The name of the benchmark that holds one leg: "hold QQQ"; "" for any other strategy."""
    leg = LEG_BENCHMARKS.get(strategy)
    return "" if leg is None else f"hold {pair[leg]}"
