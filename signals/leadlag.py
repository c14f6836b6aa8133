"""Who moves first."""

from typing import ClassVar

from pydantic import Field

from unlockstep.signals.correlation import Window
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.rolling import align, pearson, windows
from unlockstep.signals.signal import Signal


class LeadLag(Signal):
    """Rolling difference of cross-correlations of daily log returns: ETH leading minus IWM leading.

        corr(ETH(t - lag), IWM(t)) - corr(IWM(t - lag), ETH(t)),  t in the last `window` sessions

    At lag 1 the clocks fake a lead of ETH: its bar ends 3 to 7 hours after IWM's close, so the end of ETH(t - 1) and
    the beginning of IWM(t) share hours. From lag 2 on no hour is shared; hence the default.
    """

    name: ClassVar[str] = "lead_lag"
    meaning: ClassVar[str] = "positive when ETH's returns foreshadow IWM's more than the other way round"
    unit: ClassVar[str] = "difference of correlations"

    window: Window = Field(default=120, description="sessions")
    lag: int = Field(default=2, ge=1, le=20, description="sessions between the leading and the following return")

    @property
    def warmup(self) -> int:
        return self.window + self.lag

    def values(self, market: Market) -> Floats:
        returns = market.log_returns.to_numpy()[1:]
        early = [windows(returns[: -self.lag, i], self.window) for i in (0, 1)]
        late = [windows(returns[self.lag :, i], self.window) for i in (0, 1)]
        return align(pearson(early[0], late[1]) - pearson(early[1], late[0]), len(market.sessions))
