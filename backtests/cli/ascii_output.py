"""Output to a terminal, or a file, whose encoding lacks the signs of the reports: ASCII for all of it, and never "?".

A sign that every encoding lacks now and then (−, …, ✓) is written as ASCII even where this one has it, so that one
output uses one spelling. What a name of the user's holds beside is written as the encoding can, or as its escape.
"""

import json
import re
import sys
from io import TextIOWrapper
from typing import BinaryIO, TextIO, cast

SIGNS = "−–…✓✗→≤≥×·“”▁█"
"""What a stream must be able to print to be left as it is."""

PLAIN = {
    "−": "-", "–": "-", "—": "-", "…": "...", "✓": "+", "✗": "x", "→": "->", "←": "<-", "≤": "<=", "≥": ">=", "×": "x",
    "·": "*", "“": "'", "”": "'", "‘": "'", "’": "'", "\u00a0": " ", "\u202f": " ", "±": "+-", "√": "sqrt", "²": "^2",
    "◆": "*", "•": "*", "Δ": "d", "α": "alpha", "β": "beta", "ρ": "rho", "σ": "sigma", "Σ": "sum",
    **dict(zip("╭╮╰╯┌┐└┘├┤┬┴┼", "+" * 13, strict=True)), **dict(zip("─━═│┃║", "--=|||", strict=True)),
    **dict(zip("▁▂▃▄▅▆▇█", "_.,-=+*#", strict=True)),
}  # fmt: skip
"""Sign → its spelling in ASCII; quotes are those that JSON leaves alone."""

_SIGN = re.compile(f"[{re.escape(''.join(PLAIN))}]|  +|\n")


class AsciiOutput(TextIOWrapper):
    """A text stream that writes the signs of PLAIN in ASCII, and what its encoding lacks beside as escapes.

    An ASCII stream calls itself Latin-1, since click takes one that says "ascii" for misconfigured and writes UTF-8.
    """

    def __init__(self, buffer: BinaryIO, encoding: str, *, line_buffering: bool) -> None:
        self._knows = encoding
        name = "latin-1" if _is_ascii(encoding) else encoding
        super().__init__(buffer, encoding=name, errors="backslashreplace", line_buffering=line_buffering)

    def write(self, text: str) -> int:
        """Write the text; answers its length as it was given."""
        plain = as_ascii(text)
        super().write(plain.encode("ascii", "backslashreplace").decode() if _is_ascii(self._knows) else plain)
        return len(text)


def printable(stream: TextIO) -> TextIO:
    """The stream, or one in its place that writes ASCII where its encoding lacks SIGNS."""
    if not isinstance(stream, TextIOWrapper) or isinstance(stream, AsciiOutput):
        return stream
    try:
        SIGNS.encode(stream.encoding)
    except UnicodeEncodeError:
        encoding, line_buffering = stream.encoding, stream.line_buffering
        return AsciiOutput(cast(BinaryIO, stream.detach()), encoding, line_buffering=line_buffering)
    return stream


def as_ascii(text: str) -> str:
    """The text with its signs in ASCII; where a spelling is longer, the gap after it in its line gives way."""
    longer = 0

    def spelled(match: re.Match[str]) -> str:
        nonlocal longer
        sign = match[0]
        if sign == "\n":
            longer = 0
        elif sign[0] == " ":
            taken = min(longer, len(sign) - 1)
            longer -= taken
            return sign[taken:]
        else:
            longer += len(PLAIN[sign]) - 1
            return PLAIN[sign]
        return sign

    return _SIGN.sub(spelled, text)


def json_for_stdout(text: str) -> str:
    """JSON as stdout can print it: as it is, or with escapes, which mean the same."""
    if not isinstance(sys.stdout, AsciiOutput):
        return text
    return re.sub(r"[^\x00-\x7f]+", lambda match: json.dumps(match[0])[1:-1], text)


def _is_ascii(encoding: str) -> bool:
    return encoding.lower().replace("_", "-") in ("ascii", "us-ascii", "ansi-x3.4-1968", "646")
