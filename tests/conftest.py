"""Markets that many tests share, each made once; no test touches the user's own ledger or cache."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.build import PAIR, REAL_BEGIN, REAL_END
from unlockstep.backtests.data.load import load_market
from unlockstep.signals import Market

settings.register_profile("same", derandomize=True)
settings.load_profile("same")  # the same examples each time; --hypothesis-profile=default looks for new ones


@pytest.fixture(scope="session", autouse=True)
def private_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Ledger and cache of this process and of those that it starts lie in a folder that is thrown away."""
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("user")
        patch.setenv("UNLOCKSTEP_LEDGER", str(place / "ledger.sqlite"))
        patch.setenv("UNLOCKSTEP_CACHE", str(place / "cache"))
        yield


@pytest.fixture(scope="session")
def demo() -> Market:
    """The synthetic market without an edge, 2016 to 2025."""
    return load_market("demo", PAIR, start=None, end=None, seed=1)


@pytest.fixture(scope="session")
def edge() -> Market:
    """The synthetic market with a planted edge, 2016 to 2025."""
    return load_market("demo:edge", PAIR, start=None, end=None, seed=1)


@pytest.fixture(scope="session")
def real_folder() -> Path:
    """The folder of real prices named by UNLOCKSTEP_MARKET; tests that need it are skipped without it."""
    folder = os.environ.get("UNLOCKSTEP_MARKET")
    if not folder:
        pytest.skip("UNLOCKSTEP_MARKET names no folder of real prices")
    return Path(folder)


@pytest.fixture(scope="session")
def real_universe() -> Path:
    """The folder of real prices named by UNLOCKSTEP_UNIVERSE; tests that need it are skipped without it."""
    folder = os.environ.get("UNLOCKSTEP_UNIVERSE")
    if not folder:
        pytest.skip("UNLOCKSTEP_UNIVERSE names no folder of real prices")
    return Path(folder)


@pytest.fixture(scope="session")
def real(real_folder: Path) -> Market:
    """Real prices of ETH-USD and IWM from 2015-12-01 to 2025-12-31."""
    return load_market(str(real_folder), PAIR, start=REAL_BEGIN, end=REAL_END, seed=0)
