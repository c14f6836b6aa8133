"""To how many independent trials a sweep will amount, said before it is done.

A random sample of the variants is evaluated, and its effective number taken as that of trials is. What it would be of
all is read off its growth from a half of the sample to the whole: a power of the number of variants.
"""

from itertools import groupby
from operator import itemgetter

import numpy as np

from unlockstep.backtests.sweep.accounts import simulate
from unlockstep.backtests.sweep.grid import a_sample
from unlockstep.backtests.sweep.kernel import SOLVENT
from unlockstep.backtests.sweep.plan import Plan, wanted
from unlockstep.backtests.trials.return_sketches import Sketches, independent_trials, timing_sketches

SAMPLED = 256
"""Variants of the sample."""


def expected_effective(plan: Plan) -> float:
    """About how many independent trials all variants of the plan amount to, by their timing."""
    sketches = _sampled(plan)
    if len(sketches) < 2:
        return float(len(sketches))
    whole = independent_trials(sketches)
    if len(sketches) < SAMPLED or plan.size <= SAMPLED:
        return whole
    half = (independent_trials(sketches[::2]) + independent_trials(sketches[1::2])) / 2.0
    power = float(np.clip(np.log2(whole / half), 0.0, 1.0)) if half > 0 else 0.0
    return float(min(plan.size, whole * (plan.size / len(sketches)) ** power))


def _sampled(plan: Plan) -> Sketches:
    """The timing sketches of a random sample of the plan's variants."""
    terms, parts = plan.terms, []
    for number, group in groupby(a_sample(plan.spaces, SAMPLED, plan.seed), key=itemgetter(0)):
        space = plan.spaces[number]
        columns = space.columns_of(np.array([each for _, each in group]))
        warmups = space.warmups(columns)
        simulated = simulate(terms, *wanted(plan, space, columns), warmups, paths=True)
        weights = simulated.weights[simulated.fate == SOLVENT]
        if len(weights):
            sessions = terms.evaluated.sessions[1:][terms.lag :]
            parts.append(timing_sketches(np.moveaxis(weights, 0, 1), terms.earned, sessions))
    rows = np.concatenate(parts) if parts else np.empty((0, 0), dtype=np.float16)
    return rows[np.random.default_rng(plan.seed).permutation(len(rows))]
