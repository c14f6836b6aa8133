"""The reference is what the code says, and the shipped schemas fit what runs leave."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from docs.generate_reference import (
    RESULT_SCHEMA,
    STUDY_SCHEMA,
    UNIVERSE_SCHEMA,
    glossary_page,
    markdown,
    result_schema,
    study_schema,
    universe_schema,
)
from tests.docs.examples import DOCS
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.variants import studied
from unlockstep.backtests.jobs.run import run_into
from unlockstep.backtests.jobs.stored_listing import LISTING, listing_text
from unlockstep.backtests.storage.run_folder import RESULT, STUDY


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("reference")
    study = Study.make(data="demo", variants=studied(["break_entry", "derisk"]))
    return run_into(study, place / "run", ledger=place / "ledger.sqlite").path


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_page_and_the_schema_of_studies_are_those_of_the_code() -> None:
    assert (DOCS / "reference.md").read_text(encoding="utf-8") == markdown()
    assert (DOCS / "glossary.md").read_text(encoding="utf-8") == glossary_page()
    assert read(STUDY_SCHEMA) == study_schema()
    assert read(RESULT_SCHEMA) == result_schema()
    assert read(UNIVERSE_SCHEMA) == universe_schema()
    assert LISTING.read_text(encoding="utf-8") == listing_text()


def test_the_schemas_are_schemas_and_a_run_fits_them(run: Path) -> None:
    for schema, value in (
        (read(STUDY_SCHEMA), json.loads(json.dumps(tomllib.loads((run / STUDY).read_text()), default=str))),
        (read(RESULT_SCHEMA), read(run / RESULT)),
    ):
        Draft202012Validator.check_schema(schema)
        Draft202012Validator(schema).validate(value)


@pytest.mark.parametrize("change", [{"lag": 0}, {"fil": "open"}, {"fill": "noon"}, {"variants": [{"params": {}}]}])
def test_a_mistake_in_a_study_does_not_fit(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Draft202012Validator(read(STUDY_SCHEMA)).validate(change)


def test_a_result_without_its_parts_or_with_a_word_for_a_number_does_not_fit(run: Path) -> None:
    schema, result = Draft202012Validator(read(RESULT_SCHEMA)), read(run / RESULT)
    for key in ("verdict", "variants", "study"):
        assert not schema.is_valid({name: value for name, value in result.items() if name != key})
    result["variants"][0]["metrics"]["sharpe"] = "0.5"
    assert not schema.is_valid(result)


def test_every_part_of_a_result_is_in_the_reference(run: Path) -> None:
    assert set(read(run / RESULT)) <= set(read(RESULT_SCHEMA)["properties"])
