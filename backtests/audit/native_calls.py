"""Calls by which compiled code opens files, from the text alone: for systems on which nobody sees it do so."""

import ast
from collections.abc import Iterator
from pathlib import Path

from unlockstep.backtests.audit.reads import Read
from unlockstep.backtests.audit.source_lines import line_at

PANDAS = frozenset(("read_parquet", "read_feather", "read_orc", "read_hdf"))
"""Functions of pandas' that open files past Python."""

LIBRARIES = frozenset(
    ("pyarrow", "polars", "duckdb", "h5py", "tables", "fastparquet", "netCDF4", "connectorx", "pycurl", "curl_cffi",
     "ctypes")
)  # fmt: skip
"""Libraries whose functions do."""

OPENING = ("read", "scan", "open", "load", "memory_map", "connect", "sql", "get", "request", "Curl", "Parquet", "File",
           "OSFile", "dataset", "CDLL")  # fmt: skip
"""How the names of these functions begin."""


def native_reads(files: frozenset[str]) -> list[Read]:
    """The calls in these files that look like one."""
    return [read for file in sorted(files) for read in _reads_of(Path(file))]


def _reads_of(file: Path) -> Iterator[Read]:
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, UnicodeDecodeError):  # a notebook's cell
        return
    libraries = dict(_imported(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        words = ast.unparse(node.func).split(".")
        library, name = libraries.get(words[0], ""), words[-1]
        if (library == "pandas" and name in PANDAS) or (library in LIBRARIES and name.startswith(OPENING)):
            yield Read(f"what {ast.unparse(node.func)} names", line_at(str(file), node.lineno))


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(name in the file, top-level package) of each import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.asname or alias.name.split(".")[0], alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((alias.asname or alias.name, node.module.split(".")[0]) for alias in node.names)
