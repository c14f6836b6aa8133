"""The terminal's report in 80 columns."""

from io import StringIO

from rich.console import Console

from tests.backtests.reports.build import candidate, stored_run
from unlockstep.backtests.reports.study.terminal import show_study
from unlockstep.backtests.results.stored_run import StoredRun


def printed(run: StoredRun, width: int = 80) -> str:
    console = Console(file=StringIO(), width=width)
    show_study(console, run)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_gates_and_the_family_follow_the_variants() -> None:
    text = printed(stored_run())
    assert max(map(len, text.splitlines())) <= 80
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for content in (
        "timing test ✗ no 0.473 at most 0.05",
        "out of sample ✗ no −0.15 above 0",
        "episodes ✓ yes 42\u00a0% at most 50\u00a0%".replace("\u00a0", " "),
        "Family: 1 variant was tried (effective number of independent trials: 0.9); SPA p",
    ):
        assert content in lines
    order = [text.index(part) for part in ("Variants, net", "break_entry passes 2 of", "Family:", "Scorecard")]
    assert order == sorted(order)
    assert "95 % upper bound, less costs, below 0.5 a year; it is +0.88" in text.replace("\u00a0", " ")


def test_runs_without_variants_are_printed() -> None:
    assert "Family" not in printed(stored_run(candidates=[]))


def test_long_names_do_not_break_the_table_of_gates() -> None:
    variant = candidate("muted_response follow window=252(window=252)")
    variant["gates"][4]["figure"] = None
    text = printed(stored_run(candidates=[variant]))
    assert "no timing profit" in text
    assert max(map(len, text.splitlines())) <= 80
