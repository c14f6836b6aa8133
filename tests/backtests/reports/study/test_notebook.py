"""What a notebook shows of a study and of a simulation."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.backtests.reports.test_html import Page
from unlockstep.backtests.config.study import Study, studied
from unlockstep.backtests.jobs.run import Run
from unlockstep.backtests.reports.text.format import percent, ratio
from unlockstep.backtests.results.metrics import measure


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    study = Study.make(data="demo", variants=studied(["break_entry", "derisk"]))
    return study.run(ledger=tmp_path_factory.mktemp("notebook") / "ledger.sqlite")


def test_a_study_that_was_run_shows_its_verdict_and_its_variants(run: Run) -> None:
    page = Page(run._repr_html_())
    assert run.result.as_json()["verdict"]["decision"].capitalize() in page.text
    assert "SYNTHETIC prices" in page.text
    for variant in run.result.as_json()["variants"]:
        assert ratio(variant["metrics"]["sharpe"]) in page.text
        assert percent(variant["metrics"]["cagr"]) in page.text
    assert all(
        content.split(",")[0][:30].replace("-", "−") in page.text
        for content in run.result.as_json()["verdict"]["would_change"]
    )
    assert repr(run).endswith(f": {run.result.as_json()['verdict']['decision']}>")


def test_a_simulation_shows_what_each_account_did(run: Run) -> None:
    text = Page(run.backtest._repr_html_()).text
    for name, metrics in measure(run.backtest).items():
        assert name.split("(")[0] in text
        assert percent(metrics.max_drawdown) in text
        assert str(metrics.trades) in text
    assert "verdict" not in text.lower()


def test_a_simulation_says_when_its_prices_were_drawn(run: Run) -> None:
    assert "SYNTHETIC prices" in Page(run.backtest._repr_html_()).text
    assert "SYNTHETIC prices" in repr(run.backtest)
    given = replace(run.backtest, synthetic=False)
    assert "SYNTHETIC" not in given._repr_html_() + repr(given)


def test_nothing_is_loaded_run_or_styled_from_outside_the_elements(run: Run) -> None:
    for shown in (run._repr_html_(), run.backtest._repr_html_()):
        assert not re.search(r"<(script|style|link|img|iframe)\b|url\(|https?:", shown)
        assert "\ue000" not in shown


def test_a_run_in_memory_writes_nothing_but_its_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Study.make(data="demo", variants=studied(["derisk"])).run(ledger=tmp_path / "ledger.sqlite")
    assert {path.name.split("-")[0] for path in tmp_path.iterdir()} == {"ledger.sqlite"}
