"""Files as a user writes them."""

from pathlib import Path

RULE = '''\
"""A rule of one's own."""

from pydantic import Field

from unlockstep.signals import Trend
from unlockstep.strategies import Strategy, target


class MyRule(Strategy):
    """Hold IWM while ETH's trend is up."""

    name = "my_rule"
    statement = "S3c"
    hypothesis = "IWM follows where ETH has gone"
    grid = {"window": (20, 40)}

    window: int = Field(default=20, ge=10, le=1000, description="sessions")

    def signals(self):
        return {"trend": Trend(leg="crypto", window=self.window)}

    def rule(self, s):
        return target(0.0, (s["trend"] > 0).astype(float), where=s["trend"].notna())
'''
"""Decides as `eth_leads` does: the same rule under another name."""


def line_of(text: str, part: str) -> int:
    """The number of the one line of `text` that holds `part`."""
    (number,) = (number for number, line in enumerate(text.splitlines(), 1) if part in line)
    return number


def changed(old: str, new: str, text: str = RULE) -> str:
    """The rule with one passage replaced, which must occur once."""
    assert text.count(old) == 1, old
    return text.replace(old, new)


def written(folder: Path, text: str = RULE, name: str = "my_rule.py") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def packed(site: Path, package: str, text: str = RULE, **entries: str) -> Path:
    """A distribution as pip leaves one in the folder `site`: a package with one module, and its entry points.

    entries: group without "unlockstep." → lines such as "my_rule = acme_rules.rules:MyRule".
    """
    (site / package).mkdir(parents=True)
    (site / package / "__init__.py").touch()
    about = site / f"{package}-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package.replace('_', '-')}\nVersion: 1.2\n")
    lines = [line for group, each in entries.items() for line in (f"[unlockstep.{group}]", each)]
    (about / "entry_points.txt").write_text("\n".join(lines))
    return written(site / package, text, "rules.py")
