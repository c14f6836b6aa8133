"""Backtests: from a study to a verdict. Folders by stage; each imports only from those below it in this list.

cli          commands: options, progress, terminal output
jobs         one file a job: run, compare, sweep, events, unseal, replicate, audit, data
reports      terminal, HTML, Markdown: they render, they never compute
audit        does code look ahead?
calibration  how often do verdict, detectors and statements err?
sweep        variants by the thousand
results      evidence, verdict, robustness, out of sample, family, holdout, statements S1 to S4
trials       the ledger, recording and counting of trials, deflated statistics
engine       vectorbt in one module; orders; the experiment: decisions, and simulations on demand
stats        pure statistics: arrays in, named results out
config       the study, its TOML, overrides, costs, thresholds
plugins      a user's strategy files, entry points, whose code failed
data         prices: files, Yahoo, the demo; calendars; alignment onto the decision clock
storage      run folders, atomic replacement, checkpoints
text         names in texts
"""
