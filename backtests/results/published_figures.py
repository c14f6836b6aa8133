"""The published correlations of published_figures.toml, which `unlockstep replicate` recomputes, and this project's own
recorded ones.
"""

import re
import tomllib
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.results.reading import Convention, Window
from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import Floats

NAMES = {
    "SPY": "a fund that follows the S&P 500",
    "^GSPC": "the S&P 500 itself, without dividends",
    "IWB": "a fund that follows the Russell 1000",
    "^RUI": "the Russell 1000 itself, without dividends",
    "IWM": "a fund that follows the Russell 2000",
    "^RUT": "the Russell 2000 itself, without dividends",
    "QQQ": "a fund that follows the Nasdaq 100",
    "^NDX": "the Nasdaq 100 itself, without dividends",
    "GLD": "a fund that holds gold",
}
"""Ticker of the second leg → what it is."""

CRYPTO = ("ETH-USD", "BTC-USD")
TICKERS = (*CRYPTO, *NAMES)
"""Every ticker that some published figure is of, or that stands in for one."""

CATALOGUE = Path(__file__).with_suffix(".toml")

Statistic = Literal["mean", "median", "maximum"]
Relation = Literal["prints", "about", "above", "below", "within"]
Checked = Literal["the source", "the abstract", "a report", "a list"]


@dataclass(frozen=True)
class Published:
    """A figure as it was published, with so many decimals.

    relation: prints, as it is once rounded to its decimals; about, to the nearest twentieth; above or below it; within:
    from it to `upper`.
    """

    value: float
    digits: int = 2
    relation: Relation = "prints"
    upper: float | None = None

    @classmethod
    def of(cls, text: str) -> "Published":
        """Of "0.31", "about 0.65", "above 0.65", "below 0" or "0.6 to 0.9"."""
        low, to, high = text.partition(" to ")
        relation, _, number = low.rpartition(" ")
        value, digits = parse_figure(number)
        if to:
            return cls(value, digits, "within", parse_figure(high)[0])
        return cls(value, digits, {"": "prints"}.get(relation, relation))  # type: ignore[arg-type]

    def met_by(self, values: Floats) -> NDArray[np.bool_]:
        """Which values are the figure, as far as its relation and its decimals go; NaN is none."""
        if self.relation == "above":
            return np.asarray(values > self.value)
        if self.relation == "below":
            return np.asarray(values < self.value)
        if self.relation == "within":
            return np.asarray((values >= self.value) & (values <= (self.upper or 1.0)))
        reach = 0.025 if self.relation == "about" else 0.5 * 10**-self.digits
        return np.asarray(np.abs(values - self.value) <= reach + 1e-12)

    def distance(self, values: Floats) -> Floats:
        """How far each value lies from the figure, or from its range; 0 within it."""
        low = -1.0 if self.relation == "below" else self.value
        high = 1.0 if self.relation == "above" else self.value if self.upper is None else self.upper
        return np.maximum(np.maximum(low - values, values - high), 0.0)

    def __str__(self) -> str:
        word = "" if self.relation in ("prints", "within") else f"{self.relation} "
        upper = "" if self.upper is None else f" to {self.upper:.{self.digits}f}"
        return f"{word}{self.value:z.{self.digits}f}{upper}"


_NUMBER = re.compile(r"([-+−]?)(\d*)(?:\.(\d*))?")

MOST_DIGITS = 4
"""Decimals of a figure at most: nobody publishes more of a correlation."""


def parse_figure(text: str) -> tuple[float, int]:
    """(value, decimals) of a correlation as it is printed: "0.84", ".84" or "−0.75".

    Raises ParameterError where it is no number, lies outside [−1, 1], or has more than `MOST_DIGITS` decimals.
    """
    match = _NUMBER.fullmatch(text.strip())
    if match is None or not (match[2] or match[3]):
        raise ParameterError(
            f"'{text}' is no correlation", name=text, remedy="write it as it was published, such as 0.84 or -0.75"
        )
    sign, whole, decimals = match[1], match[2] or "0", match[3] or ""
    value = float(f"{whole}.{decimals or '0'}") * (-1 if sign in ("-", "−") else 1)
    if abs(value) > 1:
        raise ParameterError(
            f"{text} is no correlation: it lies outside -1 to 1",
            name=text,
            limit=1,
            remedy=f"write {value / 100:g}, if {text} is in percent"
            if 2 <= abs(value) <= 100
            else "write it as it was published, such as 0.84 or -0.75",
        )
    if len(decimals) > MOST_DIGITS:
        raise ParameterError(
            f"{text} has {len(decimals)} decimals",
            name=text,
            limit=MOST_DIGITS,
            remedy=f"give at most {MOST_DIGITS}, as many as were published",
        )
    return value, len(decimals)


@dataclass(frozen=True)
class Named:
    """What a source names.  tickers: what can be read for it, the preferred one first.  exact: those that are it."""

    name: str
    tickers: tuple[str, ...]
    exact: tuple[str, ...]


@dataclass(frozen=True)
class Span:
    """A published window on one day: how it may be counted, the likeliest first."""

    windows: tuple[Window, ...]
    near: date


@dataclass(frozen=True)
class Claim:
    """A published correlation.

    spans:     its windows, the likeliest first.  main, levels: of returns and of price levels, the convention
               that its source names or, where it names none, the project's own.
    over:      the first day of a figure of many windows, which `statistic` sums up; None of one window.
    method:    what the source says of its method, and what it leaves open.  checked: what was read of it.
    published: None where no figure was.
    """

    key: str
    first: str
    second: Named
    spans: tuple[Span, ...]
    window: str
    source: str
    citation: str
    method: str
    checked: Checked
    published: Published | None = None
    main: Convention = field(default_factory=lambda: Convention("log returns"))
    levels: Convention = field(default_factory=lambda: Convention("levels"))
    over: date | None = None
    statistic: Statistic | None = None

    @property
    def title(self) -> str:
        """Such as "BTC and S&P 500, 360 days to 2020-03-20"."""
        summed = f"{self.statistic} of " if self.statistic else ""
        window = self.window.removeprefix("since ") if " " in self.window else f"{self.window} days"
        period = f", {self.over} to {self.spans[0].near}" if self.over else f" to {self.spans[0].near}"
        return f"{self.first.removesuffix('-USD')} and {self.second.name}, {summed}{window}{period}"


@cache
def read_claims() -> tuple[Claim, ...]:
    """Every published correlation of the catalogue, in its order."""
    content = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    named = {name: Named(name, tuple(how["tickers"]), tuple(how["exact"])) for name, how in content["named"].items()}
    return tuple(_claim(dict(entry), named) for entry in content["figure"])


def _claim(entry: dict[str, Any], named: dict[str, Named]) -> Claim:
    published, over, near = entry.pop("published", None), entry.pop("over", None), entry.pop("near")
    second, main = entry.pop("second"), {"measure": "log returns", **entry.pop("main", {})}
    levels = main.pop("levels", "levels")
    days = [date.fromisoformat(day) for day in near]
    return Claim(
        second=named[second],
        spans=tuple(Span(windows_of(entry["window"], day), day) for day in days),
        published=None if published is None else Published.of(published),
        main=Convention(**main),
        levels=replace(Convention(**main), measure=levels),
        over=None if over is None else date.fromisoformat(over),
        **entry,
    )


def windows_of(text: str, near: date) -> tuple[Window, ...]:
    """How a window may be counted: "30" in sessions or calendar days, "40 sessions", "360 days", "since 2017-01-01"."""
    words = text.split()
    if words[0] == "since":
        return (Window((near - date.fromisoformat(words[1])).days + 1, "days"),)
    length = int(words[0])
    if len(words) == 1:
        return (Window(length, "sessions"), Window(length, "days"))
    return (Window(length, "sessions" if words[1] == "sessions" else "days"),)


PAIR = ("ETH-USD", "IWM")
INDEX = "^RUT"
YEARS = {
    2016: -0.138, 2017: 0.090, 2018: 0.103, 2019: -0.017, 2020: 0.454,
    2021: 0.214, 2022: 0.561, 2023: 0.145, 2024: 0.429, 2025: 0.508,
}  # fmt: skip
"""Year → correlation of daily log returns ETH/IWM, recorded by this project on its own prices."""

MONTH_ENDS = {
    "2025-01-31": (0.55, 0.65), "2025-02-28": (0.48, 0.59), "2025-03-31": (0.48, 0.86), "2025-04-30": (0.50, 0.88),
    "2025-05-30": (0.49, 0.89), "2025-06-30": (0.51, 0.84), "2025-07-31": (0.45, 0.87), "2025-08-29": (0.47, 0.88),
    "2025-09-30": (0.44, 0.84), "2025-10-31": (0.54, 0.59), "2025-11-28": (0.62, 0.01), "2025-12-31": (0.57, -0.39),
}  # fmt: skip
"""Last session of a month → 90-session correlation of log returns, and of levels, ETH/IWM, recorded likewise."""
