"""Jobs: from a study or a folder to what is left behind.

api         The jobs as functions of Python: what `unlockstep.run` and its neighbours are
audit       What `unlockstep audit` does
compare     Runs side by side
data        Prices, fetched and checked: what `data fetch` does and what `data check` finds, as plain rows
from_sweep  The best variants of a sweep as a study
events      `unlockstep events`: from prices to what a study of events leaves behind
listing     What there is: signals, strategies, trials, and the facts of a market, as plain rows for the command line
code_audit  The short audit of a user's own files that a run makes, kept by what was audited
parallel    Independent work on another core
prices_at_hand  The prices that a replication finds
register    `unlockstep register`
replicate   Published correlations, recomputed on the prices at hand
run         The main job: from a study to everything that a run leaves behind
run_listing  The runs of a folder, by their result.json alone
run_files   The files that runs, comparisons and sweeps leave: whole folders, and single reports
stored_listing  What `unlockstep list` says of signals and strategies without importing one
sweep       `unlockstep sweep`
swept       A sweep from Python: its spaces, and what it gave
universe    One set of rules on many pairs: from a universe file to one pooled verdict
universe_pairs  The pairs of a universe: their prices, what is left out, and the evaluation of each, side by side
universe_files  `unlockstep universe`: from a universe file to the folder that it leaves
which_reading  Which reading gives this figure? A published correlation of any pair, taken apart
unseal      `unlockstep unseal`: a run's frozen variants, judged once on the sessions that were sealed
"""
