"""What a run says of each variant: the entries of "variants" in result.json, and the verdicts behind them."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from backtests.experiment import Experiment
from backtests.naming import spoken
from backtests.results.comparison import against, leg_alpha, sharpe_intervals
from backtests.results.metrics import by_year, measure
from backtests.results.sharpe import deflated_sharpe_ratio, moments, probabilistic_sharpe_ratio, sharpe_ratio
from backtests.results.verdict import Evidence, Verdict, judge_variant
from backtests.study import Study
from signals.market import SESSIONS_PER_YEAR, Floats
from strategies.strategy import Strategy

BENCHMARK = Verdict("no edge", ("A benchmark: its weights are constant, so it has no timing by construction.",))


@dataclass(frozen=True)
class Judged:
    """A variant, its verdict, its family-wise p-value (1 for a benchmark), and its entry in result.json."""

    strategy: Strategy
    label: str
    verdict: Verdict
    p_family: float
    entry: dict[str, Any]


def judge_variants(experiment: Experiment, study: Study) -> list[Judged]:
    """Every variant of the experiment, in its order."""
    metrics = measure(experiment.backtest)
    intervals = sharpe_intervals(experiment.backtest.returns, seed=study.seed)
    trial_variance = _trial_variance(experiment.backtest.returns[experiment.claims])
    judged = []
    for strategy, decision in zip(experiment.strategies, experiment.decisions, strict=True):
        label = decision.variant
        verdict = BENCHMARK if strategy.benchmark else _judge(experiment, study, label)
        entry = {
            "name": label,
            "label": short_label(strategy, experiment.strategies),
            "strategy": strategy.name,
            "statement": strategy.statement,
            "hypothesis": spoken(strategy.hypothesis, experiment.market.tickers),
            "params": strategy.params,
            "benchmark": strategy.benchmark,
            "metrics": asdict(metrics[label]),
            "against": {} if strategy.benchmark else _against(experiment, label),
            "inference": {
                **({} if strategy.benchmark else _inference(experiment, label, trial_variance)),
                "sharpe_ci": intervals[label],
            },
            "robustness": {} if strategy.benchmark else _robustness(experiment, label),
            "verdict": verdict.decision,
            "reasons": verdict.reasons,
        }
        p_family = float(experiment.timing.p_family[experiment.place[label]])
        judged.append(Judged(strategy, label, verdict, p_family, entry))
    return judged


def _net_ir(experiment: Experiment, label: str, multiple: float) -> float:
    """Information ratio of a variant's net returns over its constant mix's, both at this multiple of the costs."""
    returns = experiment.at_costs[multiple]
    return sharpe_ratio((returns[label] - returns[experiment.mixes[label].variant]).to_numpy())


def _judge(experiment: Experiment, study: Study, label: str) -> Verdict:
    i, timing = experiment.place[label], experiment.timing
    evidence = Evidence(
        timing_ir=float(timing.information_ratio[i]),
        timing_ci=(float(timing.ci[i, 0]), float(timing.ci[i, 1])),
        timing_upper=float(timing.upper[i]),
        timing_p=float(timing.p[i]),
        timing_p_family=float(timing.p_family[i]),
        min_detectable_ir=timing.detectable,
        net_ir_doubled_costs=_net_ir(experiment, label, 2.0),
        years=len(experiment.backtest.returns) / SESSIONS_PER_YEAR,
    )
    family = len(experiment.claims)
    return judge_variant(evidence, family=family, alpha=study.alpha, worthwhile_ir=study.worthwhile_ir)


def _against(experiment: Experiment, label: str) -> dict[str, Any]:
    held = experiment.backtest.returns
    returns, mix = held[label].to_numpy(), experiment.mixes[label].variant
    average = experiment.standing[label].mean()
    return {
        "hold_eth": asdict(against(returns, held["hold_eth"].to_numpy())),
        "hold_iwm": asdict(against(returns, held["hold_iwm"].to_numpy())),
        "constant_mix": {
            "weights": {str(ticker): float(weight) for ticker, weight in average.items()},
            **asdict(against(returns, experiment.at_costs[1.0][mix].to_numpy())),
        },
    }


def _inference(experiment: Experiment, label: str, trial_variance: float) -> dict[str, Any]:
    i, timing, held = experiment.place[label], experiment.timing, experiment.backtest.returns
    returns = held[label].to_numpy()
    alpha = leg_alpha(returns, held[["hold_eth", "hold_iwm"]].to_numpy())
    sr, skewness, kurtosis = moments(returns)
    return {
        "timing_ir": timing.information_ratio[i],
        "timing_ci": timing.ci[i],
        "timing_upper": timing.upper[i],
        "timing_t": timing.t[i],
        "timing_p": timing.p[i],
        "timing_p_family": timing.p_family[i],
        "alpha": alpha.alpha,
        "alpha_t_hac": alpha.alpha_t_hac,
        "betas": dict(zip(experiment.market.tickers, alpha.betas, strict=True)),
        "betas_t_hac": dict(zip(experiment.market.tickers, alpha.betas_t_hac, strict=True)),
        "psr": probabilistic_sharpe_ratio(sr, len(returns), skewness=skewness, kurtosis=kurtosis),
        "dsr": deflated_sharpe_ratio(
            sr,
            len(returns),
            n_trials=len(experiment.claims),
            trial_variance=trial_variance,
            skewness=skewness,
            kurtosis=kurtosis,
        ),
        "episodes": episodes(experiment.standing[label].to_numpy()),
        "min_detectable_ir": timing.detectable,
    }


def _robustness(experiment: Experiment, label: str) -> dict[str, Any]:
    i = experiment.place[label]

    def sharpe(returns: pd.DataFrame) -> float:
        return sharpe_ratio(returns[label].to_numpy())

    return {
        "costs": [
            {
                "multiple": multiple,
                "sharpe": sharpe(returns),
                "ir_over_mix": _net_ir(experiment, label, multiple),
            }
            for multiple, returns in experiment.at_costs.items()
        ],
        "lag": [
            {
                "lag": lag,
                "sharpe": sharpe(returns),
                "timing_ir": experiment.timing_at_lags[lag].information_ratio[i],
            }
            for lag, returns in experiment.at_lags.items()
        ],
        "fill": [{"fill": fill, "sharpe": sharpe(returns)} for fill, returns in experiment.at_fills.items()],
        "subperiods": by_year(experiment.backtest.returns[label]),
        "walk_forward": None,
    }


def _trial_variance(returns: pd.DataFrame) -> float:
    """Variance over the variants of their Sharpe ratios per session; 0 for a single one."""
    ratios = (returns.mean() / returns.std(ddof=1)).to_numpy()
    return float(np.nanvar(ratios, ddof=1)) if np.isfinite(ratios).sum() > 1 else 0.0


def episodes(weights: Floats) -> int:
    """Stretches of sessions over which T x A weights stayed the same: at most so many independent bets."""
    return int(1 + (np.abs(np.diff(weights, axis=0)) > 1e-12).any(axis=1).sum())


def short_label(strategy: Strategy, among: list[Strategy]) -> str:
    """The shortest name that tells a variant from the others: its strategy, and the parameters in which they differ.

    A parameter that is a word speaks for itself: "reconvergence hedged", but "derisk window=60".
    """
    siblings = [other for other in among if other.name == strategy.name]
    differing = {k: v for k, v in strategy.params.items() if len({str(s.params[k]) for s in siblings}) > 1}
    return " ".join([strategy.name, *(v if isinstance(v, str) else f"{k}={v}" for k, v in differing.items())])
