"""Results: what the accounts did, and whether it was more than chance and exposure.

agreement          As what a published figure agrees, and what that comes to in words
bound_files        A run's files are bound to each other by their hashes
chance_agreement   How often would so many readings of a figure meet it by chance?
calendar           Months and crises: what an account brought in each, from its net returns a session
decision           The rule: edge, no edge, or cannot tell, and the gates
detections         What the detectors say
diff               What changed from a baseline
events             The event study: what followed each break and each recoupling, against what follows at any time
evidence           What is computed of each variant before it is judged
family             What a run says of all its variants together: the entry "family" in result.json
frozen             What was known of a run when its variants were frozen, for an unsealing
holdout            The sealed sessions, which no study sees
listing            What `unlockstep list` and `unlockstep data show` list, as frozen types
lockstep           Where the pair stands
fill_causes            How many fills of each variant were decided, rebalanced, or made by an exit rule
hedged        The same study on hedged legs, beside the plain one
longest_windows        Each variant alone on the longest window that its own warm-up allows
metrics            What each account did: performance figures of a simulation, net of all costs
model/             The types of result.json, comparison.json, sweep.json, events.json, unseal.json, replicate.json and
                   universe.json
out_of_sample      A strategy on data that its parameters have not seen: refitted as time goes by
pair_state         In which sense are the legs apart at a session? One sentence
placebo            Placebo pairs: the same rules on pairs that the statements are not about
provenance         Where a run's prices came from, on which clocks, and what computed its figures
published_figures  The published correlations that `unlockstep replicate` recomputes
reasons            The reasons of a decision in plain words
reading            Every way in which a published correlation may have been measured
recompute          Its readings beside the figure, and by kind
robustness         What becomes of a variant under other costs
statements/        The statements under test, S1 to S4
stored_run         A run as its folder holds it
universe/          One set of rules on many pairs, and what the pairs say together
variants           What a run says of each variant: the entries of "variants" in result.json
verdict            From evaluations to verdicts
what_if            What would change a study's verdict
"""
