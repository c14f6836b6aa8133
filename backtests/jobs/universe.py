"""One set of rules on many pairs: from a universe file to one pooled verdict.

1. prices of every pair, on the open part of the period; what has none is refused, or left out and said so
2. signs of the histories, one a session for all pairs together
3. each pair: decisions, accounts, timing test, histories; in several processes
4. the trials of every pair recorded, on its own prices
5. all pairs together: the pooled verdict of each strategy, and of the mechanism
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_limits

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.universe import Universe as UniverseFile
from unlockstep.backtests.config.universe import UniversePair
from unlockstep.backtests.config.variants import short_label
from unlockstep.backtests.jobs.run import audits_of, check_prices
from unlockstep.backtests.jobs.run_files import universe_pages, write_page
from unlockstep.backtests.results.decision import decide_study
from unlockstep.backtests.results.holdout import split_holdout
from unlockstep.backtests.results.model.base import annotate_path
from unlockstep.backtests.results.model.run import VerdictResult
from unlockstep.backtests.results.model.universe import PairResult, PooledResult, SkippedPair, UniverseResult
from unlockstep.backtests.results.provenance import environment, provenance
from unlockstep.backtests.results.universe.pairs import PairEvaluation, evaluate_pair
from unlockstep.backtests.results.universe.pooled import FEWEST_PAIRS, Universe, pooled_results
from unlockstep.backtests.results.verdict import EXPLORATORY
from unlockstep.backtests.stats.redecided_test import signs
from unlockstep.backtests.storage.run_folder import UNIVERSE
from unlockstep.backtests.sweep.cluster import on_cluster
from unlockstep.backtests.trials.trial_recording import Records, hash_of
from unlockstep.signals.errors import DataError, UnlockstepError
from unlockstep.signals.market import Floats, Market

Advance = Callable[[str, int, int], None]
"""Called with what is done, how many are ready, and of how many."""


def no_advance(step: str, done: int, of: int) -> None:
    """An advance that shows nothing."""


@dataclass(frozen=True, eq=False)
class _Loaded:
    """A pair with its study and its prices."""

    pair: UniversePair
    study: Study
    market: Market

    @cached_property
    def resolved(self) -> Study:
        """Its study with every default spelled out."""
        market = self.market
        first, last = market.sessions[0].date(), market.sessions[-1].date()
        return self.study.resolve(data_sha256=market.sha256, first=first, last=last, market=market)


@dataclass(frozen=True, eq=False)
class UniverseRun:
    """What a universe gave; shows itself in a notebook.

    file: the same universe, of the pairs that were evaluated, every default spelled out and all prices pinned.
    result: the content of universe.json, typed.
    """

    file: UniverseFile
    result: UniverseResult

    @property
    def verdict(self) -> VerdictResult:
        """The decision on the mechanism, "edge", "no edge" or "cannot tell", and its reasons."""
        return self.result.verdict

    @property
    def strategies(self) -> tuple[PooledResult, ...]:
        """Every strategy on all pairs together."""
        return self.result.strategies

    @property
    def pairs(self) -> tuple[PairResult, ...]:
        """The pairs that were evaluated, by group and name."""
        return self.result.pairs

    def __repr__(self) -> str:
        kind = "SYNTHETIC prices, " if self.result.synthetic else ""
        return f"<Universe {self.result.name}: {kind}{len(self.pairs)} pairs: {self.verdict.decision}>"

    def _repr_html_(self) -> str:
        from unlockstep.backtests.reports.html import terminal_fragment
        from unlockstep.backtests.reports.universe.terminal import show_universe

        return terminal_fragment(lambda console: show_universe(console, self.result))

    def report(self, path: str | Path) -> Path:
        """Write the report to this file, .html or .md, in place of one that is there; its path.

        Raises RunError where the name has another ending or the file cannot be written.
        """
        return write_page(Path(path), universe_pages(self.placed()))

    def placed(self) -> UniverseResult:
        """The result, its parts knowing their places in universe.json."""
        return annotate_path(self.result.model_copy(deep=True), UNIVERSE)


def run_universe(
    file: UniverseFile,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    skip_missing: bool = False,
    unaudited: bool = False,
    records: Records | None = None,
    advance: Advance = no_advance,
) -> UniverseRun:
    """Do the whole job.

    workers: processes, one a core where it is left out.  scheduler: address of a Dask scheduler, whose workers are used
    instead.  skip_missing: pairs without prices, or too short, are left
    out, and the result says so; else they are refused.  unaudited: strategies of own files are not audited for
    look-ahead before, and the result says so.  records: the ledger; without one no trial is recorded.
    Raises StudyError, DataError, HistoryError … in one sentence.
    """
    loaded, skipped = _load(file, advance, skip_missing=skip_missing)
    every = loaded[0].market.sessions
    for each in loaded[1:]:
        every = every.union(each.market.sessions)
    audits = audits_of(file.terms, file.terms.strategies(), unaudited=unaudited)
    drawn = signs(len(every), seed=file.terms.seed)
    evaluations = _evaluate(loaded, every, drawn, workers, scheduler, advance)
    if records is not None:
        _record(loaded, evaluations, records)
    advance("pooled", 0, 1)
    strategies = file.terms.strategies()
    universe = Universe(
        file.terms, tuple(each.pair for each in loaded), tuple(evaluations), file.terms.primary_of(strategies)
    )
    labels = [short_label(s, strategies, loaded[0].market.tickers) for s in strategies if not s.benchmark]
    pooled = pooled_results(universe, labels)
    advance("pooled", 1, 1)
    resolved = file.resolved([each.resolved for each in loaded])
    result = UniverseResult(
        name=file.name,
        study=resolved.shared_terms("json"),
        pooled=len(loaded) >= FEWEST_PAIRS,
        first=str(universe.sessions[0].date()),
        last=str(universe.sessions[-1].date()),
        pairs=tuple(_pair_result(each, one) for each, one in zip(loaded, evaluations, strict=True)),
        skipped=tuple(skipped),
        strategies=tuple(pooled),
        primary=universe.primary,
        verdict=_verdict(pooled, universe.primary, exploratory=bool(file.terms.scratch)),
        n_trials=len(pooled) * len(loaded),
        audits=audits,
        environment=environment(),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return UniverseRun(resolved, result)


def _load(file: UniverseFile, advance: Advance, *, skip_missing: bool) -> tuple[list[_Loaded], list[SkippedPair]]:
    """The pairs that have prices, in the order of their groups and names, whatever that of the file, and the others."""
    loaded: list[_Loaded] = []
    skipped: list[SkippedPair] = []
    ordered = sorted(file.pairs, key=lambda pair: (pair.group, pair.pair))
    for number, pair in enumerate(ordered):
        advance("prices", number, len(ordered))
        try:
            study = file.study_of(pair).pinned()
            market = split_holdout(study, cash=True).market
        except UnlockstepError as error:
            skipped.append(SkippedPair(pair=pair.pair, group=pair.group, why=str(error)))
            continue
        check_prices(market, study)  # other prices are not missing ones
        loaded.append(_Loaded(pair, study, market))
    if skipped and not (skip_missing and loaded):
        first = skipped[0]
        left = f"{len(loaded)} of {len(ordered)} pairs would be left"
        raise DataError(
            f"{first.pair[0]}/{first.pair[1]} cannot be used: {first.why.rstrip('.')}; without "
            f"{'it' if len(skipped) == 1 else f'this and {len(skipped) - 1} more'} {left}",
            name="/".join(first.pair),
            remedy="add its prices, take it out of the universe, or leave out what is missing with --skip-missing",
        )
    return loaded, skipped


def _evaluate(
    loaded: Sequence[_Loaded],
    every: pd.DatetimeIndex,
    drawn: Floats,
    workers: int | None,
    scheduler: str | None,
    advance: Advance,
) -> list[PairEvaluation]:
    """Each pair evaluated, in order, in several processes, or by the workers of a Dask scheduler."""
    from joblib import Parallel, delayed

    pieces = [
        _Piece(number, each.study, each.market, drawn[:, every.get_indexer(each.market.sessions)])
        for number, each in enumerate(loaded)
    ]
    if scheduler is not None:
        done = on_cluster(scheduler, None, _evaluated_there, pieces, remedy="start it again")
    else:
        jobs = (delayed(_evaluated)(piece) for piece in pieces)
        done = Parallel(n_jobs=workers or -1, return_as="generator_unordered")(jobs)
    evaluations: dict[int, PairEvaluation] = {}
    with warnings.catch_warnings():
        # joblib replaces a worker whose memory has grown and says so; its work is not lost
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs")
        for number, one in done:
            evaluations[number] = one
            advance("pairs", len(evaluations), len(loaded))
    return [evaluations[number] for number in range(len(loaded))]


@dataclass(frozen=True, eq=False)
class _Piece:
    """What evaluating one pair takes; signs: H x T, of its sessions in each history."""

    number: int
    study: Study
    market: Market
    signs: Floats


def _evaluated(piece: _Piece) -> tuple[int, PairEvaluation]:
    with threadpool_limits(1):  # the last digits of a matrix product depend on how many threads share it
        return piece.number, evaluate_pair(piece.study, piece.market, piece.signs)


def _evaluated_there(_: None, piece: _Piece) -> tuple[int, PairEvaluation]:
    return _evaluated(piece)


def _record(loaded: Sequence[_Loaded], evaluations: Sequence[PairEvaluation], records: Records) -> None:
    now = datetime.now(UTC)
    for each, one in zip(loaded, evaluations, strict=True):
        resolved = each.resolved
        primary = each.study.primary_of(each.study.strategies())
        records.record(
            one.data,
            list(one.trials),
            study=hash_of(resolved),
            primary=primary,
            now=now,
            toml=resolved.as_toml(),
            exploratory=bool(resolved.scratch),
        )
        records.shown(hash_of(resolved))


def _pair_result(each: _Loaded, one: PairEvaluation) -> PairResult:
    return PairResult(
        pair=each.pair.pair,
        group=each.pair.group,
        reason=each.pair.reason,
        first=str(one.sessions[0].date()),
        last=str(one.sessions[-1].date()),
        sessions=len(one.sessions),
        synthetic=each.market.synthetic,
        notes=provenance(each.market, each.market, each.study).notes,
        sha256=each.market.sha256,
        cost_bps=one.cost_bps,
    )


def _verdict(pooled: Sequence[PooledResult], primary: str | None, *, exploratory: bool) -> VerdictResult:
    """The verdict on the mechanism, from those of all strategies."""
    decision = decide_study([one.decision for one in pooled])
    reasons = [EXPLORATORY] if exploratory else []
    for named in ("edge", "no edge", "cannot tell"):
        labels = [one.label for one in pooled if one.decision == named]
        if labels:
            reasons.append(f"{named.capitalize()}: {', '.join(labels)}.")
    first = next((one for one in pooled if one.name == primary), None)
    if first is not None:
        reasons.append(f"The primary strategy, {first.label}: {first.decision}. {first.reasons[0]}")
    return VerdictResult(decision=decision, reasons=tuple(reasons), would_change=())
