"""Numbers as every report writes them: pure functions, shared by the terminal, Markdown and HTML.

A missing number is an en dash. Minus signs are true minus signs (U+2212), the space before % does not break, dates are
ISO 8601, and what rounds to zero carries no sign. Fractions come in and percent go out. What is written of a
`Figure` is a Text that names its place.
"""

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, overload

from unlockstep.backtests.reports.text.figure import Cell, Figure, Sentence, Text, cell, text
from unlockstep.backtests.text import probability

MISSING = "–"
MINUS = "\u2212"
NBSP = "\u00a0"
CENTURY = 100.0
"""Years beyond which a number of years says no more than that it is hopeless."""

Number = float | int | None
Formatter = Callable[[Number], str]
P = ParamSpec("P")


class Writer(Protocol[P]):
    """Writes a number as a string, and a figure as a Text that names its place."""

    @overload
    def __call__(self, x: Figure, *args: P.args, **kwargs: P.kwargs) -> Text: ...
    @overload
    def __call__(self, x: Number, *args: P.args, **kwargs: P.kwargs) -> str: ...


def writer(write: Callable[Concatenate[Number, P], str]) -> Writer[P]:
    """A function that writes numbers, as one that writes figures too."""

    @wraps(write)
    def written(x: Figure | Number, *args: P.args, **kwargs: P.kwargs) -> Text | str:
        if isinstance(x, Figure):
            return cell(write(x.value, *args, **kwargs), x)
        return write(x, *args, **kwargs)

    return written  # type: ignore[return-value]


def is_missing(x: Number) -> bool:
    """True for None, NaN and the infinities."""
    return x is None or not math.isfinite(x)


@writer
def ratio(x: Number, digits: int = 2, signed: bool = False) -> str:
    """A plain number: 0.617 → "0.62"; signed: "+0.62"; -0.617 → "−0.62"; None → "–"."""
    if x is None or is_missing(x):
        return MISSING
    text = f"{abs(x):,.{digits}f}"
    nothing = not any(c in "123456789" for c in text)
    return text if nothing else (MINUS if x < 0 else "+" if signed else "") + text


@writer
def percent(x: Number, digits: int = 1, signed: bool = False) -> str:
    """A fraction in percent: 0.1266 → "12.7 %"; None → "–"."""
    return MISSING if x is None or is_missing(x) else f"{ratio(x * 100, digits, signed)}{NBSP}%"


@writer
def short_percent(x: Number) -> str:
    """A threshold in percent without idle zeros: 0.05 → "5 %"; 0.025 → "2.5 %"; None → "–"."""
    return MISSING if x is None or is_missing(x) else f"{x * 100:g}{NBSP}%".replace("-", MINUS)


@writer
def p_value(p: Number) -> str:
    """A probability: 0.4731 → "0.473"; 0.0002 → "< 0.001"; 0.05004 → "0.05004", which is not 5 %; None → "–"."""
    return MISSING if p is None or is_missing(p) else probability(p).replace(" ", NBSP)


@writer
def times(x: Number, digits: int = 1) -> str:
    """A multiple: 8.35 → "8.4×"; None → "–"."""
    return MISSING if is_missing(x) else f"{ratio(x, digits)}×"


@writer
def years(x: Number, never: str = "never") -> str:
    """A number of years: 7.95 → "8.0"; more than a hundred → "over 100"; None, as infinity is stored → "never"."""
    if x is None or is_missing(x):
        return never
    return "over 100" if x > CENTURY else ratio(x, 1)


@writer
def count(n: Number) -> str:
    """A whole number with thousands apart: 12482 → "12,482"; None → "–"."""
    return ratio(n, 0)


@writer
def basis_points(bps: Number) -> str:
    """Basis points without idle zeros: 10.0 → "10 bp"; 2.5 → "2.5 bp"; None → "–"."""
    return MISSING if bps is None or is_missing(bps) else f"{bps:g}{NBSP}bp".replace("-", MINUS)


def interval_text(bounds: Sequence[Figure], write: Callable[[Figure], Text] = ratio) -> Text:
    """A pair of bounds that know their places; "–" where the pair or a bound is missing."""
    if len(bounds) != 2 or any(is_missing(bound.value) for bound in bounds):
        return Text((MISSING,))
    return text("{} to {}", write(bounds[0]), write(bounds[1]))


def interval(bounds: Sequence[Number] | None, write: Formatter = ratio) -> str:
    """A pair of bounds: (-0.42, 1.06) → "−0.42 to 1.06"; "–" where the pair or a bound is missing."""
    if bounds is None or len(bounds) != 2 or any(is_missing(bound) for bound in bounds):
        return MISSING
    return f"{write(bounds[0])} to {write(bounds[1])}"


def iso_date(day: date | datetime | str | None) -> str:
    """A date as 2025-12-31; text passes as it is; None → "–"."""
    if day is None or day == "":
        return MISSING
    return day if isinstance(day, str) else day.strftime("%Y-%m-%d")


def short_hash(digest: str | None, length: int = 12) -> str:
    """The beginning of a fingerprint; None → "–"."""
    return digest[:length] if digest else MISSING


@writer
def scientific(x: Number) -> str:
    """A very small number: 4.99e-13 → "5.0e-13"; None → "–"."""
    return MISSING if x is None or is_missing(x) else f"{x:.1e}".replace("-", MINUS)


def value(x: Any) -> str:
    """A parameter's value: 0.0 → "0"; True → "true"; lists by commas; None → "–"."""
    if x is None:
        return MISSING
    if isinstance(x, bool):
        return str(x).lower()
    if isinstance(x, list | tuple):
        return ", ".join(value(item) for item in x)
    return f"{x:g}".replace("-", MINUS) if isinstance(x, float) else str(x)


@writer
def general(x: Number) -> str:
    """A number with as many digits as it has: 0.05 → "0.05"; 252 → "252"; None → "–"."""
    return value(x)


def sentence_text(said: Sentence) -> Text:
    """A sentence of a result, `typographic`, with its place."""
    return Text((Cell(typographic(said.text), "", said.place),))


def typographic(text: str) -> str:
    """Sentences that hold numbers: "-0.42 to" → "−0.42 to", "95 %" does not break. Dates and names stay as they are."""
    signs = re.sub(r"(?<![\w=.,)-])-(?=[\d.]*\d)", MINUS, text)
    return re.sub(r"(?<=\d) ?%(?!\w)", f"{NBSP}%", signs)
