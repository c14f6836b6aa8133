"""Panels of pairs whose truth is known, what is counted in them, and the command that counts it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.backtests.calibration.test_calibrate import called
from tests.backtests.sweep.test_kills import cluster
from tests.build import random_market
from tests.refusals import refused
from unlockstep.backtests.calibration.judge_universe import UniverseRecord, UniverseTask, judge_universe
from unlockstep.backtests.calibration.progress import SUMMARY, WORLDS
from unlockstep.backtests.calibration.universe import (
    UniverseCalibration,
    calibrate_universe,
    common_history,
    universe_rates,
)
from unlockstep.backtests.calibration.universe_worlds import KINDS, PERSISTENCE, panel
from unlockstep.signals.errors import ParameterError

NOTHING = np.empty((0, 0, 2))
SMALL: dict[str, Any] = {"kinds": ("factor", "unequal"), "pairs": (3,), "effects": (0.5,), "seed": 5}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two panels of two kinds, in one go."""
    out = tmp_path_factory.mktemp("universes") / "whole"
    calibrate_universe(UniverseCalibration(worlds=2, **SMALL), out, jobs=1)
    return out


@pytest.mark.parametrize("kind", KINDS)
def test_a_panel_is_what_it_is_said_to_be(kind: str) -> None:
    rng = np.random.default_rng(3)
    history = rng.normal(0, 0.01, (400, 14, 2))
    drawn = panel(kind, rng, 12, 1500, 500, history)
    lengths = [len(world.returns) for world in drawn.worlds]
    decided = np.stack([world.decided.close.to_numpy()[-500:] for world in drawn.worlds])
    moves = decided[:, 1:] / decided[:, :-1] - 1.0
    traded = np.stack([world.returns[-499:] for world in drawn.worlds])
    alike = np.allclose(moves, traded, atol=1e-9)
    assert alike == (kind not in ("persistent", "resampled"))  # there decisions know nothing of what is traded
    assert max(lengths) == 1500
    assert (min(lengths) < 1200) == (kind == "unequal")
    assert min(lengths) >= 500
    biggest = max(drawn.groups.count(group) for group in drawn.groups)
    assert biggest == (10 if kind == "dominated" else 3)
    if kind == "resampled":
        assert np.isin(traded, history).all()


def test_returns_of_a_persistent_panel_persist() -> None:
    drawn = panel("persistent", np.random.default_rng(4), 12, 6000, 500, NOTHING)
    returns = np.stack([world.returns[:, 1] for world in drawn.worlds])
    lagged = np.mean([np.corrcoef(each[1:], each[:-1])[0, 1] for each in returns])
    assert lagged == pytest.approx(PERSISTENCE, abs=0.05)


def test_the_pooled_truth_is_that_of_the_planted_ratios() -> None:
    # alike in every pair: of n effective pairs the pooled ratio is √n times the average one
    for third in (False, True):
        nothing, planted = judge_universe(UniverseTask("factor", 4, 1, 9, 0.5, third), history=NOTHING)
        assert (nothing.planted, nothing.true_pooled, nothing.third) == (0.0, 0.0, False)
        assert planted.planted == pytest.approx(0.5)
        assert planted.third == third
        homogeneous = 0.5 * np.sqrt(planted.effective_pairs)
        if third:  # in one pair of four it is 2.0, at the weight of that pair
            assert planted.true_pooled != pytest.approx(homogeneous)
        else:
            assert planted.true_pooled == pytest.approx(homogeneous)


def record(**changes: Any) -> UniverseRecord:
    content = {
        "kind": "factor", "pairs": 4, "world": 0, "planted": 0.0, "third": False, "true_pooled": 0.0, "edge": False,
        "timed": False, "chosen": "cannot tell", "bound_missed": False, "interval_missed": False, "standalone": 4,
        "missed_standalone": 0, "shrunk": 4, "missed_shrunk": 0, "single_edges": 0, "effective_pairs": 3.0,
        "detectable": 1.0,
    }  # fmt: skip
    return UniverseRecord.model_validate(content | changes)


def test_rates_count_worlds_and_pairs() -> None:
    without, planted = universe_rates(
        [
            record(
                planted=0.3, true_pooled=0.6, chosen="no edge", bound_missed=True, single_edges=1, missed_standalone=1
            ),
            record(
                planted=0.3,
                kind="linked",
                true_pooled=0.4,
                chosen="no edge",
                effective_pairs=2.0,
                standalone=2,
                shrunk=0,
            ),
            record(edge=True, timed=True, missed_shrunk=1),
            record(world=1, timed=True, interval_missed=True, chosen="no edge"),
        ]
    )
    assert (without.kind, without.planted, without.worlds) == ("factor", 0.0, 2)
    shares = [without.edge, without.timed, without.primary_no_edge, without.bound_missed, without.interval_missed]
    assert [rate.share for rate in shares] == [0.5, 1.0, 0.5, 0.0, 0.5]
    assert (without.shrunk_covered, without.standalone_covered, without.wrong_no_edge) == (7 / 8, 1.0, None)
    assert (planted.kind, planted.planted, planted.worlds) == (None, 0.3, 2)  # all kinds together
    assert planted.wrong_no_edge is not None
    assert (planted.worthwhile, planted.wrong_no_edge.share) == (1, 1.0)  # 0.4 is not worth trading
    assert (planted.single_edge, planted.effective_pairs) == (1 / 8, 2.5)
    # two pairs that vary have an interval each, and none that is shrunk: that takes three
    assert (planted.standalone_covered, planted.shrunk_covered) == (5 / 6, 1.0)


def test_common_sessions_are_those_of_all_pairs() -> None:
    long, short = random_market(1, 60), random_market(2, 60)
    later = short.slice(20)
    result = common_history([long, later])
    close = long.close.to_numpy()[20:]
    assert result.shape == (39, 2, 2)
    assert result[:, 0] == pytest.approx(close[1:] / close[:-1] - 1.0)


@pytest.mark.slow
def test_a_calibration_is_the_same_cut_and_on_any_number_of_processes(whole: Path, tmp_path: Path) -> None:
    expected = (whole / SUMMARY).read_bytes()
    both = tmp_path / "both"
    calibrate_universe(UniverseCalibration(worlds=2, **SMALL), both, jobs=2)
    assert (both / SUMMARY).read_bytes() == expected
    judged, cut = (whole / WORLDS).read_text().splitlines()[:2]
    (both / WORLDS).write_text(f"{judged}\n{cut[:100]}")
    calls: list[tuple[int, int]] = []
    calibrate_universe(
        UniverseCalibration(worlds=2, **SMALL), both, jobs=1, advance=lambda done, of: calls.append((done, of))
    )
    assert calls[0] == (1, 4)
    assert (both / SUMMARY).read_bytes() == expected


@pytest.mark.slow
def test_a_dask_cluster_judges_the_same_panels_alike(whole: Path, tmp_path: Path) -> None:
    with cluster(tmp_path, workers=2) as (address, _):
        out = tmp_path / "there"
        calibrate_universe(UniverseCalibration(worlds=2, **SMALL), out, jobs=1, scheduler=address)
    assert (out / SUMMARY).read_bytes() == (whole / SUMMARY).read_bytes()


@pytest.mark.parametrize(
    ("terms", "fields"),
    [
        ({"kinds": ("factr",)}, {"name": "factr"}),
        ({"pairs": (2,)}, {"name": "pairs", "limit": 3}),
        ({"kinds": ("resampled",), "pairs": (5,)}, {"name": "pairs", "limit": 0}),
        ({"worlds": 0}, {"name": "worlds", "limit": 1}),
        ({"effects": (4.0,)}, {"name": "effects", "limit": 3}),
    ],
)
def test_what_cannot_be_calibrated_is_refused(terms: dict[str, Any], fields: dict[str, Any]) -> None:
    with refused(ParameterError, **fields):
        UniverseCalibration(**terms)


def test_the_command_writes_the_summary_and_says_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = ("calibrate", "universe", "--worlds", "1", "--pairs", "3", "--kind", "factor", "--jobs", "1")
    status, printed, _ = called(capsys, monkeypatch, *words, "--planted", "none", "--out", out, "--json")
    assert status == 0
    summary = json.loads(printed)
    assert summary == json.loads((out / SUMMARY).read_text())
    assert [(r["kind"], r["pairs"], r["planted"], r["worlds"]) for r in summary["rates"]] == [("factor", 3, 0.0, 1)]
    status, _, complaint = called(capsys, monkeypatch, *words, "--planted", "detectable")
    assert (status, "Traceback" in complaint) == (2, False)
