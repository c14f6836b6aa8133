"""Where the pair stands: coupling and growth at the last session, and the correlation of every calendar year."""

from typing import Any

from signals import Breakdown, Correlation, LevelCorrelation, Readings, YoY
from signals.breakdown import COUPLED, DECOUPLED
from signals.signal import Signal

FEWEST = 20
"""Sessions under which a calendar year is left out: a month of returns is no year."""


def lockstep(readings: Readings) -> dict[str, Any]:
    """The "lockstep" of result.json; NaN, or the state "unknown", where the market is too short for a signal."""
    market = readings.market

    def last(signal: Signal) -> float:
        return float(readings.values(signal)[-1])

    coupling = Correlation()
    years = market.log_returns.dropna().groupby(market.sessions[1:].year)
    return {
        "session": str(market.sessions[-1].date()),
        "window": coupling.window,
        "return_correlation": last(coupling),
        "level_correlation": last(LevelCorrelation(window=coupling.window)),
        "yoy": {market.crypto.ticker: last(YoY(leg="crypto")), market.equity.ticker: last(YoY(leg="equity"))},
        "state": {COUPLED: "coupled", DECOUPLED: "decoupled"}.get(last(Breakdown()), "unknown"),
        "correlation_by_year": [
            {"year": int(year), "sessions": len(part), "correlation": float(part["crypto"].corr(part["equity"]))}
            for year, part in years
            if len(part) >= FEWEST
        ],
    }
