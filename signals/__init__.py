"""Signals: pure, causal functions of a market's past. They open no files and no network.

market        the pair on one decision clock: when each price is known, when it can be traded
context       series beside the pair, as they are known at each decision
identity      who a ticker is: class, clock, currency
risk_free     what cash earns from one session to the next
signal        what a signal is: name, parameters, warm-up, compute(market); SignalCache: each computed once
correlation   co-movement of returns and, labelled as such, of levels, with its rate of false alarms; beta
decoupling    which decoupling: correlation, volatility or the clock
level_rates   simulated figures for the rate
bounds        a band round the correlation of returns, and what levels do by chance
breakdown     correlation → coupled / decoupled state, and break onsets
scores        bounded scores of returns: volatility and tails taken out
detector      a state with a known rate of false alarms
critical      the simulated critical values of the detectors
worst_rates   their largest measured rates of false alarms
fluctuation   recent windows against the history before: Fisher's z, monitoring
chain         The links of the chain between the legs, their product, and what no link explains
change_point  change points, on the past of each session
dcc           dynamic conditional correlation, fitted on the past
refit         when models are fitted, and on what
lean_arch     the import of arch
markov        two hidden states, filtered
joint         one alarm: the calibrated detectors together
long_run      the variance of a mean, and of a correlation, when what is averaged depends on itself
hindsight     breaks dated from the whole sample: for pictures, never for a strategy
yoy           year-over-year growth, and its divergence between the legs
response      how much of the move that IWM predicts has come; gap
leadlag       who moves first
closed_hours  what crypto does while the exchange is closed
series        prices, volumes and ranges of the legs, and series beside the pair
trend         a leg's own momentum and volatility
histories     many histories of one market's sessions at once
rolling       exact rolling statistics
resolution    what prices can resolve: under it a deviation is rounding
compiled      state machines over many variants at once
compiled_positions  positions with state over many variants at once
jit           numba's compiler
registry      every signal by name
errors        every error raised on purpose
wrong_values  what is wrong with a value, in our words

Each name is imported when it is used (PEP 562): the errors and the numbers of the signals load without pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unlockstep.signals.bounds import CorrelationBound, LevelBound
    from unlockstep.signals.breakdown import (
        COUPLED,
        DECOUPLED,
        Breakdown,
        BreakOnset,
        MinStay,
        RelativeBreakdown,
        hysteresis,
        onsets,
    )
    from unlockstep.signals.chain import ChainCorrelation, DirectCorrelation, LinkCorrelation
    from unlockstep.signals.change_point import ChangePoint
    from unlockstep.signals.closed_hours import Closed, ClosedHoursMove
    from unlockstep.signals.context import ContextSeries
    from unlockstep.signals.correlation import Beta, Correlation, LevelCorrelation, LevelFalseDecoupling, Window
    from unlockstep.signals.dcc import DCC, DccBreak
    from unlockstep.signals.decoupling import (
        AdjustedCorrelation,
        DecouplingPart,
        OverlapCorrelation,
        SynchronisedCorrelation,
    )
    from unlockstep.signals.detector import Detector
    from unlockstep.signals.fluctuation import FisherBreak, MonitorBreak
    from unlockstep.signals.hindsight import ConstancyHindsight, SegmentsHindsight
    from unlockstep.signals.joint import AnyBreak
    from unlockstep.signals.leadlag import LeadLag
    from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats, Instant, Leg, LegName, Market
    from unlockstep.signals.markov import MarkovBreak
    from unlockstep.signals.response import Gap, Response
    from unlockstep.signals.series import Context, Price, Range, Volume
    from unlockstep.signals.signal import Columns, Signal, SignalCache
    from unlockstep.signals.trend import Trend, Volatility
    from unlockstep.signals.yoy import YoY, YoYDivergence

__all__ = [
    "COUPLED",
    "DCC",
    "DECOUPLED",
    "SESSIONS_PER_YEAR",
    "AdjustedCorrelation",
    "AnyBreak",
    "Beta",
    "BreakOnset",
    "Breakdown",
    "ChainCorrelation",
    "ChangePoint",
    "Closed",
    "ClosedHoursMove",
    "Columns",
    "ConstancyHindsight",
    "Context",
    "ContextSeries",
    "Correlation",
    "CorrelationBound",
    "DccBreak",
    "DecouplingPart",
    "Detector",
    "DirectCorrelation",
    "FisherBreak",
    "Floats",
    "Gap",
    "Instant",
    "LeadLag",
    "Leg",
    "LegName",
    "LevelBound",
    "LevelCorrelation",
    "LevelFalseDecoupling",
    "LinkCorrelation",
    "Market",
    "MarkovBreak",
    "MinStay",
    "MonitorBreak",
    "OverlapCorrelation",
    "Price",
    "Range",
    "RelativeBreakdown",
    "Response",
    "SegmentsHindsight",
    "Signal",
    "SignalCache",
    "SynchronisedCorrelation",
    "Trend",
    "Volatility",
    "Volume",
    "Window",
    "YoY",
    "YoYDivergence",
    "hysteresis",
    "onsets",
]

_MODULES = {
    "COUPLED": "breakdown",
    "DCC": "dcc",
    "DECOUPLED": "breakdown",
    "SESSIONS_PER_YEAR": "market",
    "AdjustedCorrelation": "decoupling",
    "AnyBreak": "joint",
    "Beta": "correlation",
    "BreakOnset": "breakdown",
    "Breakdown": "breakdown",
    "ChainCorrelation": "chain",
    "ChangePoint": "change_point",
    "Closed": "closed_hours",
    "ClosedHoursMove": "closed_hours",
    "Columns": "signal",
    "ConstancyHindsight": "hindsight",
    "Context": "series",
    "ContextSeries": "context",
    "Correlation": "correlation",
    "CorrelationBound": "bounds",
    "DccBreak": "dcc",
    "DecouplingPart": "decoupling",
    "Detector": "detector",
    "DirectCorrelation": "chain",
    "FisherBreak": "fluctuation",
    "Floats": "market",
    "Gap": "response",
    "Instant": "market",
    "LeadLag": "leadlag",
    "Leg": "market",
    "LegName": "market",
    "LevelBound": "bounds",
    "LevelCorrelation": "correlation",
    "LinkCorrelation": "chain",
    "LevelFalseDecoupling": "correlation",
    "Market": "market",
    "MarkovBreak": "markov",
    "MinStay": "breakdown",
    "MonitorBreak": "fluctuation",
    "OverlapCorrelation": "decoupling",
    "Price": "series",
    "Range": "series",
    "RelativeBreakdown": "breakdown",
    "Response": "response",
    "SegmentsHindsight": "hindsight",
    "Signal": "signal",
    "SignalCache": "signal",
    "SynchronisedCorrelation": "decoupling",
    "Trend": "trend",
    "Volatility": "trend",
    "Volume": "series",
    "Window": "correlation",
    "YoY": "yoy",
    "YoYDivergence": "yoy",
    "hysteresis": "breakdown",
    "onsets": "breakdown",
}
"""Name → the module that has it."""


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"unlockstep.signals.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'unlockstep.signals' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
