"""From a rule to decisions; parameters; the registry."""

import re
from itertools import product
from math import prod
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from pydantic import ConfigDict

from tests.build import PAIR, market_of, random_market
from tests.refusals import refused
from unlockstep.signals import (
    Breakdown,
    BreakOnset,
    Correlation,
    Gap,
    Market,
    Response,
    Signal,
    SignalCache,
    Trend,
    YoY,
)
from unlockstep.signals.errors import CodeError, HistoryError, ParameterError, WeightsError
from unlockstep.strategies import Strategy, target
from unlockstep.strategies.barometer import Barometer
from unlockstep.strategies.break_entry import BreakEntry
from unlockstep.strategies.derisk import Derisk
from unlockstep.strategies.muted_response import MutedResponse
from unlockstep.strategies.reconvergence import Reconvergence
from unlockstep.strategies.regime_switch import RegimeSwitch
from unlockstep.strategies.registry import all_strategies

N = np.nan


class Scripted(Strategy):
    """Holds what a script says, a row a session from session number `wait` on."""

    name: ClassVar[str] = "scripted"
    statement: ClassVar[str] = ""
    hypothesis: ClassVar[str] = "none"

    script: tuple[tuple[float, float], ...] = ()
    wait: int = 0

    model_config = ConfigDict(allow_inf_nan=True)

    def signals(self) -> dict[str, Signal]:
        return {}

    @property
    def warmup(self) -> int:
        return self.wait

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(list(self.script), index=s.index, columns=["crypto", "equity"])


def market_with(dates: list[str]) -> Market:
    prices = np.linspace(100, 110, len(dates))
    return market_of(prices, prices / 2, sessions=pd.DatetimeIndex(dates, name="session"))


WINTER = market_with(["2024-01-30", "2024-01-31", "2024-02-01", "2024-02-02", "2024-03-01", "2024-03-04"])


def taken(*script: tuple[float, float], wait: int = 0) -> dict[str, tuple[float, float]]:
    """The decisions that follow from a script on six sessions of three months."""
    frame = Scripted(script=script, wait=wait).decide(WINTER).frame
    assert tuple(frame.columns) == PAIR
    return {
        str(pd.Timestamp(day).date()): (row[0], row[1]) for day, row in zip(frame.index, frame.to_numpy(), strict=True)
    }


def test_a_decision_is_taken_where_the_answer_changes_and_nowhere_else() -> None:
    result = taken((0, 0), (0, 0), (1, 0), (1, 0), (1, 0), (0, 1))
    assert result == {"2024-01-30": (0, 0), "2024-02-01": (1, 0), "2024-03-04": (0, 1)}


def test_a_mix_is_decided_anew_in_the_first_session_of_each_month() -> None:
    result = taken(*[(0.5, 0.5)] * 6)
    assert result == {"2024-01-30": (0.5, 0.5), "2024-02-01": (0.5, 0.5), "2024-03-01": (0.5, 0.5)}


def test_part_of_the_account_in_one_leg_drifts_and_is_decided_anew_each_month_too() -> None:
    assert list(taken(*[(0.0, 0.5)] * 6)) == ["2024-01-30", "2024-02-01", "2024-03-01"]
    assert list(taken(*[(-0.5, 0.0)] * 6)) == ["2024-01-30", "2024-02-01", "2024-03-01"]


@pytest.mark.parametrize("share", [(1.0, 0.0), (0.0, 1.0), (0.0, 0.0)])
def test_a_whole_account_in_one_leg_or_in_cash_is_decided_once(share: tuple[float, float]) -> None:
    assert taken(*[share] * 6) == {"2024-01-30": share}


def test_nothing_is_decided_before_the_warm_up_and_the_first_session_after_it_decides() -> None:
    assert taken(*[(1.0, 0.0)] * 6, wait=3) == {"2024-02-02": (1, 0)}


def test_no_view_means_no_change() -> None:
    assert taken((N, N), (1, 0), (N, N), (1, 0), (N, N), (0, 0)) == {"2024-01-31": (1, 0), "2024-03-04": (0, 0)}


def test_a_mix_held_without_a_view_is_still_rebalanced_each_month() -> None:
    assert list(taken((N, N), (0.5, 0.5), *[(N, N)] * 4)) == ["2024-01-31", "2024-02-01", "2024-03-01"]


def test_a_rule_without_any_view_decides_nothing() -> None:
    assert taken(*[(N, N)] * 6) == {}


def test_an_answer_of_the_wrong_shape_is_refused() -> None:
    class Upside(Scripted):
        def rule(self, s: pd.DataFrame) -> pd.DataFrame:
            return pd.DataFrame(0.0, index=s.index, columns=["equity", "crypto"])

    class Short(Scripted):
        def rule(self, s: pd.DataFrame) -> pd.DataFrame:
            return pd.DataFrame(0.0, index=s.index[1:], columns=["crypto", "equity"])

    for strategy in (Upside(), Short()):
        with refused(WeightsError, name=strategy.label):
            strategy.decide(WINTER)


def test_weights_that_no_account_could_hold_are_refused_with_variant_and_date() -> None:
    with refused(WeightsError, name=re.compile(r"scripted\(.*\)"), dates=["2024-02-01"], limit=1):
        taken((0, 0), (0, 0), (0.8, 0.8), (0, 0), (0, 0), (0, 0))


def test_a_market_shorter_than_the_warm_up_is_refused() -> None:
    with refused(HistoryError, name=re.compile(r"breakdown\(.*\)"), limit=95):
        Derisk().decide(random_market(1, 94))


def test_signals_are_computed_once_and_shared_between_variants() -> None:
    market = random_market(2, 400)
    signal_cache = SignalCache(market)
    first = Barometer(threshold=0.0).decide(market, signal_cache)
    yoy = signal_cache.of(YoY(leg="equity"))
    yoy[:] = 1.0  # had it been computed anew, the next one would not see this
    shared = Barometer(threshold=0.9).decide(market, signal_cache)
    assert (shared.frame["ETH-USD"] == 1.0).all()
    pd.testing.assert_frame_equal(first.frame, Barometer(threshold=0.0).decide(market).frame)


def test_target_fills_where_and_only_where() -> None:
    sessions = pd.bdate_range("2024-01-01", periods=3)
    where = pd.Series([True, False, True], index=sessions)
    answer = target(pd.Series([0.1, 0.2, 0.3], index=sessions), 0.5, where=where)
    np.testing.assert_array_equal(answer, [[0.1, 0.5], [N, N], [0.3, 0.5]])
    everywhere = target(0.5, pd.Series([0.1, N, 0.3], index=sessions))
    np.testing.assert_array_equal(everywhere, [[0.5, 0.1], [0.5, N], [0.5, 0.3]])
    with refused(ParameterError, name="target", remedy="where="):
        target(0.5, 0.0)


class LooksBack(Strategy):
    """Its rule looks back at a trend for the sessions of two parameters."""

    name: ClassVar[str] = "looks_back"
    hypothesis: ClassVar[str] = "none"
    lookback: ClassVar[tuple[str, ...]] = ("window", "hold")

    window: int = 20
    hold: int = 5
    level: float = 0.0

    def signals(self) -> dict[str, Signal]:
        return {"trend": Trend(window=30)}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return target((s["trend"].rolling(self.window).max() > self.level).astype(float), 0.0)


def test_the_warm_up_counts_the_sessions_for_which_the_rule_itself_looks_back() -> None:
    assert LooksBack(window=40).warmup == 30 + 40 + 5
    market = random_market(3, 200)
    assert LooksBack().decide(market).frame.index[0] == market.sessions[30 + 20 + 5]


@pytest.mark.parametrize("wrong", ["level", "windows"])
def test_a_lookback_that_counts_no_sessions_is_refused_with_the_parameters_that_do(wrong: str) -> None:
    class Wrong(LooksBack):
        lookback: ClassVar[tuple[str, ...]] = (wrong,)

    with refused(CodeError, name=wrong, choices=["window", "hold"]):
        Wrong()


@pytest.mark.parametrize(
    ("strategy", "signals", "warmup"),
    [
        (Derisk(window=60, min_stay=3), {"state": Breakdown(window=60, min_stay=3)}, 62),
        (BreakEntry(window=60, hold=10), {"onset": BreakOnset(window=60)}, 60 + 5 - 1 + 1 + 10 - 1),
        (
            RegimeSwitch(window=60, persist=20, trend=50),
            {
                "state": Breakdown(window=60),
                "own": Trend(leg="crypto", window=50),
                "equities": Trend(leg="equity", window=50),
            },
            60 + 5 - 1 + 20 - 1,
        ),
        (
            MutedResponse(horizon=60, window=100),
            {"response": Response(horizon=60, window=100), "yoy": YoY(leg="equity")},
            255,
        ),
    ],
    ids=lambda value: value.label if isinstance(value, Strategy) else "",
)
def test_parameters_reach_the_signals_and_the_warm_up(
    strategy: Strategy, signals: dict[str, Signal], warmup: int
) -> None:
    assert strategy.signals() == signals
    assert strategy.warmup == warmup


def test_the_gap_and_the_beta_of_reconvergence_share_their_window() -> None:
    signals = Reconvergence(horizon=30, window=100).signals()
    assert signals["gap"] == Gap(horizon=30, window=100)
    assert signals["beta"].params == {"window": 100}


class TestRegistry:
    def test_it_holds_the_strategies_of_every_statement_and_the_benchmarks_last(self) -> None:
        strategies = all_strategies()
        assert list(strategies) == [
            "barometer",
            "break_entry",
            "derisk",
            "eth_leads",
            "muted_response",
            "reconvergence",
            "regime_switch",
            "weekend_lead",
            "when",
            "cash",
            "equal_weight",
            "fixed_mix",
            "hold_eth",
            "hold_iwm",
            "hold_leg",
        ]
        statements = {cls.statement for cls in strategies.values()}
        assert statements == {"S1", "S2", "S3a", "S3b", "S3c", "S4", ""}
        assert [name for name, cls in strategies.items() if not cls.statement and not cls.benchmark] == ["when"]
        assert [name for name, cls in strategies.items() if not cls.in_default_study] == [
            "weekend_lead",
            "when",
            "equal_weight",
            "hold_leg",
        ]

    @pytest.mark.parametrize("name", list(all_strategies()))
    def test_every_strategy_says_what_must_be_true_for_it_to_pay(self, name: str) -> None:
        cls = all_strategies()[name]
        assert cls.hypothesis
        assert cls.__doc__

    @pytest.mark.parametrize("name", list(all_strategies()))
    def test_the_grid_and_the_studied_sets_name_parameters_and_values_that_exist(self, name: str) -> None:
        cls = all_strategies()[name]
        assert cls.grid.keys() <= cls.model_fields.keys()
        for values in cls.grid.values():
            assert len(set(values)) == len(values) > 1
        variants = {cls(**dict(zip(cls.grid, values, strict=True))) for values in product(*cls.grid.values())}
        assert len(variants) == prod(len(values) for values in cls.grid.values())
        labels = {cls(**params).label for params in cls.studied}
        assert len(labels) == len(cls.studied) >= 1


@pytest.mark.parametrize(
    ("name", "values", "named", "limit", "choices"),
    [
        ("derisk", {"window": 5}, "derisk.window", 10, None),
        ("derisk", {"min_stay": 0}, "derisk.min_stay", 1, None),
        ("derisk", {"decouple_below": -1.5}, "derisk.decouple_below", -1, None),
        ("break_entry", {"hold": 0}, "break_entry.hold", 1, None),
        ("barometer", {"threshold": 2}, "barometer.threshold", 1, None),
        ("barometer", {"threshold": float("inf")}, "barometer.threshold", None, None),
        ("eth_leads", {"trend": 10.5}, "eth_leads.trend", None, None),
        ("muted_response", {"mode": "folow"}, "muted_response.mode", None, None),
        ("fixed_mix", {"crypto": 1.1}, "fixed_mix.crypto", 1, None),
        ("regime_switch", {"persist": 501}, "regime_switch.persist", 500, None),
        ("derisk", {"windw": 90}, "windw", None, ["window"]),
        ("hold_eth", {"window": 90}, "window", None, []),
    ],
)
def test_a_parameter_out_of_range_or_unknown_is_refused(
    name: str, values: dict[str, Any], named: str, limit: float | None, choices: list[str] | None
) -> None:
    with refused(ParameterError, name=named, limit=limit, choices=choices):
        all_strategies()[name](**values)


@pytest.mark.parametrize("name", ["derisk", "break_entry"])
def test_thresholds_in_the_wrong_order_are_refused_when_the_strategy_is_made(name: str) -> None:
    values = {"decouple_below": 0.4}
    with refused(ParameterError, name=name, limit=0.3):
        all_strategies()[name](**values)


def test_decisions_follow_the_signal_that_is_read() -> None:
    market = random_market(3, 500, correlation=0.2)
    decided = Derisk(window=40).decide(market).weights_in_force(market.sessions)
    level = Correlation(window=40).compute(market)
    below = (level < 0.15).rolling(5).sum() == 5
    above = (level > 0.30).rolling(5).sum() == 5
    assert below.sum() > 10
    assert above.sum() > 10
    assert (decided.loc[below, "ETH-USD"] == 0.0).all()
    assert (decided.loc[above, "ETH-USD"] == 0.5).all()
    assert (decided["IWM"].dropna() == 0.5).all()
