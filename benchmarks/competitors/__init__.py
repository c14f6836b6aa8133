"""Competitors: each a function from the common work to Sharpe ratios and final values.

with_vectorbt     one call a variant; many variants broadcast, on the Numba or the Rust engine
with_bt           bt, with orders as it sizes them, and as the engine does
with_backtesting  backtesting.py, on the crypto leg alone
plain_loop        the obvious accounting in a compiled loop
simulators        all of them by key
field             all of them by name, with what each may differ by
"""
