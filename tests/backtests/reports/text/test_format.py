"""Expected texts are written by hand."""

from datetime import date

import pytest

from unlockstep.backtests.reports.text import format as f


@pytest.mark.parametrize(
    ("x", "digits", "signed", "text"),
    [
        (0.617, 2, False, "0.62"),
        (0.617, 2, True, "+0.62"),
        (-0.617, 2, False, "−0.62"),
        (-0.001, 2, True, "0.00"),
        (12482.4, 0, False, "12,482"),
        (None, 2, False, "–"),
        (float("nan"), 2, False, "–"),
        (float("inf"), 2, False, "–"),
    ],
)
def test_a_ratio_has_a_true_minus_and_no_sign_on_what_rounds_to_zero(
    x: float | None, digits: int, signed: bool, text: str
) -> None:
    assert f.ratio(x, digits, signed) == text


def test_percent_takes_a_fraction_and_does_not_break_before_its_sign() -> None:
    assert f.percent(0.12657) == "12.7\u00a0%"
    assert f.percent(-0.10967, signed=True) == "−11.0\u00a0%"
    assert f.percent(0.33333, 0) == "33\u00a0%"
    assert f.percent(None) == "–"


def test_a_p_value_never_claims_to_be_zero() -> None:
    assert f.p_value(0.4731) == "0.473"
    assert f.p_value(0.0002) == "<\u00a00.001"
    assert f.p_value(0.0) == "<\u00a00.001"
    assert f.p_value(1.0) == "1.000"
    assert f.p_value(None) == "–"


def test_thresholds_have_no_idle_zeros() -> None:
    assert [f.short_percent(x) for x in (0.05, 0.025, 0.5, None)] == ["5\u00a0%", "2.5\u00a0%", "50\u00a0%", "–"]


def test_years_beyond_a_century_are_hopeless_and_infinite_ones_never() -> None:
    assert [f.years(x) for x in (7.95, 100.4, None, float("inf"))] == ["8.0", "over 100", "never", "never"]
    assert f.years(None, "–") == "–"


def test_an_interval_with_a_missing_bound_is_missing() -> None:
    assert f.interval([-0.4233, 1.0611]) == "−0.42 to 1.06"
    assert f.interval([None, 1.0]) == "–"
    assert f.interval(None) == "–"
    assert f.interval([]) == "–"


def test_the_other_units() -> None:
    assert f.times(8.35) == "8.3×"
    assert f.times(None) == "–"
    assert f.count(2141) == "2,141"
    assert f.basis_points(10.0) == "10\u00a0bp"
    assert f.basis_points(2.5) == "2.5\u00a0bp"
    assert f.iso_date(date(2025, 12, 31)) == "2025-12-31"
    assert f.iso_date(None) == "–"
    assert f.short_hash("9f001eea779c6f61") == "9f001eea779c"


def test_a_parameter_is_written_as_it_is_typed() -> None:
    assert [f.value(x) for x in (0.0, 0.15, 90, True, "fade", None, [60, 90])] == [
        "0", "0.15", "90", "true", "fade", "–", "60, 90",
    ]  # fmt: skip


def test_sentences_get_true_minus_signs_and_dates_and_names_stay() -> None:
    text = f.typographic("moved -0.05 (33%, -.5) from 2016-01-04 in ETH-USD, a(b=-1), 95 % interval -0.42 to +1.06.")
    assert text == (
        "moved −0.05 (33\u00a0%, −.5) from 2016-01-04 in ETH-USD, a(b=-1), 95\u00a0% interval −0.42 to +1.06."
    )
