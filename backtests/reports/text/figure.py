"""Figures: numbers and sentences of a result that know their place, and the text that is written of them.

A view reads a figure from a typed part of a result, `figure(variant, lambda v: v.metrics.cagr)`, and writes it with the
functions of `format`, which answer with a Text. A Text is plain in Markdown and on a terminal (`str`), and in HTML each
figure in it is an element that names its place (`__html__`, which Jinja asks for).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, TypeVar

from unlockstep.backtests.results.model.base import Result, path_step

R = TypeVar("R", bound=Result)

ALIASES = {"simple_return": "return", "lowest": "from", "layout": "schema"}
"""Attribute → key in the file, where that is a word of Python or taken."""


@dataclass(frozen=True)
class Figure:
    """A number and its place, "result.json .variants[0].metrics.cagr"; value None where it is missing."""

    value: float | int | None
    place: str

    def __abs__(self) -> "Figure":
        return Figure(None if self.value is None else abs(self.value), self.place)


@dataclass(frozen=True)
class Sentence:
    """A sentence of a result and its place."""

    text: str
    place: str


class _Path:
    """Records which attributes and items are read."""

    def __init__(self, place: str, keys: tuple[str, ...] = ()) -> None:
        self._place, self._keys = place, keys

    def __getattr__(self, name: str) -> "_Path":
        return self[ALIASES.get(name, name)]

    def __getitem__(self, key: str | int) -> "_Path":
        step = f"[{key}]" if isinstance(key, int) else path_step(key)
        return _Path(self._place + step, (*self._keys, str(key)))


def place_of(part: R, read: Callable[[R], object]) -> str:
    """The place of what `read` reads from a part: attributes and items only; "" where the part knows none itself."""
    if not part.place:
        return ""
    start = part.place[:-1] if part.place.endswith(" .") else part.place
    recorder: Any = _Path(start)
    recorded: Any = read(recorder)
    return str(recorded._place)


def keys_of(read: Callable[[R], object]) -> tuple[str, ...]:
    """The keys of what `read` reads from a part: ("metrics", "exposure", "ETH-USD")."""
    recorder: Any = _Path("")
    recorded: Any = read(recorder)
    return tuple(recorded._keys)


def figure(part: R, read: Callable[[R], float | int | None]) -> Figure:
    """The number that `read` reads from a part, with its place."""
    return Figure(read(part), place_of(part, read))


def figures(part: R, read: Callable[[R], Sequence[float | int | None] | None]) -> list[Figure]:
    """The numbers of a list or of an interval, each with its place; [] where there is none."""
    place = place_of(part, read)
    return [Figure(value, place and f"{place}[{i}]") for i, value in enumerate(read(part) or ())]


def named_figures(part: R, read: Callable[[R], Mapping[str, float | int | None] | None]) -> dict[str, Figure]:
    """The numbers of a mapping by their key, each with its place; {} where there is none."""
    place = place_of(part, read)
    return {key: Figure(value, place and place + path_step(key)) for key, value in (read(part) or {}).items()}


def sentence(part: R, read: Callable[[R], str]) -> Sentence:
    """The sentence that `read` reads from a part, with its place."""
    return Sentence(read(part), place_of(part, read))


def sentences(part: R, read: Callable[[R], Sequence[str]]) -> list[Sentence]:
    """The sentences of a list, each with its place."""
    place = place_of(part, read)
    return [Sentence(said, place and f"{place}[{i}]") for i, said in enumerate(read(part))]


@dataclass(frozen=True)
class Cell:
    """What was written of a figure: the text, the number in full ("" of a sentence), and its place."""

    text: str
    value: str
    place: str

    def html(self, write: Callable[[str], str] = escape) -> str:
        """The element round the text; `write` escapes the text."""
        if not self.place:
            return write(self.text)
        if not self.value:
            return f'<span data-at="{escape(self.place)}">{write(self.text)}</span>'
        return f'<data value="{escape(self.value)}" data-at="{escape(self.place)}">{write(self.text)}</data>'


@dataclass(frozen=True)
class Text:
    """Text that may hold figures: plain by `str`, with elements round its figures by `__html__`."""

    parts: tuple[str | Cell, ...] = ()

    def __str__(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    def html(self, write: Callable[[str], str] = escape) -> str:
        """Text with an element round each figure; `write` escapes text."""
        return "".join(write(part) if isinstance(part, str) else part.html(write) for part in self.parts)

    def __html__(self) -> str:
        return self.html()

    def __add__(self, other: "str | Text") -> "Text":
        return Text((*self.parts, *_parts(other)))

    def __radd__(self, other: str) -> "Text":
        return Text((*_parts(other), *self.parts))

    def __bool__(self) -> bool:
        return bool(str(self))

    def __len__(self) -> int:
        return len(str(self))


Words = str | Text
"""What a view writes: plain, or with figures in it."""


def _parts(item: object) -> tuple[str | Cell, ...]:
    if isinstance(item, Text):
        return item.parts
    return (item,) if isinstance(item, Cell) else (str(item),)


def text(template: str, *items: object) -> Text:
    """`template` with {} replaced by the items in turn: Texts keep their figures, anything else is written by `str`."""
    pieces = template.split("{}")
    assert len(pieces) == len(items) + 1, template
    parts: list[str | Cell] = [pieces[0]]
    for item, piece in zip(items, pieces[1:], strict=True):
        parts += [*_parts(item), piece]
    return Text(tuple(part for part in parts if part != ""))


def joined(separator: str, items: Iterable[object]) -> Text:
    """The items with the separator between them."""
    parts: list[str | Cell] = []
    for i, item in enumerate(items):
        parts += [*((separator,) if i else ()), *_parts(item)]
    return Text(tuple(parts))


MISSING_FIGURE = Figure(None, "")
"""The figure of a part that is not there."""


def cell(written: str, of: Figure) -> Text:
    """What was written of a figure, with its place; plain where it has none or the number is missing."""
    return Text((Cell(written, repr(of.value), of.place),) if of.place and of.value is not None else (written,))
