"""How often a whole procedure errs: thirty studies on the same prices, each with an idea of its own.

    python -m unlockstep.backtests.calibration.registered_studies

No rule has an edge. A study holds nineteen built-in rules and one idea; an idea is registered while a share is left.
What timing tests say of rules that go together is drawn: z = L ζ, ζ standard normal, L unit vectors, ten of them for
nineteen rules in groups that correlate. p-values are those of z, the family's of the largest z, the effective numbers
those of sketches drawn with the same L. Only the tests of timing and of all trials decide here; the other gates of an
edge can only lower these rates.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.trials.registration import MOST, registered_p, share_of
from unlockstep.backtests.trials.return_sketches import DRAWS, independent_trials
from unlockstep.backtests.trials.trial_count import TrialCount
from unlockstep.signals.market import Floats

STUDIES, BUILT_IN, GROUPS = 30, 19, 10
WORLDS, NULLS, SEED = 20_000, 40_000, 20


@dataclass(frozen=True)
class Ideas:
    """What one's own ideas are.

    likeness: correlation with the best of what was tried so far.  registered: whether they are while a share is left.
    first: whether the first is registered before anything was run on the prices.
    """

    likeness: float
    registered: bool = True
    first: bool = False


def size(ideas: Ideas, *, worlds: int = WORLDS, seed: int = SEED) -> Floats:
    """Share of worlds in which some study up to the first, second … thirtieth said edge; none is there."""
    rng, rule = np.random.default_rng(seed), Rule()
    loadings = _built_in(rng)
    fresh = rng.standard_normal((worlds, STUDIES))
    factors = rng.standard_normal((worlds, loadings.shape[1]))
    tried = factors @ loadings.T  # worlds x built-in rules, the primary first
    sketches = rng.standard_normal((DRAWS, loadings.shape[1])) @ loadings.T
    null = (rng.standard_normal((NULLS, loadings.shape[1])) @ loadings.T)[:, 1:].max(axis=1)
    null_with_idea = np.sort(np.maximum(null, rng.standard_normal(NULLS)))
    others = _tail(np.sort(null), tried[:, 1:].max(axis=1)) / (1.0 - rule.primary_share)
    first = np.minimum(norm.sf(tried[:, 0]) / rule.primary_share, others) <= rule.alpha
    wrong, shares = np.zeros(worlds, dtype=bool), []
    idea_sketches: list[Floats] = []
    for study in range(STUDIES):
        before = _effective(sketches, idea_sketches)
        best = tried.max(axis=1)
        z = ideas.likeness * best + np.sqrt(1.0 - ideas.likeness**2) * fresh[:, study]
        idea_sketches.append(_like(sketches, ideas.likeness, rng))
        p = norm.sf(z)
        if ideas.registered and study < MOST:
            at_once = study == 0 and ideas.first
            scale = registered_p(
                1e-9,
                share=share_of(study + 1),
                before=1.0 if at_once else before,
                likeness=0.0 if at_once else ideas.likeness,
            )
            passed = p * scale / 1e-9 <= rule.alpha
        else:
            p_family = np.minimum(1.0, _tail(null_with_idea, z) / (1.0 - rule.primary_share))
            count = TrialCount(
                trials=BUILT_IN + study + 1,
                effective=_effective(sketches, idea_sketches),
                study_effective=_effective(sketches, idea_sketches[-1:]),
                earlier=study,
            )
            scaled = np.array([count.p_all_trials(p=1.0, p_family=each, named=False) for each in _grid()])
            passed = np.interp(p_family, _grid(), scaled) <= rule.alpha
        wrong |= passed | first
        shares.append(float(wrong.mean()))
        tried = np.column_stack([tried, z])
    return np.array(shares)


def _grid() -> Floats:
    return np.asarray(np.concatenate([[0.0], np.geomspace(1e-6, 1.0, 400)]))


def _built_in(rng: np.random.Generator) -> Floats:
    """Rules x factors, unit vectors: each rule has the factor of its group and one of its own."""
    loadings = np.zeros((BUILT_IN, GROUPS + BUILT_IN))
    loadings[np.arange(BUILT_IN), np.arange(BUILT_IN) % GROUPS] = np.sqrt(0.7)
    loadings[np.arange(BUILT_IN), GROUPS + np.arange(BUILT_IN)] = np.sqrt(0.3)
    return loadings[rng.permutation(BUILT_IN)]


def _like(sketches: Floats, likeness: float, rng: np.random.Generator) -> Floats:
    """A sketch that correlates so with the first built-in rule's."""
    return np.asarray(likeness * sketches[:, 0] + np.sqrt(1.0 - likeness**2) * rng.standard_normal(DRAWS))


def _effective(sketches: Floats, ideas: list[Floats]) -> float:
    return independent_trials(np.column_stack([sketches, *ideas]).T.astype(np.float16))


def _tail(null: Floats, z: Floats) -> Floats:
    """Share of a sorted null distribution at z or above, the truth counted among it."""
    return np.asarray((len(null) - np.searchsorted(null, z) + 1.0) / (len(null) + 1.0))


CASES: dict[str, Ideas] = {
    "ideas of their own kind, registered": Ideas(0.0),
    "the same, the first before anything was run": Ideas(0.0, first=True),
    "ideas that correlate 0.3 with the best so far, registered": Ideas(0.3),
    "0.5": Ideas(0.5),
    "0.7": Ideas(0.7),
    "0.9": Ideas(0.9),
    "ideas of their own kind, not registered": Ideas(0.0, registered=False),
    "0.5 with the best so far, not registered": Ideas(0.5, registered=False),
}


def table(worlds: int = WORLDS) -> Iterator[str]:
    """The table of `docs/method.md`, a line each."""
    heads = f"| after 1 | after {MOST} | after {STUDIES} |"
    yield f"| {STUDIES} studies on one history, {worlds:,} worlds without edge, some edge said, % {heads}"
    yield "|---|---:|---:|---:|"
    for name, ideas in CASES.items():
        wrong = size(ideas, worlds=worlds) * 100
        yield f"| {name} | {wrong[0]:.1f} | {wrong[MOST - 1]:.1f} | {wrong[-1]:.1f} |"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in table())
