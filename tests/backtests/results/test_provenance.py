"""What a reader must know of a run's prices."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from tests.build import PAIR
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.results.provenance import provenance


@pytest.mark.parametrize("ahead", [0, 30])
def test_bars_after_today_are_said_to_be_none(tmp_path: Path, ahead: int) -> None:
    today = pd.Timestamp(datetime.now(UTC).date())
    end = today + pd.Timedelta(days=ahead)
    for ticker, days in zip(
        PAIR, (pd.date_range("2024-01-02", end), sessions_between(pd.Timestamp("2024-01-02"), today)), strict=True
    ):
        frame = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), 100.0), index=days)
        frame.rename_axis("date").to_csv(tmp_path / f"{ticker}.csv")
    market = load_market(str(tmp_path), PAIR, start=None, end=None, seed=0)  # the other leg ends today
    notes = provenance(market, market, Study.make(start=None)).notes
    sentence = f"ETH-USD.csv holds 30 bars after today, up to {end.date()}: no market has made them."
    assert (sentence in notes) == (ahead > 0)
    assert sum("after today" in note for note in notes) == (ahead > 0)
