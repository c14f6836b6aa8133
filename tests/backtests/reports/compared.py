"""Reports of comparisons with warnings of one's choice."""

from collections.abc import Sequence

from rich.console import Console

from unlockstep.backtests.jobs.compare import comparison
from unlockstep.backtests.reports.compare.markdown import compare_markdown
from unlockstep.backtests.reports.compare.terminal import show_compare
from unlockstep.backtests.reports.html import compare_page
from unlockstep.backtests.results.model.comparison import ComparisonResult
from unlockstep.backtests.results.stored_run import StoredRun


def warned(runs: Sequence[StoredRun], warnings: Sequence[str]) -> ComparisonResult:
    """The comparison, with these warnings in place of what the runs differ in."""
    return comparison(runs).model_copy(update={"warnings": tuple(warnings), "ranked": not warnings})


def page_of(runs: Sequence[StoredRun], warnings: Sequence[str]) -> str:
    """The HTML report."""
    return compare_page(runs, warned(runs, warnings))


def note_of(runs: Sequence[StoredRun], warnings: Sequence[str]) -> str:
    """The Markdown report."""
    return compare_markdown(runs, warned(runs, warnings))


def shown_of(console: Console, runs: Sequence[StoredRun], warnings: Sequence[str]) -> None:
    """The terminal's report."""
    show_compare(console, runs, warned(runs, warnings))
