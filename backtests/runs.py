"""From a study to a run folder, and from run folders to a comparison."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backtests.compare import differences
from backtests.experiment import Progress, silent
from backtests.pipeline import run_study
from backtests.store.folder import RESULT, STUDY, StoredRun, as_json, plain, write_folder
from backtests.study import Study


def run_into(study: Study, out: Path, *, force: bool = False, progress: Progress = silent) -> StoredRun:
    """Run a study and write its folder, all or nothing.

    Raises what `pipeline.run_study` and `store.write_folder` raise.
    """
    run = run_study(study, progress)
    progress("report")
    from backtests.reports.html import study_page
    from backtests.reports.markdown import study_markdown

    result = plain({**run.result, "created_at": datetime.now(UTC).isoformat(timespec="seconds")})
    frames = {
        "returns": run.backtest.returns,
        "weights": run.weights,
        "trades": run.backtest.trades,
        "signals": run.signals,
    }
    stored = StoredRun(out, result, frames)
    files = {
        RESULT: as_json(result),
        STUDY: run.study.as_toml(),
        "report.html": study_page(stored),
        "report.md": study_markdown(stored),
    }
    write_folder(out, files, frames, force=force)
    return stored


def comparison(runs: Sequence[StoredRun]) -> dict[str, Any]:
    """The content of a comparison's comparison.json: warnings, verdicts and every run's variants."""
    return {
        "schema": 1,
        "warnings": differences(runs),
        "runs": [
            {
                "run": run.name,
                "data": run.result["data"],
                "verdict": run.result["verdict"],
                "primary": run.result["primary"],
                "variants": run.result["variants"],
            }
            for run in runs
        ],
    }


def write_comparison(runs: Sequence[StoredRun], compared: dict[str, Any], out: Path, *, force: bool = False) -> None:
    """Write comparison.json, report.html and report.md into the new folder `out`."""
    from backtests.reports.html import compare_page
    from backtests.reports.markdown import compare_markdown

    warnings = compared["warnings"]
    files = {
        "comparison.json": as_json(compared),
        "report.html": compare_page(runs, warnings),
        "report.md": compare_markdown(runs, warnings),
    }
    write_folder(out, files, {}, force=force)
