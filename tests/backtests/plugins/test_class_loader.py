"""Strategies given as classes: fingerprints that are the same in every process, and what is refused."""

import os
import re
import subprocess
import sys
from typing import Any, ClassVar

import pytest
from pydantic import Field

from tests.backtests.plugins.user_files import RULE, changed
from tests.refusals import refused
from unlockstep.backtests.plugins.class_loader import check_class, class_sha256, is_registered
from unlockstep.signals import Trend
from unlockstep.signals.errors import CodeError
from unlockstep.strategies import Strategy, target
from unlockstep.strategies.eth_leads import EthLeads


class MyRule(Strategy):
    """Hold IWM while ETH's trend is up."""

    name = "my_rule"
    statement = "S3c"
    hypothesis = "IWM follows where ETH has gone"
    grid: ClassVar = {"window": (20, 40)}

    window: int = Field(default=20, ge=10, le=1000, description="sessions")

    def signals(self):  # type: ignore[no-untyped-def]
        return {"trend": Trend(leg="crypto", window=self.window)}

    def rule(self, s):  # type: ignore[no-untyped-def]
        return target(0.0, (s["trend"] > 0).astype(float), where=s["trend"].notna())


def defined(text: str, name: str = "MyRule") -> Any:
    """The class that this code defines, as a notebook's cell does: in no file."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(text, "<cell>", "exec"), names)
    return names[name]


def test_a_class_of_no_file_has_a_fingerprint_that_every_process_finds() -> None:
    here = class_sha256(defined(RULE))
    script = f"from tests.backtests.plugins.test_class_loader import *; print(class_sha256(defined({RULE!r})))"
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env)
        assert done.stdout.strip() == here


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("> 0", "> 0.01"),
        ("default=20", "default=30"),
        ('grid = {"window": (20, 40)}', 'grid = {"window": (20, 60)}'),
        ('leg="crypto"', 'leg="equity"'),
        ('(s["trend"] > 0)', '(-s["trend"] > 0)'),
    ],
)
def test_what_changes_a_class_changes_its_fingerprint(old: str, new: str) -> None:
    assert class_sha256(defined(RULE)) != class_sha256(defined(changed(old, new)))


def test_where_a_line_stands_changes_nothing_without_a_source() -> None:
    assert class_sha256(defined(RULE)) == class_sha256(defined("\n\n\n" + RULE))


def test_a_class_of_a_file_is_known_by_its_source() -> None:
    """The same code, with and without a file: only where there is a source do its comments count."""
    assert class_sha256(MyRule) != class_sha256(defined(RULE))


def test_bases_and_signals_of_ones_own_are_part_of_the_fingerprint() -> None:
    signal = """
class Mine(Signal):
    name = "mine"
    meaning = "a number"
    unit = "state"
    @property
    def warmup(self):
        return 3
    def values(self, market):
        return np.full(len(market.sessions), 1.0)

"""
    text = "import numpy as np\nfrom unlockstep.signals import Signal\n" + signal
    text += changed('Trend(leg="crypto", window=self.window)', "Mine()")
    text += "\n\nclass Child(MyRule):\n    name = 'child'\n"
    for name in ("MyRule", "Child"):
        assert class_sha256(defined(text, name)) != class_sha256(defined(text.replace("1.0", "2.0"), name))
    assert class_sha256(defined(text, "Child")) != class_sha256(defined(text.replace("> 0", "> 1"), "Child"))
    with refused(CodeError, name="Mine"):
        check_class(defined(text.replace('name = "mine"', "")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name = "my_rule"', ""),
        ('name = "my_rule"', 'name = "derisk"'),
        ("default=20, ", ""),
        ("def rule", "def rul"),
        ("Trend(leg", "Trnd(leg"),
        ('{"trend": Trend(leg="crypto", window=self.window)}', "[1]"),
    ],
)
def test_a_class_that_cannot_be_used_is_refused_by_its_name(old: str, new: str) -> None:
    with refused(CodeError, name=re.compile(r"MyRule|my_rule\(window=20\)")):
        check_class(defined(changed(old, new)))


def test_a_class_of_unlockstep_is_found_by_its_name() -> None:
    assert is_registered(EthLeads)
    assert not is_registered(MyRule)
    check_class(MyRule)
