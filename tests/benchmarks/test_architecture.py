"""Benchmarks look at the project; the project does not look at them, and competitors look at nothing of either."""

import pytest

from tests.test_architecture import LAYERS, ROOT, imports, modules

COMPETITORS = [path for path in modules("benchmarks/competitors") if path.stem.startswith(("with_", "plain_"))]


def test_the_project_does_not_know_its_benchmarks() -> None:
    using = {str(p) for layer in LAYERS for p in modules(layer) if any(n.startswith("benchmarks") for n in imports(p))}
    assert using == set()


@pytest.mark.parametrize("path", COMPETITORS, ids=lambda path: path.stem)
def test_a_competitor_imports_nothing_of_the_project_but_the_work(path: str) -> None:
    ours = (*LAYERS, "unlockstep", "benchmarks")
    names = {".".join(name.split(".")[:2]) for name in imports(ROOT / path) if name.split(".")[0] in ours}
    assert names == {"benchmarks.work"}  # or its cold start would not be its own


def test_no_benchmark_is_longer_than_one_sitting() -> None:
    lengths = {p.name: len(p.read_text(encoding="utf-8").splitlines()) for p in modules("benchmarks")}
    assert {name: lines for name, lines in lengths.items() if lines > 330} == {}
