"""The content of universe.json: one set of rules on many pairs, and one pooled verdict."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from unlockstep.backtests.results.model.base import Day, Decision, FileResult, Interval, Number, Result
from unlockstep.backtests.results.model.family import NullCounts
from unlockstep.backtests.results.model.run import CodeAudit, HoldoutResult, VerdictResult
from unlockstep.backtests.results.model.variant import GateResult

UNIVERSE_SCHEMA: Literal[1] = 1
"""Version of the layout of universe.json."""


class StandaloneVariant(Result):
    """What a pair's own study says of one strategy."""

    name: str
    timing_ir: Number
    timing_ci: Interval | None
    timing_p: Number
    timing_p_family: Number
    decision: Decision


class StandaloneVerdict(Result):
    """The verdict of a pair's own study, from its prices alone, as `unlockstep run` gives it."""

    decision: Decision
    reasons: tuple[str, ...]
    variants: tuple[StandaloneVariant, ...]
    folder: str | None = Field(description="Of its run, beside universe.json; null where it was not written.")


class PairResult(Result):
    """A pair of the universe: why it is there, and what there is of it."""

    pair: tuple[str, str]
    group: str
    reason: str = Field(description="The economic link, as the universe file has it.")
    first: Day = Field(description="First evaluated session.")
    last: Day
    sessions: int = Field(description="Evaluated sessions.")
    synthetic: bool
    notes: tuple[str, ...] = Field(description="On its prices.")
    sha256: str = Field(description="Of the prices.")
    seal: HoldoutResult
    cost_bps: Number = Field(description="Fee and slippage of a trade, the mean of the two legs, in basis points.")
    standalone: StandaloneVerdict | None = Field(default=None, description="null where its own study was not run.")


class SkippedPair(Result):
    """A pair of the file that was left out."""

    pair: tuple[str, str]
    group: str
    why: str


class PairEstimate(Result):
    """What one pair shows of one strategy."""

    pair: tuple[str, str]
    weight: Number = Field(description="Its share of all that the pooled verdict knows; the shares add up to 1.")
    timing_ir: Number
    timing_ci: Interval
    pooled_ir: Number = Field(description="Its ratio, drawn towards those of the other pairs. It decides nothing.")
    pooled_ci: Interval


class Heterogeneity(Result):
    """How much the pairs differ in their true ratios."""

    q: Number = Field(description="Cochran's Q.")
    p: Number = Field(description="Share of the histories, in which no pair has found anything, with a Q as large.")
    between_sd: Number = Field(description="Standard deviation between pairs of the annual timing ratio.")
    between_ci: Interval


class GroupResult(Result):
    """The pairs of one group together, and all pairs without it."""

    group: str
    pairs: int
    timing_ir: Number = Field(description="Of the average pair of the group.")
    timing_ci: Interval
    without_ir: Number = Field(description="Pooled ratio of all other pairs; null where there are none.")
    without_p: Number = Field(description="Its p-value on its own.")


class DecadeResult(Result):
    """The pooled timing return of one decade."""

    first: Day
    last: Day
    timing_ir: Number
    timing_ci: Interval


class BookResult(Result):
    """The account that trades all pairs at equal risk, against the same account holding constant mixes."""

    first: Day
    last: Day
    sharpe: Number = Field(description="Net, in excess of cash.")
    sharpe_constant: Number = Field(description="Of the constant mixes of the same average weights, in the same book.")
    net_ir: Number = Field(description="Information ratio of the one over the other, net.")
    net_ir_multiplied: Number = Field(description="The same at the study's multiple of the costs.")
    cost_drag_ir: Number = Field(description="What trading takes off the pooled ratio.")


class PooledResult(Result):
    """One strategy on all pairs."""

    name: str
    label: str = Field(description="As reports show it.")
    pairs: int = Field(description="On which its weights vary.")
    effective_pairs: Number = Field(description="As many independent pairs would show as much.")
    timing_ir: Number = Field(description="Pooled annual timing information ratio, in money.")
    timing_ci: Interval
    timing_upper: Number = Field(description="One-sided 95 % upper bound.")
    timing_upper_net: Number = Field(description="The same, less what trading costs: what “no edge” asks of.")
    timing_t: Number
    timing_p: Number
    timing_p_family: Number
    detectable_ir: Number = Field(description="Pooled ratio that the universe would show with 80 % power.")
    average_ir: Number = Field(description="The average pair's ratio.")
    average_ci: Interval
    average_detectable_ir: Number = Field(description="The average pair's ratio that would show with 80 % power.")
    heterogeneity: Heterogeneity | None = Field(description="null of fewer than three pairs.")
    book: BookResult
    groups: tuple[GroupResult, ...]
    decades: tuple[DecadeResult, ...]
    gates: tuple[GateResult, ...] = Field(description="What an edge must also show, besides its timing test.")
    estimates: tuple[PairEstimate, ...]
    null: NullCounts | None
    decision: Decision
    reasons: tuple[str, ...]


class UniverseResult(FileResult):
    """What a universe gave. Fractions, not percent; annual figures per 252 sessions; a missing number is null."""

    FILE: ClassVar[str] = "universe.json"

    layout: Literal[1] = Field(default=UNIVERSE_SCHEMA, alias="schema", serialization_alias="schema")
    name: str
    study: Mapping[str, Any] = Field(description="The terms that all pairs share, as study.toml would have them.")
    pooled: bool = Field(description="Whether anything is: with fewer than three pairs nothing is.")
    first: Day
    last: Day
    pairs: tuple[PairResult, ...]
    skipped: tuple[SkippedPair, ...]
    strategies: tuple[PooledResult, ...]
    primary: str | None
    verdict: VerdictResult = Field(description="Of the mechanism, on all pairs together.")
    n_trials: int = Field(description="Trials of this universe, a variant on a pair being one.")
    audits: tuple[CodeAudit, ...] = Field(default=(), description="One for each strategy of the user's own.")
    environment: Mapping[str, str]
    created_at: str | None = None

    @property
    def synthetic(self) -> bool:
        """Whether the prices of any pair are."""
        return any(pair.synthetic for pair in self.pairs)
