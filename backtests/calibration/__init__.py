"""Calibration: how often does the verdict err? Worlds whose truth is known, judged like any study.

worlds            markets without edge, of many kinds, and the planting of one
families          what is tried in a world: one variant, the best of 20, of 30, the default study
trial             one world judged: decisions, gates, and what naive practice would have said
calibrate         thousands of them, side by side, resumed where they were cut; rates and their errors
statement_worlds  worlds for the statements: without effect, with a planted one, with correlations of every course
statements        how often the statements err and what they find; prints the tables of the docs
level_rates       how low the correlation of price levels comes by chance; writes the figures that `signals` ships
"""
