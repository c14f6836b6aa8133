"""Real processes on one cache: two at once, and one killed at a random moment."""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.backtests.data.listings import bills, eth, iwm, pay
from tests.backtests.data.yahoo_server import YahooServer, failing
from tests.systems import needs_posix, needs_root
from unlockstep.backtests.data.align import make_market
from unlockstep.backtests.data.calendar import last_complete
from unlockstep.backtests.data.identity import identity_by_name
from unlockstep.backtests.data.yahoo import history_of
from unlockstep.backtests.data.yahoo.cache import cache_file, cache_folder, read_cached

PAIR = ("ETH-USD", "IWM")
FIRST = pd.Timestamp("2024-01-11 12:00", tz="UTC")


class Worker:
    """`unlockstep` in a process of its own, which waits for commands."""

    def __init__(self, server: YahooServer) -> None:
        words = [sys.executable, "-m", "tests.backtests.data.yahoo_command", server.address]
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1
        )

    def wait_for(self, word: str, seconds: float = 120.0) -> str:
        """The line that begins with `word`; what is printed before it is passed over."""
        assert self.process.stdout is not None
        patience = threading.Timer(seconds, self.process.kill)
        patience.start()
        try:
            for line in self.process.stdout:
                if line.startswith(word):
                    return line.strip()
        finally:
            patience.cancel()
        raise AssertionError(f"the process ended, and did not say '{word}'")

    def ask(self, now: pd.Timestamp, *words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([str(now.tz_convert(None)), *words]) + "\n")

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


@contextmanager
def workers(server: YahooServer, count: int) -> Iterator[list[Worker]]:
    started = [Worker(server) for _ in range(count)]
    try:
        for worker in started:
            worker.wait_for("ready")
        yield started
    finally:
        for worker in started:
            worker.end()


@pytest.fixture
def listed(yahoo: YahooServer, monkeypatch: pytest.MonkeyPatch) -> YahooServer:
    """A Yahoo that knows the prices of a year from FIRST on; what is not complete yet is left out by who asks."""
    yahoo.listings |= {"ETH-USD": eth("2025-01-12", first="2022-01-01"), "IWM": iwm("2025-01-10", first="2022-01-03")}
    yahoo.listings["^IRX"] = bills("2025-01-10", first="2022-01-03")
    return yahoo


def truth(server: YahooServer, ticker: str, now: pd.Timestamp) -> pd.DataFrame:
    return server.listings[ticker].bars.loc[: last_complete(identity_by_name(ticker).clock, now)]


def goes_ex(server: YahooServer, now: pd.Timestamp) -> None:
    """IWM goes ex a dividend on its newest complete day, where that day is new today."""
    newest = last_complete("XNYS", now)
    if newest > last_complete("XNYS", now - pd.Timedelta(days=1)):
        pay(server.listings["IWM"], str(newest.date()), 0.3)


def holds(ticker: str, expected: pd.DataFrame) -> bool:
    """Whether the cache holds these prices, bit for bit; a broken file raises."""
    entry = read_cached(ticker)
    assert entry is not None
    same_days = list(entry.frame.index) == list(expected.index)
    return same_days and bool(np.array_equal(entry.frame.to_numpy(), expected.to_numpy()))


@pytest.mark.parametrize("rounds", [pytest.param(6, marks=pytest.mark.slow), pytest.param(50, marks=pytest.mark.deep)])
def test_two_processes_that_fetch_and_run_at_once_lose_nothing(
    listed: YahooServer, tmp_path: Path, rounds: int
) -> None:
    run = ("run", "--data", "yahoo", "--strategy", "hold_eth", "--start", "2023-01-01", "--quiet")
    chance = random.Random(1)
    with workers(listed, 2) as (fetching, running):
        for number in range(rounds):
            now = FIRST + pd.Timedelta(days=number)
            if number % 5 == 4:  # both meet a history that was restated
                goes_ex(listed, now)
            if number % 7 == 3:  # and the one that comes first meets a fault that passes
                listed.faults = [failing]
            out = tmp_path / f"run-{number}"
            both = [(fetching, ("data", "fetch")), (running, (*run, "--out", str(out)))]
            chance.shuffle(both)
            for worker, words in both:
                worker.ask(now, *words)
                time.sleep(chance.uniform(0.0, 0.05))
            assert [worker.wait_for("done") for worker, _ in both] == ["done 0", "done 0"], number
            for ticker in PAIR:
                assert holds(ticker, truth(listed, ticker, now)), (number, ticker)
            frames = {ticker: truth(listed, ticker, now).rename_axis("date") for ticker in PAIR}
            expected = make_market(frames, PAIR, start=pd.Timestamp("2023-01-01"), end=None, source="")
            assert json.loads((out / "result.json").read_text())["data"]["sha256"] == expected.sha256
    assert not list(cache_folder().glob("*.tmp"))


@pytest.mark.parametrize("kills", [pytest.param(6, marks=pytest.mark.slow), pytest.param(50, marks=pytest.mark.deep)])
def test_kills_of_a_fetch_leave_the_old_cache_or_the_new_one(listed: YahooServer, kills: int) -> None:
    chance = random.Random(2)
    with workers(listed, 1) as (undisturbed,):
        began = time.monotonic()
        undisturbed.ask(FIRST, "data", "fetch")
        assert undisturbed.wait_for("done") == "done 0"
        usual = time.monotonic() - began
    unfinished = changed = 0
    waiting = [Worker(listed), Worker(listed)]
    try:
        for number in range(kills):
            now = FIRST + pd.Timedelta(days=number + 1)
            if number % 2:  # then all of IWM is fetched anew
                goes_ex(listed, now)
            before = {ticker: cache_file(ticker).read_bytes() for ticker in PAIR}
            worker = waiting.pop(0)
            waiting.append(Worker(listed))  # imports while this one works
            worker.wait_for("ready")
            wanted = chance.randint(number == 1, 3)
            requests = len(listed.requests) + wanted
            worker.ask(now, "data", "fetch")
            until = time.monotonic() + (usual if number else 120.0)
            if number:
                while len(listed.requests) < requests and time.monotonic() < until:
                    time.sleep(0.001)
            else:  # the first is killed between the files, whatever the machine takes for them
                while all(cache_file(t).read_bytes() == before[t] for t in PAIR) and time.monotonic() < until:
                    time.sleep(0.001)
            if number > 1:
                time.sleep(chance.uniform(0.0, 0.15 if wanted else usual))
            os.kill(worker.process.pid, 9)
            unfinished += "done" not in (worker.process.communicate()[0] or "")
            for ticker in PAIR:
                old = cache_file(ticker).read_bytes() == before[ticker]
                assert old or holds(ticker, truth(listed, ticker, now)), (number, ticker)
                assert read_cached(ticker) is not None
                changed += not old
            for ticker in (*PAIR, "^IRX"):
                history_of(ticker, now=now)
                assert holds(ticker, truth(listed, ticker, now)), (number, ticker)
            if changed:
                assert not list(cache_folder().glob("*.tmp"))
    finally:
        for worker in waiting:
            worker.end()
    assert unfinished >= kills // 5
    assert changed >= kills // 5


KILLED_WHILE_WRITING = """
import os, signal, sys
import unlockstep.backtests.data.yahoo.cache as cache
from tests.backtests.data.yahoo_command import main
cache.os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
main()
"""


@needs_posix
def test_a_kill_while_a_file_is_written_leaves_the_old_one_and_the_next_fetch_cleans_up(listed: YahooServer) -> None:
    for ticker in PAIR:
        history_of(ticker, now=FIRST)
    before = cache_file("ETH-USD").read_bytes()
    tomorrow = FIRST + pd.Timedelta(days=1)
    words = [sys.executable, "-c", KILLED_WHILE_WRITING, listed.address, "2024-01-12 12:00", "data", "fetch"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == -9
    assert cache_file("ETH-USD").read_bytes() == before
    assert len(list(cache_folder().glob("*.tmp"))) == 1
    assert history_of("ETH-USD", now=tomorrow).change == "+1 row"  # the lock of the dead is free
    assert holds("ETH-USD", truth(listed, "ETH-USD", tomorrow))
    assert not list(cache_folder().glob("*.tmp"))


AS_NOBODY = """
import os, sys
import filelock
import exchange_calendars.exchange_calendar_xnys
from unlockstep.backtests.data.yahoo import history_of  # what this imports, root may read alone
from tests.backtests.data.yahoo_command import main, once
asked = list(sys.argv)
once("2024-01-11 12:00", "data", "fetch", "ETH-USD", "IWM", "--json")
sys.argv = asked
os.setgid(65534)
os.setuid(65534)
main()
"""


@needs_root
def test_a_cache_without_permission_is_one_sentence_and_changes_nothing(
    listed: YahooServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory() as place:  # others may look into it, unlike into pytest's own
        Path(place).chmod(0o755)
        monkeypatch.setenv("UNLOCKSTEP_CACHE", str(Path(place) / "cache"))
        _refused_to_nobody(listed)


def _refused_to_nobody(listed: YahooServer) -> None:
    for ticker in PAIR:
        history_of(ticker, now=FIRST)
    before = cache_file("ETH-USD").read_bytes()
    words = [sys.executable, "-c", AS_NOBODY, listed.address, "2024-01-12 12:00", "data", "fetch", "ETH-USD"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        f"unlockstep: The cache '{cache_folder()}' cannot be written: Permission denied; name another folder in the "
        "environment variable UNLOCKSTEP_CACHE.\n"
    )
    assert cache_file("ETH-USD").read_bytes() == before


@pytest.mark.slow
def test_what_happened_beside_the_result_is_said_on_stderr(listed: YahooServer, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tests.backtests.data.yahoo_command", listed.address]

    def command(now: str, *requested: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*words, now, *requested], capture_output=True, text=True, check=False)

    done = command("2024-01-11 12:00", "data", "fetch")
    assert (done.returncode, done.stderr) == (0, "")
    pay(listed.listings["IWM"], "2024-01-12", 0.3)
    cache_file("ETH-USD").write_bytes(b"nonsense")
    done = command("2024-01-18 12:00", "data", "fetch")
    first, second = done.stderr.splitlines()
    assert "ETH-USD.parquet' is no Parquet file" in first
    assert first.endswith("; it is fetched anew.")
    assert second.startswith(
        "Yahoo restated 508 rows of IWM from 2022-01-03 to 2024-01-10; all of it was fetched anew."
    )
    # nothing outside the cache: yfinance keeps its notes there too
    assert {path.name for path in cache_folder().iterdir()} == {
        "ETH-USD.parquet", "IWM.parquet", "^IRX.parquet", "fetching.lock", "yfinance"
    }  # fmt: skip
