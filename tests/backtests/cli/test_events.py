"""`unlockstep events` as a user meets it: the files, the page, the terminal, and what it refuses."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from tests.backtests.cli.test_app import failed_command, refusal_of
from tests.backtests.nursery import command
from tests.backtests.reports.test_html import EVIL, Page
from tests.refusals import assert_fields, refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.jobs.events import finding, state_signal, study_events
from unlockstep.backtests.reports.charts.fan import fan_figure
from unlockstep.backtests.reports.events.page import first_close, panel_title, read_as, row_of
from unlockstep.backtests.reports.events.terminal import events_note
from unlockstep.backtests.reports.html import events_page
from unlockstep.backtests.results.events import KINDS, Effect, EventSample, Ints, Kind, effects
from unlockstep.backtests.results.model.events import EventStudy
from unlockstep.signals import Beta, Breakdown, Market, SignalCache
from unlockstep.signals.errors import DataError, HindsightError, HistoryError, ParameterError, UnlockstepError
from unlockstep.signals.registry import HINDSIGHT, SIGNALS

NAN = float("nan")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder of events on the demo, and what the command printed."""
    out = tmp_path_factory.mktemp("events") / "one"
    done = command("events", "--signal", "relative_breakdown", "--set", "relative_breakdown.short=40", "--out", out)
    assert done.returncode == 0, done.stderr
    return out, done.stdout


@pytest.fixture(scope="module")
def result(finished: tuple[Path, str]) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((finished[0] / "events.json").read_text())
    return content


@pytest.fixture(scope="module")
def study(result: dict[str, Any]) -> EventStudy:
    return EventStudy.of(result)


def test_the_model_of_a_study_of_events_loses_nothing_of_its_file(study: EventStudy, result: dict[str, Any]) -> None:
    assert study.as_json() == result


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
        if row["series"] == "spread":
            assert (row["after_compounded"], row["always_compounded"]) == (None, None)
        else:
            assert row["after_compounded"] == pytest.approx(np.exp(row["after"]) - 1)
            assert row["always_compounded"] == pytest.approx(np.exp(row["always"]) - 1)
        if row["episodes"] == row["events"] > 1:
            usual = ttest_1samp(np.array(moves) - row["always"], 0.0).confidence_interval(0.95)
            assert row["ci"] == pytest.approx([usual.low, usual.high])


def test_the_spread_is_told_in_logs_and_never_as_a_gain(finished: tuple[Path, str], study: EventStudy) -> None:
    for kind in KINDS:
        row = row_of(study, kind, "spread", 60)
        text = str(panel_title(study, study.data.pair, kind, "spread"))
        assert f"the spread moved by {row.after:+.2f} (log)".replace("-", "−") in text
        assert "%" not in text
        assert "compounded" in str(panel_title(study, study.data.pair, kind, "crypto"))
        figure = fan_figure(study, kind, "spread", synthetic=True)
        assert figure["layout"]["yaxis"].get("type", "linear") == "linear"
        assert "%" not in "".join(figure["layout"]["yaxis"]["ticktext"])
        always = next(line for line in figure["data"] if "any time" in line.get("hovertemplate", ""))
        assert always["y"][60] == pytest.approx(row.always, abs=1e-4)
    note = (finished[0] / "report.md").read_text()
    rows = [line.split("|") for line in note.splitlines() if line.startswith("| spread |")]
    assert len(rows) == 10
    assert all("%" not in cell for cells in rows for cell in cells)


@pytest.mark.parametrize(
    ("effect", "reads", "words"),
    [
        ((6, 0.2, (0.1, 0.3), 0.04), "higher", "higher by more than chance brings"),
        ((6, -0.2, (-0.3, -0.1), 0.05), "lower", "lower by more than chance brings"),
        ((6, 0.2, (0.1, 0.3), 0.056), "", "within the reach of chance"),
        ((6, 0.1, (-0.1, 0.3), 0.04), "", "within the reach of chance"),
        ((6, 0.1, (0.0, 0.3), 0.04), "", "within the reach of chance"),
        ((6, 0.1, (NAN, NAN), NAN), "", "within the reach of chance"),
        ((4, 0.2, (0.1, 0.3), 0.01), "too few", "4 episodes decide nothing"),
        ((1, 0.2, (NAN, NAN), NAN), "too few", "1 episode decides nothing"),
    ],
)
def test_a_row_reads_higher_or_lower_where_interval_and_dates_agree(
    study: EventStudy,
    effect: tuple[int, float, tuple[float, float], float],
    reads: str,
    words: str,
) -> None:
    episodes, estimate, ci, p = effect
    measured = Effect(60, 6, 0, episodes, estimate + 0.1, 0.1, estimate, ci, p)
    assert measured.side == ("" if reads == "too few" else reads)
    changes = {"episodes": episodes, "decides": measured.decides, "side": measured.side}
    row = row_of(study, "break", "equity", 60).model_copy(update=changes)
    assert read_as(row) == reads
    assert words in str(panel_title(study.model_copy(update={"table": (row,)}), study.data.pair, "break", "equity"))


def test_the_most_striking_figure_is_named_with_its_own_kind_of_event() -> None:
    rng = np.random.default_rng(8)
    steps = rng.standard_normal((1500, 2)) * 0.01
    dates = np.arange(60, 1400, 130)
    for date in dates:
        steps[date + 2 : date + 22, 1] += 0.01
    breaks = dates + 65
    both: dict[Kind, Ints] = {"break": breaks, "recoupling": dates}
    sample = EventSample(0, np.cumsum(steps, axis=0), np.ones(1500), both, {"break": 0, "recoupling": 0})
    text = finding(sample, *effects(sample), ("AAA", "BBB"))
    assert text.startswith("Something followed: BBB over 20 sessions after 11 recouplings, +0.")
    none: dict[Kind, Ints] = {"break": dates[:0], "recoupling": dates[:0]}
    none_such = replace(sample, events=none)
    text = finding(none_such, *effects(none_such), ("AAA", "BBB"))
    assert text == "Cannot tell what follows an event: the sample holds neither a break nor a recoupling."
    few: dict[Kind, Ints] = {"break": dates[:1], "recoupling": dates[:2]}
    few_such = replace(sample, events=few)
    text = finding(few_such, *effects(few_such), ("AAA", "BBB"))
    assert "neither 1 break nor 2 recouplings make 5 independent episodes" in text


def test_an_event_is_known_when_both_bars_are_complete_on_the_clocks_of_the_pair(demo: Market) -> None:
    content = study_events(SignalCache(demo), state_signal("relative_breakdown"), Study.make())
    assert {event.known_at[11:] for event in content.events} == {"00:00 UTC"}
    assert "2026-01-01 00:00 UTC" in first_close(content.method)
    hours = {name: getattr(demo.equity, name) for name in ("clock", "tradable_from", "known_at")}
    both = replace(demo, crypto=replace(demo.crypto, **hours), context=())  # ^VIX closes a quarter of an hour later
    content = study_events(SignalCache(both), state_signal("relative_breakdown"), Study.make())
    assert {event.known_at[11:] for event in content.events} <= {
        "20:00 UTC",
        "21:00 UTC",
        "17:00 UTC",
        "18:00 UTC",
    }
    assert "2025-12-31 21:00 UTC" in first_close(content.method)
    assert "00:00" not in events_note(content)


def test_the_breaks_on_real_prices_are_too_few_and_dated(real: Market) -> None:
    content = study_events(SignalCache(real), state_signal(), Study.make())
    assert content.finding.startswith("Cannot tell")
    # a default rule on 90-session correlations; dates read off the chart of the first report
    breaks = [event.session for event in content.events if event.kind == "break"]
    assert breaks == ["2021-01-04", "2023-05-25", "2023-11-15"]
    assert [e.tradable for e in content.events if e.kind == "break"] == [
        "2021-01-05",
        "2023-05-26",
        "2023-11-16",
    ]
    assert not any(row.decides for row in content.table)
    assert content.family.looks == 0


def test_a_sample_without_an_event_has_its_reports(demo: Market) -> None:
    never = Breakdown(decouple_below=-1.0, couple_above=1.0)
    with refused(HistoryError, limit=Beta().warmup + 1):
        study_events(SignalCache(demo), never, Study.make())
    coupled = study_events(
        SignalCache(demo), state_signal("breakdown", ["breakdown.decouple_below=-0.9"]), Study.make()
    )
    content = coupled.model_copy(update={"data": coupled.data.model_copy(update={"source": EVIL})})
    assert content.events == ()
    assert "None in the sample." in events_note(content)
    page = Page(events_page(content))
    assert not any(tag == "img" for tag, _ in page.elements)
    assert not {"None", "nan", "null", "NaN"} & set(page.text.replace("None in", "").split())


def test_a_sample_in_which_no_window_is_over_has_its_reports(demo: Market) -> None:
    # the first session with a beta is the last one
    short = demo.slice(0, Beta().warmup + 1)
    content = study_events(SignalCache(short), state_signal(), Study.make())
    assert content.finding.startswith("Cannot tell")
    assert content.data.evaluated.sessions == 1
    assert content.fan["crypto"].always == (0.0,) + (None,) * 120
    assert "None in the sample." in events_note(content)
    assert not {"None", "nan", "null", "NaN"} & set(Page(events_page(content)).text.replace("None in", "").split())


def test_a_signal_that_dates_breaks_in_hindsight_is_refused() -> None:
    for name in HINDSIGHT:
        with refused(HindsightError, name=name, remedy="--signal"):
            state_signal(name)


def test_every_state_signal_may_be_asked_for_and_nothing_else() -> None:
    for name, signal in SIGNALS.items():
        if signal.unit == "state":
            assert state_signal(name).name == name
        else:
            with refused(ParameterError, name=name, choices=[s.name for s in SIGNALS.values() if s.unit == "state"]):
                state_signal(name)


@pytest.mark.parametrize(
    ("arguments", "kind", "fields"),
    [
        (("--signal", "brakdown"), ParameterError, {"name": "brakdown", "choices": ["breakdown"]}),
        (("--signal", "beta"), ParameterError, {"name": "beta"}),
        (("--signal", "segments_hindsight"), HindsightError, {"remedy": "--signal breakdown"}),
        (("--set", "breakdown.windw=60"), ParameterError, {"name": "windw", "choices": ["window"]}),
        (("--set", "breakdown.window=many"), ParameterError, {"name": "breakdown.window"}),
        (
            ("--set", "relative_breakdown.short=40"),
            ParameterError,
            {"name": "relative_breakdown", "remedy": "--signal relative_breakdown"},
        ),
        (("--set", "window=60"), ParameterError, {"name": "window=60"}),
        (("--start", "2025-06-01"), HistoryError, {"remedy": "start earlier"}),
        (("--data", "no_such_folder"), DataError, {"name": "no_such_folder"}),
    ],
)
def test_a_wrong_option_is_one_sentence_and_leaves_no_folder(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: tuple[str, ...],
    kind: type[UnlockstepError],
    fields: dict[str, Any],
) -> None:
    monkeypatch.chdir(tmp_path)
    error = refusal_of(capsys, monkeypatch, "events", "--out", "one", *arguments)
    assert type(error) is kind
    assert_fields(error, **fields)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_events_is_replaced_only_by_force(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, finished: tuple[Path, str]
) -> None:
    out, _ = finished
    assert "--force" in failed_command(capsys, monkeypatch, "events", "--out", out)[1]
    assert command("events", "--out", out.parent / "other", "--quiet").stdout == ""
    assert command("events", "--out", out.parent / "other", "--quiet", "--force").returncode == 0
