"""A run is read from its folder, or refused in one sentence that names the place."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pandas as pd
import pytest
from pydantic.fields import FieldInfo

from tests.backtests.reports.build import candidate, stored_run
from tests.refusals import refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.jobs.compare import comparison
from unlockstep.backtests.jobs.run_files import write_run
from unlockstep.backtests.results.model.base import Result
from unlockstep.backtests.results.stored_run import StoredRun, read_run, result_of
from unlockstep.backtests.storage.run_folder import FRAMES, PARQUETS, RESULT
from unlockstep.signals.errors import RunError

PLACE = Path("one")
CONTENT = stored_run().result.as_json()


def written(place: Path, **options: Any) -> StoredRun:
    """A small run, written to a folder."""
    study = Study.make(start="2024-01-01", end="2025-02-21")
    return write_run(replace(stored_run(**options), path=place), study, force=False)


def rehashed(place: Path) -> None:
    """What somebody can do who knows of the hashes: result.json says those of the files as they are now."""
    content = json.loads((place / RESULT).read_text(encoding="utf-8"))
    content["files"] = {name: sha256((place / name).read_bytes()).hexdigest() for name in PARQUETS}
    (place / RESULT).write_text(json.dumps(content), encoding="utf-8")


def test_the_result_holds_the_sha256_of_each_parquet_file(tmp_path: Path) -> None:
    written(tmp_path / "one")
    files = json.loads((tmp_path / "one" / RESULT).read_text(encoding="utf-8"))["files"]
    assert files == {name: sha256((tmp_path / "one" / name).read_bytes()).hexdigest() for name in PARQUETS}
    assert set(files) == {"returns.parquet", "weights.parquet", "trades.parquet", "signals.parquet"}


ALTERED: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "better": lambda frame: frame + 0.001,
    "shuffled": lambda frame: pd.DataFrame(frame.to_numpy()[::-1], frame.index, frame.columns),
    "columns swapped": lambda frame: frame.set_axis(frame.columns[::-1], axis=1),
    "a session less": lambda frame: frame.iloc[1:],
    "empty": lambda frame: frame.iloc[:0],
}


@pytest.mark.parametrize("how", ALTERED)
def test_altered_frames_are_refused(tmp_path: Path, how: str) -> None:
    written(tmp_path / "one")
    for frame in FRAMES:
        path = tmp_path / "one" / f"{frame}.parquet"
        before = path.read_bytes()
        altered = ALTERED[how](pd.read_parquet(path))
        altered.to_parquet(path)
        if path.read_bytes() != before:
            with refused(RunError, name=path.name, remedy="study.toml"):
                read_run(tmp_path / "one")
        path.write_bytes(before)
    assert read_run(tmp_path / "one").name == "one"


def test_the_frames_of_another_run_are_refused(tmp_path: Path) -> None:
    for name, p in {"one": 0.4731, "other": 0.0312}.items():
        written(tmp_path / name, candidates=[candidate("derisk(window=60)", p_family=p)])
    frame = pd.read_parquet(tmp_path / "other" / "returns.parquet") * 2.0
    frame.to_parquet(tmp_path / "one" / "returns.parquet")
    with refused(RunError, name="returns.parquet"):
        read_run(tmp_path / "one")


def test_a_run_that_does_not_say_which_files_are_its_own_is_refused(tmp_path: Path) -> None:
    run = written(tmp_path / "one")
    for files in ({}, {"returns.parquet": run.result.files["returns.parquet"]}):
        (tmp_path / "one" / RESULT).write_text(json.dumps({**run.result.as_json(), "files": files}), encoding="utf-8")
        with refused(RunError, name=re.compile(r"\.files|signals\.parquet|trades\.parquet|weights\.parquet")):
            read_run(tmp_path / "one")


@pytest.mark.parametrize("how", ["a session less", "empty"])
def test_frames_of_another_shape_are_refused_whatever_the_hashes_say(tmp_path: Path, how: str) -> None:
    written(tmp_path / "one")
    path = tmp_path / "one" / "returns.parquet"
    ALTERED[how](pd.read_parquet(path)).to_parquet(path)
    rehashed(tmp_path / "one")
    with refused(RunError, name="returns.parquet"):
        read_run(tmp_path / "one")


def test_a_comparison_refuses_frames_that_name_other_variants(tmp_path: Path) -> None:
    written(tmp_path / "one")
    path = tmp_path / "one" / "returns.parquet"
    pd.read_parquet(path).rename(columns={"hold_eth": "somebody"}).to_parquet(path)
    rehashed(tmp_path / "one")
    run = read_run(tmp_path / "one")
    with refused(RunError, name="hold_eth"):
        comparison([run, run])


def test_what_is_written_is_read(tmp_path: Path) -> None:
    run = written(tmp_path / "one")
    again = read_run(tmp_path / "one")
    assert (again.name, again.result.as_json()) == ("one", run.result.as_json())
    assert again.result.as_json() == {**CONTENT, "files": again.result.files}
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


@pytest.mark.parametrize(
    ("keys", "value", "name"),
    [
        (("study", "costs"), 3, ".study.costs"),
        (("study", "costs", "fee_bps"), [10.0, 1.0], ".study.costs.fee_bps"),
        (("study", "costs", "fee_bps", "IWM"), "1", ".study.costs.fee_bps.IWM"),
        (("study", "lag"), "one", ".study.lag"),
        (("study", "fill"), {}, ".study.fill"),
        (("study", "files"), ["my_rule.py"], ".study.files"),
        (("data", "first"), "yesterday", ".data.first"),
        (("data", "evaluated", "last"), "2024-02-30", ".data.evaluated.last"),
        (("variants", 0, "gates", 0, "gate"), "a gate", ".variants[0].gates[0].gate"),
        (("study", "pair"), ["BTC-USD", "IWM"], ".study.pair"),
        (("study", "costs", "slippage_bps"), {"ETH-USD": 1.0}, ".study.costs.slippage_bps"),
        (("variants", 1, "name"), "hold_iwm", ".variants"),
        (("primary",), "somebody", ".primary"),
    ],
)
def test_what_reports_read_is_of_its_kind_however_deep_it_lies(
    keys: tuple[str | int, ...], value: Any, name: str
) -> None:
    content = json.loads(json.dumps(CONTENT))
    part = content
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = value
    with refused(RunError, name=name):
        result_of(content, PLACE)
