"""How often would so many readings meet some figure by chance? The same grid at other dates of the same prices."""

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.results.model.replication import Chance
from unlockstep.backtests.results.published_figures import Published
from unlockstep.backtests.results.reading import (
    AROUND,
    Kind,
    PairPrices,
    Window,
    bounds,
    conventions,
    fits,
    rolling,
)

FEWEST_DATES = 250
"""Dates from which a share is said at least."""

SHIFTS = 20
"""Distances at which numbers of one date are looked for at another one."""


def chance_of(prices: PairPrices, published: Published, windows: tuple[Window, ...], near: int) -> Chance | None:
    """The shares of dates; None where fewer than `FEWEST_DATES` have windows that do not overlap the one at `near`.

    published: one that is met by its printed decimals.
    """
    lasts = np.arange(prices.sessions[0], prices.sessions[-1] + 1)
    every = conventions(prices)
    readable = np.all([np.isfinite(rolling(prices, every[0], window, lasts)) for window in windows], axis=0)
    # the whole grid of a date: windows that end up to AROUND days before or after
    whole = readable.copy()
    whole[AROUND:] &= readable[:-AROUND]
    whole[:AROUND] = whole[len(whole) - AROUND :] = False
    overlap = near - min(int(bounds(prices, window, np.array([near]))[0]) for window in windows) + 1 + 2 * AROUND
    apart = whole & (np.abs(lasts - near) > overlap)
    if apart.sum() < FEWEST_DATES or whole.sum() <= 2 * overlap:
        return None
    printed: dict[Kind, NDArray[np.bool_]] = {
        kind: np.zeros((len(lasts), 2 * 10**published.digits + 1), dtype=bool) for kind in ("returns", "levels")
    }
    for convention in every:
        for window in windows:
            if fits(convention, window):
                values = rolling(prices, convention, window, lasts)
                at = np.flatnonzero(np.isfinite(values))
                printed[convention.kind][at, _code(values[at], published.digits)] = True
    near_by = {kind: _any_around(each) for kind, each in printed.items()}
    either = near_by["returns"] | near_by["levels"]
    code = _code(np.array([published.value]), published.digits)[0]
    days = np.array(lasts[apart], dtype="M8[D]")
    return Chance(
        dates=int(apart.sum()),
        first=str(days[0]),
        last=str(days[-1]),
        number=float(either[apart, code].mean()),
        returns=float(near_by["returns"][apart, code].mean()),
        levels=float(near_by["levels"][apart, code].mean()),
        other=_shared(either[whole], overlap),
    )


def _code(values: NDArray[np.float64], digits: int) -> NDArray[np.intp]:
    """The printed number as a place: 0 of −1, 2 · 10^digits of 1."""
    return np.asarray(np.rint((values + 1.0) * 10**digits), dtype=np.intp)


def _any_around(printed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Dates x numbers: printed on the date, or up to AROUND days before or after."""
    out = printed.copy()
    for days in range(1, AROUND + 1):
        out[days:] |= printed[:-days]
        out[:-days] |= printed[days:]
    return out


def _shared(printed: NDArray[np.bool_], overlap: int) -> float:
    """The mean share of the numbers of one date that are printed at another one, further away than windows overlap."""
    shifts = np.unique(np.linspace(overlap, len(printed) - overlap, SHIFTS).astype(int))
    counts = np.maximum(printed.sum(axis=1), 1)
    return float(np.mean([((printed & np.roll(printed, by, axis=0)).sum(axis=1) / counts).mean() for by in shifts]))
