"""Names and probabilities in texts.

Names that come from files and users may hold anything, and are shown so that they do nothing. A probability is written
with as many digits as tell it from what it is held against.
"""

import json
import re
from collections.abc import Iterable

LEVELS = (0.01, 0.025, 0.05, 0.1)
"""Levels that a reader holds a p-value against, whatever the study's are."""


ACTING = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ud800-\\udfff\\ufeff"
    "\\ufff9-\\ufffb\\U000e0000-\\U000e0fff]"
)
"""Characters that do something to a terminal, or to the order and the look of what stands beside them: control codes
but for tab and line break, marks of direction, joiners, tags, halves of characters."""


def escaped(text: str) -> str:
    r"""`text` with every character in it that would act on a terminal as its escape, such as \x1b; tabs and line breaks
    stay. What is printed or written as Markdown goes through here, see `reports.text.terminal`.
    """
    return ACTING.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def visible(text: str) -> str:
    r"""`text` on one line, with every character that would not be seen, but for the space, as its escape: a line break
    as \n, the beginning of a terminal's colour code as \x1b.
    """
    return "".join(c if c.isprintable() or c == "\u00a0" else c.encode("unicode_escape").decode() for c in text)


def probability(p: float, *limits: float) -> str:
    """A probability: "0.031", "< 0.001", "> 0.999"; with more than three decimals where these would show it as one of
    the limits, or of LEVELS, that it is not.
    """
    if p < 0.001:
        return "< 0.001"
    return "> 0.999" if 0.9995 <= p < 1.0 else _distinct(p, (*limits, *LEVELS), 3)


def shown_p(p: float, *limits: float) -> str:
    """The same after the letter p: "= 0.031", "< 0.001"."""
    text = probability(p, *limits)
    return text if text[0] in "<>" else f"= {text}"


def percent_of_cases(p: float, *limits: float) -> str:
    """The same in percent, with no decimals or as many as it takes: "31 %", "4.9 %" beside a limit of 5 %."""
    return "under 1 %" if p < 0.005 else f"{_distinct(100.0 * p, [100.0 * x for x in (*limits, *LEVELS)], 0)} %"


def _distinct(x: float, limits: Iterable[float], fewest: int) -> str:
    """A number with the fewest decimals that tell it from every limit that it is not."""
    others = [limit for limit in limits if abs(x - limit) > 1e-12]
    enough = (n for n in range(fewest, fewest + 4) if all(f"{x:.{n}f}" != f"{limit:.{n}f}" for limit in others))
    return f"{x:.{next(enough, fewest + 4)}f}"


def json_escaped(text: str) -> str:
    r"""The text of a JSON file with those characters as \u001b: the same values, nothing that acts on a terminal."""
    return ACTING.sub(lambda match: json.dumps(match[0])[1:-1], text)
