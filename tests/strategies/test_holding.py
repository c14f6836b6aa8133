"""How long a position is held, by hand and against plain loops."""

import numpy as np
import pandas as pd
import pytest

from tests.refusals import refused
from unlockstep.signals.errors import ParameterError
from unlockstep.strategies import cooldown, hold_for, until

N = np.nan


def test_a_position_is_held_for_so_many_sessions_and_a_new_entry_starts_anew() -> None:
    entry = np.array([0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0])
    np.testing.assert_array_equal(hold_for(entry, 3), [N, N, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0])
    np.testing.assert_array_equal(hold_for(entry == 1, 1), entry)
    np.testing.assert_array_equal(hold_for(np.array([0, 0, N, 1, 0, 0]), 2), [N, 0, N, N, 1, 0])


def test_holding_times_of_many_variants_are_those_of_one_series_of_events() -> None:
    entry, times = np.random.default_rng(1).random(200) < 0.05, np.array([1, 4, 30])
    every = hold_for(entry, times)
    for row, sessions in zip(every, times.tolist(), strict=True):
        for t in range(sessions - 1, 200):
            assert row[t] == float(entry[t - sessions + 1 : t + 1].any())
        assert np.isnan(row[: sessions - 1]).all()


def test_a_position_is_held_until_the_exit_which_wins_where_both_come() -> None:
    entry = np.array([0, 0, 1, 0, 1, 0, 0, 1, N])
    leave = np.array([0, N, 0, 0, 0, 1, 0, 1, 0])
    np.testing.assert_array_equal(until(entry, leave), [N, N, 1, 1, 1, 0, 0, 0, 0])
    every = until(np.vstack([entry, leave]), leave)
    np.testing.assert_array_equal(every[0], until(entry, leave))
    np.testing.assert_array_equal(every[1], [N, N, N, N, N, 0, 0, 0, 0])


def test_what_is_left_is_not_entered_again_within_the_pause() -> None:
    wanted = np.array([N, 1, 1, 0, 1, 1, 1, -1, -1, -1, N, 0.5])
    np.testing.assert_array_equal(cooldown(wanted, 1), [N, 1, 1, 0, 1, 1, 1, 0, -1, -1, -1, 0])
    np.testing.assert_array_equal(cooldown(wanted, 3), [N, 1, 1, 0, 0, 0, 1, 0, 0, 0, -1, 0])


def test_the_pauses_of_many_variants_are_those_of_a_plain_loop_and_know_no_later_session() -> None:
    rng = np.random.default_rng(2)
    wanted, pauses = rng.choice([0.0, 0.0, 1.0, 1.0, -0.5], size=(10, 300)), rng.integers(1, 12, 10)
    every = cooldown(wanted, pauses)
    for i in range(10):
        free_from, before = 0, 0.0
        for t in range(300):
            share = wanted[i, t]
            if before != 0 and np.sign(share) != np.sign(before):
                free_from = t + pauses[i]
            before = share if t >= free_from else 0.0
            assert every[i, t] == before
    np.testing.assert_array_equal(cooldown(wanted[:, :90], pauses), every[:, :90])


def test_a_series_answers_a_series_of_its_sessions() -> None:
    days = pd.bdate_range("2024-01-01", periods=3, name="session")
    event = pd.Series([False, True, False], days)
    pd.testing.assert_series_equal(hold_for(event, 2), pd.Series([N, 1.0, 1.0], days))
    pd.testing.assert_series_equal(until(event, ~event), pd.Series([0.0, 1.0, 0.0], days))
    pd.testing.assert_series_equal(cooldown(event.astype(float), 2), pd.Series([0.0, 1.0, 0.0], days))


@pytest.mark.parametrize("sessions", [0, -1, 2.5, N])
def test_sessions_that_are_no_whole_number_of_at_least_one_are_refused(sessions: float) -> None:
    for function in (hold_for, cooldown):
        with refused(ParameterError, name="sessions"):
            function(np.ones(3), sessions)
