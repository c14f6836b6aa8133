"""What the crypto leg does while the equity leg's exchange is closed, as daily bars show it.

    session D-1 closes at 21:00 UTC … 24:00 | days without a session | 00:00 of D … 14:30 UTC the exchange opens

Crypto bars end at 00:00 UTC. The closed hours that they show whole are the days between two sessions: weekends and
holidays. The hours from the close of D-1 to 24:00 and from 00:00 of D to the open lie in bars that the sessions share.
"""

from typing import ClassVar, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from unlockstep.signals.errors import DataError
from unlockstep.signals.histories import Histories, ManyHistories, align_all
from unlockstep.signals.identity import AROUND_THE_CLOCK, WEEKDAYS
from unlockstep.signals.market import Floats, Instant, Leg, Market
from unlockstep.signals.signal import Signal

Closed: TypeAlias = Literal["weekends_and_holidays", "weekends", "holidays", "nights"]

DAY = np.timedelta64(1, "D")


class ClosedHoursMove(Signal, ManyHistories):
    """ETH's log move while IWM's exchange was closed, up to 00:00 UTC of the session: known before it opens.

    weekends: from the close labelled with the last session to the close labelled with the day before this one, where
    no weekday lies between; holidays: the same where one does; both are of more than one night. nights: after one
    night no whole bar lies between two sessions; the bar that ends in the night is taken, 24 hours of which the
    session before is a part, so that a night's move is no news of closed hours alone.
    0 in sessions that follow no such hours. DataError where the first leg does not trade around the clock, or the
    second one does.
    """

    name: ClassVar[str] = "closed_hours_move"
    meaning: ClassVar[str] = "ETH's move while IWM was closed, known before the open"
    unit: ClassVar[str] = "log move"

    closed: Closed = Field(
        default="weekends_and_holidays", description="weekends_and_holidays, weekends, holidays or nights"
    )

    @property
    def warmup(self) -> int:
        return 2 if self.closed == "nights" else 1

    @property
    def available(self) -> Instant:
        return "before_open"

    @property
    def reads(self) -> tuple[str, ...]:
        return ("crypto.before_open",)

    def values(self, market: Market) -> Floats:
        before_open = closing_leg(market).series("before_open")
        moves: Floats = self._moves(market, before_open[None, :], market.crypto.close[None, :])[0]
        return moves

    def values_of(self, histories: Histories) -> Floats:
        closing_leg(histories.market)
        bars = histories.bars("crypto")
        return self._moves(histories.market, bars.series("before_open"), bars.close)

    def _moves(self, market: Market, before_open: Floats, close: Floats) -> Floats:
        """H x T moves of H x T prices."""
        wanted = closed_before(market.sessions, self.closed)[self.warmup :]
        since = before_open[:, 1:-1] if self.closed == "nights" else close[:, :-1]
        moves: Floats = np.log(before_open[:, self.warmup :] / since)
        return align_all(np.where(wanted, moves, 0.0), len(market.sessions))


def closing_leg(market: Market) -> Leg:
    """The crypto leg; DataError unless the equity leg's exchange closes."""
    if market.equity.clock in (AROUND_THE_CLOCK, WEEKDAYS):
        raise DataError(
            f"{market.equity.ticker} trades around the clock and has no closed hours",
            name=market.equity.ticker,
            remedy="closed hours are those of an exchange: name a listed ticker second, such as IWM",
        )
    return market.crypto


def closed_before(sessions: pd.DatetimeIndex, closed: Closed) -> NDArray[np.bool_]:
    """Length T: the sessions before which the exchange was closed so; False in the first."""
    days = sessions.to_numpy().astype("M8[D]")
    calendar = (np.diff(days) / DAY).astype(int)
    weekdays = np.busday_count(days[:-1] + DAY, days[1:])  # strictly between two sessions
    kinds = {
        "nights": calendar == 1,
        "weekends": (calendar > 1) & (weekdays == 0),
        "holidays": (calendar > 1) & (weekdays > 0),
        "weekends_and_holidays": calendar > 1,
    }
    return np.concatenate([[False], kinds[closed]])
