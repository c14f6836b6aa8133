"""The decimal mark of a column."""

import pytest

from unlockstep.backtests.data.numbers import ColumnError, numbers_of


def test_what_begins_with_zero_is_no_number_of_thousands() -> None:
    # a coin below one, or a rate: none of these is 123
    numbers, words = numbers_of({"close": ["0,123", "0,456"]}, point_is_usual=False)
    assert (numbers["close"].tolist(), words) == ([0.123, 0.456], "decimal commas")
    assert numbers_of({"close": ["0,123", "0,0987"]}, point_is_usual=False)[0]["close"].tolist() == [0.123, 0.0987]
    assert numbers_of({"close": ["-0,005"]}, point_is_usual=False)[0]["close"].tolist() == [-0.005]


def test_thousands_are_thousands_where_another_cell_says_so() -> None:
    numbers, _ = numbers_of({"close": ["1,234", "1,234.5"]}, point_is_usual=True)
    assert numbers["close"].tolist() == [1234.0, 1234.5]
    with pytest.raises(ColumnError):
        numbers_of({"close": ["1,234", "5,678"]}, point_is_usual=True)
