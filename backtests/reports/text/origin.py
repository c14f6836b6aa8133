"""Where each number on a page comes from: read from a result, a number carries its place there into every text.

A known number is the number it was, and knows where in which file it stands. The functions of `format` wrap what they
write of one in marks, characters that no text has; these pass through sentences and templates, and the finished page
turns them into elements that name the place. A number that a view computed has no place, and no mark: a test finds it.
"""

import json
import re
from html import escape
from typing import Any, TypeVar

Tree = TypeVar("Tree")

OPEN, MIDDLE, CLOSE = "\ue000", "\ue001", "\ue002"
SHIFT = 0xE100
"""Places are written in characters of the private use area as well, so that nothing takes them for letters."""

_MARK = re.compile(f"{OPEN}([\ue100-\ue1ff]+){MIDDLE}(.*?){CLOSE}", re.DOTALL)
_ANY = re.compile(f"{OPEN}[\ue100-\ue1ff]+{MIDDLE}|{CLOSE}")
_PARTS = re.compile(
    r"<(script|style|title|option)\b.*?</\1>|<[^>]*>|" + _MARK.pattern, re.DOTALL
)  # where no element may be, and where one may


class KnownFloat(float):
    """A float that knows where it stands."""

    place: str

    def __abs__(self) -> "KnownFloat":
        return located(super().__abs__(), self.place)


class KnownInt(int):
    """An int that knows where it stands."""

    place: str


class KnownText(str):
    """A sentence that knows where it stands; what is made of it does not."""

    __slots__ = ("place",)
    place: str


def located(value: float, place: str) -> KnownFloat:
    """A number of a frame, as one that knows its place."""
    found = KnownFloat(value)
    found.place = place
    return found


def told(text: str, place: str | None) -> str:
    """A sentence that stands at `place`."""
    if place is None:
        return text
    found = KnownText(text)
    found.place = place
    return found


def known(value: Tree, file: str, place: str = "") -> Tree:
    """The same tree of dicts and lists, what is in it knowing its place: "result.json .variants[0].metrics.cagr".

    After the file's name a place is a path as jq takes it.
    """
    found: Any = value
    if isinstance(value, dict):
        found = {key: known(item, file, place + _step(str(key))) for key, item in value.items()}
    elif isinstance(value, list | tuple):
        found = type(value)(known(item, file, f"{place}[{i}]") for i, item in enumerate(value))
    elif isinstance(value, float):
        found = located(value, f"{file} {place}")
    elif isinstance(value, int) and not isinstance(value, bool):
        found = KnownInt(value)
        found.place = f"{file} {place}"
    elif isinstance(value, str):
        found = told(value, f"{file} {place}")
    return found  # type: ignore[no-any-return]


def _step(key: str) -> str:
    return f".{key}" if key.isidentifier() else f"[{json.dumps(key)}]"


def marked(text: str, of: Any) -> str:
    """What was written of a number, or a sentence, with the marks of its place; as it is where it has none."""
    place = getattr(of, "place", None)
    if place is None:
        return text
    number = "" if isinstance(of, str) else repr(of)
    hidden = "".join(chr(SHIFT + byte) for byte in f"{place}\n{number}".encode())
    return f"{OPEN}{hidden}{MIDDLE}{text}{CLOSE}"


def unmarked(text: str) -> str:
    """The text alone."""
    return _ANY.sub("", text)


def figures_of(text: str) -> list[dict[str, Any]]:
    """The marked numbers and sentences of a text, each once: as written, its place, and its value in full or None."""
    found = []
    for hidden, shown in _MARK.findall(text):
        place, number = _place_and_number(hidden)
        found.append({"text": unmarked(shown), "place": place, "value": json.loads(number) if number else None})
    return [one for i, one in enumerate(found) if one not in found[:i]]


def _place_and_number(hidden: str) -> tuple[str, str]:
    """What a mark hides: the place, and the number in full or ""."""
    place, number = bytes(ord(c) - SHIFT for c in hidden).decode().split("\n")
    return place, number


def linked(page: str) -> str:
    """The page with an element round each marked number: its value in full, and its place."""

    def part(found: re.Match[str]) -> str:
        hidden, text = found.group(2), found.group(3)
        if hidden is None:
            return unmarked(found.group())
        place, number = _place_and_number(hidden)
        if not number:
            return f'<span data-at="{escape(place)}">{unmarked(text)}</span>'
        return f'<data value="{escape(number)}" data-at="{escape(place)}">{unmarked(text)}</data>'

    return _PARTS.sub(part, page)
