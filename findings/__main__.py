"""`python -m findings [--market DIR] [--universe DIR] [--no-pictures]`: run the studies, write docs/findings.md, its
figures and charts.

Each DIR is a folder of prices, one file a ticker; by default the ones that UNLOCKSTEP_MARKET and UNLOCKSTEP_UNIVERSE
name.
"""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from rich.console import Console

from findings.report import document
from findings.studies import PAIR, StudyResults, name_of, run_studies
from unlockstep.backtests.reports.charts.png import picture_of, pictures
from unlockstep.backtests.reports.html import replication_page, study_page, universe_page
from unlockstep.backtests.results.model.universe import UniverseResult
from unlockstep.signals.errors import UnlockstepError

DOCS = Path(__file__).parent.parent / "docs"
CHARTS = ("correlations", "performance", "null", "break_crypto", "links", "closed_hours")
"""Charts of the main study that the document shows."""
PUBLISHED = "published"
"""The chart of the published correlations."""

FOREST, FOREST_HEIGHT = "figure[aria-labelledby=title-forest]", 1490
"""The plot of a universe's pairs that the document shows, and points that it takes."""


def main() -> int:
    """The status of the process."""
    parser = argparse.ArgumentParser(prog="python -m findings", description="Write docs/findings.md from real prices.")
    parser.add_argument("--market", type=Path, default=os.environ.get("UNLOCKSTEP_MARKET"), help="folder of prices")
    parser.add_argument(
        "--universe", type=Path, default=os.environ.get("UNLOCKSTEP_UNIVERSE"), help="folder of the universe's prices"
    )
    parser.add_argument("--no-pictures", action="store_true", help="leave the charts as they are; they take Chromium")
    arguments = parser.parse_args()
    progress = Console(stderr=True)
    for name in ("market", "universe"):
        folder = getattr(arguments, name)
        if folder is None or not Path(folder).is_dir():
            progress.print(f"No folder of prices: name one with --{name} DIR, or by UNLOCKSTEP_{name.upper()}.")
            return 1
    with tempfile.TemporaryDirectory() as cache:
        os.environ["UNLOCKSTEP_CACHE"] = cache  # a user's own is left alone
        try:
            folders = Path(arguments.market), Path(arguments.universe)
            studies = run_studies(*folders, lambda step: progress.print(f"… {step}", highlight=False))
            write(studies, draw=not arguments.no_pictures)
        except UnlockstepError as error:
            progress.print(str(error))
            return 1
    return 0


def write(result: StudyResults, *, draw: bool) -> None:
    """Put the document, its figures and, where asked, its charts into docs/."""
    text, figures = document(result)
    (DOCS / "findings.md").write_text(text, encoding="utf-8")
    listed = json.dumps(
        {"prices": fingerprints(result), "figures": [asdict(figure) for figure in figures]},
        indent=0,
        ensure_ascii=False,
    )
    (DOCS / "findings.json").write_text(listed + "\n", encoding="utf-8")
    if draw:
        drawn = pictures(study_page(result.runs[name_of(PAIR)]))
        drawn |= pictures(replication_page(result.published))
        for chart in (*CHARTS, PUBLISHED):
            (DOCS / "images" / f"findings-{chart}.png").write_bytes(drawn[f"chart-{chart}.png"])
        page = universe_page(result.universe)
        (DOCS / "images" / "findings-universe.png").write_bytes(pictures(page)["chart-null.png"])
        (DOCS / "images" / "findings-forest.png").write_bytes(picture_of(page, FOREST, FOREST_HEIGHT))


def fingerprints(result: StudyResults) -> dict[str, str]:
    """Folder's name → fingerprint of its prices."""
    return {
        **{name: run.result.data.sha256 for name, run in result.runs.items()},
        "universe": fingerprint(result.universe),
    }


def fingerprint(universe: UniverseResult) -> str:
    """One of the prices of all pairs."""
    return sha256("".join(pair.sha256 for pair in universe.pairs).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
