"""What the detectors say of a market, read against their states and against plain correlations."""

import numpy as np
import pandas as pd
import pytest

from tests.build import random_market
from unlockstep.backtests.calibration.break_worlds import KINDS
from unlockstep.backtests.results.detections import _begun, detections
from unlockstep.backtests.results.model.pair import DetectorResult, HindsightResult
from unlockstep.signals import Market, SignalCache
from unlockstep.signals.registry import DETECTORS
from unlockstep.signals.worst_rates import WORST


@pytest.mark.parametrize(
    ("states", "begun"),
    [([np.nan, 0, 0, 1, 1], 3), ([0, 0, 0], 0), ([np.nan, 1], 1), ([1, 0, 1], 2), ([0, np.nan], None)],
)
def test_the_session_in_which_the_present_state_began_by_hand(states: list[float], begun: int | None) -> None:
    assert _begun(np.array(states, dtype=float)) == begun


def test_every_detector_tells_its_state_as_its_signal_has_it(demo: Market) -> None:
    signal_cache = SignalCache(demo)
    content = detections(signal_cache)
    assert content.session == "2025-12-31"
    assert [entry.name for entry in content.states] == [signal.name for signal in DETECTORS]
    for entry, signal in zip(content.states, DETECTORS, strict=True):
        states = signal_cache.of(signal)
        assert entry.state == {0.0: "coupled", 1.0: "decoupled"}[states.iloc[-1]]
        since = states.loc[str(entry.since) :]
        assert (since == states.iloc[-1]).all()
        assert states.iloc[len(states) - len(since) - 1] != states.iloc[-1]
        rises = states.index[(states == 1) & (states.shift() == 0)]
        assert entry.onsets == tuple(str(day.date()) for day in rises)
        assert entry.share_decoupled == pytest.approx(states.mean())
        said = pd.concat([states.loc[spell.first : spell.last] for spell in entry.decoupled] or [states.iloc[:0]])
        pd.testing.assert_series_equal(said, states[states == 1], check_freq=False)
        assert [(spell.first, spell.last) for spell in entry.known] == [
            (str(states.first_valid_index())[:10], str(states.index[-1].date()))
        ]
        assert all(states.shift()[spell.first] != 1 for spell in entry.decoupled)
        assert entry.years == pytest.approx(states.notna().sum() / 252)
        assert entry.by_chance == pytest.approx((entry.promise or 0.0) * (entry.years or 0.0))


def test_the_worst_rate_measured_stands_beside_each_promise(demo: Market) -> None:
    content = detections(SignalCache(demo))
    entries: list[DetectorResult | HindsightResult] = [*content.states, *content.hindsight]
    for entry in entries:
        assert (entry.worst, entry.worst_in) == WORST[entry.name]
        assert entry.worst is not None
        assert entry.worst >= (entry.promise or 0.0) / 2
        assert KINDS[entry.worst_in].after is None


def test_segments_in_hindsight_cover_the_market_with_plain_correlations(real: Market) -> None:
    returns = real.log_returns
    for entry in detections(SignalCache(real)).hindsight:
        assert len(entry.segments) == len(entry.breaks) + 1
        assert tuple(segment.first for segment in entry.segments[1:]) == entry.breaks
        assert entry.segments[-1].last == "2025-12-31"
        for segment in entry.segments:
            part = returns.loc[pd.Timestamp(segment.first) : pd.Timestamp(segment.last)]
            assert segment.correlation == pytest.approx(part["crypto"].corr(part["equity"]), abs=1e-12)


def test_a_market_too_short_for_any_of_them_says_unknown() -> None:
    content = detections(SignalCache(random_market(1, 80)))
    assert {entry.state for entry in content.states} == {"unknown"}
    assert all(entry.since is None and entry.onsets == () for entry in content.states)
    assert all(entry.breaks == () and entry.segments == () for entry in content.hindsight)
