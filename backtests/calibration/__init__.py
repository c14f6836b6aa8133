"""Calibration: how often do verdict, detectors and statements err? Worlds whose truth is known, judged like any market.

worlds            markets without edge, of many kinds, and the planting of one
families          what is tried in a world: one variant, the best of 20, of 30, the default study
attack_worlds     further kinds of worlds, made to break the verdict
attack_rules      rules that look back on the returns that they trade
attack_families   what is tried of them
kernel_accounts   accounts by the compiled kernel, as vectorbt keeps them
judge_world       one world judged: decisions, gates, and what naive practice would have said
calibrate         thousands of them: rates at which the verdict errs
universe_worlds   panels of many pairs, without edge
judge_universe    one panel judged as a universe is, without and with a planted edge
universe          hundreds of them: how often pooled verdicts, bounds and intervals err
break_worlds      markets whose correlation never changes, or falls on a known date
hard_worlds       worlds with jumps, and on the volatility of real prices, at constant correlations
detection         how often the detectors err in them: false alarms, delays, misses
critical_values   the detectors' critical values; writes the figures that `signals` ships
joint_rules       which one alarm of five detectors is the best; prints the table of the docs
progress          worlds judged side by side, and resumed where they were cut
rate              a share and its exact interval
settings_checks   what every calibration asks of its settings
summary           what calibration.json holds, typed
statement_worlds  worlds for the statements: without effect, with a planted one, with correlations of every course
links             how often the links of a chain are found to have changed; prints the tables of the docs
statements        how often the statements err and what they find; prints the tables of the docs
registered_studies  how often thirty studies with ideas of one's own err; prints the table of the docs
level_rates       how low the correlation of price levels comes by chance; writes the figures that `signals` ships
"""
