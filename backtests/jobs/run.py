"""The main job: from a study to everything that a run leaves behind.

 1. prices → Market, on the open part of the study's period    sources, seal
 2. decisions; simulations and timing tests on demand          experiment
    own code audited, the trials that are added announced      code_audit, announcement
 3. trials recorded, and counted among all earlier ones        trial_recording, trial_count
 4. evidence and verdicts, of each variant and the study       judgement, results.verdict
 5. figures of each variant                                    variants, robustness, out_of_sample
 6. tests of all variants together, and placebo pairs          family, placebo
    the hedged pair beside the plain one, where one is named   results.hedged
 7. where the pair stands, detectors, findings                 results.lockstep, .detections, .statements
 8. where it all came from                                     provenance

Numbers come from vectorbt (accounts), from the timing test (weights against returns) and from the statements (prices);
nothing here but their assembly.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from unlockstep.backtests.config.series_pins import check_prices, check_series
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.variants import short_label
from unlockstep.backtests.data.ticker_name import substitute_tickers
from unlockstep.backtests.engine.experiment import Experiment, Grid, Progress, build_experiment, no_progress
from unlockstep.backtests.engine.portfolio import BacktestResult
from unlockstep.backtests.jobs.events import break_events
from unlockstep.backtests.jobs.parallel import Background
from unlockstep.backtests.jobs.run_files import study_pages, write_page, write_run
from unlockstep.backtests.results.calendar import crises
from unlockstep.backtests.results.detections import detections
from unlockstep.backtests.results.evidence import evaluate
from unlockstep.backtests.results.family import family_result
from unlockstep.backtests.results.hedged import HedgedStudy, hedged_result, hedged_study
from unlockstep.backtests.results.holdout import HoldoutSplit, holdout_result, split_holdout
from unlockstep.backtests.results.lockstep import lockstep
from unlockstep.backtests.results.model.base import annotate_path
from unlockstep.backtests.results.model.events import BreakEvents
from unlockstep.backtests.results.model.family import FamilyResult, PlaceboPair
from unlockstep.backtests.results.model.pair import DetectorsResult, LockstepResult
from unlockstep.backtests.results.model.run import (
    CodeAudit,
    RunResult,
    ShareResult,
    UniverseOriginResult,
    VerdictResult,
)
from unlockstep.backtests.results.model.statements import StatementsResult
from unlockstep.backtests.results.model.variant import VariantResult, WalkForwardResult
from unlockstep.backtests.results.out_of_sample import every_out_of_sample
from unlockstep.backtests.results.placebo import placebo_pairs
from unlockstep.backtests.results.provenance import environment, provenance
from unlockstep.backtests.results.robustness import conditions
from unlockstep.backtests.results.statements import judge_statements
from unlockstep.backtests.results.stored_run import StoredRun
from unlockstep.backtests.results.variants import variant_results, with_walk_forward
from unlockstep.backtests.results.verdict import judge
from unlockstep.backtests.results.what_if import outlook
from unlockstep.backtests.storage.run_folder import RESULT
from unlockstep.backtests.trials.announcement import Announce, announcement, no_announcement
from unlockstep.backtests.trials.ledger import Ledger, ledger_place
from unlockstep.backtests.trials.registration import Share
from unlockstep.backtests.trials.trial_count import TrialCount, UniverseOrigin
from unlockstep.backtests.trials.trial_recording import Records, count_experiment_trials, hash_of
from unlockstep.signals.errors import DataError
from unlockstep.signals.market import Market
from unlockstep.signals.registry import SHOWN
from unlockstep.signals.signal import SignalCache
from unlockstep.strategies.strategy import Strategy
from unlockstep.strategies.weights import TargetWeights

if TYPE_CHECKING:
    from unlockstep.backtests.engine.portfolio import Portfolio


@dataclass(frozen=True, eq=False)
class Run:
    """What a study gave; shows itself in a notebook.

    study:   the resolved study.  result: the content of result.json, typed.  signals: T x signals, the whole period.
    weights: a row a session with a decision, columns (variant, asset), NaN where a variant decided nothing.
    backtest: the simulation itself, see `BacktestResult`.
    """

    study: Study
    result: RunResult
    signals: pd.DataFrame
    weights: pd.DataFrame
    backtest: BacktestResult

    def __repr__(self) -> str:
        legs, window = "/".join(self.result.data.tickers), self.result.data.evaluated
        kind = "SYNTHETIC prices, " if self.result.data.synthetic else ""
        return f"<Run: {kind}{legs}, {window.first} to {window.last}: {self.result.verdict.decision}>"

    def _repr_html_(self) -> str:
        from unlockstep.backtests.reports.study.notebook import study_fragment

        return study_fragment(self.result, self.backtest.returns)

    @property
    def verdict(self) -> VerdictResult:
        """The study's decision, "edge", "no edge" or "cannot tell", its reasons, and what would change it."""
        return self.result.verdict

    @property
    def variants(self) -> tuple[VariantResult, ...]:
        """Every variant, benchmarks last."""
        return self.result.variants

    @property
    def returns(self) -> pd.DataFrame:
        """S x V net simple return of each evaluated session, a column a variant."""
        return self.backtest.returns

    @property
    def trades(self) -> pd.DataFrame:
        """A row a fill: variant, asset, session, side, size, price (paid), fee, slippage (both in currency), cause."""
        return self.backtest.trades

    @property
    def portfolio(self) -> "Portfolio":
        """The simulation in vectorbt, an account a variant, in units of cash; a year has 252 sessions."""
        return self.backtest.portfolio

    def report(self, path: str | Path) -> Path:
        """Write the report to this file, .html or .md, in place of one that is there; its path.

        Raises RunError where the name has another ending or the file cannot be written.
        """
        return write_page(Path(path), study_pages(self.stored(Path(path).parent)))

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write the run folder, all or nothing, as `unlockstep run --out` does; its path.

        force: replace a run that is there. Raises RunError where the place is taken or cannot be written.
        """
        write_run(self.stored(Path(folder)), self.study, force=force)
        return Path(folder)

    def _fills(self) -> pd.DataFrame:
        """The trades as they are stored: the cause of each is left out where it follows from the rest."""
        follows = all(variant.causes is None for variant in self.result.variants)
        return self.trades.drop(columns="cause") if follows else self.trades

    def stored(self, folder: Path) -> StoredRun:
        """The run as that folder would hold it; nothing is written."""
        ended = datetime.now(UTC).isoformat(timespec="seconds")
        result = annotate_path(self.result.model_copy(update={"created_at": ended}, deep=True), RESULT)
        frames = {"returns": self.returns, "weights": self.weights, "trades": self._fills(), "signals": self.signals}
        return StoredRun(folder, result, frames)


def run_into(
    study: Study,
    out: Path,
    *,
    ledger: Path | None = None,
    force: bool = False,
    unaudited: bool = False,
    announce: Announce = no_announcement,
    progress: Progress = no_progress,
) -> StoredRun:
    """Run a study and write its folder, all or nothing; its trials are recorded in the ledger whatever becomes of it.

    ledger: the file, see `trials.ledger.ledger_place`.  unaudited, announce: see `run_study`.
    Raises what `run_study`, `storage.write_folder` and `Ledger.open` raise.
    """
    from unlockstep.backtests.reports.html import prepare_study_page

    run = run_study(
        study,
        progress,
        records=Ledger.open(ledger_place(ledger)),
        meanwhile=prepare_study_page,
        unaudited=unaudited,
        announce=announce,
    )
    progress("report")
    return write_run(run.stored(out), run.study, force=force)


def run_study(
    study: Study,
    progress: Progress = no_progress,
    *,
    records: Records | None = None,
    meanwhile: Callable[[], None] = lambda: None,
    unaudited: bool = False,
    announce: Announce = no_announcement,
) -> Run:
    """Do the whole job; `progress` is called with a word at the beginning of each step.

    meanwhile: work that needs no result, done while this process would wait for its copies.

    records: the ledger, which counts the trials of this study among all earlier ones on the same prices; without one
    earlier trials are not counted, and the result says so.
    unaudited: strategies of the study's own files are not audited, and the result says so.
    announce: called once, before anything is recorded or shown, with how many trials the study adds.
    Raises DataError, HistoryError, LedgerError, ParameterError, StudyError or WeightsError, each in one sentence.
    """
    study = study.pinned()
    strategies = study.strategies()
    # what is wrong with either is said before prices are read
    study.engine_costs()
    study.primary_of(strategies)
    progress("prices")
    split = split_holdout(study, cash=True)
    market = split.market
    check_pins(market, study)
    progress("signals")
    signal_cache = SignalCache(market)
    experiment = build_experiment(study, signal_cache, strategies)
    hedged = hedged_study(study, strategies) if study.hedges else None
    audits = audits_of(study, strategies, unaudited=unaudited)
    if records is not None:
        announce(announcement(_experiments(experiment, hedged), records))
    with (
        Background(lambda: _grids(experiment)) as grids,
        Background(lambda: _study_prices(signal_cache, study, split.no_chain)) as pair,
    ):
        return _judged_run(study, split, experiment, hedged, grids, pair, progress, records, meanwhile, audits)


def _experiments(plain: Experiment, hedged: HedgedStudy | None) -> list[Experiment]:
    return [plain] if hedged is None else [plain, hedged.experiment]


def audits_of(study: Study, strategies: list[Strategy], *, unaudited: bool) -> tuple[CodeAudit, ...]:
    """What the short audit says of the study's own code; the auditor is loaded only where there is some.

    unaudited: nothing is audited, and the answer says so.
    """
    if not study.files and not study.classes:
        return ()
    from unlockstep.backtests.jobs.code_audit import audit_user_code

    return audit_user_code(study, strategies, unaudited=unaudited)


def _judged_run(
    study: Study,
    split: HoldoutSplit,
    experiment: Experiment,
    hedged: HedgedStudy | None,
    grids: Background[dict[str, Grid]],
    pair: Background["_PriceResults"],
    progress: Progress,
    records: Records | None,
    meanwhile: Callable[[], None],
    audits: tuple[CodeAudit, ...],
) -> Run:
    """The steps that need accounts; `grids` and `pair` are meanwhile computed from prices alone."""
    market, strategies = experiment.market, experiment.strategies
    labels = {s.label: short_label(s, strategies, market.tickers) for s in strategies}
    progress("simulation")
    experiment.simulate(conditions(study))
    resolved = study.resolve(
        data_sha256=market.sha256, first=market.sessions[0].date(), last=split.last, market=market,
        hedged=None if hedged is None else hedged.whole,
    )  # fmt: skip
    counted, *of_hedged = count_experiment_trials(_experiments(experiment, hedged), resolved, records)
    trial_count = counted.count
    evaluations = evaluate(experiment, trial_count, counted.shares)
    judgement = judge(
        evaluations,
        study.rule,
        primary=experiment.primary,
        labels=labels,
        trial_count=trial_count,
        exploratory=bool(study.scratch),
    )
    experiment.adopt_grids(grids.result())
    with Background(lambda: _choices(experiment, trial_count)) as choices:
        progress("robustness")
        independent = variant_results(experiment, evaluations, judgement, trial_count)
        progress("family")
        meanwhile()
        family, walked = choices.result()
    variants = with_walk_forward(independent, walked)
    progress("statements")
    prices = pair.result()
    decision, reasons = judgement.study.decision, judgement.study.reasons
    would_change = outlook(decision, variants, experiment.primary, study.rule)
    result = RunResult(
        study=resolved.model_dump(mode="json", exclude_none=True),
        data=provenance(market, experiment.evaluated, study, strategies, experiment.slowest),
        lockstep=prices.lockstep,
        detectors=prices.detectors,
        statements=prices.statements,
        variants=tuple(variants),
        primary=experiment.primary,
        family=family,
        seal=holdout_result(study, split, records),
        placebo=tuple(prices.placebo),
        crises=crises(experiment.evaluated),
        events=prices.events,
        verdict=VerdictResult(decision=decision, reasons=tuple(reasons), would_change=tuple(would_change)),
        environment=environment(),
        audits=audits,
        shares=share_results(counted.shares),
        universes=universe_origins(counted.universes),
        hedged=hedged and hedged_result(hedged, experiment.signal_cache, of_hedged[0]),
    )
    if records is not None:
        records.shown(hash_of(resolved))  # from here on what was seen counts
    return Run(resolved, result, prices.signals, _decision_table(experiment.decisions), experiment.backtest)


def share_results(shares: Mapping[str, Share]) -> tuple[ShareResult, ...]:
    """The shares of the variants as the result holds them."""
    return tuple(
        ShareResult(
            variant=variant,
            registered=share.registration.day if share.registration else None,
            why=share.registration.why if share.registration else "",
            number=share.place,
            share=share.part,
            explained=share.span.explained,
            foretold=share.span.foretold,
            added_p=share.added_p,
            unknown=share.unknown,
        )
        for variant, share in shares.items()
    )


def universe_origins(universes: Mapping[UniverseOrigin, tuple[str, ...]]) -> tuple[UniverseOriginResult, ...]:
    """The universes that evaluated variants first, as the result holds them."""
    return tuple(
        UniverseOriginResult(universe=origin.name, pairs=origin.pairs, day=origin.day, variants=variants)
        for origin, variants in universes.items()
    )


def _choices(
    experiment: Experiment, trial_count: TrialCount
) -> tuple[FamilyResult, dict[str | None, WalkForwardResult]]:
    """What choosing among variants does: the tests of the whole family, and the walks forward of each strategy."""
    claiming = [strategy.name for strategy in experiment.strategies if not strategy.benchmark]
    walked = every_out_of_sample(experiment, dict.fromkeys([*claiming, None] if claiming else []))
    return family_result(experiment, trial_count, walked.get(None)), walked


@dataclass(frozen=True, eq=False)
class _PriceResults:
    """What needs prices alone: parts of result.json, and the signals shown."""

    lockstep: LockstepResult
    detectors: DetectorsResult
    statements: StatementsResult
    placebo: list[PlaceboPair]
    events: BreakEvents | None
    signals: pd.DataFrame


def _grids(experiment: Experiment) -> dict[str, Grid]:
    return {s.name: experiment.grid(s.name) for s in experiment.strategies if not s.benchmark}


def _study_prices(signal_cache: SignalCache, study: Study, no_chain: str) -> _PriceResults:
    tickers = signal_cache.market.pair
    return _PriceResults(
        lockstep=lockstep(signal_cache),
        detectors=detections(signal_cache),
        statements=_substituted(judge_statements(signal_cache, seed=study.seed, no_chain=no_chain), tickers),
        placebo=placebo_pairs(study),
        events=break_events(signal_cache, study),
        signals=_shown(signal_cache),
    )


def _substituted(statements: StatementsResult, tickers: tuple[str, str]) -> StatementsResult:
    """The statements with the pair's tickers in place of ETH and IWM."""
    substituted = {
        key: statement.model_copy(
            update={name: substitute_tickers(getattr(statement, name), tickers) for name in ("finding", "unit")}
        )
        for key, statement in statements
    }
    return statements.model_copy(update=substituted)


def check_pins(market: Market, study: Study) -> None:
    """Raise DataError where prices, series or what cash earns are not those that the study was written for."""
    check_prices(market, study.data_sha256, "data_sha256")
    check_series(market, study.series_sha256)
    earned = None if market.risk_free is None else market.risk_free.sha256
    if study.costs.cash_rate_sha256 not in (None, earned):
        raise DataError(
            f"Cash earns otherwise than when this study was written: the fingerprint of its returns is "
            f"{str(earned)[:12]}, the study expects {str(study.costs.cash_rate_sha256)[:12]}",
            name="costs.cash_rate_sha256",
            remedy="remove cash_rate_sha256 from it to run at the rate as it is",
        )


def _shown(signal_cache: SignalCache) -> pd.DataFrame:
    """T x signals that every report shows, over the whole period; those that need more history are left out."""
    shown = {signal.label: signal_cache.of(signal) for signal in SHOWN if signal_cache.has(signal)}
    return pd.DataFrame(shown, index=signal_cache.market.sessions)


def _decision_table(decisions: list[TargetWeights]) -> pd.DataFrame:
    table = pd.concat({d.variant: d.frame for d in decisions}, axis=1, names=["variant", "asset"], sort=True)
    return table.rename_axis(index="session")
