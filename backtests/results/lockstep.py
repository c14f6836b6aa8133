"""Where the pair stands: coupling and growth at the last session, in which sense it is apart; the calendar years."""

from dataclasses import asdict

import pandas as pd

from unlockstep.backtests.results.detections import state_name
from unlockstep.backtests.results.model.pair import (
    CorrelationChange,
    Decoupling,
    LockstepResult,
    PairState,
    YearCorrelation,
)
from unlockstep.backtests.results.pair_state import measure_pair_state, sentence
from unlockstep.backtests.stats.correlation_change import decompose, decompose_years, latest
from unlockstep.signals import Breakdown, Correlation, LevelCorrelation, LevelFalseDecoupling, Market, SignalCache, YoY
from unlockstep.signals.errors import HistoryError
from unlockstep.signals.resolution import RESOLUTION
from unlockstep.signals.signal import Signal

FEWEST = 20
"""Sessions under which a calendar year is left out: a month of returns is no year."""


def lockstep(signal_cache: SignalCache) -> LockstepResult:
    """The "lockstep" of result.json; None, or the state "unknown", where the market is too short for a signal."""
    market = signal_cache.market

    def last(signal: Signal) -> float:
        return float(signal_cache.values(signal)[-1])

    coupling = Correlation()
    years = market.log_returns.dropna().groupby(market.sessions[1:].year)
    now = measure_pair_state(signal_cache)
    return LockstepResult(
        session=str(market.sessions[-1].date()),
        window=coupling.window,
        return_correlation=last(coupling),
        level_correlation=last(LevelCorrelation(window=coupling.window)),
        level_false_decoupling=last(LevelFalseDecoupling(window=coupling.window)),
        yoy={market.crypto.ticker: last(YoY(leg="crypto")), market.equity.ticker: last(YoY(leg="equity"))},
        state=state_name(last(Breakdown())),
        sentence=sentence(now),
        sense=PairState(returns=now.coupling, levels=now.level_trend, yoy=now.yoy_trend, rank=now.rank),
        decoupling=Decoupling(
            recent=_recent(market),
            by_year=[CorrelationChange(**asdict(part)) for part in decompose_years(market)],
        ),
        correlation_by_year=[
            YearCorrelation(year=int(year), sessions=len(part), correlation=_correlation(part))
            for year, part in years
            if len(part) >= FEWEST
        ],
    )


def _correlation(returns: pd.DataFrame) -> float:
    """Of the legs' log returns; NaN where a leg does not vary."""
    varies = bool((returns.std() > RESOLUTION).all())
    return float(returns["crypto"].corr(returns["equity"])) if varies else float("nan")


def _recent(market: Market) -> CorrelationChange | None:
    """The last window against the reference period before it; None where the market is too short."""
    try:
        return CorrelationChange(**asdict(decompose(market, *latest(market))))
    except HistoryError:
        return None
