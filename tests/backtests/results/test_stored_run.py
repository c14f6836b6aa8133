"""A run is read from its folder, or refused in one sentence that names the place."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic.fields import FieldInfo

from tests.backtests.reports.build import stored_run
from tests.refusals import refused
from unlockstep.backtests.results.model.base import Result
from unlockstep.backtests.results.stored_run import read_run, result_of
from unlockstep.backtests.storage import write_folder
from unlockstep.backtests.storage.run_folder import RESULT
from unlockstep.signals.errors import RunError

PLACE = Path("one")
CONTENT = stored_run().result.as_json()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    run = stored_run()
    write_folder(tmp_path / "one", {RESULT: json.dumps(CONTENT)}, {**run.frames}, force=False)
    again = read_run(tmp_path / "one")
    assert (again.name, again.result.as_json()) == ("one", CONTENT)
    assert again.result.variants[0].metrics.place == "result.json .variants[0].metrics"


def test_a_run_of_schema_1_has_empty_parts_where_it_now_has_null() -> None:
    benchmark = next(i for i, variant in enumerate(CONTENT["variants"]) if variant["benchmark"])
    old = {**json.loads(json.dumps(CONTENT)), "schema": 1}
    old["variants"][benchmark] |= {"against": {}, "robustness": {}}
    old["statements"]["S2"]["detail"] = {}
    result = result_of(old, PLACE)
    assert (result.layout, result.variants[benchmark].robustness, result.statements.S2.detail) == (2, None, None)


@pytest.mark.parametrize("content", [{}, [], None, 3, {"schema": 99}, {"schema": "1"}, {"schema": [1]}])
def test_a_result_of_another_kind_is_no_run(content: Any) -> None:
    with refused(RunError, name=str(PLACE)):
        result_of(content, PLACE)


@pytest.mark.parametrize("part", ["detectors", "seal", "family"])
def test_a_run_from_before_a_part_existed_is_refused(part: str) -> None:
    old = {key: item for key, item in CONTENT.items() if key != part} | {"schema": 1}
    with refused(RunError, name=f".{part}"):
        result_of(old, PLACE)


def wrong_for(annotation: Any) -> Any:
    """Something that no field of this type takes."""
    kinds = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    lists = any(get_origin(kind) is tuple for kind in kinds)
    return 3 if lists else ["wrong"]


def fields(part: Result, keys: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], FieldInfo]]:
    """(keys, field) of every field of a result and of the parts within; of lists, the first part."""
    for name, field in type(part).model_fields.items():
        place = (*keys, field.serialization_alias or name)
        if field.annotation is not Any:
            yield place, field
        item = getattr(part, name)
        if isinstance(item, Result):
            yield from fields(item, place)
        elif isinstance(item, tuple) and item and isinstance(item[0], Result):
            yield from fields(item[0], (*place, 0))


FIELDS = {keys: field for keys, field in fields(stored_run().result) if keys != ("schema",)}


def test_a_wrong_type_of_any_field_is_one_sentence_that_names_it() -> None:
    assert len(FIELDS) > 200
    for keys, field in FIELDS.items():
        content = json.loads(json.dumps(CONTENT))
        part = content
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] = wrong_for(field.annotation)
        with pytest.raises(RunError) as caught:
            result_of(content, PLACE)
        sentence = str(caught.value)
        place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
        assert sentence.count("\n") == 0
        assert sentence.startswith("The result.json in 'one' holds ")
        assert f" at {place}" in sentence
