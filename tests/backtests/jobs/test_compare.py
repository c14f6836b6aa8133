"""What keeps runs from being compared is said, and nothing else is."""

import copy
from pathlib import Path
from typing import Any

import pytest

from unlockstep.backtests.jobs.compare import differences
from unlockstep.backtests.storage import StoredRun

RESULT: dict[str, Any] = {
    "data": {
        "pair": ["ETH-USD", "IWM"],
        "source": "files",
        "sha256": "a" * 64,
        "first": "2016-01-04",
        "last": "2025-12-31",
        "evaluated": {"first": "2017-06-27", "last": "2025-12-31"},
    },
    "study": {
        "fill": "close",
        "lag": 1,
        "alpha": 0.05,
        "worthwhile_ir": 0.5,
        "costs": {
            "fee_bps": {"ETH-USD": 10.0, "IWM": 1.0},
            "slippage_bps": {"ETH-USD": 5.0, "IWM": 2.0},
            "borrow_rate": 0.03,
            "cash_rate": 0.0,
        },
    },
}


def stored(name: str, **changes: object) -> StoredRun:
    """A run whose result differs from RESULT at the dotted keys, such as data__last="2024-12-31"."""
    result = copy.deepcopy(RESULT)
    for path, value in changes.items():
        *parents, key = path.split("__")
        place = result
        for parent in parents:
            place = place[parent]
        place[key] = value
    return StoredRun(Path(name), result, {})


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
    costs = {**RESULT["study"]["costs"], **other}
    assert differences([stored("one"), stored("two", study__costs=costs)]) == []


def test_runs_of_the_same_folder_name_are_told_apart() -> None:
    one, two = stored("one"), stored("one", data__last="2024-12-31")
    runs = [StoredRun(Path("left") / "one", one.result, {}), StoredRun(Path("right") / "one", two.result, {})]
    (result,) = differences(runs)
    assert result == "Different period: left/one: 2016-01-04 to 2025-12-31; right/one: 2016-01-04 to 2024-12-31."
