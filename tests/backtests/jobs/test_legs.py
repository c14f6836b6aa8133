"""Studies of more legs than a pair: decisions, accounts, timing test, and what a pair's run keeps."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import unlockstep as ul
from tests.build import random_market, with_legs
from tests.oracle.accounting import Tariff, keep_books
from tests.refusals import refused
from tests.rotation import Rotation, strongest_by_loops
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.engine import portfolio as engine
from unlockstep.backtests.engine.experiment import build_experiment
from unlockstep.backtests.engine.redecide import histories_of, weights_of_histories
from unlockstep.backtests.jobs.run import Run
from unlockstep.backtests.results.holdout import split_holdout
from unlockstep.backtests.results.placebo import placebo_pairs
from unlockstep.backtests.results.stored_run import read_run
from unlockstep.backtests.stats.redecided_test import signs
from unlockstep.backtests.trials.dataset_identity import data_set_of
from unlockstep.signals.errors import ParameterError, StudyError
from unlockstep.signals.signal import SignalCache
from unlockstep.strategies import TargetWeights

LEGS = ("ETH-USD", "IWM", "BTC-USD", "SPY")
SPAN: dict[str, Any] = {"data": "demo", "start": "2019-01-02", "end": "2022-12-30"}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Run:
    ledger = tmp_path_factory.mktemp("legs") / "ledger.sqlite"
    return ul.run(legs=LEGS, strategies=[Rotation, "derisk"], ledger=ledger, **SPAN)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return ul.run(strategies=["derisk"], ledger=tmp_path_factory.mktemp("pair") / "ledger.sqlite", **SPAN)


def test_a_rotation_is_what_plain_loops_decide_fill_and_pay(ran: Run) -> None:
    market = split_holdout(ran.study, cash=True).market
    name = "rotation(window=60)"
    decided = strongest_by_loops([leg.close.tolist() for leg in market.legs], 60)
    opening = len(market.sessions) - len(ran.returns) - 1
    in_force = max(row for row in decided if row <= opening)
    targets = {0: decided[in_force], **{row - opening: shares for row, shares in decided.items() if row > opening}}
    closes = list(zip(*(leg.close[opening:].tolist() for leg in market.legs), strict=True))
    tariff = Tariff((10e-4, 1e-4, 10e-4, 1e-4), (5e-4, 2e-4, 5e-4, 2e-4), 0.03)
    interest = market.cash_returns[opening:].tolist()
    books = keep_books(closes, closes, targets, fill="close", lag=1, tariff=tariff, capital=1e5, interest=interest)
    np.testing.assert_allclose(ran.returns[name], books.returns, rtol=1e-9, atol=1e-11)
    assert ran.study.costs.fee_bps == dict(zip(LEGS, (10.0, 1.0, 10.0, 1.0), strict=True))


def test_its_timing_is_measured_against_its_own_mean_mix_of_all_legs(ran: Run) -> None:
    market = split_holdout(ran.study).market
    evaluated = market.slice(len(market.sessions) - len(ran.returns) - 1)
    variant = ran.variants[0]
    frame = pd.DataFrame(ran.weights[variant.name]).reindex(evaluated.sessions).ffill()
    rows = len(evaluated.sessions) - 2
    mean = [sum(frame[ticker].iloc[:rows]) / rows for ticker in LEGS]
    earned = [[leg.close[t + 2] / leg.close[t + 1] - 1.0 for leg in evaluated.legs] for t in range(rows)]
    average = [sum(row[leg] for row in earned) / rows for leg in range(4)]
    x = [
        sum((frame.iloc[t, leg] - mean[leg]) * (earned[t][leg] - average[leg]) for leg in range(4)) for t in range(rows)
    ]
    center = sum(x) / rows
    deviation = (sum((each - center) ** 2 for each in x) / rows) ** 0.5
    assert variant.inference.timing_ir == pytest.approx(center / deviation * 252**0.5, rel=1e-9)
    assert variant.against is not None
    assert variant.against.constant_mix.weights == pytest.approx(dict(zip(LEGS, frame.mean(), strict=True)), abs=1e-12)
    assert list(variant.inference.betas or {}) == list(LEGS)


def test_every_leg_can_be_held_instead(ran: Run) -> None:
    labels = [v.label for v in ran.variants if v.benchmark]
    assert labels == [
        "cash", "fixed_mix", "hold ETH-USD", "hold IWM", "hold BTC-USD", "hold SPY", "equal_weight"
    ]  # fmt: skip
    assert ran.variants[0].against is not None
    assert list(ran.variants[0].against.further) == ["hold_leg(leg=BTC-USD)", "hold_leg(leg=SPY)", "equal_weight"]
    assert ran.result.data.tickers == LEGS


def test_a_rule_for_a_pair_fares_with_more_legs_as_it_does_without(pair: Run, tmp_path: Path) -> None:
    more = ul.run(legs=LEGS, strategies=["derisk"], ledger=tmp_path / "ledger.sqlite", **SPAN)
    for name in ("derisk", "hold_eth", "hold_iwm", "fixed_mix"):
        (label,) = [v.name for v in pair.variants if v.strategy == name]
        np.testing.assert_allclose(more.returns[label], pair.returns[label], rtol=1e-12, atol=1e-15)
        ours, theirs = (pd.DataFrame(run.weights[label]).dropna() for run in (more, pair))
        pd.testing.assert_frame_equal(ours[["ETH-USD", "IWM"]], theirs, check_freq=False)
        assert not ours[["BTC-USD", "SPY"]].to_numpy().any()
    for figure in ("timing_ir", "timing_p", "timing_p_family", "timing_t", "min_detectable_ir"):
        with_more, alone = (getattr(run.variants[0].inference, figure) for run in (more, pair))
        assert with_more == pytest.approx(alone, rel=1e-9), figure
    assert more.result.statements == pair.result.statements
    assert any("No strategy under test holds BTC-USD or SPY" in note for note in more.result.data.notes)


def test_a_study_of_legs_repeats_itself_from_its_file(ran: Run, tmp_path: Path) -> None:
    ran.save(tmp_path / "run")
    text = (tmp_path / "run" / "study.toml").read_text()
    assert "legs = [" in text
    again = ul.run(tmp_path / "run" / "study.toml", strategies=[Rotation, "derisk"], ledger=tmp_path / "l.sqlite")
    pd.testing.assert_frame_equal(again.returns, ran.returns)
    assert "hold BTC-USD" in (tmp_path / "run" / "report.md").read_text()
    assert read_run(tmp_path / "run").result.data.tickers == LEGS
    assert not ul.compare({"first": tmp_path / "run", "again": again}).warnings


def test_runs_of_a_pair_and_of_more_legs_are_compared_by_the_tickers_of_all(
    ran: Run, pair: Run, tmp_path: Path
) -> None:
    compared = ul.compare({"more": ran, "pair": pair})
    assert any("pair" in warning for warning in compared.warnings)
    page = compared.report(tmp_path / "both.md").read_text()
    (head,) = [line for line in page.splitlines() if line.startswith("| Run ") and "BTC-USD" in line]
    assert [head.count(f" {ticker} ") for ticker in LEGS] == [1, 1, 1, 1]


def test_in_histories_all_legs_are_turned_together_and_the_rule_decides_again() -> None:
    study = Study.make(legs=LEGS, **SPAN)
    market = split_holdout(study).market
    sign = signs(len(market.sessions), seed=3, histories=2)
    histories = histories_of(market, sign)
    once = histories.history(1)
    for leg, other in zip(market.legs, once.legs, strict=True):
        before, after = (np.diff(each.close) / each.close[:-1] for each in (leg, other))
        np.testing.assert_allclose(after - before.mean(), sign[1, 1:] * (before - before.mean()), atol=1e-12)
    weights = weights_of_histories([Rotation()], histories, 100)
    assert weights.shape == (2, 1, len(market.sessions) - 100, 4)
    by_hand = strongest_by_loops([leg.close.tolist() for leg in once.legs], 60)
    latest = [by_hand[max(row for row in by_hand if row <= t)] for t in range(100, len(market.sessions))]
    np.testing.assert_array_equal(weights[1, 0], latest)


def test_what_was_tried_on_a_pair_was_tried_on_part_of_more_legs() -> None:
    few, more, turned, other = (
        data_set_of(split_holdout(Study.make(legs=legs, **SPAN)).market)
        for legs in (LEGS[:2], LEGS, (*LEGS[:2], "SPY", "BTC-USD"), (*LEGS[:2], "SPY"))
    )
    assert all(one.same_as(two) for one, two in ((few, more), (more, few), (more, turned), (more, other)))
    stranger = data_set_of(split_holdout(Study.make(legs=LEGS[:3], **{**SPAN, "seed": 8})).market)
    assert not any(one.same_as(stranger) for one in (few, more))


def test_a_sweep_is_of_pairs_and_says_so(tmp_path: Path) -> None:
    with refused(ParameterError, name="rotation", limit=2, remedy="--set rotation.PARAM"):
        ul.sweep([Rotation], ledger=tmp_path / "l.sqlite", **SPAN)
    with refused(StudyError, name="legs", limit=2, choices=LEGS[:2]):
        ul.sweep(["derisk"], legs=LEGS, ledger=tmp_path / "l.sqlite", **SPAN)


def test_real_prices_of_six_legs(real_folder: Path) -> None:
    legs = ("ETH-USD", "IWM", "BTC-USD", "SPY", "GLD", "TLT")
    study = Study.make(data=str(real_folder), legs=legs, end="2025-12-31", strategies=[Rotation])
    market = split_holdout(study, cash=True).market
    experiment = build_experiment(study, SignalCache(market), study.strategies())
    expected = strongest_by_loops([leg.close.tolist() for leg in market.legs], 60)
    decided = experiment.whole_decisions[0].frame
    assert decided.index.tolist() == [market.sessions[row] for row in expected]
    assert {leg.clock for leg in market.legs} == {"24/7", "XNYS"}
    assert 0.0 < experiment.redecided().p[0] <= 1.0


def test_placebos_replace_a_leg_of_the_pair_and_keep_the_others(real_folder: Path) -> None:
    study = Study.make(
        data=str(real_folder),
        legs=("ETH-USD", "IWM", "SPY"),
        start="2019-01-02",
        end="2025-12-31",
        strategies=[Rotation],
    )
    placebos = placebo_pairs(study)
    assert {placebo.pair for placebo in placebos} == {
        *(("ETH-USD", other) for other in ("BTC-USD", "GLD", "TLT", "^RUT")),
        *((other, "IWM") for other in ("BTC-USD", "GLD", "TLT", "^RUT")),
    }
    assert len({placebo.sha256 for placebo in placebos}) == len(placebos)


def test_costs_of_as_many_legs_as_there_are_are_needed() -> None:
    market = with_legs(random_market(1, 20), 3, 1)
    weights = pd.DataFrame([[0.2, 0.2, 0.2]], market.sessions[:1], columns=list(market.tickers))
    with refused(ParameterError, name="costs", limit=3):
        engine.run(market, [TargetWeights("x", weights)], Costs())
