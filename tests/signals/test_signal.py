"""Parameters, labels and errors that all signals share, and the registry."""

import numpy as np
import pytest

from tests.build import random_market
from tests.refusals import refused
from unlockstep.signals import (
    AnyBreak,
    Breakdown,
    ChainCorrelation,
    ClosedHoursMove,
    Context,
    Correlation,
    DirectCorrelation,
    LevelCorrelation,
    LinkCorrelation,
    Price,
    Range,
    Trend,
    Volume,
    YoY,
)
from unlockstep.signals.errors import HistoryError, ParameterError, UnlockstepError, UsageError, WorkError, unknown_name
from unlockstep.signals.registry import SHOWN, SIGNALS


def test_a_label_names_every_parameter() -> None:
    assert Trend(window=60).label == "trend(leg=crypto,window=60)"
    assert Breakdown(window=60, decouple_below=0.1).label == (
        "breakdown(window=60,decouple_below=0.1,couple_above=0.3,min_stay=5)"
    )


def test_two_parameter_sets_that_differ_never_share_a_label() -> None:
    labels = {Breakdown(decouple_below=0.1 + k * 1e-9).label for k in range(20)}
    assert len(labels) == 20


def test_a_misspelt_parameter_is_answered_with_the_one_meant() -> None:
    with refused(ParameterError, name="windw", choices=["window"]):
        Correlation(windw=90)  # type: ignore[call-arg]


def test_an_unknown_parameter_is_answered_with_those_there_are() -> None:
    with refused(ParameterError, name="q", choices=["leg", "window"]):
        Trend(q=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("values", "name", "limit"),
    [
        ({"window": 9}, "correlation.window", 10),
        ({"window": 1001}, "correlation.window", 1000),
        ({"window": "ninety"}, "correlation.window", None),
        ({"method": "kendall"}, "correlation.method", None),
        ({"decay": 1.0}, "correlation.decay", 1),
        ({"decay": float("nan")}, "correlation.decay", None),
    ],
)
def test_a_value_out_of_range_is_refused_with_name_and_limit(
    values: dict[str, object], name: str, limit: float | None
) -> None:
    with refused(ParameterError, name=name, limit=limit):
        Correlation(**values)


def test_a_market_shorter_than_the_warm_up_is_refused_with_dates_and_a_way_out() -> None:
    market = random_market(1, 90)
    with refused(
        HistoryError, name=Correlation(window=90).label, dates=["2024-01-01", "2024-05-03"], limit=91, remedy="earlier"
    ):
        Correlation(window=90).compute(market)


def test_a_market_of_just_the_warm_up_and_one_session_gives_one_value() -> None:
    values = Correlation(window=90).compute(random_market(1, 91))
    assert np.isnan(values.iloc[:90]).all()
    assert np.isfinite(values.iloc[90])
    assert LevelCorrelation(window=90).compute(random_market(1, 90)).notna().sum() == 1


def test_equal_parameters_make_equal_signals_that_can_be_keys() -> None:
    assert YoY(leg="crypto") == YoY(leg="crypto")
    assert len({YoY(leg="crypto"), YoY(leg="crypto"), YoY(leg="equity")}) == 2


def test_every_signal_is_registered_under_its_own_name_with_a_meaning_and_a_unit() -> None:
    for name, signal in SIGNALS.items():
        assert signal.name == name
        assert signal.meaning
        assert signal.unit
    # prices and series as they are need no picture, any_break follows from columns that are there, and what reads
    # bridges, or opens, has none where they are missing
    hidden = {
        Price,
        Volume,
        Range,
        Context,
        AnyBreak,
        ClosedHoursMove,
        LinkCorrelation,
        ChainCorrelation,
        DirectCorrelation,
    }
    assert {type(signal) for signal in SHOWN} == set(SIGNALS.values()) - hidden


def test_no_two_signals_shown_share_a_label() -> None:
    assert len({signal.label for signal in SHOWN}) == len(SHOWN)


def test_level_correlations_are_never_called_correlation_alone() -> None:
    assert LevelCorrelation.name == "level_correlation"
    assert "LEVELS" in LevelCorrelation.meaning
    assert "returns" in Correlation.meaning


def test_an_unknown_name_without_a_near_one_lists_all_in_order() -> None:
    assert str(unknown_name("signal", "zzz", ["b", "a"])) == "There is no signal 'zzz'; there are: a, b."


def test_misuse_ends_with_status_two_and_failed_work_with_one() -> None:
    assert (UnlockstepError.exit_status, WorkError.exit_status, UsageError.exit_status) == (1, 1, 2)
    assert issubclass(ParameterError, UsageError)
    assert issubclass(HistoryError, WorkError)
