"""The jobs as functions of Python: what `unlockstep.run` and its neighbours are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Unpack

from threadpoolctl import threadpool_limits

from unlockstep.backtests.calibration.progress import Advance, no_advance
from unlockstep.backtests.config.chosen_strategies import Choice
from unlockstep.backtests.config.python_values import Prices
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.study_options import StudyOptions
from unlockstep.backtests.config.universe import Universe
from unlockstep.backtests.engine.experiment import Progress, no_progress
from unlockstep.backtests.jobs.audit import AuditResult, Target, load_targets, markets_for, run_audit
from unlockstep.backtests.jobs.compare import Comparison, comparison
from unlockstep.backtests.jobs.from_sweep import study_of_best
from unlockstep.backtests.jobs.run import Run, run_study
from unlockstep.backtests.jobs.swept import Grid, Sweep, spaces_of
from unlockstep.backtests.jobs.universe import UniverseRun
from unlockstep.backtests.jobs.universe import no_advance as no_step_advance
from unlockstep.backtests.jobs.universe_files import UniverseRequest, universe_into, universe_run
from unlockstep.backtests.jobs.universe_pairs import Advance as StepAdvance
from unlockstep.backtests.results.holdout import split_holdout, with_looks_of_today
from unlockstep.backtests.results.stored_run import StoredRun, read_run
from unlockstep.backtests.trials.ledger import Ledger, ledger_place, trusting
from unlockstep.signals.errors import ParameterError, StudyError
from unlockstep.strategies.strategy import Strategy


def run(
    study: Study | str | Path | None = None,
    *,
    data: Prices | None = None,
    strategies: Choice | Sequence[Choice] | None = None,
    from_sweep: str | Path | None = None,
    best: int = 5,
    ledger: str | Path | None = None,
    trust: bool = False,
    unaudited: bool = False,
    progress: Progress = no_progress,
    **options: Unpack[StudyOptions],
) -> Run:
    """Run a study in memory: signals, strategies, simulation, verdict. Nothing is written but its trials.

    study: a `Study`, or the path of one in TOML; the default study where it is left out. Everything else overrides it.
    data: demo, demo:edge, yahoo, a folder of price files, or frames {ticker: DataFrame} of pandas, polars or Arrow.
    strategies: names, Python files, classes (also of a notebook's cell) and instances, each in one or several variants.
    from_sweep: the folder of a sweep, whose `best` variants are run, frozen, on its prices and terms; nothing else of a
    study is said then.
    ledger: the file in which trials are counted; the one of the environment or the user's where it is left out.
    trust: the strategy files that a TOML study names may run, though no run in the ledger has used them.
    unaudited: strategies of files are not audited before, and the run says so; else a finding raises CodeError.
    progress: called with a word at the beginning of each step.
    options: as `Study` has them.
    Raises UnlockstepError, in one sentence, for what is wrong with the study, its prices, its strategies or the ledger.
    """
    values = {"data": data, "strategies": strategies}
    said = {**options, **{key: value for key, value in values.items() if value is not None}}
    place = None if ledger is None else Path(ledger)
    records = Ledger.open(ledger_place(place))
    if from_sweep is None:
        chosen = _study_of(study, said, ledger, trust=trust)
    elif study is not None or said:
        changed = "a study" if study is not None else next(iter(said))
        raise StudyError(
            f"from_sweep runs what a sweep found, on its prices and terms; {changed} would change it",
            name=changed,
            remedy="leave it out, or sweep again so",
        )
    else:
        chosen = study_of_best(Path(from_sweep), best, records, trust=trusting(place, everything=trust))
    with threadpool_limits(1):  # the last digits of a matrix product depend on how many threads share it
        return run_study(chosen, progress, records=records, unaudited=unaudited)


def _study_of(
    study: Study | str | Path | None, values: dict[str, Any], ledger: str | Path | None, *, trust: bool
) -> Study:
    if study is None:
        return Study.make(**values)
    if isinstance(study, Study):
        return study.changed(**values) if values else study
    place = None if ledger is None else Path(ledger)
    return Study.read(Path(study), trust=trusting(place, everything=trust), **values)


def compare(
    runs: Sequence[Run | str | Path] | Mapping[str, Run | str | Path],
    *,
    baseline: str | None = None,
    rank: bool = False,
    ledger: str | Path | None = None,
) -> Comparison:
    """Put runs side by side: what changed from a baseline, what it did to every figure, verdicts, variants.

    runs: what `run` gave, or run folders; by name, or called "run 1", "run 2" … and as their folders are.
    baseline: RUN or RUN:VARIANT that the others are compared with; the first run where it is left out.
    rank: rank the variants of all runs, even of different data, periods or costs.
    Raises StudyError for fewer than two runs, RunError for a folder that holds none or a baseline that is not there.
    """
    named = runs if isinstance(runs, Mapping) else {f"run {number}": run for number, run in enumerate(runs, 1)}
    if len(named) < (1 if baseline and ":" in baseline else 2):
        raise StudyError("A comparison takes at least two runs, or one and baseline='RUN:VARIANT'", limit=2)
    stored = [_stored(run, name if isinstance(runs, Mapping) else None, name) for name, run in named.items()]
    stored = with_looks_of_today(stored, None if ledger is None else Path(ledger))
    return Comparison(tuple(stored), comparison(stored, baseline=baseline, rank=rank))


def _stored(run: Run | str | Path, name: str | None, usual: str) -> StoredRun:
    """A run as its folder holds it, called by the name given, or as its folder, or as usual where it has none."""
    stored = run.stored(Path(usual)) if isinstance(run, Run) else read_run(Path(run))
    return stored if name is None else replace(stored, path=Path(name))


def sweep(
    strategies: Choice | Sequence[Choice],
    grid: Grid | None = None,
    *,
    study: Study | str | Path | None = None,
    data: Prices | None = None,
    random: int | None = None,
    best: int = 20,
    workers: int | None = None,
    scheduler: str | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    force: bool = False,
    ledger: str | Path | None = None,
    unaudited: bool = False,
    trust: bool = False,
    advance: Advance = no_advance,
    **options: Unpack[StudyOptions],
) -> Sweep:
    """Try every combination of parameters, and say how many of the best chance explains.

    strategies: names, files and classes.  study, data, ledger, unaudited, trust, options: as `run` takes them.
    grid: parameter → values, STRATEGY.PARAMETER with several strategies; each strategy's own where it is left out.
    random: only so many combinations of each, drawn at random.  best: how many of the best are simulated and listed.
    workers: processes, one a core where it is left out.  scheduler: address of a Dask scheduler instead, tcp://HOST:PORT.
    out: folder that is written as `unlockstep sweep --out` does, and can be resumed (`resume`) where it was cut;
    nothing is written but its trials where it is left out.  advance: called with the variants done, and of how many.

    A strategy that was given as a class is in no file, so that other processes cannot read it: it is swept in this one.
    Raises ParameterError where workers or a scheduler were asked for such a class, or for an instance, and what `run`
    raises.
    """
    if any(
        isinstance(choice, Strategy) for choice in (strategies if isinstance(strategies, Sequence) else [strategies])
    ):
        raise ParameterError(
            "A sweep takes a strategy's name, file or class", remedy="its fixed values go into the grid"
        )
    from unlockstep.backtests.jobs.sweep import SweepRequest, sweep_into  # which takes its compiler along

    values = {"data": data, "strategies": strategies}
    chosen = _study_of(
        study, {**options, **{key: value for key, value in values.items() if value is not None}}, ledger, trust=trust
    )
    if chosen.classes:
        if scheduler is not None or workers not in (None, 1):
            raise ParameterError(
                f"{', '.join(chosen.classes)} was given as a class and is in no file, so that other processes "
                "cannot read it: leave workers and scheduler out, or put it in a file",
                name=", ".join(chosen.classes),
            )
        workers = 1
    request = SweepRequest(spaces_of(chosen, grid or {}, random), best, workers, scheduler)
    with TemporaryDirectory(prefix="unlockstep-") as folder, threadpool_limits(1):
        place = Path(folder) / "sweep" if out is None else Path(out)
        records = None if ledger is None else Path(ledger)
        result = sweep_into(
            chosen, request, place,
            ledger=records, resume=resume, force=force, unaudited=unaudited, advance=advance,
        )  # fmt: skip
        return Sweep.read(place, result)


def universe(
    file: str | Path,
    *,
    data: Prices | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    skip_missing: bool = False,
    out: str | Path | None = None,
    details: bool = False,
    force: bool = False,
    ledger: str | Path | None = None,
    unaudited: bool = False,
    trust: bool = False,
    advance: StepAdvance = no_step_advance,
    **options: Unpack[StudyOptions],
) -> UniverseRun:
    """Run one set of rules on many pairs, and judge their mechanism on all of them together.

    file: a universe in TOML: pairs, each with a group and a reason, and the terms of one study; or the name of one of
    unlockstep's own, cross_asset or demo.
    data, ledger, unaudited, trust, options: as `run` takes them; what belongs to one pair (pair, legs, fx, context) is
    refused.
    workers: processes, one a core where it is left out.  scheduler: of Dask, used instead, tcp://HOST:PORT.
    skip_missing: pairs without prices, or too short, are left out, and the result says so; else they are refused.
    out: folder that is written as `unlockstep universe --out` does (`force` replaces one that is there); nothing is
    written but its trials where it is left out.  details: every pair's own study is run too and kept in it.
    advance: called with the step, how much of it is done, and of how much.
    Raises StudyError for details without out, and UnlockstepError, in one sentence, for what is wrong with the file,
    its prices, its strategies or the ledger.
    """
    if details and out is None:
        raise StudyError("details are run folders", name="details", remedy="say with out= where they are to be kept")
    place = None if ledger is None else Path(ledger)
    said = {**options, **({} if data is None else {"data": data})}
    listed = Universe.read(Path(file), trust=trusting(place, everything=trust), **said)
    request = UniverseRequest(workers, scheduler, skip_missing, details, unaudited)
    if out is None:
        return universe_run(listed, request, ledger=place, advance=advance)
    return universe_into(listed, request, Path(out), ledger=place, force=force, advance=advance, inputs=[Path(file)])


def audit(
    what: Target,
    *,
    data: Prices | None = None,
    pair: tuple[str, str] | None = None,
    start: date | str | None = None,
    end: date | str | None = None,
    seed: int = 7,
    trust: bool = False,
    ledger: str | Path | None = None,
) -> AuditResult:
    """Does a signal or strategy look ahead? Its future is cut off and altered, and its past must not change.

    what: a name, "all", a Python file, a study in TOML, a class (also of a notebook's cell), or one signal or strategy.
    data, pair, start, end: prices to audit on besides two synthetic markets; as `run` takes them.
    seed: of the synthetic markets and futures.  trust, ledger: as `run` takes them, for a study that names files.

    First calls are made in copies of this process. A file is executed anew before; a class or an instance is taken as
    it is, so that what its code has kept from calls before the audit, in a cache for instance, can hide a look-ahead:
    the result notes that. Where the system cannot copy processes (Windows) nothing kept from a first call is looked
    for. The line of a look-ahead is named where Python has the source, of cells of IPython too.
    Raises UnlockstepError, in one sentence, for what cannot be found or used.
    """
    trusted = trusting(None if ledger is None else Path(ledger), everything=trust)
    targets = load_targets(what, trust=trusted)
    values = {"data": data, "pair": pair, "start": start, "end": end}
    chosen = {key: value for key, value in values.items() if value is not None}
    with threadpool_limits(1):
        given = split_holdout(Study.make(**chosen, seed=seed)).market if chosen else None
        return run_audit(targets, markets_for(seed, given), seed=seed)
