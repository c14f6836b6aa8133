"""The console of every report: texts that come from files, names and ledgers do nothing there, and are shown.

Styles of ours are codes as well; rich writes them after this, so a text's own codes can be told from them.
"""

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from unlockstep.backtests.text import ACTING, escaped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import ConsoleOptions, RenderableType
    from rich.segment import Segment


class Terminal(Console):
    """A console that shows each character of a text, and does what none of them says."""

    def render(self, renderable: "RenderableType", options: "ConsoleOptions | None" = None) -> "Iterable[Segment]":
        """The segments of anything that can be shown, every text within escaped."""
        return super().render(_escaped_text(renderable) if isinstance(renderable, Text) else renderable, options)

    def render_str(self, text: str, **options: Any) -> Text:
        """The text of a string, escaped."""
        return super().render_str(escaped(text), **options)


def _escaped_text(text: Text) -> Text:
    """The same text, escaped, in its styles."""
    plain = text.plain
    if not ACTING.search(plain):
        return text
    pieces = [text[at] for at in range(len(plain))]
    for piece in pieces:
        piece.plain = escaped(piece.plain)
    return Text("", justify=text.justify, overflow=text.overflow, no_wrap=text.no_wrap, end=text.end).join(pieces)
