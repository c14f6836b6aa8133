"""Many histories of one market's sessions at once: what a signal computes of all of them in one go.

Each differs from the market in its returns alone. `HistoryCache` stands in for a `SignalCache`: asked for the values of
H · V sets of parameters, V for each history in turn, it answers with each history's own.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from unlockstep.signals.context import SeriesField, series_in
from unlockstep.signals.market import Floats, Leg, LegName, Market, PairLeg, read_only
from unlockstep.signals.signal import Columns, Signal, SignalCache

PAIR: tuple[PairLeg, PairLeg] = ("crypto", "equity")

MOMENTS_ROUNDING = 1e-12
"""Share of a sum of squares to which running sums are right (`compiled.rolling_moments`)."""


class SingleMarketError(Exception):
    """A rule asks for something that a cache of many histories has not: its market, or a signal as one series."""


@dataclass(frozen=True, eq=False)
class Histories:
    """H histories of T sessions.

    market: the one that they are histories of.
    close, opening: H x (T - 1) x N, from the second session on, all legs: close over the close before, and open over
    the close before.
    before_open: the same of the last price before the open; of no meaning for legs that have none.
    turned: H x (T - 1) x 1, whether the session's returns are turned round: what its high lies above its body, its low
    then lies below. None for nowhere. Volumes and the context stay those of the market.
    """

    market: Market
    close: Floats
    opening: Floats
    turned: NDArray[np.bool_] | None = None
    before_open: Floats | None = None
    _cached: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.close)

    @property
    def sessions(self) -> int:
        """T."""
        return len(self.market.sessions)

    def log_returns(self, leg: LegName) -> Floats:
        """H x (T - 1) log returns of a leg, from close to close."""
        place = self.market.place(leg)
        if ("returns", place) not in self._cached:
            self._cached["returns", place] = np.log(self.close[:, :, place])
        returns: Floats = self._cached["returns", place]
        return returns

    def log_close(self, leg: LegName) -> Floats:
        """H x T log closes of a leg over its first close."""
        place = self.market.place(leg)
        if ("close", place) not in self._cached:
            start = np.zeros((len(self), 1))
            self._cached["close", place] = np.cumsum(np.hstack([start, self.log_returns(leg)]), axis=1)
        logs: Floats = self._cached["close", place]
        return logs

    def moments(self, window: int) -> "Moments":
        """Those of the pair's log returns in every `window` of them."""
        if ("moments", window) not in self._cached:
            from unlockstep.signals.compiled import rolling_moments

            crypto, equity = (self.log_returns(leg) for leg in PAIR)
            self._cached["moments", window] = Moments(window, *rolling_moments(crypto, equity, window))
        result: Moments = self._cached["moments", window]
        return result

    def history(self, number: int) -> Market:
        """One of them as a market."""
        crypto, equity, *further = (self.bars(ticker).leg(number) for ticker in self.market.tickers)
        return replace(self.market, crypto=crypto, equity=equity, further=tuple(further))

    def bars(self, leg: LegName) -> "LegBars":
        """The bars of a leg."""
        i = self.market.place(leg)
        if ("bars", i) not in self._cached:
            turned = None if self.turned is None else self.turned[:, :, 0]
            bars = _bars(self.market.legs[i], self.close[:, :, i], self.opening[:, :, i], turned)
            if self.before_open is not None and self.market.legs[i].before_open is not None:
                first = np.full((len(self), 1), np.nan)
                before_open = np.hstack([first, bars.close[:, :-1] * self.before_open[:, :, i]])
                bars = replace(bars, before_open=before_open)
            self._cached["bars", i] = bars
        result: LegBars = self._cached["bars", i]
        return result

    def slice(self, start: int) -> "Histories":
        """The same from session number `start` on."""
        turned = None if self.turned is None else self.turned[:, start:]
        before_open = None if self.before_open is None else self.before_open[:, start:]
        return Histories(self.market.slice(start), self.close[:, start:], self.opening[:, start:], turned, before_open)


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums of squares and products about the window's mean, H x n each, of crypto and equity: cc, ee and ce.

    0 where a leg does not vary within the window, as `rolling.pearson` and `rolling.slope` count it.
    """

    window: int
    cc: Floats
    ee: Floats
    ce: Floats

    def before(self, count: int) -> "Moments":
        """The first `count` of each row alone."""
        return Moments(self.window, self.cc[:, :count], self.ee[:, :count], self.ce[:, :count])

    def correlation(self) -> Floats:
        """H x n; NaN where a leg does not vary."""
        spread = np.sqrt(self.cc * self.ee)
        ratio = np.divide(self.ce, spread, out=np.full(spread.shape, np.nan), where=spread > 0)
        return np.asarray(np.clip(ratio, -1.0, 1.0))

    def beta(self) -> Floats:
        """H x n slopes of crypto on equity; NaN where equity does not vary."""
        return np.asarray(np.divide(self.ce, self.ee, out=np.full(self.ce.shape, np.nan), where=self.ee > 0))

    def residual(self) -> Floats:
        """H x n standard deviations of what the slope leaves of crypto; 0 where that is no more than rounding."""
        rest = self.cc - self.beta() * self.ce
        rest[rest <= MOMENTS_ROUNDING * self.cc] = 0.0
        return np.asarray(np.sqrt(rest / self.window))


def align_all(tails: Floats, sessions: int) -> Floats:
    """As `rolling.align`, of each row."""
    out = np.full((len(tails), sessions), np.nan)
    out[:, sessions - tails.shape[1] :] = tails
    return out


@dataclass(frozen=True, eq=False)
class LegBars:
    """The bars of one leg in H histories: H x T prices; high and low are None where the market has none."""

    of: Leg
    open: Floats
    close: Floats
    high: Floats | None
    low: Floats | None
    before_open: Floats | None = None

    @property
    def volume(self) -> Floats | None:
        """H x T, those of the market; None where it has none."""
        return None if self.of.volume is None else np.broadcast_to(self.of.volume, self.close.shape)

    def series(self, field: SeriesField | Literal["before_open"]) -> Floats:
        """H x T prices of this field, or volumes; DataError where the market has none."""
        if field == "before_open":
            if self.before_open is None:
                raise SingleMarketError
            return self.before_open
        return series_in(self, field, self.of.ticker)

    def leg(self, number: int) -> Leg:
        """The leg in one of them."""
        high, low = (None if prices is None else read_only(prices[number]) for prices in (self.high, self.low))
        opens, close = read_only(self.open[number]), read_only(self.close[number])
        before_open = None if self.before_open is None else read_only(self.before_open[number])
        return replace(self.of, open=opens, close=close, high=high, low=low, before_open=before_open)


def _bars(leg: Leg, close: Floats, opening: Floats, turned: NDArray[np.bool_] | None) -> LegBars:
    """The bars with these closes and opens over the close before, H x (T - 1), the first bar being the market's."""
    first = np.ones((len(close), 1))
    closes = leg.close[0] * np.cumprod(np.hstack([first, close]), axis=1)
    opens = np.hstack([leg.open[0] * first, closes[:, :-1] * opening])
    if leg.high is None or leg.low is None:
        return LegBars(leg, opens, closes, None, None)
    up, down = leg.high / np.maximum(leg.open, leg.close), leg.low / np.minimum(leg.open, leg.close)
    above, below = np.broadcast_to(up, closes.shape), np.broadcast_to(down, closes.shape)
    if turned is not None:
        flipped = np.hstack([np.zeros((len(close), 1), dtype=bool), turned])
        above, below = np.where(flipped, 1.0 / down, up), np.where(flipped, 1.0 / up, down)
    return LegBars(leg, opens, closes, np.maximum(opens, closes) * above, np.minimum(opens, closes) * below)


def same_in_each(values: Floats, histories: Histories) -> Floats:
    """H x T: T values that no history changes."""
    return np.repeat(values[None, :], len(histories), axis=0)


def one_by_one(signal: Signal, histories: Histories) -> Floats:
    """H x T: what `compute` answers of each history."""
    markets = (histories.history(number) for number in range(len(histories)))
    return np.stack([signal.compute(each).to_numpy() for each in markets])


class ManyHistories(ABC):
    """A signal that computes many histories at once, by the side of `values`."""

    @abstractmethod
    def values_of(self, histories: Histories) -> Floats:
        """H x T: what `values` answers of each, but for rounding."""


def _at_once(signal: Signal) -> ManyHistories | None:
    """The signal, if whoever wrote its `values` wrote `values_of` too: a class derived from it may override one."""
    written = next(cls for cls in type(signal).__mro__ if "values" in vars(cls))
    return signal if isinstance(signal, ManyHistories) and "values_of" in vars(written) else None


class HistoryCache(SignalCache):
    """The signals of many histories, each computed once and kept; sets of parameters come V for each history."""

    def __init__(self, histories: Histories) -> None:
        self._histories = histories
        self._values: dict[Signal, Floats] = {}

    @property
    def market(self) -> Market:  # type: ignore[override]
        """SingleMarketError: there are many."""
        raise SingleMarketError

    def of(self, signal: Signal) -> Any:
        """SingleMarketError: it has as many series as there are histories."""
        raise SingleMarketError(signal.label)

    has = values = of

    def computed(self) -> Any:
        """SingleMarketError, as `of`."""
        raise SingleMarketError

    def values_of(self, signal: Signal) -> Floats:
        """H x T values."""
        if signal not in self._values:
            quick, histories = _at_once(signal), self._histories
            self._values[signal] = quick.values_of(histories) if quick else one_by_one(signal, histories)
        return self._values[signal]

    def table(self, signal: type[Signal], columns: Columns) -> tuple[Floats, NDArray[np.intp]]:
        """As of one market: (values, a row for each set and history, the row of each of H · V sets)."""
        count = len(self._histories)
        variants, rest = divmod(len(next(iter(columns.values()))), count)
        if rest:
            raise SingleMarketError
        keys = list(zip(*(column[:variants].tolist() for column in columns.values()), strict=True))
        numbers = {key: i for i, key in enumerate(dict.fromkeys(keys))}
        values = [self.values_of(signal(**dict(zip(columns, key, strict=True)))) for key in numbers]
        rows = np.array([numbers[key] for key in keys], dtype=np.intp) * count
        return np.concatenate(values), (rows[None, :] + np.arange(count)[:, None]).ravel()
