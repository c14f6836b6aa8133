"""Comparisons and sweeps from Python: they are those of the command line, and nothing goes uncounted."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import unlockstep as ul
from tests.refusals import refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.jobs.compare import Comparison, compare_into
from unlockstep.backtests.jobs.run import Run
from unlockstep.backtests.jobs.sweep import SweepRequest, sweep_into
from unlockstep.backtests.jobs.swept import Sweep
from unlockstep.backtests.results.stored_run import read_run
from unlockstep.backtests.sweep.grid import space_of
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.signals import Signal, Trend
from unlockstep.signals.errors import ParameterError, RunError, StudyError
from unlockstep.strategies import Strategy, target
from unlockstep.strategies.eth_leads import EthLeads

OPTIONS: dict[str, Any] = {"data": "demo", "start": "2022-01-03"}
GRID = {"trend": range(20, 60, 10)}


class Mine(Strategy):
    """The same rule as `eth_leads`, without its rule for arrays."""

    name = "mine"
    statement = "S3c"
    hypothesis = "IWM follows where ETH has gone"

    trend: int = 21

    def signals(self) -> dict[str, Signal]:
        return {"trend": Trend(leg="crypto", window=self.trend)}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return target(0.0, (s["trend"] > 0).astype(float), where=s["trend"].notna())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("many")


@pytest.fixture(scope="module")
def runs(place: Path) -> dict[str, Run]:
    return {
        name: ul.run(strategies=EthLeads(trend=trend), ledger=place / "l.sqlite", **OPTIONS)
        for name, trend in (("short", 21), ("long", 42))
    }


@pytest.fixture(scope="module")
def compared(runs: dict[str, Run], place: Path) -> Comparison:
    return ul.compare(runs, ledger=place / "l.sqlite")


@pytest.fixture(scope="module")
def swept(place: Path) -> Sweep:
    return ul.sweep("eth_leads", GRID, ledger=place / "swept.sqlite", workers=1, **OPTIONS)


class TestCompare:
    def test_it_is_the_comparison_of_the_folders(
        self, runs: dict[str, Run], compared: Comparison, tmp_path: Path
    ) -> None:
        folders = [run.save(tmp_path / name) for name, run in runs.items()]
        content = compare_into([read_run(folder) for folder in folders], tmp_path / "both")
        assert compared.result == content
        again = ul.compare(folders, ledger=tmp_path / "l.sqlite")
        assert again.result == content
        assert ul.compare({"short": folders[0], "long": runs["long"]}).result == content

    def test_a_table_has_a_row_for_each_variant(self, runs: dict[str, Run], compared: Comparison) -> None:
        table = compared.variants
        assert list(table.index) == [(name, v.name) for name, run in runs.items() for v in run.variants]
        first = runs["short"].variants[0]
        figures = (first.verdict, first.metrics.sharpe, first.inference.timing_p)
        assert tuple(table[["verdict", "sharpe", "timing_p"]].iloc[0]) == figures
        assert table["timing_ir"].isna().tolist() == [v.benchmark for run in runs.values() for v in run.variants]

    def test_runs_without_a_name_are_numbered(self, runs: dict[str, Run]) -> None:
        unnamed = ul.compare([*runs.values()], rank=True)
        assert [run.run for run in unnamed.result.runs] == ["run 1", "run 2"]
        assert repr(unnamed).startswith("<Comparison of 2 runs: run 1 (SYNTHETIC prices): ")

    def test_it_shows_itself_and_writes_what_the_command_writes(self, compared: Comparison, tmp_path: Path) -> None:
        shown = compared._repr_html_()
        assert "What changed from short" in shown
        assert not re.search(r"<(script|style|link|img|iframe)\b|https?:", shown)
        place = compared.save(tmp_path / "both")
        assert sorted(path.name for path in place.iterdir()) == ["comparison.json", "report.html", "report.md"]
        assert compared.report(tmp_path / "r.md").read_text("utf-8") == (place / "report.md").read_text("utf-8")
        with pytest.raises(RunError):
            compared.save(place)

    def test_too_few_runs_and_other_baselines_are_one_sentence(self, runs: dict[str, Run], tmp_path: Path) -> None:
        with refused(StudyError, limit=2):
            ul.compare([runs["short"]])
        assert ul.compare({"short": runs["short"]}, baseline="short:hold_iwm").result.changes
        with refused(RunError, name="other"):
            ul.compare(runs, baseline="other")
        with pytest.raises(RunError):
            ul.compare([tmp_path, runs["short"]])


class TestSweep:
    def test_it_is_the_sweep_of_the_command(self, swept: Sweep, tmp_path: Path) -> None:
        request = SweepRequest((space_of(EthLeads, {"trend": ["20", "30", "40", "50"]}),), workers=1)
        study = Study(strategies="eth_leads", **OPTIONS)
        result = sweep_into(study, request, tmp_path / "sweep", ledger=tmp_path / "l.sqlite")
        assert swept.result.model_copy(update={"created_at": result.created_at}) == result
        pd.testing.assert_frame_equal(swept.variants, pd.read_parquet(tmp_path / "sweep" / "variants.parquet"))
        assert swept.report(tmp_path / "r.html").stat().st_size > 100_000
        assert swept.finding == result.finding
        assert swept.best == result.best
        assert repr(swept).startswith("<Sweep of 4 variants: SYNTHETIC prices, ETH-USD/IWM, 2022-")
        assert "4 variants" in swept._repr_html_()

    def test_its_variants_are_counted(self, swept: Sweep, place: Path) -> None:
        (trial,) = (entry.trial for _, entries in Ledger(place / "swept.sqlite").entries() for entry in entries)
        assert trial.variants == len(swept.variants) == 4

    def test_a_class_is_swept_in_this_process_to_the_same_figures(self, swept: Sweep, tmp_path: Path) -> None:
        mine = ul.sweep(Mine, {"trend": np.arange(20, 60, 10)}, ledger=tmp_path / "l.sqlite", **OPTIONS)
        figures = swept.variants.columns.difference(["strategy"])
        pd.testing.assert_frame_equal(mine.variants[figures], swept.variants[figures])
        assert mine.result.spaces[0].source["class"] == "Mine"

    def test_a_class_cannot_be_swept_elsewhere(self) -> None:
        for where in ({"workers": 2}, {"scheduler": "tcp://127.0.0.1:1"}):
            with refused(ParameterError, name="mine"):
                ul.sweep(Mine, **where, **OPTIONS)

    def test_a_folder_is_written_where_one_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        ul.sweep("eth_leads", {"trend": [20, 30]}, out="out", ledger="l.sqlite", workers=1, **OPTIONS)
        assert (tmp_path / "out" / "sweep.json").is_file()
        assert {path.name.split("-")[0] for path in tmp_path.iterdir()} == {"out", "l.sqlite"}

    @pytest.mark.parametrize(
        ("strategies", "grid"),
        [
            ("eth_leads", {"trnd": [20]}),
            ("eth_leads", {"derisk.window": [20]}),
            (["eth_leads", "derisk"], {"trend": [20]}),
            ("eth_leads", {"trend": []}),
            ("eth_leads", {"trend": [3]}),
            (EthLeads(trend=42), {"trend": [20]}),
            ("hold_iwm", {}),
        ],
    )
    def test_a_grid_that_fits_nothing_is_refused(self, strategies: Any, grid: dict[str, Any], tmp_path: Path) -> None:
        with pytest.raises(ParameterError):
            ul.sweep(strategies, grid, ledger=tmp_path / "l.sqlite", **OPTIONS)

    def test_parameters_of_several_strategies_say_whose_they_are(self, tmp_path: Path) -> None:
        grid = {"eth_leads.trend": [20, 30], "derisk.window": [60]}
        both = ul.sweep(["eth_leads", "derisk"], grid, ledger=tmp_path / "l.sqlite", workers=1, **OPTIONS)
        assert both.variants.groupby("strategy").size().to_dict() == {"derisk": 1, "eth_leads": 2}
