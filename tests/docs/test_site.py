"""The documentation builds without a warning; a broken link or anchor is one."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.examples import DOCS


def build(docs: Path, out: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(docs), str(out)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    done = build(DOCS, tmp_path / "site")
    assert (done.returncode, done.stderr) == (0, "")
    pages = {path.stem for path in DOCS.glob("*.md")}
    assert pages == {path.stem for path in (tmp_path / "site").glob("*.html")} - {"genindex", "search"}


@pytest.mark.slow
def test_a_broken_anchor_is_found(tmp_path: Path) -> None:
    shutil.copytree(DOCS, tmp_path / "docs")
    with (tmp_path / "docs" / "index.md").open("a", encoding="utf-8") as page:
        page.write("\n[gone](method.md#no-such-heading)\n")
    done = build(tmp_path / "docs", tmp_path / "site")
    assert done.returncode != 0
    assert "no-such-heading" in done.stderr
