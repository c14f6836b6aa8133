"""`unlockstep events` as a user meets it: the files, the page, the terminal, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from backtests.events import state_signal, study_events
from backtests.reports.events import events_note
from backtests.reports.events_view import read_as
from backtests.reports.html import events_page
from backtests.store.folder import plain
from backtests.study import Study
from signals import Breakdown, Market
from signals.errors import HistoryError, ParameterError
from signals.registry import SIGNALS
from tests.backtests.reports.test_html import EVIL, Page
from tests.backtests.test_cli import command, refused


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder of events on the demo, and what the command printed."""
    out = tmp_path_factory.mktemp("events") / "one"
    done = command("events", "--signal", "relative_breakdown", "--set", "relative_breakdown.short=40", "--out", out)
    assert done.returncode == 0, done.stderr
    return out, done.stdout


@pytest.fixture(scope="module")
def result(finished: tuple[Path, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((finished[0] / "events.json").read_text())
    return found


def test_a_study_of_events_leaves_three_files_and_a_table_in_eighty_columns(finished: tuple[Path, str]) -> None:
    out, said = finished
    assert {path.name for path in out.iterdir()} == {"events.json", "report.html", "report.md"}
    assert max(len(line) for line in said.splitlines()) <= 80
    assert "SYNTHETIC" in said
    assert "fewer than 5 decide nothing" in " ".join(said.split())
    assert "SYNTHETIC" in (out / "report.md").read_text()


def test_the_same_prices_give_the_same_events_and_json_is_what_is_written(
    finished: tuple[Path, str], result: dict[str, Any], tmp_path: Path
) -> None:
    words = ("events", "--signal", "relative_breakdown", "--set", "relative_breakdown.short=40", "--json")
    done = command(*words, "--out", tmp_path / "two")
    again = json.loads(done.stdout)
    assert again == json.loads((tmp_path / "two" / "events.json").read_text())
    again.pop("created_at")
    assert again == {key: value for key, value in result.items() if key != "created_at"}
    assert again["signal"]["params"]["short"] == 40


def test_the_page_asks_no_host_and_shows_every_figure_and_six_fans(
    finished: tuple[Path, str], result: dict[str, Any]
) -> None:
    page = Page((finished[0] / "report.html").read_text())
    asking = {"src", "href", "action", "data", "poster", "srcset"}
    assert all(str(v).startswith("#") for _, attrs in page.elements for key, v in attrs.items() if key in asking)
    figures: dict[str, Any] = page.figures
    assert set(figures) == {f"{k}_{s}" for k in ("break", "recoupling") for s in ("crypto", "equity", "spread")}
    hovered = json.dumps(figures["break_crypto"])
    breaks = [event["session"] for event in result["events"] if event["kind"] == "break"]
    assert breaks
    assert all(f"break of {date}" in hovered for date in breaks)
    for row in result["table"]:
        text = f"{row['estimate']:+.3f}".replace("-", "−")
        assert text in page.words
    assert page.words.count("SYNTHETIC prices.") > len(figures)
    assert not {"None", "nan", "null", "NaN"} & set(page.text.split())


def test_a_row_can_be_had_from_the_listed_events_by_hand(result: dict[str, Any]) -> None:
    horizons = result["method"]["horizons"]
    for row in result["table"]:
        listed = [e["moves"][row["series"]] for e in result["events"] if e["kind"] == row["kind"]]
        moves = [x for each in listed if (x := each[horizons.index(row["horizon"])]) is not None]
        assert row["after"] == pytest.approx(np.mean(moves))
        assert (row["events"], row["unfinished"]) == (len(moves), len(listed) - len(moves))
        assert row["after_simple"] == pytest.approx(np.exp(row["after"]) - 1)
        if row["episodes"] == row["events"] > 1:
            usual = ttest_1samp(np.array(moves) - row["always"], 0.0).confidence_interval(0.95)
            assert row["ci"] == pytest.approx([usual.low, usual.high])


@pytest.mark.parametrize(
    ("ci", "p", "decides", "reads"),
    [
        ((0.1, 0.3), 0.04, True, "higher"),
        ((-0.3, -0.1), 0.05, True, "lower"),
        ((0.1, 0.3), 0.056, True, ""),
        ((-0.1, 0.3), 0.04, True, ""),
        ((0.1, 0.3), 0.01, False, "too few"),
        ((None, None), None, False, "too few"),
    ],
)
def test_a_row_reads_higher_or_lower_where_interval_and_dates_agree(
    ci: tuple[float | None, float | None], p: float | None, decides: bool, reads: str
) -> None:
    assert read_as({"ci": ci, "p": p, "decides": decides}) == reads


def test_the_breaks_on_real_prices_are_too_few_and_dated(real: Market) -> None:
    told = study_events(real, state_signal(), Study.make())
    assert told["finding"].startswith("Cannot tell")
    # a default rule on 90-session correlations; dates read off the chart of the first report
    breaks = [event["session"] for event in told["events"] if event["kind"] == "break"]
    assert breaks == ["2021-01-04", "2023-05-25", "2023-11-15"]
    assert [e["tradable"] for e in told["events"] if e["kind"] == "break"] == ["2021-01-05", "2023-05-26", "2023-11-16"]
    assert not any(row["decides"] for row in told["table"])
    assert told["family"]["looks"] == 0


def test_a_sample_without_an_event_has_its_reports(demo: Market) -> None:
    never = Breakdown(decouple_below=-1.0, couple_above=1.0)
    with pytest.raises(HistoryError, match="never known together"):
        study_events(demo, never, Study.make())
    coupled = study_events(demo, state_signal("breakdown", ["breakdown.decouple_below=-0.9"]), Study.make())
    coupled["data"]["source"] = EVIL
    told = plain(coupled)
    assert [event["kind"] for event in told["events"]] == []
    assert "None in the sample." in events_note(told)
    page = Page(events_page(told))
    assert not any(tag == "img" for tag, _ in page.elements)
    assert not {"None", "nan", "null", "NaN"} & set(page.text.replace("None in", "").split())


def test_every_state_signal_may_be_asked_for_and_nothing_else() -> None:
    for name, signal in SIGNALS.items():
        if signal.unit == "state":
            assert state_signal(name).name == name
        else:
            with pytest.raises(ParameterError, match=r"is no state.*relative_breakdown"):
                state_signal(name)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--signal", "brakdown"), 2, "did you mean 'breakdown'"),
        (("--signal", "beta"), 2, "'beta' is no state"),
        (("--set", "breakdown.windw=60"), 2, "did you mean 'window'"),
        (("--set", "breakdown.window=many"), 2, "valid integer"),
        (("--set", "relative_breakdown.short=40"), 2, "--signal relative_breakdown"),
        (("--set", "window=60"), 2, "NAME.PARAM=VALUE"),
        (("--start", "2025-06-01"), 1, "start earlier"),
        (("--data", "no_such_folder"), 1, "no folder"),
    ],
)
def test_a_wrong_option_is_one_sentence_and_leaves_no_folder(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: tuple[str, ...],
    status: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = refused(capsys, monkeypatch, "events", "--out", "one", *arguments)
    assert (code, said.count("\n")) == (status, 1), said
    assert words in said
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_events_is_replaced_only_by_force(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, finished: tuple[Path, str]
) -> None:
    out, _ = finished
    assert "--force" in refused(capsys, monkeypatch, "events", "--out", out)[1]
    assert command("events", "--out", out.parent / "other", "--quiet").stdout == ""
    assert command("events", "--out", out.parent / "other", "--quiet", "--force").returncode == 0
