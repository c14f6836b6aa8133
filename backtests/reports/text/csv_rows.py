"""Results as CSV: a row a variant or an event, a column a figure, for spreadsheets and other programs.

Columns are named as in the JSON file beside, with points: "metrics.sharpe"; a pair of bounds has two, ".low" and
".high". Fractions are not percent, numbers have all their digits, and a missing one is an empty cell.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

IDENTITY = ("name", "label", "strategy", "benchmark", "statement", "verdict")
FIGURES = ("params", "metrics", "against", "inference")


def variants_csv(runs: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """A row a variant of each run; runs: name → variants as result.json has them.

    Without names, where the only run is called "", there is no column for them.
    """
    rows = [
        {
            **({"run": run} if run else {}),
            **{key: variant.get(key) for key in IDENTITY},
            **dict(_leaves({key: variant.get(key) or {} for key in FIGURES})),
        }
        for run, variants in runs.items()
        for variant in variants
    ]
    return table_csv(rows)


def rows_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """A row an entry, nested ones with points in their names."""
    return table_csv([dict(_leaves(row)) for row in rows])


def table_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as they are; the columns are those of all rows, in the order in which they first come."""
    heads = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([_cell(row.get(key)) for key in heads] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _leaves(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """(name, value) of each figure and word; longer lists than a pair of bounds are left to the JSON file."""
    for key, item in tree.items():
        name = f"{above}.{key}" if above else key
        if isinstance(item, Mapping):
            yield from _leaves(item, name)
        elif isinstance(item, list | tuple):
            if len(item) == 2 and not any(isinstance(x, Mapping | list | tuple) for x in item):
                yield from ((f"{name}.low", item[0]), (f"{name}.high", item[1]))
        else:
            yield name, item
