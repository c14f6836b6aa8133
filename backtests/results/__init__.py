"""Results: what the accounts did, and whether it was more than luck and exposure.

metrics      performance figures of every account
sharpe       the Sharpe ratio and its error: PSR, minimum track record, Lo
trials       what many trials do to it: DSR, haircut, minimum backtest length, effective trials
sketches     a trial's returns, shortened; how many independent trials many amount to
tally        all trials ever made on the same prices, and what they do to a p-value
multiple     the best of many against a benchmark: Hansen, White, Romano and Wolf
overfitting  how often choosing the best chooses a bad one: PBO
timing       the timing test: did the moments of holding carry information?
timing_bootstrap  the same with resampled histories as its null
comparison   against the legs and the constant mix of the same average exposure; differences of Sharpe ratios
bootstrap    intervals by resampling blocks
lockstep     where the pair stands
decoupling   the change of a correlation: correlation, volatility or clock
sense        in which sense the legs are apart, in one sentence
statements   the statements under test, S1 to S4
yoy_response how ETH answers to IWM's year-over-year growth: a curve, and since when it is another
half_life    how long a deviation of the correlation lasts
lead_lag     who moves first, at many lags at once
granger      does the past of one foretell the other?
hayashi_yoshida  the same for intraday prices of your own
events       what followed breaks and recouplings
calendar     months and crises
episodes     how many independent bets there were, and how much hangs on the best
controls     random entries with the same holding times
walk_forward choosing a variant without hindsight: walk-forward, combinatorial purged paths
verdict      edge, no edge, cannot tell: the whole rule
"""

from backtests.results.comparison import sharpe_difference
from backtests.results.controls import random_entries
from backtests.results.episodes import episode_study
from backtests.results.multiple import superior_predictive_ability
from backtests.results.overfitting import probability_of_backtest_overfitting
from backtests.results.sharpe import (
    annual_factor,
    lo_standard_error,
    minimum_track_record_length,
    probabilistic_sharpe_ratio,
    sharpe_ratio,
)
from backtests.results.timing import timing_test
from backtests.results.timing_bootstrap import timing_bootstrap
from backtests.results.trials import (
    deflated_sharpe_ratio,
    effective_trials,
    haircut_sharpe_ratio,
    minimum_backtest_length,
)
from backtests.results.walk_forward import combinatorial_purged, walk_forward

__all__ = [
    "annual_factor",
    "combinatorial_purged",
    "deflated_sharpe_ratio",
    "effective_trials",
    "episode_study",
    "haircut_sharpe_ratio",
    "lo_standard_error",
    "minimum_backtest_length",
    "minimum_track_record_length",
    "probabilistic_sharpe_ratio",
    "probability_of_backtest_overfitting",
    "random_entries",
    "sharpe_difference",
    "sharpe_ratio",
    "superior_predictive_ability",
    "timing_bootstrap",
    "timing_test",
    "walk_forward",
]
