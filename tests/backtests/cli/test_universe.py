"""`unlockstep universe` as a user meets it: the folder, the page, the terminal, and what it refuses."""

import io
import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator
from rich.console import Console

import unlockstep as ul
from docs.generate_reference import UNIVERSE_SCHEMA
from tests.backtests.cli.test_app import refusal_of
from tests.backtests.nursery import command
from tests.backtests.reports import figures
from tests.backtests.reports.test_html import Page
from tests.backtests.reports.text.test_glossary import unexplained
from tests.backtests.sweep.test_kills import cluster
from unlockstep.backtests.config.universe import Universe
from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.backtests.jobs.universe_files import folder_names
from unlockstep.backtests.reports.text.folding import folding
from unlockstep.backtests.reports.universe.terminal import show_universe
from unlockstep.backtests.reports.universe.wording import heterogeneity_words
from unlockstep.backtests.results.model.universe import UniverseResult
from unlockstep.backtests.results.stored_run import read_run
from unlockstep.backtests.trials.announcement import UniverseAnnouncement
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.signals.errors import DataError, RunError, StudyError

PAIRS = (("ETH-USD", "IWM"), ("GLD", "TLT"), ("SPY", "IWM"), ("GDX", "GLD"))
NOTED = PAIRS[0]
TERMS = """start = 2018-01-01
primary = "derisk"

[costs]
cash_rate = 0.02

[[variants]]
strategy = "derisk"

[[variants]]
strategy = "eth_leads"
"""


def file_of(folder: Path, pairs: tuple[tuple[str, str], ...] = PAIRS) -> Path:
    """A universe file; pairs of the same second leg are of one group."""
    place = folder / "four.toml"
    listed = [
        f'[[pairs]]\npair = ["{a}", "{b}"]\ngroup = "beside {b}"\nreason = "Both | move with <b>risk</b>."\n'
        for a, b in pairs
    ]
    place.write_text("\n".join([TERMS, *listed]), encoding="utf-8")
    return place


def write_prices(folder: Path, first: str = "2018-01-01", last: str = "2021-12-31") -> Path:
    """Random prices whose returns have a factor in common, a file a ticker; the folder."""
    draw = np.random.default_rng(3)
    days = pd.date_range(first, last)
    common = pd.Series(draw.standard_normal(len(days)), days)
    for ticker in ("ETH-USD", "IWM", "GLD", "TLT", "SPY", "GDX"):
        dates = days if ticker == "ETH-USD" else sessions_between(days[0], days[-1])
        steps = 0.6 * common[dates] + 0.8 * draw.standard_normal(len(dates))
        close = 100.0 * np.exp(0.01 * steps.cumsum())
        frame = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close", "adj_close"), close), index=dates)
        frame.rename_axis("date").to_csv(folder / f"{ticker}.csv")
    return folder


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_prices(tmp_path_factory.mktemp("prices"))


@pytest.fixture(scope="module")
def finished(prices: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a universe of four pairs, and what the command printed."""
    place = tmp_path_factory.mktemp("universe")
    words = ("universe", file_of(place), "--data", prices, "--workers", "1", "--ledger", place / "ledger.sqlite")
    done = command(*words, "--out", place / "one")
    assert done.returncode == 0, done.stderr
    assert done.stderr == f"{UniverseAnnouncement(adds=8, pairs=4, later=0, there=0).sentence}\n"
    return place / "one", done.stdout


@pytest.fixture(scope="module")
def content(finished: tuple[Path, str]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((finished[0] / "universe.json").read_text())
    return read


def shown_at(width: int, result: UniverseResult) -> str:
    """What the terminal's report prints in so many columns."""

    class Folding(Console):
        def print(self, *objects: Any, **options: Any) -> None:
            super().print(*map(folding, objects), crop=False, **options)

    console = Folding(width=width, file=io.StringIO(), highlight=False, markup=False)
    show_universe(console, result)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_universe_leaves_four_files_and_a_report_in_eighty_columns(finished: tuple[Path, str]) -> None:
    out, printed = finished
    assert {path.name for path in out.iterdir()} == {"universe.json", "universe.toml", "report.html", "report.md"}
    assert max(map(len, printed.splitlines()[:-1])) <= 80  # the last holds the path
    printed = " ".join(printed.split())
    for words in ("The mechanism, on all pairs:", "This pair, ETH-USD/IWM", "it decides nothing", "Mechanism:"):
        assert words in printed


def test_the_content_fits_its_schema_and_its_model_loses_nothing(content: dict[str, Any]) -> None:
    schema = json.loads(UNIVERSE_SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(content)
    assert UniverseResult.of(content).as_json() == content


def test_the_noted_pair_has_the_verdict_of_its_own_run_and_no_other_has_one(
    content: dict[str, Any], prices: Path, tmp_path: Path
) -> None:
    by_pair = {tuple(pair["pair"]): pair["standalone"] for pair in content["pairs"]}
    assert [pair for pair, standalone in by_pair.items() if standalone is not None] == [NOTED]
    study = tmp_path / "study.toml"
    study.write_text(TERMS)
    run = ul.run(study, data=prices, pair=NOTED, ledger=tmp_path / "ledger.sqlite")
    assert by_pair[NOTED]["decision"] == run.verdict.decision
    expected = {
        v.name: (v.inference.timing_ir, v.inference.timing_p, v.inference.timing_p_family, v.verdict)
        for v in run.variants
        if not v.benchmark
    }
    assert {
        v["name"]: (v["timing_ir"], v["timing_p"], v["timing_p_family"], v["decision"])
        for v in by_pair[NOTED]["variants"]
    } == expected
    number = list(by_pair).index(NOTED)
    for one in content["strategies"]:
        estimate = one["estimates"][number]
        assert estimate["timing_ir"] == expected[one["name"]][0]
        assert estimate["pooled_ir"] != estimate["timing_ir"]


def test_each_pairs_trials_are_recorded_on_its_own_prices_and_a_later_run_confirms_nothing(
    finished: tuple[Path, str], content: dict[str, Any], prices: Path, tmp_path: Path
) -> None:
    ledger = Ledger(finished[0].parent / "ledger.sqlite")
    recorded = {data.tickers: entries for data, entries in ledger.entries()}
    names = {one["name"] for one in content["strategies"]}
    assert set(recorded) == {tuple(sorted(pair)) for pair in PAIRS}
    assert all({entry.trial.spec.variant for entry in entries} == names for entries in recorded.values())
    assert all(len(entries) == 2 for entries in recorded.values())
    assert ledger.studies_pending() == frozenset()

    study = tmp_path / "study.toml"
    study.write_text(f'pair = ["GLD", "TLT"]\n{TERMS}\n[[variants]]\nstrategy = "barometer"\n')
    words = ("run", study, "--data", prices, "--ledger", shutil.copy(ledger.path, tmp_path), "--out", tmp_path / "one")
    done = command(*words, "--fee-bps", "20")
    assert done.returncode == 0, done.stderr
    stored = read_run(tmp_path / "one")
    (origin,) = stored.result.universes
    assert (origin.universe, origin.pairs, set(origin.variants)) == ("four", 4, names)
    labels = [variant.label for variant in stored.result.variants if variant.name in names]
    page = Page((tmp_path / "one" / "report.html").read_text(encoding="utf-8")).text
    for report in (done.stdout, (tmp_path / "one" / "report.md").read_text(encoding="utf-8"), page):
        report = " ".join(report.split())
        assert f"First tried in the universe four on {origin.day}, of whose 4 pairs this is one: " in report
        assert f"{' and '.join(labels)}. This run uses the same prices" in report
    apart = ul.run(study, data=prices, pair=("SPY", "GLD"), ledger=tmp_path / "ledger.sqlite")
    assert apart.result.universes == ()


def test_every_figure_of_the_page_is_in_the_file_and_has_a_meaning(
    finished: tuple[Path, str], content: dict[str, Any]
) -> None:
    page = (finished[0] / "report.html").read_text(encoding="utf-8")
    pieces = figures.Shown(page).pieces
    assert len([place for place, value, _ in pieces if place and value]) > 100
    assert unexplained([place for place, value, _ in pieces if place and value]) == []
    assert figures.unknown_figures(page, {"universe.json": content}) == []
    read = Page(page)
    links = [str(v) for _, attrs in read.elements for key, v in attrs.items() if key in ("src", "href", "action")]
    assert all(link.startswith("#") for link in links)
    assert set(read.figures) == {"null"}
    assert "<b>risk</b>" not in page
    assert not {"nan", "null", "NaN"} & set(read.text.split())


def test_the_mechanism_and_the_pair_are_two_verdicts_in_every_report(finished: tuple[Path, str]) -> None:
    note = (finished[0] / "report.md").read_text(encoding="utf-8")
    page = Page((finished[0] / "report.html").read_text(encoding="utf-8")).text
    assert note.index("**The mechanism, on all pairs together:") < note.index("## This pair: ETH-USD/IWM")
    assert note.index("## This pair: ETH-USD/IWM") < note.index("**Its own verdict, from its own prices alone:")
    assert "It is not one on any single pair" in " ".join(page.split())
    assert "Both \\| move with &lt;b&gt;risk&lt;/b&gt;." in note


def test_the_file_that_it_leaves_gives_the_same_bytes_and_refuses_other_prices(
    finished: tuple[Path, str], content: dict[str, Any], prices: Path, tmp_path: Path
) -> None:
    pins = [pair["data_sha256"] for pair in tomllib.loads((finished[0] / "universe.toml").read_text())["pairs"]]
    assert sorted(pins) == sorted(pair["sha256"] for pair in content["pairs"])
    again = ul.universe(finished[0] / "universe.toml", workers=1, ledger=tmp_path / "one.sqlite")
    same = again.result.as_json()
    assert {**same, "created_at": None} == {**content, "created_at": None}
    tlt = pd.read_csv(prices / "TLT.csv")
    other = tmp_path / "other"
    other.mkdir()
    for path in prices.iterdir():
        (other / path.name).write_bytes(path.read_bytes())
    tlt.loc[500, ["open", "high", "low", "close", "adj_close"]] *= 1.01
    tlt.to_csv(other / "TLT.csv", index=False)
    moved = tmp_path / "universe.toml"
    moved.write_text((finished[0] / "universe.toml").read_text().replace(str(prices), str(other)))
    with pytest.raises(DataError) as refused:
        ul.universe(moved, workers=1, ledger=tmp_path / "two.sqlite")
    assert refused.value.name == "data_sha256"
    assert "GLD/TLT" in str(refused.value)


@pytest.mark.slow
def test_two_processes_and_a_dask_cluster_give_the_same_bytes(
    content: dict[str, Any], prices: Path, tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    file = file_of(tmp_path, (*PAIRS[2:], *PAIRS[:2]))
    two = ul.universe(file, data=prices, workers=2, ledger=tmp_path / "two.sqlite").result.as_json()
    with cluster(tmp_path, workers=2) as (address, _):
        there = ul.universe(file, data=prices, scheduler=address, ledger=tmp_path / "there.sqlite").result.as_json()
    for result in (two, there):
        assert {**result, "created_at": None} == {**content, "created_at": None}


@pytest.mark.slow
def test_details_keep_every_pairs_run_one_click_away_and_force_replaces_nothing_else(
    prices: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words: tuple[object, ...] = ("universe", file_of(tmp_path, PAIRS[:3]), "--data", prices, "--workers", "1")
    words = (*words, "--ledger", tmp_path / "ledger.sqlite", "--out", tmp_path / "one", "--details", "--quiet")
    assert command(*words).returncode == 0
    content = json.loads((tmp_path / "one" / "universe.json").read_text())
    page = (tmp_path / "one" / "report.html").read_text(encoding="utf-8")
    for pair in content["pairs"]:
        folder = pair["standalone"]["folder"]
        run = read_run(tmp_path / "one" / folder)
        assert run.result.data.pair == tuple(pair["pair"])
        assert run.result.verdict.decision == pair["standalone"]["decision"]
        assert f'href="{folder}/report.html"' in page
    assert command(*words, "--force").returncode == 0
    (tmp_path / "one" / "pairs" / "eth-usd_iwm" / "mine.txt").write_text("kept")
    error = refusal_of(capsys, monkeypatch, *map(str, words), "--force")
    assert isinstance(error, RunError)
    assert error.name == "pairs"


def test_two_pairs_are_not_pooled_and_left_out_ones_are_named_everywhere(prices: Path, tmp_path: Path) -> None:
    file = file_of(tmp_path, (*PAIRS[:2], ("EWZ", "DBC")))
    run = ul.universe(file, data=prices, workers=1, skip_missing=True, scratch=True, ledger=tmp_path / "ledger.sqlite")
    assert (run.result.pooled, run.verdict.decision) == (False, "cannot tell")
    assert [one.decision for one in run.strategies] == ["cannot tell"] * 2
    looked = Ledger(tmp_path / "ledger.sqlite").exploratory_studies()
    assert looked == {study.sha256 for study in Ledger(tmp_path / "ledger.sqlite").recorded_studies()}
    assert len(looked) == 2
    assert [pair.pair for pair in run.result.skipped] == [("EWZ", "DBC")]
    note = run.report(tmp_path / "report.md").read_text(encoding="utf-8")
    page = Page(run.report(tmp_path / "report.html").read_text(encoding="utf-8")).text
    printed = shown_at(40, run.result)
    assert max(map(len, printed.splitlines())) <= 40
    for report in (note, page, printed):
        report = " ".join(report.split())
        assert "Exploratory (--scratch): it cannot become an edge." in report
        assert "Nothing is pooled: 2 pairs" in report
        assert "Left out of the universe: 1 pair, EWZ/DBC." in report


def test_heterogeneity_is_said_in_words_by_its_p(content: dict[str, Any]) -> None:
    one = UniverseResult.of(content).strategies[0]
    assert one.heterogeneity is not None
    alike = one.model_copy(update={"heterogeneity": one.heterogeneity.model_copy(update={"p": 0.051})})
    apart = one.model_copy(update={"heterogeneity": one.heterogeneity.model_copy(update={"p": 0.05})})
    assert "do not differ by more than chance" in str(heterogeneity_words(alike))
    assert "differ by more than chance explains, so that their average hides" in str(heterogeneity_words(apart))
    none = one.model_copy(update={"heterogeneity": None})
    assert "cannot be said of fewer than three" in str(heterogeneity_words(none))


def test_folders_of_pairs_never_share_a_name() -> None:
    names = folder_names([("^GSPC", "EURUSD=X"), ("GSPC", "EURUSD-X"), ("ETH-USD", "IWM")])
    assert [*names.values()] == ["gspc_eurusd-x", "gspc_eurusd-x-2", "eth-usd_iwm"]


def test_what_belongs_to_one_pair_and_details_without_a_place_are_refused(prices: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as refused:
        ul.universe(file_of(tmp_path), data=prices, pair=NOTED)
    assert refused.value.name == "pair"
    with pytest.raises(StudyError) as refused:
        ul.universe(file_of(tmp_path), data=prices, details=True)
    assert refused.value.name == "details"


def written(folder: Path, costs: str, variant: str = "") -> Path:
    """A universe of two pairs with these costs, and a variant of derisk with those."""
    pairs = "".join(
        f'[[pairs]]\npair = ["{a}", "{b}"]\ngroup = "g"\nreason = "r"\n' for a, b in (("SPY", "IWM"), ("GDX", "GLD"))
    )
    place = folder / "costs.toml"
    place.write_text(f'start = 2018-01-01\n{costs}\n[[variants]]\nstrategy = "derisk"\n{variant}\n{pairs}')
    return place


def test_each_pair_has_what_the_file_says_of_its_tickers(tmp_path: Path) -> None:
    file = written(
        tmp_path, '[costs]\nfee_bps = { GDX = 5, IWM = 2, "*" = 1 }\n[tickers.GLD]\nclass = "future"\n[tickers.SPY]\n'
    )
    universe = Universe.read(file)
    spy, gdx = (universe.study_of(pair) for pair in universe.pairs)
    assert (dict(spy.costs.fee_bps), dict(gdx.costs.fee_bps)) == ({"IWM": 2.0, "*": 1.0}, {"GDX": 5.0, "*": 1.0})
    assert ([*spy.tickers], [*gdx.tickers]) == (["SPY"], ["GLD"])
    one = Universe.read(written(tmp_path, "costs.fee_bps = 3"))
    assert {universe.study_of(pair).costs.fee_bps["*"] for universe in (one,) for pair in one.pairs} == {3.0}


@pytest.mark.parametrize(
    ("costs", "variant", "name", "line"),
    [
        ("[costs]\nslippage_bps = { GDXX = 5 }", "", "GDXX", 3),
        ("[costs]\nfee_bps = { GDX = true }", "", "costs.fee_bps.GDX", 3),
        ('[tickers.TLT]\nclass = "listed"', "", "TLT", 2),
        ("", "costs = { fee_bps = { SPY = 4 } }", "SPY", 5),
    ],
)
def test_what_is_said_of_tickers_that_no_pair_has_is_refused_with_its_line(
    costs: str, variant: str, name: str, line: int, tmp_path: Path
) -> None:
    with pytest.raises(StudyError) as refused:
        Universe.read(written(tmp_path, costs, variant))
    assert (refused.value.name, refused.value.line) == (name, line)
