"""All variants of a run together, and the trials made before it."""

from collections.abc import Mapping

from pydantic import Field

from unlockstep.backtests.results.model.base import Number, Result
from unlockstep.backtests.results.model.variant import WalkForwardResult


class AbilityTest(Result):
    """Tests of the best of all variants against one yardstick (Hansen 2005; White 2000; Romano and Wolf 2005)."""

    p: Number
    p_lower: Number
    p_upper: Number
    p_reality_check: Number
    superior: tuple[str, ...]


class NullCounts(Result):
    """How often each t comes up in the histories of the timing test, the true one among them."""

    variant: str
    t: Number
    histories: int
    lowest: Number = Field(alias="from", serialization_alias="from", description="Left edge of the first bin.")
    width: Number
    alone: tuple[int, ...]
    best: tuple[int, ...]


class FamilyResult(Result):
    """Tests of the whole family, and its trials among all."""

    n_variants: int
    n_trials: int
    n_effective: Number = Field(description="Effective number of independent trials, by timing, all studies.")
    own_effective: Number = Field(description="The same of this study alone.")
    earlier: int | None = Field(
        description="Trials of earlier studies on these prices; null where no ledger was asked."
    )
    other_primaries: tuple[str, ...]
    tried_unnamed: bool = Field(
        default=False, description="Whether the primary had been evaluated by a study that did not name it."
    )
    primary_share: Number
    critical_t: Number
    critical_t_primary: Number
    min_backtest_years: Number
    spa_p: Number
    spa: Mapping[str, AbilityTest]
    pbo: Number
    walk_forward: WalkForwardResult | None
    null: NullCounts | None


class PlaceboPair(Result):
    """The same rules on a pair of which nothing is claimed."""

    pair: tuple[str, str]
    skipped: str | None = Field(default=None, description="Why it was not tried.")
    sha256: str | None = None
    first: str | None = None
    last: str | None = None
    best: str | None = None
    best_p_family: Number = None
    primary_timing_ir: Number = None
    primary_timing_p: Number = None
