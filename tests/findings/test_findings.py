"""docs/findings.md holds figures of runs and nothing else, and where the prices are at hand, those of new runs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from findings.__main__ import fingerprint, fingerprints
from findings.report import document, template_text
from findings.studies import PAIR, PERIOD, PLACEBOS, UNIVERSE_FILE, name_of, run_studies, run_universe
from tests.backtests.reports.figures import agrees, at
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.universe import Universe
from unlockstep.backtests.jobs.replicate import replicate
from unlockstep.backtests.jobs.run import run_into
from unlockstep.signals.registry import DETECTORS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "findings.md").read_text(encoding="utf-8")
LISTED: dict[str, Any] = json.loads((DOCS / "findings.json").read_text(encoding="utf-8"))
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def test_every_listed_figure_is_in_the_document_and_is_what_its_value_says() -> None:
    assert len(LISTED["figures"]) > 150
    for figure in LISTED["figures"]:
        assert figure["text"] in PAGE
        assert re.fullmatch(r"[a-z-]+/(result|sweep|universe|replicate)\.json \..+", figure["place"])
        if figure["value"] is not None and NUMBER.search(figure["text"]):
            assert agrees(figure["text"], figure["value"]), figure


def test_every_number_of_the_document_is_listed_or_a_constant_of_the_method() -> None:
    listed = {n for figure in LISTED["figures"] for n in NUMBER.findall(figure["text"])}
    pairs = Universe.read(UNIVERSE_FILE).pairs
    counts = {str(n) for n in (len(PLACEBOS), len(DETECTORS), len(pairs), len({pair.group for pair in pairs}))}
    years = {str(year) for year in range(*(int(day[:4]) + i for i, day in enumerate(PERIOD)))}
    expected = (
        listed
        | counts
        | years
        | set(NUMBER.findall(template_text()))
        | {n for day in PERIOD for n in NUMBER.findall(day)}
    )
    prose = re.sub(r"\d{4}-\d\d-\d\d|\b20\d\d to 20\d\d\b|`[^`]*`|\b[0-9a-f]{12}\b|S\d[abc]?", "", PAGE)
    assert [n for n in NUMBER.findall(prose) if n not in expected] == []


def test_the_pictures_that_it_shows_are_there() -> None:
    shown = re.findall(r"\]\((images/[^)]+)\)", PAGE)
    assert len(shown) == 9
    assert all((DOCS / place).read_bytes().startswith(b"\x89PNG") for place in shown)


@pytest.mark.slow
def test_the_study_of_the_pair_gives_the_same_figures_again(real_folder: Path, tmp_path: Path) -> None:
    study = Study.make(data=str(real_folder), pair=PAIR, start=PERIOD[0], end=PERIOD[1])
    result = run_into(study, tmp_path / "run", ledger=tmp_path / "ledger.sqlite").result
    name = name_of(PAIR)
    if result.data.sha256 != LISTED["prices"][name]:
        pytest.skip("these are other prices than those of the document")
    begins = f"{name}/result.json "
    requested = [f for f in LISTED["figures"] if f["place"].startswith(begins) and f["value"] is not None]
    assert len(requested) > 100
    outcome = [at(result.as_json(), figure["place"].removeprefix(begins)) for figure in requested]
    assert outcome == pytest.approx([figure["value"] for figure in requested], rel=1e-6)


@pytest.mark.slow
def test_the_universe_gives_the_same_figures_again(real_universe: Path, tmp_path: Path) -> None:
    result = run_universe(real_universe, tmp_path / "ledger.sqlite")
    if fingerprint(result) != LISTED["prices"]["universe"]:
        pytest.skip("these are other prices than those of the document")
    requested = [f for f in LISTED["figures"] if f["place"].startswith("universe/") and f["value"] is not None]
    assert len(requested) > 100
    outcome = [at(result.as_json(), figure["place"].removeprefix("universe/universe.json ")) for figure in requested]
    assert outcome == pytest.approx([figure["value"] for figure in requested], rel=1e-6)


@pytest.mark.slow
def test_the_published_correlations_give_the_same_figures_again(real_folder: Path) -> None:
    result = replicate(str(real_folder)).as_json()
    if not all(row["returns"]["main"] and row["returns"]["main"]["agrees"] for row in result["years"]["rows"]):
        pytest.skip("these are other prices than those of the document")
    begins = "replicate/replicate.json "
    requested = [f for f in LISTED["figures"] if f["place"].startswith(begins) and f["value"] is not None]
    assert len(requested) > 100
    outcome = [at(result, figure["place"].removeprefix(begins)) for figure in requested]
    assert outcome == pytest.approx([figure["value"] for figure in requested], rel=1e-6)


@pytest.mark.deep
def test_the_runs_give_the_same_document_again(real_folder: Path, real_universe: Path) -> None:
    studies = run_studies(real_folder, real_universe)
    if fingerprints(studies) != LISTED["prices"]:
        pytest.skip("these are other prices than those of the document")
    text, figures = document(studies)
    assert text == PAGE
    values = [figure.value for figure in figures if figure.value is not None]
    assert values == pytest.approx([f["value"] for f in LISTED["figures"] if f["value"] is not None], rel=1e-6)
