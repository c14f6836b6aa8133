"""`unlockstep universe`: from a universe file to the folder that it leaves.

1. all pairs together: the pooled verdict                         jobs.universe
2. the own study of the note's pair, or of every pair asked for   jobs.run
3. universe.json, universe.toml, the reports, all or nothing      storage, reports
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from threadpoolctl import threadpool_limits

from unlockstep.backtests.config.study import PAIR, Study
from unlockstep.backtests.config.universe import Universe
from unlockstep.backtests.jobs.run import run_into, run_study
from unlockstep.backtests.jobs.run_files import universe_pages
from unlockstep.backtests.jobs.universe import UniverseRun, no_advance, run_universe
from unlockstep.backtests.jobs.universe_pairs import Advance
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.universe import StandaloneVariant, StandaloneVerdict
from unlockstep.backtests.storage import write_folder
from unlockstep.backtests.storage.atomic import unfinished
from unlockstep.backtests.storage.run_folder import NOTE, PAGE, PAIRS, UNIVERSE, UNIVERSE_STUDY, as_json, check_place
from unlockstep.backtests.sweep.processes import on_processes
from unlockstep.backtests.trials.announcement import Announce, no_announcement
from unlockstep.backtests.trials.ledger import Ledger, ledger_place


@dataclass(frozen=True)
class UniverseRequest:
    """How a universe is run.

    workers: processes, one a core where it is None.  scheduler: address of a Dask scheduler, whose workers evaluate the
    pairs instead.  skip_missing: pairs without prices are left out.  details: every pair's own study is run and kept.
    unaudited: strategies of own files are not audited for look-ahead.
    """

    workers: int | None = None
    scheduler: str | None = None
    skip_missing: bool = False
    details: bool = False
    unaudited: bool = False


def universe_into(
    file: Universe,
    request: UniverseRequest,
    out: Path,
    *,
    ledger: Path | None = None,
    force: bool = False,
    inputs: Sequence[Path] = (),
    announce: Announce = no_announcement,
    advance: Advance = no_advance,
) -> UniverseRun:
    """Run a universe, and write its folder, all or nothing.

    ledger: the file, see `trials.ledger.ledger_place`; the trials of every pair are recorded there whatever becomes of
    the folder.  inputs: files that are read, which `force` never replaces.  announce: see `run_universe`.
    Raises what `run_universe`, `jobs.run.run_into` and `storage.write_folder` raise.
    """
    check_place(out, force=force, kind=UNIVERSE, inputs=inputs)
    run = universe_run(file, request, ledger=ledger, announce=announce, advance=advance)
    if not request.details:
        return _write(run, out, force=force)
    place = out.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    with unfinished(place.parent) as work:
        made = work / PAIRS
        made.mkdir()
        run = _with_details(run, made, request, ledger, advance)
        return _write(run, out, force=force, within=lambda folder: os.rename(made, folder / PAIRS))


def universe_run(
    file: Universe,
    request: UniverseRequest,
    *,
    ledger: Path | None,
    announce: Announce = no_announcement,
    advance: Advance = no_advance,
) -> UniverseRun:
    """All pairs together, and the own verdict of the note's pair where it is among them."""
    with threadpool_limits(1):  # the last digits of a matrix product depend on how many threads share it
        run = run_universe(
            file,
            workers=request.workers,
            scheduler=request.scheduler,
            skip_missing=request.skip_missing,
            unaudited=request.unaudited,
            records=Ledger.open(ledger_place(ledger)),
            announce=announce,
            advance=advance,
        )
        noted = [pair for pair in run.file.pairs if pair.pair == PAIR]
        if not noted or request.details:
            return run
        advance("own studies", 0, 1)
        study = run_study(
            run.file.study_of(noted[0]), records=Ledger.open(ledger_place(ledger)), unaudited=request.unaudited
        )
        advance("own studies", 1, 1)
        return _with_standalone(run, {PAIR: _standalone_verdict(study.result, None)})


def _write(run: UniverseRun, out: Path, *, force: bool, within: Callable[[Path], None] = lambda _: None) -> UniverseRun:
    result = run.placed()
    pages = universe_pages(result)
    files = {
        UNIVERSE: as_json(result.as_json()),
        UNIVERSE_STUDY: run.file.as_toml(),
        PAGE: pages[".html"](),
        NOTE: pages[".md"](),
    }
    write_folder(out, files, {}, force=force, within=within)
    return replace(run, result=result)


def _with_details(
    run: UniverseRun, place: Path, request: UniverseRequest, ledger: Path | None, advance: Advance
) -> UniverseRun:
    """Every pair's own study, a run folder each in `place`, in several processes."""
    names = folder_names([pair.pair for pair in run.file.pairs])
    details = [_Detail(pair.pair, run.file.study_of(pair), place / names[pair.pair]) for pair in run.file.pairs]
    stored = partial(_stored, ledger=ledger, unaudited=request.unaudited)
    standalone: dict[tuple[str, str], StandaloneVerdict] = {}
    advance("own studies", 0, len(names))
    for pair, verdict in on_processes(stored, details, request.workers or -1):
        standalone[pair] = verdict
        advance("own studies", len(standalone), len(names))
    return _with_standalone(run, standalone)


@dataclass(frozen=True)
class _Detail:
    """A pair's own study, and the folder that it leaves."""

    pair: tuple[str, str]
    study: Study
    place: Path


def _stored(detail: _Detail, *, ledger: Path | None, unaudited: bool) -> tuple[tuple[str, str], StandaloneVerdict]:
    stored = run_into(detail.study, detail.place, ledger=ledger, unaudited=unaudited)
    return detail.pair, _standalone_verdict(stored.result, f"{PAIRS}/{detail.place.name}")


def folder_names(pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The name of each pair's folder, "eth-usd_iwm"; where two would share one, the later has a number."""
    names: dict[tuple[str, str], str] = {}
    for pair in pairs:
        plain = "_".join(re.sub(r"[^a-z0-9]+", "-", ticker.lower()).strip("-") or "x" for ticker in pair)
        number = sum(name == plain or re.fullmatch(rf"{plain}-\d+", name) is not None for name in names.values())
        names[pair] = plain if not number else f"{plain}-{number + 1}"
    return names


def _standalone_verdict(result: RunResult, folder: str | None) -> StandaloneVerdict:
    variants = [
        StandaloneVariant(
            name=variant.name,
            timing_ir=variant.inference.timing_ir,
            timing_ci=variant.inference.timing_ci,
            timing_p=variant.inference.timing_p,
            timing_p_family=variant.inference.timing_p_family,
            decision=variant.verdict,
        )
        for variant in result.variants
        if not variant.benchmark and variant.verdict is not None
    ]
    return StandaloneVerdict(
        decision=result.verdict.decision, reasons=result.verdict.reasons, variants=tuple(variants), folder=folder
    )


def _with_standalone(run: UniverseRun, standalone: Mapping[tuple[str, str], StandaloneVerdict]) -> UniverseRun:
    """The same run with what the own studies of its pairs say."""
    pairs = tuple(pair.model_copy(update={"standalone": standalone.get(pair.pair)}) for pair in run.result.pairs)
    return replace(run, result=run.result.model_copy(update={"pairs": pairs}))
