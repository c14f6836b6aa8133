"""Backtests: from a study to a verdict.

cli         the command line
runs        a study into a run folder; run folders into a comparison
pipeline    the main job: run_study(study) → Run
study       Study: pair, period, variants, costs, fill, seed
known       name → class: unlockstep's own, the user's files (own, with their neighbours), other packages (installed)
usable      what keeps a class from being used; blame: whose code failed, in which line
starter     the files that `unlockstep new strategy` writes
sources     prices: files, demo, yahoo; alignment onto the decision clock
study_file  a study in TOML, and the line of each value
experiment  decisions, simulations, timing tests
trading     Costs, Trading: what is traded, and what that costs
engine      run(market, decisions, costs) → BacktestResult: the only lag, the only vectorbt
results     metrics, timing, comparisons, statements, verdict
data_set    which prices are the same data
seal        the part of the prices that a study may look at
unseal      a run's frozen variants on the sealed sessions
counting    the trials of an experiment, recorded and counted among all others
outlook     what would change the verdict
variants    what a run says of each variant
provenance  where prices came from, and what computed the figures
naming      texts about ETH and IWM, told of other pairs
prices      prices fetched and checked
catalogue   what there is: signals, strategies, runs, a market's facts
compare     what keeps runs from being compared
replicate   published figures, recomputed; published holds them
reports     terminal, HTML, Markdown: they render, they never compute
store       run folders, the trial ledger
"""
