"""The content security policy of a page: what is in it runs, each piece by its hash, and nothing else does.

Style attributes have no hashes that every browser knows, so each becomes a rule of the page's style sheet, by a
`data-style` that takes its place.
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256

PLACE = "@CONTENT-POLICY@"
"""What a template has in place of the policy."""

_ELEMENT = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1>", re.DOTALL)
_TAG = re.compile(r"""<[a-z][a-z0-9-]*(?:"[^"]*"|'[^']*'|[^"'<>])*>""")
_VALUE = re.compile(r"""\sstyle="([^"]*)"|"[^"]*"|'[^']*'""")
"""A style attribute, or a value, in which the same may stand as text."""
_DATA = re.compile(r'type="application/')


def with_policy(page: str, loaded: Iterable[str] = ()) -> str:
    """The page with its policy, and without style attributes.

    page: HTML with `PLACE` where the policy stands, and a style sheet of ours in its head.
    loaded: hashes of the scripts that the page's own script adds to it, see `hash_source`.
    """
    page = _without_attributes(page)
    scripts, styles = [*loaded], [hash_source("")]  # a sheet whose rules a script adds begins without text
    for kind, attributes, text in _ELEMENT.findall(page):
        if kind == "style":
            styles.append(hash_source(text))
        elif not _DATA.search(attributes):
            scripts.append(hash_source(text))
    policy = {
        "default-src": ["'none'"],
        "script-src": scripts,
        "style-src": styles,
        "img-src": ["data:", "blob:"],
        "font-src": ["data:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    text = "; ".join(f"{directive} {' '.join(dict.fromkeys(sources))}" for directive, sources in policy.items())
    return page.replace(PLACE, text, 1)


def with_script(page: str, text: str) -> str:
    """The page with one script more at its end, which its policy allows."""
    page = page.replace("script-src ", f"script-src {hash_source(text)} ", 1)
    return f"<script>{text}</script></body>".join(page.rsplit("</body>", 1))


def hash_source(text: str) -> str:
    """How a policy names an inline script or style sheet."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _without_attributes(page: str) -> str:
    """The page with a rule of its first style sheet in place of each style attribute."""
    rules: dict[str, int] = {}

    def named(value: re.Match[str]) -> str:
        return value[0] if value[1] is None else f' data-style="{rules.setdefault(value[1], len(rules))}"'

    def moved(part: str) -> str:
        return _TAG.sub(lambda tag: _VALUE.sub(named, tag[0]), part)

    pieces, end = [], 0
    for element in _ELEMENT.finditer(page):  # a script may speak of style attributes
        pieces += [moved(page[end : element.start()]), element[0]]
        end = element.end()
    pieces.append(moved(page[end:]))
    # as strong as an attribute was: no rule by class or element wins
    sheet = "".join(f'[data-style="{number}"]:not(#_){{{style}}}' for style, number in rules.items())
    return "".join(pieces).replace("</style>", f"{sheet}</style>", 1)
