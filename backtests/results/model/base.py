"""What all results have in common: frozen, complete, and a missing number is null."""

import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

import numpy as np
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PrivateAttr


def finite(value: Any) -> Any:
    """The number, or None for one that is missing: NaN, or infinite. Anything else as it is."""
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value


EMPTY_AS_NONE = BeforeValidator(lambda part: part or None)
"""Schema 1 has an empty part where schema 2 has null."""

Number = Annotated[float | None, BeforeValidator(finite)]
"""A figure; None where the sample gives none. Fractions, not percent; annual figures per 252 sessions."""


def as_float(x: Number) -> float:
    """The figure to compute with; NaN where it is missing."""
    return math.nan if x is None else x


Interval = tuple[Number, Number]
"""Lower and upper bound of a 95 % interval."""


def is_day(text: str) -> str:
    """The text, where it is a date, YYYY-MM-DD; ValueError elsewhere."""
    if len(text) != len("2025-12-31"):
        raise ValueError("no date, YYYY-MM-DD")
    date.fromisoformat(text)
    return text


Day = Annotated[str, AfterValidator(is_day)]
"""A date, YYYY-MM-DD."""

Decision = Literal["edge", "no edge", "cannot tell"]
State = Literal["coupled", "decoupled", "unknown"]
Leg = Literal["crypto", "equity"]
ByTicker = Mapping[str, Number]
"""Ticker → figure."""


class Result(BaseModel):
    """A part of a result: frozen; an unknown key is an error, so that what is written is what is described."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False, populate_by_name=True)
    _place: str = PrivateAttr("")

    @property
    def place(self) -> str:
        """Where this part is: a file and a path as jq takes it, "result.json .variants[0].metrics"; "" if unknown."""
        return self._place

    def as_json(self) -> dict[str, Any]:
        """The part as its JSON file has it: dictionaries, lists, numbers and null."""
        return self.model_dump(mode="json", by_alias=True)


R = TypeVar("R", bound=Result)


def annotate_path(part: R, file: str, path: str = "") -> R:
    """The same part; it and all parts within know their place in the file."""
    part._place = f"{file} {path or '.'}"
    for name, info in type(part).model_fields.items():
        _annotate(getattr(part, name), file, path + path_step(info.serialization_alias or name))
    return part


class FileResult(Result):
    """The content of a JSON file that a job leaves; FILE: its name."""

    FILE: ClassVar[str]

    @classmethod
    def of(cls, content: Mapping[str, Any], file: str | None = None) -> Self:
        """The result that such a file holds, each part of it knowing its place there; file: where it has another name.

        Raises pydantic's ValidationError for any other content.
        """
        return annotate_path(cls.model_validate(content), file or cls.FILE)


def _annotate(value: object, file: str, path: str) -> None:
    if isinstance(value, Result):
        annotate_path(value, file, path)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _annotate(item, file, path + path_step(str(key)))
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            _annotate(item, file, f"{path}[{i}]")


def path_step(key: str) -> str:
    """One step of a path as jq takes it: .key, or ["ETH-USD"]."""
    return f".{key}" if key.isidentifier() else f"[{json.dumps(key)}]"
