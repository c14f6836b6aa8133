"""Estimates as dots on one scale: positions by hand."""

from unlockstep.backtests.reports.charts.dots import Estimate, dots
from unlockstep.backtests.reports.text.figure import Figure


def estimate(name: str, value: float | None, *bounds: float | None) -> Estimate:
    return Estimate(name, Figure(value, ""), [Figure(bound, "") for bound in bounds])


def test_the_first_is_the_whole_and_all_share_one_scale() -> None:
    picture = dots("title", "note", [estimate("all", 1.0, 0.0, 2.0), estimate("part", -2.0)])
    # from −2 to 2 with a margin of 5 % of 4 at either end: −2.2 to 2.2
    assert [(row.name, row.whole, str(row.bounds)) for row in picture.rows] == [
        ("all", True, "0.00 to +2.00"),
        ("part", False, "no interval"),
    ]
    assert picture.marks == [("zero", 50.0)]
    first, second = (row.span for row in picture.rows)
    assert (first.dot, first.left, first.width) == (round(3.2 / 4.4 * 100, 2), 50.0, round(2 / 4.4 * 100, 2))
    assert (second.dot, second.left, second.width) == (round(0.2 / 4.4 * 100, 2), None, None)


def test_an_interval_leaves_zero_out_on_either_side_only() -> None:
    assert [
        estimate("", 1.0, *bounds).leaves_zero_out
        for bounds in ((0.1, 2.0), (-2.0, -0.1), (-0.1, 2.0), (0.0, 2.0), (None, 2.0), ())
    ] == [True, True, False, False, False, False]
