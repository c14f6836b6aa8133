"""What a run says of all its variants together: the part "family" of result.json."""

from collections.abc import Sequence

import numpy as np

from unlockstep.backtests.engine.experiment import Experiment
from unlockstep.backtests.results.model.family import AbilityTest, FamilyResult, NullCounts
from unlockstep.backtests.results.model.variant import WalkForwardResult
from unlockstep.backtests.stats.redecided_test import RedecidedTest
from unlockstep.backtests.stats.sharpe import sharpe_ratio
from unlockstep.backtests.stats.spa import superior_predictive_ability
from unlockstep.backtests.trials.deflated_sharpe import minimum_backtest_length
from unlockstep.backtests.trials.trial_count import TrialCount
from unlockstep.signals.market import Floats
from unlockstep.strategies.benchmarks import EqualWeight


def family_result(experiment: Experiment, trial_count: TrialCount, walked: WalkForwardResult | None) -> FamilyResult:
    """Tests of the whole family: its trials among all, its critical value, SPA against each yardstick, PBO.

    walked: the walk forward among all its variants, None where time is too short.
    """
    candidates, study = experiment.candidates, experiment.study
    ability = _ability(experiment)
    best = float(np.nanmax(_sharpes(experiment), initial=-np.inf))
    return FamilyResult(
        n_variants=len(candidates),
        n_trials=trial_count.trials,
        n_effective=trial_count.effective,
        own_effective=trial_count.study_effective,
        earlier=trial_count.earlier,
        other_primaries=trial_count.other_primaries,
        tried_unnamed=trial_count.tried_unnamed,
        primary_share=study.primary_share if experiment.primary is not None and len(candidates) > 1 else None,
        critical_t=experiment.redecided().critical if candidates else None,
        critical_t_primary=experiment.redecided().critical_primary if candidates else None,
        min_backtest_years=minimum_backtest_length(trial_count.effective, best) if candidates else None,
        spa_p=ability["constant_mix"].p if ability else None,
        spa=ability,
        pbo=walked.pbo.pbo if walked is not None and walked.pbo is not None else None,
        walk_forward=walked,
        null=_null(experiment),
    )


BIN = 0.25
"""Width of a bin of the null distribution, in units of t."""


def _null(experiment: Experiment) -> NullCounts | None:
    """How often every t comes up in the histories: of the variant that the verdict hangs on, and of the family's best;
    None where nothing varies.
    """
    candidates = experiment.candidates
    if not candidates:
        return None
    test = experiment.redecided()
    chosen = candidates.index(experiment.primary) if experiment.primary is not None else -1
    if chosen < 0 or not np.isfinite(test.null[0, chosen]):
        chosen = int(np.argmin(test.p_family))
    return null_counts(test, candidates, chosen)


def null_counts(test: RedecidedTest, candidates: Sequence[str], chosen: int) -> NullCounts | None:
    """How often every t comes up in the histories: of the chosen candidate, and of the best of all; None where the
    chosen one never varies.

    alone, best: counts of the bins that begin at `lowest`.
    """
    columns = np.isfinite(test.null[0])
    if not columns[chosen]:
        return None
    alone, best = test.null[:, chosen], test.null[:, columns].max(axis=1)
    first = int(np.floor(min(alone.min(), best.min()) / BIN))
    last = int(np.floor(max(alone.max(), best.max()) / BIN))
    edges = np.arange(first, last + 2) * BIN
    return NullCounts(
        variant=candidates[chosen],
        t=float(test.null[0, chosen]),
        histories=len(alone),
        lowest=float(edges[0]),
        width=BIN,
        alone=np.histogram(alone, edges)[0].tolist(),
        best=np.histogram(best, edges)[0].tolist(),
    )


def _sharpes(experiment: Experiment) -> Floats:
    """Annual Sharpe ratios of the claiming variants."""
    excess = experiment.excess()
    return np.array([sharpe_ratio(excess[candidate].to_numpy()) for candidate in experiment.candidates])


def _ability(experiment: Experiment) -> dict[str, AbilityTest]:
    """Yardstick → Hansen's, White's and Romano and Wolf's tests of all variants against it."""
    returns, candidates = experiment.returns(1.0), experiment.candidates
    if not candidates:
        return {}
    net = returns[candidates].to_numpy()
    mixes = returns[[experiment.mixes[candidate].variant for candidate in candidates]].to_numpy()
    nothing = np.zeros(len(net))
    tests = {}
    for name, ours, theirs in (
        ("constant_mix", net - mixes, nothing),  # each against its own
        ("hold_eth", net, returns["hold_eth"].to_numpy()),
        ("hold_iwm", net, returns["hold_iwm"].to_numpy()),
        *([(EqualWeight.name, net, returns[EqualWeight.name].to_numpy())] if experiment.market.further else []),
    ):
        test = superior_predictive_ability(ours, theirs, seed=experiment.study.seed)
        tests[name] = AbilityTest(
            p=test.p_consistent,
            p_lower=test.p_lower,
            p_upper=test.p_upper,
            p_reality_check=test.p_reality_check,
            superior=[candidate for candidate, better in zip(candidates, test.superior, strict=True) if better],
        )
    return tests
