"""A file's spelling decides nothing: the same prices under another name of the same ticker give the same run."""

import json
from pathlib import Path

import pandas as pd
import pytest

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.demo import demo_frames
from unlockstep.backtests.jobs.run import Run, run_study

NAMES = {"ETH-USD": "ETH-USD.csv", "ETHUSD": "COINBASE_ETHUSD, 1D.csv", "XETHZUSD": "xethzusd_d.csv"}


def run_as(folder: Path, ticker: str) -> Run:
    frames = demo_frames(edge=False, seed=3)
    folder.mkdir()
    frames["ETH-USD"].to_csv(folder / NAMES[ticker])
    frames["IWM"].to_csv(folder / "IWM.csv")
    variants = [{"strategy": "derisk"}, {"strategy": "eth_leads"}]
    return run_study(Study.make(data=str(folder), pair=("eth/usd", "iwm"), start="2021-01-04", variants=variants))


def content(run: Run, ticker: str, folder: Path) -> object:
    """What the run says, with one name for the ticker and one for the folder."""
    result = run.result.model_copy(update={"created_at": ""}).model_dump_json(by_alias=True)
    return json.loads(result.replace(NAMES[ticker], "file").replace(str(folder), "folder").replace(ticker, "ETH-USD"))


@pytest.mark.slow
def test_the_same_prices_in_another_spelling_give_the_same_bytes(tmp_path: Path) -> None:
    runs = {ticker: run_as(tmp_path / ticker, ticker) for ticker in NAMES}
    usual = runs["ETH-USD"]
    for ticker, run in runs.items():
        assert run.result.data.pair == (ticker, "IWM")
        assert run.returns.to_parquet() == usual.returns.to_parquet()
        assert run.signals.to_parquet() == usual.signals.to_parquet()
        assert run.weights.to_numpy().tobytes() == usual.weights.to_numpy().tobytes()
        trades = run.trades.assign(asset=run.trades["asset"].astype(str).replace(ticker, "ETH-USD"))
        pd.testing.assert_frame_equal(trades, usual.trades.assign(asset=usual.trades["asset"].astype(str)))
        assert content(run, ticker, tmp_path / ticker) == content(usual, "ETH-USD", tmp_path / "ETH-USD")
