"""The runs of a folder, by their result.json alone, as entries for the command line."""

from pathlib import Path

from unlockstep.backtests.results.listing import RunEntry, UnreadableRun
from unlockstep.backtests.results.stored_run import read_result
from unlockstep.backtests.storage.run_folder import list_runs
from unlockstep.backtests.text import visible
from unlockstep.signals.errors import RunError


def runs_of(folder: Path) -> list[RunEntry | UnreadableRun]:
    """The runs of a folder, newest first."""
    entries: list[RunEntry | UnreadableRun] = []
    for path in list_runs(folder):
        try:
            result, _ = read_result(path)
        except RunError as error:
            entries.append(UnreadableRun(visible(path.name), visible(str(error))))
            continue
        entries.append(
            RunEntry(
                run=visible(path.name),
                created_at=result.created_at,
                pair=result.data.tickers,
                synthetic=result.data.synthetic,
                first=result.data.first,
                last=result.data.last,
                variants=result.family.n_variants,
                verdict=result.verdict.decision + (" (exploratory)" if result.study.get("scratch") else ""),
            )
        )
    return entries
