"""The field: every competitor by name, with its packages, and what its accounting may differ by."""

from dataclasses import dataclass
from importlib.util import find_spec

from benchmarks.check import EQUAL, Difference
from benchmarks.competitors.simulators import simulator
from benchmarks.work import Outcome, Work

LOOP, CALLS = "loop", "calls"
BROADCASTS = ("broadcast_rust_50", "broadcast_rust_100", "broadcast_rust_250")
"""Those of which the fastest is vectorbt's best."""
BT = ("bt", "bt_sized")


@dataclass(frozen=True)
class Competitor:
    """One way to do the work.

    key:      as `simulators` know it
    name:     as the tables have it
    share:    the part of the variants it is given when it is timed: slow ones get few, and are counted by the variant
    package:  what must be installed
    allowed:  what it may differ from the engine by
    one_leg:  True where it knows the crypto leg only, and is compared with an engine that trades that one only
    """

    key: str
    name: str
    share: float
    package: str
    allowed: Difference = EQUAL
    one_leg: bool = False

    @property
    def installed(self) -> bool:
        """Whether its package can be imported."""
        return find_spec(self.package) is not None

    def given(self, work: Work) -> Work:
        """Its part of the work."""
        part = work.first(max(4, round(self.share * work.variants)))
        return part.crypto_only() if self.one_leg else part

    def simulate(self, work: Work) -> Outcome:
        """Its answer; the first call imports its package."""
        return simulator(self.key)(work)


FIELD: tuple[Competitor, ...] = (
    Competitor(LOOP, "plain compiled loop, one thread", 1.0, "numba"),
    Competitor("broadcast_rust_50", "vectorbt broadcast, Rust, 100 columns", 1.0, "vectorbt_rust"),
    Competitor("broadcast_rust_100", "vectorbt broadcast, Rust, 200 columns", 1.0, "vectorbt_rust"),
    Competitor("broadcast_rust_250", "vectorbt broadcast, Rust, 500 columns", 1.0, "vectorbt_rust"),
    Competitor("own_metrics", "vectorbt broadcast, Rust, 200 columns, its own metrics", 1.0, "vectorbt_rust"),
    Competitor("broadcast_numba_250", "vectorbt broadcast, Numba, 500 columns", 1.0, "vectorbt"),
    Competitor(CALLS, "vectorbt, one call a variant", 0.05, "vectorbt"),
    Competitor("bt_sized", "bt, orders sized as the engine does", 0.02, "bt"),
    Competitor("bt", "bt, WeighTarget and Rebalance", 0.02, "bt", Difference(final=1e-3, sharpe=1e-3)),
    Competitor(
        "backtesting",
        "backtesting.py, crypto leg only",
        0.02,
        "backtesting",
        Difference(final=1e-9, sharpe=1e-2),
        one_leg=True,
    ),
)


def competitor_of(key: str) -> Competitor:
    """The competitor of that key; KeyError where there is none."""
    return {competitor.key: competitor for competitor in FIELD}[key]
