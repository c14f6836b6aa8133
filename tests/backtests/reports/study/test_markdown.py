"""Markdown reports: tables that are tables, and text that is only text."""

from tests.backtests.reports.build import candidate, stored_run
from tests.backtests.reports.compared import note_of
from unlockstep.backtests.reports.study.columns import columns
from unlockstep.backtests.reports.study.markdown import study_markdown
from unlockstep.backtests.reports.study.pair_state import HEADING


def tables(text: str) -> list[list[list[str]]]:
    """Every table as rows of cells."""
    result: list[list[list[str]]] = [[]]
    for line in text.splitlines():
        if line.startswith("|"):
            cells = line.replace("\\|", "¦").strip("|").split("|")
            result[-1].append([cell.strip() for cell in cells])
        elif result[-1]:
            result.append([])
    return [table for table in result if table]


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    nasty = candidate("rule(a|b)\nnext <i>`x`</i>")
    texts = [
        study_markdown(stored_run(candidates=[nasty])),
        note_of([stored_run(), stored_run(name="b|c")], ["a|b"]),
    ]
    for text in texts:
        for table in tables(text):
            assert {len(row) for row in table} == {len(table[0])}
            assert all(set(cell) <= set("-:") for cell in table[1])
        assert "<i>" not in text


def test_the_variants_table_holds_the_figures_of_the_result() -> None:
    run = stored_run()
    head, _, first, *_ = next(table for table in tables(study_markdown(run)) if table[0][0] == "Variant")
    assert head[:4] == ["Variant", "Claim", "Verdict", "Gates"]
    assert len(head) == 4 + len([column for column in columns(("ETH-USD", "IWM")) if column.shown])
    assert first[:3] == ["break_entry (primary, smallest p)", "S4", "cannot tell"]
    assert first[3:5] == ["2 of 5 (costs and episodes)", "10.4\u00a0%"]
    assert "0.57 (0.07 to 1.02)" in first
    assert "+0.32 (−0.42 to +1.06)" in first


def test_the_verdict_comes_first() -> None:
    text = study_markdown(stored_run())
    assert text.startswith("# ETH-USD / IWM: cannot tell\n")
    assert text.index("**Verdict: cannot tell.**") < text.index(f"## {HEADING}")
    assert "`unlockstep run run1/study.toml`" in text


def test_synthetic_prices_are_named_and_real_ones_never() -> None:
    assert study_markdown(stored_run(synthetic=True)).splitlines()[0].endswith("(SYNTHETIC prices)")
    assert "SYNTHETIC" not in study_markdown(stored_run())
    assert "SYNTHETIC" in note_of([stored_run(), stored_run(synthetic=True, name="b")], [])


def test_missing_figures_are_dashes() -> None:
    text = study_markdown(stored_run(candidates=[]))
    assert "None" not in text.replace("None of", "")
    assert "nan" not in text.split()
    assert "| – |" in text


def test_warnings_come_before_any_verdict() -> None:
    text = note_of([stored_run(), stored_run(name="b")], ["The prices differ."])
    assert text.index("The prices differ.") < text.index("## Verdicts")
    assert "Not ranked" in text
    assert "Not ranked" not in note_of([stored_run()], [])


def test_runs_of_the_same_name_are_told_apart() -> None:
    head = tables(note_of([stored_run(name="a/run"), stored_run(name="b/run")], []))[-1][0]
    assert head == ["Setting", "a/run", "b/run", "Same?"]
