"""Pictures of a page's charts, drawn by the browser that shows the page: the same code, the same data.

A copy of the page with a script more is opened in a Chromium without a window; it hands the pictures back in its text.
"""

import json
import re
import shutil
import subprocess
import tempfile
from base64 import b64decode
from pathlib import Path

from unlockstep.backtests.reports.content_policy import with_script
from unlockstep.backtests.reports.html import asset
from unlockstep.signals.errors import PictureError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
WAIT = 120
"""Seconds after which a browser that has not answered is given up."""


def browser() -> str:
    """The Chromium at hand; PictureError where there is none."""
    executable = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if executable is None:
        raise PictureError(
            f"--png draws with Chromium, and none of {', '.join(BROWSERS)} is installed",
            choices=BROWSERS,
            remedy="install one, or leave out --png: the report holds every chart",
        )
    return executable


def pictures(page: str) -> dict[str, bytes]:
    """PNG files of the charts of a page, "chart-NAME.png" → content, 1,200 points wide, in light colours.

    Raises PictureError where there is no browser or it draws nothing.
    """
    called = browser()
    with tempfile.TemporaryDirectory() as folder:
        done = _browse(called, with_script(page, asset("js/pictures.js")), Path(folder), "--dump-dom", height=900)
    match = re.search(r'<script id="pictures"[^>]*>(.*?)</script>', done.stdout, re.DOTALL)
    if match is None:
        raise PictureError(f"{called} did not draw the charts (exit status {done.returncode})", name=str(called))
    drawn = json.loads(match.group(1))
    return {f"chart-{name}.png": b64decode(url.partition(",")[2]) for name, url in drawn.items()}


def picture_of(page: str, element: str, height: int) -> bytes:
    """A PNG of one element of a page, by its CSS selector, 1,240 points wide and so many high, in light colours.

    Raises PictureError where there is no browser or it draws nothing.
    """
    called = browser()
    alone = (
        "setTheme('light'); document.body.style.margin = '0 20px';"
        f"document.body.replaceChildren(document.querySelector({json.dumps(element)}));"
    )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "picture.png"
        done = _browse(called, with_script(page, alone), Path(folder), f"--screenshot={place}", height=height)
        if not place.is_file():
            raise PictureError(f"{called} did not draw {element} (exit status {done.returncode})", name=str(called))
        return place.read_bytes()


def _browse(called: str, page: str, folder: Path, answer: str, *, height: int) -> "subprocess.CompletedProcess[str]":
    """The browser's end, once it has shown a page and given its answer."""
    copy = folder / "report.html"
    copy.write_text(page, encoding="utf-8")
    command = [
        called, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size=1240,{height}",
        f"--user-data-dir={folder}/profile", "--virtual-time-budget=600000", answer, copy.as_uri(),
    ]  # fmt: skip
    try:
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=WAIT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PictureError(f"{called} did not draw the charts: {type(error).__name__}", name=str(called)) from None
