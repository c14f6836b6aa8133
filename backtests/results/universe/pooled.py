"""What all pairs of a universe say together of each strategy, and the verdict on its mechanism."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.universe import UniversePair
from unlockstep.backtests.engine.book import book_returns, equal_risk
from unlockstep.backtests.results.family import null_counts
from unlockstep.backtests.results.model.universe import (
    BookResult,
    DecadeResult,
    GroupResult,
    PooledResult,
)
from unlockstep.backtests.results.model.variant import GateResult
from unlockstep.backtests.results.universe.decision import PooledEvidence, PooledGates, decide_pooled, gates_of
from unlockstep.backtests.results.universe.estimates import FEWEST_PAIRS, pair_estimates
from unlockstep.backtests.results.universe.pairs import PairEvaluation, all_sessions
from unlockstep.backtests.results.verdict import explored
from unlockstep.backtests.stats.pooled_timing import MONEY, SCORES, STANDARDISED, Pooled, pooled_timing
from unlockstep.backtests.stats.redecided_test import RedecidedTest, redecided_test
from unlockstep.backtests.stats.sharpe import sharpe_ratio
from unlockstep.backtests.stats.timing_test import skewness
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats


@dataclass(frozen=True, eq=False)
class EvaluatedUniverse:
    """P pairs, sorted, and what was evaluated of each.

    study: the terms that they share.  primary: the variant named beforehand, None without one.
    """

    study: Study
    pairs: tuple[UniversePair, ...]
    evaluations: tuple[PairEvaluation, ...]
    primary: str | None

    @property
    def labels(self) -> tuple[str, ...]:
        """The V variants under test."""
        return self.evaluations[0].labels

    @cached_property
    def sessions(self) -> pd.DatetimeIndex:
        """Those that decisions on any pair earned something in, all together."""
        return all_sessions(evaluation.sessions for evaluation in self.evaluations)

    @cached_property
    def histories(self) -> Floats:
        """H x 3 x P x V: t of each pair in each history."""
        return np.stack([evaluation.histories for evaluation in self.evaluations], axis=2)

    def pooled(self, chosen: Sequence[int]) -> Pooled:
        """The pooled timing of the pairs with these numbers."""
        evaluations = [self.evaluations[number] for number in chosen]
        timings = [replace(e.timing, rows=self.sessions.get_indexer(e.sessions)) for e in evaluations]
        return pooled_timing(timings, len(self.sessions))

    def test(self, pooled: Pooled, chosen: Sequence[int]) -> RedecidedTest:
        """The pooled timing held against histories in which every rule decides again on every pair."""
        again = pooled.pool(self.histories[:, :, list(chosen)])
        spread = pooled.spread
        return redecided_test(
            (pooled.t[SCORES], pooled.t[STANDARDISED]),
            lambda first, stop: again[first:stop],
            spread=(spread[SCORES], spread[STANDARDISED]),
            gain=pooled.gain,
            sessions=pooled.sessions,
            histories=len(again),
            primary=None if self.primary is None else self.labels.index(self.primary),
            primary_share=self.study.primary_share,
            alpha=self.study.alpha,
        )


@dataclass(frozen=True, eq=False)
class _Whole:
    """All pairs together, worked out once for all strategies."""

    universe: EvaluatedUniverse
    pooled: Pooled
    test: RedecidedTest
    half: Floats
    groups: dict[str, "_Group"]
    books: dict[float, pd.DataFrame]

    @cached_property
    def bias(self) -> Floats:
        """Length V: what chance alone adds to the pooled ratio."""
        return np.asarray(np.nan_to_num(self.test.bias) / np.sqrt(self.pooled.span))

    @cached_property
    def skewness(self) -> Floats:
        """Length V: of the pooled timing return in units of volatility."""
        return skewness(self.pooled.x[STANDARDISED])


@dataclass(frozen=True, eq=False)
class _Group:
    """The pairs of a group alone, and those of all others; None where there are no others."""

    pairs: int
    inside: Pooled
    outside: Pooled | None
    outside_test: RedecidedTest | None
    inside_bias: Floats


def pooled_results(universe: EvaluatedUniverse, labels: Sequence[str]) -> list[PooledResult]:
    """Every strategy on all pairs, in the order of the variants; labels: as reports show them."""
    whole = _whole(universe)
    evidence = [_evidence(whole, v) for v in range(len(universe.labels))]
    return [_result(whole, v, label, evidence[v]) for v, label in enumerate(labels)]


def _whole(universe: EvaluatedUniverse) -> _Whole:
    every = range(len(universe.pairs))
    pooled = universe.pooled(every)
    return _Whole(
        universe=universe,
        pooled=pooled,
        test=universe.test(pooled, every),
        half=pooled.half_width(0.975),
        groups={group: _group(universe, group) for group in sorted({pair.group for pair in universe.pairs})},
        books=_books(universe),
    )


def _group(universe: EvaluatedUniverse, group: str) -> _Group:
    belongs = np.array([pair.group == group for pair in universe.pairs])
    inside, outside = np.flatnonzero(belongs).tolist(), np.flatnonzero(~belongs).tolist()
    pooled = universe.pooled(inside)
    others = universe.pooled(outside) if outside else None
    again = pooled.pool(universe.histories[:, MONEY][:, inside]).mean(axis=0)
    return _Group(
        pairs=len(inside),
        inside=pooled,
        outside=others,
        outside_test=universe.test(others, outside) if others is not None else None,
        inside_bias=np.asarray(again / np.sqrt(pooled.span)),
    )


def _books(universe: EvaluatedUniverse) -> dict[float, pd.DataFrame]:
    """Multiple of the costs → S x 2V returns of the books of all strategies, then of their constant mixes, in excess of
    cash.
    """
    evaluations = universe.evaluations
    sessions = all_sessions(pd.DatetimeIndex(evaluation.equal_mix.index) for evaluation in evaluations)
    equal_mix = pd.concat([evaluation.equal_mix for evaluation in evaluations], axis=1, keys=range(len(evaluations)))
    shares = equal_risk(sessions, equal_mix.reindex(sessions))
    costs = np.array([evaluation.cost_bps for evaluation in evaluations])
    return {
        multiple: book_returns(shares, [each.accounts[multiple] for each in evaluations], costs * multiple)
        for multiple in (1.0, universe.study.cost_multiple)
    }


def _evidence(whole: _Whole, v: int) -> PooledEvidence:
    pooled, test = whole.pooled, whole.test
    universe = whole.universe
    others = len(universe.labels) - (universe.primary is not None)
    alone = universe.labels[v] == universe.primary
    error = 0.05 if alone else 0.05 / max(1, others)
    drags = np.array([evaluation.cost_drag[v] for evaluation in universe.evaluations])
    drag = float(np.nan_to_num(drags) * np.sqrt(pooled.years / pooled.span) @ pooled.weights[:, v])
    ratio, bias = float(pooled.information_ratio[v]), float(whole.bias[v])
    return PooledEvidence(
        timing_ir=ratio,
        timing_ci=(ratio - bias - float(whole.half[v]), ratio - bias + float(whole.half[v])),
        timing_upper=ratio - bias + float(pooled.half_width(1.0 - error)[v]),
        timing_p=float(test.p[v]),
        timing_p_family=float(test.p_family[v]),
        detectable=float(test.detectable[v]),
        cost_drag_ir=drag,
        alone=alone,
    )


def _result(whole: _Whole, v: int, label: str, evidence: PooledEvidence) -> PooledResult:
    universe, pooled, test = whole.universe, whole.pooled, whole.test
    study = universe.study
    book = _book_result(whole, v, evidence.cost_drag_ir)
    differences, estimates = pair_estimates(universe.pairs, universe.evaluations, pooled, universe.histories, v)
    groups = _group_results(whole, v)
    outside = [group.without_ir for group in groups if group.without_ir is not None]
    gates = PooledGates(
        money_p=float(pooled.p_money[v]),
        skewness=float(whole.skewness[v]),
        standardised_p=float(test.p_standardised[v]),
        net_ir=book.net_ir_multiplied,
        without_best_group=min(outside) if outside else None,
    )
    judged = decide_pooled(evidence, gates, study.rule, pairs=len(universe.pairs), fewest=FEWEST_PAIRS)
    judged = explored(judged) if study.scratch else judged
    scale = float(pooled.of_average_pair[v])
    low, high = evidence.timing_ci
    return PooledResult(
        name=universe.labels[v],
        label=label,
        pairs=int((np.isfinite([e.timing.t[SCORES, v] for e in universe.evaluations])).sum()),
        effective_pairs=float(pooled.effective_pairs[v]),
        timing_ir=evidence.timing_ir,
        timing_ci=evidence.timing_ci,
        timing_upper=evidence.timing_upper,
        timing_upper_net=evidence.bound,
        timing_t=float(test.null[0, v]),
        timing_p=evidence.timing_p,
        timing_p_family=evidence.timing_p_family,
        detectable_ir=evidence.detectable,
        average_ir=evidence.timing_ir / scale,
        average_ci=(low / scale, high / scale),
        average_detectable_ir=evidence.detectable / scale,
        heterogeneity=differences,
        book=book,
        groups=groups,
        decades=_decades(whole, v),
        gates=tuple(
            GateResult(gate=gate.name, passed=gate.passed, figure=gate.figure, limit=gate.limit)
            for gate in gates_of(gates, study.rule)
        ),
        estimates=estimates,
        null=null_counts(test, universe.labels, v),
        decision=judged.decision,
        reasons=judged.reasons,
    )


def _book_result(whole: _Whole, v: int, drag: float) -> BookResult:
    variants, multiple = len(whole.universe.labels), whole.universe.study.cost_multiple
    plain, dear = whole.books[1.0], whole.books[multiple]

    def over_mix(book: pd.DataFrame) -> float:
        return sharpe_ratio((book.iloc[:, v] - book.iloc[:, variants + v]).to_numpy())

    return BookResult(
        first=str(plain.index[0].date()),
        last=str(plain.index[-1].date()),
        sharpe=sharpe_ratio(plain.iloc[:, v].to_numpy()),
        sharpe_constant=sharpe_ratio(plain.iloc[:, variants + v].to_numpy()),
        net_ir=over_mix(plain),
        net_ir_multiplied=over_mix(dear),
        cost_drag_ir=drag,
    )


def _group_results(whole: _Whole, v: int) -> tuple[GroupResult, ...]:
    results = []
    for name, group in whole.groups.items():
        scale = float(group.inside.of_average_pair[v])
        ratio = float(group.inside.information_ratio[v]) / scale
        half, bias = float(group.inside.half_width(0.975)[v]) / scale, float(group.inside_bias[v]) / scale
        outside, test = group.outside, group.outside_test
        results.append(
            GroupResult(
                group=name,
                pairs=group.pairs,
                timing_ir=ratio,
                timing_ci=(ratio - bias - half, ratio - bias + half),
                without_ir=None if outside is None else float(outside.information_ratio[v]),
                without_p=None if test is None else float(test.p[v]),
            )
        )
    return tuple(results)


def _decades(whole: _Whole, v: int) -> tuple[DecadeResult, ...]:
    """The pooled timing return by decade, 2000s, 2010s …; intervals by the spread of the whole, and less what chance
    adds.
    """
    sessions, x = whole.universe.sessions, whole.pooled.x[MONEY, :, v]
    results = []
    for decade in np.unique(sessions.year // 10):
        inside = np.asarray(sessions.year // 10 == decade)
        terms, years = x[inside], inside.sum() / SESSIONS_PER_YEAR
        deviation = float(terms.std())
        ratio = float(terms.mean() / deviation * np.sqrt(SESSIONS_PER_YEAR)) if deviation > 0 else float("nan")
        half, bias = float(whole.half[v] * np.sqrt(whole.pooled.span / years)), float(whole.bias[v])
        dates = sessions[inside]
        results.append(
            DecadeResult(
                first=str(dates[0].date()), last=str(dates[-1].date()), timing_ir=ratio,
                timing_ci=(ratio - bias - half, ratio - bias + half),
            )
        )  # fmt: skip
    return tuple(results)
