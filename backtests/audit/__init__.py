"""The audit: does a signal or a strategy look ahead, and does it otherwise do what it must?

target           what is audited: a signal or a strategy, as plain numbers
plan             where it cuts, and how long it may go on
perturbations    other futures for the same past, and holes at the end of that past
comparison       two answers, each value on its own scale
probes           one past, many futures, and what of the past changed
warmup_check     the declared warm-up: later beginnings
side_effects     what code does besides: changes to its market, files, connections
subprocess_pool  work in processes of its own
auditor          the audit of one signal or strategy, step by step
diagnosis        since when, how far ahead
locate           which line
findings         what an audit says
"""
