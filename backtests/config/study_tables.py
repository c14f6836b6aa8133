"""The tables of a study: tickers, costs, context, variants, and what holds for the values in all of them."""

import re
from collections.abc import Mapping
from datetime import date
from math import inf
from pathlib import Path, PurePath
from typing import Annotated, Any, Self, SupportsFloat, TypeAlias, get_args

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from unlockstep.backtests.data.calendar import is_clock, unknown_clock
from unlockstep.backtests.data.context import ContextSource
from unlockstep.backtests.data.identity import StatedIdentity
from unlockstep.backtests.data.source_names import FRAMES
from unlockstep.backtests.data.ticker_name import MINOR_UNITS, parse_ticker
from unlockstep.signals.identity import AssetClass

MAX_BPS = 2_000.0
"""Largest fee or slippage: fourfold, as robustness has it, they still leave something of a trade."""

LONGEST_TICKER = 40
"""Characters in a ticker at most."""


_CURRENCY = re.compile("[A-Z][A-Z0-9]{2,4}")
_DURATION = re.compile(r"\d{1,4} (?:days?|hours?|minutes?)", re.ASCII)
_SERIES = re.compile(r"[a-z][a-z0-9_]{0,29}", re.ASCII)


def is_series_name(name: str) -> bool:
    """Whether rules can know a series of the context by this name."""
    return bool(_SERIES.fullmatch(name))


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
        if wanted in (int, float) or (wanted == (float | None) and value is not None):
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

EVERY_LEG = "*"
"""Stands in a table by ticker for every leg that it does not name."""


def _by_ticker(value: Any) -> Any:
    """One number is that of every leg."""
    return {EVERY_LEG: value} if isinstance(value, int | float) and not isinstance(value, bool) else value


BpsByTicker = Annotated[
    dict[str, BasisPoints], BeforeValidator(_by_ticker, json_schema_input_type=float | dict[str, float])
]
"""Ticker → basis points; a number for every leg may be given in its place."""


def without_tickers(costs: Mapping[str, Any]) -> dict[str, Any]:
    """A table of costs without what it says of single legs: those of another pair have others."""
    return {key: _of_every_leg(value) if isinstance(value, Mapping) else value for key, value in costs.items()}


def _of_every_leg(table: Mapping[str, Any]) -> dict[str, Any]:
    return {ticker: bps for ticker, bps in table.items() if ticker == EVERY_LEG}


class VariantCosts(Frozen):
    """What a variant pays where it differs from the study: by ticker, or one number for all legs; annual borrow rate.

    What is left out is the study's.
    """

    fee_bps: BpsByTicker = Field(default_factory=dict)
    slippage_bps: BpsByTicker = Field(default_factory=dict)
    borrow_rate: float | None = Field(default=None, ge=0, le=10)

    @property
    def label(self) -> str:
        """What differs, in a word: "fee_bps=5,borrow_rate=0.1"; empty where nothing does."""
        tables = {"fee_bps": self.fee_bps, "slippage_bps": self.slippage_bps}
        words = [
            f"{name}={bps:.12g}" if ticker == EVERY_LEG else f"{name}.{ticker}={bps:.12g}"
            for name, table in tables.items()
            for ticker, bps in table.items()
        ]
        return ",".join([*words, *([] if self.borrow_rate is None else [f"borrow_rate={self.borrow_rate:.12g}"])])


class Variant(Frozen):
    """A strategy and its parameters; a list as a parameter's value stands for one variant each.

    costs: where it pays otherwise than the study says.
    """

    strategy: str
    params: dict[str, Any] = Field(default_factory=dict)
    costs: VariantCosts | None = None


class CostSettings(Frozen):
    """Costs by ticker in basis points, or one number for all legs, and annual rates; a ticker not named gets its
    clock's default.

    cash_rate: what cash earns: an annual rate or a series, see `data.cash_rate`; None for that of the prices' source.
    cash_rate_sha256: where set, the run refuses a series that pays otherwise.
    """

    fee_bps: BpsByTicker = Field(default_factory=dict)
    slippage_bps: BpsByTicker = Field(default_factory=dict)
    borrow_rate: float = Field(default=0.03, ge=0, le=10)
    cash_rate: CashRateSetting = None
    cash_rate_sha256: str | None = None


class ContextSettings(Frozen):
    """Where a series beside the pair comes from; its ticker alone may stand in place of the table.

    ticker: one of the prices' source.  file: CSV or Parquet, a column of dates and one of numbers, `column` where there
    are several.  known_after: how long after the end of a bar, or of the date (24:00 UTC), the value is known, as
    "14 days" or "15 minutes"; a file must say it.  stale_after: how long a value of a file is in force at most.
    """

    ticker: str | None = None
    file: str | None = None
    column: str | None = None
    known_after: str | None = None
    stale_after: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _ticker_alone(cls, values: Any) -> Any:
        return {"ticker": values} if isinstance(values, str) else values

    @field_validator("ticker")
    @classmethod
    def _is_ticker(cls, ticker: str | None) -> str | None:
        if ticker is not None and not is_ticker(ticker):
            raise ValueError(f"'{ticker}' is no ticker")
        return ticker

    @field_validator("file", mode="before")
    @classmethod
    def _is_path(cls, file: Any) -> Any:
        return str(file) if isinstance(file, PurePath) else file

    @field_validator("known_after", "stale_after")
    @classmethod
    def _is_duration(cls, text: str | None) -> str | None:
        if text is not None and not _DURATION.fullmatch(text):
            raise ValueError('a time is needed, such as "14 days", "2 hours" or "15 minutes"')
        return text

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.ticker is None) == (self.file is None):
            raise ValueError("a ticker or a file is needed, and not both")
        if self.file is not None and self.known_after is None:
            raise ValueError(
                'known_after is missing: how long after its date a value is published, such as "14 days"; without it '
                "a rule would read it too early"
            )
        if self.ticker is not None and (self.column is not None or self.stale_after is not None):
            raise ValueError("column and stale_after are for a file")
        return self

    @property
    def source(self) -> ContextSource:
        """The same, as those who load prices take it."""
        usual = ContextSource()
        return ContextSource(
            self.ticker or "",
            self.file or "",
            self.column or "",
            known_after=usual.known_after if self.known_after is None else pd.Timedelta(self.known_after),
            stale_after=usual.stale_after if self.stale_after is None else pd.Timedelta(self.stale_after),
        )

    def spelled_out(self) -> "ContextSettings":
        """The same with the defaults of this version, its file by its whole path; values that were handed over have
        none.
        """
        if self.file is None:
            return self
        stale = self.stale_after or f"{ContextSource().stale_after.days} days"
        file = self.file if self.file == FRAMES else str(Path(self.file).resolve())
        return self.model_copy(update={"file": file, "stale_after": stale})


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
