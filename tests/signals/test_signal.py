"""Parameters, labels and errors that all signals share, and the registry."""

import numpy as np
import pytest

from tests.build import random_market
from unlockstep.signals import Breakdown, Correlation, LevelCorrelation, Trend, YoY
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
    with pytest.raises(ParameterError, match=r"no parameter of correlation called 'windw'; did you mean 'window'\?"):
        Correlation(windw=90)  # type: ignore[call-arg]


def test_an_unknown_parameter_is_answered_with_those_there_are() -> None:
    with pytest.raises(ParameterError, match=r"'q'; there are: leg, window\."):
        Trend(q=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"window": 9}, r"correlation\.window = 9: input should be greater than or equal to 10"),
        ({"window": 1001}, r"correlation\.window = 1001: input should be less than or equal to 1000"),
        ({"window": "ninety"}, r"correlation\.window = 'ninety': input should be a valid integer"),
        ({"method": "kendall"}, r"correlation\.method = 'kendall': input should be 'pearson', 'spearman' or 'ewma'"),
        ({"decay": 1.0}, r"correlation\.decay = 1\.0: input should be less than 1"),
        ({"decay": float("nan")}, r"correlation\.decay = nan"),
    ],
)
def test_a_value_out_of_range_is_refused_with_name_value_and_limit(values: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Correlation(**values)


def test_a_market_shorter_than_the_warm_up_is_refused_with_dates_and_a_way_out() -> None:
    market = random_market(1, 90)
    with pytest.raises(HistoryError) as caught:
        Correlation(window=90).compute(market)
    message = str(caught.value)
    assert "needs 91 sessions" in message
    assert "2024-01-01 to 2024-05-03 holds 90" in message
    assert "start earlier or shorten its windows" in message


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
    assert {type(signal) for signal in SHOWN} == set(SIGNALS.values())


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
