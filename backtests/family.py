"""What a run says of all its variants together: the entry "family" in result.json."""

from typing import Any

import numpy as np

from backtests.experiment import Experiment
from backtests.out_of_sample import out_of_sample
from backtests.results.multiple import superior_predictive_ability
from backtests.results.sharpe import sharpe_ratio
from backtests.results.tally import Tally
from backtests.results.trials import minimum_backtest_length
from signals.market import Floats


def family_entry(experiment: Experiment, tally: Tally) -> dict[str, Any]:
    """Tests of the whole family: its trials among all, its critical value, SPA against each yardstick, PBO, a walk."""
    claims, study = experiment.claims, experiment.study
    ability = _ability(experiment)
    walked = out_of_sample(experiment, None) if claims else None
    best = float(np.nanmax(_sharpes(experiment), initial=-np.inf))
    return {
        "n_variants": len(claims),
        "n_trials": tally.trials,
        "n_effective": tally.effective,
        "own_effective": tally.own,
        "n_effective_timing": tally.timings,
        "own_effective_timing": tally.own_timings,
        "earlier": tally.earlier,
        "other_primaries": tally.other_primaries,
        "primary_share": study.primary_share if experiment.primary is not None and len(claims) > 1 else None,
        "critical_t": experiment.timing.critical,
        "critical_t_primary": experiment.timing.critical_primary,
        "min_backtest_years": minimum_backtest_length(tally.effective, best) if claims else None,
        "spa_p": (ability.get("constant_mix") or {}).get("p"),
        "spa": ability,
        "pbo": ((walked or {}).get("pbo") or {}).get("pbo"),
        "walk_forward": walked,
    }


def _sharpes(experiment: Experiment) -> Floats:
    """Annual Sharpe ratios of the claiming variants."""
    returns = experiment.returns(1.0)
    return np.array([sharpe_ratio(returns[claim].to_numpy()) for claim in experiment.claims])


def _ability(experiment: Experiment) -> dict[str, Any]:
    """Yardstick → Hansen's, White's and Romano and Wolf's tests of all variants against it."""
    returns, claims = experiment.returns(1.0), experiment.claims
    if not claims:
        return {}
    held = returns[claims].to_numpy()
    mixes = returns[[experiment.mixes[claim].variant for claim in claims]].to_numpy()
    nothing = np.zeros(len(held))
    found = {}
    for name, ours, theirs in (
        ("constant_mix", held - mixes, nothing),  # each against its own
        ("hold_eth", held, returns["hold_eth"].to_numpy()),
        ("hold_iwm", held, returns["hold_iwm"].to_numpy()),
    ):
        test = superior_predictive_ability(ours, theirs, seed=experiment.study.seed)
        found[name] = {
            "p": test.p_consistent,
            "p_lower": test.p_lower,
            "p_upper": test.p_upper,
            "p_reality_check": test.p_reality_check,
            "superior": [claim for claim, better in zip(claims, test.superior, strict=True) if better],
        }
    return found
