"""Where each number on a page comes from: read from a result, a number carries its place there into every text.

A known number is the number it was, and knows where in which file it stands. The functions of `format` wrap what they
write of one in marks, characters that no text has; these pass through sentences and templates, and the finished page
turns them into elements that name the place. A number that a view computed has no place, and no mark: a test finds it.
"""

import json
import re
from html import escape
from typing import Any, TypeVar

from unlockstep.backtests.reports.text.figure import Text
from unlockstep.backtests.results.model import base as model_places

Tree = TypeVar("Tree")
R = TypeVar("R", bound=model_places.Result)

OPEN, MIDDLE, CLOSE = "\ue000", "\ue001", "\ue002"
SHIFT = 0xE100
"""Places are written in characters of the private use area as well, so that nothing takes them for letters."""

_MARK = re.compile(f"{OPEN}([\ue100-\ue1ff]+){MIDDLE}(.*?){CLOSE}", re.DOTALL)
_ANY = re.compile(f"{OPEN}[\ue100-\ue1ff]+{MIDDLE}|{CLOSE}")
_PARTS = re.compile(
    r"<(script|style|title|option)\b.*?</\1>|<[^>]*>|" + _MARK.pattern, re.DOTALL
)  # where no element may be, and where one may


class LocatedFloat(float):
    """A float that knows where it stands."""

    place: str

    def __abs__(self) -> "LocatedFloat":
        return locate_number(super().__abs__(), self.place)


class LocatedInt(int):
    """An int that knows where it stands."""

    place: str


class LocatedText(str):
    """A sentence that knows where it stands; what is made of it does not."""

    __slots__ = ("place",)
    place: str


def locate_number(value: float, place: str) -> LocatedFloat:
    """A number of a frame, as one that knows its place."""
    copy = LocatedFloat(value)
    copy.place = place
    return copy


def locate_text(text: str, place: str | None) -> str:
    """A sentence that stands at `place`."""
    if place is None:
        return text
    copy = LocatedText(text)
    copy.place = place
    return copy


def annotate_path(value: Tree, file: str, place: str = "") -> Tree:
    """The same tree of dicts and lists, what is in it knowing its place: "result.json .variants[0].metrics.cagr".

    After the file's name a place is a path as jq takes it.
    """
    annotated: Any = value
    if isinstance(value, dict):
        annotated = {key: annotate_path(item, file, place + _step(str(key))) for key, item in value.items()}
    elif isinstance(value, list | tuple):
        annotated = type(value)(annotate_path(item, file, f"{place}[{i}]") for i, item in enumerate(value))
    elif isinstance(value, float):
        annotated = locate_number(value, f"{file} {place}")
    elif isinstance(value, int) and not isinstance(value, bool):
        annotated = LocatedInt(value)
        annotated.place = f"{file} {place}"
    elif isinstance(value, str):
        annotated = locate_text(value, f"{file} {place}")
    return annotated  # type: ignore[no-any-return]


def typed_part(model: type[R], content: dict[str, Any]) -> R:
    """A typed part of annotated content, with its place; content: with a text among its values."""
    part = model.model_validate(content)
    for key, item in content.items():
        if isinstance(item, LocatedText):
            return model_places.annotate_path(part, *item.place.removesuffix(_step(key)).split(" ", 1))
    return part


def _step(key: str) -> str:
    return f".{key}" if key.isidentifier() else f"[{json.dumps(key)}]"


def marked(text: str, of: Any) -> str:
    """What was written of a number, or a sentence, with the marks of its place; as it is where it has none."""
    place = getattr(of, "place", None)
    if place is None:
        return text
    return _mark(text, place, "" if isinstance(of, str) else repr(of))


def marked_text(words: Text) -> str:
    """A text of figures with their marks."""
    return "".join(part if isinstance(part, str) else _mark(part.text, part.place, part.value) for part in words.parts)


def _mark(text: str, place: str, number: str) -> str:
    hidden = "".join(chr(SHIFT + byte) for byte in f"{place}\n{number}".encode())
    return f"{OPEN}{hidden}{MIDDLE}{text}{CLOSE}"


def unmarked(text: str) -> str:
    """The text alone."""
    return _ANY.sub("", text)


def figures_of(text: str) -> list[dict[str, Any]]:
    """The marked numbers and sentences of a text, each once: as written, its place, and its value in full or None."""
    figures = []
    for hidden, shown in _MARK.findall(text):
        place, number = _place_and_number(hidden)
        figures.append({"text": unmarked(shown), "place": place, "value": json.loads(number) if number else None})
    return [one for i, one in enumerate(figures) if one not in figures[:i]]


def _place_and_number(hidden: str) -> tuple[str, str]:
    """What a mark hides: the place, and the number in full or ""."""
    place, number = bytes(ord(c) - SHIFT for c in hidden).decode().split("\n")
    return place, number


def linked(page: str) -> str:
    """The page with an element round each marked number: its value in full, and its place."""

    def part(match: re.Match[str]) -> str:
        hidden, text = match.group(2), match.group(3)
        if hidden is None:
            return unmarked(match.group())
        place, number = _place_and_number(hidden)
        if not number:
            return f'<span data-at="{escape(place)}">{unmarked(text)}</span>'
        return f'<data value="{escape(number)}" data-at="{escape(place)}">{unmarked(text)}</data>'

    return _PARTS.sub(part, page)
