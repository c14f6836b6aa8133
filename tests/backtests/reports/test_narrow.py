"""The pages on a telephone, in a browser; skipped where there is none."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.backtests.reports.build import candidate, stored_run
from tests.backtests.reports.compared import page_of
from unlockstep.backtests.reports.html import study_page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

MEASURE = """<script>addEventListener("load",()=>{const page=document.getElementById("page");const measure=()=>{
const d=page.contentDocument,wide=[...d.querySelectorAll("body *")].filter((e)=>e.getBoundingClientRect().right>376&&
!e.closest(".box,.top,.plot,pre,.hidden,.skip,[aria-hidden]")).map((e)=>e.tagName+"."+e.className);
document.body.dataset.found="width "+d.documentElement.scrollWidth+"; "+wide.slice(0,5).join(" ");};
setTimeout(measure,500);});</script>"""

LONG = "muted_response horizon=120 window=252 muted_below=0.75"


def measured(page: str, folder: Path) -> str:
    """Width of the page in a frame of 375 px, and what reaches beyond it outside of boxes that scroll."""
    # a file of its own, not srcdoc: a busy Chromium reads a long attribute's entities wrongly, and no hash of the page
    # is then its own
    (folder / "page.html").write_text(page, encoding="utf-8")
    place = folder / "frame.html"
    place.write_text(
        f'<body>{MEASURE}<iframe id="page" style="width:375px;height:900px;border:0" src="page.html"></iframe>'
    )
    done = subprocess.run(
        [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--allow-file-access-from-files",
         f"--user-data-dir={folder / 'profile'}", "--window-size=500,900",
         "--hide-scrollbars", "--virtual-time-budget=6000", "--dump-dom",
         place.as_uri()],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    match = re.search(r'data-found="([^"]*)"', done.stdout)
    assert match is not None
    return match.group(1)


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here")
@pytest.mark.slow
@pytest.mark.parametrize("which", ["study", "without a script", "compare"])
def test_no_page_is_wider_than_a_telephone(which: str, tmp_path: Path) -> None:
    runs = [
        stored_run(
            candidates=[candidate("break_entry(window=90)"), candidate(f"{LONG}(x=1)", p_family=0.031)], synthetic=True
        ),
        stored_run(name="a_run_with_quite_a_long_name_of_its_own"),
    ]
    page = page_of(runs, ["Different verdict rule."]) if which == "compare" else study_page(runs[0])
    page = page.replace("<details", "<details open")
    if which == "without a script":
        page = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert measured(page, tmp_path) == "width 375; "
