"""Names in texts.

The texts speak of ETH and IWM, the pair that the project is about; for another pair its tickers take their place. Names
that come from files and users may hold anything, and are shown so that they do nothing.
"""

import re


def substitute_tickers(text: str, tickers: tuple[str, str]) -> str:
    """`text` with ETH and IWM as the names of these tickers; a currency after a hyphen is left out of a name."""
    names = dict(zip(("ETH", "IWM"), (ticker.split("-")[0] for ticker in tickers), strict=True))
    return re.sub(r"\b(ETH|IWM)\b", lambda match: names[match[0]], text)


def visible(text: str) -> str:
    r"""`text` on one line, with every character that would not be seen, but for the space, as its escape: a line break
    as \n, the beginning of a terminal's colour code as \x1b.
    """
    return "".join(c if c.isprintable() or c == "\u00a0" else c.encode("unicode_escape").decode() for c in text)
