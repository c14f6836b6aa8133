"""The report of a comparison.

diff        What changed from a baseline, as reports show it: settings, then every figure of every variant
markdown    The Markdown report of a comparison
named_runs  The runs of a comparison by name, each part of a result knowing its place in its run's file
page        What the comparison page shows
terminal    The terminal's comparison of runs, in 80 columns
"""
