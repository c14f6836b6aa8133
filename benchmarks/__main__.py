"""`python -m benchmarks [--quick]`: measure, print, and write docs/benchmarks.md with its chart (not with --quick).

Status 1 where an answer differs from the engine's by more than its accounting allows. Goals are shown, not enforced.
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from benchmarks import chart, pages
from benchmarks.plan import QUICK, Plan
from benchmarks.runner import run_benchmarks

DOCS = Path(__file__).parent.parent / "docs"


def main() -> int:
    """The status of the process."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speed and memory, side by side.")
    parser.add_argument("--quick", action="store_true", help="small sizes, two rounds; nothing is written")
    quick = parser.parse_args().quick
    progress = Console(stderr=True)
    report = run_benchmarks(QUICK if quick else Plan(), lambda step: progress.print(f"… {step}", highlight=False))
    pages.show(report, Console())
    if not quick:
        (DOCS / "benchmarks.md").write_text(pages.markdown(report), encoding="utf-8")
        chart.draw(report, DOCS / pages.CHART)
    return 0 if report.all_equal else 1


if __name__ == "__main__":
    sys.exit(main())
