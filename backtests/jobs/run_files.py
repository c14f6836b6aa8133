"""The files that runs, comparisons and sweeps leave: whole folders, and single reports."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.results.bound_files import hashes
from unlockstep.backtests.results.model.universe import UniverseResult
from unlockstep.backtests.results.stored_run import StoredRun
from unlockstep.backtests.storage import write_folder
from unlockstep.backtests.storage.atomic import reason, replace_file
from unlockstep.backtests.storage.run_folder import NOTE, PAGE, RESULT, STUDY, as_json
from unlockstep.backtests.text import escaped
from unlockstep.signals.errors import RunError

Pages = Mapping[str, Callable[[], str]]
"""Ending of a report's name → its text."""


def write_run(run: StoredRun, study: Study, *, force: bool) -> StoredRun:
    """Write the folder of a run, all or nothing; the run as the folder holds it, its result bound to its frames.

    Raises what `storage.write_folder` raises.
    """
    parquets = {f"{name}.parquet": frame.to_parquet() for name, frame in run.frames.items()}
    bound = replace(run, result=run.result.model_copy(update={"files": hashes(parquets)}))
    pages = study_pages(bound)
    files = {
        RESULT: as_json(bound.result.as_json()),
        STUDY: study.as_toml(),
        PAGE: pages[".html"](),
        NOTE: pages[".md"](),
    }
    write_folder(run.path, {**files, **parquets}, {}, force=force)
    return bound


def study_pages(run: StoredRun) -> Pages:
    """The reports of a run."""
    from unlockstep.backtests.reports.html import study_page
    from unlockstep.backtests.reports.study.markdown import study_markdown

    return {".html": lambda: study_page(run), ".md": lambda: study_markdown(run)}


def universe_pages(result: UniverseResult) -> Pages:
    """The reports of a universe."""
    from unlockstep.backtests.reports.html import universe_page
    from unlockstep.backtests.reports.universe.markdown import universe_markdown

    return {".html": lambda: universe_page(result), ".md": lambda: universe_markdown(result)}


def write_page(path: Path, pages: Pages) -> Path:
    """Write the report that the ending of a path asks for, in place of one that is there; its path.

    Raises RunError for another ending, or where the file cannot be written.
    """
    if path.suffix not in pages:
        raise RunError(
            "A report is an HTML page or a Markdown note",
            name=str(path),
            remedy=f"call it {path.stem or 'report'}.html or .md",
        )
    try:
        replace_file(path, escaped(pages[path.suffix]()))
    except OSError as error:
        raise RunError(f"'{path}' cannot be written: {reason(error)}", name=str(path)) from None
    return path
