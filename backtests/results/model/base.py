"""What all results have in common: frozen, complete, and a missing number is null."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict


def finite(value: Any) -> Any:
    """The number, or None for one that is missing: NaN, or infinite. Anything else as it is."""
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value


Number = Annotated[float | None, BeforeValidator(finite)]
"""A figure; None where the sample gives none. Fractions, not percent; annual figures per 252 sessions."""

Interval = tuple[Number, Number]
"""Lower and upper bound of a 95 % interval."""

Day = str
"""A date, YYYY-MM-DD."""

Decision = Literal["edge", "no edge", "cannot tell"]
State = Literal["coupled", "decoupled", "unknown"]
Leg = Literal["crypto", "equity"]
ByTicker = Mapping[str, Number]
"""Ticker → figure."""


class Result(BaseModel):
    """A part of a result: frozen; an unknown key is an error, so that what is written is what is described."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False, populate_by_name=True)
