"""Lines and scales; expected values by hand."""

import numpy as np
import pandas as pd
import pytest

from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.scale import Scale, scale_of, span, ticks


def test_growth_starts_from_one() -> None:
    assert lines.growth(np.array([-0.5, 1.0, 0.5])).tolist() == [0.5, 1.0, 1.5]


def test_growth_is_told_in_steps_of_its_logarithm_that_do_not_drift() -> None:
    returns = np.array([0.01, -0.5, 0.00004, 0.00004, -1.0])  # log 0.00995, -0.69315, 0.00004, 0.00004
    assert lines.log_steps(returns) == [100, -6932, 0, 1, None]


def test_a_lost_account_leaves_no_line() -> None:
    assert lines.rounded(lines.growth(np.array([-1.0, 0.5]))) == [None, None]


def test_rounding_keeps_significant_digits() -> None:
    assert lines.rounded(np.array([12345.678, 0.000123456, 0.0, np.nan]), 3) == [12300.0, 0.000123, 0.0, None]


def test_spans_are_the_stretches_of_ones() -> None:
    days = pd.date_range("2024-01-01", periods=6, freq="D")
    state = pd.Series([1.0, 1.0, 0.0, np.nan, 1.0, 1.0], days)
    assert lines.spans(state) == [("2024-01-01", "2024-01-02"), ("2024-01-05", "2024-01-06")]
    assert lines.spans(None) == []
    assert lines.clip(lines.spans(state), "2024-01-02", "2024-01-05") == [
        ("2024-01-02", "2024-01-02"),
        ("2024-01-05", "2024-01-05"),
    ]


def test_an_interval_lies_on_its_scale_in_percent() -> None:
    scale = Scale(-1.0, 1.0)
    result = span(scale, 0.0, [-0.5, 0.5])
    assert (result.dot, result.left, result.width) == (50.0, 25.0, 50.0)
    assert span(scale, None, [None, 0.5]).left is None


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-1.1, 1.6, [-1.0, -0.5, 0.0, 0.5, 1.0, 1.5]),
        (-0.2, 0.25, [-0.2, -0.1, 0.0, 0.1, 0.2]),
        (-30.0, 40.0, [-20.0, 0.0, 20.0, 40.0]),
        (0.0, 900.0, [0.0, 200.0, 400.0, 600.0, 800.0]),
    ],
)
def test_ticks_are_round_numbers_inside_the_scale(low: float, high: float, expected: list[float]) -> None:
    assert ticks(Scale(low, high)) == expected


def test_a_scale_without_values_is_still_a_scale() -> None:
    assert scale_of([None, float("nan")]) == Scale(-1.0, 1.0)
    assert scale_of([0.0]).low < 0.0 < scale_of([0.0]).high
