"""Results: what the accounts did, and whether it was more than luck and exposure.

metrics      performance figures of every account
sharpe       the Sharpe ratio and its error: PSR, DSR, minimum track record
timing       the timing test: did the moments of holding carry information?
comparison   against the legs and the constant mix of the same average exposure
bootstrap    intervals by resampling blocks
lockstep     where the pair stands
statements   the statements under test, S1 to S4
episodes     how many independent bets there were, and how much hangs on the best
controls     random entries with the same holding times
walk_forward choosing a variant without hindsight: walk-forward, combinatorial purged paths
verdict      edge, no edge, cannot tell: the whole rule
"""

from backtests.results.controls import random_entries
from backtests.results.episodes import episode_study
from backtests.results.sharpe import (
    deflated_sharpe_ratio,
    minimum_track_record_length,
    probabilistic_sharpe_ratio,
    sharpe_ratio,
)
from backtests.results.timing import timing_test
from backtests.results.walk_forward import combinatorial_purged, walk_forward

__all__ = [
    "combinatorial_purged",
    "deflated_sharpe_ratio",
    "episode_study",
    "minimum_track_record_length",
    "probabilistic_sharpe_ratio",
    "random_entries",
    "sharpe_ratio",
    "timing_test",
    "walk_forward",
]
