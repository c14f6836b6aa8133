"""Results: what the accounts did, and whether it was more than luck and exposure.

metrics      performance figures of every account
sharpe       the Sharpe ratio and its error: PSR, DSR, minimum track record
timing       the timing test: did the moments of holding carry information?
comparison   against the legs and the constant mix of the same average exposure
bootstrap    intervals by resampling blocks
lockstep     where the pair stands
statements   the statements under test, S1 to S4
verdict      edge, no edge, cannot tell: the whole rule
"""

from backtests.results.sharpe import (
    deflated_sharpe_ratio,
    minimum_track_record_length,
    probabilistic_sharpe_ratio,
    sharpe_ratio,
)
from backtests.results.timing import timing_test

__all__ = [
    "deflated_sharpe_ratio",
    "minimum_track_record_length",
    "probabilistic_sharpe_ratio",
    "sharpe_ratio",
    "timing_test",
]
