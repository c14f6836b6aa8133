"""`python -m findings [--market DIR] [--no-pictures]`: run the studies, write docs/findings.md, its figures and charts.

DIR is a folder of prices, one file a ticker; by default the one that UNLOCKSTEP_MARKET names.
"""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from findings.report import document
from findings.studies import PAIR, StudyResults, name_of, run_studies
from unlockstep.backtests.reports.charts.png import pictures
from unlockstep.backtests.reports.html import replication_page, study_page
from unlockstep.signals.errors import UnlockstepError

DOCS = Path(__file__).parent.parent / "docs"
CHARTS = ("correlations", "performance", "null", "break_crypto", "links", "closed_hours")
"""Charts of the main study that the document shows."""
PUBLISHED = "published"
"""The chart of the published correlations."""


def main() -> int:
    """The status of the process."""
    parser = argparse.ArgumentParser(prog="python -m findings", description="Write docs/findings.md from real prices.")
    parser.add_argument("--market", type=Path, default=os.environ.get("UNLOCKSTEP_MARKET"), help="folder of prices")
    parser.add_argument("--no-pictures", action="store_true", help="leave the charts as they are; they take Chromium")
    arguments = parser.parse_args()
    progress = Console(stderr=True)
    if arguments.market is None or not arguments.market.is_dir():
        progress.print("No folder of prices: name one with --market DIR, or by UNLOCKSTEP_MARKET.")
        return 1
    with tempfile.TemporaryDirectory() as cache:
        os.environ["UNLOCKSTEP_CACHE"] = cache  # a user's own is left alone
        try:
            studies = run_studies(arguments.market, lambda step: progress.print(f"… {step}", highlight=False))
            write(studies, draw=not arguments.no_pictures)
        except UnlockstepError as error:
            progress.print(str(error))
            return 1
    return 0


def write(result: StudyResults, *, draw: bool) -> None:
    """Put the document, its figures and, where asked, its charts into docs/."""
    text, figures = document(result)
    (DOCS / "findings.md").write_text(text, encoding="utf-8")
    prices = {name: run.result.data.sha256 for name, run in result.runs.items()}
    listed = json.dumps(
        {"prices": prices, "figures": [asdict(figure) for figure in figures]}, indent=0, ensure_ascii=False
    )
    (DOCS / "findings.json").write_text(listed + "\n", encoding="utf-8")
    if draw:
        drawn = pictures(study_page(result.runs[name_of(PAIR)]))
        drawn |= pictures(replication_page(result.published))
        for chart in (*CHARTS, PUBLISHED):
            (DOCS / "images" / f"findings-{chart}.png").write_bytes(drawn[f"chart-{chart}.png"])


if __name__ == "__main__":
    sys.exit(main())
