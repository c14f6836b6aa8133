"""What keeps runs from being compared is said, and nothing else is."""

import copy
from typing import Any

import pytest

from tests.backtests.reports.build import edited, stored_run
from unlockstep.backtests.jobs.compare import differences, shared_window
from unlockstep.backtests.results.stored_run import StoredRun

COSTS = {
    "fee_bps": {"ETH-USD": 10.0, "IWM": 1.0},
    "slippage_bps": {"ETH-USD": 5.0, "IWM": 2.0},
    "borrow_rate": 0.03,
    "cash_rate": 0.0,
}


def stored(name: str, **changes: object) -> StoredRun:
    """A run whose result.json differs at the dotted keys, such as data__last="2024-12-31"."""

    def change(content: dict[str, Any]) -> None:
        content["study"] |= {"alpha": 0.05, "costs": copy.deepcopy(COSTS)}
        for path, value in changes.items():
            *parents, key = path.split("__")
            place = content
            for parent in parents:
                place = place[parent]
            place[key] = value

    return edited(stored_run(name=name), change)


def test_equal_runs_may_be_compared() -> None:
    assert differences([stored("one"), stored("two"), stored("three")]) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"data__pair": ["BTC-USD", "SPY"]}, "pair"),
        ({"data__source": "Yahoo"}, "source"),
        ({"data__sha256": "b" * 64}, "prices"),
        ({"data__last": "2024-12-31"}, "period"),
        ({"data__evaluated__first": "2018-01-02"}, "evaluated window"),
        ({"study__fill": "open"}, "fill"),
        ({"study__lag": 2}, "fill"),
        ({"study__costs__borrow_rate": 0.1}, "costs"),
        ({"study__alpha": 0.1}, "verdict rule"),
    ],
)
def test_each_difference_is_named_with_both_values(change: dict[str, object], word: str) -> None:
    result = differences([stored("one"), stored("two", **change)])
    assert len(result) == 1
    assert result[0].startswith(f"Different {word}: one: ")
    assert "; two: " in result[0]


def test_equal_costs_of_other_tickers_are_equal_costs() -> None:
    other = {"fee_bps": {"BTC-USD": 10.0, "SPY": 1.0}, "slippage_bps": {"BTC-USD": 5.0, "SPY": 2.0}}
    costs = {**COSTS, **other}
    assert differences([stored("one"), stored("two", study__costs=costs)]) == []


def test_runs_of_the_same_folder_name_are_told_apart() -> None:
    one, two = stored("left/one", data__first="2016-01-04"), stored("right/one", data__first="2017-01-03")
    (result,) = differences([one, two])
    last = one.result.data.last
    assert result == f"Different period: left/one: 2016-01-04 to {last}; right/one: 2017-01-03 to {last}."


def test_different_windows_come_with_what_makes_them_the_same() -> None:
    early, late = stored("one"), stored("two", data__evaluated__first="2024-06-03")
    shared = shared_window([early, late])
    assert shared is not None
    assert (shared.evaluate_from, shared.end) == ("2024-06-03", None)
    assert "--evaluate-from 2024-06-03 " in differences([early, late])[0]
    shorter = stored("three", data__evaluated__last="2024-12-31")
    shared = shared_window([late, shorter])
    assert shared is not None
    assert (shared.evaluate_from, shared.end) == ("2024-06-03", "2024-12-31")


def test_windows_that_share_nothing_or_everything_ask_for_nothing() -> None:
    assert shared_window([stored("one"), stored("two")]) is None
    first, last = stored("one"), stored("two", data__evaluated__first="2100-01-04")
    assert shared_window([first, last]) is None


def test_windows_that_open_alike_for_different_reasons_are_the_same() -> None:
    opening = {"slowest": "x", "warmup": 9, "earliest": "2024-01-01"}
    runs = [stored(by, data__evaluated__opening={"by": by, **opening}) for by in ("warm-up", "evaluate_from")]
    assert differences(runs) == []
