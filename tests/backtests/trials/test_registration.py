"""Registrations: a share of the error, once for each idea, before anybody saw it; and withdrawals."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.build import random_market
from tests.refusals import refused
from unlockstep.backtests.calibration.rate import Rate
from unlockstep.backtests.calibration.registered_studies import Ideas, edges
from unlockstep.backtests.trials.dataset_identity import DataSet, data_set_of
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.backtests.trials.registration import Registration, share_of
from unlockstep.backtests.trials.return_sketches import DRAWS
from unlockstep.backtests.trials.trial_count import Trial, TrialSpec
from unlockstep.signals.errors import RegistrationError

NOON, LATER = (datetime(2026, 1, day, 12, tzinfo=UTC) for day in (20, 21))
NOTHING = bytes(2 * DRAWS)


def trial(variant: str, file: str = "") -> Trial:
    return Trial(TrialSpec(variant, file, "close", 1, "{}", "2024-02-01", "2025-01-31"), NOTHING, NOTHING)


@pytest.fixture(scope="module")
def data() -> DataSet:
    return data_set_of(random_market(3, 300))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(tmp_path / "ledger.sqlite")


def register(ledger: Ledger, data: DataSet, file: str, *variants: str) -> Registration:
    return ledger.register(data, file=file, name=file, variants=variants or ("a()",), why="it pays", now=NOON)


def test_each_registration_has_half_of_what_is_left_and_the_sixth_is_refused(ledger: Ledger, data: DataSet) -> None:
    # a third of the error: 1/6, 1/12, 1/24, 1/48, 1/96 of it
    shares = [register(ledger, data, file).share for file in "abcde"]
    assert shares == pytest.approx([1 / 6, 1 / 12, 1 / 24, 1 / 48, 1 / 96])
    with refused(RegistrationError, name="f", limit=5):
        register(ledger, data, "f")
    assert share_of(6) == 0.0


def test_variants_of_one_file_split_its_share(ledger: Ledger, data: DataSet) -> None:
    assert register(ledger, data, "a", "a(x=1)", "a(x=2)").share == pytest.approx(1 / 12)


def test_an_idea_is_registered_once_and_only_before_its_first_evaluation(ledger: Ledger, data: DataSet) -> None:
    register(ledger, data, "a")
    with refused(RegistrationError, name="a", dates=("2026-01-20",)):
        register(ledger, data, "a")
    ledger.record(data, [trial("b()", file="b")], study="1" * 64, primary=None, now=LATER)
    with refused(RegistrationError, name="b", dates=("2026-01-21",)):
        register(ledger, data, "b")
    register(ledger, data_set_of(random_market(4, 300)), "b")  # other prices


def test_a_study_is_withdrawn_only_as_long_as_nothing_of_it_was_shown(ledger: Ledger, data: DataSet) -> None:
    ledger.record(data, [trial("a()")], study="1" * 64, primary="a()", now=NOON)
    ledger.record(data, [trial("b()")], study="2" * 64, primary=None, now=NOON)
    ledger.shown("2" * 64)
    assert ledger.studies_pending() == {"1" * 64}
    with refused(RegistrationError, name="2" * 64):
        ledger.withdraw("22222222", now=LATER)
    assert ledger.withdraw("11111111", now=LATER) == "1" * 64
    record = ledger.read_record(data, [trial("b()")])
    assert (list(record.trials), list(record.primaries)) == ([trial("b()")], [])
    assert [entry.trial for _, entries in ledger.entries() for entry in entries] == [trial("b()")]
    with refused(RegistrationError, name="1" * 64):
        ledger.withdraw("11111111", now=LATER)
    # run again, and shown, it counts again
    ledger.record(data, [trial("a()")], study="1" * 64, primary="a()", now=LATER)
    ledger.shown("1" * 64)
    assert len(ledger.read_record(data, [trial("b()")]).trials) == 2


def test_a_study_shown_while_another_process_withdrew_it_counts(ledger: Ledger, data: DataSet) -> None:
    ledger.record(data, [trial("a()")], study="1" * 64, primary=None, now=NOON)
    ledger.withdraw("1", now=NOON)
    ledger.shown("1" * 64)
    assert len(ledger.read_record(data, [trial("a()")]).trials) == 1


def test_no_study_and_several_are_refused(ledger: Ledger, data: DataSet) -> None:
    for study in ("1" * 64, "1" + "2" * 63):
        ledger.record(data, [trial("a()")], study=study, primary=None, now=NOON)
    with refused(RegistrationError, name="9"):
        ledger.withdraw("9", now=LATER)
    with refused(RegistrationError, name="1", choices=("11111111", "12222222")):
        ledger.withdraw("1", now=LATER)


@pytest.mark.parametrize("worlds", [2_000, pytest.param(20_000, marks=pytest.mark.deep)], ids=["small", "whole"])
@pytest.mark.parametrize("ideas", [Ideas(), Ideas(0.7), Ideas(0.7, "five best"), Ideas(0.9, registered=False)])
def test_thirty_studies_err_in_at_most_one_world_in_twenty_however_their_ideas_are_chosen(
    ideas: Ideas, worlds: int
) -> None:
    said = edges(ideas, worlds=worlds)
    assert said.rate(30).low <= 0.05
    # without the first study's 3 %: 1 % of registrations and 0.5 % of later studies
    assert Rate.of(int(said.ideas.any(axis=1).sum()), worlds).low <= 0.015


def test_a_registered_idea_with_an_edge_is_not_buried_under_what_others_tried() -> None:
    # an expected t of 3.5 against 2.58, which a sixth of 3 % asks for: 82 %
    passed = edges(Ideas(0.5, "first", effect=3.5), worlds=400, studies=1).ideas[:, 0]
    assert passed.mean() == pytest.approx(0.82, abs=0.06)
