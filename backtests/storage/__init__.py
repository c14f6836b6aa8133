"""Storage: files and folders that are whole or not there.

atomic      Files and folders that are there whole or not at all, whatever kills the process that writes them
bounded_read  Files that somebody else may have made: regular ones of a bounded size, read whole
checkpoint  Work that is kept part by part, so that it can go on where it was cut
parquet  Parquet that somebody else may have made, read where it fits into memory
run_folder  Run folders: what a run leaves behind, written all or nothing
"""

from unlockstep.backtests.storage.run_folder import list_runs, read_folder, write_folder

__all__ = ["list_runs", "read_folder", "write_folder"]
