"""What an unsealing may say of the choice of its variants: edited runs, strange ledgers, renamed files, old seals."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.backtests.nursery import command
from tests.backtests.sealed_prices import TREND, sealed_folder
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.trials.dataset_identity import data_set_of
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.backtests.trials.ledger_file import LedgerFile

STUDY = """data = "{data}"
pair = ["ETH-USD", "{equity}"]
primary = "eth_leads"
sealed_after = {sealed}
alpha = 0.03

[[variants]]
strategy = "eth_leads"
params = {{ trend = {trend} }}

[[variants]]
strategy = "derisk"
"""


SLOWER = (f"trend = {TREND}", "trend = 63"), (f"trend={TREND})", "trend=63)")
"""Edits of the parameter in the variant, and in its name."""


def ran(place: Path, name: str, prices: Path, ledger: Path, **other: object) -> Path:
    """The folder of a run by the command line."""
    terms = {"data": prices, "equity": "IWM", "sealed": "2026-01-15", "trend": TREND, **other}
    (place / f"{name}.toml").write_text(STUDY.format(**terms), encoding="utf-8")
    done = command("run", place / f"{name}.toml", "--out", place / name, "--ledger", ledger)
    assert done.returncode == 0, done.stderr
    return place / name


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """prices, base: a run on them, ledger.sqlite: what it left."""
    place = tmp_path_factory.mktemp("frozen")
    sealed_folder(place / "prices", "2026-10-30", pays=0.0015)
    ran(place, "base", place / "prices", place / "ledger.sqlite")
    return place


@pytest.fixture
def ledger(place: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(place / "ledger.sqlite", tmp_path / "ledger.sqlite"))


def edited(run: Path, copy: Path, *changes: tuple[str, str]) -> Path:
    """A copy of a run in which study.toml and result.json are edited alike."""
    shutil.copytree(run, copy)
    for name in ("study.toml", "result.json"):
        text = before = (copy / name).read_text(encoding="utf-8")
        for old, new in changes:
            for one, other in ((old, new), (old.replace(" = ", '": '), new.replace(" = ", '": '))):
                text = text.replace(one, other)
        assert text != before
        (copy / name).write_text(text, encoding="utf-8")
    return copy


def unsealed(run: Path, ledger: Path, out: Path) -> tuple[dict[str, Any], str]:
    """unseal.json, and the terminal's words on one line."""
    done = command("unseal", run, "--out", out, "--ledger", ledger)
    assert done.returncode == 0, done.stderr
    content = json.loads((out / "unseal.json").read_text(encoding="utf-8"))
    texts = (done.stdout, *((out / name).read_text(encoding="utf-8") for name in ("report.html", "report.md")))
    for text in texts:
        assert "none was seen" not in text
        assert "first look" not in text
        assert "was sealed when it was chosen" not in text
    return content, " ".join(done.stdout.replace("│", " ").split())


def refusal(run: Path, ledger: Path, out: Path) -> str:
    done = command("unseal", run, "--out", out, "--ledger", ledger)
    assert (done.returncode, done.stdout) == (1, "")
    assert not out.exists()
    return done.stderr


def recorded_on(ledger: Path, day: str) -> None:
    """Set back every instant of the ledger to the noon of a day, as if the run had been made then."""
    with LedgerFile(ledger).writing() as connection:
        connection.execute("UPDATE evaluation SET first_at = ?, last_at = ?", (f"{day}T12:00:00Z",) * 2)


def test_parameters_edited_in_both_files_are_refused_and_the_difference_is_named(
    place: Path, ledger: Path, tmp_path: Path
) -> None:
    run = edited(place / "base", tmp_path / "edited", *SLOWER)
    message = refusal(run, ledger, tmp_path / "out")
    assert re.search(
        r"the ledger knows its returns as those of study [0-9a-f]{8}, recorded on \d{4}-\d\d-\d\d", message
    )
    assert f"it holds eth_leads(trend=63) where the ledger has eth_leads(trend={TREND})" in message
    assert "A run is unsealed as it was: run the study as it is now, and unseal that." in message
    looks = Ledger(ledger).looks(
        data_set_of(load_market(str(place / "prices"), ("ETH-USD", "IWM"), start=None, end=None, seed=0)),
        date(2026, 1, 15),
    )
    assert looks == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("alpha = 0.03", "alpha = 0.2", "alpha is 0.2 where the ledger has 0.03"),
        ("lag = 1", "lag = 2", "lag is 2 where the ledger has 1"),
    ],
)
def test_an_edited_threshold_or_fill_is_refused_by_its_name(
    place: Path, ledger: Path, tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert words in refusal(edited(place / "base", tmp_path / "edited", (old, new)), ledger, tmp_path / "out")


def test_a_ledger_that_kept_no_texts_names_edited_variants_all_the_same(
    place: Path, ledger: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(ledger)) as connection, connection:  # a ledger of layout 1
        connection.execute("DROP TABLE study_text")
        connection.execute("DROP TABLE digest")
        connection.execute("PRAGMA user_version = 1")
    run = edited(place / "base", tmp_path / "edited", *SLOWER)
    assert "it holds eth_leads(trend=63) where the ledger has" in refusal(run, ledger, tmp_path / "out")
    content, _ = unsealed(place / "base", ledger, tmp_path / "whole")
    assert content["frozen"]["recorded_at"] is not None


def test_edited_parameters_are_refused_also_where_the_ledger_knows_nothing(place: Path, tmp_path: Path) -> None:
    run = edited(place / "base", tmp_path / "edited", *SLOWER)
    message = refusal(run, tmp_path / "fresh.sqlite", tmp_path / "out")
    assert "does not hold the returns that its study gives: eth_leads(trend=63) differs" in message


def test_a_run_that_the_ledger_does_not_know_is_unknown_and_no_first_look(place: Path, tmp_path: Path) -> None:
    content, text = unsealed(place / "base", tmp_path / "fresh.sqlite", tmp_path / "out")
    assert content["frozen"]["recorded_at"] is None
    assert "nor does it know this run; others cannot be ruled out." in text
    assert "When its variants were chosen, and what was seen of these sessions before, cannot be known." in text
    # having been unsealed once does not make it a known one
    again, text = unsealed(place / "base", tmp_path / "fresh.sqlite", tmp_path / "again")
    assert (again["frozen"]["recorded_at"], again["look"]["number"]) == (None, 2)
    assert "cannot be known" in text


def test_what_is_later_than_the_record_is_counted_and_of_the_rest_nothing_is_claimed(
    place: Path, ledger: Path, tmp_path: Path
) -> None:
    recorded_on(ledger, "2026-06-30")  # of the 199 sealed sessions 85 are in July to October
    content, text = unsealed(place / "base", ledger, tmp_path / "out")
    later = len(pd.bdate_range("2026-07-01", "2026-10-30")) - 2  # without 3 July and Labor Day
    assert content["frozen"]["sessions_after"] == later
    assert f"Its variants were recorded on 2026-06-30: {later} of the 199 sessions are later" in text
    assert "what was seen of the others before that day cannot be known" in text
    assert "The ledger begins on 2026-06-30 and knows no look before that day." in text


def test_a_run_recorded_before_the_first_sealed_session_is_told_so(place: Path, ledger: Path, tmp_path: Path) -> None:
    recorded_on(ledger, "2026-01-15")
    _, text = unsealed(place / "base", ledger, tmp_path / "out")
    assert "Its variants were recorded on 2026-01-15, before all of them." in text
    assert "cannot be known" not in text
    assert "The ledger begins" not in text


def test_a_seal_set_years_back_says_what_was_known(place: Path, ledger: Path, tmp_path: Path) -> None:
    run = ran(tmp_path, "early", place / "prices", ledger, sealed="2024-06-28")
    content, text = unsealed(run, ledger, tmp_path / "out")
    # the base run has evaluated sessions after this seal: that was a look
    assert content["look"]["number"] == 2
    assert "Second look at these sessions since 2024-07-01; earlier looks lowered what this one proves." in text
    earlier = content["frozen"]["sessions_authors_knew"]
    assert earlier == content["sealed"]["sessions"] - 199
    assert (
        f"{earlier} of the {content['sealed']['sessions']} sessions end by 2026-01-15, up to which the authors" in text
    )


@pytest.mark.slow
def test_a_fourth_look_is_called_one(place: Path, ledger: Path, tmp_path: Path) -> None:
    for number in range(3):
        unsealed(place / "base", ledger, tmp_path / f"look{number}")
    content, text = unsealed(place / "base", ledger, tmp_path / "fourth")
    assert content["look"]["number"] == 4
    assert "Fourth look at these sessions since 2026-01-16; earlier looks lowered what this one proves." in text


def renamed(prices: Path, folder: Path) -> Path:
    """The same prices, IWM's file under a name that also turns the pair's alphabetical order round."""
    folder.mkdir()
    shutil.copy(prices / "ETH-USD.csv", folder / "ETH-USD.csv")
    shutil.copy(prices / "IWM.csv", folder / "AAA.csv")
    return folder


def test_a_renamed_ticker_is_the_same_data_in_looks_and_counts_in_both_directions(
    place: Path, ledger: Path, tmp_path: Path
) -> None:
    unsealed(place / "base", ledger, tmp_path / "out")
    other = ran(tmp_path, "other", renamed(place / "prices", tmp_path / "prices"), ledger, equity="AAA", trend=63)
    result = json.loads((other / "result.json").read_text(encoding="utf-8"))
    # its two variants and the base's two: derisk is on other tickers, but its trial is the same
    assert result["family"]["n_trials"] == 3
    assert [look["by"] for look in result["seal"]["looks"]] == ["base"]
    content, text = unsealed(other, ledger, tmp_path / "second")
    assert content["look"]["number"] == 2
    assert "Second look at these sessions since 2026-01-16" in text
    # and back: a run under the first name sees both looks
    later = ran(tmp_path, "later", place / "prices", ledger, trend=21)
    seal = json.loads((later / "result.json").read_text(encoding="utf-8"))["seal"]
    assert [look["by"] for look in seal["looks"]] == ["base", "other"]
    listed = json.loads(command("list", "trials", "--ledger", ledger, "--json").stdout)
    assert [(each["pair"], each["other_names"]) for each in listed["data_sets"]] == [
        (["ETH-USD", "IWM"], [["AAA", "ETH-USD"]])
    ]


def with_evil_code(run: Path, copy: Path, *, result_too: bool) -> Path:
    """A copy of the run whose study names a file that leaves a mark when it runs."""
    shutil.copytree(run, copy)
    (copy / "evil.py").write_text("from pathlib import Path\nPath(__file__).with_suffix('.ran').write_text('')\n")
    with (copy / "study.toml").open("a", encoding="utf-8") as study:
        study.write(f"\n[files]\n'{copy / 'evil.py'}' = ''\n")
    if result_too:
        content = json.loads((copy / "result.json").read_text(encoding="utf-8"))
        content["study"]["files"] = {str(copy / "evil.py"): ""}
        (copy / "result.json").write_text(json.dumps(content), encoding="utf-8")
    return copy


@pytest.mark.parametrize("result_too", [False, True])
def test_no_code_of_somebody_s_run_runs_before_its_study_is_known(
    place: Path, ledger: Path, tmp_path: Path, result_too: bool
) -> None:
    run = with_evil_code(place / "base", tmp_path / "theirs", result_too=result_too)
    sentence = refusal(run, ledger, tmp_path / "out")
    assert ("files was changed" in sentence, "--trust" in sentence) == (not result_too, result_too)
    assert str(run / "evil.py") in sentence or not result_too
    again = command("run", run / "study.toml", "--out", tmp_path / "again", "--ledger", ledger)
    assert (again.returncode, again.stdout) == (1, "")
    assert "--trust" in again.stderr
    assert not (run / "evil.ran").exists()
    trusted = command("run", run / "study.toml", "--out", tmp_path / "again", "--ledger", ledger, "--trust")
    assert (run / "evil.ran").exists()
    assert "there is no strategy in it" in trusted.stderr
