"""A strategy's rule for arrays says what its rule for one variant says, bit for bit."""

from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from tests.build import random_market
from unlockstep.backtests.sweep.grid import rows_of
from unlockstep.signals import Market
from unlockstep.signals.breakdown import hysteresis, onsets
from unlockstep.signals.compiled import at_entry, lasting, recent, states
from unlockstep.signals.compiled import onsets as onsets_of_rows
from unlockstep.signals.signal import Columns, SignalCache
from unlockstep.strategies import Strategy
from unlockstep.strategies.registry import all_strategies

VARIANTS = 60
CLAIMS = [cls for cls in all_strategies().values() if not cls.benchmark]


def drawn(cls: type[Strategy], seed: int) -> Columns:
    """Parameters around the defaults and on the grid, within all bounds."""
    rng = np.random.default_rng(seed)
    result: dict[str, Any] = {}
    for name, field in cls.model_fields.items():
        if name == "signal":
            result[name] = np.full(VARIANTS, field.default)  # others in tests/strategies/test_named_state.py
        elif isinstance(field.default, str):
            result[name] = rng.choice(get_args(field.annotation), VARIANTS)
        elif isinstance(field.default, int):
            near = np.unique(np.clip(np.array([0.3, 0.6, 1.0, 1.4]) * field.default, 1, 400).astype(int))
            near = near[near >= 10] if field.default > 20 else near
            result[name] = rng.choice([*near, *cls.grid.get(name, ())], VARIANTS)
        else:
            result[name] = rng.choice([field.default, *cls.grid.get(name, (field.default,))], VARIANTS)
    for one, sign, other in cls.ordered:
        low, high = np.minimum(result[one], result[other]), np.maximum(result[one], result[other])
        result[one], result[other] = low - (0.01 if sign == "<" else 0.0), high
        result[one] = np.maximum(result[one], 0.0) if one == "exit" else result[one]
    return result


@pytest.mark.parametrize("cls", CLAIMS, ids=lambda cls: cls.name)
def test_it_is_said_for_arrays_and_is_the_same(cls: type[Strategy], demo: Market) -> None:
    assert cls.rules.__func__ is not Strategy.rules.__func__  # type: ignore[attr-defined]
    for market in (demo, random_market(4, 900)):
        signal_cache, columns = SignalCache(market), drawn(cls, seed=len(market.sessions))
        answers = cls.rules(signal_cache, columns)
        for row, parameters in enumerate(rows_of(columns)):
            variant = cls(**parameters)
            frame = pd.DataFrame({k: signal_cache.of(s) for k, s in variant.signals().items()}, index=market.sessions)
            wanted = variant.rule(frame).to_numpy(dtype=float)[variant.warmup :]
            for leg, answer in enumerate(answers):
                np.testing.assert_array_equal(answer[row, variant.warmup :], wanted[:, leg], err_msg=variant.label)


@pytest.mark.parametrize("cls", CLAIMS, ids=lambda cls: cls.name)
def test_a_variant_alone_is_the_same_as_among_others(cls: type[Strategy]) -> None:
    market = random_market(5, 800)
    columns = drawn(cls, seed=1)
    together = cls.rules(SignalCache(market), columns)
    for row in (0, VARIANTS - 1):
        alone = cls.rules(SignalCache(market), {name: values[row : row + 1] for name, values in columns.items()})
        for leg in (0, 1):
            np.testing.assert_array_equal(alone[leg][0], together[leg][row])


def test_a_strategy_that_says_no_rule_for_arrays_decides_one_after_the_other(demo: Market) -> None:
    cls = all_strategies()["fixed_mix"]
    columns = {"crypto": np.array([0.2, 1.0])}
    crypto, equity = cls.rules(SignalCache(demo), columns)
    np.testing.assert_array_equal(crypto, np.repeat([[0.2], [1.0]], len(demo.sessions), axis=1))
    np.testing.assert_array_equal(equity, np.repeat([[0.8], [0.0]], len(demo.sessions), axis=1))


def some_levels(seed: int) -> Any:
    """Levels that wander, a few of them missing."""
    rng = np.random.default_rng(seed)
    levels = np.cumsum(rng.standard_normal((5, 300)) * 0.1, axis=1)
    levels[rng.random(levels.shape) < 0.02] = np.nan
    return levels


def test_compiled_states_are_those_of_hysteresis() -> None:
    levels, rows = some_levels(1), np.array([4, 0, 2, 2, 1])
    low, high, stay = (
        np.array([-0.1, 0.0, -0.5, 0.2, 0.0]),
        np.array([0.1, 0.0, 0.5, 0.2, 0.3]),
        np.array([1, 5, 3, 1, 9]),
    )
    result = states(levels, rows, low, high, stay)
    for i, row in enumerate(rows):
        np.testing.assert_array_equal(result[i], hysteresis(levels[row], low[i], high[i], int(stay[i])))
    for i, onset in enumerate(onsets_of_rows(result)):
        np.testing.assert_array_equal(onset, onsets(result[i]))


def test_compiled_windows_are_those_of_pandas() -> None:
    hold = np.array([1, 4, 20, 60, 400])
    state = states(some_levels(2), np.arange(5), np.zeros(5), np.zeros(5), np.array([1, 2, 1, 3, 1]))
    onset = onsets_of_rows(state)
    for i in range(5):
        np.testing.assert_array_equal(recent(onset, hold)[i], pd.Series(onset[i]).rolling(hold[i]).max())
        persistent = pd.Series(state[i] == 1.0).astype(float).rolling(hold[i]).min() == 1.0
        np.testing.assert_array_equal(lasting(state, hold)[i], persistent)


def test_what_stood_at_the_entry_by_hand() -> None:
    nan = np.nan
    side = np.array([[nan, 0, 1, 1, -1, -1, 0, 0, 1, 1]], dtype=float)
    level = np.array([[9, 8, 7, 6, nan, 5, 4, 3, 2, 1]], dtype=float)
    np.testing.assert_array_equal(at_entry(side, level), [[9, 9, 7, 7, 7, 7, 7, 7, 2, 2]])
