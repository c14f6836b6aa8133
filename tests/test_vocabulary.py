"""The names in the code are the field's words: some words describe how a sentence goes, and name nothing."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("signals", "strategies", "backtests", "benchmarks", "examples", "findings", "tests")
FORBIDDEN = frozenset(
    ("told", "found", "asked", "held", "kept", "known", "own", "spoken", "silent", "standing", "conduct", "luck",
     "ever", "unseen", "sense", "opened", "readings", "blamed", "tally")
)  # fmt: skip
"""Parts of snake_case and CamelCase names that may not occur."""

ALLOWED = frozenset({"known_at", "_known_at", "known_after", "not_found", "TestKnownAnswers"})
"""The instant from which a bar is known, and the lag of publication before it, terms of docs/clocks.md; HTTP's own
word; tests against known answers.
"""

KEYS = "backtests/results/model/"
"""Fields of the classes in this folder are the keys of result.json, which is a contract of its own."""


def parts(name: str) -> set[str]:
    """The words of a name, in lower case."""
    return set(re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower().split("_"))


def bound(tree: ast.AST, *, fields: bool = True) -> Iterator[tuple[str, int]]:
    """(name, line) of all that a module binds: functions, classes, arguments, variables, attributes, aliases.

    fields: whether annotated fields of classes count.
    """
    bodies = (node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    skipped = {id(each.target) for body in bodies for each in body if isinstance(each, ast.AnnAssign) and not fields}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in skipped:
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name, node.lineno
        elif isinstance(node, ast.ImportFrom | ast.Import):
            yield from ((alias.asname, node.lineno) for alias in node.names if alias.asname)


def wrong_names(text: str, *, fields: bool = True) -> list[tuple[str, int]]:
    """(name, line) of the names bound in a module that hold a forbidden word."""
    names = bound(ast.parse(text), fields=fields)
    return [
        (name, line)
        for name, line in names
        if parts(name) & FORBIDDEN and name not in ALLOWED and not name.startswith("test_")  # those are sentences
    ]


def modules() -> list[str]:
    """Every module, by its path from the root."""
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    return sorted(path.relative_to(ROOT).as_posix() for path in (*files, *(ROOT / "unlockstep").glob("*.py")))


def test_no_name_is_a_word_that_names_nothing() -> None:
    wrong = [f"{module}: the module's own name" for module in modules() if parts(Path(module).stem) & FORBIDDEN]
    for module in modules():
        names = wrong_names((ROOT / module).read_text(encoding="utf-8"), fields=not module.startswith(KEYS))
        wrong += [f"{module}, line {line}: {name}" for name, line in names]
    assert not wrong, "Names of the field instead, such as result, payload, matches, cached:\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "def told(): ...",
        "def value(asked): ...",
        "class KnownFloat: ...",
        "found_rows = 1",
        "for own in (): ...",
        "self.kept = 1",
        "import json as readings",
        "rows = [held for held in ()]",
        "if (ever := 1): ...",
        "try: ...\nexcept ValueError as told: ...",
    ],
)
def test_every_way_to_bind_a_name_is_seen(text: str) -> None:
    assert len(wrong_names(text)) == 1


def test_words_within_words_other_positions_and_keys_of_files_may_stay() -> None:
    assert not wrong_names("unknown = owner = however = threshold = known_at = 1")
    assert not wrong_names("value = entry['held'] + other.kept")
    assert not wrong_names("class Result:\n    own: int", fields=False)
