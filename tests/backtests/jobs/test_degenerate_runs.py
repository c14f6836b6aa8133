"""Whole runs on pairs that are no two moving legs: they end with a report and a verdict, and nothing warns."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import unlockstep
from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.signals.market import Floats

SESSIONS = sessions_between(pd.Timestamp("2019-01-02"), pd.Timestamp("2024-12-31"))
T = len(SESSIONS)


def walk(seed: int) -> Floats:
    return np.asarray(100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0003, 0.012, T))))


def bars(close: Floats) -> pd.DataFrame:
    quotes = dict.fromkeys(("open", "high", "low", "close", "adj_close"), close)
    return pd.DataFrame(quotes, index=SESSIONS.rename("date"))


def leg(kind: str) -> Floats:
    """The second leg; the first is walk(1)."""
    steady = np.arange(T)
    match kind:
        case "copy in cents":
            return np.round(0.92 * walk(1), 2)
        case "inverse":
            return np.asarray(1e4 / walk(1))
        case "flat":
            return np.full(T, 100.0)
        case "constant growth":
            return np.round(100 * 1.0003**steady, 4)
        case "two levels":
            return np.where(steady % 2, 100.0, 101.0)
        case "delisted":
            return np.where(steady < T // 2, walk(2), walk(2)[T // 2])
    return np.repeat(walk(2)[::40], 40)[:T]


@pytest.mark.parametrize(
    "kind", ["copy in cents", "inverse", "flat", "constant growth", "two levels", "delisted", "stepwise"]
)
@pytest.mark.parametrize("first", [pytest.param(True, marks=pytest.mark.slow), False])
def test_a_run_ends_without_a_warning_and_tells_nothing_it_cannot(kind: str, first: bool, tmp_path: Path) -> None:
    still, moving = bars(leg(kind)), bars(walk(1))
    legs = (still, moving) if first else (moving, still)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = unlockstep.run(
            data=dict(zip(("AAA", "BBB"), legs, strict=True)), pair=("AAA", "BBB"), costs={"cash_rate": 0.02}
        )
        run.report(tmp_path / "report.html")
    assert run.verdict.decision == "cannot tell"
    findings = [statement.finding for _, statement in run.result.statements]
    assert not [finding for finding in findings if "nan" in finding or "inf" in finding.replace("information", "")]
    if kind in ("copy in cents", "inverse", "flat", "constant growth"):
        assert all(finding.startswith("Cannot tell: ") for finding in findings)
