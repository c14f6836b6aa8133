"""The thresholds of the verdict."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """The thresholds; information ratios are annual.

    alpha:          largest adjusted p-value of an edge, primary and family together. 0.03 and not 0.05, because in some
                    worlds p-values come out too small; docs/method.md has the rates of false edges at 0.03
    primary_share:  the primary's part of it
    money_alpha:    largest p-value of the timing return as such
    cost_multiple:  costs that an edge survives, in multiples of the study's
    episode_share:  largest share of the timing profit that the best episode may carry
    worthwhile_ir:  smallest timing information ratio worth trading
    """

    alpha: float = 0.03
    primary_share: float = 0.5
    money_alpha: float = 0.20
    cost_multiple: float = 2.0
    episode_share: float = 0.7
    worthwhile_ir: float = 0.5
