"""Names in texts: those that come from files and users may hold anything, and are shown so that they do nothing."""


def visible(text: str) -> str:
    r"""`text` on one line, with every character that would not be seen, but for the space, as its escape: a line break
    as \n, the beginning of a terminal's colour code as \x1b.
    """
    return "".join(c if c.isprintable() or c == "\u00a0" else c.encode("unicode_escape").decode() for c in text)
