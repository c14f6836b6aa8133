"""Unsealing a run whose rule reads a series beside the pair: the series, too, must be what the run read."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.backtests.sealed_prices import sealed_folder
from tests.refusals import refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.jobs.run import run_into
from unlockstep.backtests.jobs.unseal import unseal
from unlockstep.backtests.results.stored_run import read_run
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.signals.errors import DataError

EXAMPLE = Path(__file__).parents[3] / "examples" / "vix_filter.py"


def write_fear(path: Path, scale: float = 1.0) -> None:
    """A dated series that swings between 15 and 35 points; none of its values is near 25."""
    days = pd.date_range("2022-01-03", "2026-10-30")
    points = np.where(np.arange(len(days)) // 40 % 2 == 0, 15.0, 35.0)
    pd.DataFrame({"date": days, "points": scale * points}).to_csv(path, index=False)


@pytest.mark.parametrize("scale", [1.0, 1.01, 2.0], ids=["as it was", "restated", "another"])
def test_a_series_that_was_restated_is_told_and_one_that_decides_otherwise_is_refused(
    scale: float, tmp_path: Path
) -> None:
    prices, fear, ledger = tmp_path / "prices", tmp_path / "fear.csv", tmp_path / "ledger.sqlite"
    write_fear(fear)
    sealed_folder(prices, "2026-10-30", cut="2026-01-15")
    study = Study.make(
        data=str(prices), strategies=[str(EXAMPLE)], context={"vix": {"file": str(fear), "known_after": "1 day"}},
        costs={"cash_rate": 0.0},
    )  # fmt: skip
    run_into(study, tmp_path / "base", ledger=ledger)
    sealed_folder(prices, "2026-10-30")
    write_fear(fear, scale)
    run = read_run(tmp_path / "base")
    if scale == 2.0:
        with refused(DataError, name="vix", dates=["2026-01-15"], remedy="series back"):
            unseal(run, Ledger.open(ledger))
        return
    note = unseal(run, Ledger.open(ledger)).data.note
    assert note.startswith("up to 2026-01-15 they are the run's, bit for bit.")
    assert ("vix was restated" in note) == (scale == 1.01)
