"""The reports of the demo in a real browser: Chromium by Playwright, and axe-core for what a screen reader meets.

Pictures of every page are kept in runs/screenshots.
"""

import re
import subprocess
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import unlockstep as ul
from tests.backtests.cli.test_universe import file_of, write_prices
from tests.backtests.sweep.build import made
from tests.browser.opening import OpenPage, look_at, needs_chromium
from tests.refusals import refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.demo import demo_frames
from unlockstep.backtests.jobs.compare import compare_into
from unlockstep.backtests.jobs.events import events_into, state_signal
from unlockstep.backtests.jobs.replicate import replicate, write_replication
from unlockstep.backtests.jobs.run import run_into
from unlockstep.backtests.jobs.which_reading import which_reading
from unlockstep.backtests.reports.charts import png as pictures
from unlockstep.backtests.storage.run_folder import PAGE
from unlockstep.signals.errors import PictureError

PAGES = ("study", "compare", "sweep", "events", "replicate", "figure", "universe")

pytestmark = [needs_chromium, pytest.mark.slow]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports of the demo, as commands leave them."""
    place = tmp_path_factory.mktemp("browser")
    runs = [
        run_into(Study.make(data="demo", fill=fill), place / fill, ledger=place / "l.sqlite")
        for fill in ("close", "open")
    ]
    compare_into(runs, place / "compare", rank=True)
    events_into(Study.make(data="demo"), state_signal(), place / "events", ledger=place / "l.sqlite")
    made(place / "sweep")
    prices = place / "prices"
    prices.mkdir()
    file = file_of(place)
    ul.universe(
        file, data=write_prices(prices), workers=1, details=True, out=place / "universe", ledger=place / "u.sqlite"
    )
    demo = place / "demo-prices"
    demo.mkdir()
    for ticker, frame in demo_frames(edge=False, seed=7).items():
        frame.rename_axis("date").to_csv(demo / f"{ticker}.csv")
    write_replication(replicate(str(demo)), place / "replicate")
    figure = which_reading("0.34", ("ETH-USD", "IWM"), date(2022, 8, 29), 90, str(demo))
    write_replication(figure, place / "figure")
    folders = {"study": "close"} | {name: name for name in PAGES[1:]}
    return {name: place / folder / PAGE for name, folder in folders.items()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1440])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_complains_of_nothing_asks_no_host_and_fits(
    browser: Browser, pages: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    look_at(browser, pages[name], name, width, scheme)


def test_rows_are_searched_sorted_and_picked_and_charts_follow(browser: Browser, pages: dict[str, Path]) -> None:
    page = OpenPage(browser, pages["study"]).page
    page.fill(".find", "sharpe>0.2")
    shown = page.locator("tr[data-row]:not(.out)")
    numbers = [
        float(x)
        for x in shown.evaluate_all("rows => rows.map(r => r.querySelector('[data-at$=\"metrics.sharpe\"]').value)")
    ]
    assert numbers
    assert min(numbers) > 0.2
    page.fill(".find", "")
    page.select_option(".filter[data-of=claim]", "S2")
    assert set(shown.evaluate_all("rows => rows.map(r => r.dataset.claim)")) == {"S2"}
    page.select_option(".filter[data-of=claim]", "")
    page.click("th[data-column=cagr] .sort")
    read = "rows => rows.map(r => Number(r.querySelector('[data-at$=\"metrics.cagr\"]').value))"
    cagrs = page.locator("tbody").first.locator("tr[data-row]").evaluate_all(read)
    assert cagrs == sorted(cagrs, reverse=True)
    row = page.locator("tr[data-row]", has=page.locator("text=barometer")).first
    key = row.get_attribute("data-key")
    row.locator(".pick").click()
    drawn = page.evaluate("plots.get('performance').place.data.filter(t => t.line.width === 3).map(t => t.name)")
    assert drawn == ["barometer", "barometer"]
    assert page.input_value("#chosen") == key
    assert page.locator("#fills tr").count() > 5


def test_a_page_is_used_without_a_word_from_its_policy(browser: Browser, pages: dict[str, Path]) -> None:
    for name in PAGES:
        tab = OpenPage(browser, pages[name])
        page = tab.page
        for box in page.locator(".choose input").all()[:2]:
            box.evaluate("box => { box.checked = false; box.dispatchEvent(new Event('change', { bubbles: true })); }")
        page.hover(".plot")
        page.evaluate("Promise.all([...plots.values()].map((plot) => Plotly.toImage(plot.place, { format: 'svg' })))")
        assert tab.complaints == [], name


def test_the_copied_command_is_one_for_any_shell(browser: Browser, pages: dict[str, Path]) -> None:
    page = OpenPage(browser, pages["study"]).page
    for word in ("runs/one", "a run", "it's", 'x"$(touch owned)`id`;&|<>*?~!#', "", "ü/−", '.a["ETH-USD"]'):
        quoted = page.evaluate("(word) => forShell(word)", word)
        done = subprocess.run(["sh", "-c", f"printf '%s' {quoted}"], capture_output=True, text=True, check=True)
        assert done.stdout == word
    assert page.evaluate("forShell('runs/one')") == "runs/one"


def test_a_number_tells_where_it_stands(browser: Browser, pages: dict[str, Path]) -> None:
    page = OpenPage(browser, pages["study"]).page
    page.locator("table.variants data").first.click()
    assert "jq '.variants[0].metrics.cagr' result.json" in page.inner_text("#origin")
    page.keyboard.press("Escape")
    assert page.is_hidden("#origin")


def test_both_parts_of_the_accounts_zoom_together_and_the_scale_and_theme_change(
    browser: Browser, pages: dict[str, Path]
) -> None:
    page = OpenPage(browser, pages["study"]).page
    plot = page.locator("[data-figure=performance]")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 400, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 800, box["y"] + 82, steps=5)
    page.mouse.up()
    page.wait_for_function("plots.get('performance').place.layout.xaxis.range[0] > '2018-06'")
    assert page.evaluate("plots.get('performance').place.data.every(t => t.xaxis === undefined || t.xaxis === 'x')")
    page.click("[data-scale=linear]")
    assert page.evaluate("plots.get('performance').place.layout.yaxis.type") == "linear"
    page.click(".theme")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_page_prints_in_light_colours_with_its_charts(browser: Browser, pages: dict[str, Path]) -> None:
    page = OpenPage(browser, pages["study"], scheme="dark").page
    page.evaluate(
        "addEventListener('beforeprint', () => { window.printedIn = document.documentElement.dataset.theme; })"
    )
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert page.evaluate("window.printedIn") == "light"
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert len(re.findall(rb"/Type /Page\b", printed)) >= 5


def test_the_variants_of_a_comparison_are_sorted_and_picked_across_runs(
    browser: Browser, pages: dict[str, Path]
) -> None:
    page = OpenPage(browser, pages["compare"]).page
    page.select_option(".filter[data-of=run]", "open")
    shown = page.locator("tr[data-row]:not(.out)")
    assert set(shown.evaluate_all("rows => rows.map(r => r.dataset.run)")) == {"open"}
    page.select_option(".filter[data-of=run]", "")
    page.click("th[data-column=sharpe] .sort")
    read = "rows => rows.map(r => Number(r.querySelector('[data-at$=\"metrics.sharpe\"]').value))"
    sharpes = page.locator("table.variants tbody").first.locator("tr[data-row]").evaluate_all(read)
    assert sharpes == sorted(sharpes, reverse=True)
    page.locator("tr[data-key='open barometer(threshold=0)'] .pick").click()
    lines = "plots.get('relative').place.data.filter(t => t.line.width === 3).map(t => t.name)"
    assert page.evaluate(lines) == ["barometer, open"]
    page.locator("table.changes data").first.click()
    assert "comparison.json" in page.inner_text("#origin")


def test_pictures_of_all_charts_are_drawn(browser: Browser, pages: dict[str, Path]) -> None:
    page = pages["compare"].read_text(encoding="utf-8")
    drawn = pictures.pictures(page)
    assert sorted(drawn) == ["chart-performance.png", "chart-relative.png"]
    for content in drawn.values():
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
        assert int.from_bytes(content[16:20]) == 2400  # pixels across, two a point
        assert len(content) > 50_000
    shown = OpenPage(browser, pages["compare"]).page
    assert shown.evaluate("plots.size") == len(drawn)


def test_a_picture_of_one_element_is_drawn(pages: dict[str, Path]) -> None:
    drawn = pictures.picture_of(
        pages["universe"].read_text(encoding="utf-8"), "figure[aria-labelledby=title-forest]", 700
    )
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    assert (int.from_bytes(drawn[16:20]), int.from_bytes(drawn[20:24])) == (1240, 700)
    assert len(drawn) > 20_000


def test_without_a_browser_pictures_are_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with refused(PictureError, remedy="--png"):
        pictures.browser()
