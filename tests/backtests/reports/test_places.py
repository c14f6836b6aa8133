"""Every figure of a page says where it stands, and stands there."""

from pathlib import Path

import pytest

from tests.backtests.reports import figures
from tests.backtests.reports.text.test_glossary import unexplained
from tests.backtests.sweep.build import made
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.variants import studied
from unlockstep.backtests.jobs.compare import comparison
from unlockstep.backtests.jobs.events import events_into, state_signal
from unlockstep.backtests.jobs.run import run_into
from unlockstep.backtests.reports.html import compare_page
from unlockstep.backtests.reports.text import format as written
from unlockstep.backtests.results.stored_run import StoredRun, run_names
from unlockstep.backtests.storage.run_folder import COMPARISON, EVENTS, PAGE, RESULT, SWEEP


@pytest.mark.parametrize(
    ("text", "value", "so"),
    [
        ("12.3\u00a0%", 0.12345, True), ("12.4\u00a0%", 0.12345, False), ("−0.42", -0.4233, True),
        ("0.42", -0.4233, True), ("−0.43", -0.4233, False), ("<\u00a00.001", 0.0002, True), ("2,141", 2141, True),
        ("over 100", 9355.7, True), ("7.5\u00a0bp", 7.5, True), ("8.4×", 8.35, True), ("8.5×", 8.35, False),
        ("5.0e−13", 4.98e-13, True), ("5.0e−13", 5.2e-13, False),
    ],
)  # fmt: skip
def test_the_comparison_itself_can_fail(text: str, value: float, so: bool) -> None:
    assert figures.agrees(text, value) is so


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    place = tmp_path_factory.mktemp("origin")
    return run_into(Study.make(data="demo", start="2019-01-01"), place / "run", ledger=place / "ledger.sqlite")


def test_every_figure_of_the_study_page_is_found_in_its_files(run: StoredRun) -> None:
    page = (run.path / PAGE).read_text(encoding="utf-8")
    assert len([p for p in figures.Shown(page).pieces if p[0]]) > 1000
    assert figures.unknown_figures(page, figures.read(run.path, RESULT), run.frames) == []


def test_a_figure_that_was_altered_or_computed_on_the_way_is_not_found(run: StoredRun) -> None:
    page = (run.path / PAGE).read_text(encoding="utf-8")
    cagr = written.percent(run.result.variants[0].metrics.cagr)
    ratio = "7.31"
    altered = page.replace(f">{cagr}</data>", f">{written.percent(0.98765)}</data>").replace("</h1>", f" {ratio}</h1>")
    result = figures.unknown_figures(altered, figures.read(run.path, RESULT), run.frames)
    assert any("98.8" in one and "cagr" in one for one in result)
    assert any(f"'{ratio}'" in one for one in result)


def places(page: str) -> list[str]:
    return [place for place, value, _ in figures.Shown(page).pieces if place and value]


def test_every_figure_of_every_page_has_a_meaning(run: StoredRun, tmp_path: Path) -> None:
    events_into(Study.make(data="demo"), state_signal(), tmp_path / "events")
    folders = (run.path, made(tmp_path / "sweep").place, tmp_path / "events")
    for folder in folders:
        assert unexplained(places((folder / PAGE).read_text(encoding="utf-8"))) == []


def test_a_figure_without_a_meaning_is_found() -> None:
    assert unexplained(["result.json .variants[0].metrics.new_one", "result.json .variants[0].metrics.cagr"]) == [
        "variants.metrics.new_one"
    ]


def test_every_figure_of_a_comparison_is_found_in_the_results_of_its_runs(run: StoredRun, tmp_path: Path) -> None:
    study = Study.make(data="demo", start="2019-01-01", seed=8, variants=studied(["break_entry", "derisk"]))
    other = run_into(study, tmp_path / "other", ledger=tmp_path / "ledger.sqlite")
    runs = [run, other]
    files = {f"{name}/{RESULT}": each.result.as_json() for name, each in zip(run_names(runs), runs, strict=True)}
    for content in (comparison(runs), comparison(runs, baseline="run:hold_iwm", rank=True)):
        page = compare_page(runs, content)
        assert figures.unknown_figures(page, {**files, COMPARISON: content.as_json()}) == []
        assert unexplained(places(page)) == []


def test_every_figure_of_a_sweep_is_found_in_its_file(tmp_path: Path) -> None:
    sweep = made(tmp_path / "sweep")
    page = (sweep.place / PAGE).read_text(encoding="utf-8")
    assert figures.unknown_figures(page, figures.read(sweep.place, SWEEP)) == []


def test_every_figure_of_a_study_of_events_is_found_in_its_file(tmp_path: Path) -> None:
    place = tmp_path / "events"
    events_into(Study.make(data="demo"), state_signal(), place)
    page = (place / PAGE).read_text(encoding="utf-8")
    assert figures.unknown_figures(page, figures.read(place, EVENTS)) == []
