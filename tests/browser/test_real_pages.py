"""Reports of real prices, and of two hundred variants over ten years, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.opening import OpenPage, look_at, needs_chromium
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.study_tables import Variant
from unlockstep.backtests.jobs.compare import compare_into
from unlockstep.backtests.jobs.run import run_into
from unlockstep.backtests.jobs.sweep import SweepRequest, sweep_into
from unlockstep.backtests.reports.html import asset
from unlockstep.backtests.storage.run_folder import PAGE
from unlockstep.backtests.sweep.grid import space_of, values_of

LIMIT = 6_000_000
"""Bytes of a page, which people send to each other."""

pytestmark = [needs_chromium, pytest.mark.slow]


@pytest.fixture(scope="module")
def pages(real_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports of the real prices, as commands leave them."""
    place = tmp_path_factory.mktemp("real")
    ledger, data = place / "ledger.sqlite", str(real_folder)
    grid = {"window": [*range(40, 140, 10)], "hold": [*range(20, 120, 20)], "min_stay": [1, 3, 5, 8]}
    many = Study.make(data=data, variants=[Variant(strategy="break_entry", params=grid)])
    runs = [
        run_into(Study.make(data=data), place / "study", ledger=ledger),
        run_into(Study.make(data=data, start="2018-01-01", fill="open"), place / "later", ledger=ledger),
    ]
    run_into(many, place / "many", ledger=ledger)
    compare_into(runs, place / "compare")
    study = Study.make(data=data, variants=[Variant(strategy="break_entry")])
    values = {"window": values_of("40:130:30"), "hold": values_of("20,40,60")}
    space = space_of(study.strategy_class("break_entry"), values)
    sweep_into(study, SweepRequest((space,), 20, 1, None), place / "sweep", ledger=ledger)
    return {name: place / name / PAGE for name in ("study", "compare", "sweep", "many")}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1440])
@pytest.mark.parametrize("name", ["study", "compare", "sweep", "many"])
def test_a_page_of_real_prices_complains_of_nothing_asks_no_host_and_fits(
    browser: Browser, pages: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    assert pages[name].stat().st_size < LIMIT
    look_at(browser, pages[name], f"real-{name}", width, scheme)


def test_two_hundred_variants_are_searched_and_picked(browser: Browser, pages: dict[str, Path]) -> None:
    page = OpenPage(browser, pages["many"]).page
    assert page.locator("tr[data-row]").count() > 200
    page.fill(".find", "hold=60 window>=90")
    shown = page.locator("tr[data-row]:not(.out)")
    assert shown.count() == 5 * 4  # windows 90 to 130, four stays
    shown.last.locator(".pick").click()
    assert page.evaluate("plots.get('performance').place.data.filter(t => t.line.width === 3).length") == 2


def test_runs_that_are_not_alike_are_not_sorted(browser: Browser, pages: dict[str, Path]) -> None:
    page = OpenPage(browser, pages["compare"]).page
    assert "not ranked" in page.inner_text(".loud")
    assert page.locator("th[aria-sort]").count() == 0
    assert str(asset("js/pictures.js")) not in pages["compare"].read_text(encoding="utf-8")
