"""What the README shows is what the software does."""

import re
from pathlib import Path
from typing import Any

import pandas as pd

from signals import Market
from strategies.eth_leads import EthLeads

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def executed(part: str) -> dict[str, Any]:
    """The names that the example with this part in it leaves."""
    (code,) = (code for code in re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL) if part in code)
    names: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), names)
    return names


def test_the_notebook_shown_runs_and_shows_itself() -> None:
    run = executed("Study.make")["run"]
    assert run.result["verdict"]["decision"].capitalize() in run._repr_html_()
    assert "hold_iwm" in run.backtest._repr_html_()


def test_the_strategy_shown_decides_as_the_one_that_ships(demo: Market) -> None:
    shown = executed("class EthLeads")
    mine, ours = shown["EthLeads"](), EthLeads()
    assert mine.label == ours.label
    pd.testing.assert_frame_equal(mine.decide(demo).frame, ours.decide(demo).frame)


def test_every_document_that_the_readme_links_to_exists() -> None:
    root = Path(__file__).parent.parent
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("http")]
    assert len(links) > 5
    assert [link for link in links if not (root / link.partition("#")[0]).exists()] == []


def test_every_heading_that_the_readme_links_to_exists() -> None:
    root = Path(__file__).parent.parent
    links = [link.partition("#") for link in re.findall(r"\]\(([^)]+#[^)]+)\)", README) if not link.startswith("http")]
    assert links
    for path, _, anchor in links:
        heads = re.findall(r"^#+ (.+)$", (root / path).read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert anchor in [re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads]
