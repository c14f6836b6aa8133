"""Trials in a study: recorded before they are judged, counted with all others, and what an edge is worth after them."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import unlockstep.backtests.jobs.run
from tests.backtests.build import FAST, FREE, WINDOW, experiment_of, paying_market, plain_weights, verdicts_of
from tests.backtests.plugins.user_files import RULE
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.variants import studied
from unlockstep.backtests.engine.experiment import Experiment
from unlockstep.backtests.jobs.listing import trials as listed_trials
from unlockstep.backtests.jobs.run import run_into, run_study
from unlockstep.backtests.results.evidence import evaluate
from unlockstep.backtests.results.verdict import Judgement, judge
from unlockstep.backtests.stats.sharpe import moments
from unlockstep.backtests.trials.dataset_identity import data_set_of
from unlockstep.backtests.trials.deflated_sharpe import deflated_sharpe_ratio, haircut_sharpe_ratio
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.backtests.trials.return_sketches import DRAWS, sketches, timing_sketches
from unlockstep.backtests.trials.spanning import Span
from unlockstep.backtests.trials.trial_count import Trial, TrialSpec, count_trials
from unlockstep.backtests.trials.trial_recording import count_experiment_trials, hash_of, trials_of
from unlockstep.signals.errors import LedgerError

NOW = datetime(2026, 1, 20, tzinfo=UTC)
QUICK = Study.make(variants=studied(["eth_leads", "derisk"]), primary="derisk", start=date(2023, 6, 1))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(tmp_path / "ledger.sqlite")


def search(ledger: Ledger, experiment: Experiment, number: int) -> None:
    """So many independent trials that somebody else made on the same prices, in a study that named no variant."""
    sessions = experiment.evaluated.sessions[1:]
    drawn = sketches(np.random.default_rng(9).standard_normal((len(sessions), number)), sessions)
    result = [
        Trial(
            TrialSpec(f"other(x={i})", "", "close", 1, "{}", "2024-01-01", "2025-01-01"), row.tobytes(), row.tobytes()
        )
        for i, row in enumerate(drawn)
    ]
    ledger.record(data_set_of(experiment.market), result, study="other", primary=None, now=NOW)


def judged(experiment: Experiment, ledger: Ledger | None) -> Judgement:
    return verdicts_of(experiment, None, count_experiment_trials([experiment], experiment.study, ledger)[0].count)


@pytest.fixture(scope="module")
def paying() -> Experiment:
    return experiment_of(paying_market(700, pays=0.0009), costs=FREE, train_sessions=126, test_sessions=63)


def test_an_edge_is_one_without_earlier_trials_and_none_after_five_hundred(paying: Experiment, ledger: Ledger) -> None:
    candidate = paying.candidates[0]
    alone = judged(paying, None)
    fresh = judged(paying, ledger)
    assert alone.study.decision == "edge"
    assert asdict(fresh.study) == asdict(alone.study)
    p = evaluate(paying)[candidate].evidence.timing_p_family
    assert 1 - (1 - p) ** 6 < 0.03 < 1 - (1 - p) ** 450  # the world is chosen so that it can show either

    search(ledger, paying, 5)
    few = judged(paying, ledger)
    assert few.study.decision == "edge"
    assert "Counting all 6 trials ever made on these prices" in " ".join(few.verdicts[candidate].reasons)

    search(ledger, paying, 500)
    many = judged(paying, ledger)
    assert many.study.decision == "cannot tell"
    reasons = " ".join(many.verdicts[candidate].reasons)
    assert "The timing test is passed, but not all that an edge must also show" in reasons
    assert "Counting all 506 trials ever made on these prices (effective number of independent trials: " in reasons
    assert "Other studies came before" in " ".join(many.study.reasons)


def test_a_rule_registered_beforehand_has_its_share_whatever_others_tried(paying: Experiment, ledger: Ledger) -> None:
    candidate, data = paying.candidates[0], data_set_of(paying.market)
    ledger.register(data, file="", name="mine", variants=[candidate], why="it pays", now=NOW)
    search(ledger, paying, 500)  # nothing like it
    (counted,) = count_experiment_trials([paying], paying.study, ledger)
    count, shares = counted.count, counted.shares
    share = shares[candidate]
    assert share.part == pytest.approx(1 / 6)
    assert share.span == Span()
    evaluation = evaluate(paying, count, shares)[candidate]
    # of 1,000 histories four or fewer are as good: 0.005 of its own is what a sixth of 3 % asks for
    assert evaluation.evidence.timing_p <= 0.005
    assert evaluation.evidence.timing_p_family == pytest.approx(6 * evaluation.evidence.timing_p)
    assert evaluation.gates is not None
    assert evaluation.gates.cumulative is None
    judgement = judge({candidate: evaluation}, paying.study.rule, primary=None, trial_count=count)
    assert judgement.study.decision == "edge"
    assert "17 % of the error for itself" in " ".join(judgement.verdicts[candidate].reasons)
    only_looked = judge({candidate: evaluation}, paying.study.rule, primary=None, exploratory=True)
    assert only_looked.study.decision == only_looked.verdicts[candidate].decision == "cannot tell"


def test_an_idea_of_a_later_study_is_judged_by_what_it_adds(paying: Experiment, tmp_path: Path) -> None:
    (mine,) = trials_of(paying)
    assert mine.t is not None
    other = np.random.default_rng(1).standard_normal(DRAWS)
    sketched = np.frombuffer(mine.timing, dtype=np.float16).astype(float)
    decisions, spans = {}, {}
    for likeness in (0.0, 0.9):
        timing = (likeness * sketched + np.sqrt(1 - likeness**2) * other).astype(np.float16).tobytes()
        before = Trial(mine.spec._replace(variant="other"), timing, timing, t=mine.t)
        ledger = Ledger.open(tmp_path / f"{likeness}.sqlite")
        ledger.record(data_set_of(paying.market), [before], study="other", primary=None, now=NOW)
        (counted,) = count_experiment_trials([paying], paying.study, ledger)
        count, shares = counted.count, counted.shares
        share = shares[mine.spec.variant]
        assert (share.registration, share.place) == (None, 1)
        evaluation = evaluate(paying, count, shares)[mine.spec.variant]
        judgement = judge({mine.spec.variant: evaluation}, paying.study.rule, primary=None, trial_count=count)
        decisions[likeness], spans[likeness] = judgement.study.decision, share.span
        assert "what later study 1 tried first" in " ".join(judgement.verdicts[mine.spec.variant].reasons)
    # 0.9 of t was seen: (1 − 0.9) t over √0.19 is left, 0.23 t
    assert spans[0.9].foretold == pytest.approx(0.9 * mine.t, rel=0.05)
    assert spans[0.9].explained == pytest.approx(0.81, abs=0.03)
    assert decisions == {0.0: "edge", 0.9: "cannot tell"}


def test_who_only_looks_is_marked_in_the_ledger(paying: Experiment, ledger: Ledger) -> None:
    looked = paying.study.model_copy(update={"scratch": True})
    count_experiment_trials([paying], looked, ledger)
    assert ledger.exploratory_studies() == {hash_of(looked)}
    (data,) = listed_trials(ledger.path)
    assert [(trial.exploratory, trial.registered) for trial in data.trials] == [(True, False)]
    assert (data.shares_left, data.later_left) == (5, 10)


def test_a_primary_that_was_tried_without_a_name_before_has_no_share(paying: Experiment, ledger: Ledger) -> None:
    (mine,) = trials_of(paying)
    search(ledger, paying, 5)
    ledger.record(data_set_of(paying.market), [mine], study="first", primary=None, now=NOW)
    record = ledger.record(data_set_of(paying.market), [mine], study="second", primary=mine.spec.variant, now=NOW)
    count = count_trials([mine], record, mine.spec.variant)
    assert count.named_too_late
    # one of about 6: 1 − 0.98⁶ = 0.114, not the 0.01 of a named one
    assert count.p_all_trials(p=0.02, p_family=0.001, named=True) == pytest.approx(0.114, abs=0.01)


def test_a_registered_rule_that_was_tried_at_other_terms_too_has_no_share(paying: Experiment, ledger: Ledger) -> None:
    candidate, data = paying.candidates[0], data_set_of(paying.market)
    ledger.register(data, file="", name="mine", variants=[candidate], why="it pays", now=NOW)
    (mine,) = trials_of(paying)
    later = Trial(mine.spec._replace(lag=2), mine.sketch, mine.timing)
    ledger.record(data, [later], study="lagged", primary=None, now=NOW)
    assert count_experiment_trials([paying], paying.study, ledger)[0].shares == {}


def test_trials_are_the_claims_with_their_terms_and_the_sketch_of_their_net_returns(paying: Experiment) -> None:
    (trial,) = trials_of(paying)
    sessions = paying.evaluated.sessions
    assert trial.spec[:4] == ("eth_leads(trend=10)", "", "close", 1)
    assert json.loads(trial.spec.costs) == {
        "fee_bps": [0.0, 0.0], "slippage_bps": [0.0, 0.0], "borrow_rate": 0.0, "cash_rate": 0.0,
    }  # fmt: skip
    assert trial.spec[5:] == (str(sessions[1].date()), str(sessions[-1].date()))
    expected = sketches(paying.returns(1.0)[["eth_leads(trend=10)"]].to_numpy(), sessions[1:])
    assert trial.sketch == expected[0].tobytes()
    # decided in session t, filled in t + 1, the return is complete in t + 2; benchmarks have no trial
    weights, close = plain_weights(paying.market)[:-2, None, :], paying.market.equity.close[WINDOW:]
    timing = timing_sketches(weights[..., [1]], close[2:] / close[1:-1] - 1.0, sessions[2:])
    assert np.allclose(np.frombuffer(trial.timing, np.float16), timing[0], atol=2e-3)
    assert trials_of(experiment_of(paying.market, {"strategy": "hold_iwm"})) == []


def test_costs_fill_and_lag_make_another_trial(paying: Experiment) -> None:
    others = [experiment_of(paying.market, FAST, **change) for change in ({"fill": "open"}, {"lag": 2}, {})]
    recorded = [trials_of(each)[0] for each in (paying, *others)]
    assert len({each.spec for each in recorded}) == 4
    assert [each.timing == recorded[0].timing for each in recorded] == [
        True,
        True,
        False,
        True,
    ]  # opens are closes here


def test_a_trial_of_a_user_s_file_carries_the_file_s_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(RULE, encoding="utf-8")
    experiment = experiment_of(paying_market(400), {"strategy": "my_rule"}, FAST, files={str(path): ""})
    files = {trial.spec.variant: trial.spec.file for trial in trials_of(experiment)}
    assert files == {"my_rule(window=20)": sha256(RULE.encode()).hexdigest(), "eth_leads(trend=10)": ""}


def test_the_hash_is_that_of_the_resolved_study() -> None:
    one = QUICK.resolve(data_sha256="a" * 64, first=NOW.date(), last=NOW.date())
    assert hash_of(one) == hash_of(one.model_copy())
    assert hash_of(one) != hash_of(one.model_copy(update={"seed": 8}))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """A study, the same again, one that names another primary, the first once more; and the first without a ledger."""
    place = tmp_path_factory.mktemp("runs")
    path = place / "ledger.sqlite"
    other = QUICK.model_copy(update={"primary": "eth_leads"})
    more = QUICK.model_copy(update={"variants": studied(["derisk"]), "lag": 2})
    result = {
        name: run_study(study, records=Ledger.open(path)).result.as_json()
        for name, study in (("first", QUICK), ("again", QUICK), ("more", more), ("renamed", other), ("last", QUICK))
    }
    return {**result, "alone": run_study(QUICK).result.as_json()}


def test_the_same_run_on_the_same_ledger_gives_the_same_result(runs: dict[str, dict[str, Any]]) -> None:
    assert runs["first"] == runs["again"]
    assert runs["first"]["family"]["n_trials"] == 2
    assert runs["first"]["family"]["earlier"] == 0


def test_every_deflated_figure_reads_the_ledger_s_number(runs: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    first, last = runs["first"]["family"], runs["last"]["family"]
    assert (last["n_variants"], last["n_trials"], last["earlier"]) == (2, 3, 1)
    assert last["own_effective"] == first["n_effective"] == first["own_effective"]
    assert last["n_effective"] > first["n_effective"]
    assert last["min_backtest_years"] > first["min_backtest_years"]
    run = run_study(QUICK)
    for before, after in zip(runs["first"]["variants"], runs["last"]["variants"], strict=True):
        if before["benchmark"]:
            continue
        sr, skewness, kurtosis = moments(run.backtest.returns[before["name"]].to_numpy() - run.backtest.risk_free)
        n = len(run.backtest.returns)
        for variant, family in ((before, first), (after, last)):
            assert variant["inference"]["dsr"] == pytest.approx(
                deflated_sharpe_ratio(
                    sr, n, n_trials=family["n_effective"], trial_variance=1 / n, skewness=skewness, kurtosis=kurtosis
                )
            )
            assert variant["inference"]["haircut_sharpe"] == pytest.approx(
                haircut_sharpe_ratio(sr * np.sqrt(252), n, n_trials=family["n_effective"]).sharpe
            )
        assert after["inference"]["dsr"] < before["inference"]["dsr"]


def test_the_gate_of_earlier_trials_is_there_when_there_are_some(runs: dict[str, dict[str, Any]]) -> None:
    gates = {name: [gate["gate"] for gate in result["variants"][0]["gates"]] for name, result in runs.items()}
    usual = ["timing test", "raw returns", "rare losses", "out of sample", "costs", "episodes"]
    assert gates["alone"] == gates["first"] == gates["again"] == usual
    assert gates["more"] == gates["renamed"] == gates["last"] == [*usual, "all trials"]


def test_a_study_that_names_another_primary_is_noticed(runs: dict[str, dict[str, Any]]) -> None:
    for name, others in (("first", []), ("again", []), ("more", ["derisk"])):  # at another lag it is another
        assert [each.split("(")[0] for each in runs[name]["family"]["other_primaries"]] == others
    assert [name.split("(")[0] for name in runs["renamed"]["family"]["other_primaries"]] == ["derisk"]


def test_without_a_ledger_the_result_says_that_nothing_earlier_is_counted(runs: dict[str, dict[str, Any]]) -> None:
    assert runs["alone"]["family"]["earlier"] is None
    assert runs["alone"]["family"]["n_trials"] == 2


def test_a_run_that_fails_after_its_simulation_has_been_counted(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StopError(Exception):
        pass

    def stop(*_: object, **__: object) -> None:
        raise StopError

    monkeypatch.setattr(unlockstep.backtests.jobs.run, "judge", stop)
    with pytest.raises(StopError):
        run_study(QUICK, records=ledger)
    ((_, entries),) = ledger.entries()
    assert [entry.trial.spec.variant.split("(")[0] for entry in entries] == ["eth_leads", "derisk"]


def test_a_ledger_that_cannot_be_used_is_told_before_the_prices_are_read(tmp_path: Path) -> None:
    nowhere = Study.make(data=str(tmp_path / "no prices here"))
    with pytest.raises(LedgerError):
        run_into(nowhere, tmp_path / "run", ledger=tmp_path)
    assert not (tmp_path / "run").exists()
