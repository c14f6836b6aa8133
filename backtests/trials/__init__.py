"""Trials: the ledger, their recording and counting, and what many of them do to a Sharpe ratio.

announcement      What a study is about to add to the ledger
dataset_identity  What makes two markets the same data: the same pair, moving alike
deflated_sharpe   What many trials do to a Sharpe ratio: the best of N is good by chance alone, and how good is known
ledger            The trial ledger: every variant ever evaluated on a data set, with the study's hash and the time
ledger_digests    Whether a ledger holds the rows that were written to it
ledger_file       The file of the trial ledger
recorded_study    What the ledger kept of a study when it ran
registration      The shares of the error that ideas have on the same prices
return_sketches   Sketches
shares            Which share of the error the trials of a study have
spanning          What an idea adds to what was tried before it
trial_count       All trials ever made on the same prices, and what they do to a p-value
trial_recording   The trials of an experiment
"""
