"""How deep a study's TOML is nested, told before it is read: nesting without end takes the stack, or all memory.

Lists, tables within braces and keys with points nest alike. tomllib reads any depth of the last, in a time and a
memory that grow with its square.
"""

import re

from unlockstep.signals.errors import StudyError

DEEPEST = 10
"""Levels of lists and tables in a study at most; one as long as it can be has four."""

_TEXT = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}(?!")|'{3}.*?'{3,5}(?!')|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*''', re.DOTALL
)
"""Texts and comments, in which nothing nests."""

_KEYS = re.compile(rf"(?<![\w-])(?:[\w-]+[ \t]*\.[ \t]*){{{DEEPEST},}}")
"""So many keys joined by points."""


def check_nesting(text: str, name: str) -> None:
    """Raise StudyError, with the line, where the TOML of the file `name` is nested deeper than `DEEPEST`."""
    bare = _TEXT.sub(lambda match: "_" + "\n" * match[0].count("\n"), text)
    places = [match.start() for match in [_KEYS.search(bare)] if match]
    depth = 0
    for bracket in re.finditer(r"[][{}]", bare):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEEPEST:
            places.append(bracket.start())
            break
    if places:
        line = bare.count("\n", 0, min(places)) + 1
        raise StudyError(
            f"{name}, line {line}: lists or tables are nested more than {DEEPEST} deep",
            name=name,
            limit=DEEPEST,
            line=line,
            remedy="no study needs that",
        )
