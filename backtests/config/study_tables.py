"""The tables of a study: costs, variants, and what holds for the values in all of them."""

from datetime import date
from pathlib import PurePath
from typing import Annotated, Any, TypeAlias, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

MAX_BPS = 2_000.0
"""Largest fee or slippage: fourfold, as robustness has it, they still leave something of a trade."""

LONGEST_TICKER = 40
"""Characters in a ticker at most."""


def is_ticker(text: str) -> bool:
    """Whether a text can name a file of prices in a folder, and no place outside of it."""
    return (
        0 < len(text) <= LONGEST_TICKER
        and text.isprintable()
        and text == text.strip()
        and not text.startswith(".")
        and not any(c in text for c in "/\\")
    )


class Frozen(BaseModel):
    """Base of the study and its tables: what is written is meant, and nothing is read as something else."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _as_written(cls, value: Any, info: ValidationInfo) -> Any:
        wanted = cls.model_fields[str(info.field_name)].annotation
        if wanted in (int, float):
            _refuse_words(value)
        if wanted is bool and not isinstance(value, bool):
            raise ValueError("true or false is needed")
        if date in get_args(wanted) and not isinstance(value, date | str | None):
            raise ValueError("a date is needed, such as 2016-01-04")
        return value


def _refuse_words(value: Any) -> None:
    if isinstance(value, bool | str):
        raise ValueError("a number is needed, without quotation marks")


def _basis_points(value: Any) -> float:
    _refuse_words(value)
    bps = float(value)
    if not 0 <= bps <= MAX_BPS:
        raise ValueError(f"{bps:g} basis points do not lie between 0 and {MAX_BPS:g}")
    return bps


def _cash_rate(value: Any) -> float | str | None:
    if isinstance(value, PurePath):
        return str(value)
    if value is None or (isinstance(value, str) and value.strip() and value.isprintable()):
        return value
    if isinstance(value, bool | str) or not isinstance(value, int | float):
        raise ValueError("a rate a year is needed, such as 0.03, or the name of a series")
    if not 0 <= value <= 1:
        raise ValueError(f"{value:g} a year does not lie between 0 and 1; a rate is a fraction, such as 0.03")
    return float(value)


CashRateSetting: TypeAlias = Annotated[float | str | None, BeforeValidator(_cash_rate)]

BasisPoints = Annotated[float, BeforeValidator(_basis_points)]


class Variant(Frozen):
    """A strategy and its parameters; a list as a parameter's value stands for one variant each."""

    strategy: str
    params: dict[str, Any] = Field(default_factory=dict)


class CostSettings(Frozen):
    """Costs by ticker in basis points, and annual rates; a ticker not named gets its clock's default.

    cash_rate: what cash earns: an annual rate or a series, see `data.cash_rate`; None for that of the prices' source.
    cash_rate_sha256: where set, the run refuses a series that pays otherwise.
    """

    fee_bps: dict[str, BasisPoints] = Field(default_factory=dict)
    slippage_bps: dict[str, BasisPoints] = Field(default_factory=dict)
    borrow_rate: float = Field(default=0.03, ge=0, le=10)
    cash_rate: CashRateSetting = None
    cash_rate_sha256: str | None = None
