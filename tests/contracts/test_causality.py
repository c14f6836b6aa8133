"""Nothing looks ahead: one suite for every signal, every strategy and the engine.

The leaks planted to be caught are those of the audit, in `tests/backtests/audit`.
"""

from dataclasses import FrozenInstanceError, replace
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from tests.backtests.audit.leaks import Leak
from tests.build import PAIR, REAL_BEGIN, REAL_END, earning, random_market
from tests.contracts.causality import Computation, decisions, futures, leaks, signal_values, weights_in_force
from unlockstep.backtests.audit.perturbations import ALTERATIONS, future
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.config.study import BRIDGES
from unlockstep.backtests.data.context import ContextSource
from unlockstep.backtests.data.context_load import with_bridges
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.engine.portfolio import run
from unlockstep.signals import Market, Signal
from unlockstep.signals.breakdown import Breakdown, BreakOnset, RelativeBreakdown
from unlockstep.signals.change_point import ChangePoint
from unlockstep.signals.dcc import DCC, DccBreak
from unlockstep.signals.detector import Detector
from unlockstep.signals.market import read_only
from unlockstep.signals.registry import SHOWN, SIGNALS
from unlockstep.signals.response import Response
from unlockstep.strategies import Strategy, TargetWeights
from unlockstep.strategies.break_entry import BreakEntry
from unlockstep.strategies.derisk import Derisk
from unlockstep.strategies.reconvergence import Reconvergence
from unlockstep.strategies.regime_switch import RegimeSwitch
from unlockstep.strategies.registry import all_strategies

ALL_SIGNALS: list[Signal] = list(dict.fromkeys([*SHOWN, *(cls() for cls in SIGNALS.values())]))
ALL_VARIANTS: list[Strategy] = [cls(**params) for cls in all_strategies().values() for params in cls.studied]
SLOWEST = max(variant.warmup for variant in ALL_VARIANTS)
LONGEST = max(SLOWEST, *(signal.warmup for signal in ALL_SIGNALS))

STATES = (Breakdown, BreakOnset, RelativeBreakdown, Detector)
"""Signals whose value may be unknown (NaN) to a history that did not see the last crossing."""

FITTED = (DCC, DccBreak, ChangePoint)
"""Signals of which one computation takes the better part of a second."""


def label(part: Signal | Strategy) -> str:
    return part.label


@pytest.fixture(scope="module", params=["demo", pytest.param("real", marks=pytest.mark.slow)])
def market(request: pytest.FixtureRequest) -> Market:
    """Some three years of the demo, or of real prices where there are any."""
    whole: Market = request.getfixturevalue(request.param)
    if not whole.context:  # a file's prices name no series; SPY stands for the one that signals read by default
        folder, context = str(request.getfixturevalue("real_folder")), {"vix": ContextSource(ticker="SPY")}
        whole = load_market(folder, PAIR, start=REAL_BEGIN, end=REAL_END, seed=0, context=context)
        whole, why = with_bridges(whole, BRIDGES, data=folder)
    else:
        whole, why = with_bridges(whole, BRIDGES, data="demo", seed=1)
    assert not why
    return whole.slice(1000, 1000 + LONGEST + 420)


def cuts(warmup: int, market: Market) -> list[int]:
    """Session numbers at which the future is cut off or altered: the first values, the last ones, some between."""
    last = len(market.sessions) - 1
    return sorted({warmup, warmup + 1, warmup + 2, *np.linspace(warmup, last, 7, dtype=int)[1:-1].tolist(), last - 1})


def prices(market: Market) -> bytes:
    return b"".join(array.tobytes() for leg in market.legs for array in (leg.open, leg.close))


def assert_forgets(
    compute: Computation, market: Market, warmup: int, *, unknown: bool = False, once_flat: bool = False
) -> None:
    """Values from session `warmup` on are the same when the market starts later.

    unknown: the later start may not know a value yet (NaN). once_flat: compare from the first row of zeros on only.
    """
    whole = compute(market).to_numpy(dtype=float)
    last = len(market.sessions) - 1
    compared = 0
    for start in (1, 7, 120, last - warmup):
        short = compute(market.slice(start)).to_numpy(dtype=float)
        judged = np.arange(len(short)) >= warmup
        if unknown:
            judged &= ~np.isnan(short).all(axis=1)
        if once_flat:
            judged &= np.maximum.accumulate((short == 0.0).all(axis=1))
        np.testing.assert_allclose(
            short[judged], whole[start:][judged], rtol=1e-9, atol=1e-9, err_msg=f"started {start} sessions later"
        )
        compared += judged.sum()
    assert compared > 300


@pytest.mark.parametrize("signal", ALL_SIGNALS, ids=label)
class TestEverySignal:
    def test_no_value_changes_when_the_future_is_cut_off_or_altered(self, signal: Signal, market: Market) -> None:
        every = 4 if isinstance(signal, FITTED) else 2  # all of them below
        assert leaks(signal_values(signal), market, cuts(signal.warmup, market)[::every]) == []

    def test_there_is_no_value_before_the_warm_up_and_there_are_values_after_it(
        self, signal: Signal, market: Market
    ) -> None:
        values = signal.compute(market)
        assert values.iloc[: signal.warmup].isna().all()
        after = values.iloc[signal.warmup :]
        if isinstance(signal, (*STATES, Response)):
            assert after.notna().any()
        else:
            assert after.notna().all()
        assert len(values) == len(market.sessions)
        assert values.index.equals(market.sessions)

    def test_values_after_the_warm_up_do_not_depend_on_older_history(self, signal: Signal, market: Market) -> None:
        assert_forgets(signal_values(signal), market, signal.warmup, unknown=isinstance(signal, STATES))

    def test_the_same_market_gives_the_same_bytes_and_is_left_as_it_was(self, signal: Signal, market: Market) -> None:
        before = prices(market)
        first, again = signal.compute(market), signal.compute(market)
        assert first.to_numpy().tobytes() == again.to_numpy().tobytes()
        assert prices(market) == before

    def test_parameters_cannot_be_changed(self, signal: Signal) -> None:
        for name in type(signal).model_fields:
            with pytest.raises(ValidationError, match="frozen"):
                setattr(signal, name, getattr(signal, name))


@pytest.mark.deep
@pytest.mark.parametrize("signal", ALL_SIGNALS, ids=label)
def test_no_value_changes_with_any_future_at_any_cut(signal: Signal, market: Market) -> None:
    assert leaks(signal_values(signal), market, cuts(signal.warmup, market), len(ALTERATIONS)) == []


@pytest.mark.deep
@pytest.mark.parametrize("variant", ALL_VARIANTS, ids=label)
def test_no_decision_changes_with_any_future_at_any_cut(variant: Strategy, market: Market) -> None:
    assert leaks(decisions(variant), market, cuts(variant.warmup, market), len(ALTERATIONS)) == []


@pytest.mark.parametrize("variant", ALL_VARIANTS, ids=label)
class TestEveryStrategy:
    def test_no_decision_changes_when_the_future_is_cut_off_or_altered(self, variant: Strategy, market: Market) -> None:
        assert leaks(decisions(variant), market, cuts(variant.warmup, market)[::2]) == []  # all of them above

    def test_there_is_no_decision_before_the_warm_up_and_there_is_one_after_it(
        self, variant: Strategy, market: Market
    ) -> None:
        taken = decisions(variant)(market)
        assert taken.iloc[: variant.warmup].isna().all(axis=None)
        assert taken.iloc[variant.warmup :].notna().any(axis=None)

    def test_decisions_after_the_warm_up_do_not_depend_on_older_history(
        self, variant: Strategy, market: Market
    ) -> None:
        # A hedge keeps the beta of its entry, so one already open when the history begins is of another size.
        assert_forgets(
            weights_in_force(variant),
            market,
            variant.warmup,
            unknown=isinstance(variant, (BreakEntry, Derisk, RegimeSwitch, Reconvergence)),
            once_flat=isinstance(variant, Reconvergence) and variant.mode == "hedged",
        )

    def test_the_same_market_gives_the_same_decisions_and_is_left_as_it_was(
        self, variant: Strategy, market: Market
    ) -> None:
        before = prices(market)
        first, again = variant.decide(market).frame, variant.decide(market).frame
        pd.testing.assert_frame_equal(first, again, check_exact=True)
        assert prices(market) == before

    def test_parameters_and_decisions_cannot_be_changed(self, variant: Strategy, market: Market) -> None:
        for name in type(variant).model_fields:
            with pytest.raises(ValidationError, match="frozen"):
                setattr(variant, name, getattr(variant, name))
        with pytest.raises(FrozenInstanceError):
            variant.decide(market).variant = "another"  # type: ignore[misc]


@pytest.mark.parametrize(
    "part",
    [
        *(s for s in ALL_SIGNALS if s.available == "before_open"),
        *(v for v in ALL_VARIANTS if v.decides == "before_open"),
    ],
    ids=label,
)
def test_what_is_said_before_an_open_does_not_depend_on_the_session(part: Signal | Strategy, market: Market) -> None:
    """The second instant: all of the session may be another but the price at its 00:00 UTC."""
    compute = signal_values(part) if isinstance(part, Signal) else decisions(part)
    whole = compute(market).to_numpy(dtype=float)
    for number, session in enumerate(range(part.warmup, len(market.sessions) - 1, 17)):
        name = list(ALTERATIONS)[number % len(ALTERATIONS)]
        again = compute(future(market, session - 1, name, before_open=True)).to_numpy(dtype=float)
        np.testing.assert_array_equal(again[: session + 1], whole[: session + 1], err_msg=f"{name}, session {session}")


class TestTheMarket:
    def test_prices_refuse_to_be_written_to(self, market: Market) -> None:
        for leg in market.legs:
            for array in (leg.open, leg.close):
                with pytest.raises(ValueError, match="read-only"):
                    array[0] = 1.0

    def test_it_cannot_be_changed(self, market: Market) -> None:
        with pytest.raises(FrozenInstanceError):
            market.source = "elsewhere"  # type: ignore[misc]
        with pytest.raises(FrozenInstanceError):
            market.crypto.close = read_only([1.0])  # type: ignore[misc]


def small_decisions(market: Market) -> list[TargetWeights]:
    """Every variant's decisions; day trades with a fiftieth of the account, so that a moon ruins no short of a day."""
    every = [variant.decide(market) for variant in ALL_VARIANTS]
    return [replace(each, frame=each.frame / 50.0) if each.day_trades else each for each in every]


@pytest.mark.parametrize("fill", ["close", "open"])
def test_no_return_exposure_cost_or_fill_changes_when_the_future_does(
    market: Market, fill: Literal["close", "open"]
) -> None:
    costs = Costs(borrow_rate=0.1)
    market = market.slice(400, 400 + SLOWEST + 420)  # no longer: altered futures ruin a short in the end
    rates = 0.0001 + 0.0002 * np.sin(np.arange(len(market.sessions)) / 100)
    market = earning(market, rates)
    whole = run(market, small_decisions(market), costs, fill=fill)
    for what, k, other in futures(market, [SLOWEST + 30, SLOWEST + 115, SLOWEST + 200]):
        later = np.arange(len(other.sessions)) > k
        other = earning(other, np.where(later, 0.0007, rates[: len(later)]))
        result = run(other, small_decisions(other), costs, fill=fill)
        for name in ("value", "exposure", "costs_paid", "traded"):
            before, after = getattr(whole, name).iloc[: k + 1], getattr(result, name).iloc[: k + 1]
            pd.testing.assert_frame_equal(before, after, check_exact=True, obj=f"{name}, {what} after session {k}")
        pd.testing.assert_frame_equal(whole.returns.iloc[:k], result.returns.iloc[:k], check_exact=True)
        until = market.sessions[k]
        before, after = (r.trades[r.trades["session"] <= until].reset_index(drop=True) for r in (whole, result))
        assert len(before) > 20
        pd.testing.assert_frame_equal(before, after, check_exact=True, obj=f"trades, {what} after session {k}")


@pytest.mark.parametrize("what", ["cut off", "noise"])
def test_a_planted_leak_is_caught_both_by_cutting_and_by_altering(what: str) -> None:
    market = random_market(5, 300)
    result = leaks(signal_values(Leak(kind="a centred window")), market, [100])
    assert any(finding.startswith(what) for finding in result)


def test_an_honest_computation_raises_no_alarm() -> None:
    market = random_market(7, 300)

    def honest(market: Market) -> pd.DataFrame:
        returns = market.log_returns
        return pd.concat(
            [returns, returns.expanding().max(), returns.rolling(20).mean(), returns.ewm(span=9).mean()], axis=1
        )

    assert leaks(honest, market, cuts(20, market)) == []
