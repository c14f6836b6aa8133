"""The variants of a sweep: known by their numbers, within their bounds, without those that contradict themselves."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, model_validator

from tests.refusals import refused
from unlockstep.backtests.sweep.grid import Space, rows_of, space_of, values_of
from unlockstep.signals.errors import ParameterError
from unlockstep.strategies import Strategy, target
from unlockstep.strategies.registry import all_strategies

ALL = all_strategies()
DERISK, HEDGE = ALL["derisk"], ALL["reconvergence"]


def test_the_variants_are_the_product_of_the_axes_in_order() -> None:
    space = space_of(DERISK, {"window": [60, 90], "couple_above": [0.3, 0.4, 0.5]})
    assert space.size == 6
    expected = [(w, 0.15, c, 5) for w, c in product((60, 90), (0.3, 0.4, 0.5))]
    columns = space.columns(0, 6)
    assert [tuple(row.values()) for row in rows_of(columns)] == expected
    assert list(columns) == ["window", "decouple_below", "couple_above", "min_stay"]
    assert space.variant(4).params == {"window": 90, "decouple_below": 0.15, "couple_above": 0.4, "min_stay": 5}
    assert space.varied == ["window", "couple_above"]


def test_without_values_asked_for_it_is_the_strategys_own_grid() -> None:
    space = space_of(HEDGE, {})
    assert space.size == 2 * 3 * 4
    assert space.axes["horizon"] == (20, 60, 120)
    assert space.axes["exit"] == (0.25,)


def test_parameters_that_contradict_each_other_are_known_at_once() -> None:
    space = space_of(HEDGE, {"enter": [0.25, 0.5], "exit": [0.25, 0.4]})
    columns = space.columns(0, 4)
    assert [float(row["enter"]) > float(row["exit"]) for row in rows_of(columns)] == space.sound(columns).tolist()
    assert space.sound(columns).tolist() == [False, False, True, True]
    with refused(ParameterError, name="reconvergence", limit=0.25):
        space.variant(0)


@given(st.integers(0, 2**31), st.integers(1, 50))
def test_a_random_part_is_the_same_for_the_same_seed_and_holds_no_variant_twice(seed: int, n: int) -> None:
    whole = space_of(DERISK, {"window": list(range(60, 90)), "min_stay": [1, 2, 3, 4, 5]})
    part = whole.drawn(n, seed)
    assert part.numbers is not None
    assert part.size == n
    assert (np.diff(part.numbers) > 0).all()
    assert part.numbers.max() < whole.size
    np.testing.assert_array_equal(part.numbers, whole.drawn(n, seed).numbers)
    for place, number in enumerate(part.numbers):
        assert part.variant(place) == whole.variant(int(number))
    assert whole.drawn(150, seed) is whole


def test_a_space_of_a_billion_variants_takes_no_time_or_memory() -> None:
    windows = list(range(10, 1010))[:990]
    space = space_of(DERISK, {"window": windows, "decouple_below": np.linspace(-1, 0, 1000).tolist(),
                              "couple_above": np.linspace(0.1, 1, 1100).tolist()})  # fmt: skip
    assert space.size == 990 * 1000 * 1100
    assert space.variant(space.size - 1).params["window"] == windows[-1]
    assert space.drawn(1000, 1).size == 1000


@pytest.mark.parametrize(
    ("name", "axes", "named", "limit", "choices"),
    [
        ("derisk", {"windw": [60]}, "windw", None, ["window"]),
        ("derisk", {"window": [5]}, "derisk.window", 10, None),
        ("derisk", {"window": ["x"]}, "derisk.window", None, None),
        ("reconvergence", {"mode": ["sideways"]}, "reconvergence.mode", None, None),
        ("cash", {}, "cash", None, []),
    ],
)
def test_what_cannot_be_swept_is_told(
    name: str, axes: dict[str, Sequence[object]], named: str, limit: float | None, choices: list[str] | None
) -> None:
    with refused(ParameterError, name=named, limit=limit, choices=choices):
        space_of(ALL[name], axes)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("30:50:10", ["30", "40", "50"]),
        ("30:55:10", ["30", "40", "50"]),
        ("0:0.4:0.1", ["0.0", "0.1", "0.2", "0.3", "0.4"]),
        ("-0.1:0.1:0.1", ["-0.1", "0.0", "0.1"]),
        ("0.1,0.2", ["0.1", "0.2"]),
        ("hedged", ["hedged"]),
    ],
)
def test_values_are_read_as_they_are_written(text: str, values: list[str]) -> None:
    assert [float(v) if v[-1].isdigit() else v for v in values_of(text)] == [
        float(v) if v[-1].isdigit() else v for v in values
    ]


@pytest.mark.parametrize("text", ["1:2", "1:2:0", "2:1:1", "1:2:x", "1:2:-1", "1,,2", "", "0:1e9:0.001", "1:nan:1"])
def test_ranges_that_are_none_are_told(text: str) -> None:
    with refused(ParameterError, name=text):
        values_of(text)


class Even(Strategy):
    """A strategy of one's own, with a check of its own and no rule for arrays."""

    name = "even"
    statement = ""
    hypothesis = "even windows pay"
    window: int = Field(default=20, ge=10)

    @model_validator(mode="after")
    def _even(self) -> "Even":
        if self.window % 2:
            raise ValueError("window must be even")
        return self

    def signals(self):  # type: ignore[no-untyped-def]
        from unlockstep.signals import Trend

        return {"trend": Trend(window=self.window)}

    def rule(self, s):  # type: ignore[no-untyped-def]
        return target((s["trend"] > 0).astype(float), 0.0, where=s["trend"].notna())


def test_checks_of_a_strategys_own_are_asked_of_every_variant() -> None:
    space = space_of(Even, {"window": [20, 21, 22]})
    columns = space.columns(0, 3)
    assert space.sound(columns).tolist() == [True, False, True]
    assert space.warmups({"window": np.array([20, 22, 20])}).tolist() == [20, 22, 20]


SWEPT = [cls for cls in ALL.values() if not cls.benchmark and cls.decides == "after_close"]


@pytest.mark.parametrize("cls", SWEPT, ids=lambda cls: cls.name)
def test_warm_ups_and_soundness_are_those_of_each_variant(cls: type[Strategy]) -> None:
    space = space_of(cls, {}).drawn(40, 3)
    columns = space.columns(0, space.size)
    sound = space.sound(columns)
    for number in range(space.size):
        if not sound[number]:
            with pytest.raises(ParameterError):
                space.variant(number)
    retained = {name: values[sound] for name, values in columns.items()}
    assert space.warmups(retained).tolist() == [space.variant(int(n)).warmup for n in np.flatnonzero(sound)]


def test_the_corners_hold_the_longest_warm_up() -> None:
    for cls in ALL.values():
        if cls in SWEPT:
            space = space_of(cls, {})
            corners = space.corners()
            few = {name: values[space.sound(corners)] for name, values in corners.items()}
            columns = space.columns(0, space.size)
            every = {name: values[space.sound(columns)] for name, values in columns.items()}
            assert space.warmups(few).max() == space.warmups(every).max()


def test_numbers_and_columns_agree() -> None:
    space = Space(DERISK, {"window": (60, 90), "decouple_below": (0.1,), "couple_above": (0.3,), "min_stay": (1, 2, 3)})
    places = space.places(np.array([0, 4, 5]))
    assert places["window"].tolist() == [0, 1, 1]
    assert places["min_stay"].tolist() == [0, 1, 2]
