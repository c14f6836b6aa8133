"""No text of a result or a name does anything to a terminal, whatever field of whatever result it stands in."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
from pydantic import ValidationError
from rich.text import Text

from tests.backtests.reports.build import stored_run
from unlockstep.backtests.cli.arguments import stdout
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.jobs.compare import comparison
from unlockstep.backtests.jobs.events import state_signal, study_events
from unlockstep.backtests.reports.compare.markdown import compare_markdown
from unlockstep.backtests.reports.compare.terminal import show_compare
from unlockstep.backtests.reports.events.terminal import events_note, show_events
from unlockstep.backtests.reports.html import compare_page, events_page, study_page
from unlockstep.backtests.reports.study.markdown import study_markdown
from unlockstep.backtests.reports.study.terminal import show_study
from unlockstep.backtests.reports.text.csv_rows import variants_csv
from unlockstep.backtests.results.model.base import Result
from unlockstep.backtests.results.model.events import EventStudy
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.stored_run import StoredRun
from unlockstep.backtests.storage.run_folder import as_json, text_of
from unlockstep.backtests.text import ACTING, escaped, json_escaped
from unlockstep.signals import Market, SignalCache

CODES = "\x1b[2J\x1b]52;c;aGk=\x07\x9b31m\u202e\u2066\u200f\x08\r\x7f"
"""Clear the screen, fill the clipboard, colours by C1, directions, backspace, delete."""

BOUND = {("data", "pair"), ("study", "pair")}
"""Texts that are keys elsewhere: the pair has its codes from the beginning."""

Keys = tuple[str | int, ...]
R = TypeVar("R", bound=Result)


def strings(value: Any, keys: Keys = ()) -> Iterator[tuple[Keys, str]]:
    """(keys, text) of every text within."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from strings(item, (*keys, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from strings(item, (*keys, number))
    elif isinstance(value, str):
        yield keys, value


def replaced(content: Any, keys: Keys, text: str) -> Any:
    part = content
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = text
    return content


def hostile(content: dict[str, Any], of: Callable[[dict[str, Any]], R]) -> tuple[R, int]:
    """The result with codes in every text that its types leave free, and how many fields have them."""
    free: dict[Keys, bool] = {}
    poisoned = json.loads(json.dumps(content))
    for keys, text in strings(content):
        kind = tuple(0 if isinstance(key, int) else key for key in keys)
        if kind not in free:
            free[kind] = False
            if kind[:2] in BOUND:
                continue
            try:
                of(replaced(json.loads(json.dumps(content)), keys, text + CODES))
                free[kind] = True
            except ValidationError:
                pass
        if free[kind]:
            replaced(poisoned, keys, text + CODES)
    return of(poisoned), sum(free.values())


@pytest.fixture(scope="module")
def run() -> StoredRun:
    made = stored_run(pair=("ETH" + CODES, "IWM"))
    result, fields = hostile(made.result.as_json(), RunResult.of)
    assert fields > 40
    frames = {**made.frames, "returns": made.frames["returns"].rename(columns=lambda name: name + CODES)}
    return StoredRun(made.path / CODES, result, frames)


def printed(show: Callable[[Any], None]) -> str:
    console = stdout()
    console.file = io.StringIO()
    show(console)
    return console.file.getvalue()


def assert_harmless(text: str) -> None:
    assert not (match := ACTING.search(text)), ascii(text[max(0, match.start() - 60) : match.end() + 20])


WAYS: dict[str, Callable[[StoredRun], str]] = {
    "study, terminal": lambda run: printed(lambda console: show_study(console, run)),
    "study, Markdown": lambda run: text_of("report.md", study_markdown(run)).decode(),
    "study, page": lambda run: text_of("report.html", study_page(run)).decode(),
    "study, JSON": lambda run: as_json(run.result.as_json()),
    "study, CSV": lambda run: escaped(variants_csv({"": run.result.as_json()["variants"]})),
    "compare, terminal": lambda run: printed(lambda console: show_compare(console, [run, run], comparison([run, run]))),
    "compare, Markdown": lambda run: text_of("x.md", compare_markdown([run, run], comparison([run, run]))).decode(),
    "compare, page": lambda run: text_of("x.html", compare_page([run, run], comparison([run, run]))).decode(),
    "compare, JSON": lambda run: as_json(comparison([run, run]).as_json()),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_text_of_a_run_acts_on_a_terminal(run: StoredRun, way: str) -> None:
    text = WAYS[way](run)
    assert_harmless(text)
    assert "x9b31m" in text or "u009b31m" in text  # it is shown


def test_no_text_of_a_study_of_events_acts_on_a_terminal(demo: Market) -> None:
    content = study_events(SignalCache(demo), state_signal(), Study.make()).as_json()
    events, fields = hostile(content, EventStudy.of)
    assert fields > 5
    assert_harmless(printed(lambda console: show_events(console, events)))
    assert_harmless(text_of("x.md", events_note(events)).decode())
    assert_harmless(text_of("x.html", events_page(events)).decode())


def test_every_code_is_shown_and_nothing_else_is_changed() -> None:
    every = "".join(map(chr, [*range(0x3000), *range(0xD7FF, 0x10FFFF, 7)]))
    shown = escaped(every)
    assert_harmless(shown)
    assert "\t" in shown
    assert "\n" in shown
    assert "".join(c for c in every if not ACTING.match(c)) in shown.replace("\\", "") or len(shown) > len(every)
    assert escaped("Übersicht − 5 %, 你好, é 👍\n\tend") == "Übersicht − 5 %, 你好, é 👍\n\tend"
    assert escaped("a\x1b[31mb\u202ec\x9bd") == r"a\x1b[31mb\u202ec\x9bd"


def test_json_has_the_same_values() -> None:
    values = {"a" + CODES: ["b" + CODES, "\U000e0041", "plain"]}
    text = json_escaped(json.dumps(values, ensure_ascii=False))
    assert_harmless(text)
    assert json.loads(text) == values


def test_styles_of_ours_stay_where_a_text_s_own_codes_are_shown() -> None:
    console = stdout()
    console.file, console._force_terminal, console._color_system = io.StringIO(), True, console._color_system
    console.print(Text.assemble(("name\x1b[0m", "bold"), " after"))
    assert console.file.getvalue() == r"name\x1b[0m after" + "\n"
