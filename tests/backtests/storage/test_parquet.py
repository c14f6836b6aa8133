"""Parquet of somebody else: read as pandas reads it, or refused before it takes the memory."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.systems import needs_posix
from unlockstep.backtests.storage.parquet import Bounds, UnfitParquetError, read_table

BOUNDS = Bounds(rows=1000, columns=10, values=5000, bytes=100_000)
DAYS = pd.date_range("2024-01-02", periods=5, name="session")
FRAMES = {
    "figures": pd.DataFrame({"a": [0.1, np.nan, 3.0, 4.0, 5.0], "b": range(5)}, DAYS),
    "texts": pd.DataFrame({"variant": ["x", None, "y", "y", ""], "day": DAYS, "note": ["x"] * 5}),
    "two levels": pd.DataFrame(np.ones((5, 2)), DAYS, pd.MultiIndex.from_tuples([("v", "ETH"), ("v", "IWM")])),
    "no rows": pd.DataFrame({"variant": pd.Series([], dtype=str)}),
    "no columns": pd.DataFrame(index=DAYS),
}


@pytest.mark.parametrize("which", FRAMES)
def test_a_frame_is_read_as_pandas_reads_it(which: str) -> None:
    content = FRAMES[which].to_parquet()
    pd.testing.assert_frame_equal(read_table(content, BOUNDS), pd.read_parquet(BytesIO(content)))


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    file = BytesIO()
    pq.write_table(pa.table(columns), file, **options)
    return file.getvalue()


BOMBS: dict[str, tuple[bytes, int | None]] = {
    "rows": (parquet({"a": np.zeros(1001)}), 1000),
    "columns": (parquet({f"a{i}": [1.0] for i in range(11)}), 10),
    "values": (parquet({f"a{i}": np.zeros(1000) for i in range(6)}), 5000),
    "one long text in every row": (parquet({"a": ["x" * 1000] * 101}), 100_000),
    "long texts, packed": (parquet({"a": ["x" * 1000] * 101}, use_dictionary=False, compression="gzip"), 100_000),
    "long binary": (parquet({"a": [b"x" * 1000] * 101}), 100_000),
    "a list of all in one row": (parquet({"a": [[0.0] * 2000]}), None),
    "lists of texts": (parquet({"a": [["x"] * 2000]}), None),
}


@pytest.mark.parametrize("which", BOMBS)
def test_what_is_larger_than_its_bounds_is_refused(which: str) -> None:
    content, limit = BOMBS[which]
    with pytest.raises(UnfitParquetError) as caught:
        read_table(content, BOUNDS)
    assert caught.value.limit == limit


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(40) + b"PAR1", b"<html>", bytes(5000)])
def test_what_is_no_parquet_is_refused(content: bytes) -> None:
    with pytest.raises(UnfitParquetError):
        read_table(content, BOUNDS)


@needs_posix
def test_a_small_file_that_unpacks_to_gigabytes_takes_no_memory(tmp_path: Path) -> None:
    with pq.ParquetWriter(tmp_path / "bomb", pa.schema([("a", pa.string())])) as file:
        for _ in range(3):
            file.write_table(pa.table({"a": pa.array(["x" * 2_000_000] * 400)}))  # 0.8 GB each
    assert (tmp_path / "bomb").stat().st_size < 1_000_000
    script = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from unlockstep.backtests.storage.parquet import *\n"
        "import pyarrow.parquet\nbefore = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n        read_table(Path(name).read_bytes(), Bounds(10**9, 10, 10**9, 100_000_000))\n"
        "    except UnfitParquetError as error:\n        print(error.limit)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    words = [sys.executable, "-c", script, str(tmp_path / "bomb")]
    limit, kilobytes = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    assert int(limit) == 100_000_000
    assert int(kilobytes) < 300_000
