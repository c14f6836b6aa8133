"""Texts speak of ETH and IWM, the pair that the project is about; for another pair its tickers take their place."""

import re


def spoken(text: str, tickers: tuple[str, str]) -> str:
    """`text` with ETH and IWM as the names of these tickers; a currency after a hyphen is left out of a name."""
    names = dict(zip(("ETH", "IWM"), (ticker.split("-")[0] for ticker in tickers), strict=True))
    return re.sub(r"\b(ETH|IWM)\b", lambda found: names[found[0]], text)
