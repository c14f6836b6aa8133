"""An error is one sentence, made of its fault and its remedy, and holds what it is about as fields."""

import pickle
from datetime import UTC, date, datetime

import pytest

from unlockstep.signals.errors import DataError, HistoryError, ParameterError, UnlockstepError, UsageError, unknown_name

DAY = date(2024, 1, 11)


@pytest.mark.parametrize(
    ("fault", "remedy", "sentence"),
    [
        ("IWM has no close", "", "IWM has no close."),
        ("IWM has no close.", "", "IWM has no close."),
        ("IWM has no close", "add the row", "IWM has no close; add the row."),
        ("IWM has no close.", "add the row.", "IWM has no close; add the row."),
        ("41 sessions are too few", "Start earlier", "41 sessions are too few. Start earlier."),
        ("There is no signal 'trnd'", "did you mean 'trend'?", "There is no signal 'trnd'; did you mean 'trend'?"),
    ],
)
def test_the_sentence_is_the_fault_and_then_the_remedy(fault: str, remedy: str, sentence: str) -> None:
    assert str(UnlockstepError(fault, remedy=remedy)) == sentence


def test_an_error_that_names_nothing_has_empty_fields() -> None:
    error = UnlockstepError("Nothing works")
    assert (error.name, error.dates, error.limit, error.remedy, error.choices, error.line) == (
        "",
        (),
        None,
        "",
        (),
        None,
    )


def test_dates_have_no_time_of_day() -> None:
    assert DataError("Late", dates=[datetime(2024, 1, 11, 21, tzinfo=UTC), DAY]).dates == (DAY, DAY)


def test_every_field_travels_to_another_process() -> None:
    error = HistoryError(
        "Too few", name="IWM.csv", dates=(DAY,), limit=61, remedy="start earlier", choices=["SPY"], line=3
    )
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is HistoryError
    assert vars(copy) == vars(error)
    assert str(copy) == str(error) == "Too few; start earlier."


def test_a_place_comes_before_the_sentence_and_changes_no_other_error() -> None:
    error = ParameterError("window = 1 is too small", name="window", limit=2, remedy="take 2")
    placed = error.at("study.toml, line 3", line=3)
    assert str(placed) == "study.toml, line 3: window = 1 is too small; take 2."
    assert (type(placed), placed.name, placed.limit, placed.line) == (ParameterError, "window", 2, 3)
    assert (str(error), error.line) == ("window = 1 is too small; take 2.", None)


def test_a_misspelt_name_has_its_closest_match_or_all_names_as_choices() -> None:
    close, far = (unknown_name("signal", name, ["trend", "beta"]) for name in ("trnd", "xyzzy"))
    assert isinstance(close, UsageError)
    assert (close.name, close.choices, str(close)) == (
        "trnd",
        ("trend",),
        "There is no signal 'trnd'; did you mean 'trend'?",
    )
    assert (far.name, far.choices, str(far)) == (
        "xyzzy",
        ("beta", "trend"),
        "There is no signal 'xyzzy'; there are: beta, trend.",
    )
