"""A Yahoo on the loopback address, and an empty cache of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backtests.data.yahoo_server import YahooServer, yahoo_server, yfinance_at
from unlockstep.backtests.data.yahoo import download


@pytest.fixture
def yahoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[YahooServer]:
    """The server, asked by this process's yfinance with little patience; it lists nothing yet."""
    with yahoo_server() as server, yfinance_at(server.address):
        monkeypatch.setenv("UNLOCKSTEP_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(download, "PATIENCE", download.Patience(attempts=3, first_wait=0.01, timeout=10.0))
        yield server
