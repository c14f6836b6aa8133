"""Benchmarks: speed and memory, measured side by side in one run. No claim of speed stands anywhere else.

work         what every competitor is asked to do, in arrays, and what it answers
variants     the work itself: variants of two strategies, decided on a market
markets      the markets it is done on: the embedded demo, and synthetic ones of any length
competitors  vectorbt in three ways, bt, backtesting.py, a plain compiled loop
ours         the functions that measure unlockstep's own sweep
check        is every answer that of the engine of record?
timing       rounds in which everybody takes a turn, medians and spreads
fresh        cold starts and peak memory, each in a process of its own
growth       time against size, and the exponent
commands     how long the command line takes, beside bare imports
sweep_cost   what a whole `unlockstep sweep` costs, beside bare imports: `python -m benchmarks.sweep_cost`
pooled_shifts  all clear shifts of a universe of pairs: `python -m benchmarks.pooled_shifts`
goals        what is aimed at
plan         how much is measured
field_runs   the field is measured; sweep_runs: our sweep is
runner       everything, in order
pages, chart the table and the picture

`make bench`, or `python -m benchmarks [--quick]`.
"""
