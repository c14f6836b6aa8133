"""The tables of a study: tickers, costs, variants, and what holds for the values in all of them."""

import re
from datetime import date
from math import inf
from pathlib import PurePath
from typing import Annotated, Any, SupportsFloat, TypeAlias, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from unlockstep.backtests.data.calendar import is_clock, unknown_clock
from unlockstep.backtests.data.identity import StatedIdentity
from unlockstep.backtests.data.ticker_name import MINOR_UNITS, parse_ticker
from unlockstep.signals.identity import AssetClass

MAX_BPS = 2_000.0
"""Largest fee or slippage: fourfold, as robustness has it, they still leave something of a trade."""

LONGEST_TICKER = 40
"""Characters in a ticker at most."""


_CURRENCY = re.compile("[A-Z][A-Z0-9]{2,4}")


def is_ticker(text: str) -> bool:
    """Whether a text can name a ticker, ETH/USD among them, and no place outside of a folder of prices."""
    return (
        0 < len(text) <= LONGEST_TICKER
        and text.isprintable()
        and text == text.strip()
        and not text.startswith(".")
        and "\\" not in text
        and ("/" not in text or parse_ticker(text).quote != "")
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
    if not isinstance(value, SupportsFloat):
        raise ValueError("a number is needed")
    try:
        bps = float(value)
    except OverflowError:  # a whole number of more than 308 digits
        bps = inf
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


class TickerSettings(Frozen):
    """Who a ticker is, where its name and its bars do not say it; what is left out follows from them.

    class: crypto, listed (a fund or a share), index, fx or future.  clock: 24/7, 24/5, or the code of an exchange's
    calendar, such as XNYS.  currency: in which it is quoted; pence (GBp) count as pounds, since returns are the same.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    asset_class: AssetClass | None = Field(default=None, alias="class")
    clock: str | None = None
    currency: str | None = None

    @field_validator("asset_class", mode="before")
    @classmethod
    def _is_class(cls, asset_class: object) -> object:
        if asset_class is not None and asset_class not in get_args(AssetClass):
            raise ValueError(f"one of {', '.join(get_args(AssetClass))} is needed")
        return asset_class

    @field_validator("clock")
    @classmethod
    def _is_clock(cls, clock: str | None) -> str | None:
        if clock is not None and not is_clock(clock):
            raise ValueError(f"there is no such clock; {unknown_clock(clock).remedy}")
        return clock

    @field_validator("currency")
    @classmethod
    def _is_currency(cls, currency: str | None) -> str | None:
        if currency is None or currency in MINOR_UNITS:
            return MINOR_UNITS[currency] if currency else None
        if not _CURRENCY.fullmatch(currency):
            raise ValueError("the code of a currency is needed, such as USD")
        return currency

    @property
    def stated(self) -> StatedIdentity:
        """The same, as those who load prices take it."""
        return StatedIdentity(self.asset_class, self.clock, self.currency)
