"""The command line as a user meets it: real processes for the main ways, the entry point itself for bad input."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer

from tests.backtests.nursery import command
from tests.refusals import assert_fields
from unlockstep.backtests.cli import app as cli
from unlockstep.backtests.cli.calibrate import calibrate
from unlockstep.backtests.data.demo_universe import TICKERS
from unlockstep.backtests.text import visible
from unlockstep.signals.errors import DataError, HistoryError, ParameterError, RunError, StudyError, UnlockstepError

DAYS = pd.date_range("2016-01-01", "2019-12-31", name="date")
YEARS = ("--start", "2021-01-01")
"""Of the demo: enough for every test to be made."""


def failed_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str | Path
) -> tuple[int, str]:
    """(exit status, stderr) of a command that must fail, without stdout or traceback."""
    monkeypatch.setattr(sys, "argv", ["unlockstep", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    assert isinstance(left.value.code, int)
    return left.value.code, printed.err


APP = cli.app


def refusal_of(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str | Path
) -> UnlockstepError:
    """The error of a command that must fail: what is printed is its sentence, in one line."""
    caught = []

    def recorded() -> None:
        try:
            APP()
        except UnlockstepError as error:
            caught.append(error)
            raise

    monkeypatch.setattr(cli, "app", recorded)
    status, printed = failed_command(capsys, monkeypatch, *arguments)
    (error,) = caught
    assert (status, printed) == (error.exit_status, f"unlockstep: {visible(str(error))}\n")
    return error


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A finished run of two strategies on the demo, and what the command printed."""
    out = tmp_path_factory.mktemp("runs") / "one"
    done = command("run", "--data", "demo", *YEARS, "--strategy", "derisk", "--strategy", "barometer", "--out", out)
    assert done.returncode == 0, done.stderr
    return out, done


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of four years of made-up prices that pass every check."""
    from unlockstep.backtests.data.calendar import sessions_between

    folder = tmp_path_factory.mktemp("prices")
    for ticker, dates in (("ETH-USD", DAYS), ("IWM", sessions_between(DAYS[0], DAYS[-1]))):
        steps = pd.Series(range(len(dates)), index=dates)
        close = 100 + (steps % 7) + 3 * (steps % 3)
        frame = pd.DataFrame({"open": close, "high": close + 1, "low": close - 1, "close": close, "adj_close": close})
        frame.rename_axis("date").to_csv(folder / f"{ticker}.csv")
    return folder


def test_a_run_leaves_every_file_of_the_contract(
    finished: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    out, _ = finished
    assert {path.name for path in out.iterdir()} == {
        "result.json", "returns.parquet", "weights.parquet", "trades.parquet", "signals.parquet",
        "report.html", "report.md", "study.toml",
    }  # fmt: skip
    assert [path.name for path in out.parent.iterdir()] == ["one"]


def test_the_terminal_shows_verdict_and_table_in_80_columns(
    finished: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, done = finished
    assert "Verdict" in done.stdout
    assert "SYNTHETIC" in done.stdout
    assert "derisk" in done.stdout
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80
    assert "\x1b" not in done.stdout
    assert done.stderr == "Adds 2 trials, about 2 independent; on these prices there are none yet.\n"


def test_the_same_study_again_gives_the_same_bytes_and_quiet_prints_nothing(
    finished: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    first, _ = finished
    again = tmp_path / "again"
    done = command("run", first / "study.toml", "--out", again, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for name in ("returns", "weights", "trades", "signals"):
        assert (again / f"{name}.parquet").read_bytes() == (first / f"{name}.parquet").read_bytes(), name
    results = [json.loads((folder / "result.json").read_text()) for folder in (first, again)]
    for result in results:
        result.pop("created_at")
    assert results[0] == results[1]
    assert (again / "study.toml").read_text() == (first / "study.toml").read_text()


def test_a_setting_changes_the_variants_of_the_file_and_json_is_the_result(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text('[[variants]]\nstrategy = "derisk"\n')
    done = command("run", study, *YEARS, "--set", "derisk.window=60,120", "--out", tmp_path / "one", "--json")
    assert done.returncode == 0, done.stderr
    variants = [v for v in json.loads(done.stdout)["variants"] if not v["benchmark"]]
    assert [(v["strategy"], v["params"]["window"]) for v in variants] == [("derisk", 60), ("derisk", 120)]
    assert [v["label"] for v in variants] == ["derisk window=60", "derisk window=120"]
    assert json.loads(done.stdout) == json.loads((tmp_path / "one" / "result.json").read_text())


def test_a_result_is_printed_in_the_format_asked_for_and_nothing_else_is(
    finished: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    one, _ = finished
    out = tmp_path / "both"
    for form, name in (("md", "report.md"), ("html", "report.html"), ("json", "comparison.json")):
        done = command("compare", one, one, "--out", out, "--force", "--format", form)
        assert done.returncode == 0, done.stderr
        assert done.stdout == (out / name).read_text(encoding="utf-8")
        assert "The report is" in done.stderr
    rows = list(
        csv.DictReader(io.StringIO(command("compare", one, one, "--out", out, "--force", "--format=csv").stdout))
    )
    text = json.loads((out / "comparison.json").read_text())["runs"]
    assert [(row["run"], row["name"]) for row in rows] == [(r["run"], v["name"]) for r in text for v in r["variants"]]
    assert float(rows[0]["metrics.sharpe"]) == text[0]["variants"][0]["metrics"]["sharpe"]
    both = command("compare", one, one, "--json", "--format", "md", "--out", tmp_path / "no")
    assert (both.returncode, both.stdout) == (2, "")
    assert "give one of them" in both.stderr


def test_csv_has_a_row_a_variant_or_an_event(tmp_path: Path) -> None:
    done = command("run", *YEARS, "--strategy", "eth_leads", "--out", tmp_path / "one", "--format", "csv", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    variants = json.loads((tmp_path / "one" / "result.json").read_text())["variants"]
    assert [row["name"] for row in csv.DictReader(io.StringIO(done.stdout))] == [v["name"] for v in variants]
    done = command("events", *YEARS, "--out", tmp_path / "events", "--format", "csv")
    events = json.loads((tmp_path / "events" / "events.json").read_text())["events"]
    result = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["session"] for row in result] == [event["session"] for event in events]


def test_runs_are_compared_and_differences_said_loudly(
    finished: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    one, _ = finished
    other, out = tmp_path / "other", tmp_path / "both"
    assert command("run", *YEARS, "--strategy", "derisk", "--seed", "8", "--out", other, "--quiet").returncode == 0
    done = command("compare", one, other, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "not alike" in done.stdout
    assert "not ranked" in done.stdout
    assert "Different prices" in done.stdout
    assert {path.name for path in out.iterdir()} == {"comparison.json", "report.html", "report.md"}
    assert "Different prices" in (out / "report.html").read_text()
    listed = command("list", "runs", "--runs", tmp_path, "--json")
    assert [row["run"] for row in json.loads(listed.stdout)["runs"]] == ["other"]


def test_a_run_compared_with_itself_differs_in_nothing(
    finished: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    one, _ = finished
    done = command("compare", one, one, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["warnings"] == []
    (place,) = (tmp_path / "runs").iterdir()
    assert json.loads((place / "comparison.json").read_text()) == json.loads(done.stdout)
    assert command("compare", one, one, "--out", place, "--quiet").returncode == 1
    assert command("compare", one, one, "--out", place, "--quiet", "--force").returncode == 0


def test_the_newest_runs_are_compared_with_one_variant_and_ranked_when_told(
    finished: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    one, _ = finished
    (tmp_path / "runs").mkdir()
    for i, name in enumerate(("old", "new", "newest")):
        shutil.copytree(one, tmp_path / "runs" / name)
        os.utime(tmp_path / "runs" / name / "result.json", (1000.0 + i, 1000.0 + i))
    done = command("compare", one, "--last", "2", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [run["run"] for run in json.loads(done.stdout)["runs"]] == [one.name, "new", "newest"]

    requested = ("compare", "--last", "1", "--baseline", "newest:hold_iwm", "--out", "one")
    done = command(*requested, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "What changed from newest: hold IWM" in done.stdout
    assert "in the order of the timing IR" in done.stdout
    text = json.loads((tmp_path / "one" / "comparison.json").read_text())
    assert {each["baseline"]["variant"] for each in text["changes"]} == {"hold_iwm"}

    for arguments, sentence in (
        (("--last", "9"), "--last 9 asks for more runs than runs/ holds: 3."),
        (("runs/new",), "at least two run folders"),
        (("--last", "2", "--baseline", "gone"), "'gone' is none of the runs compared: new, newest."),
    ):
        failed = command("compare", *arguments, cwd=tmp_path)
        assert failed.returncode != 0
        assert sentence in " ".join(failed.stderr.split())


@pytest.mark.parametrize("what", ["signals", "strategies"])
def test_lists_say_what_there_is(what: str) -> None:
    done = command("list", what)
    assert done.returncode == 0
    assert "warm-up" in done.stdout
    rows = json.loads(command("list", what, "--json").stdout)[what]
    assert all(row["name"] in done.stdout for row in rows)


def test_data_show_names_both_clocks() -> None:
    done = command("data", "show", "--data", "demo")
    assert done.returncode == 0
    for words in (
        "SYNTHETIC",
        "around the clock",
        "sessions of the New York Stock Exchange",
        "decided at 01-01 00:00 UTC",
    ):
        assert words in done.stdout


@pytest.mark.parametrize(
    ("arguments", "kind", "fields"),
    [
        (("--strategy", "derisc"), ParameterError, {"name": "derisc", "choices": ["derisk"]}),
        (("--set", "derisk.windw=3"), ParameterError, {"name": "windw", "choices": ["window"]}),
        (("--set", "derisk.window=3"), ParameterError, {"name": "derisk.window", "limit": 10}),
        (("--set", "derisk.window=sixty"), ParameterError, {"name": "derisk.window"}),
        (("--set", "derisk.decouple_below=0.9"), ParameterError, {"name": "derisk", "limit": 0.3}),
        (("--pair", "ETH-USD"), StudyError, {"name": "ETH-USD"}),
        (("--pair", "ETH-USD,ETH-USD"), StudyError, {"name": "pair"}),
        (("--data", "no_such_folder"), DataError, {"name": "no_such_folder", "remedy": "--data"}),
        (("--pair", "BTC-USD,SPY"), DataError, {"choices": TICKERS, "remedy": "--data"}),
        (("--start", "2020-01-01", "--end", "2019-01-01"), DataError, {"dates": ["2020-01-01", "2019-01-01"]}),
        (("--start", "2030-01-01"), StudyError, {"name": "start", "remedy": "sealed_after"}),
        (("--start", "2025-06-01"), HistoryError, {"remedy": "--strategy"}),
        (("--primary", "nothing"), StudyError, {"name": "nothing", "remedy": "--primary"}),
        (("no_such_study.toml",), StudyError, {"name": "no_such_study.toml"}),
    ],
)
def test_a_wrong_option_is_one_sentence_and_leaves_no_run(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: tuple[str, ...],
    kind: type[UnlockstepError],
    fields: dict[str, Any],
) -> None:
    monkeypatch.chdir(tmp_path)
    error = refusal_of(capsys, monkeypatch, "run", "--out", "one", *arguments)
    assert type(error) is kind
    assert_fields(error, **fields)
    assert list(tmp_path.iterdir()) == []


def test_a_ticker_that_is_not_in_the_folder_is_named_with_those_that_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, prices: Path, tmp_path: Path
) -> None:
    error = refusal_of(capsys, monkeypatch, "run", "--data", prices, "--pair", "ETH-USD,SPY", "--out", tmp_path / "one")
    assert isinstance(error, DataError)
    assert_fields(error, name="SPY", choices=["ETH-USD", "IWM"])


@pytest.mark.parametrize("broken", ["-5", "0", "nan", "inf", "", "a lot"])
def test_a_price_that_is_none_is_refused_with_its_date(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, prices: Path, tmp_path: Path, broken: str
) -> None:
    for ticker in ("ETH-USD", "IWM"):
        lines = (prices / f"{ticker}.csv").read_text().splitlines()
        if ticker == "IWM":
            row = next(i for i, line in enumerate(lines) if line.startswith("2018-03-14"))
            fields = lines[row].split(",")
            lines[row] = ",".join([*fields[:4], broken, *fields[5:]])
        (tmp_path / f"{ticker}.csv").write_text("\n".join(lines))
    error = refusal_of(capsys, monkeypatch, "run", "--data", tmp_path, "--out", tmp_path / "one")
    assert isinstance(error, DataError)
    assert_fields(error, name="IWM.csv", dates=["2018-03-14"])
    assert not (tmp_path / "one").exists()


def test_an_output_folder_that_exists_needs_force(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "precious.txt").write_text("mine")
    error = refusal_of(capsys, monkeypatch, "run", "--out", tmp_path / "one")
    assert isinstance(error, RunError)
    assert_fields(error, name=str(tmp_path / "one"), remedy="--force")
    error = refusal_of(capsys, monkeypatch, "run", "--out", tmp_path / "one", "--force")
    assert isinstance(error, RunError)
    assert_fields(error, name="precious.txt")
    assert (tmp_path / "one" / "precious.txt").read_text() == "mine"


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_the_overview_lists_each_command_with_its_first_sentences_in_full(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys.modules["__main__"], "__package__", None)  # the program's name, also under python -m pytest
    pages = []
    for requested, status in ([], 2), (["--help"], 0), (["-h"], 0):
        monkeypatch.setattr(sys, "argv", ["unlockstep", *requested])
        with pytest.raises(SystemExit) as left:
            cli.main()
        assert left.value.code == status
        pages.append(capsys.readouterr().out)
    page = pages[0]
    assert {other.strip() for other in pages} == {page.strip()}
    widest = max(map(len, page.splitlines()))
    assert widest == columns if columns >= 60 else widest <= columns
    said = " ".join(page.replace("│", " ").split())
    commands = [info.callback for info in cli.app.registered_commands]
    assert len(commands) == 12
    for each in (*commands, calibrate):
        assert each is not None
        first = str(each.__doc__).partition("\n\n")[0]
        assert " ".join([each.__name__.strip("_"), *first.split()]) in said
    assert "data Download" in said
    for option in ("--debug", "--version", "-h, --help"):
        assert option in said


def test_the_overview_is_drawn_in_letters_that_the_terminal_knows() -> None:
    words = [sys.executable, "-m", "unlockstep.backtests.cli.app", "--help"]
    done = subprocess.run(words, capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert b"+- Commands -" in done.stdout
    assert b"?" not in done.stdout.replace(b"knowing it?", b"")


@pytest.mark.parametrize("words", [["run"], ["sweep"], ["data"], ["data", "check"], ["calibrate"], ["list"]])
def test_help_on_a_narrow_terminal_holds_every_name_whole(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    group = typer.main.get_command(cli.app)
    for word in words:
        group = group.commands[word]  # type: ignore[attr-defined]
    with pytest.raises(SystemExit):
        cli.app([*words, "--help"])
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= 40
    for parameter in group.params:
        if not getattr(parameter, "hidden", False):
            assert any(name in page for name in (*parameter.opts, parameter.name or "")), parameter.name


def test_an_unknown_option_is_misuse(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert failed_command(capsys, monkeypatch, "run", "--no-such-option")[0] == 2
    code, said = failed_command(capsys, monkeypatch, "run", "--start", "yesterday")
    assert code == 2
    assert "is no date as YYYY-MM-DD" in said
    assert "%" not in said
    assert failed_command(capsys, monkeypatch, "compare", "one")[0] == 2


def test_a_folder_without_a_run_cannot_be_compared(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, said = failed_command(capsys, monkeypatch, "compare", tmp_path, tmp_path)
    assert code == 1
    assert "result.json" in said


def test_changed_prices_stop_a_pinned_study(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "study.toml").write_text('data_sha256 = "abc"\n[[variants]]\nstrategy = "derisk"\n')
    error = refusal_of(capsys, monkeypatch, "run", tmp_path / "study.toml", "--out", tmp_path / "one")
    assert isinstance(error, DataError)
    assert_fields(error, name="data_sha256", remedy="data_sha256")
    assert not (tmp_path / "one").exists()


def test_debug_may_stand_anywhere_and_a_narrow_terminal_fails_nothing(tmp_path: Path) -> None:
    assert "No such option" not in command("run", "--data", "nowhere", "--debug").stderr
    words = [sys.executable, "-m", "unlockstep.backtests.cli.app", "data", "show", "--data", "demo"]
    done = subprocess.run(words, capture_output=True, check=False, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert b"?" not in done.stdout
    assert b"-> decided at" in done.stdout


def test_an_unforeseen_failure_is_one_sentence_and_a_traceback_only_for_debug(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("unlockstep.backtests.jobs.run.split_holdout", json.loads)  # fails in code that is nobody's own
    code, said = failed_command(capsys, monkeypatch, "run", "--out", tmp_path / "one")
    assert code == 1
    assert "Internal error: TypeError" in said
    monkeypatch.setattr(sys, "argv", ["unlockstep", "--debug", "run", "--out", str(tmp_path / "one")])
    with pytest.raises(TypeError):
        cli.main()


def test_the_version_is_told_without_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "unlockstep.backtests.cli.app", "--version"], capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"unlockstep \d+\.\d+\.\d+\S*\n", done.stdout)


@pytest.mark.parametrize(
    "variables", [{}, {"OPENBLAS_NUM_THREADS": "2", "MKL_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}]
)
def test_a_command_computes_on_one_thread_whatever_the_cores_and_settings(variables: dict[str, str]) -> None:
    script = (
        "import sys; sys.argv = ['unlockstep', '--version']\n"
        "from unlockstep.backtests.cli.app import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "import numpy, scipy.linalg, threadpoolctl\n"
        "print({each['num_threads'] for each in threadpoolctl.threadpool_info() if each['user_api'] == 'blas'})"
    )
    settings = {key: value for key, value in os.environ.items() if not key.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=settings | variables
    )
    assert done.stdout.splitlines()[-1] == "{1}"
