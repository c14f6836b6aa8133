"""Every command that the documents show is executed, and prints what they say."""

import re
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

import unlockstep as ul
from tests.docs.examples import DOCS, Example, Shown, examples, executed, unprinted
from unlockstep.backtests.data.demo import demo_frames, demo_vix

SLOW = ("tutorial.md", "examples.md")


def test_what_a_document_leaves_out_may_be_anything_and_the_rest_must_be_there() -> None:
    example = Example("x", ("first", "…", "a … of it …"))
    assert unprinted(example, "first\nsecond\na part of it here\n") == []
    assert unprinted(example, "second\na part of it here\n") == ["first"]
    assert unprinted(example, "a part of it here\nfirst\n") == ["a … of it …"]


def prices_in(folder: Path) -> None:
    """The price files that the documents speak of."""
    folder.mkdir()
    for ticker, frame in (demo_frames(edge=False, seed=11) | {"^VIX": demo_vix(edge=False, seed=11)}).items():
        frame.rename_axis("date").to_csv(folder / f"{ticker}.csv")


@pytest.mark.parametrize("page", ["clocks.md", *(pytest.param(p, marks=pytest.mark.slow) for p in SLOW)])
def test_the_commands_of_a_page_print_what_it_says(page: str, tmp_path: Path) -> None:
    prices_in(tmp_path / "prices")
    copytree(DOCS.parent / "examples", tmp_path / "examples")
    shown = examples(DOCS / page)
    assert shown
    for example in shown:
        if isinstance(example, Shown):
            (tmp_path / example.name).write_text(example.text, encoding="utf-8")
            continue
        assert unprinted(example, executed(example, tmp_path)) == [], example.command


@pytest.mark.slow
def test_the_code_of_the_page_on_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prices_in(tmp_path / "prices")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("unlockstep.backtests.jobs.audit.MOST", 1.0)
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in re.findall(r"```python\n(.*?)```", (DOCS / "python.md").read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, "python.md", "exec"), names)
    assert names["run"].verdict.decision in {"edge", "no edge", "cannot tell"}
    assert [v.name for v in names["mine"].variants[:2]] == ["my_rule(window=60)", "my_rule(window=90)"]
    assert names["on_mine"].result.data.source == "frames of ETH-USD and IWM, handed over in Python"
    refused = names["refused"]
    assert (refused.name, refused.dates) == ("IWM", (date(2021, 3, 5),))
    assert refused.remedy.startswith("add the rows from the source, or")
    assert len(names["swept"].variants) == 5
    assert names["audited"].clean
    assert "signal=falling,signal.window=10" in names["fallen"].variants[0].name
    assert (tmp_path / "runs" / "first" / "study.toml").is_file()
    assert (tmp_path / "report.html").is_file()


def test_the_page_on_python_names_all_of_the_face() -> None:
    page = (DOCS / "python.md").read_text(encoding="utf-8")
    assert [name for name in ul.__all__ if f"ul.{name}" not in page and f"unlockstep.{name}" not in page] == []
