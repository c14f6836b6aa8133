"""`unlockstep list trials` and `--ledger` as a user meets them."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.backtests.build import experiment_of
from tests.backtests.cli.test_app import failed_command
from tests.backtests.nursery import command
from tests.build import random_market
from unlockstep.backtests.trials.dataset_identity import data_set_of
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.backtests.trials.trial_recording import count_experiment_trials

THREE = {"strategy": "derisk", "params": {"window": [60, 90, 120]}}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of three variants, on prices and on the same with a day more, and of none on another pair."""
    path = tmp_path_factory.mktemp("ledger") / "mine.sqlite"
    ledger, market = Ledger.open(path), random_market(3, 400)
    for prices in (market.slice(0, 399), market):
        experiment = experiment_of(prices, THREE)
        count_experiment_trials([experiment], experiment.study, ledger)
    other = random_market(4, 400)
    ledger.record(data_set_of(other), [], study="s", primary=None, now=datetime.now(UTC))
    return path


def test_list_trials_shows_every_variant_with_study_and_time_in_80_columns(filled: Path) -> None:
    done = command("list", "trials", "--ledger", filled)
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80
    # what a day more left stands with the rest; on so few sessions no rule changes its weights, so none is a choice
    assert re.search(r"ETH-USD/IWM, prices from 2024-01-01 to 2025-07-11", done.stdout)
    assert re.search(r"6 trials; effective number of independent trials: 0\.0", done.stdout)
    flat = re.sub(r"\s", "", done.stdout)
    for window in (60, 90, 120):
        assert flat.count(f"derisk(window={window}") == 2
    assert len(re.findall(r"[0-9a-f]{8} not shown$", done.stdout, re.MULTILINE)) == 6
    assert re.search(r"\d\d:\d\d:\d\d", done.stdout)


def test_list_trials_in_json_holds_every_term(filled: Path) -> None:
    done = json.loads(command("list", "trials", "--ledger", filled, "--json").stdout)
    assert done["ledger"] == str(filled)
    first, second = done["data_sets"]
    assert (len(first["fingerprints"]), len(first["trials"]), second["trials"]) == (2, 6, [])
    trial = first["trials"][0]
    assert set(trial) == {
        "variant", "variants", "file", "fill", "lag", "costs", "first", "last", "first_at", "last_at", "studies",
        "study", "pending", "exploratory", "registered",
    }  # fmt: skip
    assert re.fullmatch(r"[0-9a-f]{64}", trial["study"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", trial["first_at"])


def test_list_trials_can_be_asked_for_one_pair(filled: Path) -> None:
    for pair, number in (("IWM,ETH-USD", 2), ("BTC-USD,IWM", 0)):
        done = json.loads(command("list", "trials", "--ledger", filled, "--pair", pair, "--json").stdout)
        assert len(done["data_sets"]) == number


def test_no_ledger_yet_holds_no_trials_and_is_not_made(tmp_path: Path) -> None:
    done = command("list", "trials", "--ledger", tmp_path / "none.sqlite")
    assert done.returncode == 0
    assert "There are no trials in" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_cannot_be_used_stops_run_and_list_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("no ledger at all, but a text of mine " * 40)
    for words in (("run", "--data", tmp_path, "--out", tmp_path / "run"), ("list", "trials")):
        status, message = failed_command(capsys, monkeypatch, *words, "--ledger", notes)
        assert status == 1
        assert re.fullmatch(
            r"unlockstep: The trial ledger '.*notes\.txt' cannot be used: it is no SQLite file\. Another file can be "
            r"named with --ledger FILE or UNLOCKSTEP_LEDGER; its count begins anew\.\n",
            message,
        )
    assert not (tmp_path / "run").exists()
