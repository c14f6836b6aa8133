"""Results: what the accounts did, and whether it was more than chance and exposure.

calendar           Months and crises: what an account brought in each, from its net returns a session
detections         What the detectors say
diff               What changed from a baseline
events             The event study: what followed each break and each recoupling, against what follows at any time
evidence           From an experiment to its verdicts
family             What a run says of all its variants together: the entry "family" in result.json
holdout            The seal: sessions that no study looks at before it has been settled what is looked for
listing            What `unlockstep list` and `unlockstep data show` list, as frozen types
lockstep           Where the pair stands
metrics            What each account did: performance figures of a simulation, net of all costs
out_of_sample      A strategy on data that its parameters have not seen: refitted as time goes by
pair_state         In which sense are the legs apart at a session? One sentence
placebo            Placebo pairs: the same rules on pairs that the statements are not about
provenance         Where a run's prices came from, on which clocks, and what computed its figures
published_figures  The published correlations that `unlockstep replicate` recomputes
replication        What `unlockstep replicate` answers: published figures beside recomputed ones
robustness         What becomes of a variant under other costs
statements/        The statements under test, S1 to S4
stored_run         A run as its folder holds it
variants           What a run says of each variant: the entries of "variants" in result.json
verdict            The verdict: edge, no edge, or cannot tell
what_if            What would change a study's verdict
"""
