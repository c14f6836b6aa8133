"""Does code change the market that it was handed?"""

from functools import cached_property

from unlockstep.signals.market import Market

CACHED = frozenset(name for name, value in vars(Market).items() if isinstance(value, cached_property))
"""What a Market itself keeps once it was asked."""


def state_of(market: Market) -> tuple[object, ...]:
    """Everything that a computation could change in a market, as plain comparable values."""
    legs = [(sorted(vars(leg)), leg.ticker, leg.clock, leg.adjusted) for leg in market.legs]
    arrays = [array for leg in market.legs for array in (leg.open, leg.close)]
    indexes = [market.sessions, *(index for leg in market.legs for index in (leg.tradable_from, leg.known_at))]
    return (
        sorted(set(vars(market)) - CACHED),
        market.source,
        market.synthetic,
        market.retrieved_at,
        legs,
        [(array.tobytes(), array.flags.writeable) for array in arrays],
        [(index.asi8.tobytes(), index.name) for index in indexes],
    )


def changed_part(before: tuple[object, ...], after: tuple[object, ...]) -> str | None:
    """In words, which part of a market's state is another one; None where all is as it was."""
    words = ("attributes", "source", "kind", "date of retrieval", "legs", "prices", "sessions or clocks")
    return next((word for word, a, b in zip(words, before, after, strict=True) if a != b), None)
