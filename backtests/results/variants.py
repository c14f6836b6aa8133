"""What a run says of each variant: the entries of "variants" in result.json."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.config.variants import short_label
from unlockstep.backtests.data.ticker_name import substitute_tickers
from unlockstep.backtests.engine.experiment import Experiment
from unlockstep.backtests.results.calendar import months, through_crises
from unlockstep.backtests.results.decision import Gate, later_gates, years_needed
from unlockstep.backtests.results.evidence import Evaluation
from unlockstep.backtests.results.fill_causes import fill_causes
from unlockstep.backtests.results.longest_windows import longest_windows
from unlockstep.backtests.results.metrics import measure
from unlockstep.backtests.results.model.variant import (
    Against,
    Comparison,
    EpisodeDetail,
    GateResult,
    Inference,
    Metrics,
    MixComparison,
    VariantResult,
    WalkForwardResult,
)
from unlockstep.backtests.results.reasons import Verdict
from unlockstep.backtests.results.robustness import robustness
from unlockstep.backtests.results.verdict import Judgement
from unlockstep.backtests.stats.benchmark_comparison import against, leg_alpha, sharpe_difference, sharpe_intervals
from unlockstep.backtests.stats.sharpe import minimum_track_record_length, moments, probabilistic_sharpe_ratio
from unlockstep.backtests.stats.timing_bootstrap import timing_bootstrap
from unlockstep.backtests.trials.deflated_sharpe import deflated_sharpe_ratio, haircut_sharpe_ratio
from unlockstep.backtests.trials.trial_count import TrialCount
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats
from unlockstep.strategies.benchmarks import EqualWeight, HoldLeg

BENCHMARK = Verdict("no edge", ("A benchmark: its weights are constant, so it has no timing by construction.",))


def variant_results(
    experiment: Experiment, evaluations: Mapping[str, Evaluation], judgement: Judgement, trial_count: TrialCount
) -> list[VariantResult]:
    """Every variant of the experiment, in its order, without its walks forward; see `with_walk_forward`.

    evaluations: of the candidates, with every gate.
    """
    seed = experiment.study.seed
    metrics = measure(experiment.backtest)
    intervals = sharpe_intervals(experiment.over_cash(experiment.backtest.returns), seed=seed)
    inference = dict(_inferences(experiment, evaluations, trial_count.effective, intervals))
    net_returns = experiment.backtest.returns
    gross = experiment.backtest.exposure.abs().T.groupby(level="variant", sort=False).sum().T.shift().iloc[1:]
    longest, causes = longest_windows(experiment), fill_causes(experiment)
    results = []
    for strategy, decision in zip(experiment.strategies, experiment.decisions, strict=True):
        label, is_candidate = decision.variant, not strategy.benchmark
        verdict = judgement.verdicts[label] if is_candidate else BENCHMARK
        results.append(
            VariantResult(
                name=label,
                label=short_label(strategy, experiment.strategies, experiment.market.tickers),
                strategy=strategy.name,
                source=experiment.study.source_of(type(strategy)),
                statement=strategy.statement,
                hypothesis=substitute_tickers(strategy.hypothesis, experiment.market.pair),
                params=strategy.params,
                benchmark=strategy.benchmark,
                metrics=Metrics(**vars(metrics[label])),
                causes=None if causes is None else causes[label],
                longest_window=longest[label],
                against=_against(experiment, label) if is_candidate else None,
                inference=inference.get(label, Inference(sharpe_ci=intervals[label])),
                robustness=robustness(experiment, label) if is_candidate else None,
                calendar=months(net_returns[label]),
                crises=through_crises(net_returns[label], gross[label]),
                gates=gate_results(evaluations[label], experiment.study.rule) if is_candidate else (),
                verdict=verdict.decision,
                reasons=verdict.reasons,
            )
        )
    return results


def with_walk_forward(
    results: Sequence[VariantResult], walked: Mapping[str | None, WalkForwardResult]
) -> list[VariantResult]:
    """The results with the walks forward of their strategies; None where time is too short."""
    return [
        result
        if result.robustness is None
        else result.model_copy(
            update={"robustness": result.robustness.model_copy(update={"walk_forward": walked.get(result.strategy)})}
        )
        for result in results
    ]


def _against(experiment: Experiment, label: str) -> Against:
    net_returns, seed = experiment.returns(1.0), experiment.study.seed
    excess, risk_free = experiment.excess(), experiment.evaluated.cash_returns[1:]
    returns, mix = net_returns[label].to_numpy(), experiment.mixes[label].variant
    average = experiment.weights_in_force[label].mean()

    def compared(benchmark: str) -> Comparison:
        other = net_returns[benchmark].to_numpy()
        difference = sharpe_difference(excess[label].to_numpy(), excess[benchmark].to_numpy(), seed=seed)
        return Comparison(
            **vars(against(returns, other, risk_free)),
            sharpe_difference_ci=difference.ci,
            sharpe_difference_p=difference.p,
        )

    weights = {str(ticker): float(weight) for ticker, weight in average.items()}
    return Against(
        hold_eth=compared("hold_eth"),
        hold_iwm=compared("hold_iwm"),
        constant_mix=MixComparison(weights=weights, **dict(compared(mix))),
        further={name: compared(name) for name in _further_benchmarks(experiment)},
    )


def _further_benchmarks(experiment: Experiment) -> list[str]:
    """The benchmarks that a study of more legs than a pair has besides: each further leg, and all in equal shares."""
    further = experiment.market.further
    return [*(HoldLeg(leg=leg.ticker).label for leg in further), *([EqualWeight.name] if further else [])]


def _inferences(
    experiment: Experiment,
    evaluations: Mapping[str, Evaluation],
    trials: float,
    intervals: Mapping[str, tuple[float, float]],
) -> Iterator[tuple[str, Inference]]:
    """Of every candidate; intervals: of the Sharpe ratios."""
    timing, candidates = experiment.timing, experiment.candidates
    columns = [experiment.place[label] for label in candidates]
    earned = experiment.earned()
    resampled = timing_bootstrap(experiment.weights[: len(earned), columns], earned, seed=experiment.study.seed)
    excess = experiment.over_cash(experiment.backtest.returns)
    holds = [name for name in _further_benchmarks(experiment) if name != EqualWeight.name]
    legs = excess[["hold_eth", "hold_iwm", *holds]].to_numpy()
    for column, label in enumerate(candidates):
        i, evidence = experiment.place[label], evaluations[label].evidence
        returns = excess[label].to_numpy()
        alpha = leg_alpha(returns, legs)
        bets = evaluations[label].episodes
        assert bets is not None  # evaluated with every gate
        yield (
            label,
            Inference(
                timing_ir=timing.information_ratio[i],
                timing_ci=evidence.timing_ci,
                timing_upper=evidence.timing_upper,
                cost_drag_ir=evidence.cost_drag_ir,
                timing_upper_net=evidence.bound,
                timing_t=timing.t[i],
                timing_p=evidence.timing_p,
                timing_p_family=evidence.timing_p_family,
                timing_p_shifts=timing.p[i],
                timing_p_family_shifts=timing.p_family[i],
                timing_spread=timing.spread[i],
                timing_skewness=timing.skewness[i],
                timing_t_standardised=timing.t_standardised[i],
                timing_p_standardised=experiment.redecided().p_standardised[column],
                timing_t_money=timing.t_money[i],
                timing_p_money=timing.p_money[i],
                timing_p_bootstrap=resampled.p[column],
                timing_p_family_bootstrap=resampled.p_family[column],
                alpha=alpha.alpha,
                alpha_t_hac=alpha.alpha_t_hac,
                betas=dict(zip(experiment.market.tickers, alpha.betas, strict=True)),
                betas_t_hac=dict(zip(experiment.market.tickers, alpha.betas_t_hac, strict=True)),
                **_sharpe(returns, trials),
                episodes=bets.count,
                episode_detail=EpisodeDetail(
                    active=bets.active,
                    share_best=bets.share_best,
                    share_best_two=bets.share_best_two,
                    ir_without_best=bets.ir_without_best,
                    ci=bets.ci,
                ),
                years=evidence.years,
                min_detectable_ir=evidence.detectable,
                years_needed=years_needed(evidence),
                sharpe_ci=intervals[label],
            ),
        )


def _sharpe(returns: Floats, trials: float) -> dict[str, float]:
    """The Sharpe ratio of T returns in excess of cash against zero, and its corrections; the track record in years.

    An effective number of trials goes with the variance of one trial, 1/T; the variance over the variants would leave
    out a second time what they have in common.
    """
    sr, skewness, kurtosis = moments(returns)
    sessions, shape = len(returns), {"skewness": skewness, "kurtosis": kurtosis}
    haircut = haircut_sharpe_ratio(sr * np.sqrt(SESSIONS_PER_YEAR), sessions, n_trials=max(trials, 1.0))
    return {
        "psr": probabilistic_sharpe_ratio(sr, sessions, **shape),
        "dsr": deflated_sharpe_ratio(sr, sessions, n_trials=trials, trial_variance=1.0 / sessions, **shape),
        "haircut_sharpe": haircut.sharpe,
        "min_track_record_years": minimum_track_record_length(sr, **shape) / SESSIONS_PER_YEAR,
    }


def gate_results(evaluation: Evaluation, rule: Rule) -> tuple[GateResult, ...]:
    """Every gate of the verdict with its figure and limit, the timing test first."""
    p = evaluation.evidence.timing_p_family
    assert evaluation.gates is not None  # evaluated with every gate
    gates = (Gate("timing test", p <= rule.alpha, p, rule.alpha), *later_gates(evaluation.gates, rule))
    return tuple(GateResult(gate=g.name, passed=bool(g.passed), figure=g.figure, limit=g.limit) for g in gates)
