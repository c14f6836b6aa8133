"""The section on the pair: expected texts by hand, from the run of build.py."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from tests.backtests.reports.build import edited, stored_run
from tests.backtests.reports.compared import note_of, page_of
from tests.backtests.reports.study.test_terminal import printed
from tests.backtests.reports.test_html import Page
from unlockstep.backtests.reports.html import study_page
from unlockstep.backtests.reports.study import statements as behind
from unlockstep.backtests.reports.study.detectors import detectors_title, timeline
from unlockstep.backtests.reports.study.markdown import study_markdown
from unlockstep.backtests.reports.study.pair_state import HEADING, pair_state_figures
from unlockstep.backtests.reports.text.format import p_value, percent, ratio, times
from unlockstep.backtests.reports.text.wording import chance, correlations_apart
from unlockstep.backtests.results.stored_run import StoredRun

RATE = "that or less in 3\u00a0% of windows with no decoupling at all"
PAIR = ("ETH-USD", "IWM")


@pytest.fixture(scope="module")
def run() -> StoredRun:
    return stored_run()


@pytest.fixture(scope="module")
def page(run: StoredRun) -> Page:
    return Page(study_page(run))


def test_the_sentence_leads_every_report(run: StoredRun, page: Page) -> None:
    sentence = "the legs are apart in trend, not in returns"
    assert page.words[page.words.index(HEADING) + 1].startswith(f"On 2025-02-21 {sentence}")
    for text in (
        printed(run),
        study_markdown(run),
        note_of([run, run], []),
        Page(page_of([run], [])).text,
    ):
        assert sentence in " ".join(text.split())


def test_the_terminal_says_nothing_twice(run: StoredRun) -> None:
    text = " ".join(printed(run).split())
    assert text.count("−0.39") == 1
    assert "Year over year" not in text
    assert "1 of 2 detectors says decoupled on 2025-02-21: fisher_break since 2025-02-10; 1 more has too" in text


def test_no_level_correlation_stands_without_its_rate(run: StoredRun, page: Page) -> None:
    assert page.words.count("−0.39") == 1  # the tile, with the rate under it
    assert f"measures shared trend: {RATE}" in page.text
    assert str(correlations_apart(run.result.lockstep)).endswith(f"price levels −0.39, {RATE}")
    figures: Any = page.figures["correlations"]
    levels = next(line for line in figures["data"] if line["name"] == "of price levels")
    assert levels["customdata"][-1] == "3\u00a0%"
    assert "%{customdata}" in levels["hovertemplate"]
    assert figures["series"][1]["name"].endswith("by chance: 3\u00a0%")


def test_a_rate_never_claims_certainty() -> None:
    assert [chance(x) for x in (0.0321, 0.001, 0.999, None)] == ["3\u00a0%", "under 1\u00a0%", "over 99\u00a0%", "–"]


def test_every_detector_is_on_the_page_with_what_it_promises(page: Page) -> None:
    assert "3 detectors have given 3 alarms so far" in page.text
    assert (
        "Other worlds bring more; the worst measured: breakdown 73\u00a0% (jump 0.2) and fisher_break 18\u00a0%"
        in page.text
    )
    assert "the worst measured: constancy 8\u00a0% (real 0.8)." in page.text
    rows = (
        ["breakdown", "coupled", "2024-12-16", "2", "0.2", "2024-09-02", "41\u00a0%", "23\u00a0%"],
        ["fisher_break", "decoupled", "2025-02-10", "1", "0.0", "2025-02-10", "20\u00a0%", "10\u00a0%"],
        ["markov_break", "too little history", "–", "0", "0.0", "–", "–", "10\u00a0%"],
    )
    for row in rows:
        assert " ".join(row) in page.text


def test_the_timeline_has_a_strip_for_each_detector_that_can_speak(run: StoredRun) -> None:
    figure = timeline(run.result.detectors, pd.DatetimeIndex(run.frames["signals"].index), synthetic=False)
    assert figure is not None
    assert figure["layout"]["yaxis"]["ticktext"] == ["breakdown", "fisher_break", "constancy*"]
    apart = next(line for line in figure["data"] if "fisher_break: decoupled" in str(line.get("text")))
    assert apart["x"] == ["2025-02-10", "2025-02-21", None]
    assert "no strategy may use it" in figure["layout"]["annotations"][0]["text"]


def test_every_signal_of_the_run_is_on_the_page_by_its_name(run: StoredRun, page: Page) -> None:
    signals = run.frames["signals"]
    assert f"All {len(signals.columns)} signals at the last session" in page.text
    for label in signals.columns:
        assert label in page.text.replace("\u200b", "")


def test_what_is_dated_with_later_prices_is_labelled_so(run: StoredRun, page: Page) -> None:
    for text in (page.text, study_markdown(run)):
        assert "In hindsight: a fall on 2024-08-12, from +0.61 to +0.19 (by constancy)" in text
        assert "dated with later prices, which nobody had; no strategy may use it" in text


@pytest.mark.parametrize(
    ("states", "text"),
    [
        (["unknown", "unknown"], "No detector has enough history to speak on 2025-02-21"),
        (["coupled", "unknown"], "a does not say decoupled on 2025-02-21, nor did it before; 1 more has too little"),
        (["coupled", "coupled"], "None of 2 detectors says decoupled on 2025-02-21, or did before"),
        (["decoupled"] * 4, "All 4 detectors say decoupled on 2025-02-21: a first, since 2025-01-01, d last, since"),
    ],
)
def test_the_title_of_the_detectors_says_how_many_and_since_when(states: list[str], text: str) -> None:
    detectors = stored_run().result.detectors
    changes = [
        {"name": name, "state": state, "since": f"2025-01-0{i}", "share_decoupled": 0.0}
        for i, (name, state) in enumerate(zip("abcd", states, strict=False), 1)
    ]
    made = tuple(detectors.states[0].model_copy(update=change) for change in changes)
    assert text in detectors_title(detectors.model_copy(update={"states": made}))


def test_the_change_is_taken_apart_with_its_intervals(run: StoredRun, page: Page) -> None:
    title = (
        "The correlation of daily returns went from +0.62 to +0.18: −0.51 correlation, +0.09 volatility and −0.02 the "
        "clock; 2 of 3 intervals leave zero out"
    )
    for text in (page.text, study_markdown(run)):
        assert title in text
        assert "−0.77 to −0.25" in text
    figures: Any = page.figures["change_by_year"]
    assert [bar["y"] for bar in figures["data"]] == [[-0.5127], [None], [-0.0182], [-0.4376]]


def test_the_figures_behind_the_findings_are_drawn(run: StoredRun, page: Page) -> None:
    for title in (
        "S2: after a positive year of IWM, ETH-USD returned +1.18 a year in the earlier half (−1.68 to +4.05) and "
        "+0.22 a year in the later half (−1.09 to +1.53) more than after a negative one",
        "S2: the response since 2024-07-22 has lain outside the band of the earlier half since 2024-11-18",
        "S3a: half of a change of the correlation is gone after about 475 sessions (95 % interval 70 to never); the "
        "correlation rose from +0.14 in the earlier half to +0.38 in the later one, which is no break",
        "S3a: of breaks 1 of 3 within 60, 0 of 0 within 120 sessions had healed",
        "S3b: with a gap of one standard deviation, the next 60 sessions brought −0.07 (log): −0.02 through ETH-USD, "
        "+0.01 through IWM",
        "S3c: 1 of 2 lags from 2 to 3 sessions leaves zero out; the clearest, 3, favours ETH-USD by 0.10, p\u00a00.021",
        "S3c: one leg was clearly first in 1 of 1 year",
        "which alone would make +0.03 of it; it is +0.03",
    ):
        assert title in page.text
    assert {"timeline", "readings", "curve", "path", "blocks", "lags"} <= set(page.figures)
    blocks: Any = page.figures["blocks"]
    assert blocks["data"][0]["x"] == ["2024-12-27", "2025-01-24", "2025-02-21"]
    detail = run.result.statements.S3a.detail
    assert detail is not None
    assert str(behind.blocks_title(detail.model_copy(update={"varies": False}))).endswith("nothing to time")


def test_no_figure_of_the_section_is_absent_from_the_result_and_the_signals(run: StoredRun, page: Page) -> None:
    last = run.frames["signals"].iloc[-1].dropna().tolist()
    stored = [*_numbers(run.result.as_json()), *last]
    written = {
        text
        for x in stored
        for text in (
            *(ratio(x, digits, signed) for digits in (1, 2) for signed in (True, False)), times(x, 2), p_value(x),
            *(percent(x, digits, signed) for digits in (0, 1) for signed in (True, False)),
            ratio(abs(x)), ratio(-x, signed=True),
        )
    }  # fmt: skip
    written |= {"95\u00a0%", "10\u00a0%"}
    first, end = page.text.index("The decoupling, more closely"), page.text.index("Evidence on")
    text = re.sub(r"\d{4}-\d\d-\d\d|\b95 %", "", page.text[first:end])
    for label in run.frames["signals"].columns:  # parameters in a signal's name
        text = text.replace(label, "")
    figures = set(re.findall(r"[+−]?\d[\d,]*(?:(?:\.\d+)?\u00a0%|\.\d+×?)", text))
    assert len(figures) > 60
    assert figures <= written


def _numbers(node: Any) -> Iterator[float]:
    if isinstance(node, dict | list):
        for item in node.values() if isinstance(node, dict) else node:
            yield from _numbers(item)
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield float(node)
    elif isinstance(node, str):  # sentences of the result
        yield from (float(x) for x in re.findall(r"[+-]?\d+\.\d+", node))


def _without_figures(content: dict[str, Any]) -> None:
    lockstep = content["lockstep"]
    for key in ("return_correlation", "level_correlation", "level_false_decoupling"):
        lockstep[key] = None
    lockstep["decoupling"] = {"recent": None, "by_year": []}
    for state in content["detectors"]["states"]:
        state |= {"state": "unknown", "since": None, "onsets": [], "share_decoupled": None}
    for dated in content["detectors"]["hindsight"]:
        dated |= {"breaks": [], "segments": []}
    for statement in content["statements"].values():
        statement["detail"] = None


@pytest.mark.parametrize("change", ["nothing", "without signals"])
def test_short_runs_have_their_reports(change: str) -> None:
    run = stored_run(signals=change != "without signals")
    if change == "nothing":
        run = edited(run, _without_figures)
    page = Page(study_page(run))
    words = set(page.text.replace("None of", "").split()) | set(study_markdown(run).replace("None of", "").split())
    assert not {"None", "nan", "null", "NaN", "nan%"} & words
    assert HEADING in page.text
    assert max(map(len, printed(run).splitlines())) <= 80
    assert json.dumps(pair_state_figures(run.result, run.frames["signals"]), allow_nan=False)


def test_percent_signs_stand_apart(run: StoredRun, page: Page) -> None:
    for text in (page.text, printed(run), study_markdown(run), json.dumps(page.figures, ensure_ascii=False)):
        assert not re.findall(r"\d%(?!\w)", text)
