"""Whole sentences stand in `tests/golden`; `UNLOCKSTEP_GOLDEN=renew python -m pytest …` writes them anew."""

import os
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def assert_golden(name: str, text: str) -> None:
    """The text is that of `tests/golden/{name}.txt`."""
    path = GOLDEN / f"{name}.txt"
    text = text.rstrip("\n") + "\n"
    if os.environ.get("UNLOCKSTEP_GOLDEN") == "renew":
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")
