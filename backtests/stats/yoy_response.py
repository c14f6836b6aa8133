"""How one leg's returns answer to a slow state of the other: a curve in two halves of the sample, and its change.

The state (year-over-year growth) turns a handful of times in ten years, and ETH's returns trend, so what matters is
whether the errors know both. The change of the lift takes its critical value from circular shifts of the returns
against the state, studentised, with no change imposed; they keep trends and clusters as they are. The bands of the
picture come from blocks of 120 sessions of the residuals, laid under the state as it was; they are pointwise, too
narrow where returns trend, and decide nothing.

`python -m unlockstep.backtests.calibration.statements` measures the errors of both and the power of the change, on
demo seeds, GARCH-t worlds and such worlds with trends like those of real prices; docs/method.md gives them. At 5 % the
change was found in 4 to 5 % of worlds without one; the bands missed the curve in 7 %, with trends in 12 %.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats

BLOCK = 120
"""Sessions a block of residuals: longer than ETH's trends, and ten blocks in each half of ten years."""

LEAST = 60
"""Sessions of a state, or in a bin, under which its mean return is not told."""

SHIFTS = 500
"""Circular shifts, spread evenly: the state moves so slowly that those between add nothing."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Mean return in each of five bins of the state, annual log rates, NaN in bins of under LEAST sessions.

    mean: length 5.  band: 5 x 2, 95 %, pointwise.  sessions: length 5.  lift, lift_ci: mean return while the state is
    positive less otherwise.
    """

    mean: Floats
    band: Floats
    sessions: NDArray[np.int64]
    lift: float
    lift_ci: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Change:
    """Lift of the later part less that of the earlier one, annual log rates.

    estimate, half:  at the end, with the half-width of its 95 % interval
    later, band:     length n and n x 2: the lift since the split as it stood after each session of the later part, and
                     the band that the earlier part allows it, held by all sessions together with 95 % probability
    outside:         length n, True where later lies outside band; NaN and False until both states have LEAST sessions
    """

    estimate: float
    half: float
    later: Floats
    band: Floats
    outside: NDArray[np.bool_]


def bin_edges(state: Floats) -> Floats:
    """Length 4: the median of the values that are not positive, zero, and the terciles of the positive ones."""
    up = state > 0
    return np.array([np.median(state[~up]), 0.0, *np.quantile(state[up], [1 / 3, 2 / 3])])


def has_both_signs(state: Floats) -> bool:
    """True where either sign of the state has LEAST sessions."""
    up = int((state > 0).sum())
    return LEAST <= up <= len(state) - LEAST


def response_curve(state: Floats, moves: Floats, edges: Floats, *, seed: int, draws: int = 999) -> Curve:
    """The curve of length-n next-session log returns on the state before each.

    Bands: circular blocks (Politis and Romano 1992) of the residuals from the curve, BLOCK sessions long, are laid
    under the state as it was; |t| of their bin means, studentised as White (1980) does, gives the critical value. The
    state is held fixed, so that how seldom it turned is accounted for. Assumes residuals unrelated to the state.
    """
    bins = np.searchsorted(edges, state, side="left")
    member = (bins[:, None] == np.arange(len(edges) + 1)).astype(float)
    up = (state > 0).astype(float)
    counts = member.sum(axis=0)
    lift = up / max(up.sum(), 1.0) - (1.0 - up) / max((1.0 - up).sum(), 1.0)
    weights = np.column_stack([member / np.maximum(counts, 1.0), lift])
    estimate = moves @ weights
    residual = moves - estimate[bins]
    error = np.sqrt(residual**2 @ weights**2)
    drawn = residual[_circular_rows(len(moves), draws, np.random.default_rng(seed))]
    spread = np.sqrt(drawn**2 @ weights**2)
    ratio = np.divide(np.abs(drawn @ weights), spread, out=np.zeros_like(spread), where=spread > 0)
    half = np.quantile(ratio, 0.95, axis=0) * error * SESSIONS_PER_YEAR
    estimate = estimate * SESSIONS_PER_YEAR
    band = np.column_stack([estimate - half, estimate + half])
    few = counts < LEAST
    return Curve(
        mean=np.where(few, np.nan, estimate[:-1]),
        band=np.where(few[:, None], np.nan, band[:-1]),
        sessions=counts.astype(np.int64),
        lift=float(estimate[-1]),
        lift_ci=(float(band[-1, 0]), float(band[-1, 1])),
    )


def _circular_rows(n: int, draws: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draws x n row numbers: blocks of BLOCK rows from random starts, in a circle."""
    starts = rng.integers(n, size=(draws, -(-n // BLOCK), 1))
    return np.asarray(((starts + np.arange(BLOCK)) % n).reshape(draws, -1)[:, :n])


def lift_change(state: Floats, moves: Floats, split: int) -> Change:
    """How the lift changed after row `split` of length-n next-session log returns on the state before each.

    Null distribution: the returns, less the one lift fitted to both parts, shifted in a circle against the state, all
    else the same. Shifts keep whatever trends and clusters the returns and the state have. Over all sessions of the
    later part the largest |t| gives the band of `later`; see the module's docstring for measured errors of the change.
    `has_both_signs` must be true of both parts.
    """
    up = (state > 0).astype(float)
    early = (np.arange(len(up)) < split).astype(float)
    parts = np.column_stack([early, 1.0 - early, up])
    unlifted = moves - up * np.linalg.lstsq(parts, moves, rcond=None)[0][2]
    apart = np.linspace(0, len(up), SHIFTS, endpoint=False).astype(int)[1:]
    shifted = unlifted[(np.arange(len(up)) + apart[:, None]) % len(up)]
    rows = np.vstack([moves, shifted])
    before, before_variance = (x[:, -1:] for x in _lifts(up[:split], rows[:, :split]))
    later, variance = _lifts(up[split:], rows[:, split:])
    t = (later - before) / np.sqrt(variance + before_variance)
    ups = np.cumsum(up[split:])
    valid = np.minimum(ups, np.arange(1, len(ups) + 1) - ups) >= LEAST
    at_end = float(np.quantile(np.abs(t[1:, -1]), 0.95))
    anywhere = float(np.quantile(np.abs(t[1:, valid]).max(axis=1), 0.95))
    error = np.where(valid, np.sqrt(variance + before_variance)[0], np.nan) * SESSIONS_PER_YEAR
    start = float(before[0, 0]) * SESSIONS_PER_YEAR
    now = np.where(valid, later[0], np.nan) * SESSIONS_PER_YEAR
    return Change(
        estimate=float(now[-1]) - start,
        half=at_end * float(error[-1]),
        later=now,
        band=np.column_stack([start - anywhere * error, start + anywhere * error]),
        outside=valid & (np.abs(t[0]) > anywhere),
    )


def _lifts(up: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """Lift of each row of d x n returns as of each session, and its variance (White 1980, null imposed), both d x n.

    Not finite until both states have occurred.
    """
    n, ups = np.arange(1, len(up) + 1), np.cumsum(up)
    share = ups / n
    spread = np.maximum(ups * (1.0 - share), 1e-9)

    def weighed(power: int) -> tuple[Floats, Floats, Floats]:
        """Sums of returns to the power: of all, while up, and weighted by the squared deviation of the state."""
        values = rows**power
        total, while_up = np.cumsum(values, axis=1), np.cumsum(up * values, axis=1)
        return total, while_up, (1.0 - 2.0 * share) * while_up + share**2 * total

    total, while_up, first = weighed(1)
    second = weighed(2)[2]
    mean = total / n
    variance = (second - 2.0 * mean * first + mean**2 * spread) / spread**2
    return (while_up - share * total) / spread, np.maximum(variance, 1e-18)
