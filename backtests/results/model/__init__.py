"""Typed results: frozen pydantic models of everything that a run writes; result.json and its schema come from them.

base        numbers, intervals, days; the model that all others are
run         RunResult: the content of result.json
study_entry  the study as result.json repeats it
pair        prices, where the pair stands, detectors
statements  the scorecard S1 to S4
variant     VariantResult: metrics, inference, robustness, gates, verdict
family      all variants together, placebo pairs
hedged      HedgedPair: the hedged pair beside the plain one
events      what followed breaks
sweep       SweepResult: the content of sweep.json
comparison  ComparisonResult: the content of comparison.json
unseal      UnsealResult: the content of unseal.json
universe    UniverseResult: the content of universe.json
replication  Replication and FigureReplication: the content of replicate.json
"""
