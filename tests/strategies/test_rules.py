"""Each rule on a few sessions of hand-made signals."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from tests.refusals import refused
from unlockstep.signals.errors import ParameterError
from unlockstep.strategies.barometer import Barometer
from unlockstep.strategies.benchmarks import Cash, FixedMix, HoldEth, HoldIwm
from unlockstep.strategies.break_entry import BreakEntry
from unlockstep.strategies.derisk import Derisk
from unlockstep.strategies.eth_leads import EthLeads
from unlockstep.strategies.muted_response import MutedResponse
from unlockstep.strategies.reconvergence import Reconvergence
from unlockstep.strategies.regime_switch import RegimeSwitch
from unlockstep.strategies.strategy import Strategy

N = np.nan

Shares = list[tuple[float, float]]


def answers(strategy: Strategy, **signals: Sequence[float]) -> Shares:
    """What the rule holds, (crypto, equity) a session, with the signals that the strategy says it reads."""
    length = len(next(iter(signals.values())))
    sessions = pd.bdate_range("2024-01-01", periods=length, name="session")
    frame = pd.DataFrame(signals, index=sessions, dtype=float)
    assert set(frame.columns) == set(strategy.signals())
    answer = strategy.rule(frame)
    assert list(answer.columns) == ["crypto", "equity"]
    assert answer.index.equals(sessions)
    return [(float(crypto), float(equity)) for crypto, equity in answer.to_numpy()]


def check(result: Shares, expected: Shares) -> None:
    np.testing.assert_allclose(result, expected, rtol=1e-12)


def test_barometer_holds_eth_while_small_caps_stand_higher_than_a_year_ago() -> None:
    check(answers(Barometer(), yoy=[N, 0.1, 0.0, -0.1, 0.01]), [(N, N), (1, 0), (0, 0), (0, 0), (1, 0)])
    check(answers(Barometer(threshold=0.05), yoy=[0.05, 0.06]), [(0, 0), (1, 0)])


def test_derisk_puts_the_eth_half_into_cash_while_decoupled() -> None:
    check(answers(Derisk(), state=[N, 0, 1, 1, 0]), [(N, N), (0.5, 0.5), (0, 0.5), (0, 0.5), (0.5, 0.5)])


def test_break_entry_holds_eth_for_so_many_sessions_after_an_onset() -> None:
    onset = [N, 0, 0, 1, 0, 0, 0, 0]
    expected = [(N, N), (N, N), (N, N), (1, 0), (1, 0), (1, 0), (0, 0), (0, 0)]
    check(answers(BreakEntry(hold=3), onset=onset), expected)


def test_break_entry_starts_its_holding_time_anew_at_a_new_onset() -> None:
    onset = [0, 1, 0, 1, 0, 0, 0]
    expected = [(N, N), (N, N), (1, 0), (1, 0), (1, 0), (1, 0), (0, 0)]
    check(answers(BreakEntry(hold=3), onset=onset), expected)


def test_break_entry_of_one_session_holds_in_the_session_of_the_onset_alone() -> None:
    check(answers(BreakEntry(hold=1), onset=[0, 1, 0]), [(0, 0), (1, 0), (0, 0)])


def test_eth_leads_holds_small_caps_while_eths_trend_is_up() -> None:
    check(answers(EthLeads(), trend=[N, 0.1, 0.0, -0.1]), [(N, N), (0, 1), (0, 0), (0, 0)])


MUTED = {"yoy": [N, 0.1, 0.1, 0.1, -0.1, 0.0, 0.1], "response": [0.0, 0.2, 0.5, 0.9, 0.2, 0.2, N]}
"""No view; muted; not under the threshold; responding; small caps down; small caps flat; too small a move to judge."""


def test_muted_response_follows_into_small_caps() -> None:
    half = (0.5, 0.5)
    check(answers(MutedResponse(mode="follow"), **MUTED), [(N, N), (0, 1), half, half, half, half, half])


def test_muted_response_fades_into_eth() -> None:
    half = (0.5, 0.5)
    check(answers(MutedResponse(mode="fade"), **MUTED), [(N, N), (1, 0), half, half, half, half, half])


def test_regime_switch_obeys_small_caps_until_the_break_has_lasted_and_again_after_it() -> None:
    result = answers(
        RegimeSwitch(persist=3),
        state=[0, 1, 1, 1, 1, 0, N],
        own=[1, 1, 1, 1, -1, 1, 1],
        equities=[-1, -1, -1, -1, 1, -1, 1],
    )
    check(result, [(0, 0), (0, 0), (0, 0), (1, 0), (0, 0), (0, 0), (N, N)])


def test_regime_switch_has_no_view_before_all_its_signals_have_one() -> None:
    result = answers(RegimeSwitch(persist=1), state=[1, 1, 1], own=[N, 1, 1], equities=[1, N, 1])
    check(result, [(N, N), (N, N), (1, 0)])


GAP = [0.1, -1.2, -0.6, -0.3, -0.2, 1.1, 0.3, 0.2, -1.5, 1.5]
"""Closed; opens downwards (ETH lags), open until within 0.25; upwards likewise; straight from one to the other."""
SIDE = [0, 1, 1, 1, 0, -1, -1, 0, 1, -1]


def test_reconvergence_rotates_into_the_laggard_until_the_gap_has_closed() -> None:
    expected: Shares = [(0.5 + 0.5 * side, 0.5 - 0.5 * side) for side in SIDE]
    check(answers(Reconvergence(mode="rotation"), gap=GAP, beta=[1.0] * 10), expected)


def test_reconvergence_hedges_with_the_beta_of_the_entry_between_zero_and_two() -> None:
    beta = [9.0, 1.5, 9.0, 9.0, 9.0, 3.0, 9.0, 9.0, -1.0, 0.5]
    entered = [0.0, 1.5, 1.5, 1.5, 0.0, 2.0, 2.0, 0.0, 0.0, 0.5]
    expected: Shares = [(0.25 * side, -0.25 * b * side) for side, b in zip(SIDE, entered, strict=True)]
    check(answers(Reconvergence(mode="hedged"), gap=GAP, beta=beta), expected)


def test_reconvergence_has_no_view_until_it_knows_whether_a_gap_is_open() -> None:
    # Between the thresholds a gap may be one that opened earlier.
    result = answers(Reconvergence(mode="rotation"), gap=[N, 0.5, 0.8, 0.2], beta=[1.0] * 4)
    check(result, [(N, N), (N, N), (N, N), (0.5, 0.5)])


def test_a_gap_that_closes_no_nearer_than_it_opens_is_refused() -> None:
    with refused(ParameterError, name="reconvergence", limit=1):
        Reconvergence(exit=1.0)


@pytest.mark.parametrize(
    ("benchmark", "share"),
    [
        (HoldEth(), (1, 0)),
        (HoldIwm(), (0, 1)),
        (Cash(), (0, 0)),
        (FixedMix(), (0.5, 0.5)),
        (FixedMix(crypto=0.2), (0.2, 0.8)),
    ],
)
def test_a_benchmark_always_holds_the_same(benchmark: Strategy, share: tuple[float, float]) -> None:
    sessions = pd.bdate_range("2024-01-01", periods=3)
    answer = benchmark.rule(pd.DataFrame(index=sessions))
    np.testing.assert_allclose(answer, [share] * 3)
    assert benchmark.signals() == {}
    assert benchmark.warmup == 0
