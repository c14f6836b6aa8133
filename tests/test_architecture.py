"""The house keeps its plan: imports go one way, and the heavy ones come late."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("signals", "strategies", "backtests")
STAGES = (
    "cli", "jobs", "reports", "audit", "calibration", "sweep", "results", "trials", "engine", "stats",
    "config", "plugins", "data", "storage", "text",
)  # fmt: skip
"""The folders of backtests, the last stage first: each imports only from those that follow it here."""


def imports(path: Path, *, inside_functions: bool = True) -> set[str]:
    """Every module that a file imports, and every name that it imports from one."""
    names = set()
    nodes: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names |= {f"{module}.{alias.name}" for alias in node.names} | {module}
        elif inside_functions or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            nodes += ast.iter_child_nodes(node)
    return names


def modules(layer: str) -> list[Path]:
    return sorted((ROOT / layer).rglob("*.py"))


@pytest.mark.parametrize(
    "path", [p for layer in LAYERS for p in modules(layer)], ids=lambda p: str(p.relative_to(ROOT))
)
def test_imports_go_one_way(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0]
    above = {f"unlockstep.{name}" for name in LAYERS[LAYERS.index(layer) + 1 :]}
    assert not {name for name in imports(path) if ".".join(name.split(".")[:2]) in above}


def test_the_folders_of_backtests_import_only_downwards() -> None:
    upward = set()
    for path in modules("backtests"):
        place = path.relative_to(ROOT / "backtests")
        if place.as_posix() == "__init__.py":
            continue
        stage = STAGES.index(place.parts[0].removesuffix(".py"))
        used = {name.split(".")[2] for name in imports(path) if name.startswith("unlockstep.backtests.")}
        upward |= {(place.as_posix(), name) for name in used & set(STAGES[:stage])}
    assert upward == set()


CYCLES: set[frozenset[str]] = set()
"""Modules that import each other, inside functions included; a cycle that goes is taken out, and none may come."""


def import_graph() -> dict[str, set[str]]:
    """Module → the modules that it imports, wherever in it; a package is its __init__."""
    files = {
        ".".join(
            ("unlockstep", *(part for part in path.relative_to(ROOT).with_suffix("").parts if part != "__init__"))
        ): path
        for layer in LAYERS
        for path in modules(layer)
    }
    graph = {}
    for module, path in files.items():
        names = imports(path)
        whole = {name for name in names if not any(other.startswith(f"{name}.") for other in names)}
        graph[module] = {name if name in files else name.rpartition(".")[0] for name in whole} & set(files) - {module}
    return graph


def cycles(graph: dict[str, set[str]]) -> set[frozenset[str]]:
    """The largest sets of modules of which each imports every other, directly or through others."""

    def reached(start: str) -> set[str]:
        seen, waiting = set[str](), [start]
        while waiting:
            fresh = graph[waiting.pop()] - seen
            seen |= fresh
            waiting += fresh
        return seen

    reach = {module: reached(module) for module in graph}
    return {frozenset(m for m in reach[module] if module in reach[m]) for module in graph if module in reach[module]}


def test_a_cycle_is_found_and_what_leads_to_it_is_no_part_of_it() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"f"}, "f": {"g"}, "g": {"e"}}
    assert cycles(graph) == {frozenset("bc"), frozenset("efg")}


def test_no_modules_import_each_other() -> None:
    assert cycles(import_graph()) == CYCLES


def test_the_docstring_of_a_folder_is_its_table_of_contents() -> None:
    for path in sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("__init__.py")):
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        rows = re.findall(r"^(\w+(?:, \w+)*)/?(?:  +|: )\S", docstring.partition("\n")[2], re.MULTILINE)
        listed = [name for row in rows for name in row.split(", ")]
        folder = path.parent
        modules = {p.stem for p in folder.glob("*.py")} | {p.parent.name for p in folder.glob("*/__init__.py")}
        assert sorted(listed) == sorted(modules - {"__init__"}), path


def test_nothing_imports_the_folders_by_their_bare_names() -> None:
    bare = re.compile(r"^\s*(from|import) (signals|strategies|backtests)\b", re.MULTILINE)
    trees = (*LAYERS, "unlockstep", "benchmarks", "findings", "tests")
    assert [str(p) for tree in trees for p in modules(tree) if bare.search(p.read_text("utf-8"))] == []


ONE_SYSTEM = {
    "fcntl",
    "grp",
    "msvcrt",
    "posix",
    "pty",
    "pwd",
    "resource",
    "syslog",
    "termios",
    "tty",
    "winreg",
    "winsound",
}
"""Modules that some systems lack."""


def test_no_module_needs_a_module_of_one_system_to_be_imported() -> None:
    trees = (*LAYERS, "unlockstep", "benchmarks", "findings", "tests")
    assert {
        (path.relative_to(ROOT).as_posix(), name)
        for path in (path for tree in trees for path in modules(tree))
        for name in imports(path, inside_functions=False)
        if name.split(".")[0] in ONE_SYSTEM
    } == set()


def test_vectorbt_is_imported_in_one_module() -> None:
    using = {p.relative_to(ROOT).as_posix() for layer in LAYERS for p in modules(layer) if "vectorbt" in imports(p)}
    assert using == {"backtests/engine/portfolio.py"}


def test_signals_and_strategies_open_neither_files_nor_network() -> None:
    forbidden = {"os", "pathlib", "io", "socket", "requests", "urllib", "yfinance", "pyarrow", "shutil"}
    for layer in ("signals", "strategies"):
        for path in modules(layer):
            assert not {name.split(".")[0] for name in imports(path)} & forbidden, path


def test_no_sentence_gives_a_sign_to_nothing() -> None:
    """The z of a format takes the minus from −0.00."""
    signed = re.compile(r":\+,?\.\d")
    assert [p for layer in (*LAYERS, "findings") for p in modules(layer) if signed.search(p.read_text("utf-8"))] == []


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
