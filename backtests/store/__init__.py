"""Store: run folders.

folder   what a run leaves behind, written all or nothing
"""

from backtests.store.folder import StoredRun, list_runs, read_run, run_names, write_folder

__all__ = ["StoredRun", "list_runs", "read_run", "run_names", "write_folder"]
