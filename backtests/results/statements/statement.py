"""What a statement is, and the words that every finding is made of."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unlockstep.signals.market import Floats
from unlockstep.signals.rolling import pearson

RECENT = 252
"""Sessions of "recently": a year."""

NOTHING = (float("nan"), float("nan"))


@dataclass(frozen=True)
class Statement:
    """What the data say to one statement.

    finding: one sentence.  estimate, ci: NaN where the sample gives none.  unit: of both.  detail: further figures.
    null: the value that the interval must leave out.
    """

    finding: str
    estimate: float
    ci: tuple[float, float]
    unit: str
    detail: dict[str, Any] = field(default_factory=dict)
    null: float = 0.0


def cannot_tell(why: str, unit: str, *, null: float = 0.0, detail: dict[str, Any] | None = None) -> Statement:
    """A statement on which the sample gives no number; `why` is the rest of the sentence."""
    return Statement(f"Cannot tell: {why}", float("nan"), NOTHING, unit, detail or {}, null)


def word(ci: tuple[float, float], *, above: bool, null: float = 0.0) -> str:
    """The finding's first word, of a statement that is true where the estimate lies above (or below) the null value."""
    if not np.isfinite(ci).all() or ci[0] <= null <= ci[1]:
        return "Cannot tell"
    return "Supported" if (ci[0] > null) == above else "Contradicted"


def span(ci: tuple[float, float]) -> str:
    """The interval in words."""
    return f"95 % interval {ci[0]:+z.2f} to {ci[1]:+z.2f}"


def corr(x: Floats) -> float:
    """Correlation of the two columns; NaN where one does not vary."""
    return float(pearson(x[None, :, 0], x[None, :, 1])[0])


def exact_share(successes: int, n: int) -> tuple[float, float]:
    """Clopper and Pearson's (1934) 95 % interval of a share: never too narrow; fewer than 6 cases decide nothing."""
    from scipy.stats import beta

    low = beta.ppf(0.025, successes, n - successes + 1) if successes > 0 else 0.0
    high = beta.ppf(0.975, successes + 1, n - successes) if successes < n else 1.0
    return float(low), float(high)
