"""Work beside this process gives what it gives in this process, and leaves no process behind."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.systems import needs_posix
from unlockstep.backtests.jobs import parallel
from unlockstep.backtests.jobs.parallel import Background, can_fork

linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux only")


@pytest.fixture
def forking(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process with one thread; the runner of these tests has several."""
    monkeypatch.setattr(parallel, "can_fork", lambda: True)


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "can_fork", lambda: False)


@linux
def test_work_is_done_in_another_process_and_its_answer_comes_back(forking: None) -> None:
    with Background(lambda: (os.getpid(), list(range(100_000)))) as work:
        pid, numbers = work.result()
    assert pid != os.getpid()
    assert numbers == list(range(100_000))
    with pytest.raises(ChildProcessError):  # it has been waited for
        os.waitpid(pid, os.WNOHANG)


def test_where_a_copy_is_not_safe_it_is_done_in_this_process(inline: None) -> None:
    with Background(os.getpid) as work:
        assert work.result() == os.getpid()


@linux
def test_what_fails_in_the_copy_fails_here_with_its_own_traceback(forking: None) -> None:
    def failing() -> None:
        raise KeyError("a rule of a user")

    with Background(failing) as work, pytest.raises(KeyError, match="a rule of a user") as error:
        work.result()
    assert error.traceback[-1].name == "failing"


@linux
def test_a_copy_that_dies_costs_nothing_but_time(forking: None) -> None:
    here = os.getpid()

    def dying() -> str:
        if os.getpid() != here:
            os._exit(9)
        return "done again"

    with Background(dying) as work:
        assert work.result() == "done again"


@linux
def test_work_that_is_not_wanted_any_more_is_ended(forking: None, tmp_path: Path) -> None:
    mark = tmp_path / "late"

    def slow() -> None:
        time.sleep(2)
        mark.touch()

    with Background(slow):
        pass
    time.sleep(2.5)
    assert not mark.exists()


@linux
def test_a_process_with_a_second_thread_is_not_copied() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert not can_fork()
    finally:
        stop.set()
        thread.join()


@needs_posix
def test_a_fresh_process_is_copied_where_it_has_two_cores() -> None:
    code = "from unlockstep.backtests.jobs.parallel import can_fork; print(can_fork())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    two = sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1
    assert done.stdout.strip() == str(two)
