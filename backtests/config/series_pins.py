"""What pins prices, and the series that strategies read besides opens and closes: a fingerprint of each."""

from collections.abc import Iterable, Mapping

from unlockstep.signals.chain import BRIDGE
from unlockstep.signals.errors import DataError
from unlockstep.signals.market import Market
from unlockstep.strategies.strategy import Strategy


def series_read(market: Market, strategies: Iterable[Strategy]) -> tuple[str, ...]:
    """The names of what these strategies say that they read, and of the market's context, which any code may read.

    What is there unasked, the demo's ^VIX and bridges, counts where one of them reads it.
    """
    read = {name for strategy in strategies for name in strategy.reads(market.tickers)}
    named = {series.name for series in market.context if not (market.synthetic or series.name.startswith(BRIDGE))}
    return tuple(sorted(read | named))


def series_pins(market: Market, strategies: Iterable[Strategy]) -> dict[str, str]:
    """Name → sha256 of each; raises DataError or StudyError where the market has none of that name."""
    return {name: market.series_sha256(name) for name in series_read(market, strategies)}


def check_prices(market: Market, expected: str | None, key: str) -> None:
    """Raise DataError where the prices are not those that the study pins under this key; None pins nothing."""
    if expected not in (None, market.sha256):
        raise DataError(
            f"The prices of {'/'.join(market.tickers)} have changed since this study was written: their fingerprint is "
            f"{market.sha256[:12]}, the study expects {str(expected)[:12]}",
            name=key,
            remedy=f"remove {key} from it to run on the prices as they are",
        )


def check_series(market: Market, pins: Mapping[str, str]) -> None:
    """Raise DataError where a series is not the one that was pinned."""
    for name, expected in pins.items():
        actual = market.series_sha256(name)
        if expected and actual != expected:
            raise DataError(
                f"The series {name} has the fingerprint {actual[:12]}, but the study expects {expected[:12]}",
                name=name,
                remedy="remove it from series_sha256 to run on the series as it is",
            )
