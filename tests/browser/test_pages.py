"""The reports in a real browser: Chromium, driven by Playwright, and axe-core for what a screen reader meets.

Skipped where there is no Chromium, but not where CI asks for it. Pictures of every page are kept in runs/screenshots.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from backtests.compare import comparison
from backtests.reports.html import compare_page
from backtests.runs import run_into
from backtests.store.folder import PAGE
from backtests.study import Study
from tests.backtests.sweep.build import made

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
PICTURES = Path(__file__).parents[2] / "runs" / "screenshots"
PAGES = ("study", "compare", "sweep")

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="no Chromium here"),
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports of the demo, as commands leave them."""
    place = tmp_path_factory.mktemp("browser")
    runs = [
        run_into(Study.make(data="demo", fill=fill), place / fill, ledger=place / "l.sqlite")
        for fill in ("close", "open")
    ]
    compared = place / "compare.html"
    compared.write_text(compare_page(runs, comparison(runs)), encoding="utf-8")
    return {"study": place / "close" / PAGE, "compare": compared, "sweep": made(place / "sweep").place / PAGE}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])


class Opened:
    """A page that is ready, with what it complained of and asked for."""

    def __init__(self, browser: Browser, path: Path, width: int = 1440, scheme: str = "light") -> None:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            offline=True,
            bypass_csp=True,  # for axe, which is evaluated in the page
            reduced_motion="reduce",
        )
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1440])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_complains_of_nothing_asks_no_host_and_fits(
    browser: Browser, pages: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    opened = Opened(browser, pages[name], width, scheme)
    assert opened.complaints == []
    assert opened.asked == [pages[name].as_uri()]
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.page.evaluate("document.documentElement.dataset.theme") == scheme
    PICTURES.mkdir(parents=True, exist_ok=True)
    opened.page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png")
    opened.page.evaluate(AXE)
    found = opened.page.evaluate("axe.run({resultTypes: ['violations']})")
    assert [
        (v["id"], v["nodes"][0]["html"][:120]) for v in found["violations"] if v["impact"] in ("serious", "critical")
    ] == []
    opened.page.context.close()


def test_rows_are_searched_sorted_and_picked_and_charts_follow(browser: Browser, pages: dict[str, Path]) -> None:
    page = Opened(browser, pages["study"]).page
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


def test_a_number_tells_where_it_stands(browser: Browser, pages: dict[str, Path]) -> None:
    page = Opened(browser, pages["study"]).page
    page.locator("table.variants data").first.click()
    assert "jq '.variants[0].metrics.cagr' result.json" in page.inner_text("#origin")
    page.keyboard.press("Escape")
    assert page.is_hidden("#origin")


def test_both_parts_of_the_accounts_zoom_together_and_the_scale_and_theme_change(
    browser: Browser, pages: dict[str, Path]
) -> None:
    page = Opened(browser, pages["study"]).page
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
    page = Opened(browser, pages["study"], scheme="dark").page
    page.evaluate(
        "addEventListener('beforeprint', () => { window.printedIn = document.documentElement.dataset.theme; })"
    )
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert page.evaluate("window.printedIn") == "light"
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert len(re.findall(rb"/Type /Page\b", printed)) >= 5
