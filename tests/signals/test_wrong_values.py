"""What pydantic finds wrong, in our words."""

from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from unlockstep.signals.wrong_values import bound_of, in_words


class Inner(BaseModel):
    x: int = 1


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False, frozen=True)

    whole: Annotated[int, Field(ge=10, le=20)] = 10
    share: Annotated[float, Field(gt=0.0, lt=0.5, allow_inf_nan=False)] = 0.1
    day: date = date(2020, 1, 1)
    yes: bool = True
    text: Annotated[str, Field(min_length=2)] = "ab"
    word: Literal["close", "open"] = "close"
    pair: tuple[str, str] = ("a", "b")
    values: Annotated[list[int], Field(max_length=2)] = []
    table: dict[str, float] = {}
    inner: Inner = Inner()
    odd: int = 1

    @field_validator("odd")
    @classmethod
    def _odd(cls, odd: int) -> int:
        if odd % 2 == 0:
            raise ValueError("An odd number, not an even one, is needed")
        return odd


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"whole": 3}, "at least 10 is needed"),
        ({"whole": 30}, "at most 20 is needed"),
        ({"whole": "x"}, "a whole number is needed"),
        ({"whole": 10.5}, "a whole number is needed"),
        ({"share": 0}, "more than 0 is needed"),
        ({"share": 0.7}, "less than 0.5 is needed"),
        ({"share": "x"}, "a number is needed"),
        ({"share": float("inf")}, "a finite number is needed"),
        ({"day": "31.12.2025"}, "a date as YYYY-MM-DD is needed"),
        ({"day": "yesterday"}, "a date as YYYY-MM-DD is needed"),
        ({"day": "2020-01-01T10:00"}, "a date as YYYY-MM-DD, without a time of day, is needed"),
        ({"day": []}, "a date as YYYY-MM-DD is needed"),
        ({"yes": "perhaps"}, "true or false is needed"),
        ({"text": 3}, "text is needed"),
        ({"text": "a"}, "text of at least 2 characters is needed"),
        ({"word": "noon"}, "'close' or 'open' is needed"),
        ({"pair": "A,B"}, "a list is needed"),
        ({"pair": ["a", "b", "c"]}, "a list of at most 2 is needed"),
        ({"pair": ["a"]}, "it is missing"),
        ({"values": [1, 2, 3]}, "a list of at most 2 is needed"),
        ({"table": 3}, "a table is needed"),
        ({"inner": 3}, "a table is needed"),
        ({"unknown": 3}, "there is no such key"),
        ({"odd": 2}, "an odd number, not an even one, is needed"),
    ],
)
def test_a_wrong_value_is_told_by_what_is_needed(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Model(**values)
    assert in_words(dict(caught.value.errors()[0])) == words


def test_a_bound_is_the_one_that_was_passed() -> None:
    with pytest.raises(ValidationError) as caught:
        Model(whole=3)
    assert bound_of(dict(caught.value.errors()[0])) == 10
    with pytest.raises(ValidationError) as caught:
        Model(whole="x")
    assert bound_of(dict(caught.value.errors()[0])) is None


def test_what_cannot_be_changed_says_so() -> None:
    with pytest.raises(ValidationError) as caught:
        Model().whole = 12  # type: ignore[misc]
    assert in_words(dict(caught.value.errors()[0])) == "it cannot be changed"
