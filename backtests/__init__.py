"""Backtests: from a study to a verdict.

cli        the command line
study      Study: pair, period, variants, costs, fill, seed
sources    prices: files, demo, yahoo; alignment onto the decision clock
engine     run(market, decisions, costs) → BacktestResult: the only lag, the only vectorbt
results    metrics, timing, comparisons, statements, verdict
reports    terminal, HTML, Markdown: they render, they never compute
store      run folders
"""
