"""variants.parquet: a row a variant, in their order, written a block at a time."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from unlockstep.backtests.sweep.accounts import FIGURES
from unlockstep.backtests.sweep.grid import Space
from unlockstep.backtests.sweep.kernel import RUINED
from unlockstep.backtests.sweep.plan import Block, Plan, Swept


def write_variants(path: Path, plan: Plan, swept: Iterable[tuple[Block, Swept]]) -> None:
    """Write the table: strategy, number, `param_…` (null where a strategy has no such parameter), ruined, figures.

    Raises OSError where it cannot be written.
    """
    schema = _schema(plan)
    with pq.ParquetWriter(path, schema) as file:
        for block, each in swept:
            if len(each.numbers):
                file.write_table(_rows(schema, plan.spaces[block.space], each))


def _rows(schema: pa.Schema, space: Space, each: Swept) -> pa.Table:
    n = len(each.numbers)
    columns = {
        "strategy": pa.array([space.strategy.name] * n),
        "number": pa.array(each.numbers),
        "ruined": pa.array(each.fate == RUINED),
    }
    columns |= {f"param_{name}": pa.array(values) for name, values in space.columns_of(each.numbers).items()}
    figures = {name: pa.array(each.figures[:, i], from_pandas=True) for i, name in enumerate(FIGURES)}
    values = {**columns, **figures}
    return pa.table(
        [values[field.name].cast(field.type) if field.name in values else pa.nulls(n, field.type) for field in schema],
        schema=schema,
    )


def _schema(plan: Plan) -> pa.Schema:
    """Parameters of equal names and different types become words."""
    kinds: dict[str, pa.DataType] = {}
    for space in plan.spaces:
        for name, values in space.axes.items():
            kind = pa.array(values).type
            kinds[f"param_{name}"] = kind if kinds.get(f"param_{name}", kind) == kind else pa.string()
    return pa.schema(
        [
            ("strategy", pa.string()),
            ("number", pa.int64()),
            *kinds.items(),
            ("ruined", pa.bool_()),
            *((name, pa.float64()) for name in FIGURES),
        ]
    )
