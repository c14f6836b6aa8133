"""The figures of a page, found again in the files beside it, by code that shares nothing with the reports."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd

import unlockstep.backtests.reports

NOTHING: Mapping[str, pd.DataFrame] = {}

NUMBER = re.compile(r"(?<![\w.])[-−+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e-?\d+)?")
SOURCES = Path(unlockstep.backtests.reports.__file__).parent


class Shown(HTMLParser):
    """A page's text in pieces: (the place that it names or "", the value that it states, the text)."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[tuple[str, str, str]] = []
        self._inside: list[tuple[str, str, str]] = []
        self._skip = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        result = dict(attrs)
        if tag in ("script", "style", "title", "option"):
            self._skip += 1
        elif "data-at" in result:
            self._inside.append((tag, result["data-at"] or "", result.get("value") or ""))
            self.pieces.append((*self._inside[-1][1:], ""))
        elif self._inside and tag != "wbr":
            self._inside.append((tag, *self._inside[-1][1:]))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "title", "option"):
            self._skip -= 1
        elif self._inside and self._inside[-1][0] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self._skip:
            return
        if self._inside:
            place, value, text = self.pieces[-1]
            self.pieces[-1] = (place, value, text + data)
        elif data.strip():
            self.pieces.append(("", "", data.strip()))


STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\[\"(.*?)\"\]")


def at(tree: Any, place: str) -> Any:
    """What stands at .variants[0].metrics.exposure["ETH-USD"]."""
    assert "".join(step.group() for step in STEP.finditer(place)) == place, place
    for key, i, quoted in STEP.findall(place):
        tree = tree[int(i)] if i else tree[key or quoted]
    return tree


def agrees(text: str, value: float) -> bool:
    """Whether the text is the value, rounded to the digits that it shows."""
    plain = text.replace("−", "-").replace("\u00a0", " ").replace(",", "").strip()
    if plain == "over 100":
        return value > 100
    if plain == "< 0.001":
        return 0 <= value < 0.001
    scale = 100.0 if plain.endswith("%") else 1.0
    number = re.sub(r"( %|%|×| bp)$", "", plain)
    shown = float(number)
    if "e" in number:
        return abs(shown - value) <= 0.05 * 10.0 ** int(number.partition("e")[2])
    digits = len(number.partition(".")[2])
    wide = 0.5 * 10.0**-digits * (1 + 1e-9) + 1e-9 * abs(value) * scale
    # "{:g}" writes six digits at most
    return min(abs(shown - value * scale), abs(shown - abs(value) * scale)) <= max(wide, 5e-6 * abs(shown))


def in_frame(frame: pd.DataFrame, place: str) -> float:
    """What stands at "beta(window=252) 2025-12-31"."""
    column, _, day = place.rpartition(" ")
    return float(frame[column].to_numpy()[frame.index.get_loc(pd.Timestamp(day))])


def numbers_of(tree: Any) -> Iterator[float]:
    """Every number in it, and the length of every list: reports count what there is."""
    if isinstance(tree, dict):
        yield float(len(tree))
        for item in tree.values():
            yield from numbers_of(item)
    elif isinstance(tree, list):
        yield float(len(tree))
        for item in tree:
            yield from numbers_of(item)
    elif isinstance(tree, int | float) and not isinstance(tree, bool):
        yield float(tree)


def texts_of(tree: Any) -> Iterator[str]:
    """Every text in it, keys included."""
    if isinstance(tree, dict):
        yield from tree
        for item in tree.values():
            yield from texts_of(item)
    elif isinstance(tree, list):
        for item in tree:
            yield from texts_of(item)
    elif isinstance(tree, str):
        yield tree


def written() -> set[str]:
    """The numbers that stand in templates and in the texts of the reports' own source: of the method, not of a run."""
    sources = [
        *SOURCES.rglob("*.py"),
        *(path for stage in ("results", "trials", "stats") for path in SOURCES.parent.glob(f"{stage}/**/*.py")),
    ]
    nodes = [node for path in sources for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    pages = [path.read_text(encoding="utf-8") for path in SOURCES.glob("templates/*.j2")]
    texts += [unescape(re.sub(r"\{[%{].*?[%}]\}|<[^>]*>", " ", page)) for page in pages]
    return {number.lstrip("+").replace("−", "-") for text in texts for number in NUMBER.findall(text)}


FOLDER = re.compile(r"(?:/[^/\s]+){2,}")
"""Where a run lies, in the command that repeats it: no figure."""


def unknown_figures(page: str, files: dict[str, Any], frames: Mapping[str, pd.DataFrame] = NOTHING) -> list[str]:
    """What of the page's figures is not found; files: name → content.  frames: name → table that is drawn from."""
    wrong: list[str] = []
    constants = written()
    columns = [[str(column) for column in frame] for frame in frames.values()]
    numbers = {x for tree in (*files.values(), *columns) for x in numbers_of(tree)}
    said = "\n".join(text for tree in (*files.values(), *columns) for text in texts_of(tree))
    said_numbers = {n.lstrip("+").replace("−", "-") for n in NUMBER.findall(said)}
    for place, value, text in Shown(page).pieces:
        if not place:
            undated = re.sub(r"\d{4}-\d\d-\d\d", lambda d: "" if d.group() in said else d.group(), text)
            for number in NUMBER.findall(FOLDER.sub("", undated)):
                plain = number.lstrip("+").replace("−", "-").replace(",", "")
                whole = "." not in plain and float(plain) in numbers
                if not (plain in constants or plain in said_numbers or whole or text in AXES):
                    wrong.append(f"'{number}' in '{text}' names no place")
            continue
        file, _, inner = place.partition(" ")
        result = at(files[file], inner) if file in files else in_frame(frames[file.removesuffix(".parquet")], inner)
        if isinstance(result, str):
            if _letters(text) not in _letters(result):
                wrong.append(f"'{text}' is not what {place} says")
        elif abs(float(value)) != abs(result) or not agrees(text, result):
            wrong.append(f"'{text}' with the value {value} is not {result} of {place}")
    return wrong


AXES = frozenset(
    f"{sign}{x:.{digits}f}" for sign in ("", "−") for digits in (1, 2) for x in [n / 20 for n in range(200)]
)
"""Ticks of the axes drawn in plain HTML: round numbers."""


def _letters(text: str) -> str:
    return re.sub(r"[\s%]", "", text.replace("−", "-")).casefold()


def read(folder: Path, *names: str) -> dict[str, Any]:
    """The JSON files of a folder by name."""
    return {name: json.loads((folder / name).read_text(encoding="utf-8")) for name in names}
