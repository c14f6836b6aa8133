"""Dated series that Python code hands over: as those of a file, pinned, and asked for again."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import unlockstep as ul
from tests.refusals import refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.demo import demo_frames, demo_vix
from unlockstep.backtests.results.holdout import market_of
from unlockstep.signals.errors import DataError, StudyError

EXAMPLE = Path(__file__).parents[3] / "examples" / "vix_filter.py"
DAYS = pd.date_range("2015-12-01", "2025-12-31", freq="7D", name="date")
VALUES = pd.Series(20.0 + 10.0 * np.sin(np.arange(len(DAYS)) / 9.0), DAYS, name="points")
TERMS = {"known_after": "2 days"}


def of_study(**context: Any) -> Study:
    return Study.make(data="demo", strategies=[str(EXAMPLE)], context=context)


def test_values_that_are_handed_over_are_those_of_a_file(tmp_path: Path) -> None:
    VALUES.to_csv(tmp_path / "fear.csv")
    of_file = market_of(of_study(vix={"file": tmp_path / "fear.csv", **TERMS})).context_series("vix")
    polars = pytest.importorskip("polars")
    for values in (VALUES, VALUES.to_frame(), polars.from_pandas(VALUES.reset_index())):
        series = market_of(of_study(vix={"values": values, **TERMS})).context_series("vix")
        np.testing.assert_array_equal(series.close, of_file.close)
        assert series.known_at.equals(of_file.known_at)
        assert series.sha256 == of_file.sha256


def test_a_run_on_them_is_repeated_with_them_alone(tmp_path: Path) -> None:
    short: dict[str, Any] = {"data": "demo", "strategies": [str(EXAMPLE)], "start": "2023-01-03", "unaudited": True}
    run = ul.run(**short, context={"vix": {"values": VALUES, **TERMS}}, ledger=tmp_path / "ledger.sqlite")
    study = run.save(tmp_path / "run") / "study.toml"
    again: dict[str, Any] = {"ledger": tmp_path / "ledger.sqlite", "trust": True, "unaudited": True}
    with refused(StudyError, name="vix", remedy="hand them over again"):
        ul.run(study, **again)
    pins = Study.read_terms(study).series_sha256
    assert list(pins) == ["vix"]
    repeated = ul.run(study, context={"vix": {"values": VALUES, **TERMS}}, series_sha256=pins, **again)
    pd.testing.assert_frame_equal(repeated.returns, run.returns)
    with refused(DataError, name="vix"):
        ul.run(study, context={"vix": {"values": VALUES * 1.01, **TERMS}}, series_sha256=pins, **again)


def test_frames_of_the_context_are_no_part_of_the_pair() -> None:
    pair = dict(zip(("BTC-USD", "SPY"), demo_frames(edge=False, seed=1).values(), strict=True))
    frames = {**pair, "^VIX": demo_vix(edge=False, seed=1)}
    study = Study.make(data=frames, strategies=[str(EXAMPLE)], context={"vix": "^VIX"})
    assert study.pair == ("BTC-USD", "SPY")
    np.testing.assert_array_equal(
        market_of(study).context_series("vix").close,
        market_of(Study.make(data="demo", seed=1)).context_series("vix").close,
    )


@pytest.mark.parametrize(
    ("given", "error", "name"),
    [
        (VALUES, StudyError, "context.vix"),  # without known_after
        ({"values": VALUES, "ticker": "^VIX", **TERMS}, StudyError, "vix"),
        ({"values": VALUES.reset_index(drop=True), **TERMS}, DataError, "vix"),
        ({"values": VALUES.iloc[[0, 2, 1]], **TERMS}, DataError, "vix"),
        ({"values": VALUES.replace(VALUES.iloc[3], np.inf), **TERMS}, DataError, "vix"),
        ({"values": [1.0, 2.0], **TERMS}, DataError, "vix"),
    ],
)
def test_what_is_no_dated_series_is_refused(given: Any, error: type[ul.UnlockstepError], name: str) -> None:
    with refused(error, name=name):
        of_study(vix=given)
