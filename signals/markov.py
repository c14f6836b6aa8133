"""Two hidden states of coupling, filtered and never smoothed."""

from itertools import product
from typing import ClassVar

import numpy as np
from pydantic import Field

from unlockstep.signals.critical import CRITICAL
from unlockstep.signals.detector import Detector
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.refit import HALF_YEAR, refits
from unlockstep.signals.rolling import align
from unlockstep.signals.scores import MEMORY, scores

ABOVE, BELOW = (0.0, 0.1, 0.2, 0.3), (0.2, 0.3, 0.4, 0.5, 0.6)
"""How far the correlation of the tighter state may lie above that of all the scores fitted, and of the looser below.

The tighter state thus stays the one that the market has mostly been in; a free search sometimes calls it the looser.
"""

CENSORED = 1.75
"""Largest log likelihood ratio of the two states that one session may have, in size (Huber 1965).

Where both correlations are high, a jump of one leg alone has a ratio that outweighs months: uncensored it raised an
alarm in 60 of 100 years at a constant 0.8 with jumps. Falls are found no later for it (docs/method.md).
"""

LIMIT = 0.95
"""Largest correlation of a state, in size."""


class MarkovBreak(Detector):
    """Two-state hidden Markov model of the coupling (Hamilton 1989; for correlations Pelletier 2006).

    In each state the pair of scores is normal with a correlation of that state; the states change by a Markov chain in
    which a state lasts `spell` sessions on average. The two correlations are those of greatest likelihood on a grid,
    found in the first session of each half year from the `window` scores before it. The filter then runs on:

        p(D) = b f_loose / (b f_loose + (1 - b) f_tight),  b = p(D-1) (1 - 1/spell) + (1 - p(D-1)) / spell
        statistic(D) = log p(D) / (1 - p(D))

    with f the density of the scores of D in each state and p the probability of the looser one. The log of f_loose /
    f_tight is censored at CENSORED, as in Huber's (1965) robust probability ratio test.
    Filtered: no later session enters. Smoothed probabilities would look ahead, and always look better.
    """

    name: ClassVar[str] = "markov_break"
    meaning: ClassVar[str] = "1 = the less correlated of two hidden states rules by all that is known so far, else 0"

    window: int = Field(default=756, ge=250, le=3000, description="sessions on which the model is fitted")
    spell: int = Field(default=1000, ge=20, le=5000, description="sessions that a state lasts on average")
    critical: float = Field(
        default=CRITICAL["markov_break"],
        gt=0,
        description="log odds of the looser state that make a break",
    )

    @property
    def warmup(self) -> int:
        return MEMORY + self.window + HALF_YEAR

    def statistic(self, market: Market) -> Floats:
        sessions = len(market.sessions)
        pair_scores = np.column_stack([align(column, sessions) for column in scores(market).T])
        out = np.full(sessions, np.nan)
        for fit, stop in refits(market.sessions, self.window + MEMORY):
            out[fit:stop] = _log_odds(pair_scores[fit - self.window : stop], self.window, 1.0 / self.spell)
        out[: self.warmup] = np.nan
        return out


def _log_odds(pair_scores: Floats, fitted: int, leaving: float) -> Floats:
    """Length n - fitted log odds of the looser state after each of the later scores.

    n x 2 scores, of which the first `fitted` choose the model; `leaving` is the probability to leave a state. NaN where
    one of those is missing, and from the first later score that is missing on.
    """
    out = np.full(len(pair_scores) - fitted, np.nan)
    if not np.isfinite(pair_scores[:fitted]).all():
        return out
    holes = np.flatnonzero(~np.isfinite(pair_scores).all(axis=1))
    pair_scores = pair_scores[: holes[0]] if len(holes) else pair_scores
    squares, products = (pair_scores * pair_scores).sum(axis=1), pair_scores[:, 0] * pair_scores[:, 1]
    scale = squares[:fitted].mean() / 2.0
    squares, products = squares / scale, products / scale
    likelihoods, odds = _filter(squares, products, _models(float(products[:fitted].mean())), leaving)
    best = int(np.argmax(likelihoods[:fitted].sum(axis=0)))
    out[: len(pair_scores) - fitted] = odds[fitted:, best]
    return out


def _models(overall: float) -> Floats:
    """M x 2: correlation of the tighter and of the looser state, around that of all scores."""
    pairs = [(overall + above, overall - below) for above, below in product(ABOVE, BELOW)]
    return np.asarray(np.clip(np.array(pairs), -LIMIT, LIMIT))


def _filter(squares: Floats, products: Floats, models: Floats, leaving: float) -> tuple[Floats, Floats]:
    """N x M: log likelihoods of each score given those before it, log odds of the looser state given it too."""
    log_tight, log_loose = (log_density(squares[:, None], products[:, None], rho) for rho in models.T)
    tight = np.exp(log_tight)
    loose = np.exp(log_tight + np.clip(log_loose - log_tight, -CENSORED, CENSORED))
    chance = np.full(len(models), 0.5)
    one, other = np.empty_like(loose), np.empty_like(tight)
    for t in range(len(squares)):
        before = chance * (1.0 - leaving) + (1.0 - chance) * leaving
        one[t], other[t] = before * loose[t], (1.0 - before) * tight[t]
        chance = one[t] / (one[t] + other[t])
    return np.asarray(np.log(one + other)), np.asarray(np.log(one / other))


def log_density(squares: Floats, products: Floats, rho: Floats) -> Floats:
    """Log density of pairs with unit variances and correlation rho, without its constant."""
    left = 1.0 - rho * rho
    return np.asarray(-0.5 * (np.log(left) + (squares - 2.0 * rho * products) / left))
