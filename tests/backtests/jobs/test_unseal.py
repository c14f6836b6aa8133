"""Unsealing: frozen variants on sealed sessions, once; a second look is possible and is marked everywhere."""

import json
import re
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import unlockstep.backtests.jobs.unseal
from tests.backtests.cli.test_app import refusal_of
from tests.backtests.nursery import command
from tests.backtests.sealed_prices import PAYING, TREND, sealed_folder
from tests.build import PAIR
from tests.refusals import assert_fields, refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.jobs.run import run_into
from unlockstep.backtests.jobs.unseal import unseal
from unlockstep.backtests.reports.html import unseal_page
from unlockstep.backtests.reports.unseal import show_unsealed, unseal_note
from unlockstep.backtests.results.model.unseal import UnsealResult
from unlockstep.backtests.results.stored_run import StoredRun, read_run
from unlockstep.backtests.trials.dataset_identity import data_set_of
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.signals.errors import CodeError, DataError, RunError

HOLIDAYS = ["2026-01-19", "2026-02-16", "2026-04-03", "2026-05-25", "2026-06-19", "2026-07-03", "2026-09-07"]
"""Of the New York exchange, after the note and before November 2026."""


def rates_until(path: Path, last: str, *, rate: float = 0.02) -> None:
    days = pd.date_range("2022-01-01", last)
    pd.DataFrame({"date": days, "rate": rate}).to_csv(path, index=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run made when the prices ended at the seal, its ledger, and the prices as they went on: with an edge."""
    place = tmp_path_factory.mktemp("sealed")
    sealed_folder(place / "prices", "2026-10-30", pays=0.0015, cut="2026-01-15")
    derisk = {"strategy": "derisk", "params": {}}
    rates_until(place / "rates.csv", "2026-10-30")
    study = Study.make(
        data=str(place / "prices"), variants=[PAYING, derisk], primary="eth_leads",
        costs={"cash_rate": str(place / "rates.csv")},
    )  # fmt: skip
    run_into(study, place / "base", ledger=place / "ledger.sqlite")
    sealed_folder(place / "prices", "2026-10-30", pays=0.0015)
    return place


@pytest.fixture
def ledger(place: Path, tmp_path: Path) -> Ledger:
    """The ledger as the run left it."""
    shutil.copy(place / "ledger.sqlite", tmp_path / "ledger.sqlite")
    return Ledger.open(tmp_path / "ledger.sqlite")


@pytest.fixture
def run(place: Path) -> StoredRun:
    return read_run(place / "base")


@pytest.fixture(scope="module")
def unsealed(place: Path) -> UnsealResult:
    """The first look."""
    shutil.copy(place / "ledger.sqlite", place / "first.sqlite")
    return unseal(read_run(place / "base"), Ledger.open(place / "first.sqlite"))


def looks(ledger: Ledger, place: Path) -> list[str | None]:
    market = load_market(str(place / "prices"), PAIR, start=None, end=None, seed=0)
    return [look.answer for look in ledger.looks(data_set_of(market), date(2026, 1, 15))]


def test_an_edge_of_the_sealed_period_is_found_by_the_rule_of_a_run(unsealed: UnsealResult) -> None:
    assert unsealed.verdict.decision == "edge"
    assert unsealed.run.verdict != "edge"  # it was not there before
    assert (unsealed.look.number, unsealed.look.earlier) == (1, ())
    assert unsealed.sealed.model_dump() == {
        "after": "2026-01-15", "sessions": 199, "first": "2026-01-16", "last": "2026-10-30", "needed": 120,
    }  # fmt: skip
    first = unsealed.variants[0]
    assert (first.label, unsealed.primary) == ("eth_leads", f"eth_leads(trend={TREND})")
    names = ["timing test", "raw returns", "rare losses", "out of sample", "costs", "episodes"]
    assert [gate.gate for gate in first.gates] == names
    assert first.gates[3].figure == first.inference.timing_ir
    assert "Out of sample, in the sealed sessions, the timing ratio is" in " ".join(first.reasons)


def test_the_figures_are_those_of_the_sealed_sessions_alone(unsealed: UnsealResult, place: Path) -> None:
    eth, iwm = (pd.read_csv(place / "prices" / f"{t}.csv", index_col=0).close for t in PAIR)
    positions = (eth.loc[iwm.index] > eth.loc[iwm.index].shift(TREND)).astype(float)
    # decided in the last open session and later; filled a session after; earned until the next fill
    opening = int((iwm.index <= "2026-01-15").sum()) - 1
    weights, prices = positions.to_numpy()[opening:], iwm.to_numpy()[opening:]
    r = prices[2:] / prices[1:-1] - 1
    w = weights[: len(r)]
    x = (w - w.mean()) * (r - r.mean())
    assert len(r) == 198
    result = unsealed.variants[0].inference.timing_ir
    assert result == pytest.approx(x.mean() / x.std() * np.sqrt(252), rel=1e-9)
    assert unsealed.variants[0].inference.years == pytest.approx(198 / 252)


def test_without_an_edge_in_it_the_sealed_period_shows_none(run: StoredRun, place: Path, tmp_path: Path) -> None:
    flat = tmp_path / "flat"
    shutil.copytree(place / "base", flat)
    # with nothing planted this seed has a t of +1.8 by chance, near the limit; so a little is taken away
    sealed_folder(tmp_path / "prices", "2026-10-30", pays=-0.0005)
    text = (flat / "study.toml").read_text(encoding="utf-8")
    (flat / "study.toml").write_text(text.replace(str(place / "prices"), str(tmp_path / "prices")), encoding="utf-8")
    content = unseal(read_run(flat), Ledger.open(tmp_path / "ledger.sqlite"))
    assert content.data.note == "up to 2026-01-15 they are the run's, bit for bit."
    assert content.verdict.decision != "edge"


def test_the_answer_is_kept_once_and_a_second_look_is_marked(run: StoredRun, ledger: Ledger, place: Path) -> None:
    first, second = (unseal(run, ledger) for _ in range(2))
    assert looks(ledger, place) == ["edge", "edge"]
    assert second.look.number == 2
    (earlier,) = second.look.earlier
    assert (earlier.by, earlier.answer, earlier.first, earlier.last) == (
        "base", "edge", "2026-01-16", "2026-10-30",
    )  # fmt: skip
    assert first == second.model_copy(update={"look": first.look, "created_at": first.created_at})


@pytest.mark.slow
def test_another_run_s_look_is_counted_in_the_p_values_of_the_next(ledger: Ledger, place: Path, tmp_path: Path) -> None:
    unseal(read_run(place / "base"), ledger)
    other = Study.make(data=str(place / "prices"), variants=[{"strategy": "eth_leads", "params": {"trend": 63}}])
    run_into(other, tmp_path / "other", ledger=ledger.path)
    content = unseal(read_run(tmp_path / "other"), ledger)
    assert content.look.number == 2
    assert content.family is not None
    assert (content.family.n_trials, content.family.earlier) == (3, 2)
    assert [gate.gate for gate in content.variants[0].gates][-1] == "all trials"
    # an unsealing searches other sessions than a run: the run's own family is what it was
    again = run_into(other, tmp_path / "again", ledger=ledger.path).result.family
    assert again.n_trials == 3
    assert again.earlier == 2


def test_too_few_sealed_sessions_cannot_tell_and_are_no_look(place: Path, ledger: Ledger, tmp_path: Path) -> None:
    short = tmp_path / "short"
    shutil.copytree(place / "base", short)
    sealed_folder(tmp_path / "prices", "2026-10-30", pays=0.0015, cut="2026-04-10")
    text = (short / "study.toml").read_text(encoding="utf-8")
    (short / "study.toml").write_text(text.replace(str(place / "prices"), str(tmp_path / "prices")), encoding="utf-8")
    content = unseal(read_run(short), ledger)
    assert content.verdict.decision == "cannot tell"
    until = np.busday_count("2026-01-16", "2026-04-11", holidays=HOLIDAYS)
    enough = np.busday_offset("2026-01-15", 120, roll="backward", holidays=HOLIDAYS) + 1
    assert content.verdict.reasons == (
        f"The prices hold {until} sessions after 2026-01-15; at least 120 are needed to judge, the last of them known "
        f"on {enough}. Nothing was computed on them, so this was no look.",
    )
    assert content.variants == ()
    assert content.look.number is None
    assert looks(ledger, place) == []


def test_prices_that_are_not_the_run_s_any_more_are_refused(
    run: StoredRun, ledger: Ledger, place: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(place / "base", other)
    sealed_folder(tmp_path / "prices", "2026-10-30", seed=2)
    text = (other / "study.toml").read_text(encoding="utf-8")
    (other / "study.toml").write_text(text.replace(str(place / "prices"), str(tmp_path / "prices")), encoding="utf-8")
    with refused(DataError, name=str(tmp_path / "other"), dates=["2026-01-15"]):
        unseal(read_run(other), ledger)
    # restated by a dividend of 0.3 %: other bytes, the same months
    sealed_folder(tmp_path / "prices", "2026-10-30", pays=0.0015)
    table = pd.read_csv(tmp_path / "prices" / "IWM.csv", index_col=0)
    table.loc[:"2025-09-19", "adj_close"] *= 0.997
    table.to_csv(tmp_path / "prices" / "IWM.csv")
    content = unseal(read_run(other), ledger)
    assert "they were restated since the run" in content.data.note
    # whatever the ledger: the run itself remembers how its prices moved
    content = unseal(read_run(other), Ledger.open(tmp_path / "fresh.sqlite"))
    assert "they were restated since the run" in content.data.note


def test_a_file_of_rates_may_lie_elsewhere_and_is_told_where_it_was_restated(
    ledger: Ledger, place: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(place / "base", other)
    text = (other / "study.toml").read_text(encoding="utf-8")
    assert text.count(str(place / "rates.csv")) == 1
    (other / "study.toml").write_text(text.replace(str(place / "rates.csv"), "moved.csv"), encoding="utf-8")
    rates_until(other / "moved.csv", "2026-10-30")
    content = unseal(read_run(other), ledger)
    assert content.frozen.recorded_at is not None
    assert content.data.note == "up to 2026-01-15 they are the run's, bit for bit."
    rates_until(other / "moved.csv", "2026-10-30", rate=0.03)
    content = unseal(read_run(other), Ledger.open(tmp_path / "fresh.sqlite"))
    assert content.data.note.endswith("What cash earned up to then was restated.")
    assert content.verdict.decision == "edge"


def test_a_run_that_looked_past_the_seal_itself_cannot_be_unsealed(run: StoredRun, ledger: Ledger) -> None:
    data = run.result.data.model_copy(update={"last": "2026-02-27"})
    looked = run.result.model_copy(update={"data": data})
    with refused(RunError, dates=["2026-01-15"]):
        unseal(StoredRun(run.path, looked, run.frames), ledger)


def test_a_run_of_benchmarks_alone_claims_nothing(place: Path, tmp_path: Path) -> None:
    study = Study.make(data=str(place / "prices"), variants=[{"strategy": "hold_iwm"}])
    run_into(study, tmp_path / "held", ledger=tmp_path / "ledger.sqlite")
    with refused(RunError, name=str(tmp_path / "held"), dates=[]):
        unseal(read_run(tmp_path / "held"), Ledger.open(tmp_path / "ledger.sqlite"))


def test_a_run_whose_study_was_edited_is_not_frozen(place: Path, ledger: Ledger, tmp_path: Path) -> None:
    edited = tmp_path / "edited"
    shutil.copytree(place / "base", edited)
    text = (edited / "study.toml").read_text(encoding="utf-8")
    assert text.count("window = 90") == 1
    (edited / "study.toml").write_text(text.replace("window = 90", "window = 60"), encoding="utf-8")
    with refused(RunError, name="variants"):
        unseal(read_run(edited), ledger)
    assert looks(ledger, place) == []


def test_a_look_that_is_broken_off_is_a_look(
    run: StoredRun, ledger: Ledger, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise CodeError("Broken off.")

    with monkeypatch.context() as patch:
        patch.setattr(unlockstep.backtests.jobs.unseal, "judge", stop)
        with pytest.raises(CodeError):
            unseal(run, ledger)
    assert looks(ledger, place) == [None]
    assert unseal(run, ledger).look.number == 2


def test_a_folder_that_cannot_be_written_is_told_before_the_look(
    place: Path, ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("unseal", place / "base", "--out", place / "base", "--ledger", ledger.path)
    assert_fields(refusal_of(capsys, monkeypatch, *words), name=str(place / "base"), remedy="--out")
    with pytest.raises(RunError):
        unlockstep.backtests.jobs.unseal.unseal_into(place / "base", place / "base", ledger=ledger.path)
    assert looks(ledger, place) == []
    error = refusal_of(capsys, monkeypatch, "unseal", tmp_path / "none", "--ledger", ledger.path)
    assert (type(error), error.name) == (RunError, "result.json")


@pytest.mark.slow
def test_every_report_after_a_look_says_so(place: Path, ledger: Ledger, tmp_path: Path) -> None:
    sentence = r"The sealed period was looked at {} on \d{{4}}-\d\d-\d\d by base: edge\."
    for number, times in ((1, ""), (2, sentence.format("once"))):
        out = tmp_path / f"look{number}"
        done = command("unseal", place / "base", "--out", out, "--ledger", ledger.path)
        assert done.returncode == 0, done.stderr
        assert max(map(len, done.stdout.splitlines()[:-1])) <= 80
        assert {path.name for path in out.iterdir()} == {"unseal.json", "report.html", "report.md"}
        assert json.loads((out / "unseal.json").read_text(encoding="utf-8"))["look"]["number"] == number
        assert "SYNTHETIC" not in done.stdout
        for text in (done.stdout, *((out / name).read_text(encoding="utf-8") for name in ("report.html", "report.md"))):
            flat = " ".join(re.sub(r"<wbr>|│", " ", text).split())
            assert ("The ledger knows of no earlier look at these sessions since 2026-01-16." in flat) is (number == 1)
            assert ("Second look at these sessions since 2026-01-16; earlier looks lowered" in flat) is (number == 2)
            assert "first look" not in flat
            assert bool(times) is bool(times and re.search(times, flat))
    later = command("run", place / "base" / "study.toml", "--out", tmp_path / "later", "--ledger", ledger.path)
    assert later.returncode == 0, later.stderr
    texts = [(tmp_path / "later" / name).read_text(encoding="utf-8") for name in ("report.html", "report.md")]
    both = command("compare", place / "base", tmp_path / "later", "--ledger", ledger.path, "--out", tmp_path / "both")
    assert both.returncode == 0, both.stderr
    texts += [(tmp_path / "both" / name).read_text(encoding="utf-8") for name in ("report.html", "report.md")]
    for text in (later.stdout, both.stdout, *texts):
        assert re.search(sentence.format("2 times, first"), " ".join(text.replace("<wbr>", "").split()))


def test_doubtful_bars_stand_in_every_report(unsealed: UnsealResult, capsys: pytest.CaptureFixture[str]) -> None:
    doubtful = "DOUBTFUL bars in IWM.csv: 2026-03-03: the same close up to 2026-03-17, 11 bars."
    noted = unsealed.model_copy(update={"data": unsealed.data.model_copy(update={"notes": (doubtful,)})})
    show_unsealed(Console(width=200), noted)
    assert all(doubtful in report for report in (capsys.readouterr().out, unseal_note(noted), unseal_page(noted)))
