"""Every command that the documents show is executed, and prints what they say."""

from pathlib import Path

import pytest

from tests.docs.examples import DOCS, Example, examples, executed, unprinted
from unlockstep.backtests.data.demo import demo_frames


def test_what_a_document_leaves_out_may_be_anything_and_the_rest_must_be_there() -> None:
    example = Example("x", ("first", "…", "a … of it …"))
    assert unprinted(example, "first\nsecond\na part of it here\n") == []
    assert unprinted(example, "second\na part of it here\n") == ["first"]
    assert unprinted(example, "a part of it here\nfirst\n") == ["a … of it …"]


@pytest.mark.parametrize("page", ["clocks.md", pytest.param("tutorial.md", marks=pytest.mark.slow)])
def test_the_commands_of_a_page_print_what_it_says(page: str, tmp_path: Path) -> None:
    (tmp_path / "prices").mkdir()
    for ticker, frame in demo_frames(edge=False, seed=11).items():
        frame.rename_axis("date").to_csv(tmp_path / "prices" / f"{ticker}.csv")
    shown = examples(DOCS / page)
    assert shown
    for example in shown:
        assert unprinted(example, executed(example, tmp_path)) == [], example.command
