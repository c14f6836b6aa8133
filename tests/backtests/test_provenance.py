"""What a reader must know of a run's prices."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from backtests.provenance import provenance
from backtests.sources.calendar import sessions_between
from backtests.study import Study
from tests.build import market_of


@pytest.mark.parametrize(("ahead", "told"), [(0, False), (30, True)])
def test_prices_after_today_are_said_to_be_none(ahead: int, told: bool) -> None:
    today = pd.Timestamp(datetime.now(UTC).date())
    sessions = sessions_between(today - pd.Timedelta(days=400), today + pd.Timedelta(days=ahead))
    market = market_of([100.0] * len(sessions), [100.0] * len(sessions), sessions=sessions)
    notes = provenance(market, market, Study.make(start=None))["notes"]
    sentence = f"Prices run to {sessions[-1].date()}, after today: no market has made them."
    assert (sentence in notes) == told
