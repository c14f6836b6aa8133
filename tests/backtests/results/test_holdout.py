"""The seal: every job leaves the sealed sessions out, says how many there are, and who has looked at them."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from tests.backtests.cli.test_app import failed_command
from tests.backtests.nursery import command
from tests.backtests.reports.build import edited, stored_run
from tests.backtests.reports.compared import note_of, page_of, shown_of
from tests.backtests.sealed_prices import PAYING, sealed_folder
from tests.build import PAIR
from tests.refusals import refused
from unlockstep.backtests.calibration import calibrate as calibration
from unlockstep.backtests.calibration.worlds import KINDS
from unlockstep.backtests.config.study import SEALED_AFTER, Study
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.engine.experiment import build_experiment
from unlockstep.backtests.jobs import audit as job
from unlockstep.backtests.jobs.events import events_into, state_signal
from unlockstep.backtests.jobs.run import run_study
from unlockstep.backtests.reports.study.holdout import holdout_sentence, holdout_sentences, looked
from unlockstep.backtests.results.holdout import holdout_result, split_holdout, with_looks_of_today
from unlockstep.backtests.results.model.run import HoldoutResult, LookResult
from unlockstep.backtests.results.placebo import placebo_pairs
from unlockstep.backtests.results.provenance import coverage
from unlockstep.backtests.storage.run_folder import plain
from unlockstep.backtests.trials.dataset_identity import months_of
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.backtests.trials.trial_recording import count_experiment_trials
from unlockstep.signals import SignalCache
from unlockstep.signals.errors import StudyError
from unlockstep.signals.market import Market

LATER = date(2026, 6, 30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sealed_folder(tmp_path_factory.mktemp("prices"), "2026-10-30")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same prices, of which nothing after the note's day was written."""
    return sealed_folder(tmp_path_factory.mktemp("before"), "2026-10-30", cut="2026-01-15")


def study_on(folder: Path, **changes: Any) -> Study:
    return Study.make(data=str(folder), variants=[PAYING], **changes)


def evaluated(study: Study, ledger: Ledger) -> HoldoutResult:
    """What of a run the ledger keeps and tells: its trials, and its entry on the seal."""
    split = split_holdout(study)
    market = split.market
    experiment = build_experiment(study, SignalCache(market), study.strategies())
    resolved = study.resolve(data_sha256=market.sha256, first=market.sessions[0].date(), last=split.last)
    count_experiment_trials([experiment], resolved, ledger)
    return holdout_result(study, split, ledger)


def test_the_seal_is_the_note_s_day_unless_a_study_moves_it() -> None:
    assert Study.make().sealed_after == SEALED_AFTER == date(2026, 1, 15)
    assert Study.make(sealed_after="2025-06-30").sealed_after == date(2025, 6, 30)


def test_what_is_open_is_what_there_would_be_without_the_sealed_sessions(folder: Path, before: Path) -> None:
    split, alone = split_holdout(study_on(folder)), split_holdout(study_on(before))
    assert split.market.sha256 == alone.market.sha256
    assert split.market.sessions[-1].date() == date(2026, 1, 15)
    # 2026-01-16 to 2026-10-30: 206 weekdays less seven holidays
    assert (split.sealed, split.last) == (199, date(2026, 10, 30))
    assert (alone.sealed, alone.last) == (0, date(2026, 1, 15))


@pytest.mark.parametrize("start", ["2026-01-16", "2026-03-02"])
def test_a_study_of_sealed_sessions_alone_is_refused(folder: Path, start: str) -> None:
    with refused(StudyError, name="start", dates=[start, "2026-01-15"], remedy="sealed_after"):
        split_holdout(study_on(folder, start=start))
    with refused(StudyError, name="start", dates=["2022-01-03", "2021-12-31"]):
        split_holdout(study_on(folder, sealed_after="2021-12-31"))


@pytest.mark.slow
def test_a_run_is_what_it_would_be_without_the_sealed_sessions(folder: Path, before: Path) -> None:
    ours, theirs = (plain(run_study(study_on(place)).result.as_json()) for place in (folder, before))
    assert ours["data"]["last"] == ours["data"]["evaluated"]["last"] == "2026-01-15"
    assert ours["data"]["sha256"] == theirs["data"]["sha256"]
    for key in ("lockstep", "detectors", "statements", "variants", "family", "verdict"):
        assert ours[key] == theirs[key], key
    assert ours["data"]["notes"] == theirs["data"]["notes"]
    assert ours["seal"] == {"after": "2026-01-15", "sessions": 199, "looks": None}
    # the run's own study repeats it, the number of sealed sessions included
    assert ours["study"]["end"] == "2026-10-30"


def test_no_rate_of_a_sealed_session_is_needed_or_read(folder: Path, tmp_path: Path) -> None:
    days = pd.date_range("2022-01-01", "2026-01-14")
    for name, later in (("open.csv", []), ("whole.csv", [0.9] * 300)):
        dates = [*days, *pd.date_range("2026-01-15", periods=len(later))]
        pd.DataFrame({"date": dates, "rate": [0.02] * len(days) + later}).to_csv(tmp_path / name, index=False)
    one, other = (
        split_holdout(study_on(folder, costs={"cash_rate": str(tmp_path / name)}), cash=True).market.risk_free
        for name in ("open.csv", "whole.csv")
    )
    assert one is not None
    assert other is not None
    assert one.sha256 == other.sha256
    assert split_holdout(study_on(folder)).market.risk_free is None


def test_events_leave_the_sealed_sessions_out_and_say_so(folder: Path, tmp_path: Path) -> None:
    content = events_into(study_on(folder), state_signal(), tmp_path / "events")
    assert content.data.last == "2026-01-15"
    sealed = "All after 2026-01-15 is sealed and left out; the prices read hold 199 sessions of it."
    assert content.data.notes[-1] == f"{sealed} By the ledger nobody has looked at it."
    assert not (tmp_path / "ledger.sqlite").exists()
    evaluated(study_on(folder, sealed_after=LATER), Ledger.open(tmp_path / "ledger.sqlite"))
    done = command("events", "--data", folder, "--ledger", tmp_path / "ledger.sqlite", "--out", tmp_path / "again")
    assert done.returncode == 0, done.stderr
    texts = [done.stdout, *((tmp_path / "again" / name).read_text() for name in ("report.html", "report.md"))]
    for text in texts:
        assert "The sealed period was looked at once on " in " ".join(text.replace("<wbr>", "").split())


def test_a_comparison_says_what_the_ledger_knows_on_its_day(folder: Path, tmp_path: Path) -> None:
    ledger, split = Ledger.open(tmp_path / "ledger.sqlite"), split_holdout(study_on(folder))
    made = stored_run()
    market = plain({**coverage(split.market).model_dump(), "months": months_of(split.market)})
    seal = holdout_result(study_on(folder), split, ledger)
    run = edited(
        made, lambda content: content.update(data={**content["data"], **market}, seal=seal.model_dump(mode="json"))
    )
    evaluated(study_on(folder, sealed_after=LATER), ledger)
    both = with_looks_of_today([run, run], ledger.path)
    assert [len(each.result.seal.looks or ()) for each in both] == [1, 1]
    console = Console(record=True, width=80)
    shown_of(console, both, [])
    for text in (console.export_text(), page_of(both, []), note_of(both, [])):
        assert " ".join(text.split()).count("The sealed period was looked at once on ") == 1
    # another ledger knows nothing, and what the run knew itself is not forgotten
    (expected,) = with_looks_of_today([run], tmp_path / "none.sqlite")
    assert expected.result.seal.looks == ()
    (expected,) = with_looks_of_today(both[:1], tmp_path / "none.sqlite")
    assert len(expected.result.seal.looks or ()) == 1


def test_several_runs_say_what_they_share_once() -> None:
    one, other = (HoldoutResult(after="2026-01-15", sessions=0, looks=looks) for looks in ((), None))
    assert holdout_sentences([one, one], ["a", "b"]) == [str(holdout_sentence(one))]
    assert holdout_sentences([one, other, one], ["a", "b", "c"]) == [
        f"a, c: {holdout_sentence(one)}", f"b: {holdout_sentence(other)}",
    ]  # fmt: skip


def test_an_audit_of_given_prices_gets_the_open_part(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Market] = []

    def stop(_: int, given: Market) -> None:
        seen.append(given)
        raise StudyError("Seen enough.")

    monkeypatch.setattr(job, "markets_for", stop)
    assert failed_command(capsys, monkeypatch, "audit", "derisk", "--data", folder)[1].endswith("enough.\n")
    assert seen[0].sessions[-1].date() == date(2026, 1, 15)


def test_placebo_pairs_end_at_the_seal(folder: Path, tmp_path: Path) -> None:
    for name, source in (("ETH-USD", "ETH-USD"), ("IWM", "IWM"), ("SPY", "IWM")):
        (tmp_path / f"{name}.csv").write_bytes((folder / f"{source}.csv").read_bytes())
    pairs = placebo_pairs(study_on(tmp_path))
    assert [(entry.pair, entry.last) for entry in pairs] == [
        (("ETH-USD", "SPY"), "2026-01-15"), (("SPY", "IWM"), "2026-01-15"),
    ]  # fmt: skip


def test_calibrate_is_given_the_open_part(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Market] = []

    def stop(_: object, market: Market, *__: object, **___: object) -> None:
        seen.append(market)
        raise StudyError("Seen enough.")

    monkeypatch.setattr(calibration, "calibrate", stop)
    assert failed_command(capsys, monkeypatch, "calibrate", "--data", folder, "--out", tmp_path / "c")[1].endswith(
        "enough.\n"
    )
    assert seen[0].sessions[-1].date() == date(2026, 1, 15)


@pytest.mark.slow
def test_a_calibration_says_who_has_looked(folder: Path, tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.sqlite")
    evaluated(study_on(folder, sealed_after=LATER), ledger)
    words = ("--data", folder, "--worlds", "1", "--kind", next(iter(KINDS)), "--family", "one", "--jobs", "1")
    done = command("calibrate", *words, "--planted", "1.0", "--ledger", ledger.path, "--out", tmp_path / "c")
    assert done.returncode == 0, done.stderr
    for text in (done.stdout, (tmp_path / "c" / "report.md").read_text()):
        assert "The sealed period was looked at once on " in " ".join(text.split())


def test_a_study_that_moves_the_seal_has_looked_and_every_later_run_says_so(folder: Path, tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.sqlite")
    first = evaluated(study_on(folder), ledger)
    assert first.looks == ()
    moved = evaluated(study_on(folder, sealed_after=LATER), ledger)
    after = evaluated(study_on(folder), ledger)
    assert moved.after == "2026-06-30"
    for seal in (moved, after):
        assert seal.looks is not None
        (look,) = seal.looks
        assert re.fullmatch(r"study [0-9a-f]{8}", look.by)
        assert (look.last, look.answer) == ("2026-06-30", "")
    text = str(holdout_sentence(after))
    assert "All after 2026-01-15 is sealed and left out; the prices read hold 199 sessions of it." in text
    assert "looked at once on " in text
    assert "whose period reached past the seal." in text


def test_a_look_from_just_before_the_seal_is_known_though_the_open_part_shares_too_few_months(
    folder: Path, tmp_path: Path
) -> None:
    ledger = Ledger.open(tmp_path / "ledger.sqlite")
    evaluated(study_on(folder, sealed_after=date(2026, 10, 30), start=date(2025, 12, 1)), ledger)
    (look,) = evaluated(study_on(folder), ledger).looks or ()
    assert look.last == "2026-10-30"


def test_the_demo_ends_before_the_seal() -> None:
    study = Study.make()
    split = split_holdout(study)
    assert split.sealed == 0
    assert split.market.sha256 == load_market("demo", PAIR, start=study.start, end=None, seed=study.seed).sha256


def test_a_seal_is_told_in_words() -> None:
    assert looked(None).endswith("for want of a ledger.")
    assert looked([]) == "By the ledger nobody has looked at it."
    look = LookResult(at="2026-08-03", by="base", first="2026-01-16", last="2026-07-31", answer="no edge")
    assert looked([look]) == "The sealed period was looked at once on 2026-08-03 by base: no edge."
    assert looked([look.model_copy(update={"answer": None}), look]) == (
        "The sealed period was looked at 2 times, first on 2026-08-03 by base, which was broken off before an answer."
    )
