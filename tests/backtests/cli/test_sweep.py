"""`unlockstep sweep` as a command."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.backtests.nursery import command
from tests.backtests.sweep.build import PERIOD, WORDS, content, done


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    place = tmp_path_factory.mktemp("command") / "one"
    words = ("break_entry", *PERIOD, *WORDS, "--best", 5, "--out", place, "--ledger", place.with_suffix(".sqlite"))
    return place, command("sweep", *words)


def test_it_says_what_luck_explains_in_eighty_columns(swept: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    place, content = swept
    assert (content.returncode, content.stderr) == (0, "")
    assert "SYNTHETIC prices" in content.stdout
    assert "27 variants of break_entry" in content.stdout
    assert re.search(r"^The best +t of the last +By luck +Explained$", content.stdout, re.MULTILINE)
    assert f"The report is {place / 'report.html'}" in content.stdout
    assert max(len(line) for line in content.stdout.splitlines() if str(place) not in line) <= 80
    result = done(place).result
    assert f"{result.best[0].inference.timing_t:+.2f}" in content.stdout
    assert len(result.best) == 5


def test_every_figure_of_the_page_is_there_and_it_asks_nobody(
    swept: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    page = (swept[0] / "report.html").read_text(encoding="utf-8")
    assert "SYNTHETIC" in page
    assert "default-src 'none'" in page
    assert len(page) < 6_000_000
    note = (swept[0] / "report.md").read_text(encoding="utf-8")
    for variant in done(swept[0]).result.best:
        assert f"{variant.inference.timing_t:+.2f}".replace("-", "\N{MINUS SIGN}") in note


@pytest.mark.deep  # make test has it in one process: test_sweeps
def test_two_processes_of_workers_give_the_same_bytes(
    swept: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    place = tmp_path / "two"
    done = command(
        "sweep",
        "break_entry",
        *PERIOD,
        *WORDS,
        "--best",
        5,
        "--workers",
        2,
        "--quiet",
        "--out",
        place,
        "--ledger",
        tmp_path / "l",
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert content(place) == content(swept[0])


def test_json_is_the_file(tmp_path: Path) -> None:
    place = tmp_path / "one"
    done = command(
        "sweep",
        "eth_leads",
        *PERIOD,
        "--random",
        3,
        "--workers",
        1,
        "--json",
        "--out",
        place,
        "--ledger",
        tmp_path / "l",
    )
    assert done.returncode == 0
    assert done.stdout == (place / "sweep.json").read_text(encoding="utf-8")
    assert json.loads(done.stdout)["spaces"][0]["drawn"] == 3


@pytest.mark.slow
def test_a_strategy_of_ones_own_is_swept_by_its_workers_too(tmp_path: Path) -> None:
    assert command("new", "strategy", "mine", "--out", tmp_path).returncode == 0
    place = tmp_path / "one"
    result = command(
        "sweep", tmp_path / "mine.py", *PERIOD, "--grid", "window=20:60:20", "--workers", 2, "--out", place, "--ledger",
        tmp_path / "l",
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
    assert done(place).result.spaces[0].source["file"] == str(tmp_path / "mine.py")
    assert done(place).result.variants == 3


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("brek_entry",), 2, "did you mean 'break_entry'"),
        (("cash",), 2, "a benchmark"),
        (("derisk", "--grid", "window"), 2, "--grid takes PARAM=VALUES, such as window=30:250:5; got 'window'."),
        (("derisk", "--grid", "window=30", "--grid", "window=60"), 2, "--grid names window twice"),
        (("derisk", "--grid", "windw=30"), 2, "did you mean 'window'"),
        (("derisk", "eth_leads", "--grid", "window=30"), 2, "STRATEGY.PARAM=VALUES"),
        (("derisk", "--grid", "eth_leads.trend=30"), 2, "the sweep is of derisk"),
        (("derisk", "--resume"), 2, "--resume needs --out"),
        (("derisk", "--resume", "--out", "nowhere"), 1, "There is no unfinished work"),
        pytest.param(
            ("derisk", "--scheduler", "tcp://127.0.0.1:9", "--out", "none"),
            1,
            "No Dask scheduler answers",
            marks=pytest.mark.slow,  # it waits for ten seconds
        ),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(words: tuple[str, ...], status: int, says: str, tmp_path: Path) -> None:
    done = command("sweep", *words, "--data", "demo", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (status, "")
    assert says in done.stderr
    assert done.stderr.startswith("unlockstep: ")
    assert done.stderr.count("\n") == 1
