"""What is wrong with a value, in our words: pydantic finds it, and its own speak of inputs, tuples and instances."""

from collections.abc import Callable, Mapping
from typing import Any

from unlockstep.signals.errors import ParameterError

Context = Mapping[str, Any]

_NEEDED = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "finite": "a finite number",
    "date": "a date as YYYY-MM-DD",
    "datetime": "a date as YYYY-MM-DD",
    "time": "a time as HH:MM",
    "string": "text",
    "bytes": "text",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "iterable": "a list",
    "dict": "a table",
    "mapping": "a table",
    "model": "a table",
    "dataclass": "a table",
}
"""The first word of one of pydantic's types of error → what is needed in the value's place."""

_BOUNDED: Mapping[str, Callable[[Context], str]] = {
    "greater_than_equal": lambda c: f"at least {_number(c['ge'])}",
    "greater_than": lambda c: f"more than {_number(c['gt'])}",
    "less_than_equal": lambda c: f"at most {_number(c['le'])}",
    "less_than": lambda c: f"less than {_number(c['lt'])}",
    "multiple_of": lambda c: f"a multiple of {_number(c['multiple_of'])}",
    "too_short": lambda c: f"a list of at least {c['min_length']}",
    "too_long": lambda c: f"a list of at most {c['max_length']}",
    "string_too_short": lambda c: f"text of at least {c['min_length']} characters",
    "string_too_long": lambda c: f"text of at most {c['max_length']} characters",
    "string_pattern_mismatch": lambda c: f"text of the form {c['pattern']}",
    "literal_error": lambda c: str(c["expected"]),
    "enum": lambda c: str(c["expected"]),
    "date_from_datetime_inexact": lambda _: "a date as YYYY-MM-DD, without a time of day,",
    "none_required": lambda _: "no value",
}
"""A type of error → what is needed, with its bound."""

_SAID = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such key",
    "frozen_instance": "it cannot be changed",
    "frozen_field": "it cannot be changed",
}
"""A type of error that is about no value → what it is."""


def in_words(problem: Mapping[str, Any]) -> str:
    """What is wrong in one of pydantic's problems: "at least 10 is needed", "a date as YYYY-MM-DD is needed".

    A sentence of our own validators stays as it is.
    """
    kind, context = str(problem["type"]), problem.get("ctx", {})
    if kind in ("value_error", "assertion_error"):
        text = str(context.get("error", "")) or str(problem["msg"]).partition(", ")[2]
        return text[:1].lower() + text[1:]
    if kind in _SAID:
        return _SAID[kind]
    if kind in _BOUNDED:
        return f"{_BOUNDED[kind](context)} is needed"
    return f"{_NEEDED.get(kind.partition('_')[0], 'another kind of value')} is needed"


def refused_value(name: str, problem: Mapping[str, Any]) -> ParameterError:
    """The error for one of pydantic's problems with a parameter of that name."""
    return ParameterError(f"{name} = {problem['input']!r}: {in_words(problem)}", name=name, limit=bound_of(problem))


def bound_of(problem: Mapping[str, Any]) -> float | None:
    """The bound that a value passed, in one of pydantic's problems; None where it passed none."""
    context = problem.get("ctx", {})
    bounds = [context[key] for key in ("ge", "gt", "le", "lt", "min_length", "max_length") if key in context]
    return bounds[0] if bounds and isinstance(bounds[0], int | float) else None


def _number(bound: object) -> str:
    return f"{bound:g}" if isinstance(bound, float) else str(bound)
