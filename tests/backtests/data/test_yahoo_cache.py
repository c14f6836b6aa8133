"""The cache of Yahoo's prices: brought up to date, compared, refetched, never broken, and old only when asked."""

import json
import threading
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from tests.backtests.data.listings import eth, iwm, pay, split
from tests.backtests.data.yahoo_server import YahooServer, failing, not_found, yfinance_at
from tests.refusals import refused
from tests.systems import IS_ROOT, needs_posix
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.data.yahoo import history_of
from unlockstep.backtests.data.yahoo.cache import (
    KEY,
    BrokenCacheError,
    Cached,
    _digest,
    cache_file,
    cache_folder,
    cached_tickers,
    one_at_a_time,
    read_cached,
    write_cached,
)
from unlockstep.backtests.data.yahoo.download import PRICES
from unlockstep.signals.errors import DataError, UnreachableError, WithdrawnError

NOON = pd.Timestamp("2024-01-11 12:00", tz="UTC")
WEEK = pd.Timedelta(days=7)


@pytest.fixture
def cached(yahoo: YahooServer) -> YahooServer:
    """A Yahoo that lists both tickers up to the 18th; the cache holds what was complete on the 11th."""
    yahoo.listings |= {"ETH-USD": eth("2024-01-18"), "IWM": iwm("2024-01-17")}
    for ticker in yahoo.listings:
        history_of(ticker, now=NOON)
    yahoo.requests.clear()
    return yahoo


def true_bars(server: YahooServer, ticker: str, last: str) -> pd.DataFrame:
    return server.listings[ticker].bars.loc[:last].rename_axis("date")


def same(result: pd.DataFrame, expected: pd.DataFrame, rtol: float = 1e-12) -> None:
    pd.testing.assert_frame_equal(result, expected, check_freq=False, rtol=rtol)


def test_a_cache_that_is_up_to_date_asks_nothing_of_yahoo(cached: YahooServer) -> None:
    history = history_of("ETH-USD", now=NOON + pd.Timedelta(hours=11))
    assert (cached.requests, history.change, history.retrieved_at) == ([], "up to date", NOON)
    same(history.frame, true_bars(cached, "ETH-USD", "2024-01-10"))


def test_new_bars_are_asked_for_from_thirty_days_before_the_caches_end(cached: YahooServer) -> None:
    history = history_of("ETH-USD", now=NOON + WEEK)
    assert cached.requests == [("ETH-USD", "2023-12-11")]
    assert (history.change, history.notes, history.retrieved_at) == ("+7 rows", (), NOON + WEEK)
    same(history.frame, true_bars(cached, "ETH-USD", "2024-01-17"))
    again = read_cached("ETH-USD")
    assert again is not None
    same(again.frame, history.frame)
    assert again.retrieved_at == NOON + WEEK


@pytest.mark.parametrize("event", ["dividend", "split", "correction"])
def test_a_history_that_was_restated_is_fetched_whole_said_and_remembered(
    cached: YahooServer, caplog: pytest.LogCaptureFixture, event: str
) -> None:
    listing = cached.listings["IWM"]
    if event == "dividend":
        pay(listing, "2024-01-12", 0.4)
        said, last = "154 rows", "2024-01-10"
    elif event == "split":
        split(listing, "2024-01-12", 3, 1)
        said, last = "154 rows", "2024-01-10"
    else:
        listing.bars.loc[listing.bars.index == pd.Timestamp("2024-01-09"), "high"] *= 1.01
        said, last = "1 row", "2024-01-09"
    history = history_of("IWM", now=NOON + WEEK)
    assert cached.prices_requested() == [("IWM", "2023-12-11"), ("IWM", "1900-01-01")]
    same(history.frame, true_bars(cached, "IWM", "2024-01-17"))
    first = "2024-01-09" if event == "correction" else "2023-06-01"
    assert history.change == f"restated: {said} from {first}"
    content = f"Yahoo restated {said} of IWM from {first} to {last}"
    assert content in caplog.text
    assert history.notes == (f"{content}, noticed on 2024-01-18; all of it was fetched anew then.",)
    assert history_of("IWM", now=NOON + WEEK).notes == history.notes


def as_of_an_earlier_version(ticker: str) -> None:
    """The cache's file as versions wrote it that asked for bars from 2010 on."""
    table = pyarrow.parquet.read_table(cache_file(ticker))
    said = json.loads(table.schema.metadata[KEY])
    said = {key: said[key] for key in said if key not in ("whole", "currency", "sha256")}
    said["sha256"] = _digest(said, table.to_pandas())
    table = table.replace_schema_metadata({**table.schema.metadata, KEY: json.dumps(said)})
    pyarrow.parquet.write_table(table, cache_file(ticker))


def test_a_history_that_an_earlier_version_began_in_2010_is_completed(yahoo: YahooServer) -> None:
    yahoo.listings["IWM"] = iwm("2024-01-17", first="2005-01-03")
    later = iwm("2024-01-17", first="2010-01-04")
    later.bars = yahoo.listings["IWM"].bars.loc["2010-01-04":]
    whole, yahoo.listings["IWM"] = yahoo.listings["IWM"], later
    history_of("IWM", now=NOON)
    as_of_an_earlier_version("IWM")
    yahoo.listings["IWM"] = whole
    history = history_of("IWM", now=NOON)  # it has the newest bar, but not the first
    assert history.change == "fetched whole again"
    assert history.frame.index[0] == pd.Timestamp("2005-01-03")
    yahoo.requests.clear()
    assert history_of("IWM", now=NOON).change == "up to date"
    assert yahoo.prices_requested() == []


def test_a_history_of_an_earlier_version_that_began_later_is_whole(cached: YahooServer) -> None:
    as_of_an_earlier_version("ETH-USD")
    assert history_of("ETH-USD", now=NOON).change == "up to date"
    assert cached.prices_requested() == []


def test_a_history_of_an_earlier_version_without_volumes_is_fetched_whole_once(cached: YahooServer) -> None:
    entry = read_cached("IWM")
    assert entry is not None
    write_cached("IWM", replace(entry, frame=entry.frame.drop(columns="volume")))
    for change, requests in (("fetched whole again", [("IWM", "1900-01-01")]), ("up to date", [])):
        cached.requests.clear()
        history = history_of("IWM", now=NOON)
        assert (history.change, history.notes, cached.prices_requested()) == (change, (), requests)
        same(history.frame, true_bars(cached, "IWM", "2024-01-10"))


def test_a_volume_that_yahoo_settles_later_is_taken_over_and_no_change_of_history(cached: YahooServer) -> None:
    bars = cached.listings["IWM"].bars
    bars.loc[bars.index == pd.Timestamp("2024-01-10"), "volume"] *= 2
    history = history_of("IWM", now=NOON + WEEK)
    assert (history.change, history.notes) == ("+4 rows", ())  # 15 January 2024 is a holiday
    same(history.frame, true_bars(cached, "IWM", "2024-01-17"))


def test_prices_that_differ_by_rounding_only_are_not_restated(cached: YahooServer) -> None:
    bars = cached.listings["IWM"].bars
    before = bars.copy()
    bars[list(PRICES)] *= 1.0 + 2e-6
    history = history_of("IWM", now=NOON + WEEK)
    assert history.change == "+4 rows"  # 15 January 2024 is a holiday
    same(history.frame.loc[:"2024-01-10"], before.loc[:"2024-01-10"].rename_axis("date"))


def test_the_smallest_dividend_worth_a_name_is_noticed(cached: YahooServer) -> None:
    pay(cached.listings["IWM"], "2024-01-12", 0.01)  # a basis point
    assert history_of("IWM", now=NOON + WEEK).change.startswith("restated: 154 rows")


def test_a_day_that_yahoo_fills_in_later_is_a_change_of_history(yahoo: YahooServer) -> None:
    full = eth("2024-01-18")
    listing = eth("2024-01-18")
    listing.bars = listing.bars.drop(pd.Timestamp("2024-01-08"))
    yahoo.listings["ETH-USD"] = listing
    history_of("ETH-USD", now=NOON)
    listing.bars = full.bars
    history = history_of("ETH-USD", now=NOON + WEEK)
    assert history.change == "restated: 1 row from 2024-01-08"
    same(history.frame, full.bars.loc[:"2024-01-17"].rename_axis("date"))


def test_a_history_with_holes_in_its_prices_is_fetched_whole_when_it_is_brought_up_to_date(yahoo: YahooServer) -> None:
    listing = eth("2024-01-18")
    mended = listing.bars.copy()
    listing.bars.loc["2023-07-01"] = np.nan
    yahoo.listings["ETH-USD"] = listing
    history_of("ETH-USD", now=NOON)
    listing.bars = mended
    history = history_of("ETH-USD", now=NOON + WEEK)
    assert history.change == "restated: 1 row from 2023-07-01"
    same(history.frame, mended.loc[:"2024-01-17"].rename_axis("date"))


def test_a_tail_that_yahoo_no_longer_has_is_used_only_when_asked_for(cached: YahooServer) -> None:
    cached.listings["IWM"].bars = cached.listings["IWM"].bars.loc[:"2024-01-08"]
    before = cache_file("IWM").read_bytes()
    with pytest.raises(WithdrawnError) as error:
        history_of("IWM", now=NOON + WEEK)
    assert str(error.value) == (
        "Yahoo no longer has IWM's bars of 2024-01-09, 2024-01-10; the cache holds it up to 2024-01-10, retrieved "
        "7 days ago: a run with --stale uses that."
    )
    history = history_of("IWM", stale=True, now=NOON + WEEK)
    assert history.notes == ("STALE prices: IWM is from the cache, retrieved 7 days ago, up to 2024-01-10.",)
    assert history.frame.index[-1] == pd.Timestamp("2024-01-10")
    assert history.retrieved_at == NOON
    assert cache_file("IWM").read_bytes() == before


def test_an_answer_without_a_single_price_is_a_tail_withdrawn(cached: YahooServer) -> None:
    cached.listings["IWM"].bars.loc["2023-12-01":] = np.nan
    with refused(WithdrawnError, name="IWM") as error:
        history_of("IWM", now=NOON + WEEK)
    assert (str(error.value.dates[0]), len(error.value.dates)) == ("2023-12-11", 21)
    assert "--stale" in error.value.remedy


def test_a_delisted_ticker_that_the_cache_knows_was_not_misspelt(cached: YahooServer) -> None:
    del cached.listings["IWM"]
    with pytest.raises(WithdrawnError) as error:
        history_of("IWM", now=NOON + WEEK)
    assert str(error.value) == (
        "Yahoo no longer has prices of IWM from 2023-12-11 on (No data found, symbol may be delisted); the cache "
        "holds it up to 2024-01-10, retrieved 7 days ago: a run with --stale uses that."
    )


def test_a_restated_history_that_is_shorter_than_the_cache_changes_nothing(cached: YahooServer) -> None:
    listing = cached.listings["IWM"]
    pay(listing, "2024-01-12", 0.4)
    listing.bars = listing.bars.loc["2023-10-02":]
    before = cache_file("IWM").read_bytes()
    with refused(DataError, name="IWM", dates=["2023-06-01", "2024-01-10"]):
        history_of("IWM", now=NOON + WEEK)
    assert cache_file("IWM").read_bytes() == before
    with refused(DataError, name="IWM", remedy=str(cache_file("IWM"))):  # and no word of --stale
        history_of("IWM", stale=True, now=NOON + WEEK)


@pytest.mark.parametrize("fault", [failing, not_found])
def test_old_prices_are_used_only_when_asked_for_and_say_how_old_they_are(
    cached: YahooServer, fault: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached.always = fault  # type: ignore[assignment]
    with pytest.raises(DataError) as error:
        history_of("ETH-USD", now=NOON + WEEK)
    assert str(error.value).endswith(
        "; the cache holds it up to 2024-01-10, retrieved 7 days ago: a run with --stale uses that."
    )
    assert isinstance(error.value, UnreachableError) == (fault is failing)
    history = history_of("ETH-USD", stale=True, now=NOON + WEEK)
    assert history.notes == ("STALE prices: ETH-USD is from the cache, retrieved 7 days ago, up to 2024-01-10.",)
    assert history.retrieved_at == NOON
    monkeypatch.setattr("unlockstep.backtests.data.yahoo.history.present", lambda: NOON + pd.Timedelta(hours=25))
    market = load_market("yahoo", ("ETH-USD", "IWM"), start=None, end=None, seed=0, stale=True)
    assert [note for note in market.notes if "retrieved 25 hours ago" in note] == list(market.notes)
    assert len(market.notes) == 2
    assert market.slice(1).notes == market.notes


def test_old_prices_that_are_asked_for_are_not_used_where_yahoo_answers(cached: YahooServer) -> None:
    history = history_of("ETH-USD", stale=True, now=NOON + WEEK)
    assert (history.change, history.notes) == ("+7 rows", ())


def test_without_a_cache_there_is_nothing_old_to_use(yahoo: YahooServer) -> None:
    yahoo.always = failing
    with refused(UnreachableError, name="ETH-USD"):
        history_of("ETH-USD", stale=True, now=NOON)


# The files


def spoil(path: Path, how: str) -> None:
    content = path.read_bytes()
    if how == "half":
        path.write_bytes(content[: len(content) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "bare":  # a Parquet file of prices that says nothing of itself
        pd.read_parquet(path).to_parquet(path)
    elif how == "another's":
        path.write_bytes(cache_file("ETH-USD").read_bytes())
    else:
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
        pyarrow.parquet.write_table(table.slice(0, len(table) - 1), path)


@pytest.mark.parametrize("how", ["half", "empty", "bare", "another's", "a row less"])
def test_a_broken_file_is_said_and_fetched_anew(
    cached: YahooServer, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    spoil(cache_file("IWM"), how)
    with pytest.raises(BrokenCacheError):
        read_cached("IWM")
    history = history_of("IWM", now=NOON)
    assert history.change == "new"
    assert "; it is fetched anew." in caplog.text
    same(history.frame, true_bars(cached, "IWM", "2024-01-10"))


def test_a_file_is_whole_in_itself_and_its_folder_can_be_read_as_one_of_prices(cached: YahooServer) -> None:
    folder = cache_file("IWM").parent
    market = load_market(str(folder), ("ETH-USD", "IWM"), start=None, end=None, seed=0)
    np.testing.assert_allclose(
        market.equity.close, true_bars(cached, "IWM", "2024-01-10")["adj_close"].to_numpy(), rtol=1e-12
    )
    names = {path.name for path in folder.iterdir()}
    assert names == {"ETH-USD.parquet", "IWM.parquet", "fetching.lock", "yfinance"}


@pytest.mark.parametrize(
    ("ticker", "name"),
    [
        ("^RUT", "^RUT.parquet"),
        ("BRK/B", "BRK%2FB.parquet"),
        ("../../etc", "..%2F..%2Fetc.parquet"),
        ("GC=F", "GC=F.parquet"),
        ("A:B*?", "A%3AB%2A%3F.parquet"),
    ],
)
def test_no_ticker_leaves_the_cache_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ticker: str, name: str
) -> None:
    monkeypatch.setenv("UNLOCKSTEP_CACHE", str(tmp_path))
    assert cache_file(ticker) == tmp_path / name
    cache_file(ticker).touch()
    assert cached_tickers() == [ticker]


def test_no_bit_that_changed_in_a_file_goes_unnoticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNLOCKSTEP_CACHE", str(tmp_path))
    frame = eth("2024-01-10").bars.rename_axis("date")
    frame.iloc[3, 3] = np.nan
    write_cached("ETH-USD", Cached(frame, NOON))
    path, rng, noticed = cache_file("ETH-USD"), Random(5), 0
    sound = path.read_bytes()
    for _ in range(600):
        content = bytearray(sound)
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        path.write_bytes(content)
        try:
            cached = read_cached("ETH-USD")
        except BrokenCacheError:
            noticed += 1
            continue
        assert cached is not None
        assert (cached.retrieved_at, cached.restated) == (NOON, None)
        pd.testing.assert_frame_equal(cached.frame, frame, check_freq=False, check_exact=True)
    assert noticed > 300  # the others lie where Parquet keeps what nobody reads


def test_only_files_that_were_being_written_here_are_swept_away(cached: YahooServer) -> None:
    folder = cache_file("IWM").parent
    (folder / "x.tmp").mkdir()
    (folder / "IWM.parquet.12.tmp").mkdir()
    (folder / "mine.tmp").write_text("something else")
    assert history_of("IWM", now=NOON + WEEK).change == "+4 rows"
    assert {path.name for path in folder.glob("*.tmp")} == {"x.tmp", "IWM.parquet.12.tmp", "mine.tmp"}


def test_what_cannot_be_swept_away_is_told(cached: YahooServer, monkeypatch: pytest.MonkeyPatch) -> None:
    cache_file("IWM").with_name("IWM.parquet.4711.tmp").touch()

    def denied(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", denied)
    with refused(DataError, name=str(cache_folder()), remedy="UNLOCKSTEP_CACHE"):
        history_of("IWM", now=NOON + WEEK)


def test_what_the_dead_left_behind_is_removed(cached: YahooServer) -> None:
    left = cache_file("IWM").with_name("IWM.parquet.4711.tmp")
    left.write_bytes(b"half a file")
    history_of("IWM", now=NOON)  # asks nothing, writes nothing, takes no lock
    assert left.exists()
    history_of("IWM", now=NOON + WEEK)
    assert not left.exists()


def test_a_reader_waits_for_no_one_and_a_second_fetcher_for_so_long(cached: YahooServer) -> None:
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with one_at_a_time():
            holding.set()
            done.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(20)
    try:
        assert history_of("IWM", now=NOON).change == "up to date"
        with refused(UnreachableError, limit=0.1), one_at_a_time(0.1):
            pass
    finally:
        done.set()
        thread.join()


def test_a_second_fetcher_finds_what_the_first_has_fetched(
    cached: YahooServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [threading.Thread(target=history_of, args=["IWM"], kwargs={"now": NOON + WEEK}) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert cached.requests == [("IWM", "2023-12-11")]


@needs_posix
@pytest.mark.skipif(IS_ROOT, reason="the superuser may write anywhere")
def test_a_cache_that_cannot_be_written_is_told_with_the_way_out(cached: YahooServer) -> None:
    folder = cache_file("IWM").parent
    folder.chmod(0o500)
    try:
        with refused(DataError, name=str(cache_folder()), remedy="UNLOCKSTEP_CACHE"):
            history_of("IWM", now=NOON + WEEK)
    finally:
        folder.chmod(0o700)
    assert history_of("IWM", now=NOON + WEEK).change == "+4 rows"


def test_a_cache_in_the_place_of_a_file_is_told_with_the_way_out(
    yahoo: YahooServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "file"
    place.touch()
    monkeypatch.setenv("UNLOCKSTEP_CACHE", str(place))
    with refused(DataError, name=str(place), remedy="UNLOCKSTEP_CACHE"):
        history_of("IWM", now=NOON)


def test_a_disk_that_is_full_leaves_the_old_file(cached: YahooServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    before = cache_file("IWM").read_bytes()
    monkeypatch.setattr("unlockstep.backtests.data.yahoo.cache.os.fsync", full)
    with refused(DataError, name=str(cache_folder())):
        history_of("IWM", now=NOON + WEEK)
    assert cache_file("IWM").read_bytes() == before
    assert not list(cache_file("IWM").parent.glob("*.tmp"))


def test_yfinances_own_notes_lie_in_the_cache_and_broken_ones_are_dropped(
    cached: YahooServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = cache_file("IWM").parent / "yfinance"
    assert {path.name.partition(".")[0] for path in notes.iterdir()} == {"tkr-tz", "cookies"}
    other = tmp_path / "other"
    (other / "yfinance").mkdir(parents=True)
    for path in notes.iterdir():
        (other / "yfinance" / path.name).write_bytes(b"no database at all" * 100)
    monkeypatch.setenv("UNLOCKSTEP_CACHE", str(other))
    with yfinance_at(cached.address):  # as in a new process
        assert history_of("IWM", now=NOON).change == "new"
