"""Results as CSV: every figure in a column of its JSON name, with all its digits."""

import csv
import io

from unlockstep.backtests.reports.text.csv_rows import rows_csv, variants_csv

VARIANT = {
    "name": "rule(a=1,b=x)", "label": "rule", "strategy": "rule", "benchmark": False, "statement": "S1",
    "verdict": "no edge", "params": {"a": 1, "b": "x"}, "reasons": ["not a figure"],
    "metrics": {"sharpe": 0.1234567890123, "exposure": {"ETH-USD": 0.5}},
    "against": {}, "inference": {"timing_ci": [-1.5, None], "folds": [1, 2, 3], "timing_ir": None},
}  # fmt: skip


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_variant_is_a_row_and_a_figure_a_column() -> None:
    (row,) = read(variants_csv({"": [VARIANT]}))
    assert row == {
        "name": "rule(a=1,b=x)", "label": "rule", "strategy": "rule", "benchmark": "false", "statement": "S1",
        "verdict": "no edge", "params.a": "1", "params.b": "x", "metrics.sharpe": "0.1234567890123",
        "metrics.exposure.ETH-USD": "0.5", "inference.timing_ci.low": "-1.5", "inference.timing_ci.high": "",
        "inference.timing_ir": "",
    }  # fmt: skip


def test_runs_with_names_have_a_column_and_variants_of_other_parameters_leave_cells_empty() -> None:
    other = {**VARIANT, "params": {"c": 2}, "benchmark": True}
    first, second = read(variants_csv({"one": [VARIANT], "two": [other]}))
    assert (first["run"], second["run"]) == ("one", "two")
    assert (first["params.a"], second["params.a"]) == ("1", "")
    assert (first["params.c"], second["params.c"]) == ("", "2")
    assert second["benchmark"] == "true"


def test_any_rows_are_flattened_and_what_they_say_is_quoted() -> None:
    assert rows_csv([{"kind": "break", "moves": {"crypto": 0.5}, "told": 'a, "b"'}, {"kind": "recoupling"}]) == (
        'kind,moves.crypto,told\nbreak,0.5,"a, ""b"""\nrecoupling,,\n'
    )
    assert rows_csv([]) == "\n"
