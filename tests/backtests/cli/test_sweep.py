"""`unlockstep sweep` as a command."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.backtests.cli.test_app import refusal_of
from tests.backtests.nursery import command
from tests.backtests.sweep.build import PERIOD, WORDS, content, done
from tests.refusals import assert_fields
from unlockstep.signals.errors import ParameterError, RunError, StudyError, UnlockstepError


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    place = tmp_path_factory.mktemp("command") / "one"
    words = ("break_entry", *PERIOD, *WORDS, "--best", 5, "--out", place, "--ledger", place.with_suffix(".sqlite"))
    return place, command("sweep", *words)


def test_it_says_what_luck_explains_in_eighty_columns(swept: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    place, content = swept
    assert content.returncode == 0
    said = r"Adds up to 27 trials, about \d+ independent; on these prices there are none yet.\n"
    assert re.fullmatch(said, content.stderr)
    assert "SYNTHETIC prices" in content.stdout
    assert "27 variants of break_entry" in content.stdout
    assert re.search(r"^The best +t of the last +Expected by chance +Share explained$", content.stdout, re.MULTILINE)
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


def test_a_study_is_swept_on_its_terms_and_json_is_the_file(tmp_path: Path) -> None:
    place, study = tmp_path / "one", tmp_path / "study.toml"
    study.write_text(
        'start = 2020-01-01\nlag = 2\nrebalance = "daily"\n[costs]\nfee_bps = { ETH-USD = 20, IWM = 4 }\n'
        '[[variants]]\nstrategy = "eth_leads"\n'
    )
    words = ("--fee-bps", "IWM=3", "--rebalance", "0.05", "--random", 3, "--workers", 1, "--json")
    swept = command("sweep", study, *words, "--out", place, "--ledger", tmp_path / "l")
    assert swept.returncode == 0, swept.stderr
    assert swept.stdout == (place / "sweep.json").read_text(encoding="utf-8")
    result = json.loads(swept.stdout)
    assert (result["spaces"][0]["strategy"], result["spaces"][0]["drawn"]) == ("eth_leads", 3)
    assert result["study"]["costs"]["fee_bps"] == {"ETH-USD": 20.0, "IWM": 3.0}
    assert (result["study"]["lag"], result["study"]["rebalance"]) == (2, 0.05)


@pytest.mark.slow
def test_a_strategy_of_ones_own_is_swept_by_its_workers_too(tmp_path: Path) -> None:
    assert command("new", "strategy", "mine", "--out", tmp_path).returncode == 0
    place = tmp_path / "one"
    result = command(
        "sweep", tmp_path / "mine.py", *PERIOD, "--grid", "window=20:60:20", "--workers", 2, "--out", place, "--ledger",
        tmp_path / "l", "-q",
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
    assert done(place).result.spaces[0].source["file"] == str(tmp_path / "mine.py")
    assert done(place).result.variants == 3


@pytest.mark.parametrize(
    ("words", "kind", "fields"),
    [
        (("brek_entry",), ParameterError, {"name": "brek_entry", "choices": ["break_entry"]}),
        (("cash",), ParameterError, {"name": "cash"}),
        (("derisk", "--grid", "window"), ParameterError, {"name": "window"}),
        (
            ("derisk", "--grid", "window=30", "--grid", "window=60"),
            ParameterError,
            {"name": "window", "remedy": "at once"},
        ),
        (("derisk", "--grid", "windw=30"), ParameterError, {"name": "windw", "choices": ["window"]}),
        (("derisk", "eth_leads", "--grid", "window=30"), ParameterError, {"name": "window=30"}),
        (("derisk", "--grid", "eth_leads.trend=30"), ParameterError, {"name": "eth_leads", "choices": ["derisk"]}),
        (("one.toml", "two.toml"), StudyError, {"name": "two.toml", "remedy": "one by one"}),
        (("derisk", "--resume"), StudyError, {"name": "resume"}),
        (("derisk", "--resume", "--out", "nowhere"), RunError, {"name": "nowhere", "remedy": "--resume"}),
        pytest.param(
            ("derisk", "--scheduler", "tcp://127.0.0.1:9", "--out", "none", "--quiet"),
            RunError,
            {"name": "tcp://127.0.0.1:9"},
            marks=pytest.mark.slow,  # it waits for ten seconds
        ),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    kind: type[UnlockstepError],
    fields: dict[str, Any],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    error = refusal_of(capsys, monkeypatch, "sweep", *words, "--data", "demo")
    assert type(error) is kind
    assert_fields(error, **fields)
