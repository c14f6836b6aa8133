"""Commands in a document, and what it says that they print; files that it shows."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


@dataclass(frozen=True)
class Example:
    """One command, and the lines that follow it in the document; "…" stands for whatever was left out."""

    command: str
    printed: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """A file that a document shows: a block of Python whose first line is a comment with its name."""

    name: str
    text: str


def examples(page: Path) -> list[Example | Shown]:
    """The commands in the console blocks of a page, and the files that it shows, in their order."""
    results: list[Example | Shown] = []
    blocks = r"```(console|python)\n(?:# (\w+\.py)\n)?(.*?)```"
    for kind, name, block in re.findall(blocks, page.read_text(encoding="utf-8"), re.DOTALL):
        if kind == "python":
            results += [Shown(name, block.lstrip("\n"))] if name else []
            continue
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *lines = part.rstrip("\n").split("\n")
            results.append(Example(command, tuple(lines)))
    return results


def executed(example: Example, folder: Path) -> str:
    """What the command prints in a folder; it must succeed."""
    result = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        example.command, shell=True, cwd=folder, capture_output=True, text=True, check=False, env=result
    )
    assert done.returncode == 0, f"{example.command}: {done.stderr}"
    return done.stdout


def unprinted(example: Example, printed: str) -> list[str]:
    """Lines of the document that were not printed, in this order; "…" within a line stands for any of it."""
    lines, at, wrong = printed.split("\n"), 0, []
    for line in example.printed:
        if line.strip() == "…":
            continue
        parts = ".*".join(re.escape(part.rstrip()) for part in line.split("…"))
        pattern = re.compile(parts + (r".*" if line.endswith("…") else r"\s*"))
        match = next((i for i in range(at, len(lines)) if pattern.fullmatch(lines[i])), None)
        if match is None:
            wrong.append(line)
        else:
            at = match + 1
    return wrong
