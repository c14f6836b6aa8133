"""What cash earns, through a whole run: who knows of it, what is pinned, what stays as it was."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.refusals import refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.jobs.run import Run, run_study
from unlockstep.signals.errors import DataError

QUICK: dict[str, Any] = {
    "start": date(2022, 1, 1),
    "variants": [{"strategy": "eth_leads"}],
    "train_sessions": 252,
    "test_sessions": 126,
}


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    """The same study of the demo, where cash earns nothing, 8 % a year, and what it usually does."""
    rates = {"nothing": {"cash_rate": 0}, "much": {"cash_rate": 0.08}, "usual": {}}
    return {name: run_study(Study.make(**QUICK, costs=costs)) for name, costs in rates.items()}


def test_the_timing_test_and_the_statements_do_not_know_what_cash_earns(runs: dict[str, Run]) -> None:
    of_timing = ("timing_ir", "timing_ci", "timing_t", "timing_p", "timing_p_family", "timing_p_money", "episodes")
    nothing, much = (runs[name].result for name in ("nothing", "much"))
    for before, after in zip(nothing.variants, much.variants, strict=True):
        for figure in of_timing:
            assert getattr(before.inference, figure) == getattr(after.inference, figure), figure
    assert nothing.statements == much.statements
    assert nothing.data.sha256 == much.data.sha256
    pd.testing.assert_frame_equal(runs["nothing"].weights, runs["much"].weights, check_exact=True)


def test_whoever_is_all_in_gains_nothing_by_the_rate_and_loses_in_its_sharpe_ratio(runs: dict[str, Run]) -> None:
    of = {name: {v.name: v.metrics for v in run.variants} for name, run in runs.items()}
    nothing, much = of["nothing"]["hold_iwm"], of["much"]["hold_iwm"]
    assert nothing.cagr is not None
    assert much.cagr == pytest.approx(nothing.cagr, abs=0.0005)  # it is in cash for the first session
    assert nothing.sharpe is not None
    assert much.sharpe == pytest.approx(nothing.sharpe - 0.08 / nothing.volatility, abs=0.01)  # type: ignore[operator]
    assert (of["much"]["cash"].sharpe, of["much"]["cash"].sortino) == (None, None)
    assert of["much"]["cash"].cagr == pytest.approx((1 + 0.08 / 252) ** 252 - 1)


def test_a_result_says_what_cash_earned(runs: dict[str, Run]) -> None:
    cash = {name: run.result.data.cash for name, run in runs.items()}
    assert cash["nothing"] is not None
    assert (cash["nothing"].source, cash["nothing"].annual) == ("nothing", 0.0)
    assert cash["much"] is not None
    assert cash["much"].source == "a constant rate"
    assert cash["much"].annual == pytest.approx(0.08)
    assert cash["usual"] is not None
    assert "federal funds" in cash["usual"].source
    # of 2022 to 2025, 1.69, 5.03, 5.14 and 4.21 % over 360 days
    assert cash["usual"].annual == pytest.approx(0.0407, abs=0.003)


def test_a_run_pins_its_series_and_none_of_a_constant(runs: dict[str, Run]) -> None:
    costs = {name: run.study.costs for name, run in runs.items()}
    assert (costs["nothing"].cash_rate, costs["nothing"].cash_rate_sha256) == (0.0, None)
    assert (costs["much"].cash_rate, costs["much"].cash_rate_sha256) == (0.08, None)
    assert costs["usual"].cash_rate == "fed-funds"
    assert len(str(costs["usual"].cash_rate_sha256)) == 64


def test_a_study_refuses_a_series_that_pays_otherwise(tmp_path: Path) -> None:
    days = pd.date_range("2021-12-01", "2025-12-31")
    pd.DataFrame({"date": days, "rate": 0.02}).to_csv(tmp_path / "rates.csv", index=False)
    study = Study.make(**QUICK, costs={"cash_rate": str(tmp_path / "rates.csv"), "cash_rate_sha256": "ab" * 32})
    with refused(DataError, name="costs.cash_rate_sha256", remedy="cash_rate_sha256"):
        run_study(study)


def test_the_cash_account_is_what_every_excess_is_of(runs: dict[str, Run]) -> None:
    usual = runs["usual"]
    np.testing.assert_allclose(usual.returns["cash"], usual.backtest.risk_free, rtol=0, atol=1e-14)
    assert (usual.backtest.risk_free > 0).all()
