"""The audit: does a signal or a strategy look ahead, and does it otherwise do what it must?

subject    what is audited: a signal or a strategy, as plain numbers
plan       where it cuts, and how long it may go on
futures    other futures for the same past, and holes at the end of that past
probes     one past, many futures, and what of the past changed
memory     the declared warm-up: later beginnings
conduct    what code does besides: changes to its market, files, connections
apart      work in processes of its own
auditor    the audit of one signal or strategy, step by step
diagnosis  since when, how far ahead
locate     which line
findings   what an audit says
job        what `unlockstep audit` does: subjects and markets by their names
"""
