"""How often a whole procedure errs, and what it finds: thirty studies on the same prices, each with a new idea.

    python -m unlockstep.backtests.calibration.registered_studies [WORLDS]

A first study holds nineteen built-in rules, or one rule. Each later one adds an idea, chosen with the results of all
earlier ones known. What timing tests say of rules that go together is drawn: z = L ζ, ζ standard normal, L unit
vectors, ten groups among nineteen rules. p-values are those of z, the family's of the largest z; effective numbers and
spans are computed by the code of the ledger, from sketches drawn with the same L. Only the test of timing, the shares
of the error and the gate of all trials decide here; the other gates of an edge can only lower these rates.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import chain
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from unlockstep.backtests.calibration.rate import Rate
from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.trials.registration import MOST, MOST_LATER, later_share, share_of
from unlockstep.backtests.trials.return_sketches import DRAWS, independent_trials
from unlockstep.backtests.trials.spanning import span_of
from unlockstep.backtests.trials.trial_count import TrialCount
from unlockstep.signals.market import Floats

STUDIES, BUILT_IN, GROUPS = 30, 19, 10
WORLDS, AT_ONCE, NULLS, SEED = 20_000, 1_000, 100_000, 20

Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Ideas:
    """What one's own ideas are, and how they are judged.

    like: what each resembles: the best of all tried so far, the first rule that was tried (chosen without a look), or
    the sum of the five best.  likeness: correlation with it.
    registered: whether ideas are while a share is left.  alone: whether a study that is not the first holds nothing
    but its idea.  rules: how many the first study holds.  effect: the expected z of each idea,
    which nothing tried before shares.
    """

    likeness: float = 0.0
    like: Literal["best", "first", "five best"] = "best"
    registered: bool = True
    alone: bool = False
    rules: int = BUILT_IN
    effect: float = 0.0


@dataclass(frozen=True)
class Edges:
    """What some worlds said. first: of each, whether the first study said edge of a rule of its own.

    ideas: worlds x studies, whether a later study said so of its idea.
    """

    first: Booleans
    ideas: Booleans

    def rate(self, studies: int) -> Rate:
        """The share of worlds in which the first study or one of so many later ones said edge."""
        said = self.first | self.ideas[:, :studies].any(axis=1)
        return Rate.of(int(said.sum()), len(said))


def edges(ideas: Ideas, *, worlds: int = WORLDS, studies: int = STUDIES, seed: int = SEED) -> Edges:
    """Which of the first study and so many later ones said edge, in so many worlds."""
    rng = np.random.default_rng(seed)
    loadings = _built_in(rng, ideas.rules)
    null = rng.standard_normal((NULLS, loadings.shape[1])) @ loadings.T
    parts = [
        _block(ideas, loadings, null, min(AT_ONCE, worlds - begin), studies, np.random.default_rng([seed, begin]))
        for begin in range(0, worlds, AT_ONCE)
    ]
    return Edges(np.concatenate([part.first for part in parts]), np.concatenate([part.ideas for part in parts]))


def _block(ideas: Ideas, loadings: Floats, null: Floats, worlds: int, studies: int, rng: np.random.Generator) -> Edges:
    rule, rules = Rule(), ideas.rules
    z, correlation = np.zeros((worlds, rules + studies)), np.zeros((worlds, rules + studies, rules + studies))
    z[:, :rules] = rng.standard_normal((worlds, loadings.shape[1])) @ loadings.T
    correlation[:, :rules, :rules] = loadings @ loadings.T
    others = np.sort(null[:, 1:].max(axis=1)) if rules > 1 else None
    companions = None if ideas.alone else np.sort(np.maximum(null[:, 1:].max(axis=1), rng.standard_normal(NULLS)))
    first, later = _first_study(z[:, :rules], others, rule), np.zeros((worlds, studies), dtype=bool)
    for study in range(studies):
        at = rules + study
        weights = _resembling(ideas, z, correlation, at)
        shared = np.einsum("wij,wj->wi", correlation[:, :at, :at], weights)
        novel = np.sqrt(np.maximum(0.0, 1.0 - np.einsum("wi,wi->w", weights, shared)))
        z[:, at] = np.einsum("wi,wi->w", weights, z[:, :at]) + novel * rng.standard_normal(worlds) + ideas.effect
        correlation[:, at, :at] = correlation[:, :at, at] = shared
        correlation[:, at, at] = 1.0
        registered = ideas.registered and study < MOST
        share = share_of(study + 1) if registered else later_share(study + 1 - (MOST if ideas.registered else 0))
        for world in np.flatnonzero(norm.sf(z[:, at]) <= rule.alpha * share):
            tried = _sketched(correlation[world, : at + 1, : at + 1], rng)
            spanned = span_of(tried[at], tried[:at], z[world, :at])
            later[world, study] = spanned.p(z[world, at]) <= rule.alpha * share and (
                registered or _among_all(z[world, at], tried, companions, rule, rules) <= rule.alpha
            )
    return Edges(first, later)


def _first_study(z: Floats, others: Floats | None, rule: Rule) -> Booleans:
    """Whether the first study, its first rule the primary, says edge of any of its rules."""
    if others is None:
        return np.asarray(norm.sf(z[:, 0]) <= rule.alpha)
    best = _tail(others, z[:, 1:].max(axis=1)) / (1.0 - rule.primary_share)
    return np.asarray(np.minimum(norm.sf(z[:, 0]) / rule.primary_share, best) <= rule.alpha)


def _resembling(ideas: Ideas, z: Floats, correlation: Floats, at: int) -> Floats:
    """Worlds x trials: how much of each earlier trial an idea holds."""
    weights, everywhere = np.zeros((len(z), at)), np.arange(len(z))
    if ideas.like == "first":
        weights[:, 0] = ideas.likeness
    elif ideas.like == "best":
        weights[everywhere, z[:, :at].argmax(axis=1)] = ideas.likeness
    else:
        np.put_along_axis(weights, np.argsort(-z[:, :at], axis=1)[:, :5], 1.0, axis=1)
        length = np.sqrt(np.einsum("wi,wij,wj->w", weights, correlation[:, :at, :at], weights))
        weights *= ideas.likeness / length[:, None]
    return weights


def _sketched(correlation: Floats, rng: np.random.Generator) -> Floats:
    """Trials x DRAWS sketches of trials that correlate so."""
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return np.asarray(root @ rng.standard_normal((len(values), DRAWS)))


def _among_all(z: float, tried: Floats, companions: Floats | None, rule: Rule, rules: int) -> float:
    """The p-value of the last of these trials that counts all of them, as the gate of all trials has it."""
    p = p_family = float(norm.sf(z))
    mine = tried[-1:]
    if companions is not None:
        p_family = float(_tail(companions, np.array([z]))[0]) / (1.0 - rule.primary_share)
        mine = np.vstack([tried[:rules], mine])
    count = TrialCount(
        trials=len(tried),
        effective=independent_trials(tried.astype(np.float16)),
        study_effective=independent_trials(mine.astype(np.float16)),
        earlier=len(tried) - 1,
    )
    return count.p_all_trials(p=p, p_family=min(1.0, p_family), named=False)


def _built_in(rng: np.random.Generator, rules: int) -> Floats:
    """Rules x factors, unit vectors: each rule has the factor of its group and one of its own."""
    loadings = np.zeros((rules, GROUPS + rules))
    loadings[np.arange(rules), np.arange(rules) % GROUPS] = np.sqrt(0.7)
    loadings[np.arange(rules), GROUPS + np.arange(rules)] = np.sqrt(0.3)
    return loadings[rng.permutation(rules)]


def _tail(null: Floats, z: Floats) -> Floats:
    """Share of a sorted null distribution at z or above, the truth counted among it."""
    return np.asarray((len(null) - np.searchsorted(null, z) + 1.0) / (len(null) + 1.0))


SIZES: dict[str, Ideas] = {
    "registered, of their own kind": Ideas(),
    "registered, 0.3 with the best so far": Ideas(0.3),
    "registered, 0.5 with the best so far": Ideas(0.5),
    "registered, 0.7 with the best so far": Ideas(0.7),
    "registered, 0.9 with the best so far": Ideas(0.9),
    "registered, 0.97 with the best so far": Ideas(0.97),
    "registered, 0.7 with the sum of the five best": Ideas(0.7, "five best"),
    "registered, the sum of the five best": Ideas(1.0, "five best"),
    "not registered, of their own kind": Ideas(registered=False),
    "not registered, 0.5 with the best so far": Ideas(0.5, registered=False),
    "not registered, 0.9 with the best so far": Ideas(0.9, registered=False),
    "one rule a study, not registered, of their own kind": Ideas(registered=False, alone=True, rules=1),
    "one rule a study, not registered, 0.7 with the best so far": Ideas(0.7, registered=False, alone=True, rules=1),
}
"""Ideas without edge."""

POWER: dict[str, Ideas] = {
    "of their own kind": Ideas(like="first", effect=3.5),
    "chosen without a look, 0.5 with one rule of the first study": Ideas(0.5, "first", effect=3.5),
    "chosen without a look, 0.7 with one rule of the first study": Ideas(0.7, "first", effect=3.5),
}
"""Ideas with an edge of which t is 3.5 on average, that nothing tried before has."""


def size_table(worlds: int = WORLDS) -> Iterator[str]:
    """The table of `docs/method.md` of worlds without edge, a line each."""
    heads = f"| after 1 | after {MOST} | after {STUDIES} |"
    yield f"| later ideas, {worlds:,} worlds without edge: some edge said, % {heads}"
    yield "|---|---:|---:|---:|"
    for name, ideas in SIZES.items():
        said = edges(ideas, worlds=worlds)
        after = [said.rate(studies) for studies in (1, MOST, STUDIES)]
        figures = " | ".join(f"{r.share * 100:.1f} ({r.low * 100:.1f} to {r.high * 100:.1f})" for r in after)
        yield f"| {name} | {figures} |"


def power_table(worlds: int) -> Iterator[str]:
    """The table of `docs/method.md` of ideas with an edge, a line each."""
    heads = "| registered, 1st | 5th | not registered, 1st | 10th |"
    yield f"| ideas with an edge, {worlds:,} worlds, edge said, % {heads}"
    yield "|---|---:|---:|---:|---:|"
    for name, ideas in POWER.items():
        registered = edges(ideas, worlds=worlds, studies=MOST).ideas[:, [0, MOST - 1]]
        others = edges(replace(ideas, registered=False), worlds=worlds, studies=MOST_LATER).ideas[
            :, [0, MOST_LATER - 1]
        ]
        rates = np.concatenate([registered.mean(axis=0), others.mean(axis=0)]) * 100
        yield f"| {name} | {' | '.join(f'{rate:.0f}' for rate in rates)} |"


def main() -> None:
    """Both tables, the version of the code before them."""
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else WORLDS
    sys.stdout.write(f"unlockstep {version('unlockstep')}, seed {SEED}\n\n")
    for line in chain(size_table(worlds), [""], power_table(max(worlds // 10, 100))):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
