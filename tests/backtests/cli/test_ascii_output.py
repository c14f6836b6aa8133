"""What arrives at a terminal whose encoding lacks the reports' signs: ASCII throughout, names as they can be."""

import json
import sys
from io import BytesIO, StringIO, TextIOWrapper

import pytest
import typer

from unlockstep.backtests.cli.ascii_output import AsciiOutput, as_ascii, json_for_stdout, printable

REPORT = "verdict “cannot tell” − 12.5\u00a0% … ✓ yes ✗ no 8.4× ≤ 3 → ▁▄█ ╭─╮│"
ASCII = "verdict 'cannot tell' - 12.5 % ... + yes x no 8.4x <= 3 -> _-# +-+|"


def written(encoding: str, *texts: str) -> bytes:
    """The bytes that a terminal of this encoding gets."""
    place = BytesIO()
    stream = printable(TextIOWrapper(place, encoding=encoding))
    for text in texts:
        stream.write(text)
    stream.flush()
    return place.getvalue()


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii", "latin-1", "cp850", "koi8-r", "us-ascii"])
def test_every_sign_is_ascii_where_one_of_them_cannot_be_printed(encoding: str) -> None:
    assert written(encoding, REPORT) == ASCII.encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_terminal_that_can_print_them_gets_the_signs(encoding: str) -> None:
    assert written(encoding, REPORT) == REPORT.encode(encoding)


def test_a_name_is_written_as_the_encoding_can_and_else_as_its_escape() -> None:
    assert written("cp1252", "Müller − Łódź") == "Müller - ".encode("cp1252") + b"\\u0141\xf3d\\u017a"
    assert written("ascii", "Müller − Łódź") == b"M\\xfcller - \\u0141\\xf3d\\u017a"


def test_a_longer_spelling_takes_its_room_from_the_gap_after_it() -> None:
    before = "│ a → b    12.5 │\n│ c…       3.0 │\n"
    after = as_ascii(before)
    assert after == "| a -> b   12.5 |\n| c...     3.0 |\n"
    assert [len(line) for line in after.splitlines()] == [len(line) for line in before.splitlines()]
    assert as_ascii("a → b → c\n") == "a -> b -> c\n"  # no gap, no room
    assert as_ascii("…  x") == "... x"  # one space is left


def test_click_and_print_both_arrive_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    place = BytesIO()
    monkeypatch.setattr(sys, "stdout", printable(TextIOWrapper(place, encoding="ascii")))
    typer.echo(REPORT)
    print(REPORT)
    sys.stdout.flush()
    assert place.getvalue() == (f"{ASCII}\n" * 2).encode()


def test_json_for_such_a_terminal_means_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    content = {"name": "Łódź – “x” \U0001f600", "p": "\u2212"}
    text = json.dumps(content, ensure_ascii=False)
    assert json_for_stdout(text) == text
    monkeypatch.setattr(sys, "stdout", AsciiOutput(BytesIO(), "cp1252", line_buffering=False))
    assert json_for_stdout(text).isascii()
    assert json.loads(json_for_stdout(text)) == content


def test_what_is_no_terminal_or_file_is_left_alone() -> None:
    stream = StringIO()
    assert printable(stream) is stream
