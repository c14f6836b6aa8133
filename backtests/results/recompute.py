"""The readings of a published correlation on the prices of a pair: each beside the figure, and by kind."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from unlockstep.backtests.results.model.replication import KindResult, Recomputed
from unlockstep.backtests.results.published_figures import Published, Statistic
from unlockstep.backtests.results.reading import (
    Convention,
    Kind,
    PairPrices,
    Reading,
    Window,
    conventions,
    figures,
    fits,
    grid,
    observe,
    read_on,
    rolling,
)
from unlockstep.signals.correlation import false_decoupling_rate
from unlockstep.signals.market import Floats

SUMMED: dict[Statistic, Callable[[Floats], float]] = {"mean": np.mean, "median": np.median, "maximum": np.max}


@dataclass(frozen=True)
class Request:
    """What is recomputed: the windows, the day on which they end, and of figures of many sessions the first of them."""

    windows: tuple[Window, ...]
    near: int
    over: int | None = None
    statistic: Statistic | None = None


def recompute(prices: PairPrices, requests: Sequence[Request], published: Published | None) -> tuple[Recomputed, ...]:
    """Every reading of what is requested, each once, in the order of conventions."""
    single = [(window, each.near) for each in requests if each.over is None for window in each.windows]
    out = [beside(prices, reading, published) for reading in grid(prices, single)] if single else []
    for each in requests:
        if each.over is not None:
            for convention in conventions(prices):
                for window in each.windows:
                    if fits(convention, window):
                        out += summed(prices, convention, window, each, published)
    return tuple(out)


def main_of(
    prices: PairPrices, convention: Convention, request: Request, published: Published | None
) -> tuple[Recomputed, ...]:
    """The readings of one convention on the day requested, one a window; without those that the prices do not cover."""
    closes = conventions(prices)[0].close
    chosen = replace(convention, close=convention.close if closes == "adjusted" else closes)
    windows = [window for window in request.windows if fits(chosen, window)]
    if request.over is not None:
        return tuple(each for window in windows for each in summed(prices, chosen, window, request, published))
    each_window = [reading for window in windows for reading in read_on(prices, chosen, window, [request.near])]
    return tuple(beside(prices, reading, published) for reading in each_window)


def by_kind(
    recomputed: Iterable[Recomputed], kind: Kind, main: tuple[Recomputed, ...], published: Published | None
) -> KindResult:
    """The readings of one kind, summed up."""
    mine = [reading for reading in recomputed if reading.convention.kind == kind]
    values = np.array([reading.value for reading in mine])
    candidates = [*main, *mine]
    closest = candidates[0] if candidates else None
    if published is not None and candidates:
        closest = candidates[int(np.argmin(published.distance(np.array([each.value for each in candidates]))))]
    return KindResult(
        kind=kind,
        tried=len(mine),
        agreeing=sum(bool(reading.agrees) for reading in mine),
        low=float(values.min()) if mine else None,
        high=float(values.max()) if mine else None,
        main=main,
        closest=closest,
    )


def beside(prices: PairPrices, reading: Reading, published: Published | None) -> Recomputed:
    """A reading of one window beside the published figure."""
    convention = reading.convention
    rate = None
    if convention.kind == "levels":
        returns, *_ = figures(
            observe(prices, convention.of_returns), np.array([reading.first + 1]), np.array([reading.last])
        )
        share = float(false_decoupling_rate(returns, np.array([reading.value]))[0])
        rate = share if np.isfinite(share) else None
    return _written(prices, convention, reading.window, reading, None, published, rate)


def summed(
    prices: PairPrices, convention: Convention, window: Window, request: Request, published: Published | None
) -> list[Recomputed]:
    """The statistic of the figures of every session requested; none where one of them is missing."""
    sessions = prices.sessions
    lasts = sessions[(sessions >= (request.over or 0)) & (sessions <= request.near)]
    values = rolling(prices, convention, window, lasts)
    if not len(lasts) or not np.isfinite(values).all() or request.statistic is None:
        return []
    value = float(SUMMED[request.statistic](values))
    reading = Reading(convention, window, int(lasts[0]), int(lasts[-1]), len(lasts), value)
    return [_written(prices, convention, window, reading, request.statistic, published, None)]


def _written(
    prices: PairPrices,
    convention: Convention,
    window: Window,
    reading: Reading,
    statistic: Statistic | None,
    published: Published | None,
    rate: float | None,
) -> Recomputed:
    return Recomputed(
        pair=prices.market.pair,
        measure=convention.measure,
        rows=convention.rows,
        clock=convention.clock,
        close=convention.close,
        frequency=convention.frequency,
        window=window.length,
        unit=window.unit,
        statistic=statistic,
        first=str(np.datetime64(reading.first, "D")),
        last=str(np.datetime64(reading.last, "D")),
        observations=reading.observations,
        value=reading.value,
        agrees=None if published is None else bool(published.met_by(np.array([reading.value]))[0]),
        false_decoupling=rate,
    )
