"""What the README shows is what the software does."""

import re
import shlex
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.docs.examples import Example, executed
from unlockstep.backtests.cli import app as cli
from unlockstep.backtests.data.demo import demo_frames
from unlockstep.signals import Market
from unlockstep.strategies.eth_leads import EthLeads

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


COMMANDS = re.findall(r"^\.venv/bin/(unlockstep [^#\n]+?) *(?:#.*)?$", README, flags=re.MULTILINE)


def names_left(part: str) -> dict[str, Any]:
    """The names that the example with this part in it leaves."""
    (code,) = (code for code in re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL) if part in code)
    names: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), names)
    return names


SHORTER = {
    "--worlds 100": "--worlds 2 --family one",
    "calibrate signals": "calibrate signals --worlds 1 --kind steady",
    "universe cross_asset --data path/to/prices": "universe demo --data demo",
}
"""What would take an hour, or the prices of 31 tickers, in the same words otherwise."""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_shown_is_known(command: str) -> None:
    answer = CliRunner().invoke(cli.app, [*shlex.split(command)[1:], "--help"])
    assert answer.exit_code == 0, answer.output


@pytest.mark.slow
def test_every_command_shown_succeeds_where_it_needs_no_network(tmp_path: Path) -> None:
    folder = tmp_path / "path" / "to" / "prices"
    folder.mkdir(parents=True)
    for ticker, frame in demo_frames(edge=False, seed=11, further=("BTC-USD", "SPY")).items():
        frame.loc["2020":].rename_axis("date").to_csv(folder / f"{ticker}.csv")
    first = [f"unlockstep run --data path/to/prices --out runs/{name}" for name in ("one", "two")]
    shown = [command for command in COMMANDS if "yahoo" not in command and "fetch" not in command]
    shown.sort(key=lambda command: "new strategy" not in command)  # the file that others read
    for command in (*first, *shown):
        for long, short in SHORTER.items():
            command = command.replace(long, short)
        executed(Example(command, ()), tmp_path)


@pytest.mark.slow
def test_the_notebook_shown_runs_and_shows_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = names_left("import unlockstep as ul")["run"]
    assert run.verdict.decision.capitalize() in run._repr_html_()
    assert "hold_iwm" in run.returns
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_the_strategy_shown_decides_as_the_one_that_ships(demo: Market) -> None:
    shown = names_left("class EthLeads")
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
