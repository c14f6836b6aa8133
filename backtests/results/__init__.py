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
