"""What is tried in a world: the studies whose verdicts are calibrated.

All but the default study trade without costs, which lets through most; the default study pays its own.
"""

from dataclasses import dataclass
from typing import Any

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.study_tables import Variant
from unlockstep.backtests.config.variants import studied

SESSIONS = 2500
"""Sessions judged in every world: ten years."""

FREE: dict[str, float | dict[str, float]] = {
    "fee_bps": {"ETH-USD": 0.0, "IWM": 0.0},
    "slippage_bps": {"ETH-USD": 0.0, "IWM": 0.0},
    "borrow_rate": 0.0,
}


@dataclass(frozen=True)
class Family:
    """A study to calibrate: its name, what it tries in words, and the study."""

    name: str
    about: str
    study: Study


def _grid(strategy: str, **params: Any) -> Variant:
    return Variant(strategy=strategy, params=params)


FAMILIES = {
    family.name: family
    for family in (
        Family("one", "one variant: derisk at its defaults", Study(variants=(_grid("derisk"),), costs=FREE)),
        Family(
            "best of 20",
            "the rule on the rolling correlation with 5 windows and 4 thresholds",
            Study(
                variants=(_grid("derisk", window=[30, 60, 90, 120, 180], decouple_below=[0.0, 0.1, 0.15, 0.2]),),
                costs=FREE,
            ),
        ),
        Family(
            "family of 30",
            "30 variants of all seven strategies",
            Study(
                variants=(
                    _grid("derisk", window=[60, 90, 120], decouple_below=[0.0, 0.15]),
                    _grid("break_entry", window=[60, 90, 120], hold=[20, 60]),
                    _grid("eth_leads", trend=[10, 21, 42, 63, 126]),
                    _grid("regime_switch", trend=[60, 120, 250]),
                    _grid("muted_response", mode=["follow", "fade"], horizon=[60, 120]),
                    _grid("reconvergence", mode=["rotation", "hedged"], horizon=[20, 60]),
                    _grid("barometer", threshold=[0.0, 0.05]),
                ),
                costs=FREE,
            ),
        ),
        Family("default", "the default study, its own primary and costs", Study(variants=studied())),
    )
}
"""Name → family."""
