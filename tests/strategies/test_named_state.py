"""A state signal named in a strategy's parameters: in Python, in TOML, by --set and in grids."""

from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from tests.build import random_market
from tests.refusals import refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.study_tables import Variant
from unlockstep.backtests.config.variants import studied, with_settings
from unlockstep.backtests.plugins.class_loader import class_sha256
from unlockstep.backtests.sweep.grid import owner_of, rows_of, space_of
from unlockstep.signals import BreakOnset, Correlation, FisherBreak, MarkovBreak, RelativeBreakdown, Signal
from unlockstep.signals.errors import CodeError, ParameterError
from unlockstep.signals.signal import SignalCache
from unlockstep.strategies import Strategy
from unlockstep.strategies.break_entry import BreakEntry
from unlockstep.strategies.derisk import Derisk
from unlockstep.strategies.named_state import ReadsState, signal_of, state_signals, text_of
from unlockstep.strategies.regime_switch import RegimeSwitch
from unlockstep.strategies.when import When

NAMED = {"signal": "markov_break", "signal.window": 504, "signal.spell": "500"}
MARKOV = MarkovBreak(window=504, spell=500)


@pytest.mark.parametrize("cls", [BreakEntry, Derisk, RegimeSwitch, When])
def test_a_strategy_reads_the_signal_that_is_named_with_its_parameters(cls: type[ReadsState]) -> None:
    strategy = cls(**NAMED)
    assert MARKOV in strategy.signals().values()
    assert strategy.params["signal"] == "markov_break"
    assert (strategy.params["signal.window"], strategy.params["signal.spell"]) == (504, 500)
    assert "signal.window=504,signal.spell=500" in strategy.label
    again = cls(**strategy.params)
    assert (again.label, again.state_signal()) == (strategy.label, MARKOV)


def test_where_none_is_named_everything_is_as_it_was() -> None:
    assert BreakEntry().label == "break_entry(window=90,decouple_below=0.15,couple_above=0.3,min_stay=5,hold=60)"
    assert RegimeSwitch(signal="breakdown").label == "regime_switch(window=90,persist=60,trend=120)"
    assert "signal" not in Derisk().params
    assert BreakEntry().signals() == {"onset": BreakOnset()}


def test_signals_are_read_from_the_text_that_they_give() -> None:
    for cls in state_signals().values():
        assert signal_of(text_of(cls()), state_signals()) == cls()
    assert set(state_signals()) == {
        "breakdown", "relative_breakdown", "fisher_break", "monitor_break", "change_point", "dcc_break", "markov_break",
        "any_break",
    }  # fmt: skip


def test_what_does_not_belong_together_is_refused() -> None:
    with refused(ParameterError, name="markv_break", choices=["markov_break"]):
        Derisk(signal="markv_break")
    with refused(ParameterError, name="correlation"):  # is no state
        When(signal="correlation")
    with refused(ParameterError, name="spel", choices=["spell"]):
        When(**{"signal": "markov_break", "signal.spel": 3})
    with refused(ParameterError, name="markov_break.window", limit=250):
        When(**{"signal": "markov_break", "signal.window": 3})
    with refused(ParameterError, name="derisk.window"):
        Derisk(signal="markov_break", window=60)
    with refused(ParameterError, name="when.signal"):
        When(signal={"name": "markov_break"})


def test_the_rules_by_hand() -> None:
    state = pd.Series([np.nan, 0, 1, 1, 0, 1])
    weights = When(signal="fisher_break", hold="crypto", otherwise="both").rule(pd.DataFrame({"state": state}))
    np.testing.assert_array_equal(weights["crypto"], [np.nan, 0.5, 1, 1, 0.5, 1])
    np.testing.assert_array_equal(weights["equity"], [np.nan, 0.5, 0, 0, 0.5, 0])
    coupled = When(state="coupled", hold="equity").rule(pd.DataFrame({"state": state}))
    np.testing.assert_array_equal(coupled["equity"], [np.nan, 1, 0, 0, 1, 0])
    entered = BreakEntry(signal="fisher_break", hold=2).rule(pd.DataFrame({"state": state}))
    np.testing.assert_array_equal(entered["crypto"], [np.nan, np.nan, np.nan, 1, 0, 1])


@pytest.mark.parametrize("cls", [BreakEntry, Derisk, RegimeSwitch, When])
def test_the_rule_for_arrays_is_the_rule_whatever_signal_each_variant_reads(cls: type[ReadsState]) -> None:
    market = random_market(4, 900)
    signal_cache = SignalCache(market)
    variants: list[Strategy] = [cls(), cls(signal=text_of(FisherBreak())), cls(signal=text_of(RelativeBreakdown()))]
    columns = {name: np.array([getattr(v, name) for v in variants]) for name in cls.model_fields}
    answers = cls.rules(signal_cache, columns)
    for row, variant in enumerate(variants):
        frame = pd.DataFrame({k: signal_cache.of(s) for k, s in variant.signals().items()}, index=market.sessions)
        wanted = variant.rule(frame)[["crypto", "equity"]].to_numpy()[variant.warmup :]
        for leg in (0, 1):
            np.testing.assert_array_equal(answers[leg][row, variant.warmup :], wanted[:, leg], err_msg=variant.label)


def test_a_study_names_it_in_toml_and_spells_it_out(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('[[variants]]\nstrategy = "when"\nparams = {signal = "fisher_break", "signal.recent" = [60, 90]}\n')
    study = Study.read(path)
    labels = [s.label for s in study.strategies() if not s.benchmark]
    assert [label.partition("signal.recent=")[2][:2] for label in labels] == ["60", "90"]
    (first, *_) = study.strategies()
    path.write_text(Study.make(variants=(Variant(strategy="when", params=first.params),)).as_toml())
    assert Study.read(path).strategies()[0].label == first.label


def test_settings_and_grids_reach_the_named_signal() -> None:
    chosen = with_settings(studied(["when"]), ["when.signal=fisher_break", "when.signal.recent=60,90"])
    made = [s.signals()["state"] for s in Study.make(variants=chosen).strategies() if isinstance(s, When)]
    assert made == [FisherBreak(recent=60), FisherBreak(recent=90)]
    space = space_of(When, {"signal": ["fisher_break"], "signal.recent": ["60", "90"], "hold": ["crypto", "both"]})
    swept = [When(**row) for row in rows_of(space.columns(0, space.size))]
    assert {(s.signals()["state"].params["recent"], s.hold) for s in swept} == {
        (60, "crypto"), (60, "both"), (90, "crypto"), (90, "both"),
    }  # fmt: skip
    with refused(ParameterError, name="derisk.window"):
        space_of(Derisk, {"signal": ["fisher_break"], "window": [60, 90]})
    assert "signal" not in space_of(Derisk, {"window": [60, 90]}).axes


def test_a_key_of_a_grid_names_a_strategy_or_a_parameter_of_a_signal() -> None:
    assert owner_of("window") == ("", "window")
    assert owner_of("when.hold") == ("when", "hold")
    assert owner_of("signal.window") == ("", "signal.window")
    assert owner_of("when.signal.window") == ("when", "signal.window")


def test_another_signal_set_lets_go_of_the_parameters_of_the_one_before() -> None:
    before = (Variant(strategy="when", params=When(**NAMED).params),)
    (variant,) = with_settings(before, ["when.signal=fisher_break"])
    assert [key for key in variant.params if key.startswith("signal.")] == []


def test_the_default_study_is_as_it_was() -> None:
    assert "when" not in {variant.strategy for variant in studied()}
    assert [variant.strategy for variant in studied(["when"])] == ["when"]


FALLING_FILE = """
from typing import ClassVar

from pydantic import Field

from unlockstep.signals import Signal
from unlockstep.strategies.when import When


class Falling(Signal):
    name: ClassVar[str] = "falling"
    meaning: ClassVar[str] = "1 while ETH is below its close of `window` sessions ago"
    unit: ClassVar[str] = "state"
    window: int = Field(default=20, ge=1)

    @property
    def warmup(self):
        return self.window

    def values(self, market):
        close = market.crypto.close
        out = close * float("nan")
        out[self.window:] = close[self.window:] < close[:-self.window]
        return out


class WhenFalling(When):
    name: ClassVar[str] = "when_falling"
    further_states: ClassVar = (Falling,)
"""


def test_a_state_of_an_own_file_is_read_by_name_in_toml_and_in_grids(tmp_path: Path) -> None:
    (tmp_path / "falling.py").write_text(FALLING_FILE)
    (tmp_path / "study.toml").write_text(
        'files = ["falling.py"]\n[[variants]]\nstrategy = "when_falling"\n'
        'params = {signal = "falling", "signal.window" = [3, 5], state = "coupled"}\n'
    )
    study = Study.read(tmp_path / "study.toml", trust=True)
    market = random_market(5, 60)
    for variant, window in zip(study.strategies(), (3, 5), strict=False):
        weights = variant.decide(market, SignalCache(market)).weights_in_force(market.sessions).to_numpy()
        close = market.crypto.close
        for day in range(window, 60):
            assert weights[day].tolist() == ([0.0, 0.0] if close[day] < close[day - window] else [1.0, 0.0])
    cls = study.strategy_class("when_falling")
    space = space_of(cls, {"signal": ["falling", "fisher_break"]})
    assert [str(row["signal"]).partition("(")[0] for row in rows_of(space.columns(0, space.size))] == [
        "falling", "fisher_break",
    ]  # fmt: skip
    with refused(ParameterError, name="falling"):
        When(signal="falling")


def test_an_own_state_that_is_none_is_refused() -> None:
    class WhenCorrelated(When):
        further_states: ClassVar[tuple[type[Signal], ...]] = (Correlation,)

    with refused(
        CodeError,
        name="correlation",
        remedy='a signal that is 0 where coupled and 1 where decoupled has unit = "state"',
    ):
        WhenCorrelated()


def test_a_class_is_pinned_with_the_states_that_it_may_be_told_to_read() -> None:
    class Usual(FisherBreak):
        name: ClassVar[str] = "usual"

    class Edited(FisherBreak):
        name: ClassVar[str] = "edited"

    class MyWhen(When):
        name: ClassVar[str] = "my_when"

    pins = []
    for state in (Usual, Edited):
        MyWhen.further_states = (state,)
        pins.append(class_sha256(MyWhen))
    assert len(set(pins)) == 2
