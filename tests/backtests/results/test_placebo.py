"""Placebo pairs: one leg at a time replaced, judged as a study of that pair would be."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.engine.experiment import build_experiment
from unlockstep.backtests.jobs.run import run_study
from unlockstep.backtests.results.model.family import PlaceboPair
from unlockstep.backtests.results.placebo import placebo_pairs
from unlockstep.signals import SignalCache

FAST = {"strategy": "eth_leads", "params": {"trend": [10, 21]}}
PRIMARY = "eth_leads(trend=21)"


def write(folder: Path, ticker: str, first: str, last: str, seed: int) -> None:
    """Random prices of a ticker; cryptos have a row a day, the others a row a session."""
    begin, end = pd.Timestamp(first), pd.Timestamp(last)
    days = pd.date_range(begin, end) if ticker.endswith("-USD") else sessions_between(begin, end)
    close = 100.0 * np.exp(np.cumsum(0.01 * np.random.default_rng(seed).standard_normal(len(days))))
    frame = pd.DataFrame({"open": close, "high": close, "low": close, "close": close, "adj_close": close}, index=days)
    frame.rename_axis("date").to_csv(folder / f"{ticker}.csv")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pair and a third ticker, two years each; a fourth that ended before they began."""
    place = tmp_path_factory.mktemp("prices")
    for seed, ticker in enumerate(("ETH-USD", "IWM", "SPY")):
        write(place, ticker, "2018-01-02", "2019-12-31", seed)
    write(place, "TLT", "2012-01-03", "2013-12-31", 9)
    (place / "README.md").write_text("no prices")
    return place


def study(folder: Path, **values: Any) -> Study:
    return Study.make(data=str(folder), start=None, variants=[FAST], primary=PRIMARY, **values)


@pytest.fixture(scope="module")
def entries(folder: Path) -> list[PlaceboPair]:
    return placebo_pairs(study(folder))


def test_each_leg_in_turn_is_replaced_by_every_other_ticker(entries: list[PlaceboPair]) -> None:
    assert [entry.pair for entry in entries] == [
        ("ETH-USD", "SPY"), ("ETH-USD", "TLT"), ("SPY", "IWM"), ("TLT", "IWM"),
    ]  # fmt: skip


def test_the_figures_of_a_placebo_are_those_of_a_study_of_that_pair(folder: Path, entries: list[PlaceboPair]) -> None:
    entry = next(entry for entry in entries if entry.pair == ("SPY", "IWM"))
    run = run_study(study(folder, pair=("SPY", "IWM")))
    by_name = {v["name"]: v["inference"] for v in run.result.as_json()["variants"] if not v["benchmark"]}
    assert entry.primary_timing_ir == by_name[PRIMARY]["timing_ir"]
    assert entry.primary_timing_p == by_name[PRIMARY]["timing_p_shifts"]
    assert entry.best == min(by_name, key=lambda name: float(by_name[name]["timing_p_family_shifts"]))
    assert entry.best_p_family == min(inference["timing_p_family_shifts"] for inference in by_name.values())
    # from the session of the first decision on
    assert entry.first == str(run.weights.index[0].date())
    assert entry.last == run.result.as_json()["data"]["evaluated"]["last"]


def test_the_placebos_of_a_pair_differ_from_it_and_from_each_other(folder: Path, entries: list[PlaceboPair]) -> None:
    base_study = study(folder)
    market = load_market(base_study.data, base_study.pair, start=None, end=None, seed=0)
    experiment = build_experiment(base_study, SignalCache(market), base_study.strategies())
    assert experiment.primary == PRIMARY
    result = [entry.primary_timing_ir for entry in entries if entry.skipped is None]
    assert len({experiment.timing.information_ratio[experiment.place[PRIMARY]], *result}) == 3


def test_a_pair_without_a_common_period_is_skipped_with_a_sentence(entries: list[PlaceboPair]) -> None:
    skipped = [entry for entry in entries if entry.skipped is not None]
    assert [entry.pair for entry in skipped] == [("ETH-USD", "TLT"), ("TLT", "IWM")]
    for entry in skipped:
        assert entry.skipped is not None
        assert "TLT" in entry.skipped
        assert entry.skipped.endswith(".")
        assert "\n" not in entry.skipped


def test_a_pair_with_too_short_a_common_period_is_skipped_with_a_sentence(tmp_path: Path) -> None:
    for ticker, first in (("ETH-USD", "2018-01-02"), ("IWM", "2018-01-02"), ("SPY", "2019-10-01")):
        write(tmp_path, ticker, first, "2019-12-31", 1)
    result = placebo_pairs(study(tmp_path))
    assert len(result) == 2
    for entry in result:
        assert entry.skipped is not None
        assert "64 sessions" in entry.skipped  # of the last quarter of 2019
        assert "at least 120 more" in entry.skipped


def test_a_study_s_own_costs_and_fingerprint_do_not_stand_in_a_placebo_s_way(
    folder: Path, entries: list[PlaceboPair]
) -> None:
    pinned = study(folder, costs={"fee_bps": {"IWM": 3.0}}, data_sha256="0" * 64)
    assert placebo_pairs(pinned) == entries


def test_without_a_primary_only_the_best_is_told(folder: Path) -> None:
    none_named = Study.make(data=str(folder), start=None, variants=[FAST])
    result = next(entry for entry in placebo_pairs(none_named) if entry.skipped is None)
    assert result.best is not None
    assert result.best_p_family is not None
    assert (result.primary_timing_ir, result.primary_timing_p) == (None, None)


@pytest.mark.parametrize("data", ["demo", "demo:edge"])
def test_the_demo_has_no_placebos(data: str) -> None:
    assert placebo_pairs(Study.make(data=data)) == []


def test_a_folder_of_the_pair_alone_has_no_placebos(tmp_path: Path) -> None:
    for ticker in ("ETH-USD", "IWM"):
        write(tmp_path, ticker, "2018-01-02", "2019-12-31", 1)
    assert placebo_pairs(study(tmp_path)) == []
