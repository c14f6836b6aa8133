"""A figure keeps its place from the typed result into the page, and shows nothing of it elsewhere."""

import json
from typing import Any

import pytest
from markupsafe import escape

from tests.backtests.reports.figures import at
from unlockstep.backtests.reports.text.figure import ALIASES, Figure, Text, figure, figures, joined, place_of, text
from unlockstep.backtests.reports.text.format import general, interval_text, percent, ratio
from unlockstep.backtests.reports.text.small_table import signed_bounds
from unlockstep.backtests.results.model import events, family, pair, run, statements, sweep, variant
from unlockstep.backtests.results.model.base import Result, annotate_path
from unlockstep.backtests.results.model.variant import Fold, YearRow


class Part(Result):
    """A part with a number and an interval."""

    cagr: float | None
    ci: tuple[float | None, float | None]


class Whole(Result):
    """A part within a list, and numbers by ticker."""

    parts: tuple[Part, ...]
    exposure: dict[str, float]


WHOLE = annotate_path(
    Whole(parts=(Part(cagr=0.5, ci=(0.1, None)), Part(cagr=-0.1266, ci=(-0.2, 0.3))), exposure={"ETH-USD": 0.25}),
    "result.json",
)


def test_a_figure_s_place_is_where_the_file_has_it() -> None:
    content: Any = json.loads(WHOLE.model_dump_json())
    for read in (
        figure(WHOLE, lambda w: w.parts[1].cagr),
        figure(WHOLE.parts[1], lambda p: p.cagr),
        figure(WHOLE, lambda w: w.exposure["ETH-USD"]),
        *figures(WHOLE.parts[1], lambda p: p.ci),
    ):
        file, _, place = read.place.partition(" ")
        assert file == "result.json"
        assert at(content, place) == read.value


def test_a_part_of_no_file_has_no_place() -> None:
    lonely = Part(cagr=0.5, ci=(None, None))
    assert figure(lonely, lambda p: p.cagr) == Figure(0.5, "")
    assert escape(percent(figure(lonely, lambda p: p.cagr))) == "50.0\u00a0%"


def test_written_it_is_plain_in_text_and_an_element_in_a_page() -> None:
    written = text("{} <{}>", "ETH & IWM", percent(figure(WHOLE.parts[1], lambda p: p.cagr), signed=True))
    assert str(written) == "ETH & IWM <−12.7\u00a0%>"
    assert escape(written) == (
        'ETH &amp; IWM &lt;<data value="-0.1266" data-at="result.json .parts[1].cagr">−12.7\u00a0%</data>&gt;'
    )
    assert str("a " + written + " z") == f"a {written} z"
    assert str(joined(", ", [ratio(1.0), written])) == f"1.00, {written}"


def test_a_missing_bound_makes_the_interval_missing() -> None:
    assert str(interval_text(figures(WHOLE.parts[0], lambda p: p.ci))) == "–"
    assert str(interval_text(figures(WHOLE.parts[1], lambda p: p.ci))) == "−0.20 to 0.30"
    assert interval_text([]) == Text(("–",))


@pytest.mark.parametrize("module", [events, family, pair, run, statements, sweep, variant])
def test_every_alias_is_known_to_the_recorder_of_places(module: Any) -> None:
    models = [m for m in vars(module).values() if isinstance(m, type) and issubclass(m, Result)]
    for model in models:
        for name, field in model.model_fields.items():
            assert ALIASES.get(name, name) == (field.serialization_alias or name)


def test_an_alias_is_the_key_of_the_file() -> None:
    row = YearRow.model_validate({"year": 2020, "sessions": 253, "return": 0.1, "sharpe": 1.0, "timing_return": 0.0})
    assert place_of(annotate_path(row, "f"), lambda r: r.simple_return) == "f .return"
    assert place_of(Fold(first="2020-01-01", last="2020-12-31", chosen="x"), lambda f: f.first) == ""


def test_a_number_in_general_has_its_digits_and_no_more() -> None:
    assert [str(general(Figure(x, ""))) for x in (0.05, 252, 5.0, None)] == ["0.05", "252", "5", "–"]
    assert str(signed_bounds(WHOLE.parts[1], lambda p: p.ci)) == "−0.20 to +0.30"
