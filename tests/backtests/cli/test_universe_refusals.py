"""What `unlockstep universe` refuses, in one sentence each; what it leaves out is said in every report."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.backtests.cli.test_app import refusal_of
from tests.backtests.cli.test_universe import PAIRS, TERMS, shown_at, write_prices
from tests.backtests.nursery import command
from tests.backtests.reports.test_html import Page
from tests.refusals import assert_fields
from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.backtests.results.model.universe import UniverseResult
from unlockstep.signals.errors import DataError, StudyError, UnlockstepError

GERMAN = ("SAP.DE", "BMW.DE")
ONE = '[[variants]]\nstrategy = "derisk"\n'
BENCHMARKS = '[[variants]]\nstrategy = "equal_weight"\n\n[[variants]]\nstrategy = "hold_iwm"\n'


def listed(*pairs: tuple[str, str]) -> str:
    return "".join(f'[[pairs]]\npair = ["{a}", "{b}"]\ngroup = "{a}"\nreason = "r"\n' for a, b in pairs)


def write(folder: Path, text: str) -> Path:
    place = folder / "some.toml"
    place.write_text(text, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made-up prices: of six tickers, of two German ones in their sessions, and of SHORT in the last 150 of IWM's."""
    folder = write_prices(tmp_path_factory.mktemp("prices"))
    pd.read_csv(folder / "IWM.csv").tail(150).to_csv(folder / "SHORT.csv", index=False)
    sessions = sessions_between(pd.Timestamp("2018-01-01"), pd.Timestamp("2021-12-31"), "XETR")
    for seed, ticker in enumerate(GERMAN):
        close = 100.0 * np.exp(0.01 * np.random.default_rng(seed).standard_normal(len(sessions)).cumsum())
        frame = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close", "adj_close"), close), index=sessions)
        frame.rename_axis("date").to_csv(folder / f"{ticker}.csv")
    return folder


THREE = TERMS + listed(*PAIRS[:3])


@pytest.mark.parametrize(
    ("text", "kind", "fields"),
    [
        (THREE + listed(("GLD", "TLT")), StudyError, {"name": "GLD/TLT", "line": 25, "remedy": "once"}),
        (THREE + listed(("tlt", "GLD.US")), StudyError, {"name": "tlt/GLD.US", "line": 25, "remedy": "once"}),
        (THREE + listed(("EWZ", "DBC")), DataError, {"name": "EWZ/DBC", "limit": 3, "remedy": "--skip-missing"}),
        (THREE + listed(("SHORT", "IWM")), DataError, {"name": "SHORT/IWM", "limit": 3, "remedy": "period"}),
        (TERMS + listed(("SHORT", "IWM")), DataError, {"name": "SHORT/IWM", "limit": 0, "remedy": "period"}),
        (THREE + listed(("SAP.DE", "IWM")), DataError, {"name": "SAP.DE/IWM", "limit": 3}),
        (
            THREE + listed(GERMAN),
            DataError,
            {"name": "SAP.DE/BMW.DE", "choices": ["USD", "EUR"], "remedy": "of their own"},
        ),
        (f"primry = 3\n{THREE}", StudyError, {"name": "primry", "line": 1, "choices": ("primary",)}),
        (f"{THREE}sealed = 1\n", StudyError, {"name": "sealed", "line": 24}),
        (BENCHMARKS + listed(*PAIRS[:3]), StudyError, {"name": "some", "remedy": "[[variants]]"}),
        (TERMS, StudyError, {"name": "pairs", "remedy": "`unlockstep run`"}),
        ("", StudyError, {"name": "some.toml", "remedy": "[[pairs]]"}),
        ("pairs", StudyError, {"name": "some.toml"}),
    ],
)
def test_what_cannot_be_pooled_is_refused_in_one_sentence(
    text: str,
    kind: type[UnlockstepError],
    fields: dict[str, object],
    prices: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    words = ("universe", write(tmp_path, text), "--data", prices, "--workers", "1", "--out", tmp_path / "one", "-q")
    error = refusal_of(capsys, monkeypatch, *map(str, words))
    assert type(error) is kind
    assert_fields(error, **fields)  # type: ignore[arg-type]
    assert not (tmp_path / "one").exists()


def test_a_universe_file_is_no_study(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("run", "sweep"):
        error = refusal_of(capsys, monkeypatch, name, write(tmp_path, THREE), "--out", tmp_path / "one")
        assert isinstance(error, StudyError)
        assert_fields(error, name="pairs", line=12, remedy="unlockstep universe")


def test_two_pairs_left_of_one_strategy_are_not_pooled_and_every_output_says_who_is_missing_and_what_is_sealed(
    prices: Path, tmp_path: Path
) -> None:
    file = write(tmp_path, ONE + listed(*PAIRS[:2], ("EWZ", "DBC"), ("SHORT", "IWM")))
    words = ("universe", file, "--data", prices, "--workers", "1", "--out", tmp_path / "one", "--skip-missing")
    done = command(*words, "--seal", "2021-06-30", "--ledger", tmp_path / "ledger.sqlite")
    assert done.returncode == 0, done.stderr
    content = json.loads((tmp_path / "one" / "universe.json").read_text())
    result = UniverseResult.of(content)
    assert (result.pooled, result.verdict.decision, len(result.strategies)) == (False, "cannot tell", 1)
    assert result.strategies[0].decision == "cannot tell"
    assert {pair.pair for pair in result.skipped} == {("EWZ", "DBC"), ("SHORT", "IWM")}
    assert result.last <= "2021-06-30"
    sealed = {pair.seal.sessions for pair in result.pairs}
    assert sealed == {len(sessions_between(pd.Timestamp("2021-07-01"), pd.Timestamp("2021-12-31")))}
    note = (tmp_path / "one" / "report.md").read_text(encoding="utf-8")
    page = Page((tmp_path / "one" / "report.html").read_text(encoding="utf-8")).text
    for report in (note, page, done.stdout, shown_at(40, result)):
        report = " ".join(report.split())
        assert "Nothing is pooled: 2 pairs" in report
        assert "Left out of the universe: 2 pairs, EWZ/DBC, SHORT/IWM." in report
        assert "All after 2021-06-30 is sealed and left out; the prices of all 2 pairs hold sessions of it" in report
