"""What keeps a class that someone else wrote from being used: abstract, nameless, parameters without defaults, …"""

from collections.abc import Collection, Mapping
from inspect import isabstract
from itertools import product
from typing import Any

from unlockstep.signals.errors import ParameterError, unknown_name
from unlockstep.signals.signal import Parameters, Signal, is_count
from unlockstep.strategies.strategy import STATEMENTS, Strategy

LONGEST = 40
"""Characters of a name."""

MARKS = ".,()="
"""What stands between the parts of a variant's full name, and of a setting: in no name itself."""

WORDS: dict[type[Parameters], dict[str, str]] = {
    Strategy: {
        "name": '"my_rule"',
        "statement": f'"S4", one of {", ".join(STATEMENTS)}, or "" for none of them',
        "hypothesis": '"what must be true for it to pay"',
    },
    Signal: {"name": '"my_signal"', "meaning": '"what a value says"', "unit": '"correlation"'},
}
"""What a class must say of itself, with an example."""


def problem_of(cls: type[Strategy] | type[Signal], taken: Collection[str]) -> str | None:
    """What is wrong with a class that is to be used under its name; None where nothing is.

    Raises whatever the class's own code raises when it is made with its defaults.
    """
    kind = Strategy if issubclass(cls, Strategy) else Signal
    if isabstract(cls):
        return f"it does not say {' and '.join(sorted(cls.__abstractmethods__))}, which every {kind.__name__} must"
    for word, example in WORDS[kind].items():
        if word in cls.model_fields:
            return f"{word} has a type, which makes it a parameter; write {word} = {example}, without one"
        if not isinstance(getattr(cls, word, None), str) or not (getattr(cls, word).strip() or word == "statement"):
            return f"it has no {word}; add a line such as {word} = {example}"
    if len(cls.name) > LONGEST:
        return f"name = {cls.name[:LONGEST] + '…'!r} is longer than {LONGEST} characters"
    if not cls.name.isprintable() or cls.name != cls.name.strip() or set(cls.name) & set(MARKS):
        return f"name = {cls.name!r} is no name: one line, none of {' '.join(MARKS)} in it, no spaces around it"
    if cls.name in taken:
        return f"the name '{cls.name}' is taken by one of unlockstep's own; choose another"
    needed = [name for name, field in cls.model_fields.items() if field.is_required()]
    if needed:
        return f"the parameter {needed[0]} has no default; give it one, such as {needed[0]}: int = 90"
    return _problem_of_strategy(cls) if issubclass(cls, Strategy) else _problem_of_signal(cls())


def _problem_of_strategy(cls: type[Strategy]) -> str | None:
    if cls.statement not in ("", *STATEMENTS):
        return f"statement = {cls.statement!r} is none of {', '.join(STATEMENTS)}, nor empty"
    if cls.benchmark:
        return "benchmark = True: a strategy of one's own is judged like any other, and counted"
    if not isinstance(cls.grid, Mapping) or not all(_several(values) for values in cls.grid.values()):
        return 'grid must map each parameter to the values worth trying, such as grid = {"window": (60, 90)}'
    if not _several(cls.studied) or not all(isinstance(params, Mapping) for params in cls.studied):
        return 'studied must be a tuple of parameter sets, such as studied = ({"window": 60}, {"window": 90})'
    unknown = [key for key in cls.grid if key not in cls.model_fields]
    if unknown:
        return f"grid: {unknown_name(f'parameter of {cls.name} called', unknown[0], cls.model_fields)}".rstrip(".")
    for params in ({}, *cls.studied):
        cls(**params)
    for key, values in cls.grid.items():
        for value in values:
            problem = _problem_in_grid(cls, {**cls.grid, key: (value,)})
            if problem is not None:
                return f"grid: {problem}".rstrip(".")
    return None


def _problem_in_grid(cls: type[Strategy], grid: Mapping[str, Any]) -> str | None:
    """Why no strategy can be made of a grid; None where one can: in a corner parameters may contradict each other."""
    problem = None
    for values in product(*grid.values()):
        try:
            cls(**dict(zip(grid, values, strict=True)))
        except ParameterError as error:
            problem = problem or str(error)
        else:
            return None
    return problem


def _problem_of_signal(signal: Signal) -> str | None:
    return None if is_count(signal.warmup) else f"warmup must be a whole number of sessions; got {signal.warmup!r}"


def _several(values: object) -> bool:
    return isinstance(values, list | tuple) and len(values) > 0
