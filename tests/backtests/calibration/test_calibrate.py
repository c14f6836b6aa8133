"""Calibrations: resumed where they were cut, the same on any number of processes, rates with exact intervals."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.backtests.nursery import command
from tests.backtests.sweep.test_kills import cluster
from tests.build import random_market
from tests.refusals import refused
from unlockstep.backtests.calibration.calibrate import EFFECTS, Calibration, calibrate, gate_rates, rates
from unlockstep.backtests.calibration.families import FAMILIES, FREE, SESSIONS
from unlockstep.backtests.calibration.judge_world import Task, WorldRecord, judge_world
from unlockstep.backtests.calibration.progress import SUMMARY, WORLDS
from unlockstep.backtests.calibration.rate import Rate
from unlockstep.backtests.calibration.worlds import KINDS
from unlockstep.backtests.cli import app as cli
from unlockstep.backtests.engine.experiment import build_experiment
from unlockstep.backtests.storage.atomic import PREFIX, alone
from unlockstep.signals import Market
from unlockstep.signals.errors import ParameterError, RunError
from unlockstep.signals.signal import SignalCache

SMALL: dict[str, Any] = {"kinds": ("garch", "linked"), "families": ("one",), "effects": (1.0,), "seed": 5}


@pytest.fixture(scope="module")
def market() -> Market:
    return random_market(21, 800)


def lines(folder: Path) -> list[Any]:
    """The records of every world, in an order of their own."""
    content = [json.loads(line) for line in (folder / WORLDS).read_text().splitlines() if line]
    return sorted(content, key=lambda records: (records[0]["world"], records[0]["kind"]))


@pytest.fixture(scope="module")
def whole(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three worlds of each kind, in one go."""
    out = tmp_path_factory.mktemp("calibrations") / "whole"
    calibrate(Calibration(worlds=3, **SMALL), market, out, jobs=1)
    return out


# ---------------------------------------------------------------------------------------------- what is judged


def test_every_world_is_judged_as_it_is_and_every_second_one_with_what_is_planted(whole: Path) -> None:
    result = {(r[0]["kind"], r[0]["world"]): [record["planted"] for record in r] for r in lines(whole)}
    assert result == {
        ("garch", 0): [0.0, 1.0], ("garch", 1): [0.0], ("garch", 2): [0.0, 1.0],
        ("linked", 0): [0.0, 1.0], ("linked", 1): [0.0], ("linked", 2): [0.0, 1.0],
    }  # fmt: skip


def test_the_summary_counts_the_worlds_of_every_group(whole: Path) -> None:
    summary = json.loads((whole / SUMMARY).read_text())
    counted = {(row["kind"], row["planted"]): row["worlds"] for row in summary["rates"]}
    assert counted == {("garch", 0.0): 3, ("garch", 1.0): 2, ("linked", 0.0): 3, ("linked", 1.0): 2}
    for row in summary["rates"]:
        shares = [row[name]["share"] for name in ("edge", "no_edge", "cannot_tell", "refused")]
        assert sum(shares) == pytest.approx(1.0)
        assert row["edge"]["share"] <= row["timing_test"]["share"]
    assert summary["worlds"] == 3
    assert summary["seed"] == 5


def test_the_gates_pass_no_more_worlds_than_the_test_before_them(market: Market, whole: Path) -> None:
    for row in json.loads((whole / SUMMARY).read_text())["gates"]:
        gates = [
            value
            for key, value in row.items()
            if key in ("raw returns", "rare losses", "out of sample", "costs", "episodes")
        ]
        assert all(row["all"] <= share <= row["at_alpha"] for share in gates)


@pytest.mark.slow
def test_a_dask_cluster_judges_the_same_worlds_alike(market: Market, whole: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with cluster(tmp_path, workers=2) as (address, _):
        calibrate(Calibration(worlds=3, **SMALL), market, tmp_path / "there", jobs=1, scheduler=address)
    assert (tmp_path / "there" / SUMMARY).read_bytes() == (whole / SUMMARY).read_bytes()


def test_a_large_planted_effect_is_found_and_the_world_without_it_has_none() -> None:
    plain, planted = judge_world(Task("garch", "one", 0, 1), FAMILIES["one"], np.zeros((10, 2)), (4.0,))
    assert (plain.planted, planted.planted) == (0.0, 4.0)
    assert planted.decision == planted.chosen == "edge"
    assert planted.timed
    assert plain.decision != "edge"


def test_none_stands_for_the_ratio_that_the_report_of_the_world_itself_gives_as_detectable() -> None:
    task, history = Task("garch", "one", 0, 1), np.zeros((10, 2))
    study = FAMILIES["one"].study
    rules = study.strategies()
    world = KINDS["garch"](np.random.default_rng([1, 0, 0]), SESSIONS + rules[0].warmup + study.lag + 1, history)
    report = build_experiment(study, SignalCache(world.decided), rules).redecided()
    _, unnamed, named = judge_world(task, FAMILIES["one"], history, (None, float(report.detectable[0])))
    assert unnamed.planted is None
    assert named == unnamed.model_copy(update={"planted": report.detectable[0]})


def test_tasks_alternate_kinds_and_families_so_that_a_cut_leaves_all_begun() -> None:
    tasks = Calibration(kinds=("garch", "drift"), families=("one", "default"), worlds=2, seed=3).tasks()
    assert [(t.world, t.kind, t.family) for t in tasks[:4]] == [
        (0, "garch", "one"), (0, "garch", "default"), (0, "drift", "one"), (0, "drift", "default"),
    ]  # fmt: skip
    assert len(tasks) == 8
    assert {t.seed for t in tasks} == {3}


def test_the_whole_calibration_is_every_kind_for_every_family() -> None:
    settings = Calibration()
    assert settings.kinds == tuple(KINDS)
    assert settings.families == ("one", "best of 20", "family of 30", "default")
    assert settings.effects == EFFECTS
    counts = {name: len([s for s in family.study.strategies() if not s.benchmark]) for name, family in FAMILIES.items()}
    assert counts == {"one": 1, "best of 20": 20, "family of 30": 30, "default": 9}


def test_all_families_but_the_default_trade_for_nothing() -> None:
    for name, family in FAMILIES.items():
        costs = family.study.engine_costs()
        paid = [*costs.fee_bps, *costs.slippage_bps, costs.borrow_rate]
        assert (sum(paid) == 0.0) == (name != "default")
    assert FREE["borrow_rate"] == 0.0


# ---------------------------------------------------------------------------------------------- cut and resumed


def test_a_calibration_that_is_carried_on_gives_the_bytes_of_one_in_one_go(
    market: Market, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "resumed"
    seen: list[tuple[int, int]] = []
    calibrate(Calibration(worlds=2, **SMALL), market, out, jobs=1)
    calibrate(Calibration(worlds=3, **SMALL), market, out, jobs=1, advance=lambda done, of: seen.append((done, of)))
    assert seen == [(4, 6), (5, 6), (6, 6)]  # only what was left
    assert lines(out) == lines(whole)
    assert (out / SUMMARY).read_bytes() == (whole / SUMMARY).read_bytes()


@pytest.fixture
def copied(whole: Path, tmp_path: Path) -> Path:
    out = tmp_path / "copied"
    out.mkdir()
    for path in whole.iterdir():
        (out / path.name).write_bytes(path.read_bytes())
    return out


@pytest.mark.parametrize("torn", ["half", "newline missing", "garbage"])
def test_a_line_that_was_being_written_when_it_was_cut_is_judged_again(
    market: Market, whole: Path, copied: Path, torn: str
) -> None:
    text = (copied / WORLDS).read_text()
    last = text.splitlines()[-1]
    without = text[: -len(last) - 1]
    tail = {"half": last[: len(last) // 2], "newline missing": last, "garbage": '[{"kind": "ga'}[torn]
    (copied / WORLDS).write_text(without + tail)
    (copied / SUMMARY).unlink()
    steps: list[int] = []
    calibrate(Calibration(worlds=3, **SMALL), market, copied, jobs=1, advance=lambda done, _: steps.append(done))
    assert steps[0] == (6 if torn == "newline missing" else 5)
    assert (copied / SUMMARY).read_bytes() == (whole / SUMMARY).read_bytes()
    # and once more: the torn line does no harm later either
    steps.clear()
    calibrate(Calibration(worlds=3, **SMALL), market, copied, jobs=1, advance=lambda done, _: steps.append(done))
    assert steps == [6]
    assert (copied / SUMMARY).read_bytes() == (whole / SUMMARY).read_bytes()


def test_fewer_worlds_than_are_judged_already_are_summed_up_alone(market: Market, whole: Path, copied: Path) -> None:
    fewer = calibrate(Calibration(worlds=1, **SMALL), market, copied, jobs=1)
    assert {row.worlds for row in fewer.rates} == {1}
    assert lines(copied) == lines(whole)


@pytest.mark.parametrize("other", [{"seed": 6}, {"effects": (1.0, 1.5)}, {"prices": 22}])
def test_another_seed_other_effects_and_other_prices_are_another_calibration(
    market: Market, copied: Path, other: dict[str, Any]
) -> None:
    prices = random_market(other["prices"], 800) if "prices" in other else market
    settings = {**SMALL, **{key: value for key, value in other.items() if key != "prices"}}
    before = (copied / WORLDS).read_bytes()
    with refused(RunError, remedy="--out"):
        calibrate(Calibration(worlds=1, **settings), prices, copied, jobs=1)
    assert (copied / WORLDS).read_bytes() == before


def test_a_folder_that_holds_anything_else_is_left_alone(market: Market, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with refused(RunError, remedy="--out"):
        calibrate(Calibration(worlds=1, **SMALL), market, tmp_path, jobs=1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_was_cut_before_its_first_file_is_begun_anew(market: Market, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "one"
    (out / f"{PREFIX}cut").mkdir(parents=True)
    (out / f"{PREFIX}cut" / "about.json").write_text("{")
    calibrate(Calibration(worlds=3, **SMALL), market, out, jobs=1)
    assert (out / SUMMARY).read_bytes() == (whole / SUMMARY).read_bytes()
    assert sorted(path.name for path in out.iterdir()) == ["about.json", SUMMARY, WORLDS]


def test_a_folder_that_another_process_calibrates_into_is_left_to_it(
    market: Market, copied: Path, tmp_path: Path
) -> None:
    before = {path.name: path.read_bytes() for path in copied.iterdir()}
    with alone(copied) as ours:
        assert ours
        with refused(RunError, name=re.compile(".*copied"), remedy="wait"):
            calibrate(Calibration(worlds=4, **SMALL), market, copied, jobs=1)
    assert {path.name: path.read_bytes() for path in copied.iterdir()} == before


def test_a_folder_that_vanishes_is_one_sentence(market: Market, copied: Path) -> None:
    def removed(done: int, of: int) -> None:
        shutil.rmtree(copied, ignore_errors=True)

    with refused(RunError, name=re.compile(".*copied"), remedy="start it again"):
        calibrate(Calibration(worlds=3, **SMALL), market, copied, jobs=1, advance=removed)


@pytest.mark.slow
def test_two_processes_judge_the_same_worlds_as_one(market: Market, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "two"
    calibrate(Calibration(worlds=3, **SMALL), market, out, jobs=2)
    assert lines(out) == lines(whole)
    assert (out / SUMMARY).read_bytes() == (whole / SUMMARY).read_bytes()


# ---------------------------------------------------------------------------------------------- rates


@pytest.mark.parametrize(
    ("hits", "worlds", "low", "high"),
    [
        # Clopper and Pearson (1934); no hit in n: 1 − 0.025^(1/n)
        (0, 10, 0.0, 0.3085),
        (10, 10, 0.6915, 1.0),
        (5, 100, 0.0164, 0.1128),
        (1, 1, 0.025, 1.0),
        (0, 1, 0.0, 0.975),
        (1, 20, 0.00127, 0.2487),
        (50, 100, 0.3983, 0.6017),
    ],
)
def test_the_interval_of_a_rate_is_clopper_and_pearson_s(hits: int, worlds: int, low: float, high: float) -> None:
    result = Rate.of(hits, worlds)
    assert result.share == hits / worlds
    assert (result.low, result.high) == pytest.approx((low, high), abs=6e-5)


def record(**values: Any) -> WorldRecord:
    """What the verdict said of one world."""
    return WorldRecord(**{"kind": "garch", "family": "one", "world": 0, "planted": 0.0, **values})


def test_rates_are_counted_by_kind_family_and_effect() -> None:
    records = [
        record(decision="edge", timed=True, nominal=True, chosen="edge", detectable=1.0, psr=True),
        record(decision="no edge", detectable=2.0),
        record(decision="cannot tell", nominal=True, detectable=4.0),
        record(),
        record(planted=1.0, decision="edge", bound_missed=True),
        record(kind="drift", decision="edge"),
    ]
    plain, planted, drift = rates(records)
    assert (plain.kind, plain.planted, plain.worlds, planted.planted) == ("garch", 0.0, 4, 1.0)
    shares = {name: getattr(plain, name).share for name in ("edge", "no_edge", "cannot_tell", "refused", "timing_test")}
    assert shares == {"edge": 0.25, "no_edge": 0.25, "cannot_tell": 0.25, "refused": 0.25, "timing_test": 0.5}
    assert (plain.naive_psr.share, plain.naive_dsr.share, plain.chosen_edge.share) == (0.25, 0, 0.25)
    assert plain.detectable == 2.0  # the median of those that have one
    assert planted.detectable is None
    assert planted.bound_missed.share == 1.0
    assert drift.kind == "drift"


def test_the_cost_of_each_gate_is_counted_among_all_worlds() -> None:
    records = [
        record(decision="edge", timed=True, nominal=True, with_gate={"raw returns": True, "costs": True}),
        record(decision="cannot tell", timed=True, with_gate={"raw returns": True, "costs": False}),
        record(decision="cannot tell", nominal=True),
        record(decision="cannot tell"),
    ]
    (row,) = gate_rates(records)
    assert (row.at_alpha, row.raw_returns, row.costs, row.all) == (0.5, 0.5, 0.25, 0.25)


@pytest.mark.parametrize(
    ("settings", "name", "limit", "choices"),
    [
        ({"kinds": ("garhc",)}, "garhc", None, ["garch"]),
        ({"families": ("best of 2",)}, "best of 2", None, ["best of 20"]),
        ({"worlds": 0}, "worlds", 1, None),
        ({"effects": (0.0,)}, "effects", 10, None),
        ({"effects": (float("nan"),)}, "effects", 10, None),
        ({"effects": (11.0,)}, "effects", 10, None),
    ],
)
def test_what_cannot_be_calibrated_is_refused(
    settings: dict[str, Any], name: str, limit: float | None, choices: list[str] | None
) -> None:
    with refused(ParameterError, name=name, limit=limit, choices=choices):
        Calibration(**settings)


# ---------------------------------------------------------------------------------------------- the command

COMMAND = ("calibrate", "--worlds", "1", "--family", "one", "--kind", "garch", "--planted", "1.0", "--jobs", "1")


def called(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str | Path
) -> tuple[int, str, str]:
    """(exit status, stdout, stderr) of a command in this process."""
    monkeypatch.setattr(sys, "argv", ["unlockstep", *map(str, words)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    printed = capsys.readouterr()
    return int(left.value.code or 0), printed.out, printed.err


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A calibration of one world from the command line, in a process of its own."""
    out = tmp_path_factory.mktemp("commands") / "one"
    return out, command(*COMMAND, "--out", out)


def test_the_command_prints_a_table_and_leaves_every_file(
    finished: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    out, done = finished
    assert done.returncode == 0
    assert done.stderr == ""
    assert "what was said" in done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines() if line.startswith("garch")] == ["garch", "garch"]
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80
    assert {path.name for path in out.iterdir()} == {"about.json", SUMMARY, "report.md", WORLDS}
    assert (out / "report.md").read_text().startswith("# Calibration of the verdict")


def test_the_command_s_json_is_the_summary_and_nothing_else(
    finished: tuple[Path, subprocess.CompletedProcess[str]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out, _ = finished
    status, printed, errors = called(capsys, monkeypatch, *COMMAND, "--out", out, "--json")
    assert (status, errors) == (0, "")
    assert printed == (out / SUMMARY).read_text()
    content = json.loads(printed, parse_constant=pytest.fail)  # no NaN, no Infinity
    assert [row["worlds"] for row in content["rates"]] == [1, 1]
    assert np.isfinite(content["rates"][0]["edge"]["high"])


def test_the_quiet_command_says_nothing(
    finished: tuple[Path, subprocess.CompletedProcess[str]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert called(capsys, monkeypatch, *COMMAND, "--out", finished[0], "--quiet") == (0, "", "")


def test_a_folder_that_is_no_calibration_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    status, printed, errors = called(capsys, monkeypatch, *COMMAND, "--out", tmp_path)
    assert (status, printed) == (1, "")
    assert errors.startswith("unlockstep: ")
    assert errors.count("\n") == 1
    assert "--out" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--kind", "garhc"), "did you mean 'garch'?"),
        (("--family", "on"), "did you mean 'one'?"),
        (("--worlds", "0"), "At least 1 world"),
        (("--planted", "-1"), "between 0 and 10"),
    ],
)
def test_a_misused_command_leaves_with_status_2_before_any_work(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, str],
    said: str,
) -> None:
    status, printed, errors = called(capsys, monkeypatch, "calibrate", *words, "--out", tmp_path / "new")
    assert (status, printed) == (2, "")
    assert said in errors
    assert not (tmp_path / "new").exists()
