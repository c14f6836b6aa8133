"""`unlockstep sweep`: from unlockstep.strategies and grids to a folder that says what so many variants are worth.

1. prices → Market, on the open part of the study's period        seal
own code audited, the trials that are added announced          code_audit, announcement
2. the variants, in blocks: rules for arrays, compiled accounts,
all shifts, sketches; each block kept as it is done            sweep.plan, .workers, storage.checkpoint
3. one pass over the blocks: counts, the best, null distribution  sweep.collect
4. the best, a sample and the benchmarks, by vectorbt             sweep.parity
5. the sweep recorded among all trials, and counted               trial_count, the ledger
6. the folder, all or nothing                                     store
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256 as digest
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from unlockstep.backtests.calibration.progress import Advance, no_advance
from unlockstep.backtests.config.series_pins import series_pins
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.results.holdout import HoldoutSplit, holdout_result, split_holdout
from unlockstep.backtests.results.model.base import annotate_path
from unlockstep.backtests.results.model.run import CodeAudit
from unlockstep.backtests.results.model.sweep import ParityResult, SweepResult, TrialCountResult
from unlockstep.backtests.results.provenance import environment, provenance
from unlockstep.backtests.results.verdict import EXPLORATORY
from unlockstep.backtests.stats.pbo import BlockSums
from unlockstep.backtests.storage.atomic import write_file
from unlockstep.backtests.storage.checkpoint import Checkpoint, open_checkpoint
from unlockstep.backtests.storage.run_folder import NOTE, PAGE, SWEEP, VARIANTS, as_json, text_of
from unlockstep.backtests.sweep import plan as blocks
from unlockstep.backtests.sweep.code_version import code
from unlockstep.backtests.sweep.collect import Collected, collect
from unlockstep.backtests.sweep.edges import edge_results
from unlockstep.backtests.sweep.expected_trials import expected_effective
from unlockstep.backtests.sweep.grid import Space, a_sample
from unlockstep.backtests.sweep.kernel import SOLVENT
from unlockstep.backtests.sweep.null_distribution import NullDistribution
from unlockstep.backtests.sweep.parity import LIMIT, Parity, check_against_vectorbt
from unlockstep.backtests.sweep.pbo import overfitting_result
from unlockstep.backtests.sweep.plan import Block, Plan, Swept, plan_of
from unlockstep.backtests.sweep.plateau import plateau_result
from unlockstep.backtests.sweep.summary import (
    benchmark_results,
    best_results,
    chance_result,
    distribution_result,
    finding,
    space_results,
)
from unlockstep.backtests.sweep.surface import surface_results
from unlockstep.backtests.sweep.table import write_variants
from unlockstep.backtests.sweep.walk_forward import Leaders, choice_result
from unlockstep.backtests.sweep.workers import evaluated
from unlockstep.backtests.trials.announcement import Announce, Announcement, no_announcement, there
from unlockstep.backtests.trials.dataset_identity import data_set_of
from unlockstep.backtests.trials.ledger import Ledger, ledger_place
from unlockstep.backtests.trials.trial_count import Trial, TrialCount, TrialSpec, count_trials
from unlockstep.backtests.trials.trial_recording import costs_entry
from unlockstep.signals.errors import StudyError
from unlockstep.signals.market import Floats
from unlockstep.strategies.strategy import Strategy

SAMPLE = 32
"""Variants, drawn from all, whose accounts vectorbt keeps as well."""


@dataclass(frozen=True)
class SweepRequest:
    """What a sweep is asked for, besides the study, which says on which prices and how variants are traded.

    best: how many of the best are simulated by vectorbt and shown.  workers, scheduler: as `sweep.workers.evaluated`.
    """

    spaces: tuple[Space, ...]
    best: int = 20
    workers: int | None = None
    scheduler: str | None = None


def sweep_into(
    study: Study,
    request: SweepRequest,
    out: Path,
    *,
    ledger: Path | None = None,
    resume: bool = False,
    force: bool = False,
    unaudited: bool = False,
    announce: Announce = no_announcement,
    advance: Advance = no_advance,
) -> SweepResult:
    """Sweep and write the folder; the content of sweep.json. What was cut goes on with `resume`, to the same bytes.

    unaudited: strategies of the study's own files are not audited, and the result says so.
    announce: called once, before the first block, with how many trials the sweep adds.

    advance: called with the number of variants done, contradictory ones included, and of how many.
    Raises what `audit_user_code`, `open_checkpoint`, `split_holdout`, `evaluated`, `check_against_vectorbt` and
    `Ledger.open` raise.
    """
    study = study.pinned()
    if study.legs is not None:
        raise StudyError(
            f"A sweep is of a pair, but the study has {len(study.legs)} legs: {', '.join(study.legs)}",
            name="legs",
            limit=2,
            choices=study.pair,
            remedy="leave legs out of the study, or try the parameters in a run (--set)",
        )
    if study.hedges is not None:
        raise StudyError(
            f"A sweep is of the plain pair, but the study hedges it with {' and '.join(study.hedges)}",
            name="hedges",
            remedy="leave hedges out of the study, or try the parameters in a run (--set)",
        )
    records = Ledger.open(ledger_place(ledger))
    split = split_holdout(study, cash=True)
    plan = plan_of(study, split.market, request.spaces)
    audits = _audits(study, plan, unaudited=unaudited)
    about = _about(study, plan, request.best)
    if not resume:
        announce(_announcement(plan, records, about))
    # Sums of matrices that are split by cores would depend on these, and cores that wait for each other burn time.
    with open_checkpoint(out, json.loads(about), resume=resume, force=force) as work, threadpool_limits(1):
        _evaluate(plan, request, work, advance)
        collected = collect(plan, _read_blocks(plan, work))
        best = collected.best[: request.best]
        chosen = [*best, *(each for each in a_sample(plan.spaces, SAMPLE, study.seed) if each not in best)]
        figures = _figures_of(work, chosen)
        parity = check_against_vectorbt(plan, list(figures), list(figures.values()))
        counted = _counted(study, plan, collected, about, records)
        content = _result(study, plan, split, collected, parity, best, counted, records)
        ledger_digest = digest(about.encode()).hexdigest()
        result = annotate_path(content.model_copy(update={"audits": audits, "ledger_sha256": ledger_digest}), SWEEP)
        records.shown(ledger_digest)
        work.finish(lambda made: _write(made, result, plan, work, parity))
    return result


def _announcement(plan: Plan, records: Ledger, about: str) -> Announcement:
    """What the sweep adds to the ledger: all of its variants, contradictory ones too, since nobody has looked yet."""
    sessions = plan.terms.evaluated.sessions
    record = records.read_window(data_set_of(plan.terms.market), str(sessions[1].date()), str(sessions[-1].date()))
    if records.knows_study(digest(about.encode()).hexdigest()):
        return Announcement(0, 0.0, *there(record))
    return Announcement(plan.size, expected_effective(plan), *there(record), sure=False)


def _audits(study: Study, plan: Plan, *, unaudited: bool) -> tuple[CodeAudit, ...]:
    """What the short audit says of the strategies of the study's own files, by variants at the corners of the grids."""
    if not study.files and not study.classes:
        return ()
    from unlockstep.backtests.jobs.code_audit import audit_user_code

    sizes = {space.strategy.name: space.size for space in plan.spaces}
    audits = audit_user_code(study, _at_corners(plan), unaudited=unaudited)
    return tuple(audit.model_copy(update={"of": sizes[audit.strategy]}) for audit in audits)


def _about(study: Study, plan: Plan, best: int) -> str:
    """What the bytes of a sweep depend on, as JSON."""
    study_entry = study.model_dump(mode="json", exclude_none=True, exclude={"variants", "primary", "data"})
    spaces = [
        {
            "strategy": space.strategy.name,
            "axes": {name: list(values) for name, values in space.axes.items()},
            "numbers": None if space.numbers is None else digest(space.numbers.tobytes()).hexdigest(),
        }
        for space in plan.spaces
    ]
    cash = plan.terms.market.risk_free
    content = {
        "prices": plan.terms.market.sha256, "cash": None if cash is None else cash.sha256, "study": study_entry,
        "series": _series_pins(plan), "spaces": spaces, "best": best,
        "code": code(),
        "versions": environment(),
    }  # fmt: skip
    return as_json(content)


def _series_pins(plan: Plan) -> dict[str, str]:
    """What pins the series that the variants read besides opens and closes."""
    return series_pins(plan.terms.market, _at_corners(plan))


def _at_corners(plan: Plan) -> list[Strategy]:
    """Variants with every word and the ends of every number, which read what all others read."""
    return [strategy for space in plan.spaces for strategy in space.at_corners]


def _evaluate(plan: Plan, request: SweepRequest, work: Checkpoint, advance: Advance) -> None:
    """Evaluate and keep every block that is not kept yet."""
    finished = work.names()
    left = [block for block in plan.blocks() if _name(block) not in finished]
    done = plan.size - sum(block.end - block.begin for block in left)
    advance(done, plan.size)
    for block, swept in evaluated(plan, left, workers=request.workers, scheduler=request.scheduler):
        work.keep(_name(block), _as_arrays(swept))
        done += block.end - block.begin
        advance(done, plan.size)


def _read_blocks(plan: Plan, work: Checkpoint) -> Iterator[tuple[Block, Swept]]:
    """Every block, in order, as it was kept."""
    for block in plan.blocks():
        yield block, _of_arrays(work.read(_name(block)))


def _as_arrays(swept: Swept) -> dict[str, np.ndarray]:
    """A block as it is kept; the null distribution and the leaders under their names with a prefix."""
    nested = {"null": swept.null, "leaders": swept.leaders, "ranked": swept.ranked}
    flat = {
        f"{whose}_{name}": np.asarray(value) for whose, part in nested.items() for name, value in vars(part).items()
    }
    return {"numbers": swept.numbers, "fate": swept.fate, "figures": swept.figures, **flat}


def _of_arrays(arrays: Mapping[str, np.ndarray]) -> Swept:
    variants, *rest = (arrays[f"null_{field.name}"] for field in fields(NullDistribution))
    null = NullDistribution(int(variants), *rest)
    leaders = Leaders(*(arrays[f"leaders_{field.name}"] for field in fields(Leaders)))
    ranked = BlockSums(*(arrays[f"ranked_{field.name}"] for field in fields(BlockSums)))
    return Swept(arrays["numbers"], arrays["fate"], arrays["figures"], null, leaders, ranked)


def _name(block: Block) -> str:
    return f"{block.space:02d}-{block.begin:012d}"


def _figures_of(work: Checkpoint, chosen: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Floats]:
    """Variant → its figures, of those whose accounts were kept to the end: vectorbt has none of a ruined one either."""
    figures = {}
    for space, number in chosen:
        begin = number // blocks.BLOCK * blocks.BLOCK
        arrays = work.read(_name(Block(space, begin, begin)))
        row = np.searchsorted(arrays["numbers"], number)
        if arrays["fate"][row] == SOLVENT:
            figures[space, number] = arrays["figures"][row]
    return figures


def _counted(study: Study, plan: Plan, collected: Collected, about: str, records: Ledger) -> TrialCount:
    """The whole sweep among all trials, recorded first."""
    null, sessions = collected.null, plan.terms.evaluated.sessions
    assert null is not None
    names = ", ".join(dict.fromkeys(space.strategy.name for space in plan.spaces))
    files = [study.source_of(space.strategy).get("sha256", "") for space in plan.spaces]
    costs = costs_entry(plan.terms.costs, plan.terms.market, plan.terms.rebalance)
    spec = TrialSpec(
        f"sweep of {names}: {collected.variants} variants", "".join(dict.fromkeys(files)), study.fill, study.lag, costs,
        str(sessions[1].date()), str(sessions[-1].date()),
    )  # fmt: skip
    if not null.variants:
        return count_trials([], None, None)
    returns, timing = (each.astype(np.float16).tobytes() for each in (null.returns, null.timing))
    mine = [Trial(spec, returns, timing, max(collected.variants, 2))]  # 1 would be a single trial, of one row
    record = records.record(
        data_set_of(plan.terms.market), mine, study=digest(about.encode()).hexdigest(), primary=None,
        now=datetime.now(UTC), exploratory=bool(study.scratch),
    )  # fmt: skip
    return count_trials(mine, record, None)


def _result(
    study: Study,
    plan: Plan,
    split: HoldoutSplit,
    collected: Collected,
    parity: Parity,
    best: Sequence[tuple[int, int]],
    counted: TrialCount,
    records: Ledger,
) -> SweepResult:
    assert collected.null is not None
    chance = chance_result(collected, collected.null, study.alpha)
    leaders = best_results(plan, best, parity, collected, collected.null, counted)
    p_all_trials = leaders[0].inference.timing_p_ever if leaders else None
    study_entry = study.model_dump(mode="json", exclude_none=True, exclude={"variants", "primary"})
    assert collected.leaders is not None
    cash = plan.terms.market.risk_free
    costs = {**study_entry["costs"], "cash_rate": 0.0 if cash is None else cash.rate}
    return SweepResult(
        study={
            **study_entry,
            "data": study.absolute_data,
            "series_sha256": _series_pins(plan),
            "costs": costs,
            "data_sha256": plan.terms.market.sha256,
        },
        data=provenance(plan.terms.market, plan.terms.evaluated, study, _at_corners(plan), plan.slowest),
        seal=holdout_result(study, split, records),
        spaces=space_results(plan, collected, study),
        variants=collected.variants,
        finding=_explored(study, finding(collected.variants, chance, p_all_trials)),
        luck=chance,
        distribution=distribution_result(collected, collected.null),
        surface=surface_results(plan, collected, collected.null, study.alpha),
        edges=edge_results(plan, collected),
        plateau=plateau_result(plan, collected, collected.null),
        later=choice_result(plan.terms, plan.spaces, plan.signal_cache, plan.chooser.choices, collected.leaders),
        overfitting=overfitting_result(collected.ranked),
        best=leaders,
        benchmarks=benchmark_results(parity),
        parity=ParityResult(variants=len(parity.weights), largest=parity.largest, limit=LIMIT),
        trials=TrialCountResult(**counted.entry()),
        environment=environment(),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _explored(study: Study, sentence: str) -> str:
    """The finding, marked where the sweep only looks."""
    return f"{EXPLORATORY} {sentence}" if study.scratch else sentence


def _write(made: Path, result: SweepResult, plan: Plan, work: Checkpoint, parity: Parity) -> None:
    """Fill the finished folder."""
    from unlockstep.backtests.reports.html import sweep_page
    from unlockstep.backtests.reports.sweep.terminal import sweep_note

    write_file(made / SWEEP, as_json(result.as_json()).encode())
    shown = [*(variant.name for variant in result.best), *(each.name for each in result.benchmarks)]
    returns = parity.backtest.returns[shown]
    write_file(made / "returns.parquet", returns.to_parquet())
    write_variants(made / VARIANTS, plan, _read_blocks(plan, work))
    for name, text in {PAGE: sweep_page(result, returns), NOTE: sweep_note(result)}.items():
        write_file(made / name, text_of(name, text))
