"""The main job: from a study to everything that a run leaves behind.

 1. prices → Market, on the study's period
 2. signals and decisions of every variant, each signal computed once
 3. the evaluated window: it opens in the first session in which every variant can decide, so that all are judged on
    the same sessions; what comes before is warm-up
 4. one simulation of all variants, and of each one's constant mix: the same average weights, held all the time
 5. simulations at other costs, lags and fill, for robustness
 6. figures, tests, statements, verdicts

Numbers come from vectorbt (accounts), from the timing test (weights against returns) and from the statements (prices);
nothing here but their assembly.
"""

import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from backtests import engine
from backtests.engine import BacktestResult
from backtests.results.comparison import against, leg_alpha, sharpe_intervals
from backtests.results.metrics import by_year, measure
from backtests.results.sharpe import deflated_sharpe_ratio, probabilistic_sharpe_ratio, sharpe_ratio
from backtests.results.statements import Statement, judge_statements, lockstep
from backtests.results.timing import TimingTest, timing_test
from backtests.results.verdict import Evidence, Verdict, judge_study, judge_variant
from backtests.sources import load_market
from backtests.study import Study
from signals.errors import DataError, HistoryError
from signals.market import SESSIONS_PER_YEAR, Floats, Market
from signals.registry import SHOWN
from signals.signal import Signal
from strategies.strategy import Strategy
from strategies.weights import TargetWeights

MIN_EVALUATED = 120
"""Fewest sessions that are judged: half a year. Under that every interval is wider than anything it could tell."""

COST_MULTIPLES = (0.0, 1.0, 2.0, 4.0)
LAGS = (1, 2, 3, 5)

Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Run:
    """What a study gave.

    study:   the resolved study.  result: the content of result.json.  signals: T x signals, the whole period.
    weights: a row a session with a decision, columns (variant, asset), NaN where a variant decided nothing.
    backtest: the simulation itself, with returns, trades and the vectorbt portfolio.
    """

    study: Study
    result: dict[str, Any]
    signals: pd.DataFrame
    weights: pd.DataFrame
    backtest: BacktestResult


def run_study(study: Study, progress: Progress = lambda step: None) -> Run:
    """Do the whole job; `progress` is called with a word at the beginning of each step.

    Raises DataError, HistoryError, ParameterError, StudyError or WeightsError, each in one sentence.
    """
    strategies, costs = study.strategies(), study.engine_costs()
    primary = study.primary_of(strategies)
    progress("prices")
    market = load_market(study.data, study.pair, start=study.start, end=study.end, seed=study.seed)
    if study.data_sha256 not in (None, market.sha256):
        raise DataError(
            f"The prices have changed since this study was written: their fingerprint is {market.sha256[:12]}, the study "
            f"expects {str(study.data_sha256)[:12]}; remove data_sha256 from it to run on the prices as they are."
        )
    progress("signals")
    warmup = _warmup(strategies, market)
    computed: dict[Signal, pd.Series] = {}
    decided = [strategy.decide(market, computed) for strategy in strategies]
    evaluated = market.slice(warmup)
    decisions = [decision.since(evaluated.sessions[0]) for decision in decided]
    standing = {d.variant: d.standing(evaluated.sessions).fillna(0.0) for d in decisions}
    claims = [s.label for s in strategies if not s.benchmark]
    mixes = {label: _constant_mix(label, standing[label]) for label in claims}

    progress("simulation")
    everything = [*decisions, *mixes.values()]
    backtest = engine.run(evaluated, decisions, costs, fill=study.fill, lag=study.lag, capital=study.capital)
    progress("robustness")

    def simulate(multiple: float = 1.0, lag: int = study.lag, fill: engine.Fill = study.fill) -> pd.DataFrame:
        return engine.run(
            evaluated, everything, costs.times(multiple), fill=fill, lag=lag, capital=study.capital
        ).returns

    at_costs = {multiple: simulate(multiple) for multiple in COST_MULTIPLES}
    at_lags = {lag: simulate(lag=lag) for lag in sorted({study.lag, *LAGS})}
    at_fills = {fill: simulate(fill=fill) for fill in ("close", "open")}

    progress("tests")
    weights = np.stack([standing[d.variant].to_numpy() for d in decisions], axis=1)

    def time_it(lag: int = study.lag, fill: engine.Fill = study.fill) -> TimingTest:
        earned = filled_returns(evaluated, fill=fill, lag=lag)
        return timing_test(weights[: len(earned)], earned)

    timing, timing_at_lags = time_it(), {lag: time_it(lag=lag) for lag in at_lags}
    names = [d.variant for d in decisions]
    # benchmarks never vary, so they weigh nothing in the family
    years = len(backtest.returns) / SESSIONS_PER_YEAR
    metrics = measure(backtest)
    intervals = sharpe_intervals(backtest.returns, seed=study.seed)
    trial_variance = _trial_variance(backtest.returns[claims]) if claims else 0.0

    variants, verdicts = [], []
    for i, strategy in enumerate(strategies):
        label = strategy.label
        returns = backtest.returns[label].to_numpy()
        entry: dict[str, Any] = {
            "name": label,
            "label": _short(strategy, strategies),
            "strategy": strategy.name,
            "statement": strategy.statement,
            "hypothesis": strategy.hypothesis,
            "params": strategy.params,
            "benchmark": strategy.benchmark,
            "metrics": asdict(metrics[label]),
        }
        if strategy.benchmark:
            verdict = Verdict("no edge", ("A benchmark: its weights are constant, so it has no timing by construction.",))
            entry |= {"against": {}, "inference": {"sharpe_ci": intervals[label]}, "robustness": {}}
        else:
            mix = mixes[label].variant
            lead = {m: sharpe_ratio(r[label].to_numpy()) - sharpe_ratio(r[mix].to_numpy()) for m, r in at_costs.items()}
            verdict = judge_variant(
                Evidence(
                    timing_ir=float(timing.information_ratio[i]),
                    timing_ci=(float(timing.ci[i, 0]), float(timing.ci[i, 1])),
                    timing_upper=float(timing.upper[i]),
                    timing_p=float(timing.p[i]),
                    timing_p_family=float(timing.p_family[i]),
                    min_detectable_ir=timing.detectable,
                    sharpe_lead_doubled_costs=lead[2.0],
                    years=years,
                ),
                family=len(claims),
                alpha=study.alpha,
                worthwhile_ir=study.worthwhile_ir,
            )
            verdicts.append((label, verdict, float(timing.p_family[i])))
            legs = backtest.returns[["hold_eth", "hold_iwm"]].to_numpy()
            alpha = leg_alpha(returns, legs)
            entry |= {
                "against": {
                    "hold_eth": asdict(against(returns, legs[:, 0])),
                    "hold_iwm": asdict(against(returns, legs[:, 1])),
                    "constant_mix": {
                        "weights": dict(zip(market.tickers, standing[label].mean().tolist(), strict=True)),
                        **asdict(against(returns, at_costs[1.0][mix].to_numpy())),
                    },
                },
                "inference": {
                    "timing_ir": timing.information_ratio[i],
                    "timing_ci": timing.ci[i],
                    "timing_upper": timing.upper[i],
                    "timing_t": timing.t[i],
                    "timing_p": timing.p[i],
                    "timing_p_family": timing.p_family[i],
                    "alpha": alpha.alpha,
                    "alpha_t_hac": alpha.alpha_t_hac,
                    "betas": dict(zip(market.tickers, alpha.betas, strict=True)),
                    "betas_t_hac": dict(zip(market.tickers, alpha.betas_t_hac, strict=True)),
                    "sharpe_ci": intervals[label],
                    "psr": _psr(returns),
                    "dsr": _dsr(returns, len(claims), trial_variance),
                    "episodes": _episodes(standing[label].to_numpy()),
                    "min_detectable_ir": timing.detectable,
                },
                "robustness": {
                    "costs": [
                        {"multiple": m, "sharpe": sharpe_ratio(r[label].to_numpy()), "sharpe_lead_over_mix": lead[m]}
                        for m, r in at_costs.items()
                    ],
                    "lag": [
                        {
                            "lag": lag,
                            "sharpe": sharpe_ratio(r[label].to_numpy()),
                            "timing_ir": timing_at_lags[lag].information_ratio[i],
                        }
                        for lag, r in at_lags.items()
                    ],
                    "fill": [{"fill": f, "sharpe": sharpe_ratio(r[label].to_numpy())} for f, r in at_fills.items()],
                    "subperiods": by_year(backtest.returns[label]),
                    "walk_forward": None,
                },
            }
        entry |= {"verdict": verdict.decision, "reasons": list(verdict.reasons)}
        variants.append(entry)

    progress("statements")
    statements = judge_statements(market, computed, seed=study.seed)
    first, last = (market.sessions[i].date() for i in (0, -1))
    resolved = study.resolve(data_sha256=market.sha256, first=first, last=last)
    final = judge_study(verdicts, primary=primary)
    result = {
        "schema": 1,
        "study": resolved.model_dump(mode="json", exclude_none=True),
        "data": _provenance(market, evaluated, study),
        "lockstep": lockstep(market, computed),
        "statements": {key: _statement(s) for key, s in statements.items()},
        "variants": variants,
        "primary": primary,
        "family": {
            "n_variants": len(claims),
            "n_trials": len(claims),
            "critical": timing.critical,
            "spa_p": None,
            "pbo": None,
        },
        "verdict": {"decision": final.decision, "reasons": [r for r in final.reasons if r]},
        "environment": environment(),
    }
    return Run(resolved, result, _shown(market, computed), _decision_table(decisions), backtest)


def _warmup(strategies: list[Strategy], market: Market) -> int:
    slowest = max(strategies, key=lambda s: s.warmup)
    needed, sessions = slowest.warmup + MIN_EVALUATED, len(market.sessions)
    if sessions < needed:
        raise HistoryError(
            f"{market.sessions[0].date()} to {market.sessions[-1].date()} holds {sessions} sessions; {slowest.label} warms up "
            f"for {slowest.warmup} and at least {MIN_EVALUATED} more are needed to judge. Start earlier, end later, or "
            "choose strategies with --strategy."
        )
    return slowest.warmup


def _constant_mix(label: str, standing: pd.DataFrame) -> TargetWeights:
    """The average weights of a variant, held all the time and rebalanced monthly: exposure without timing."""
    average = np.broadcast_to(standing.mean().to_numpy(), standing.shape)
    return TargetWeights.from_wanted(f"constant mix of {label}", pd.DataFrame(average, standing.index, standing.columns))


def filled_returns(market: Market, *, fill: engine.Fill, lag: int) -> Floats:
    """(T - lag - 1) x 2 simple returns that the decision of each session earns: from its fill to the next one's."""
    prices = np.column_stack([getattr(leg, fill) for leg in market.legs])
    return np.asarray(prices[lag + 1 :] / prices[lag:-1] - 1.0)


def _moments(returns: Floats) -> tuple[float, float, float]:
    """(SR per session, skewness, raw kurtosis)."""
    from scipy.stats import kurtosis, skew

    deviation = returns.std(ddof=1)
    if deviation < 1e-12:
        return float("nan"), float("nan"), float("nan")
    return float(returns.mean() / deviation), float(skew(returns)), float(kurtosis(returns, fisher=False))


def _psr(returns: Floats) -> float:
    sr, skewness, kurtosis = _moments(returns)
    return probabilistic_sharpe_ratio(sr, len(returns), skewness=skewness, kurtosis=kurtosis)


def _dsr(returns: Floats, trials: int, variance: float) -> float:
    sr, skewness, kurtosis = _moments(returns)
    return deflated_sharpe_ratio(
        sr, len(returns), n_trials=trials, trial_variance=variance, skewness=skewness, kurtosis=kurtosis
    )


def _trial_variance(returns: pd.DataFrame) -> float:
    ratios = (returns.mean() / returns.std(ddof=1)).to_numpy()
    return float(np.nanvar(ratios, ddof=1)) if np.isfinite(ratios).sum() > 1 else 0.0


def _episodes(weights: Floats) -> int:
    """Stretches of sessions over which the weights were the same: the independent bets behind the result, at most."""
    return int(1 + (np.abs(np.diff(weights, axis=0)) > 1e-12).any(axis=1).sum())


def _short(strategy: Strategy, among: list[Strategy]) -> str:
    """The shortest name that tells a variant from the others: its strategy, with the parameters in which they differ."""
    siblings = [other for other in among if other.name == strategy.name]
    differing = [k for k in strategy.params if len({str(s.params[k]) for s in siblings}) > 1]
    inner = ", ".join(f"{k}={strategy.params[k]}" for k in differing)
    return f"{strategy.name}({inner})" if inner else strategy.name


def _statement(statement: Statement) -> dict[str, Any]:
    return {**asdict(statement), "ci": list(statement.ci)}


def _provenance(market: Market, evaluated: Market, study: Study) -> dict[str, Any]:
    notes = [
        f"{leg.ticker} has no adjusted close: its returns leave dividends out." for leg in market.legs if not leg.adjusted
    ]
    first, last = market.sessions[0].date(), market.sessions[-1].date()
    if study.start is not None and (market.sessions[0] - pd.Timestamp(study.start)).days > 7:
        notes.append(f"Asked from {study.start}, but the prices of both begin on {first}.")
    if study.end is not None and (pd.Timestamp(study.end) - market.sessions[-1]).days > 7:
        notes.append(f"Asked up to {study.end}, but the prices of both end on {last}.")
    if market.synthetic:
        notes.insert(0, "SYNTHETIC prices, drawn by a random generator. They say nothing about any real market.")
    return {
        "pair": list(market.tickers),
        "source": market.source,
        "synthetic": market.synthetic,
        "sha256": market.sha256,
        "sessions": len(market.sessions),
        "first": str(first),
        "last": str(last),
        "retrieved_at": market.retrieved_at,
        "evaluated": {
            "first": str(evaluated.sessions[1].date()),
            "last": str(last),
            "sessions": len(evaluated.sessions) - 1,
            "warmup": len(market.sessions) - len(evaluated.sessions),
        },
        "clocks": [{"ticker": leg.ticker, "clock": leg.clock, "adjusted": leg.adjusted} for leg in market.legs],
        "notes": notes,
    }


def _shown(market: Market, computed: dict[Signal, pd.Series]) -> pd.DataFrame:
    """T x signals: the signals that every report shows, over the whole period; those that need more history left out."""
    ready = [signal for signal in SHOWN if signal.warmup < len(market.sessions)]
    for signal in ready:
        if signal not in computed:
            computed[signal] = signal.compute(market)
    return pd.DataFrame({signal.label: computed[signal] for signal in ready}, index=market.sessions)


def _decision_table(decisions: list[TargetWeights]) -> pd.DataFrame:
    table = pd.concat({d.variant: d.frame for d in decisions}, axis=1, names=["variant", "asset"])
    return table.sort_index().rename_axis(index="session")


def environment() -> dict[str, str]:
    """Versions of everything that computes a figure."""
    packages = ("unlockstep", "vectorbt", "vectorbt-rust", "numpy", "pandas", "scipy", "statsmodels", "arch", "exchange-calendars")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}
