"""Store: run folders, and the trial ledger.

folder   what a run leaves behind, written all or nothing
ledger   every variant ever evaluated on a data set
whole    files and folders that are there whole or not at all
"""

from unlockstep.backtests.storage.run_folder import StoredRun, list_runs, read_run, run_names, write_folder

__all__ = ["StoredRun", "list_runs", "read_run", "run_names", "write_folder"]
