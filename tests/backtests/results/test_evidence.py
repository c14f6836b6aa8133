"""From an experiment to its evidence: costs kept by hand, figures that agree with the run's, worlds traded in."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.backtests.build import FAST, FREE, WINDOW, experiment_of, paying_market, plain_weights, verdicts_of
from tests.build import market_of, random_market
from tests.oracle.accounting import Tariff, keep_books
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.variants import studied
from unlockstep.backtests.jobs.run import Run, run_study
from unlockstep.backtests.results.evidence import evaluate, net_ir, out_of_sample_ir, weights_of
from unlockstep.backtests.results.model.base import finite
from unlockstep.signals import Market
from unlockstep.signals.market import Floats

DEAR: dict[str, Any] = {
    "fee_bps": {"ETH-USD": 30.0, "IWM": 20.0},
    "slippage_bps": {"ETH-USD": 0.0, "IWM": 10.0},
    "borrow_rate": 0.0,
}


def plain_returns(market: Market, wanted: Floats, *, multiple: float, mix: bool = False) -> Floats:
    """Returns of an account kept by hand at a multiple of the costs `DEAR`.

    wanted: S x 2 weights of the evaluated sessions. A mix is rebalanced in the first session of each month too.
    """
    evaluated = market.slice(WINDOW)
    months = evaluated.sessions.to_period("M")
    targets = {
        t: (float(wanted[t, 0]), float(wanted[t, 1]))
        for t in range(len(wanted))
        if t == 0 or (wanted[t] != wanted[t - 1]).any() or (mix and months[t] != months[t - 1])
    }
    closes = [(float(a), float(b)) for a, b in zip(evaluated.crypto.close, evaluated.equity.close, strict=True)]
    tariff = Tariff(fee=(0.0030 * multiple, 0.0020 * multiple), slippage=(0.0, 0.0010 * multiple))
    books = keep_books(closes, closes, targets, fill="close", lag=1, tariff=tariff, capital=100_000.0)
    return np.array(books.returns)


def plain_lead(market: Market, multiple: float) -> Floats:
    """Returns of `FAST` less those of its constant mix, both kept by hand."""
    positions = plain_weights(market)
    mix = np.tile(positions.mean(axis=0), (len(positions), 1))
    variant, constant = (plain_returns(market, w, multiple=multiple, mix=w is mix) for w in (positions, mix))
    return variant - constant


def plain_timing(market: Market) -> Floats:
    """Timing returns of `FAST` filled a session later, written as the definition reads."""
    positions, close = plain_weights(market)[:-2, 1], market.slice(WINDOW).equity.close
    earned = close[2:] / close[1:-1] - 1.0
    return np.asarray((positions - positions.mean()) * (earned - earned.mean()))


@pytest.mark.parametrize("seed", range(3))
def test_the_cost_drag_is_what_accounts_kept_by_hand_lose_to_costs_beyond_the_mix(seed: int) -> None:
    market = random_market(seed, 200)
    experiment = experiment_of(market, costs=DEAR)
    paid = plain_lead(market, 0.0).mean() - plain_lead(market, 1.0).mean()
    expected = paid / plain_timing(market).std() * np.sqrt(252)
    evidence = evaluate(experiment)[experiment.candidates[0]].evidence
    assert expected > 0.1  # a rule that trades often
    assert evidence.cost_drag_ir == pytest.approx(expected, rel=1e-6)
    assert evidence.bound == pytest.approx(evidence.timing_upper - expected, rel=1e-6)


def test_the_cost_drag_of_one_round_trip_is_that_of_two_fees() -> None:
    # ETH rises for 80 sessions and falls ever after: one purchase, one sale. Fee 1 %, no slippage.
    steps = np.where(np.arange(180) < 80, 0.01, -0.01)
    equity = 100.0 + (np.arange(180) % 2)
    market = market_of(2000.0 * np.exp(np.cumsum(steps)), equity)
    costs = {**FREE, "fee_bps": {"ETH-USD": 0.0, "IWM": 100.0}}
    experiment = experiment_of(market, costs=costs)
    positions = plain_weights(market)[:, 1]
    assert np.abs(np.diff(positions)).sum() == 1.0
    assert positions[0] == 1.0
    # bought at the first close with all cash, 1 / 1.01 of it is left; sold whole, 0.99 of it. The sale's session has
    # a return of its own, before the fee.
    sold = int(np.argmin(positions)) + 1  # a session after the decision
    before = market.slice(WINDOW).equity.close[sold] / market.slice(WINDOW).equity.close[sold - 1]
    paid = (1.0 - 1.0 / 1.01) + 0.01 * before
    # the mix buys once too, and trades a little each month
    mix = np.full((len(positions), 2), (0.0, positions.mean()))
    closes = [(1.0, float(price)) for price in market.slice(WINDOW).equity.close]
    months = market.slice(WINDOW).sessions.to_period("M")
    targets = {t: (0.0, float(mix[t, 1])) for t in range(len(mix)) if t == 0 or months[t] != months[t - 1]}
    free, net = (
        np.array(keep_books(closes, closes, targets, fill="close", lag=1, tariff=tariff, capital=1e5).returns)
        for tariff in (Tariff(), Tariff(fee=(0.0, 0.01)))
    )
    expected = (paid / len(free) - (free - net).mean()) / plain_timing(market).std() * np.sqrt(252)
    assert evaluate(experiment)[experiment.candidates[0]].evidence.cost_drag_ir == pytest.approx(expected, rel=1e-6)


def test_without_costs_nothing_is_dragged_and_every_multiple_is_the_same_simulation() -> None:
    experiment = experiment_of(random_market(4, 200), costs=FREE)
    variant = experiment.candidates[0]
    assert evaluate(experiment)[variant].evidence.cost_drag_ir == 0.0
    for multiple in (1.0, 2.0, 4.0):
        pd.testing.assert_frame_equal(experiment.returns(multiple), experiment.returns(0.0), check_exact=True)
    assert net_ir(experiment, variant, 4.0) == net_ir(experiment, variant, 0.0)


@pytest.mark.parametrize("multiple", [0.0, 1.0, 2.0])
def test_the_net_information_ratio_is_that_of_accounts_kept_by_hand(multiple: float) -> None:
    market = random_market(6, 200)
    experiment = experiment_of(market, costs=DEAR)
    lead = plain_lead(market, multiple)
    expected = lead.mean() / lead.std(ddof=1) * np.sqrt(252)
    assert net_ir(experiment, experiment.candidates[0], multiple) == pytest.approx(expected, rel=1e-6)


def test_the_net_information_ratio_is_positive_where_timing_pays_and_negative_where_it_loses() -> None:
    for pays, sign in ((0.004, 1.0), (-0.004, -1.0)):
        experiment = experiment_of(paying_market(300, pays=pays))
        assert sign * net_ir(experiment, experiment.candidates[0], 1.0) > 1.0


def test_later_data_are_missing_exactly_where_the_sample_is_shorter_than_training_and_test() -> None:
    # 10 sessions of warm-up; the last two decisions are never filled, and one session is left out between
    for sessions, enough in ((10 + 2 + 100 + 1 + 60 - 1, False), (10 + 2 + 100 + 1 + 60, True)):
        experiment = experiment_of(paying_market(sessions), train_sessions=100, test_sessions=60)
        assert np.isfinite(out_of_sample_ir(experiment, experiment.candidates[0])) == enough


def test_a_sample_too_short_for_later_data_cannot_tell_and_says_so() -> None:
    market = paying_market(400, pays=0.006)
    short = verdicts_of(experiment_of(market, costs=FREE))
    assert short.study.decision == "cannot tell"
    (verdict,) = short.verdicts.values()
    assert any("the sample is too short" in reason for reason in verdict.reasons)
    # the same prices, with training and test that fit: the only reason was the length
    fits = verdicts_of(experiment_of(market, costs=FREE, train_sessions=126, test_sessions=63))
    assert fits.study.decision == "edge"


def test_a_variant_that_never_acts_is_not_judged() -> None:
    rising = market_of(np.exp(0.01 * np.arange(200)), 100.0 + np.arange(200) % 3)
    judged = verdicts_of(experiment_of(rising))
    (verdict,) = judged.verdicts.values()
    assert verdict.decision == judged.study.decision == "cannot tell"
    assert "never varied" in verdict.reasons[0]
    assert "No variant has timing to judge" in judged.study.reasons[0]  # and no p-value of what was not tested


def test_returns_that_never_vary_are_not_judged() -> None:
    still = market_of(random_market(1, 200).crypto.close, np.full(200, 50.0))
    experiment = experiment_of(still)
    assert verdicts_of(experiment).study.decision == "cannot tell"
    evidence = evaluate(experiment)[experiment.candidates[0]].evidence
    assert np.isnan(evidence.cost_drag_ir)
    assert np.isnan(evidence.timing_ir)


def test_the_study_calls_its_variants_by_the_names_it_is_given() -> None:
    experiment = experiment_of(random_market(2, 200))
    assert "called so" in " ".join(verdicts_of(experiment, {experiment.candidates[0]: "called so"}).study.reasons)
    assert experiment.candidates[0] in " ".join(verdicts_of(experiment).study.reasons)


def test_benchmarks_alone_are_judged_to_claim_nothing() -> None:
    judged = verdicts_of(experiment_of(random_market(2, 200), {"strategy": "hold_iwm"}))
    assert judged.verdicts == {}
    assert judged.study.decision == "cannot tell"


def test_the_evidence_counts_years_of_earning_decisions() -> None:
    experiment = experiment_of(random_market(2, WINDOW + 252 + 2))
    assert evaluate(experiment)[experiment.candidates[0]].evidence.years == 1.0


def test_decisions_in_one_world_earn_the_returns_of_the_world_they_are_traded_in() -> None:
    decided, traded = random_market(1, 220), random_market(99, 220)
    here, there = experiment_of(decided), experiment_of(decided, traded=traded)
    variant = here.candidates[0]
    pd.testing.assert_frame_equal(there.weights_in_force[variant], here.weights_in_force[variant])
    np.testing.assert_array_equal(there.weights_in_force[variant].to_numpy(), plain_weights(decided))
    close = traded.close.to_numpy()[WINDOW:]
    np.testing.assert_allclose(there.earned(), close[2:] / close[1:-1] - 1.0)
    # held from the second close on; bought at once, for what is left after a fee of 1 and slippage of 2 basis points
    equity = traded.slice(WINDOW).equity.close
    np.testing.assert_allclose(there.returns(1.0)["hold_iwm"].to_numpy()[1:], equity[2:] / equity[1:-1] - 1.0)
    positions = plain_weights(decided)[:-2, 1]
    x = (positions - positions.mean()) * (there.earned()[:, 1] - there.earned()[:, 1].mean())
    assert there.timing.information_ratio[0] == pytest.approx(x.mean() / x.std() * np.sqrt(252))
    assert there.timing.information_ratio[0] != pytest.approx(here.timing.information_ratio[0])


def test_trading_an_experiment_in_another_world_is_conducting_it_there() -> None:
    decided, traded = random_market(1, 220), random_market(99, 220)
    first = experiment_of(decided, costs=DEAR)
    before = first.returns(1.0)  # what is known of one world must not be taken for the other's
    moved, conducted = first.traded_in(traded), experiment_of(decided, costs=DEAR, traded=traded)
    pd.testing.assert_frame_equal(moved.returns(1.0), conducted.returns(1.0), check_exact=True)
    np.testing.assert_array_equal(moved.timing.shifted, conducted.timing.shifted)
    np.testing.assert_array_equal(moved.grid("eth_leads").weights, conducted.grid("eth_leads").weights)
    pd.testing.assert_frame_equal(first.returns(1.0), before, check_exact=True)
    assert not before.equals(moved.returns(1.0))


@pytest.fixture(scope="module")
def run() -> Run:
    """Two strategies on nine years of the demo."""
    return run_study(Study.make(variants=studied(["eth_leads", "derisk"]), primary="derisk"))


def test_the_gates_shown_are_those_that_the_verdict_asks_for(run: Run) -> None:
    again = experiment_of(_market_of(run), *(v.model_dump() for v in run.study.variants), primary=run.study.primary)
    measured = evaluate(again)
    for entry in run.result.as_json()["variants"]:
        if entry["benchmark"]:
            assert entry["gates"] == []
            continue
        shown = {gate["gate"]: gate for gate in entry["gates"]}
        assert list(shown) == ["timing test", "raw returns", "rare losses", "out of sample", "costs", "episodes"]
        requested = measured[entry["name"]].gates
        assert requested is not None
        figures = (
            requested.money_p,
            requested.standardised_p if requested.skewed else float("nan"),
            requested.out_of_sample_ir,
            requested.net_ir,
            requested.best_episode,
        )
        for name, figure in zip(list(shown)[1:], figures, strict=True):
            np.testing.assert_equal(shown[name]["figure"], finite(figure))
        assert entry["verdict"] == "edge" if all(g["passed"] for g in entry["gates"]) else entry["verdict"] != "edge"


def _market_of(run: Run) -> Market:
    """The prices of a run on the demo."""
    from unlockstep.backtests.data.cash_rate import with_cash
    from unlockstep.backtests.data.load import load_market

    study = run.study
    market = load_market(study.data, study.pair, start=study.start, end=study.end, seed=study.seed)
    market = with_cash(market, study.costs.cash_rate, None)
    assert market.sha256 == run.result.as_json()["data"]["sha256"]
    return market


def test_every_gate_s_figure_is_found_where_the_report_explains_it(run: Run) -> None:
    rule = run.study.rule
    for entry in run.result.as_json()["variants"]:
        if entry["benchmark"]:
            continue
        shown = {gate["gate"]: gate for gate in entry["gates"]}
        inference, robust = entry["inference"], entry["robustness"]
        costs = {row["multiple"]: row["ir_over_mix"] for row in robust["costs"]}
        where = {
            "timing test": (inference["timing_p_family"], rule.alpha),
            "raw returns": (inference["timing_p_money"], rule.money_alpha),
            "rare losses": (inference["timing_p_standardised"], rule.alpha),
            "out of sample": (robust["walk_forward"]["tried"]["timing_ir"], 0.0),
            "costs": (costs[rule.cost_multiple], 0.0),
            "episodes": (inference["episode_detail"]["share_best"], rule.episode_share),
        }
        if inference["timing_skewness"] >= -0.5:
            where["rare losses"] = (None, rule.alpha)
        for name, (figure, limit) in where.items():
            np.testing.assert_equal(shown[name]["figure"], figure)
            assert shown[name]["limit"] == limit
        assert inference["timing_upper_net"] == inference["timing_upper"] - inference["cost_drag_ir"]


def test_the_weights_judged_are_those_in_force_while_returns_were_earned() -> None:
    market = random_market(3, 160)
    experiment = experiment_of(market, lag=3)
    result = weights_of(experiment, experiment.candidates[0])
    np.testing.assert_array_equal(result, plain_weights(market)[: 150 - 4])
    assert len(result) == len(experiment.earned())


def test_a_variant_of_two_is_judged_among_both() -> None:
    both = experiment_of(random_market(5, 300), FAST, {"strategy": "eth_leads", "params": {"trend": 21}})
    judged = verdicts_of(both)
    assert list(judged.verdicts) == both.candidates
    assert len(both.candidates) == 2
    assert "2 variants were tried" in " ".join(judged.study.reasons)


def test_the_later_gates_are_left_out_only_where_the_timing_test_fails() -> None:
    paying = experiment_of(paying_market(800, pays=0.006), costs=FREE)
    aimless = experiment_of(random_market(3, 800), costs=FREE)
    for experiment, passes in ((paying, True), (aimless, False)):
        (full,), (short,) = (evaluate(experiment, every_gate=every).values() for every in (True, False))
        assert (full.evidence.timing_p_family <= experiment.study.alpha) == passes
        assert full.gates is not None
        assert short.gates == (full.gates if passes else None)
        assert (short.episodes is None) == (not passes)
