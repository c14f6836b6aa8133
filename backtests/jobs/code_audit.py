"""The short audit of a user's own files that a run makes, kept by what was audited.

A file that looks ahead gives results that nobody will have, so a run asks before it shows any. The audit takes a few
seconds on a synthetic market; one that found nothing is kept in the user's cache folder under the fingerprint of the
file, of what it imports, of its parameters and of unlockstep's own code, and is not made again.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from unlockstep import signals, strategies
from unlockstep.backtests import audit as audit_package
from unlockstep.backtests.audit.auditor import audit
from unlockstep.backtests.audit.findings import Finding, Outcome
from unlockstep.backtests.audit.plan import Effort
from unlockstep.backtests.audit.stand_ins import renamed, series_read, with_legs, with_stand_ins
from unlockstep.backtests.audit.target import Subject
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.demo import demo_market
from unlockstep.backtests.data.yahoo.cache import cache_folder
from unlockstep.backtests.jobs.audit import read_by_import
from unlockstep.backtests.plugins.error_attribution import shown
from unlockstep.backtests.plugins.file_loader import execute
from unlockstep.backtests.plugins.local_imports import read
from unlockstep.backtests.results.model.run import CodeAudit
from unlockstep.backtests.storage.atomic import replace_file
from unlockstep.backtests.sweep.code_version import fingerprint
from unlockstep.signals.errors import CodeError
from unlockstep.strategies.strategy import Strategy

EFFORT = Effort(1.0, least=20, first_calls=2, beginnings=4)
"""How hard each variant is looked at; `unlockstep audit` looks five times as long, on two markets, and at the grid."""

MOST = 3
"""Variants of one strategy that are audited; the others are the same code."""

SEED = 7
"""Of the synthetic market and of the futures."""

SAID_BY_THE_RUN = ("error", "weights")
"""Findings that the run itself says, with the prices that it is about."""


def audit_user_code(study: Study, chosen: Sequence[Strategy], *, unaudited: bool = False) -> tuple[CodeAudit, ...]:
    """What a short audit says of each strategy of the study's own files, in their order; of none for built-in ones.

    chosen: the study's variants.  unaudited: audit nothing, and say so.
    Raises CodeError with file and line for the first finding.
    """
    by_name: dict[str, list[Strategy]] = {}
    for strategy in chosen:
        if "package" not in study.source_of(type(strategy)):
            by_name.setdefault(strategy.name, []).append(strategy)
    return tuple(_audited(study, name, variants, unaudited=unaudited) for name, variants in by_name.items())


def _audited(study: Study, name: str, variants: Sequence[Strategy], *, unaudited: bool) -> CodeAudit:
    source = study.source_of(type(variants[0]))
    if unaudited:
        return CodeAudit(strategy=name, audited=False, reason="--unaudited was given")
    if "file" not in source:
        return CodeAudit(strategy=name, audited=False, reason="it was given as a class: unlockstep.audit looks at it")
    looked_at = variants[:MOST]
    further = () if variants[0].legs == 2 else study.traded
    key = _key(source["sha256"], [*(variant.label for variant in looked_at), *further])
    looked = _cached(key)
    if looked is None:
        looked = _looked_at(Path(source["file"]), source["sha256"], name, looked_at, study.traded)
        if not looked.reason:
            _store(key, looked)
    return CodeAudit(
        strategy=name,
        audited=not looked.reason,
        reason=looked.reason,
        cuts=looked.cuts,
        possible=looked.possible,
        futures=looked.futures,
        variants=len(looked_at),
        of=len(variants),
    )


@dataclass(frozen=True)
class _Looked:
    """What was looked at; reason: why nothing can be told, "" where nothing was found."""

    cuts: int = 0
    possible: int = 0
    futures: int = 0
    reason: str = ""


def _looked_at(path: Path, pin: str, name: str, variants: Sequence[Strategy], legs: Sequence[str]) -> _Looked:
    """The audit of some variants of a file, which is executed anew: what earlier calls left behind would hide leaks.

    legs: the tickers of the study, which an allocation meets again.
    """
    user_file = execute(path, read(path))
    if user_file.sha256 != pin:
        return _Looked(reason="the file was edited while the run went on")
    subjects = [Subject(user_file.strategies[name](**variant.params)) for variant in variants]
    market = demo_market(edge=False, seed=SEED)
    if variants[0].legs != 2:
        market = renamed(with_legs(market, len(legs), SEED), legs)
    market = with_stand_ins(market, series_read(subjects), SEED)
    for finding in read_by_import(path):
        raise _refusal(path, name, finding)
    outcomes = []
    for subject in subjects:
        outcome = audit(subject, (market,), EFFORT, SEED)
        for finding in outcome.findings:
            if finding.what not in SAID_BY_THE_RUN:
                raise _refusal(path, name, finding)
        outcomes.append(outcome)
    untold = next((reason for outcome in outcomes if (reason := _untold(outcome))), "")
    return _Looked(
        sum(outcome.cuts for outcome in outcomes),
        sum(outcome.possible for outcome in outcomes),
        sum(outcome.futures for outcome in outcomes),
        untold,
    )


def _untold(outcome: Outcome) -> str:
    """Why nothing can be told of a variant; "" where something can."""
    if outcome.findings:
        return outcome.findings[0].sentence
    return outcome.reason if outcome.status != "clean" else ""


def _refusal(path: Path, name: str, finding: Finding) -> CodeError:
    line = finding.line
    place = f"{shown(path)}, line {line.number}" if line and Path(line.file) == path else shown(path)
    return CodeError(
        f"{place}: {name} does not pass the audit, {finding.what} in {finding.where}: {finding.sentence}",
        name=str(path),
        line=line.number if line else None,
        dates=(),
        remedy=f"`unlockstep audit {shown(path)}` says more; --unaudited runs it, marked as not audited",
    )


def _key(file_sha256: str, labels: Sequence[str]) -> str:
    code = fingerprint(signals, strategies, audit_package)
    effort = [EFFORT.seconds, EFFORT.least, EFFORT.first_calls, EFFORT.beginnings, SEED]
    return sha256(json.dumps([file_sha256, code, effort, list(labels)]).encode()).hexdigest()


def _place(key: str) -> Path:
    return cache_folder() / "audits" / f"{key}.json"


def _cached(key: str) -> _Looked | None:
    """What an earlier audit of the same code looked at; None where there was none that can be read."""
    try:
        content = json.loads(_place(key).read_text(encoding="utf-8"))
        return _Looked(int(content["cuts"]), int(content["possible"]), int(content["futures"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _store(key: str, looked: _Looked) -> None:
    """Keep an audit that found nothing; without a cache it is made again the next time."""
    with suppress(OSError):
        _place(key).parent.mkdir(parents=True, exist_ok=True)
        content = {"cuts": looked.cuts, "possible": looked.possible, "futures": looked.futures}
        replace_file(_place(key), json.dumps(content))
