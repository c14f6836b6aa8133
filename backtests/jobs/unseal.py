"""`unlockstep unseal`: a run's frozen variants, judged once on the sessions that were sealed.

1. is the run's study that of its result, its code trusted, and the
   one that the ledger recorded?                                       plugins.trust, frozen
2. its prices again, with what has come since                          store, sources
3. is it still the same data, and are there sealed sessions enough?    dataset_identity
4. decisions over the whole history, accounts on the sealed sessions   experiment
5. the look is kept in the ledger, before anything is judged           ledger
6. the verdict, by the same rule as the run's                          verdict
7. the answer is kept in the ledger, then the folder is written        storage, reports
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.variants import short_label
from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.backtests.data.cash_rate import NAMED_RATES, bill_of, with_cash
from unlockstep.backtests.engine.experiment import Progress, build_experiment, no_progress
from unlockstep.backtests.engine.window import MIN_EVALUATED
from unlockstep.backtests.plugins.trust import Trust, trusted_files
from unlockstep.backtests.results.evidence import evaluate
from unlockstep.backtests.results.frozen import (
    cash_earns_the_same,
    check_reproduced,
    check_series_continue,
    frozen_result,
    recorded_study,
)
from unlockstep.backtests.results.holdout import market_of
from unlockstep.backtests.results.metrics import measure
from unlockstep.backtests.results.model.unseal import UnsealResult
from unlockstep.backtests.results.provenance import coverage, environment
from unlockstep.backtests.results.stored_run import StoredRun, read_run
from unlockstep.backtests.results.variants import gate_results
from unlockstep.backtests.results.verdict import judge
from unlockstep.backtests.storage import write_folder
from unlockstep.backtests.storage.run_folder import NOTE, PAGE, STUDY, UNSEALED, as_json, check_place
from unlockstep.backtests.trials.announcement import Announce, announcement, no_announcement
from unlockstep.backtests.trials.dataset_identity import data_set_of, recalled
from unlockstep.backtests.trials.ledger import Ledger, ledger_place
from unlockstep.backtests.trials.shares import shares_of
from unlockstep.backtests.trials.trial_count import Look, count_trials
from unlockstep.backtests.trials.trial_recording import hash_of, trials_of
from unlockstep.signals.errors import DataError, RunError
from unlockstep.signals.market import Market
from unlockstep.signals.signal import SignalCache

MAY_CHANGE = {"data": "", "stale": False, "accept_doubtful": False}
"""What of a run's study says only where its prices lie and which are welcome; the prices themselves are compared.
So is a file of rates."""

LATER_KEYS: dict[str, dict[str, str]] = {"tickers": {}}
"""What a run of an earlier version does not say, and what that means."""

MOST = pd.Timedelta(days=2 * MIN_EVALUATED)
"""Days that surely hold so many sessions."""


def unseal_into(
    path: Path,
    out: Path,
    *,
    ledger: Path | None = None,
    trust: bool = False,
    force: bool = False,
    progress: Progress = no_progress,
    announce: Announce = no_announcement,
) -> UnsealResult:
    """Unseal the run in a folder, and write unseal.json and its reports, all or nothing.

    trust: code that the run's study names may run, though the ledger does not know it.  announce: see `unseal`.

    Raises what `unseal` and `storage.write_folder` raise.
    """
    from unlockstep.backtests.reports.html import unseal_page
    from unlockstep.backtests.reports.unseal import unseal_note

    check_place(out, force=force, kind=UNSEALED, inputs=[path])  # a look whose answer has no place to go would be lost
    book = Ledger.open(ledger_place(ledger))
    progress("judgement")
    result = unseal(read_run(path), book, trust=trust or book.has_run, announce=announce)
    progress("report")
    files = {UNSEALED: as_json(result.as_json()), PAGE: unseal_page(result), NOTE: unseal_note(result)}
    write_folder(out, files, {}, force=force)
    return result


def unseal(
    run: StoredRun, ledger: Ledger, *, trust: Trust | None = None, announce: Announce = no_announcement
) -> UnsealResult:
    """What the sealed period says; a look, and kept as one, unless there are too few sealed sessions to judge.

    trust: which code of the run's study may run; what the ledger knows where it is left out.
    announce: called once, before the look is kept, with how many trials it adds.
    Raises RunError for a run that cannot be unsealed, TrustError before code runs that may not, DataError where its
    prices are not those of the run any more,
    LedgerError, and what `market_of` and `build_experiment` raise.
    """
    study, was = _frozen(run, ledger.has_run if trust is None else trust), run.result
    recorded = recorded_study(run, _as_run(run, study), ledger)
    market = market_of(study.model_copy(update={"end": None}))
    market = with_cash(market, study.costs.cash_rate, bill_of(study.data, stale=study.stale))
    note = _continues(run, study, market)
    first = int((market.sessions <= pd.Timestamp(study.sealed_after)).sum())
    sessions = market.sessions[first:]
    if recorded is None:
        check_reproduced(run, study, market)
    content = {
        "run": {
            "name": _name(run),
            "created_at": was.created_at,
            "study": hash_of(study),
            "verdict": was.verdict.decision,
            "evaluated": was.data.evaluated.model_dump(),
        },
        "study": study.model_dump(mode="json", exclude_none=True),
        "data": {**coverage(market).model_dump(), "notes": market.notes, "note": note},
        "sealed": {
            "after": str(study.sealed_after),
            "sessions": len(sessions),
            "first": str(sessions[0].date()) if len(sessions) else None,
            "last": str(sessions[-1].date()) if len(sessions) else None,
            "needed": MIN_EVALUATED,
        },
        "frozen": frozen_result(recorded, sessions, ledger).model_dump(),
        "environment": environment(),
    }
    if len(sessions) < MIN_EVALUATED:
        answer = _too_few(study, len(sessions), ledger.looks(data_set_of(market), study.sealed_after))
    else:
        answer = _judged(run, study, market, first, ledger, announce)
    return UnsealResult.of({**content, **answer, "created_at": datetime.now(UTC).isoformat(timespec="seconds")})


def _frozen(run: StoredRun, trust: Trust) -> Study:
    """The run's study. RunError where it was changed since, besides the place of its prices, or claims nothing.

    Only then is code run that it names, where that is trusted.
    """
    study = Study.read_terms(run.path / STUDY)
    study_entry = study.model_dump(mode="json", exclude_none=True)
    now, then = (_without_places({**LATER_KEYS, **each}) for each in (study_entry, run.result.study))
    changed = sorted(key for key in now.keys() | then.keys() if now.get(key) != then.get(key))
    if changed:
        raise RunError(
            f"{STUDY} in '{run.path}' is not that of the run any more: {', '.join(changed)} was changed. A "
            "run is unsealed as it was",
            name=", ".join(changed),
            remedy="run the changed study, and unseal that",
        )
    if all(variant.benchmark for variant in run.result.variants):
        raise RunError(
            f"The run in '{run.path}' holds nothing but benchmarks; they claim nothing to be judged", name=str(run.path)
        )
    files = trusted_files(study.files, trust, study=run.path / STUDY)
    return study.model_copy(update={"files": files}).pinned()


def _without_places(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A study as JSON has it, but for where its prices and its file of rates lie."""
    costs = dict(entry["costs"])
    if isinstance(costs.get("cash_rate"), str) and costs["cash_rate"] not in NAMED_RATES:
        costs["cash_rate"] = ""
    return {**entry, **MAY_CHANGE, "costs": costs}


def _as_run(run: StoredRun, study: Study) -> Study:
    """The study with its prices and rates where the run had them."""
    places = {key: run.result.study[key] for key in MAY_CHANGE}
    costs = study.costs.model_copy(update={"cash_rate": run.result.study["costs"].get("cash_rate")})
    return study.model_copy(update={**places, "costs": costs})


def _continues(run: StoredRun, study: Study, market: Market) -> str:
    """What to say of the prices up to the run's last session; DataError where they are not the run's."""
    last = date.fromisoformat(run.result.data.last)
    if last > study.sealed_after:
        raise RunError(
            f"The run in '{run.path}' has looked past {study.sealed_after} itself",
            name=str(run.path),
            dates=[study.sealed_after],
            remedy="unseal one that ends by then",
        )
    number = int((market.sessions <= pd.Timestamp(last)).sum())
    if number:
        part = market.slice(0, number)
        same = part.sha256 == study.data_sha256
        if same or recalled(run.result.data.model_dump()).same_as(data_set_of(part)):
            how = (
                "are the run's, bit for bit."
                if same
                else "were restated since the run, and move month by month as they did then."
            )
            cash = "" if cash_earns_the_same(study, part) else " What cash earned up to then was restated."
            restated = check_series_continue(run, study, part)
            series = f" Up to then {', '.join(restated)} was restated; the decisions are the same." if restated else ""
            return f"up to {last} they {how}{cash}{series}"
    raise DataError(
        f"{study.data} no longer holds the prices of the run in '{run.path}': up to {last} they are "
        "others, so what follows is no continuation",
        name=str(run.path),
        dates=[last],
        remedy="Bring the run's prices back, or run the study on these and unseal that",
    )


def _judged_from(after: date) -> str | None:
    """The day from which the sealed sessions are enough; None where the exchange's calendar does not reach so far."""
    try:
        sessions = sessions_between(pd.Timestamp(after) + pd.Timedelta(days=1), pd.Timestamp(after) + MOST)
    except DataError:
        return None
    return str((sessions[MIN_EVALUATED - 1] + pd.Timedelta(days=1)).date())


def _too_few(study: Study, sealed: int, earlier: list[Look]) -> dict[str, object]:
    day = _judged_from(study.sealed_after)
    when = f", the last of them known on {day}" if day else ""
    reason = (
        f"The prices hold {sealed} sessions after {study.sealed_after}; at least {MIN_EVALUATED} are needed to judge"
        f"{when}. Nothing was computed on them, so this was no look."
    )
    return {
        "look": {"number": None, "earlier": [asdict(look) for look in earlier]},
        "variants": [],
        "primary": None,
        "family": None,
        "verdict": {"decision": "cannot tell", "reasons": [reason]},
    }


def _judged(
    run: StoredRun, study: Study, market: Market, first: int, ledger: Ledger, announce: Announce
) -> dict[str, object]:
    strategies, data = study.strategies(), data_set_of(market)
    experiment = build_experiment(study, SignalCache(market), strategies, out_of_sample_from=first)
    announce(announcement([experiment], ledger))
    trials = trials_of(experiment)
    number = ledger.look(
        data, trials, study=hash_of(study), primary=experiment.primary, run=_name(run), now=datetime.now(UTC)
    )
    record = ledger.read_record(data, trials)
    counted = count_trials(trials, record, experiment.primary)
    shares = shares_of(trials, record, ledger.registrations(data))
    earlier = ledger.looks(data, study.sealed_after, before=number)
    labels = {s.label: short_label(s, strategies, market.tickers) for s in strategies}
    evaluations = evaluate(experiment, counted, {trial.spec.variant: share for trial, share in shares.items()})
    judgement = judge(
        evaluations,
        study.rule,
        primary=experiment.primary,
        labels=labels,
        trial_count=counted,
        exploratory=bool(study.scratch),
    )
    ledger.answer(number, judgement.study.decision)
    metrics = measure(experiment.backtest)
    return {
        "look": {"number": len(earlier) + 1, "earlier": [asdict(look) for look in earlier]},
        "variants": [
            {
                "name": variant,
                "label": labels[variant],
                "metrics": asdict(metrics[variant]),
                "inference": asdict(evaluations[variant].evidence),
                "gates": gate_results(evaluations[variant], study.rule),
                "verdict": judgement.verdicts[variant].decision,
                "reasons": judgement.verdicts[variant].reasons,
            }
            for variant in experiment.candidates
        ],
        "primary": experiment.primary,
        "family": {"n_trials": counted.trials, "n_effective": counted.effective, "earlier": counted.earlier},
        "verdict": asdict(judgement.study),
    }


def _name(run: StoredRun) -> str:
    return run.path.resolve().name
