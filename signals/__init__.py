"""Signals: pure, causal functions of a market's past. They open no files and no network.

market        the pair on one decision clock: when each price is known, when it can be traded
signal        what a signal is: name, parameters, warm-up, compute(market); Readings: each computed once
correlation   co-movement of returns and, labelled as such, of levels, with its rate of false alarms; beta
decoupling    which decoupling: correlation, volatility or the clock
level_rates   simulated figures for the rate
breakdown     correlation → coupled / decoupled state, and break onsets
divergence    year-over-year growth, its divergence, response, gap
leadlag       who moves first
trend         a leg's own momentum and volatility
registry      every signal by name
errors        every error raised on purpose
"""

from signals.breakdown import Breakdown, BreakOnset, RelativeBreakdown
from signals.correlation import Beta, Correlation, LevelCorrelation, LevelFalseDecoupling
from signals.decoupling import AdjustedCorrelation, DecouplingPart, OverlapCorrelation, SynchronisedCorrelation
from signals.divergence import Gap, Response, YoY, YoYDivergence
from signals.leadlag import LeadLag
from signals.market import SESSIONS_PER_YEAR, Leg, Market
from signals.signal import Readings, Signal
from signals.trend import Trend, Volatility

__all__ = [
    "SESSIONS_PER_YEAR",
    "AdjustedCorrelation",
    "Beta",
    "BreakOnset",
    "Breakdown",
    "Correlation",
    "DecouplingPart",
    "Gap",
    "LeadLag",
    "Leg",
    "LevelCorrelation",
    "LevelFalseDecoupling",
    "Market",
    "OverlapCorrelation",
    "Readings",
    "RelativeBreakdown",
    "Response",
    "Signal",
    "SynchronisedCorrelation",
    "Trend",
    "Volatility",
    "YoY",
    "YoYDivergence",
]
