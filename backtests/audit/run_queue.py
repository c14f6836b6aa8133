"""How long a process has waited for a processor: the rest of its time it has computed, or waited for something else."""

from pathlib import Path
from time import monotonic


def queued(pid: int | str = "self") -> float:
    """Seconds that its main thread was ready to run while others did; 0 where the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):  # another system, or the process has ended
        return 0.0


def unqueued() -> float:
    """A clock of this process, in seconds, that stands still while it waits for a processor."""
    return monotonic() - queued()
