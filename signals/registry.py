"""Every signal by name, and the set that a report shows."""

from unlockstep.signals.bounds import CorrelationBound, LevelBound
from unlockstep.signals.breakdown import Breakdown, BreakOnset, RelativeBreakdown
from unlockstep.signals.chain import ChainCorrelation, DirectCorrelation, LinkCorrelation
from unlockstep.signals.change_point import ChangePoint
from unlockstep.signals.closed_hours import ClosedHoursMove
from unlockstep.signals.correlation import Beta, Correlation, LevelCorrelation, LevelFalseDecoupling
from unlockstep.signals.dcc import DCC, DccBreak
from unlockstep.signals.decoupling import (
    AdjustedCorrelation,
    DecouplingPart,
    OverlapCorrelation,
    SynchronisedCorrelation,
)
from unlockstep.signals.fluctuation import FisherBreak, MonitorBreak
from unlockstep.signals.hindsight import ConstancyHindsight, Hindsight, SegmentsHindsight
from unlockstep.signals.joint import AnyBreak
from unlockstep.signals.leadlag import LeadLag
from unlockstep.signals.markov import MarkovBreak
from unlockstep.signals.response import Gap, Response
from unlockstep.signals.series import Context, Price, Range, Volume
from unlockstep.signals.signal import Signal
from unlockstep.signals.trend import Trend, Volatility
from unlockstep.signals.yoy import YoY, YoYDivergence

SIGNALS: dict[str, type[Signal]] = {
    signal.name: signal
    for signal in (
        Correlation,
        LevelCorrelation,
        LevelFalseDecoupling,
        CorrelationBound,
        LevelBound,
        OverlapCorrelation,
        SynchronisedCorrelation,
        AdjustedCorrelation,
        DecouplingPart,
        Beta,
        LinkCorrelation,
        ChainCorrelation,
        DirectCorrelation,
        Breakdown,
        BreakOnset,
        RelativeBreakdown,
        FisherBreak,
        MonitorBreak,
        ChangePoint,
        DCC,
        DccBreak,
        MarkovBreak,
        AnyBreak,
        YoY,
        YoYDivergence,
        Response,
        Gap,
        LeadLag,
        ClosedHoursMove,
        Trend,
        Volatility,
        Price,
        Volume,
        Range,
        Context,
    )
}
"""name → class"""

SHOWN: tuple[Signal, ...] = (
    Correlation(),
    Correlation(method="spearman"),
    Correlation(method="ewma"),
    LevelCorrelation(),
    LevelFalseDecoupling(),
    CorrelationBound(side="low"),
    CorrelationBound(side="high"),
    LevelBound(side="low"),
    LevelBound(side="high"),
    OverlapCorrelation(horizon=2),
    OverlapCorrelation(horizon=5),
    SynchronisedCorrelation(),
    AdjustedCorrelation(),
    DecouplingPart(part="correlation"),
    DecouplingPart(part="volatility"),
    DecouplingPart(part="clock"),
    Beta(),
    Breakdown(),
    BreakOnset(),
    RelativeBreakdown(),
    FisherBreak(),
    MonitorBreak(),
    ChangePoint(),
    DCC(),
    DccBreak(),
    MarkovBreak(),
    YoY(leg="crypto"),
    YoY(leg="equity"),
    YoYDivergence(),
    YoYDivergence(scaled=True),
    Response(),
    Gap(),
    LeadLag(),
    Trend(leg="crypto"),
    Trend(leg="equity"),
    Volatility(leg="crypto"),
    Volatility(leg="equity"),
)
"""The signals that every run computes, whatever its strategies use; they are written to signals.parquet."""

DETECTORS: tuple[Signal, ...] = (
    Breakdown(),
    RelativeBreakdown(),
    FisherBreak(),
    MonitorBreak(),
    ChangePoint(),
    DccBreak(),
    MarkovBreak(),
    AnyBreak(),
)
"""The signals that answer "have the returns come apart?"; `unlockstep calibrate signals` measures how often they
err.
"""

HINDSIGHT: dict[str, type[Hindsight]] = {signal.name: signal for signal in (ConstancyHindsight, SegmentsHindsight)}
"""name → class of the signals that know the whole sample: for pictures, never for a strategy, and never in SIGNALS."""
