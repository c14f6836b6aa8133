"""What a notebook shows of a run."""

import re

import pytest

from tests.backtests.reports.test_html import Page
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.variants import studied
from unlockstep.backtests.jobs import api
from unlockstep.backtests.jobs.run import Run
from unlockstep.backtests.reports.text.format import percent, ratio


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    study = Study.make(data="demo", variants=studied(["break_entry", "derisk"]))
    return api.run(study, ledger=tmp_path_factory.mktemp("notebook") / "ledger.sqlite")


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


def test_nothing_is_loaded_run_or_styled_from_outside_the_elements(run: Run) -> None:
    shown = run._repr_html_()
    assert not re.search(r"<(script|style|link|img|iframe)\b|url\(|https?:", shown)
