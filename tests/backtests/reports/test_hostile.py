"""Names and texts that would do something if a page, a note or a terminal let them: each is shown, none is done."""

import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.backtests.reports.build import candidate, stored_run
from tests.backtests.reports.compared import note_of, page_of, shown_of
from unlockstep.backtests.cli.arguments import stdout
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.jobs.events import state_signal, study_events
from unlockstep.backtests.reports.events.terminal import events_note, show_events
from unlockstep.backtests.reports.html import events_page, study_page
from unlockstep.backtests.reports.listing import show_runs
from unlockstep.backtests.reports.study.markdown import study_markdown
from unlockstep.backtests.reports.study.terminal import show_study
from unlockstep.backtests.results.listing import UnreadableRun
from unlockstep.backtests.results.model.events import EventStudy
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.stored_run import StoredRun
from unlockstep.signals import Market, SignalCache

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

INJECTED = "document.documentElement.dataset.owned=1"
EVIL = (
    f'"\'</script></title></style><script>{INJECTED}</script><img src=x onerror="{INJECTED}">'
    f'<a href="javascript:{INJECTED}">[red]|`{{{{7*7}}}}'
)
TICKER = "<img src=x onerror=owned()>|[red]`*"
FREE = {
    "label", "hypothesis", "reasons", "source", "notes", "finding", "unit", "sentence", "meaning", "skipped",
    "assumes", "python", "unlockstep", "data",
}  # fmt: skip
"""Keys of a result under which any text may stand."""


def poisoned(value: Any, key: str = "") -> Any:
    """The value with every free text in it made hostile."""
    if isinstance(value, dict):
        return {name: poisoned(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [poisoned(item, key) for item in value]
    return value + EVIL if isinstance(value, str) and key in FREE else value


@pytest.fixture(scope="module")
def run() -> StoredRun:
    candidates = [
        candidate(f"rule{EVIL}(window=90)", strategy=f"rule{EVIL}"),
        candidate("derisk(window=60)", p_family=0.9),
    ]
    candidates[0]["params"] = {"mode": EVIL, "window": 90}
    made = stored_run(candidates=candidates, pair=(TICKER, "IWM"), name=f"run{EVIL}".replace("/", "_"))
    result = RunResult.of(poisoned(made.result.as_json()))
    return StoredRun(made.path, result, made.frames)


@pytest.fixture(scope="module")
def events(demo: Market) -> EventStudy:
    return EventStudy.of(poisoned(study_events(SignalCache(demo), state_signal(), Study.make()).as_json()))


def pages(run: StoredRun, events: EventStudy) -> dict[str, str]:
    return {
        "study": study_page(run),
        "compare": page_of([run, run], [EVIL, "They differ."]),
        "ranked": page_of([run, run], []),
        "events": events_page(events),
    }


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here")
@pytest.mark.slow
@pytest.mark.parametrize("which", ["study", "compare", "ranked", "events"])
def test_a_browser_shows_every_name_and_runs_none(
    run: StoredRun, events: EventStudy, tmp_path: Path, which: str
) -> None:
    page = pages(run, events)[which]
    dom = dumped(page, tmp_path)
    assert "data-owned" not in re.sub(r"<script.*?</script>", "", dom, flags=re.DOTALL).split("<body", 1)[0]
    assert '<img src="x"' not in dom
    assert not re.search(r"<a [^>]*javascript:", dom)
    assert "&lt;script&gt;" in dom  # it is shown
    assert 'class="plot' in dom
    # the browser itself would have run it: the same text, not escaped
    assert "data-owned" in dumped(f"<!doctype html><html><body>{EVIL}", tmp_path)


def dumped(page: str, folder: Path) -> str:
    """The document as a browser has it after its scripts have run."""
    place = folder / "page.html"
    place.write_text(page, encoding="utf-8")
    done = subprocess.run(
        [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=4000", "--dump-dom", place.as_uri()],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("which", ["study", "compare", "ranked", "events"])
def test_no_page_holds_a_hostile_name_as_it_is(run: StoredRun, events: EventStudy, which: str) -> None:
    page = pages(run, events)[which]
    assert f"<script>{INJECTED}" not in page
    assert "<img src=x" not in page
    assert "</script></title>" not in page
    assert "49" not in re.findall(r"`(\d+)", page)  # {{7*7}} is no template


@pytest.mark.parametrize("which", ["study", "compare", "events"])
def test_markdown_keeps_its_tables_whatever_the_names(run: StoredRun, events: EventStudy, which: str) -> None:
    text = {
        "study": lambda: study_markdown(run),
        "compare": lambda: note_of([run, run], [EVIL]),
        "events": lambda: events_note(events),
    }[which]()
    outside = re.sub(r"`[^`\n]*`", "", text)  # in a code span nothing is read
    assert "<script" not in outside
    assert "<img" not in outside
    lines = text.split("\n")
    rules = [i for i, line in enumerate(lines) if re.fullmatch(r"\|(:?-+:?\|)+", line.replace(" ", ""))]
    assert rules
    for rule in rules:
        columns = cells(lines[rule])
        for line in (lines[rule - 1], *(row for row in lines[rule + 1 :][:3] if row.startswith("|"))):
            assert cells(line) == columns, line


def cells(row: str) -> int:
    return len(re.findall(r"(?<!\\)\|", row))


def test_the_terminal_shows_brackets_as_brackets(run: StoredRun, events: EventStudy) -> None:
    console = stdout()
    console.file = io.StringIO()
    show_study(console, run)
    shown_of(console, [run, run], [EVIL])
    show_events(console, events)
    show_runs(console, [UnreadableRun("[red]x", "[/]")])
    shown = re.sub(r"\s", "", console.file.getvalue())
    assert shown.count("[red]|`{{7*7}}") > 10
    assert "[red]x[/]" in shown
