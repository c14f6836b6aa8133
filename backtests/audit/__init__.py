"""The audit: does a signal or a strategy look ahead, and does it otherwise do what it must?

target           what is audited: a signal or a strategy, as plain numbers
plan             where it cuts, and how long it may go on
perturbations    other futures for the same past, and holes at the end of that past
other_series     what a market holds beside opens and closes, in another future and in holes
comparison       two answers, each value on its own scale
probes           one past, many futures, and what of the past changed
before_open      what is said before an open does not depend on the session
undeclared       series that code reads without saying so
grouped_cuts     many cuts in one computation, for code that forgets
tries            what is tried on one subject, in which order
grid             a strategy's other sets of parameters
warmup_check     the declared warm-up: later beginnings
stand_ins        made-up series for what code reads beside the pair
side_effects     does code change its market?
evidence         all that one process computes of one subject
subprocess_pool  work in processes of its own
run_queue        time spent waiting for a processor
thread_limits    one thread a library
kernel_calls     files, connections and programs as the kernel sees them
reads            what code opens, and what of it is a library's housekeeping
native_calls     calls by which compiled code opens files, from the text
watched_call     one call, and everything that it opened
source_lines     lines of source code, their statements and names
recorder         what each line does to its variables
locate           which line
diagnosis        since when, how far ahead
auditor          the audit of one signal or strategy, step by step
findings         what an audit says
"""
