"""The files that `unlockstep new strategy` writes: a rule that works, with a comment for each part, and its test."""

from importlib.util import find_spec
from keyword import iskeyword
from string import Template

from unlockstep.backtests.plugins.entry_points import installed
from unlockstep.backtests.plugins.validation import LONGEST
from unlockstep.signals.errors import ParameterError
from unlockstep.strategies.registry import all_strategies

IMPORTED = {"ClassVar", "Field", "Signal", "Strategy", "Trend"}
"""What the file imports: its class must be called something else."""

TAKEN = {"conftest", "setup"}
"""Files that pytest and pip execute of their own accord."""

RULE = Template('''\
"""$class_: say here in a line what it is about."""

from typing import ClassVar

import pandas as pd
from pydantic import Field
from unlockstep.signals import Signal, Trend
from unlockstep.strategies import Strategy, target


class $class_(Strategy):
    """Hold ETH while IWM's own trend is up, cash otherwise.

    Replace this by your idea: why it should pay, where it comes from, and why the defaults are what they are. Choose
    them before you see a result: every variant that you try is counted.
    """

    name: ClassVar[str] = "$name"  # how --strategy and --set call it
    hypothesis: ClassVar[str] = "ETH follows where IWM has gone"  # what must be true for it to pay
    grid: ClassVar = {"window": (30, 60, 90)}  # values worth trying, for the walk forward

    # A parameter has a type, a default, bounds and a unit; --set $name.window=30,60 makes two variants.
    window: int = Field(default=60, ge=10, le=1000, description="sessions of IWM's trend")

    def signals(self) -> dict[str, Signal]:
        """What the rule reads, by the names it reads it under; `unlockstep list signals` shows what there is."""
        return {"trend": Trend(leg="equity", window=self.window)}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        """What to hold after each session; `s` has a row a session and a column a signal.

        A row may use the rows before it, never those after it: no shift(-1), nothing of the whole sample.
        """
        up = s["trend"] > 0
        # Shares of the account: ETH, then IWM; the rest is cash. `where`: the sessions in which there is a view at all.
        return target(up.astype(float), 0.0, where=s["trend"].notna())
''')

TEST = Template('''\
"""$name decides what it should, and does not look ahead."""

import numpy as np
import pandas as pd
import unlockstep as ul

from $name import $class_


def test_eth_is_held_while_the_trend_is_up() -> None:
    """The trend of five sessions, by hand: unknown, up, up, down, flat."""
    trend = pd.DataFrame({"trend": [np.nan, 0.02, 0.01, -0.03, 0.0]})
    wanted = $class_().rule(trend)
    np.testing.assert_array_equal(wanted["crypto"], [np.nan, 1.0, 1.0, 0.0, 0.0])
    np.testing.assert_array_equal(wanted["equity"], [np.nan, 0.0, 0.0, 0.0, 0.0])


def test_the_first_decision_waits_for_the_trend() -> None:
    """A trend over 60 sessions compares the price of the 61st session with that of the first."""
    assert $class_(window=60).warmup == 60


def test_it_does_not_look_ahead() -> None:
    """Its future is cut off and altered at many sessions of synthetic markets; nothing of its past may change."""
    result = ul.audit($class_())
    assert result.clean, result.findings
''')


def starter(name: str) -> dict[str, str]:
    """File name → text of a strategy of that name and of its test; ParameterError where it cannot be called so."""
    problem = _problem(name)
    if problem is not None:
        raise ParameterError(
            f"A strategy cannot be called '{name}': {problem}", name=name, remedy="choose a name such as my_rule"
        )
    words = "".join(part.capitalize() for part in name.split("_"))
    class_ = f"{words}Rule" if words in IMPORTED else words
    values = {"name": name, "class_": class_}
    return {f"{name}.py": RULE.substitute(values), f"test_{name}.py": TEST.substitute(values)}


def _problem(name: str) -> str | None:
    if not (name.isascii() and name.isidentifier() and name == name.lower() and name[0].isalpha()):
        return "it needs small letters, digits and underscores alone, a letter first"
    if len(name) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    if iskeyword(name):
        return "that is a word of Python's own"
    if name in all_strategies() or name in installed("Strategy"):
        return "there is a strategy of that name"
    if name.startswith("test_") or name.endswith("_test"):
        return "its file would be taken for a test"
    if name in TAKEN:
        return f"{name}.py means something to other programs"
    if find_spec(name) is not None:
        return "there is a Python module of that name"
    return None
