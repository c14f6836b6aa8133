"""Statistics: arrays in, named results out; nothing of studies or files.

benchmark_comparison  Each variant against what could have been held instead
bootstrap             Intervals by resampling blocks of sessions (Politis and Romano 1992), through arch
cagr                  Compound annual growth
clear_shifts          Shifts clear of what positions look back on, and of what the sample has found
circular_shifts       Positions shifted against the outcomes that follow them, by every number of sessions
correlation_change    Which decoupling? The change of the return correlation from one period to another, taken apart
episodes              How many independent episodes stand behind a result
granger               Granger causality between two series whose volatility clusters
half_life             Half-life of the correlation's deviations from its mean, free of the windows that hide it
hayashi_yoshida       Covariation and lead-lag of two prices that are not observed at the same instants
lead_lag              Who moves first, at many lags at once
link_change           Which link broke? A chain between two legs, and the change of its ends taken apart
opening_response      What a move known before the open says of what the open, and the session after it, bring
partial_pooling       What many pairs say together of each, drawn towards the others
pbo                   How often does choosing the best variant choose a bad one? Combinatorially symmetric cross-val
pooled_timing         The timing test of many pairs at once
power                 What a sample could have shown
price_resolution      Is a leg's movement its own, or the rounding of its prices?
random_entries        Random entries
redecided_test        The timing test with histories on which the rule decides again
sharpe                The Sharpe ratio and what is known about its error
spa                   Does any of many variants beat the benchmark
timing_bootstrap      The timing test with another null distribution: returns resampled by the stationary bootstrap
timing_test           The timing test: did the moments at which positions were held carry information?
walk_forward          Choosing a variant without hindsight: walk-forward, and its combinatorial, purged cousin
yoy_response          How one leg's returns answer to a slow state of the other
"""
