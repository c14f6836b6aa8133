"""The statements under test, S1 to S4: for each what the data say, with an estimate and a 95 % interval.

A finding begins with one of three words. "Supported" and "contradicted" need an interval that leaves the other side
out; anything else is "cannot tell". The intervals are of each statement alone, not adjusted for asking six questions.

statement    what a statement is, and its words
weaker       S1: the correlation weakened
muted        S2: a positive year of IWM no longer lifts ETH
lasting      S3a: the correlation has fallen for long
closing      S3b: the gap closes
leading      S3c: ETH moves first
opportunity  S4: ETH moves up after a break
"""

from unlockstep.backtests.results.statements.s1_correlation import weaker
from unlockstep.backtests.results.statements.s2_yoy_response import muted
from unlockstep.backtests.results.statements.s3a_persistence import lasting
from unlockstep.backtests.results.statements.s3b_reconvergence import closing
from unlockstep.backtests.results.statements.s3c_lead_lag import leading
from unlockstep.backtests.results.statements.s4_break_events import opportunity
from unlockstep.backtests.results.statements.statement import Statement
from unlockstep.signals import Breakdown, LevelCorrelation, LevelFalseDecoupling, SignalCache

__all__ = ["Statement", "judge_statements"]


def judge_statements(signal_cache: SignalCache, *, seed: int) -> dict[str, Statement]:
    """Every statement on the whole market of the signal cache."""
    market, values = signal_cache.market, signal_cache.values
    returns = market.log_returns.to_numpy()[1:]
    state = values(Breakdown())
    return {
        "S1": weaker(returns, values(LevelCorrelation())[-1], values(LevelFalseDecoupling())[-1]),
        "S2": muted(signal_cache, seed=seed),
        "S3a": lasting(returns, state, market.sessions),
        "S3b": closing(signal_cache),
        "S3c": leading(market, seed=seed),
        "S4": opportunity(signal_cache),
    }
