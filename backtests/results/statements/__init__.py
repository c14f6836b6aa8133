"""The statements under test, S1 to S4: for each what the data say, with an estimate and a 95 % interval.

A finding begins with one of three words. "Supported" and "contradicted" need an interval that leaves the other side
out; anything else is "cannot tell". The intervals are of each statement alone, not adjusted for asking six questions.

statement          the words and the statistics of every finding
distinct_legs      are there two legs to compare, at the resolution of their prices?
s1_correlation     S1: the correlation weakened
s2_yoy_response    S2: a positive year of IWM no longer lifts ETH
s3a_persistence    S3a: the correlation has fallen for long
s3b_links          S3b: which link of the chain between the legs broke
s3b_reconvergence  S3b: the gap closes
s3c_lead_lag       S3c: ETH moves first
s3c_closed_hours   S3c: ETH's moves while IWM is closed: price discovery, or a forecast?
s4_break_events    S4: ETH moves up after a break
"""

from unlockstep.backtests.results.model.statements import (
    LinksResult,
    S1Result,
    S2Result,
    S3aResult,
    S3bResult,
    S3cResult,
    S4Result,
    StatementsResult,
)
from unlockstep.backtests.results.statements import (
    s1_correlation,
    s2_yoy_response,
    s3a_persistence,
    s3b_reconvergence,
    s3c_lead_lag,
    s4_break_events,
)
from unlockstep.backtests.results.statements.distinct_legs import why_not_distinct
from unlockstep.backtests.results.statements.s1_correlation import BEFORE, judge_correlation
from unlockstep.backtests.results.statements.s2_yoy_response import judge_yoy_response
from unlockstep.backtests.results.statements.s3a_persistence import judge_persistence
from unlockstep.backtests.results.statements.s3b_links import judge_links
from unlockstep.backtests.results.statements.s3b_reconvergence import judge_reconvergence
from unlockstep.backtests.results.statements.s3c_lead_lag import judge_lead_lag
from unlockstep.backtests.results.statements.s4_break_events import judge_break_events
from unlockstep.backtests.results.statements.statement import RECENT
from unlockstep.signals import Breakdown, LevelCorrelation, LevelFalseDecoupling, SignalCache

__all__ = ["judge_statements"]


def judge_statements(signal_cache: SignalCache, *, seed: int, no_chain: str = "") -> StatementsResult:
    """Every statement on the whole market of the signal cache; no_chain: why it lacks the study's bridges."""
    market, values = signal_cache.market, signal_cache.values
    returns = market.log_returns.to_numpy()[1:]
    why = why_not_distinct(market)
    if why is not None:
        return _no_pair(why)
    lately = why_not_distinct(market.slice(max(0, len(market.sessions) - 1 - BEFORE - RECENT)))
    return StatementsResult(
        S1=judge_correlation(returns, values(LevelCorrelation())[-1], values(LevelFalseDecoupling())[-1])
        if lately is None
        else S1Result.cannot_tell(f"in the last {BEFORE + RECENT} sessions {lately}", s1_correlation.UNIT),
        S2=judge_yoy_response(signal_cache, seed=seed),
        S3a=judge_persistence(returns, values(Breakdown()), market.sessions),
        S3b=_with_links(judge_reconvergence(signal_cache), judge_links(signal_cache, no_chain)),
        S3c=judge_lead_lag(market, seed=seed),
        S4=judge_break_events(signal_cache),
    )


def _with_links(closing: S3bResult, links: LinksResult | str | None) -> S3bResult:
    """Whether the gap closes, and which link of the chain between the legs it was."""
    if links is None:
        return closing
    said = links if isinstance(links, str) else links.finding
    return closing.model_copy(
        update={
            "finding": f"{closing.finding} {said}",
            "links": None if isinstance(links, str) else links,
            "no_links": said if isinstance(links, str) else None,
        }
    )


def _no_pair(why: str) -> StatementsResult:
    """Every statement where there are no two legs to compare."""
    return StatementsResult(
        S1=S1Result.cannot_tell(why, s1_correlation.UNIT),
        S2=S2Result.cannot_tell(why, s2_yoy_response.UNIT),
        S3a=S3aResult.cannot_tell(why, s3a_persistence.UNIT, null=0.5),
        S3b=S3bResult.cannot_tell(why, s3b_reconvergence.UNIT),
        S3c=S3cResult.cannot_tell(why, s3c_lead_lag.UNIT),
        S4=S4Result.cannot_tell(why, s4_break_events.UNIT),
    )
