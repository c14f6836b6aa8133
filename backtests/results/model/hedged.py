"""The hedged pair beside the plain one, as result.json holds it."""

from pydantic import Field

from unlockstep.backtests.results.model.base import Day, Decision, Interval, Number, Result


class HedgeBeta(Result):
    """What a leg of the pair is hedged with, and how much of it."""

    leg: str
    hedge: str
    mean: Number = Field(description="Of the betas that accounts held over the evaluated sessions.")
    least: Number
    largest: Number
    last: Number


class TimingReach(Result):
    """The timing of a variant on one pair, and what these sessions could show of it."""

    timing_ir: Number
    detectable_ir: Number = Field(description="Smallest ratio shown here with 80 % power.")
    detectable_return: Number = Field(description="The annual return that it amounts to, at the variant's weights.")


class HedgedVariant(Result):
    """A variant on the hedged pair: one more trial, judged among all variants on it and all trials on these prices.

    plain: the same variant on the plain pair, on the same sessions.
    """

    name: str
    label: str
    hedged: TimingReach
    plain: TimingReach
    timing_ci: Interval
    timing_p: Number
    timing_p_family: Number = Field(description="Adjusted for all variants on the hedged pair.")
    net_ir: Number = Field(description="Net of costs on four legs, over its constant mix.")
    verdict: Decision
    reasons: tuple[str, ...]


class HedgedPair(Result):
    """The same study on legs that are hedged: another question than the plain pair's, and further trials."""

    pair: tuple[str, str] = Field(description="The names of the hedged legs.")
    first: Day = Field(description="First evaluated session.")
    last: Day
    sessions: int
    window: int = Field(description="Sessions that a beta is estimated on.")
    betas: tuple[HedgeBeta, ...]
    variants: tuple[HedgedVariant, ...]
    left_out: tuple[str, ...] = Field(
        description="Variants that a hedged pair does not have: day trades, and readers of series of single legs."
    )
    ratio_needed: Number = Field(description="Median over variants of the detectable ratio, hedged to plain.")
    return_needed: Number = Field(description="The same of the detectable return.")
    trials: int = Field(description="Trials that the hedged pair adds to the study's.")
