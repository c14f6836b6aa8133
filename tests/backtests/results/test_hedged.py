"""The hedged pair beside the plain one: the same study on other legs, and trials like all others."""

import json
import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tests.backtests.sweep.build import spaces
from tests.refusals import refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.demo import demo_frames
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.engine.hedge import WINDOW
from unlockstep.backtests.jobs.run import Run, run_study
from unlockstep.backtests.jobs.sweep import SweepRequest, sweep_into
from unlockstep.backtests.results.stored_run import read_run
from unlockstep.backtests.trials.announcement import Announcement, UniverseAnnouncement
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.signals.errors import DataError, RunError, StudyError

HEDGES = ("BTC-USD", "SPY")
FIRST, LAST = date(2019, 1, 1), date(2022, 12, 30)
RULES = ["derisk", "eth_leads", "weekend_lead"]
STUDY = Study.make(strategies=RULES, primary="derisk", hedges=HEDGES, start=FIRST, end=LAST)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return Ledger.open(tmp_path_factory.mktemp("ledger") / "ledger.sqlite")


@pytest.fixture(scope="module")
def announced() -> list[Announcement | UniverseAnnouncement]:
    return []


@pytest.fixture(scope="module")
def run(ledger: Ledger, announced: list[Announcement | UniverseAnnouncement]) -> Run:
    return run_study(STUDY, records=ledger, announce=announced.append)


def test_betas_are_slopes_of_the_past_and_day_trades_are_left_out(run: Run) -> None:
    hedged = run.result.hedged
    assert hedged is not None
    assert hedged.pair == ("ETH-USD/BTC-USD", "IWM/SPY")
    assert hedged.window == WINDOW
    assert len(hedged.left_out) == 2  # follow and fade
    assert all(name.startswith("weekend_lead") for name in hedged.left_out)
    assert [v.name.split("(")[0] for v in hedged.variants] == ["derisk", "eth_leads"]
    market = load_market("demo", ("ETH-USD", "IWM", *HEDGES), start=FIRST, end=LAST, seed=STUDY.seed)
    months = market.sessions.month
    begins = max(t for t in range(1, len(months)) if months[t] != months[t - 1])
    for i, beta in enumerate(hedged.betas):
        y, x = (
            market.legs[j].close[begins - WINDOW : begins + 1][1:] / market.legs[j].close[begins - WINDOW : begins] - 1
            for j in (i, i + 2)
        )
        assert beta.last == pytest.approx(np.polyfit(x, y, 1)[0], abs=1e-9)
        assert (beta.leg, beta.hedge) == (market.tickers[i], market.tickers[i + 2])


def test_plain_figures_are_those_of_a_study_of_the_same_sessions(run: Run) -> None:
    hedged = run.result.hedged
    assert hedged is not None
    plain = run_study(
        Study.make(
            strategies=RULES[:2],
            primary="derisk",
            start=FIRST,
            end=LAST,
            evaluate_from=date.fromisoformat(hedged.first),
        )
    ).result
    assert (plain.data.evaluated.first, plain.data.evaluated.last) == (hedged.first, hedged.last)
    by_name = {variant.name: variant.inference for variant in plain.variants}
    for variant in hedged.variants:
        assert variant.plain.timing_ir == pytest.approx(by_name[variant.name].timing_ir, abs=1e-12)
        assert variant.hedged.timing_ir != pytest.approx(variant.plain.timing_ir, abs=0.01)


def test_its_variants_are_trials_of_the_same_study(
    run: Run, ledger: Ledger, announced: list[Announcement | UniverseAnnouncement]
) -> None:
    hedged = run.result.hedged
    assert hedged is not None
    named = {variant.name for variant in run.result.variants if not variant.benchmark}
    suffix = " on ETH-USD/BTC-USD | IWM/SPY"
    (study,) = ledger.recorded_studies()
    assert set(study.variants) == named | {f"{variant.name}{suffix}" for variant in hedged.variants}
    assert study.primary == run.result.primary
    assert study.primary is not None
    assert study.primary.startswith("derisk(")
    assert (announced[0].adds, announced[0].there) == (len(named) + hedged.trials, 0)
    family = run.result.family
    assert (family.n_trials, family.earlier) == (len(named) + 2, 0)
    assert family.n_effective > family.own_effective  # type: ignore[operator]
    assert run.result.shares == ()  # the first study on these prices has the whole error
    again: list[Announcement | UniverseAnnouncement] = []
    second = run_study(run.study, records=ledger, announce=again.append)
    assert (again[0].adds, again[0].there) == (0, len(named) + 2)
    assert second.result.hedged == hedged


def test_the_stored_study_pins_four_legs_and_their_costs(run: Run) -> None:
    stored = tomllib.loads(run.study.as_toml())
    assert tuple(stored["hedges"]) == HEDGES
    assert stored["costs"]["fee_bps"] == {"ETH-USD": 10.0, "IWM": 1.0, "BTC-USD": 10.0, "SPY": 1.0}
    market = load_market("demo", ("ETH-USD", "IWM", *HEDGES), start=FIRST, end=LAST, seed=STUDY.seed)
    assert stored["hedged_sha256"] == market.sha256
    with refused(DataError, name="hedged_sha256"):
        run_study(run.study.changed(hedged_sha256="ab" * 32))
    assert run.study.changed(pair=("BTC-USD", "SPY")).hedges is None
    assert run.study.changed(seed=8).hedged_sha256 is None


def test_a_stored_run_is_read_with_its_hedges_and_shows_what_they_cost(run: Run, tmp_path: Path) -> None:
    stored = read_run(run.save(tmp_path / "run"))
    assert stored.result.hedged is not None
    assert run.result.hedged is not None
    assert stored.result.hedged.model_dump() == run.result.hedged.model_dump()
    assert stored.result.study["hedges"] == list(HEDGES)
    report = (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
    for ticker in ("ETH-USD", "IWM", *HEDGES):
        assert f"Costs of {ticker}: fee" in report
    content = json.loads((tmp_path / "run" / "result.json").read_text(encoding="utf-8"))
    (tmp_path / "run" / "result.json").write_text(json.dumps({**content, "hedged": None}), encoding="utf-8")
    with refused(RunError, name=".hedged"):
        read_run(tmp_path / "run")


@pytest.mark.parametrize(
    "values",
    [
        {"hedges": ("BTC-USD", "IWM")},
        {"hedges": ("SPY", "SPY")},
        {"hedges": ("BTC-USD", "")},
        {"hedges": HEDGES, "legs": ("ETH-USD", "IWM", "QQQ")},
    ],
)
def test_hedges_that_cannot_be_are_refused(values: dict[str, tuple[str, ...]]) -> None:
    with refused(StudyError):
        Study.make(**values)


def test_a_hedge_without_prices_is_named_and_a_sweep_takes_no_hedges(tmp_path: Path) -> None:
    folder = tmp_path / "prices"
    folder.mkdir()
    for ticker, frame in demo_frames(edge=False, seed=7, further=("BTC-USD",)).items():
        frame.to_csv(folder / f"{ticker}.csv")
    with refused(DataError, name="SPY"):
        run_study(STUDY.changed(data=str(folder)))
    with refused(StudyError, name="hedges", remedy="leave hedges out"):
        run_study(Study.make(strategies=["weekend_lead"], hedges=HEDGES, start=FIRST, end=LAST))
    with refused(StudyError, name="hedges"):
        sweep_into(STUDY, SweepRequest(spaces("eth_leads", {})), tmp_path)
