"""A sweep from its study to its folder: every variant a row, the best by vectorbt, chance told, trials counted."""

import re
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

import unlockstep.backtests.sweep.plan as plan_module
from tests.backtests.sweep.build import GRID, Done, content, made, spaces, study
from tests.refusals import refused
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.engine import portfolio as engine
from unlockstep.backtests.jobs.run import run_into
from unlockstep.backtests.jobs.sweep import SweepRequest
from unlockstep.backtests.plugins.scaffold import starter
from unlockstep.backtests.results.holdout import split_holdout
from unlockstep.backtests.stats.pbo import overfitting_of, probability_of_backtest_overfitting
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.backtests.sweep import accounts
from unlockstep.backtests.sweep.accounts import FIGURES
from unlockstep.backtests.sweep.code_version import check_code, code
from unlockstep.backtests.sweep.grid import space_of
from unlockstep.backtests.sweep.plan import evaluate, plan_of
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.signals.errors import CodeError, HistoryError, ParameterError, ParityError, RunError, StudyError
from unlockstep.signals.market import Floats
from unlockstep.signals.signal import Columns, SignalCache
from unlockstep.strategies import Strategy
from unlockstep.strategies.derisk import Derisk
from unlockstep.strategies.registry import all_strategies


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return made(tmp_path_factory.mktemp("sweeps") / "one")


def test_every_variant_is_a_row_with_vectorbts_figures(swept: Done) -> None:
    table = pd.read_parquet(swept.place / "variants.parquet")
    assert len(table) == swept.result.variants == 27
    assert not table["ruined"].any()
    market = split_holdout(study(), cash=True).market
    terms = plan_of(study(), market, spaces()).terms
    space = spaces()[0]
    decisions = [space.variant(i).decide(market).since(terms.evaluated.sessions[0]) for i in range(27)]
    backtest = engine.run(terms.evaluated, decisions, terms.costs)
    excess = backtest.returns.sub(backtest.risk_free, axis=0)
    sharpe = excess.mean() / excess.std() * np.sqrt(252)
    np.testing.assert_allclose(table["sharpe"], sharpe, rtol=1e-9)
    for i in range(27):
        params = space.variant(i).params
        assert all(table[f"param_{name}"][i] == value for name, value in params.items())


def test_the_best_are_those_with_the_largest_t_as_the_timing_test_says(swept: Done) -> None:
    table = pd.read_parquet(swept.place / "variants.parquet")
    best = swept.result.best
    order = table["timing_t"].sort_values(ascending=False, kind="stable")
    assert [variant.number for variant in best] == table["number"][order.index[: len(best)]].tolist()
    assert [variant.inference.timing_t for variant in best] == pytest.approx(order[: len(best)].tolist())
    market = split_holdout(study()).market
    terms = plan_of(study(), market, spaces()).terms
    weights = np.stack(
        [
            spaces()[0]
            .variant(i)
            .decide(market)
            .weights_in_force(market.sessions)
            .fillna(0.0)
            .to_numpy()[terms.opening :]
            for i in range(27)
        ],
        axis=1,
    )[: len(terms.earned)]
    test = timing_test(weights, terms.earned)
    np.testing.assert_allclose(table["timing_t"], test.t, rtol=1e-9)
    leader = best[0]
    assert leader.inference.timing_p_family == pytest.approx(test.p_family[leader.number])
    assert swept.result.luck.p_family == leader.inference.timing_p_family


def test_the_check_against_vectorbt_is_told(swept: Done) -> None:
    check = swept.result.parity
    assert check.variants == 27
    assert 0 < check.largest <= check.limit == 1e-9


def test_values_add_up_to_all_variants(swept: Done) -> None:
    (space,) = swept.result.spaces
    assert set(space.by_value) == set(GRID)
    table = pd.read_parquet(swept.place / "variants.parquet")
    for name, rows in space.by_value.items():
        groups = table.dropna(subset="timing_t").groupby(f"param_{name}")["timing_t"]
        assert [row.variants for row in rows] == groups.size().tolist()
        assert [row.mean_t for row in rows] == pytest.approx(groups.mean().tolist())
        assert [row.best_t for row in rows] == pytest.approx(groups.max().tolist())


def test_observed_and_expected_numbers_add_up(swept: Done) -> None:
    content = swept.result.distribution
    varying = pd.read_parquet(swept.place / "variants.parquet")["timing_t"].notna().sum()
    assert sum(content.observed) == varying == swept.result.luck.vary
    assert sum(content.by_chance) == pytest.approx(varying)


def test_all_of_a_sweep_is_in_the_ledger_and_counts_for_later_runs(tmp_path: Path) -> None:
    ledger = tmp_path / "one.sqlite"
    swept = made(tmp_path / "one")
    assert swept.result.trials.trials == 27
    assert swept.result.trials.earlier == 0
    assert 1 < swept.result.trials.effective < 27
    run = run_into(study(variants=[{"strategy": "eth_leads"}]), tmp_path / "run", ledger=ledger).result
    assert run.family.n_trials == 28
    assert run.family.earlier == 27
    assert (run.family.n_effective or 0.0) > swept.result.trials.effective
    ((_, entries),) = [entry for entry in Ledger(ledger).entries() if len(entry[1]) > 1] or Ledger(ledger).entries()
    assert sum(entry.trial.variants for entry in entries) == 28


def test_a_second_sweep_knows_the_first(tmp_path: Path) -> None:
    ledger = tmp_path / "both.sqlite"
    made(tmp_path / "both")
    from unlockstep.backtests.jobs.sweep import sweep_into

    later = sweep_into(study(), SweepRequest(spaces("derisk", {}), workers=1), tmp_path / "two", ledger=ledger)
    assert later.trials.earlier == 27
    assert later.best[0].inference.timing_p_ever >= later.best[0].inference.timing_p_family


def test_the_bytes_are_the_same_for_one_worker_and_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_module, "BLOCK", 5)
    one = made(tmp_path / "one", SweepRequest(spaces(), workers=1))
    two = made(tmp_path / "two", SweepRequest(spaces(), workers=2))
    assert content(one.place) == content(two.place)


def test_what_was_cut_goes_on_to_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_module, "BLOCK", 4)
    whole = made(tmp_path / "whole")

    class CutError(Exception):
        pass

    seen: list[int] = []

    def cut(finished: int, of: int) -> None:
        seen.append(finished)
        if len(seen) == 4:
            raise CutError

    with pytest.raises(CutError):
        made(tmp_path / "cut", advance=cut)
    assert seen == [0, 4, 8, 12]
    with refused(RunError, remedy="--resume"):
        made(tmp_path / "cut")
    seen.clear()
    again = made(tmp_path / "cut", resume=True, advance=lambda n, _: seen.append(n))
    assert seen[0] == 12
    assert content(again.place) == content(whole.place)


def test_several_strategies_are_judged_on_the_same_sessions(tmp_path: Path) -> None:
    both = (*spaces("eth_leads", {"trend": [10, 21]}), *spaces("reconvergence", {"mode": ["rotation", "hedged"]}))
    swept = made(tmp_path / "both", SweepRequest(both, workers=1))
    table = pd.read_parquet(swept.place / "variants.parquet")
    assert table["strategy"].tolist() == ["eth_leads"] * 2 + ["reconvergence"] * 2
    assert table["param_mode"].tolist()[2:] == ["rotation", "hedged"]
    assert table["param_mode"].isna().tolist() == [True, True, False, False]
    assert table["param_trend"].isna().tolist() == [False, False, True, True]
    slowest = all_strategies()["reconvergence"]().warmup
    assert swept.result.data.evaluated.warmup == slowest


def test_contradictory_variants_are_counted_and_left_out(tmp_path: Path) -> None:
    grid = {"decouple_below": [0.1, 0.4], "couple_above": [0.3, 0.5]}
    swept = made(tmp_path / "some", SweepRequest(spaces("derisk", grid), workers=1))
    (space,) = swept.result.spaces
    assert (space.evaluated, space.contradictory) == (3, 1)
    assert pd.read_parquet(swept.place / "variants.parquet")["number"].tolist() == [0, 1, 3]


class Late(Derisk):
    """A user's own whose rule for arrays is a session late."""

    name: ClassVar[str] = "late"

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        crypto, equity = super().rules(signal_cache, columns)
        return np.roll(crypto, 1, axis=1), np.roll(equity, 1, axis=1)


class Wavering(Derisk):
    """A user's own whose rule decides otherwise each time, and with it its rule for arrays."""

    name: ClassVar[str] = "wavering"
    calls: ClassVar[list[int]] = []

    def rule(self, signals: pd.DataFrame) -> pd.DataFrame:
        self.calls.append(1)
        return super().rule(signals) * (0.5 + 0.4 / len(self.calls))

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        return Strategy.rules.__func__(cls, signal_cache, columns)  # type: ignore[attr-defined,no-any-return]


class Herd(Derisk):
    """A user's own whose rule for arrays answers of all variants what it answers of the first."""

    name: ClassVar[str] = "herd"

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        crypto, equity = super().rules(signal_cache, columns)
        return np.repeat(crypto[:1], len(crypto), axis=0), np.repeat(equity[:1], len(crypto), axis=0)


class Sound(Derisk):
    """A user's own that does what it says."""

    name: ClassVar[str] = "sound"


@pytest.mark.parametrize(("cls", "dated"), [(Late, 1), (Wavering, 1), (Herd, 0)])
def test_a_users_rule_for_arrays_that_says_something_else_is_found(
    cls: type[Strategy], dated: int, tmp_path: Path
) -> None:
    with refused(CodeError, name=re.compile(cls.name + r"\(.*\)"), limit=1e-9, remedy="mend") as refusal:
        made(tmp_path / "wrong", SweepRequest((space_of(cls, {"window": [60, 90]}),), workers=1))
    assert len(refusal.value.dates) == dated
    assert not (tmp_path / "wrong" / "sweep.json").exists()


@pytest.mark.parametrize("cls", [Derisk, Sound])
def test_a_kernel_that_errs_in_the_ninth_digit_is_no_fault_of_a_strategy(
    cls: type[Strategy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def wrong(*given, **options):  # type: ignore[no-untyped-def]
        simulated = accounts.simulate_decisions(*given, **options)
        simulated.figures[:, FIGURES.index("sharpe")] += 3e-9
        return simulated

    monkeypatch.setattr("unlockstep.backtests.sweep.plan.simulate_decisions", wrong)
    with refused(ParityError, name=re.compile(cls.name + r"\(.*\)"), limit=1e-9, remedy="report"):
        made(tmp_path / "wrong", SweepRequest((space_of(cls, {"window": [60, 90]}),), workers=1))


def test_costs_fill_and_period_are_the_studys(tmp_path: Path) -> None:
    base_study = study(fill="open", end="2024-06-28", costs={"fee_bps": {"ETH-USD": 50.0}})
    swept = made(tmp_path / "dear", study=base_study)
    assert swept.result.data.last == "2024-06-28"
    assert swept.result.study["costs"]["fee_bps"] == {"ETH-USD": 50.0}
    assert (swept.result.best[0].metrics.costs_paid or 0.0) > 0
    plan = plan_of(base_study, split_holdout(base_study).market, spaces())
    assert plan.terms.costs == Costs(fee_bps=(50.0, 1.0))
    assert plan.terms.fill == "open"


def test_too_short_a_history_is_told(tmp_path: Path) -> None:
    with refused(HistoryError, name="break_entry", limit=154 + 120):
        made(tmp_path / "short", study=study(end="2020-08-31"))


def test_a_finding_says_what_luck_explains(swept: Done) -> None:
    text = swept.result.finding
    p = swept.result.luck.p_family
    assert p is not None
    assert ("explains the best of them" in text) == (p > swept.result.luck.alpha)
    assert f"{swept.result.variants:,}" in text


def test_a_sweep_of_one_variant_or_of_copies_is_one_trial(tmp_path: Path) -> None:
    one = made(tmp_path / "one", SweepRequest(spaces("derisk", {"window": [90]}), workers=1))
    assert one.result.variants == 1
    assert one.result.trials.effective == 1.0
    copies = made(tmp_path / "copies", SweepRequest(spaces("barometer", {"threshold": [0.0, 1e-9]}), workers=1))
    assert copies.result.trials.effective == 1.0


def test_a_sweep_in_which_nothing_ever_changes_says_so(tmp_path: Path) -> None:
    still = made(tmp_path / "still", SweepRequest(spaces("break_entry", {"decouple_below": [-0.99, -0.98]}), workers=1))
    assert still.result.luck.vary == 0
    assert "None of 2 variants ever changes its position" in still.result.finding
    assert "none is in the ledger" in (still.place / "report.md").read_text(encoding="utf-8")


def test_a_space_of_contradictions_is_told_at_once(tmp_path: Path) -> None:
    grid = {"decouple_below": [0.6, 0.7], "couple_above": [0.3, 0.5]}
    with refused(ParameterError, name="derisk", limit=0.3):
        made(tmp_path / "none", SweepRequest(spaces("derisk", grid), workers=1))
    assert list(tmp_path.iterdir()) == [tmp_path / "none.sqlite"]


def with_rules(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    """Give `derisk` another rule for arrays, made of what the true one says."""
    cls = all_strategies()["derisk"]
    sound = cls.rules.__func__  # type: ignore[attr-defined]
    monkeypatch.setattr(cls, "rules", classmethod(lambda cls, *given: answer(*sound(cls, *given))))


@pytest.mark.parametrize(
    ("answer", "name", "limit"),
    [
        (lambda c, _: c, "derisk", 2),
        (
            lambda c, e: (c, e[:, :100]),
            "derisk",
            2,
        ),
        (lambda c, e: (c.astype(str), e), "derisk", 2),
        (lambda c, e: (c, np.where(c > 0, np.nan, e)), re.compile(r"derisk\(.*\)"), None),
        (lambda c, e: (c + 0.7, e), re.compile(r"derisk\(.*\)"), None),
    ],
)
def test_what_a_rule_for_arrays_may_not_answer_is_told(
    answer: Any, name: str | re.Pattern[str], limit: float | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rules(monkeypatch, answer)
    with refused(CodeError, name=name, limit=limit):
        made(tmp_path / "wrong", SweepRequest(spaces("derisk", {"window": [60, 90]}), workers=1))


def test_code_of_another_version_is_told() -> None:
    check_code(code())
    with refused(RunError, remedy="install the same"):
        check_code("0123456789ab")


def test_a_file_of_ones_own_is_audited_before_it_is_swept(tmp_path: Path) -> None:
    file = tmp_path / "my_rule.py"
    clean = starter("my_rule")["my_rule.py"]
    file.write_text(clean.replace('s["trend"] > 0', 's["trend"].shift(-1) > 0'))
    with refused(CodeError, name=str(file), remedy="--unaudited"):
        made_of(file, tmp_path / "leaks")
    assert not (tmp_path / "leaks").exists()
    (audit,) = made_of(file, tmp_path / "unaudited", unaudited=True).result.audits
    assert (audit.strategy, audit.audited) == ("my_rule", False)
    assert "Not audited for look-ahead: my_rule" in (tmp_path / "unaudited" / "report.md").read_text(encoding="utf-8")
    file.write_text(clean)
    (audit,) = made_of(file, tmp_path / "clean").result.audits
    assert (audit.audited, audit.of) == (True, 3)
    assert audit.cuts > 0


def made_of(file: Path, place: Path, **options: Any) -> Done:
    chosen = study(strategies=[str(file)])
    space = space_of(chosen.strategy_class("my_rule"), {"window": ["30", "60", "90"]})
    return made(place, SweepRequest((space,), workers=1), study=chosen, **options)


def test_variants_with_costs_of_their_own_are_refused_and_named_strategies_are_swept(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    file.write_text(
        'data = "demo"\nstart = 2020-01-01\n[[variants]]\nstrategy = "derisk"\n[variants.costs]\nfee_bps = 5.0\n'
    )
    market = split_holdout(study(), cash=True).market
    with refused(StudyError, name="derisk", remedy="name the strategies"):
        plan_of(Study.read(file), market, spaces("derisk", {"window": ["60", "90"]}))
    named = Study.read(file, strategies=["derisk"])
    assert plan_of(named, market, spaces("derisk", {"window": ["60", "90"]})).size == 2


def test_variants_that_decide_the_same_are_weighed_as_each_alone(tmp_path: Path) -> None:
    grid = {"window": ["60", "90"], "decouple_below": [f"{i / 100:.2f}" for i in range(0, 21, 2)], "hold": ["20", "60"]}
    market = split_holdout(study(), cash=True).market
    plan = plan_of(study(), market, spaces(grid=grid))
    space = plan.spaces[0]
    (swept,) = (evaluate(plan, block) for block in plan.blocks())
    columns = space.columns(0, space.size)
    crypto, equity = space.strategy.rules(plan.signal_cache, columns)
    alone = accounts.simulate(plan.terms, crypto, equity, space.warmups(columns))
    assert len(np.unique(alone.weights, axis=0)) < space.size  # or nothing is tested
    np.testing.assert_array_equal(swept.figures, alone.figures)
    null = plan.accumulator.accumulate(alone.returns, alone.weights)
    assert swept.null is not None
    assert swept.null.variants == null.variants
    np.testing.assert_array_equal(swept.null.counts, null.counts)
    np.testing.assert_array_equal(swept.null.whose, null.whose)
    np.testing.assert_allclose(swept.null.largest, null.largest, rtol=1e-12)
    np.testing.assert_allclose(swept.null.resampled, null.resampled, rtol=1e-12)
    assert swept.ranked is not None
    excess = alone.returns.T - plan.terms.evaluated.cash_returns[1:, None]
    expected = probability_of_backtest_overfitting(excess)
    assert overfitting_of([swept.ranked]).pbo == expected.pbo
    assert swept.ranked.variants == (excess.std(axis=0) > 1e-12).sum()
