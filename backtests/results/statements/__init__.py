"""The statements under test, S1 to S4: for each what the data say, with an estimate and a 95 % interval.

A finding begins with one of three words. "Supported" and "contradicted" need an interval that leaves the other side
out; anything else is "cannot tell". The intervals are of each statement alone, not adjusted for asking six questions.

statement          the words and the statistics of every finding
s1_correlation     S1: the correlation weakened
s2_yoy_response    S2: a positive year of IWM no longer lifts ETH
s3a_persistence    S3a: the correlation has fallen for long
s3b_reconvergence  S3b: the gap closes
s3c_lead_lag       S3c: ETH moves first
s4_break_events    S4: ETH moves up after a break
"""

from unlockstep.backtests.results.model.statements import StatementsResult
from unlockstep.backtests.results.statements.s1_correlation import judge_correlation
from unlockstep.backtests.results.statements.s2_yoy_response import judge_yoy_response
from unlockstep.backtests.results.statements.s3a_persistence import judge_persistence
from unlockstep.backtests.results.statements.s3b_reconvergence import judge_reconvergence
from unlockstep.backtests.results.statements.s3c_lead_lag import judge_lead_lag
from unlockstep.backtests.results.statements.s4_break_events import judge_break_events
from unlockstep.signals import Breakdown, LevelCorrelation, LevelFalseDecoupling, SignalCache

__all__ = ["judge_statements"]


def judge_statements(signal_cache: SignalCache, *, seed: int) -> StatementsResult:
    """Every statement on the whole market of the signal cache."""
    market, values = signal_cache.market, signal_cache.values
    returns = market.log_returns.to_numpy()[1:]
    state = values(Breakdown())
    return StatementsResult(
        S1=judge_correlation(returns, values(LevelCorrelation())[-1], values(LevelFalseDecoupling())[-1]),
        S2=judge_yoy_response(signal_cache, seed=seed),
        S3a=judge_persistence(returns, state, market.sessions),
        S3b=judge_reconvergence(signal_cache),
        S3c=judge_lead_lag(market, seed=seed),
        S4=judge_break_events(signal_cache),
    )
