"""Pages in Chromium: what they complain of, what they ask for, and what axe-core finds in them."""

import os
import shutil
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
PICTURES = Path(__file__).parents[2] / "runs" / "screenshots"

needs_chromium = pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="no Chromium here")
"""Skipped where there is no Chromium, but not where CI asks for it."""


class OpenPage:
    """A page that is ready, with what it complained of and asked for."""

    def __init__(
        self, browser: Browser, path: Path, width: int = 1440, scheme: str = "light", *, bypass_policy: bool = False
    ) -> None:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            offline=True,
            bypass_csp=bypass_policy,
            reduced_motion="reduce",
        )
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)


def look_at(browser: Browser, path: Path, name: str, width: int, scheme: str) -> None:
    """Hold a page against what any reader may expect, and keep a picture of it.

    axe-core looks at the wide light page and the narrow dark one: both widths, and both themes.
    """
    open_page = OpenPage(browser, path, width, scheme)
    assert open_page.complaints == []
    assert open_page.requests == [path.as_uri()]
    assert open_page.page.evaluate("document.documentElement.scrollWidth") <= width
    assert open_page.page.evaluate("document.documentElement.dataset.theme") == scheme
    PICTURES.mkdir(parents=True, exist_ok=True)
    open_page.page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png")
    if (width > 1000) == (scheme == "light"):
        open_page.page.context.close()
        open_page = OpenPage(browser, path, width, scheme, bypass_policy=True)  # for axe, which adds to the page
        open_page.page.evaluate(AXE)
        result = open_page.page.evaluate("axe.run({resultTypes: ['violations']})")
        assert [(v["id"], v["impact"], v["nodes"][0]["html"][:120]) for v in result["violations"]] == []
    open_page.page.context.close()
