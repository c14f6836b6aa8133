"""The house keeps its plan: imports go one way, and the heavy ones come late."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("signals", "strategies", "backtests")


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def modules(layer: str) -> list[Path]:
    return sorted((ROOT / layer).rglob("*.py"))


@pytest.mark.parametrize(
    "path", [p for layer in LAYERS for p in modules(layer)], ids=lambda p: str(p.relative_to(ROOT))
)
def test_imports_go_one_way(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0]
    above = LAYERS[LAYERS.index(layer) + 1 :]
    assert not {name for name in imports(path) if name.split(".")[0] in above}


def test_vectorbt_is_imported_in_one_module() -> None:
    using = {p.relative_to(ROOT).as_posix() for layer in LAYERS for p in modules(layer) if "vectorbt" in imports(p)}
    assert using == {"backtests/engine.py"}


def test_signals_and_strategies_open_neither_files_nor_network() -> None:
    forbidden = {"os", "pathlib", "io", "socket", "requests", "urllib", "yfinance", "pyarrow", "shutil"}
    for layer in ("signals", "strategies"):
        for path in modules(layer):
            assert not {name.split(".")[0] for name in imports(path)} & forbidden, path


def test_no_sentence_gives_a_sign_to_nothing() -> None:
    """The z of a format takes the minus from −0.00."""
    signed = re.compile(r":\+,?\.\d")
    assert [p for layer in (*LAYERS, "findings") for p in modules(layer) if signed.search(p.read_text("utf-8"))] == []


def test_no_module_is_longer_than_one_sitting() -> None:
    lengths = {p: len(p.read_text(encoding="utf-8").splitlines()) for layer in LAYERS for p in modules(layer)}
    assert {str(p): n for p, n in lengths.items() if n > 330} == {}


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['unlockstep', '--help']\n"
        "from unlockstep.backtests.cli.app import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = ('pandas', 'numpy', 'vectorbt', 'plotly', 'scipy', 'pydantic', 'rich.console')\n"
        "print([m for m in heavy if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "Usage" in done.stdout
