"""Cold starts and peak memory, each measured in a process of its own.

`python -m benchmarks.fresh KEY FILE` does the work of an .npz file once, as a user's first run of the day would, and
prints its peak memory. Its wall time, interpreter included, is the cold start.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parent.parent
KIB = 1024.0


@dataclass(frozen=True)
class Fresh:
    """seconds: from the start of the process to its end.  peak: bytes of memory at most."""

    seconds: float
    peak: float


def start(key: str, file: Path) -> Fresh:
    """Let a fresh process do the work in `file` as the competitor `key` does it."""
    return run("-m", "benchmarks.fresh", key, str(file))


def run(*arguments: str) -> Fresh:
    """Run Python with these arguments; the last line that it prints must be its peak memory in bytes.

    Raises CalledProcessError where it fails.
    """
    began = perf_counter()
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return Fresh(perf_counter() - began, float(done.stdout.split()[-1]))


def peak_memory(process: int | None = None) -> float:
    """Most bytes of memory that a process, this one unless said, has had so far.

    Linux counts in `getrusage` what the process was before it became this program, which is its parent's memory;
    VmHWM begins with the program, and is taken where there is one. Elsewhere only this process can be asked, and on
    Windows none: NaN.
    """
    status = Path(f"/proc/{process or 'self'}/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return KIB * float(line.split()[1])
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if process is None else 0
    return float(most) if sys.platform == "darwin" else KIB * most


def children() -> list[int]:
    """The processes that this one has started and that are still there; none where the system does not tell."""
    results: list[int] = []
    for place in Path("/proc/self/task").glob("*/children"):
        results += [int(child) for child in place.read_text(encoding="ascii").split()]
    return results


def main(key: str, file: str) -> None:
    """What the fresh process does."""
    from benchmarks.competitors.simulators import simulator
    from benchmarks.work import Work

    simulator(key)(Work.load(Path(file)))
    print(peak_memory())  # noqa: T201 - for the parent


if __name__ == "__main__":
    main(*sys.argv[1:])
