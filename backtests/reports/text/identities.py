"""Who a ticker is, in words: its class, its currency, and when its bars are made."""

from unlockstep.backtests.data.exchanges import by_code
from unlockstep.signals.identity import AROUND_THE_CLOCK, WEEKDAYS

CLASSES = {
    "crypto": "crypto asset",
    "listed": "fund or share",
    "index": "index",
    "fx": "currency",
    "future": "future",
}
"""Class of a ticker → its word."""


def identity_words(asset_class: str, currency: str, clock: str) -> str:
    """Who a ticker is: "fund or share in GBP, sessions of the London Stock Exchange (XLON)"."""
    return f"{CLASSES.get(asset_class, asset_class)} in {currency}, {clock_words(clock)}"


def clock_words(clock: str) -> str:
    """When bars of a clock are made: "sessions of the London Stock Exchange (XLON)"."""
    if clock == AROUND_THE_CLOCK:
        return "around the clock, a bar is 00:00 to 24:00 UTC"
    if clock == WEEKDAYS:
        return "weekdays, a bar is 00:00 to 24:00 UTC"
    return f"sessions of {exchange_words(clock)}"


def exchange_words(clock: str) -> str:
    """An exchange's name and the code of its calendar: "the London Stock Exchange (XLON)"."""
    exchange = by_code().get(clock)
    return f"the {exchange.name} ({clock})" if exchange else f"the calendar {clock}"
