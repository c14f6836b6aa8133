"""A study of events on prices that show none."""

import numpy as np

from tests.build import market_of, random_market
from tests.refusals import refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.jobs.events import study_events
from unlockstep.signals import Breakdown, SignalCache
from unlockstep.signals.errors import DataError, HistoryError


def test_a_leg_that_does_not_vary_is_named_and_no_longer_history_asked_for() -> None:
    prices = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.02, 600)))
    market = market_of(prices, 50 * 1.0003 ** np.arange(600))
    with refused(DataError, name="ETH-USD/IWM", dates=["2024-01-01", "2026-04-17"], remedy="both legs move") as refusal:
        study_events(SignalCache(market), Breakdown(), Study.make())
    assert "IWM's returns do not vary" in str(refusal.value)
    short = market_of(prices[:120], prices[::-1][:120])
    with refused(HistoryError, remedy="start earlier"):
        study_events(SignalCache(short), Breakdown(), Study.make())


def test_what_follows_an_event_begins_at_the_close_of_the_studys_lag() -> None:
    market = random_market(5, 700)
    signal = Breakdown(window=20, min_stay=1, decouple_below=0.2, couple_above=0.3)
    events = study_events(SignalCache(market), signal, Study.make(lag=3))
    closes, dates = np.log(market.crypto.close), [str(session.date()) for session in market.sessions]
    assert events.method.lag == 3
    for event in events.events:
        day = dates.index(event.session)
        assert event.tradable == dates[day + 3]
        if day + 3 + 5 < len(dates):  # over 5 sessions, the second of the horizons
            assert abs(event.moves["crypto"][1] - (closes[day + 8] - closes[day + 3])) < 1e-12
    assert len(events.events) > 10
