"""Trials: the ledger, recording and counting, what many trials do to a Sharpe ratio."""
