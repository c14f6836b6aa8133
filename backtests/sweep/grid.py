"""The variants of one strategy that a sweep tries: every combination of some values, or a random part of them.

A variant is known by its number, so that a billion of them need no list.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from math import prod
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from unlockstep.signals.errors import ParameterError, unknown_name
from unlockstep.signals.signal import Columns
from unlockstep.signals.wrong_values import refused_value
from unlockstep.strategies.strategy import Strategy

Numbers = NDArray[np.int64]
Parameters = dict[str, bool | int | float | str]
"""Parameter → value, of one variant."""

MOST_VALUES = 100_000
"""Of one parameter."""


@dataclass(frozen=True, eq=False)
class Space:
    """The combinations of `axes`, every parameter of the strategy → its values; only the `numbers` chosen, or all.

    Combinations of parameters that contradict each other belong to the space, and are left out when it is swept.
    """

    strategy: type[Strategy]
    axes: Mapping[str, tuple[Any, ...]]
    numbers: Numbers | None = None
    _warmups: dict[tuple[Any, ...], int] = field(default_factory=dict, repr=False)

    @cached_property
    def size(self) -> int:
        """How many variants, contradictory ones included."""
        return self.combinations if self.numbers is None else len(self.numbers)

    @property
    def combinations(self) -> int:
        """How many combinations there are, chosen or not."""
        return prod(len(values) for values in self.axes.values())

    @property
    def varied(self) -> list[str]:
        """The parameters with more than one value."""
        return [name for name, values in self.axes.items() if len(values) > 1]

    def drawn(self, n: int, seed: int) -> "Space":
        """A random part: `n` of the combinations, in their order, or all where there are no more."""
        if n >= self.combinations:
            return self
        chosen = np.random.default_rng(seed).choice(self.combinations, n, replace=False, shuffle=False)
        return Space(self.strategy, self.axes, np.sort(chosen))

    def places(self, numbers: Numbers) -> dict[str, Numbers]:
        """Parameter → the place of its value on its axis, of the variants of these numbers."""
        rest = numbers if self.numbers is None else self.numbers[numbers]
        places = {}
        for name in reversed(list(self.axes)):
            rest, places[name] = np.divmod(rest, len(self.axes[name]))
        return places

    def columns(self, begin: int, end: int) -> Columns:
        """The parameters of the variants numbered begin to end - 1; contradictory ones included."""
        return self.columns_of(np.arange(begin, end))

    def columns_of(self, numbers: Numbers) -> Columns:
        """The parameters of the variants of these numbers; contradictory ones included."""
        places = self.places(numbers)
        return {name: np.array(values)[places[name]] for name, values in self.axes.items()}

    def sound(self, columns: Columns) -> NDArray[np.bool_]:
        """Whether parameters go together, for each of n variants."""
        if not self.swept_at_once:
            return np.array([self._made(each) is not None for each in rows_of(columns)])
        sound = np.ones(len(next(iter(columns.values()))), dtype=bool)
        for one, sign, other in self.strategy.ordered:
            sound &= columns[one] < columns[other] if sign == "<" else columns[one] <= columns[other]
        return sound

    def warmups(self, columns: Columns) -> Numbers:
        """The warm-up of each of n sound variants.

        Thresholds decide none, so those of equal whole numbers and words are asked once; a strategy that is swept one
        variant after the other is asked for each.
        """
        deciding = {
            name: values for name, values in columns.items() if not self.swept_at_once or values.dtype.kind != "f"
        }
        if not deciding:
            return np.full(len(next(iter(columns.values()), ())), self.strategy().warmup)
        warmups = []
        for row, key in enumerate(zip(*(values.tolist() for values in deciding.values()), strict=True)):
            if key not in self._warmups:
                self._warmups[key] = self.strategy(
                    **{name: values[row].item() for name, values in columns.items()}
                ).warmup
            warmups.append(self._warmups[key])
        return np.array(warmups, dtype=np.int64)

    def corners(self) -> Columns:
        """The variants with the smallest or the largest of each whole number, every word, and the first of the rest."""
        ends = {
            name: tuple(dict.fromkeys((min(values), max(values))))
            if isinstance(values[0], int)
            else values
            if isinstance(values[0], str)
            else values[:1]
            for name, values in self.axes.items()
        }
        few = Space(self.strategy, ends)
        return few.columns(0, few.size)

    @cached_property
    def at_corners(self) -> list[Strategy]:
        """The variants of the corners that are sound."""
        made = (self._made(each) for each in rows_of(self.corners()))
        return [strategy for strategy in made if strategy is not None]

    @cached_property
    def longest_warmup(self) -> int:
        """Of the variants of the corners that are sound; 0 where none is."""
        corners = self.corners()
        sound = self.sound(corners)
        if not sound.any():
            return 0
        return int(self.warmups({name: values[sound] for name, values in corners.items()}).max())

    def without_thresholds(self) -> "Space":
        """All combinations of whole numbers and words, each with the first of every other parameter."""
        axes = {name: values[:1] if isinstance(values[0], float) else values for name, values in self.axes.items()}
        return Space(self.strategy, axes)

    def variant(self, number: int) -> Strategy:
        """The variant of that number; raises ParameterError for a contradictory one."""
        return self.strategy(**next(rows_of(self.columns(number, number + 1))))

    @property
    def swept_at_once(self) -> bool:
        """Whether the strategy says its rule for arrays, and checks nothing but the order of parameters."""
        checks = self.strategy.__pydantic_decorators__
        validators = [*checks.field_validators, *checks.validators, *checks.root_validators, *checks.model_validators]
        return self.strategy.rules.__func__ is not Strategy.rules.__func__ and validators == ["_in_order"]  # type: ignore[attr-defined]

    def _made(self, parameters: Parameters) -> Strategy | None:
        try:
            return self.strategy(**parameters)
        except ParameterError:
            return None


def rows_of(columns: Columns) -> Iterator[Parameters]:
    """One dict of parameters after the other."""
    for row in range(len(next(iter(columns.values())))):
        yield {name: values[row].item() for name, values in columns.items()}


def space_of(strategy: type[Strategy], axis_values: Mapping[str, Sequence[Any]]) -> Space:
    """The space of a strategy: the values asked for and defaults for the rest, or its own grid where none is asked.

    Raises ParameterError for an unknown parameter, a value out of its bounds, or a space of nothing sound.
    """
    if strategy.benchmark:
        raise ParameterError(
            f"{strategy.name} is a benchmark: it claims nothing, so there is nothing to sweep", name=strategy.name
        )
    if strategy.legs != 2:
        raise ParameterError(
            f"{strategy.name} holds {strategy.legs or 'any number of'} legs, and a sweep is of strategies for a pair",
            name=strategy.name,
            limit=2,
            remedy=f"try its parameters in a run, --set {strategy.name}.PARAM=60,90,120, up to 10,000 variants",
        )
    if strategy.decides == "before_open":
        raise ParameterError(
            f"{strategy.name} trades within sessions, and a sweep is of strategies that decide after the close",
            name=strategy.name,
            remedy=f"try its parameters in a run, --set {strategy.name}.PARAM=60,90,120, up to 10,000 variants",
        )
    axis_values = strategy.swept_values(axis_values)
    for name in axis_values:
        if name not in strategy.model_fields:
            raise unknown_name(f"parameter of {strategy.name} called", name, strategy.model_fields)
    grid = axis_values or strategy.grid
    axes = {}
    for name, declared in strategy.model_fields.items():
        if name in strategy.unswept and name not in grid:
            continue
        values = tuple(dict.fromkeys(grid.get(name, (declared.default,))))
        axes[name] = tuple(_valued(strategy, name, value) for value in values)
    return Space(strategy, axes)


def _valued(strategy: type[Strategy], name: str, value: Any) -> Any:
    """The value as the parameter's type has it; ParameterError where it is out of bounds, whatever the others are."""
    declared = strategy.model_fields[name]
    kind: Any = Annotated[(declared.annotation, *declared.metadata)] if declared.metadata else declared.annotation
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        raise refused_value(f"{strategy.name}.{name}", dict(error.errors()[0])) from None


def a_sample(spaces: Sequence[Space], n: int, seed: int) -> list[tuple[int, int]]:
    """(space, number) of up to `n` sound variants drawn from all, in their order; the same ones for the same seed."""
    edges = np.cumsum([0, *(space.size for space in spaces)])
    size = int(edges[-1])
    drawn = np.random.default_rng(seed).choice(size, min(4 * n, size), replace=False, shuffle=True)
    owners = np.searchsorted(edges, drawn, side="right") - 1
    sound = np.zeros(len(drawn), dtype=bool)
    for number, space in enumerate(spaces):
        mine = owners == number
        sound[mine] = space.sound(space.columns_of(drawn[mine] - edges[number]))
    chosen = np.sort(drawn[sound][:n])
    owners = np.searchsorted(edges, chosen, side="right") - 1
    return list(zip(owners.tolist(), (chosen - edges[owners]).tolist(), strict=True))


def owner_of(key: str) -> tuple[str, str]:
    """(strategy, parameter) that a key of a grid names; "" where it names no strategy: signal.window is a parameter."""
    owner, dot, parameter = key.partition(".")
    return (owner, parameter) if dot and owner != "signal" else ("", key)


def values_of(text: str) -> list[str]:
    """The values that `--grid PARAM=…` names: 30:250:5 (from, to and with it, by), or 0.1,0.2.

    Decimal steps, so that 0:1:0.1 holds 0.3 and not 0.30000000000000004. Raises ParameterError for what is neither.
    """
    if ":" not in text:
        values = [value.strip() for value in text.split(",")]
        if not all(values):
            raise ParameterError(
                f"'{text}' has an empty value",
                name=text,
                remedy="write values such as 0.1,0.2 or a range such as 30:250:5",
            )
        return list(values)
    try:
        first, last, step = (Decimal(part) for part in text.split(":"))
    except (ValueError, InvalidOperation):
        raise ParameterError(
            f"'{text}' is no range", name=text, remedy="write from:to:step, such as 30:250:5"
        ) from None
    if not (first.is_finite() and last.is_finite() and step.is_finite()) or step <= 0 or last < first:
        raise ParameterError(
            f"The range '{text}' is empty", name=text, remedy="write from:to:step with a step above 0, such as 30:250:5"
        )
    if (last - first) / step >= MOST_VALUES:
        raise ParameterError(
            f"The range '{text}' holds more than {MOST_VALUES:,} values",
            name=text,
            limit=MOST_VALUES,
            remedy="take a larger step",
        )
    count = int((last - first) / step) + 1
    return [str(first + i * step) for i in range(count)]
