"""Which file is a ticker's, by the names that vendors, browsers and people give to files."""

import zipfile
from pathlib import Path

import pytest

from tests.refusals import refused
from unlockstep.backtests.data.price_folder import find_price_file, ticker_of, tickers_in
from unlockstep.signals.errors import DataError


def holding(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text("")
    return folder


@pytest.mark.parametrize(
    ("name", "ticker"),
    [
        ("ETH-USD.csv", "ETH-USD"),
        ("eth_usd.parquet", "eth_usd"),
        ("IWM.CSV", "IWM"),
        ("COINBASE_ETHUSD, 1D.csv", "ETHUSD"),
        ("BINANCE_ETHUSDT, 1D_5f2a1.csv", "ETHUSDT"),
        ("AMEX_IWM, 1D.csv", "IWM"),
        ("Binance_ETHUSDT_d.csv", "ETHUSDT"),
        ("Gemini_BTCUSD_daily.csv", "BTCUSD"),
        ("ETHUSD_1440.csv", "ETHUSD"),
        ("iwm_us_d.csv", "IWM"),
        ("vod_uk_d.csv", "VOD.UK"),
        ("ethusd_d.csv", "ETHUSD"),
        ("^spx_d.csv", "^SPX"),
        ("daily_adjusted_IWM.csv", "IWM"),
        ("IWM Historical Data.csv", "IWM"),
        ("IWM_daily.csv", "IWM"),
        ("IWM (1).csv", "IWM"),
        ("IWM - Copy.csv", "IWM"),
        ("%5ERUT.csv", "^RUT"),
        ("BRK-B.csv", "BRK-B"),
        ("gold_spot.csv", "gold_spot"),
    ],
)
def test_a_file_s_name_gives_its_ticker(name: str, ticker: str) -> None:
    assert ticker_of(Path("prices") / name) == ticker


@pytest.mark.parametrize(
    ("ticker", "names", "expected"),
    [
        ("ETH-USD", ["ETHUSD.csv", "IWM.csv"], "ETHUSD.csv"),
        ("eth-usd", ["ETH-USD.csv", "ETHUSD.csv"], "ETH-USD.csv"),
        ("ETH", ["ETH-USD.csv", "IWM.csv"], "ETH-USD.csv"),
        ("ETH-USD", ["COINBASE_ETHUSD, 1D.csv", "AMEX_IWM, 1D.csv"], "COINBASE_ETHUSD, 1D.csv"),
        ("IWM", ["iwm_us_d.csv"], "iwm_us_d.csv"),
        ("IWM", ["IWM.csv", "IWM (1).csv"], "IWM.csv"),
        ("^RUT", ["%5ERUT.csv"], "%5ERUT.csv"),
        ("BTC/USD", ["XXBTZUSD.csv"], "XXBTZUSD.csv"),
        ("IWM", ["iwm.csv"], "iwm.csv"),
    ],
)
def test_a_ticker_s_file_is_looked_for_in_every_spelling(
    tmp_path: Path, ticker: str, names: list[str], expected: str
) -> None:
    assert find_price_file(holding(tmp_path, *names), ticker).name == expected


@pytest.mark.parametrize(
    ("ticker", "names", "choices", "remedy"),
    [
        ("ETH", ["ETH-EUR.csv", "ETH-USD.csv"], ["ETH-EUR.csv", "ETH-USD.csv"], "--pair"),
        ("ETH-USD", ["ETHUSD.csv", "ETH_USD.csv"], ["ETHUSD.csv", "ETH_USD.csv"], "--pair"),
        ("IWM", ["IWM.csv", "IWM.parquet"], ["IWM.csv", "IWM.parquet"], "keep one of them"),
        ("IWM", ["IWM.csv", "iwm.csv"], ["IWM.csv", "iwm.csv"], "keep one of them"),
        ("IWM", ["iwm_us_d.csv", "IWM_daily.csv"], ["IWM_daily.csv", "iwm_us_d.csv"], "keep one of them"),
        ("ETH-USD", ["ETHUSDT.csv", "IWM.csv"], ["ETHUSDT"], "did you mean ETHUSDT?"),
        ("RUT", ["^RUT.csv", "IWM.csv"], ["^RUT"], "did you mean ^RUT?"),
        ("IWN", ["IWM.csv", "ETH-USD.csv"], ["IWM"], "did you mean IWM?"),
        ("SPY", ["ETH-USD.csv", "GLD.csv"], ["ETH-USD", "GLD"], "it has ETH-USD, GLD"),
        ("SPY", ["notes.txt"], [], "no price files"),
        ("ETH-USD", ["crypto/ETH-USD.csv", "etf/IWM.csv"], [], "crypto, etf"),
    ],
)
def test_where_it_is_not_clear_which_file_is_meant_the_choices_are_named(
    tmp_path: Path, ticker: str, names: list[str], choices: list[str], remedy: str
) -> None:
    holding(tmp_path, *names)
    if len(list(tmp_path.iterdir())) < len(names):
        pytest.skip("this file system takes both names for one")
    with refused(DataError, choices=choices, remedy=remedy):
        find_price_file(tmp_path, ticker)


def test_the_tickers_of_a_folder_are_those_of_its_price_files(tmp_path: Path) -> None:
    names = ("ETH-USD.csv", "iwm_us_d.csv", "AMEX_SPY, 1D.csv", "notes.txt", ".hidden.csv", "%5ERUT.csv")
    assert tickers_in(holding(tmp_path, *names)) == ["ETH-USD", "IWM", "SPY", "^RUT"]


def test_an_archive_of_several_files_is_refused_by_its_own_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "prices.zip", "w") as archive:
        for name in ("ETH-USD.csv", "IWM.csv"):
            archive.writestr(name, "date,close\n")
    with refused(DataError, name="prices.zip", choices=["ETH-USD", "IWM"], remedy="unpack it"):
        find_price_file(tmp_path, "IWM")
