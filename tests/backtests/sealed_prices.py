"""Folders of prices that go on after the note's day, and whose sealed period holds an edge or none."""

from pathlib import Path

import numpy as np
import pandas as pd

from unlockstep.backtests.data.calendar import sessions_between

FIRST, NOTE = pd.Timestamp("2022-01-03"), pd.Timestamp("2026-01-15")
TREND = 10
"""Sessions of ETH's trend: `eth_leads(trend=10)` holds IWM while it is up."""

PAYING = {"strategy": "eth_leads", "params": {"trend": TREND}}


def sealed_folder(folder: Path, last: str, *, pays: float = 0.0, seed: int = 1, cut: str | None = None) -> Path:
    """Random prices from 2022 to `last`. After the note, IWM earns `pays` more a session while ETH's trend was up, and
    less while it was down. cut: the last date written; what stands before is the same whatever it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    days = pd.date_range(FIRST, last, name="date")
    sessions = sessions_between(FIRST, pd.Timestamp(last))
    rng = np.random.default_rng(seed)
    eth = pd.Series(2000.0 * np.exp(np.cumsum(0.03 * rng.standard_normal(len(days)))), days)
    noise = 0.006 * rng.standard_normal(len(sessions))
    up = (eth.loc[sessions] > eth.loc[sessions].shift(TREND)).to_numpy().astype(float)
    decided = np.concatenate([[0.0, 0.0], up[:-2]])  # decided in session t, filled in t + 1, earns the return of t + 2
    extra = np.where(sessions > NOTE, 2.0 * pays * (decided - 0.5), 0.0)
    iwm = pd.Series(200.0 * np.exp(np.cumsum(noise + extra)), sessions.rename("date"))
    for ticker, close in (("ETH-USD", eth), ("IWM", iwm)):
        frame = pd.DataFrame({"open": close, "high": close, "low": close, "close": close, "adj_close": close})
        frame.loc[:cut].to_csv(folder / f"{ticker}.csv")
    return folder
