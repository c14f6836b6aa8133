"""What code opens is found, by whomever it is opened, with its line; what libraries open for themselves is not."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.systems import needs_posix
from unlockstep.backtests.audit import kernel_calls
from unlockstep.backtests.audit.native_calls import native_reads
from unlockstep.backtests.audit.reads import Read
from unlockstep.backtests.audit.subprocess_pool import run_in_subprocess
from unlockstep.backtests.audit.watched_call import watched

READING = {
    "pandas, Parquet": "import pandas as pd\npd.read_parquet('prices.parquet')  # <-",
    "pandas, CSV": "import pandas as pd\npd.read_csv('prices.csv')  # <-",
    "pyarrow": "import pyarrow.parquet as pq\npq.read_table('prices.parquet')  # <-",
    "pyarrow, CSV": "from pyarrow import csv\ncsv.read_csv('prices.csv')  # <-",
    "polars": "import polars as pl\npl.scan_parquet('prices.parquet').collect()  # <-",
    "ctypes": "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.fopen(b'prices.csv', b'r')  # <-",
    "a memory map": "import numpy as np\nnp.memmap('prices.csv', dtype='uint8', mode='r')  # <-",
    "os.open": "import os\nos.open('prices.csv', os.O_RDONLY)  # <-",
    "SQLite": "import sqlite3\nsqlite3.connect('prices.db')  # <-",
    "a program": "import subprocess\nsubprocess.run(['cat', 'prices.csv'], capture_output=True)  # <-",
    "the shell": "import os\nos.system('cat prices.csv')  # <-",
    "a thread": """
        from threading import Thread
        thread = Thread(target=lambda: open('prices.csv').read())  # <-
        thread.start()
        thread.join()
    """,
}
NOT = {
    "code that numba has cached": """
        from numba import njit
        @njit(cache=True)
        def twice(x):
            return 2 * x
        twice(3)
    """,
    "the number of processors": "import joblib\njoblib.cpu_count(only_physical_cores=True)",
    "the machine's name": "import platform\nplatform.processor()\nplatform.platform()",
    "fonts": "import matplotlib.font_manager",
    "a time zone": "import pandas as pd\npd.Timestamp('2024-01-01', tz='America/New_York').tz_convert('Asia/Tokyo')",
    "SQLite in memory": "import sqlite3\nsqlite3.connect(':memory:').execute('select 1')",
    "a log": "open('log.txt', 'a').close()",
    "a file of its own": "open('own.txt', 'w').close()\nopen('own.txt').read()",
    "processes of its own": """
        from multiprocessing import get_context
        with get_context('spawn').Pool(1) as pool:
            pool.map(abs, [1])
    """,
    "an import": "import xml.dom.minidom\nimport pyarrow.dataset",
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[tuple[Read, ...], list[int]]]:
    """What a function with this body opens, and the marked lines."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    frame = pd.DataFrame({"close": [1.0, 2.0]})
    frame.to_parquet("prices.parquet")
    frame.to_csv("prices.csv", index=False)
    path = tmp_path / "rule.py"

    def reads_of(body: str, *, kernel: bool = True) -> tuple[tuple[Read, ...], list[int]]:
        text = "def values():\n" + indent(dedent(body).strip("\n"), "    ") + "\n"
        path.write_text(text, encoding="utf-8")
        marks = [number for number, line in enumerate(text.splitlines(), 1) if "# <-" in line]
        # as audits do: a process that has used polars, as this one may have, leaves its locks to its copies
        with ProcessPoolExecutor(1, mp_context=get_context("forkserver")) as fresh:
            return fresh.submit(reads_in, path, kernel).result(120), marks

    return reads_of


def reads_in(path: Path, kernel: bool) -> tuple[Read, ...]:
    """What the function `values` of a file opens; kernel: with its calls watched, where this system can."""
    vars(kernel_calls)["POSSIBLE"] &= kernel
    os.chdir(path.parent)
    sys.path.insert(0, str(path.parent))
    space: dict[str, Any] = {"__name__": "rule", "__file__": str(path)}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    return watched(lambda: space["values"]() and None, frozenset({str(path)}), 60.0).reads


def kernel_tells() -> bool:
    """Whether this system lets a process hand its calls to another one."""
    try:
        return kernel_calls.POSSIBLE and run_in_subprocess(kernel_calls.listen) >= 0
    except OSError:
        return False


pytestmark = needs_posix
needs_kernel = pytest.mark.skipif(not kernel_tells(), reason="no system calls can be watched here")


@needs_kernel
@pytest.mark.parametrize("kind", READING)
def test_what_is_opened_is_noted_with_its_line(
    kind: str, run: Callable[[str], tuple[tuple[Read, ...], list[int]]]
) -> None:
    reads, marks = run(READING[kind])
    assert [read.line.number for read in reads if read.line is not None] == marks
    assert len(reads) == 1
    assert any(name in reads[0].what for name in ("prices", "cat"))


@pytest.mark.parametrize("kind", NOT)
def test_what_libraries_open_for_themselves_is_not(
    kind: str, run: Callable[[str], tuple[tuple[Read, ...], list[int]]]
) -> None:
    assert run(NOT[kind]) == ((), [])
    assert run(NOT[kind]) == ((), [])  # what the first call has stored is there now


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@needs_kernel
@pytest.mark.parametrize(
    "body",
    ["import socket\nsocket.create_connection(('127.0.0.1', {port}))  # <-", "from curl_cffi import requests\ntry:\n"
     "    requests.get('http://127.0.0.1:{port}/', timeout=0.2)  # <-\nexcept Exception:\n    pass"],
    ids=["Python", "curl"],
)  # fmt: skip
def test_a_connection_is_noted_with_its_line(
    body: str, port: int, run: Callable[[str], tuple[tuple[Read, ...], list[int]]]
) -> None:
    reads, marks = run(body.format(port=port))
    assert {read.what for read in reads} == {f"the network address 127.0.0.1:{port}"}
    assert [read.line.number for read in reads if read.line] == marks


def test_where_nobody_sees_compiled_code_its_calls_are_searched_for(
    run: Callable[..., tuple[tuple[Read, ...], list[int]]],
) -> None:
    reads, marks = run(READING["pandas, Parquet"], kernel=False)
    assert [(read.what, read.line.number) for read in reads if read.line] == [("what pd.read_parquet names", marks[0])]
    reads, _ = run(READING["pandas, CSV"], kernel=False)
    assert [read.what for read in reads] == ["the file prices.csv"]  # by Python
    assert run("import numpy as np\nnp.ones(3)", kernel=False) == ((), [])


def test_calls_are_told_by_the_library_that_they_are_of(tmp_path: Path) -> None:
    path = tmp_path / "rule.py"
    path.write_text(
        "import pandas as pd\nimport pyarrow as pa\nfrom polars import read_csv\n"
        "pd.read_csv('a')\npd.read_feather('b')\npa.memory_map('c')\nread_csv('d')\npa.array([1])\n",
        encoding="utf-8",
    )
    assert [read.what for read in native_reads(frozenset({str(path)}))] == [
        "what pd.read_feather names", "what pa.memory_map names", "what read_csv names",
    ]  # fmt: skip


def test_what_the_work_answers_and_raises_comes_through() -> None:
    assert np.array_equal(watched(lambda: np.arange(3), frozenset(), 60.0).answer, [0, 1, 2])

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        watched(fail, frozenset(), 60.0)
