"""One set of rules on many pairs: from a universe file to one pooled verdict.

1. own code audited                                                               code_audit
2. prices of every pair, on the open part of the period; each pair evaluated:
   decisions, accounts, timing test, histories of the same signs                  universe_pairs
3. the trials that are added announced, and recorded, each pair's on its own prices  trial_recording
4. all pairs together: the pooled verdict of each strategy, and of the mechanism  results.universe
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from unlockstep.backtests.config.universe import Universe
from unlockstep.backtests.config.variants import short_label
from unlockstep.backtests.jobs.run import audits_of
from unlockstep.backtests.jobs.run_files import universe_pages, write_page
from unlockstep.backtests.jobs.universe_pairs import Advance, LoadedPair, evaluate_pairs
from unlockstep.backtests.results.decision import decide_study
from unlockstep.backtests.results.holdout import holdout_result
from unlockstep.backtests.results.model.base import annotate_path
from unlockstep.backtests.results.model.run import VerdictResult
from unlockstep.backtests.results.model.universe import PairResult, PooledResult, UniverseResult
from unlockstep.backtests.results.provenance import environment, provenance
from unlockstep.backtests.results.universe.estimates import FEWEST_PAIRS
from unlockstep.backtests.results.universe.pairs import PairEvaluation
from unlockstep.backtests.results.universe.pooled import EvaluatedUniverse, pooled_results
from unlockstep.backtests.results.verdict import EXPLORATORY
from unlockstep.backtests.storage.run_folder import UNIVERSE
from unlockstep.backtests.trials.announcement import Announce, UniverseAnnouncement, announced_on, no_announcement
from unlockstep.backtests.trials.trial_count import UniverseOrigin
from unlockstep.backtests.trials.trial_recording import Records, hash_of
from unlockstep.signals.errors import StudyError


def no_advance(step: str, done: int, of: int) -> None:
    """An advance that shows nothing."""


@dataclass(frozen=True, eq=False)
class UniverseRun:
    """What a universe gave; shows itself in a notebook.

    file: the same universe, of the pairs that were evaluated, every default spelled out and all prices pinned.
    result: the content of universe.json, typed.
    """

    file: Universe
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
    file: Universe,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    skip_missing: bool = False,
    unaudited: bool = False,
    records: Records | None = None,
    announce: Announce = no_announcement,
    advance: Advance = no_advance,
) -> UniverseRun:
    """Do the whole job.

    workers: processes, one a core where it is left out.  scheduler: address of a Dask scheduler, whose workers are used
    instead.  skip_missing: pairs whose prices are missing, refused or too short are left out, and the result says so;
    else they are refused.  unaudited: strategies of own files are not audited for look-ahead before, and the result
    says so.  records: the ledger; without one no trial is recorded.  announce: called once, before anything is recorded
    or shown, with how many trials the universe adds.
    Raises StudyError where there is no strategy under test, and what `evaluate_pairs` and the audit raise.
    """
    strategies = file.terms.strategies()
    if all(strategy.benchmark for strategy in strategies):
        benchmarks = ", ".join(strategy.label for strategy in strategies)
        raise StudyError(
            f"The universe {file.name} has no strategy under test, only benchmarks: {benchmarks}",
            name=file.name,
            remedy="list a strategy under [[variants]], or none for the default ones",
        )
    audits = audits_of(file.terms, strategies, unaudited=unaudited)
    evaluated = evaluate_pairs(file, advance, workers=workers, scheduler=scheduler, skip_missing=skip_missing)
    loaded, evaluations = evaluated.pairs, evaluated.evaluations
    if records is not None:
        announce(_announcement(evaluations, records))
        _record(file.name, loaded, evaluations, records)
    advance("pooled", 0, 1)
    universe = EvaluatedUniverse(
        file.terms, tuple(each.pair for each in loaded), evaluations, file.terms.primary_of(strategies)
    )
    labels = [short_label(s, strategies, loaded[0].market.tickers) for s in strategies if not s.benchmark]
    pooled = pooled_results(universe, labels)
    advance("pooled", 1, 1)
    resolved = file.resolved([(each.pair, each.resolved) for each in loaded])
    result = UniverseResult(
        name=file.name,
        study=resolved.shared_terms("json"),
        pooled=len(loaded) >= FEWEST_PAIRS,
        first=str(universe.sessions[0].date()),
        last=str(universe.sessions[-1].date()),
        pairs=tuple(_pair_result(each, one, records) for each, one in zip(loaded, evaluations, strict=True)),
        skipped=evaluated.skipped,
        strategies=tuple(pooled),
        primary=universe.primary,
        verdict=_verdict(pooled, universe.primary, exploratory=bool(file.terms.scratch)),
        n_trials=len(pooled) * len(loaded),
        audits=audits,
        environment=environment(),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    if records is not None:
        for each in loaded:
            records.shown(hash_of(each.resolved))  # from here on what was seen counts
    return UniverseRun(resolved, result)


def _announcement(evaluations: Sequence[PairEvaluation], records: Records) -> UniverseAnnouncement:
    """What the pairs add to the ledger, each on its own prices."""
    return UniverseAnnouncement.of([announced_on(one.data, one.trials, records) for one in evaluations])


def _record(name: str, loaded: Sequence[LoadedPair], evaluations: Sequence[PairEvaluation], records: Records) -> None:
    """Keep the trials of every pair, each as a study on its own prices that is one of a universe."""
    now = datetime.now(UTC)
    origin = UniverseOrigin(name, len(loaded), str(now.date()))
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
            universe=origin,
        )


def _pair_result(each: LoadedPair, one: PairEvaluation, records: Records | None) -> PairResult:
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
        seal=holdout_result(each.study, each.split, records),
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
