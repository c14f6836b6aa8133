"""What this software finds on real prices: docs/findings.md, every figure of it from a run.

studies   which pairs and sweeps are run
report    results into the document, and the list of its figures with their places
"""
