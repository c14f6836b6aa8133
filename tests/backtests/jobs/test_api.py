"""The jobs as functions of Python: what goes in, what comes out, and that nothing goes uncounted."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import unlockstep as ul
from tests.backtests.plugins.user_files import changed, written
from tests.backtests.reports.test_html import Page
from tests.refusals import refused
from unlockstep.backtests.config.chosen_strategies import Choice
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.variants import studied
from unlockstep.backtests.data.demo import demo_frames
from unlockstep.backtests.jobs.run import Run
from unlockstep.backtests.plugins.class_loader import class_sha256
from unlockstep.backtests.results.stored_run import StoredRun, read_run
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.signals import Signal, Trend
from unlockstep.signals.errors import CodeError, DataError, RunError, StudyError
from unlockstep.strategies import Strategy, target
from unlockstep.strategies.eth_leads import EthLeads

QUICK = Study.make(data="demo", variants=studied(["eth_leads"]), start="2022-01-03")
TOML = 'data = "demo"\nstart = 2022-01-03\nvariants = [{strategy = "eth_leads"}]\n'


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return ul.run(QUICK, ledger=tmp_path_factory.mktemp("api") / "ledger.sqlite")


@pytest.fixture(scope="module")
def commanded(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    """The same study, run by the command line."""
    folder = tmp_path_factory.mktemp("command")
    (folder / "study.toml").write_text(TOML)
    command = [
        sys.executable,
        "-m",
        "unlockstep",
        "run",
        "study.toml",
        "--out",
        "run",
        "--ledger",
        "l.sqlite",
        "--quiet",
    ]
    subprocess.run(command, cwd=folder, check=True)
    return read_run(folder / "run")


def trials(ledger: Path) -> list[str]:
    return [entry.trial.spec.variant for _, entries in Ledger(ledger).entries() for entry in entries]


class TestRun:
    def test_a_study_a_file_and_options_give_the_same_run(self, ran: Run, tmp_path: Path) -> None:
        file = tmp_path / "study.toml"
        file.write_text(TOML)
        ledger = tmp_path / "ledger.sqlite"
        variants = [{"strategy": "eth_leads"}]
        for other in (
            ul.run(str(file), ledger=str(ledger)),
            ul.run(Study.make(data="demo"), start="2022-01-03", variants=variants, ledger=ledger),
        ):
            assert other.study == ran.study
            pd.testing.assert_frame_equal(other.returns, ran.returns)
        assert trials(ledger) == ["eth_leads(trend=21)"]

    def test_its_attributes_are_what_the_folder_holds(self, ran: Run, commanded: StoredRun) -> None:
        assert repr(ran).startswith("<Run: SYNTHETIC prices, ETH-USD/IWM, 2022-")
        assert ran.verdict.decision == commanded.result.verdict.decision
        assert ran.verdict.reasons == commanded.result.verdict.reasons
        assert [v.name for v in ran.variants] == [v.name for v in commanded.result.variants]
        for name in ("returns", "weights", "trades", "signals"):
            frame, written = getattr(ran, name), commanded.frames[name]
            pd.testing.assert_frame_equal(frame[written.columns], written, check_freq=False)
        assert {*ran.trades} - {*commanded.frames["trades"]} == {"cause"}  # the file has it where it does not follow

    def test_the_portfolio_is_vectorbts_own(self, ran: Run) -> None:
        portfolio = ran.portfolio["hold_iwm"]
        over_cash = (1 + ran.returns["hold_iwm"]) / (1 + ran.returns["cash"])
        assert portfolio.total_return() == pytest.approx(np.prod(over_cash) - 1, rel=1e-9)

    def test_saving_writes_the_folder_that_the_command_line_writes(
        self, ran: Run, commanded: StoredRun, tmp_path: Path
    ) -> None:
        place = ran.save(tmp_path / "saved")
        assert sorted(path.name for path in place.iterdir()) == sorted(path.name for path in commanded.path.iterdir())
        result = read_run(place).result
        assert result.model_copy(update={"created_at": commanded.result.created_at}) == commanded.result
        for name in ("returns", "weights", "trades", "signals"):
            assert (place / f"{name}.parquet").read_bytes() == (commanded.path / f"{name}.parquet").read_bytes()
        with pytest.raises(RunError):
            ran.save(place)
        ran.save(str(place), force=True)

    def test_a_report_is_one_file(self, ran: Run, tmp_path: Path) -> None:
        for name in ("report.html", "report.md"):
            assert ran.report(tmp_path / name).read_text(encoding="utf-8")
            assert ran.report(str(tmp_path / name)).is_file()
        assert ran.verdict.decision in Page((tmp_path / "report.html").read_text(encoding="utf-8")).text.lower()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.md"]
        with pytest.raises(RunError):
            ran.report(tmp_path / "report.pdf")
        with pytest.raises(RunError):
            ran.report(tmp_path / "nowhere" / "report.html")

    def test_it_writes_nothing_but_its_trials(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("UNLOCKSTEP_LEDGER", str(tmp_path / "mine.sqlite"))
        ul.run(QUICK)
        assert {path.name.split("-")[0] for path in tmp_path.iterdir()} == {"mine.sqlite"}
        assert trials(tmp_path / "mine.sqlite") == ["eth_leads(trend=21)"]

    def test_wrong_options_are_one_sentence(self) -> None:
        with pytest.raises(StudyError):
            ul.run(data="demo", seed=-1)
        with pytest.raises(StudyError):
            ul.run("nowhere.toml")
        for data in (3, FRAMES["IWM"], [FRAMES["IWM"]]):
            with refused(StudyError, name=type(data).__name__):
                ul.run(data=data)  # type: ignore[arg-type]
        with pytest.raises(ul.UnlockstepError):
            ul.run(QUICK, windw=3)  # type: ignore[call-arg]

    def test_other_prices_let_the_pin_go(self, ran: Run) -> None:
        assert ran.study.data_sha256
        assert ran.study.changed(seed=8).data_sha256 is None
        assert ran.study.changed(lag=2).data_sha256 == ran.study.data_sha256
        assert ran.study.changed(seed=8, data_sha256="ab").data_sha256 == "ab"


class Mine(Strategy):
    """The same rule as `eth_leads`."""

    name = "mine"
    statement = "S3c"
    hypothesis = "IWM follows where ETH has gone"

    window: int = 21

    def signals(self) -> dict[str, Signal]:
        return {"trend": Trend(leg="crypto", window=self.window)}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return target(0.0, (s["trend"] > 0).astype(float), where=s["trend"].notna())


def short(**options: Any) -> Run:
    """A run on four years of the demo."""
    return ul.run(data="demo", start="2022-01-03", **options)


@pytest.fixture(scope="module")
def of_class(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return short(strategies=[Mine(), Mine(window=42)], ledger=tmp_path_factory.getbasetemp() / "mine.sqlite")


class TestStrategies:
    def test_a_name_a_class_and_an_instance_of_a_built_in_one_are_the_same(self) -> None:
        choices: tuple[Choice | list[Choice], ...] = ("eth_leads", [EthLeads], EthLeads(trend=21))
        for choice in choices:
            study = Study(data="demo", start="2022-01-03", strategies=choice)
            assert study.strategies() == QUICK.strategies()
            assert (study.files, study.classes) == ({}, {})

    def test_a_class_decides_as_the_same_rule_in_a_file_does(self, of_class: Run, tmp_path: Path) -> None:
        assert [v.name for v in of_class.variants if not v.benchmark] == ["mine(window=21)", "mine(window=42)"]
        written(tmp_path)
        file = tmp_path / "my_rule.py"
        assert Study(strategies=file) == Study(strategies=str(file))
        both = short(strategies=[file, Mine(window=20)], ledger=tmp_path / "l.sqlite").returns
        pd.testing.assert_series_equal(both["my_rule(window=20)"], both["mine(window=20)"], check_names=False)

    def test_what_is_saved_says_that_the_class_is_in_no_file(self, of_class: Run, tmp_path: Path) -> None:
        sha256 = class_sha256(Mine)
        assert of_class.study.classes == {"mine": sha256}
        assert of_class.variants[0].source == {"class": "Mine", "sha256": sha256}
        place = of_class.save(tmp_path / "run")
        assert f"class Mine, given in Python and in no file, sha256 {sha256[:8]}" in (place / "report.md").read_text()
        with refused(StudyError, name="mine", remedy="strategies="):
            ul.run(place / "study.toml")
        again = ul.run(place / "study.toml", strategies=[Mine(), Mine(window=42)], ledger=tmp_path / "l.sqlite")
        assert again.study == of_class.study
        pd.testing.assert_frame_equal(again.returns, of_class.returns)

    def test_a_study_carries_its_classes_for_as_long_as_the_process_lives(self, of_class: Run, tmp_path: Path) -> None:
        later = ul.run(of_class.study, lag=2, ledger=tmp_path / "l.sqlite")
        assert [later.study.classes, [*later.returns]] == [of_class.study.classes, [*of_class.returns]]
        assert of_class.study.changed(strategies="derisk").classes == {}

    def test_a_class_is_counted_by_its_source(
        self, of_class: Run, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
    ) -> None:
        ledger = tmp_path / "ledger.sqlite"
        shutil.copyfile(tmp_path_factory.getbasetemp() / "mine.sqlite", ledger)
        short(strategies=[Mine(), Mine(window=42)], ledger=ledger)  # as `of_class` has tried
        specs = {entry.trial.spec for _, entries in Ledger(ledger).entries() for entry in entries}
        tried = {v.name for v in of_class.variants if not v.benchmark}
        assert {(spec.variant, spec.file) for spec in specs} == {(name, class_sha256(Mine)) for name in tried}
        assert len(specs) == 2
        source = Path(__file__).read_text(encoding="utf-8")
        text = source[source.index("class Mine(") : source.index("def short(")]
        names = {**globals(), "__name__": "__main__"}
        exec(text.replace("> 0", "> 0.5"), names)
        short(strategies=[names["Mine"]], ledger=ledger)
        assert len({entry.trial.spec.file for _, entries in Ledger(ledger).entries() for entry in entries}) == 2

    def test_two_of_one_name_are_refused(self, tmp_path: Path) -> None:
        other = type("Other", (Mine,), {"__module__": __name__})
        with refused(CodeError, name="mine", remedy="rename"):
            Study(strategies=[Mine, other])
        written(tmp_path, changed('name = "my_rule"', 'name = "mine"'))
        with refused(CodeError, name="mine", remedy="rename"):
            Study(strategies=[Mine, tmp_path / "my_rule.py"])

    @pytest.mark.parametrize("choice", [3, Trend, Trend(leg="crypto"), None, ["derisk", object()]])
    def test_what_is_no_strategy_is_named(self, choice: Any) -> None:
        with refused(StudyError, name=re.compile("int|Trend|NoneType|object")):
            Study(strategies=choice)

    def test_strategies_and_variants_are_two_ways_to_say_one_thing(self) -> None:
        with refused(StudyError, remedy="leave one"):
            Study(strategies="derisk", variants=[{"strategy": "derisk"}])

    def test_a_file_cannot_say_strategies(self, tmp_path: Path) -> None:
        (tmp_path / "study.toml").write_text('strategies = ["derisk"]\n')
        with refused(StudyError, name="strategies", line=1):
            ul.run(tmp_path / "study.toml")


FRAMES = {ticker: frame[frame.index >= "2022-01-01"] for ticker, frame in demo_frames(edge=False, seed=5).items()}
OTHER = {ticker: frame[frame.index >= "2022-01-01"] for ticker, frame in demo_frames(edge=False, seed=6).items()}


@pytest.fixture(scope="module")
def of_frames(tmp_path_factory: pytest.TempPathFactory) -> Run:
    ledger = tmp_path_factory.mktemp("frames") / "l.sqlite"
    return ul.run(data={**FRAMES, "SPY": OTHER["IWM"]}, strategies="eth_leads", ledger=ledger)


class TestFrames:
    def test_they_give_what_a_folder_of_the_same_prices_gives(self, of_frames: Run, tmp_path: Path) -> None:
        for ticker, frame in {**FRAMES, "SPY": OTHER["IWM"]}.items():
            frame.to_csv(tmp_path / f"{ticker}.csv")
        folder = ul.run(data=tmp_path, strategies="eth_leads", ledger=tmp_path / "l.sqlite")
        for name in ("returns", "weights", "trades", "signals"):
            pd.testing.assert_frame_equal(getattr(of_frames, name), getattr(folder, name))
        mine, theirs = of_frames.result.as_json(), folder.result.as_json()
        assert [entry["pair"] for entry in mine["placebo"]] == [["ETH-USD", "SPY"], ["SPY", "IWM"]]
        for result in (mine, theirs):
            result["data"].pop("source"), result["data"].pop("notes"), result["study"].pop("data")
            lacking = result["statements"]["S3b"]  # BTC-USD, of frames or of a folder
            lacking["finding"] = lacking["finding"].removesuffix(f" {lacking.pop('no_links')}")
        assert mine == theirs

    def test_what_is_saved_says_that_the_prices_are_in_no_file(self, of_frames: Run, tmp_path: Path) -> None:
        place = of_frames.save(tmp_path / "run")
        assert of_frames.study.data == "frames"
        assert of_frames.study.data_sha256 == of_frames.result.data.sha256
        assert "unlockstep.run(" in (place / "report.md").read_text(encoding="utf-8")
        with refused(StudyError, remedy="data="):
            ul.run(place / "study.toml", ledger=tmp_path / "l.sqlite")

    def test_the_saved_study_takes_the_same_frames_and_no_others(self, of_frames: Run, tmp_path: Path) -> None:
        study, ledger = of_frames.save(tmp_path / "run") / "study.toml", tmp_path / "l.sqlite"
        again = ul.run(study, data=FRAMES, ledger=ledger)
        assert again.study.as_toml() == of_frames.study.as_toml()
        pd.testing.assert_frame_equal(again.returns, of_frames.returns)
        assert repr(again).startswith("<Run: ETH-USD/IWM, 2022-")
        with refused(DataError, name="data_sha256", remedy="data_sha256"):
            ul.run(study, data=OTHER, ledger=ledger)
        assert of_frames.study.changed(data=OTHER, data_sha256=None).data_sha256 is None

    def test_a_pair_is_read_off_two_frames(self, tmp_path: Path) -> None:
        frames = {"SPY": FRAMES["IWM"], "BTC-USD": FRAMES["ETH-USD"]}
        assert Study(data=frames).pair == ("BTC-USD", "SPY")
        assert Study(data=frames, pair=("SPY", "BTC-USD")).pair == ("SPY", "BTC-USD")
        with refused(DataError, name="IWM"):
            ul.run(data=frames, pair=("BTC-USD", "IWM"), ledger=tmp_path / "l.sqlite")

    def test_a_study_carries_its_frames_until_it_is_given_other_prices(self, of_frames: Run) -> None:
        assert of_frames.study.frames is not None
        assert of_frames.study.changed(lag=2).frames is of_frames.study.frames
        demo = of_frames.study.changed(data="demo")
        assert (demo.data, demo.frames, demo.data_sha256) == ("demo", None, None)

    def test_what_a_file_would_be_refused_for_a_frame_is(self, tmp_path: Path) -> None:
        gap = {**FRAMES, "IWM": FRAMES["IWM"].drop(pd.Timestamp("2024-03-05"))}
        with refused(DataError, name="IWM", dates=["2024-03-05"]):
            ul.run(data=gap, ledger=tmp_path / "l.sqlite")
