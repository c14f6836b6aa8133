"""Names in texts.

The texts speak of ETH and IWM, the pair that the project is about; for another pair its tickers take their place. Names
that come from files and users may hold anything, and are shown so that they do nothing.
"""

import json
import re


def substitute_tickers(text: str, tickers: tuple[str, str]) -> str:
    """`text` with ETH and IWM as the names of these tickers; a currency after a hyphen is left out of a name."""
    names = dict(zip(("ETH", "IWM"), (ticker.split("-")[0] for ticker in tickers), strict=True))
    return re.sub(r"\b(ETH|IWM)\b", lambda match: names[match[0]], text)


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


def json_escaped(text: str) -> str:
    r"""The text of a JSON file with those characters as \u001b: the same values, nothing that acts on a terminal."""
    return ACTING.sub(lambda match: json.dumps(match[0])[1:-1], text)
