"""The same study on hedged legs, beside the plain one: what is left of a rule where BTC and the market are taken out.

Another question than the plain pair's: whether its timing earns something in what a leg does apart from its hedge.
Every variant on the hedged pair is one more trial; none is named beforehand.
"""

from dataclasses import dataclass

import numpy as np

from unlockstep.backtests.config.series_pins import check_prices, series_pins
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.variants import short_label
from unlockstep.backtests.engine.experiment import Experiment, build_experiment
from unlockstep.backtests.engine.hedge import WINDOW, Hedge, hedged_pair
from unlockstep.backtests.engine.window import longest_warmup
from unlockstep.backtests.results.evidence import Evaluation, evaluate, net_ir, timing_deviation
from unlockstep.backtests.results.holdout import split_holdout
from unlockstep.backtests.results.model.hedged import HedgeBeta, HedgedPair, HedgedVariant, TimingReach
from unlockstep.backtests.results.verdict import judge
from unlockstep.backtests.trials.trial_recording import CountedTrials
from unlockstep.signals.errors import DataError, StudyError
from unlockstep.signals.market import SESSIONS_PER_YEAR, Market
from unlockstep.signals.signal import SignalCache
from unlockstep.strategies.strategy import Strategy


@dataclass(frozen=True, eq=False)
class HedgedStudy:
    """The decisions of a study's strategies on the hedged pair.

    experiment: on the hedged pair, traded in four legs.  whole: these, from the first price on.
    left_out: names of the variants that cannot be on it.
    """

    experiment: Experiment
    whole: Market
    left_out: tuple[str, ...]

    @property
    def hedge(self) -> Hedge:
        """The hedged pair, its legs and betas."""
        assert self.experiment.hedge is not None  # it was built with one
        return self.experiment.hedge


def hedged_study(study: Study, strategies: list[Strategy]) -> HedgedStudy:
    """Decide on the hedged pair of a study that names hedges.

    The window opens with the first decision that every variant can make on it, a year later than on the plain pair, or
    where the study says, if that is later.
    Raises DataError where a hedge has no prices, has others than were pinned, or does not move; HistoryError where the
    history is too short for betas and warm-up; StudyError where no variant can be on hedged legs.
    """
    whole = _four_legs(study)
    hedge = hedged_pair(whole, study.lag)
    able = [strategy for strategy in strategies if _decides_on(hedge.market, strategy)]
    left_out = tuple(s.label for s in strategies if s not in able)
    if all(strategy.benchmark for strategy in able):
        raise StudyError(
            f"No variant is left on hedged legs, which have daily opens and closes alone: {', '.join(left_out)}",
            name="hedges",
            remedy="leave hedges out, or choose other strategies",
        )
    slowest = longest_warmup(able, hedge.market)
    earliest = hedge.market.sessions[slowest.sessions + 1].date()
    if study.evaluate_from is not None and study.evaluate_from < earliest:
        study = study.model_copy(update={"evaluate_from": None})
    experiment = build_experiment(study, SignalCache(hedge.market), able, hedge=hedge)
    return HedgedStudy(experiment, whole, left_out)


def _four_legs(study: Study) -> Market:
    """The open part of the market of the pair and its hedges."""
    of_four = study.model_copy(update={"legs": study.hedged_legs, "hedges": None, "bridges": ()})
    market = split_holdout(of_four, cash=True).market
    check_prices(market, study.hedged_sha256, "hedged_sha256")
    return market


def _decides_on(market: Market, strategy: Strategy) -> bool:
    """Whether a strategy can decide on hedged legs, which have opens and closes alone."""
    if strategy.decides == "before_open":
        return False
    try:
        series_pins(market, [strategy])
    except (DataError, StudyError):
        return False
    return True


def hedged_result(hedged: HedgedStudy, plain: SignalCache, counted: CountedTrials) -> HedgedPair:
    """What the hedged pair shows, beside the plain one on the same sessions.

    plain: the signals of the plain pair.  counted: the trials of the hedged pair.
    """
    experiment, hedge = hedged.experiment, hedged.hedge
    strategies, evaluated = experiment.strategies, experiment.evaluated
    evaluations = evaluate(experiment, counted.count, counted.shares)
    labels = {s.label: short_label(s, strategies, experiment.market.tickers) for s in strategies}
    verdicts = judge(
        evaluations,
        experiment.study.rule,
        primary=None,
        labels=labels,
        trial_count=counted.count,
        exploratory=bool(experiment.study.scratch),
    ).verdicts
    on_plain = _on_the_same_sessions(hedged, plain)
    beside = evaluate(on_plain, every_gate=False)
    variants = tuple(
        HedgedVariant(
            name=variant,
            label=labels[variant],
            hedged=_reach(experiment, variant, evaluation),
            plain=_reach(on_plain, variant, beside[variant]),
            timing_ci=evaluation.evidence.timing_ci,
            timing_p=evaluation.evidence.timing_p,
            timing_p_family=evaluation.evidence.timing_p_family,
            net_ir=net_ir(experiment, variant, 1.0),
            verdict=verdicts[variant].decision,
            reasons=verdicts[variant].reasons,
        )
        for variant, evaluation in evaluations.items()
    )
    first, last = evaluated.sessions[1], evaluated.sessions[-1]
    return HedgedPair(
        pair=hedge.market.pair,
        first=str(first.date()),
        last=str(last.date()),
        sessions=len(evaluated.sessions) - 1,
        window=WINDOW,
        betas=_betas(hedge, len(evaluated.sessions)),
        variants=variants,
        left_out=hedged.left_out,
        ratio_needed=_median_ratio([(v.hedged.detectable_ir, v.plain.detectable_ir) for v in variants]),
        return_needed=_median_ratio([(v.hedged.detectable_return, v.plain.detectable_return) for v in variants]),
        trials=len(variants),
    )


def _on_the_same_sessions(hedged: HedgedStudy, plain: SignalCache) -> Experiment:
    """The same strategies on the plain pair, evaluated on the sessions that the hedged pair is evaluated on."""
    experiment = hedged.experiment
    since = experiment.study.model_copy(update={"evaluate_from": experiment.evaluated.sessions[1].date()})
    return build_experiment(since, plain, experiment.strategies)


def _reach(experiment: Experiment, variant: str, evaluation: Evaluation) -> TimingReach:
    detectable = evaluation.evidence.detectable
    return TimingReach(
        timing_ir=evaluation.evidence.timing_ir,
        detectable_ir=detectable,
        detectable_return=float(detectable * timing_deviation(experiment, variant) * np.sqrt(SESSIONS_PER_YEAR)),
    )


def _betas(hedge: Hedge, sessions: int) -> tuple[HedgeBeta, ...]:
    """The betas of the last `sessions` sessions, of each leg."""
    legs = hedge.traded.tickers
    return tuple(
        HedgeBeta(
            leg=legs[i],
            hedge=legs[i + 2],
            mean=float(betas.mean()),
            least=float(betas.min()),
            largest=float(betas.max()),
            last=float(betas[-1]),
        )
        for i, betas in enumerate(hedge.betas[-sessions:].T)
    )


def _median_ratio(both: list[tuple[float | None, float | None]]) -> float:
    """The median of one over the other, of those that have both; NaN where none has."""
    ratios = [one / other for one, other in both if one is not None and other]
    return float(np.median(ratios)) if ratios else float("nan")
