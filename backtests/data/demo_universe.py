"""The demo's universe: twelve pairs in four groups, listed in `universes/demo.toml`. All of it is SYNTHETIC.

Each group hangs on one ticker, the second of its three pairs: IWM, or one that takes part in IWM's moves, so that no
group stands for itself. The first ticker of a pair is coupled to it and decoupled in spells, which no other pair
shares. The pair ETH-USD/IWM is the demo's own, and so are the prices of both. Given the past, every bar's expected
simple return is the same constant, so no rule of timing has an edge on any pair.

`demo:edge` plants one on every pair: its first ticker drifts upwards while `break_entry` at its defaults would hold it,
downwards otherwise.
"""

from functools import lru_cache

import numpy as np
import pandas as pd

from unlockstep.backtests.data.align import make_market
from unlockstep.backtests.data.demo import (
    IWM_EXPECTED,
    PAIR,
    demo_frames,
    following,
    planted_sessions,
    source_of,
    spelled,
)
from unlockstep.backtests.data.demo_series import GROUPS, MADE_UP, SHARES, with_highs_lows_volume
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats, Market

TICKERS = (*PAIR, *MADE_UP)
"""All that the universe is made of."""

COMMON = (0.5, 0.9)  # of a group's ticker: its share in IWM's moves, the volatility of its own in that of IWM's
RELATIVE = 1.5  # volatility of a first ticker, in that of the one that its group hangs on
DRIFT_OF_BAR = 0.08 / SESSIONS_PER_YEAR  # of the simple return of every ticker made here, within the bar
PLANTED = 0.4  # demo:edge: annual difference in a first ticker's drift between the planted windows and the rest


def universe_market(
    tickers: tuple[str, ...], *, edge: bool, seed: int, start: pd.Timestamp | None, end: pd.Timestamp | None
) -> Market:
    """The market of two of TICKERS or more."""
    frames = universe_frames(edge=edge, seed=seed)
    chosen = {ticker: frames[ticker] for ticker in tickers}
    source = source_of(edge=edge, seed=seed)
    return make_market(chosen, tickers, start=start, end=end, source=source, synthetic=True)


@lru_cache(maxsize=2)
def universe_frames(*, edge: bool, seed: int) -> dict[str, pd.DataFrame]:
    """The price frames of all TICKERS, not to be changed."""
    frames = demo_frames(edge=edge, seed=seed)
    iwm = frames[PAIR[1]]
    for number, (base, firsts) in enumerate(GROUPS.items()):
        rng = np.random.default_rng([seed, 0xDE34, number])
        expected = np.array(IWM_EXPECTED)
        if base not in frames:
            share, specific, drift = (np.full(len(iwm), each) for each in (*COMMON, DRIFT_OF_BAR))
            frame = following(iwm, expected, share, specific, drift, rng.standard_normal((2, len(iwm))))
            frames[base] = with_highs_lows_volume(frame, SHARES["equity"], rng)
            expected = np.array((0.0, DRIFT_OF_BAR))
        for first in firsts:
            if first not in frames:
                frames[first] = _first_leg((first, base), frames[base], expected, rng, edge=edge)
    return frames


def _first_leg(
    pair: tuple[str, str], of: pd.DataFrame, expected: Floats, rng: np.random.Generator, *, edge: bool
) -> pd.DataFrame:
    """The price frame of the first ticker of a pair; of, expected: bars and mean returns of the second."""
    correlation = spelled(rng, len(of))
    share, specific = RELATIVE * correlation, RELATIVE * np.sqrt(1.0 - correlation**2)
    shocks = rng.standard_normal((2, len(of)))
    drift = np.full(len(of), DRIFT_OF_BAR)
    frame = following(of, expected, share, specific, drift, shocks)
    if edge:
        planted = PLANTED / SESSIONS_PER_YEAR * planted_sessions({pair[0]: frame, pair[1]: of}, pair)
        frame = following(of, expected, share, specific, drift + planted, shocks)
    return with_highs_lows_volume(frame, SHARES["equity"], rng)
