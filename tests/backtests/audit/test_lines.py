"""Which line looked ahead, where the future comes in by a model, a decomposition, an index, a number or a branch."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.build import random_market
from tests.systems import needs_posix
from unlockstep.backtests.audit.findings import Line
from unlockstep.backtests.audit.locate import likely_line
from unlockstep.backtests.audit.perturbations import future
from unlockstep.backtests.audit.recorder import Recorder
from unlockstep.backtests.audit.subprocess_pool import run_in_subprocess

pytestmark = needs_posix
MARKET = random_market(3, 300)
CUT = 200

BODIES = {
    "a scalar": """
        r = market.log_returns["crypto"]
        mean = r.mean()  # <-
        scaled = 2.0 * mean
        return r - scaled
    """,
    "a fitted model": """
        x, y = market.log_returns.fillna(0.0).to_numpy().T
        model = Line()
        model.fit(x, y)  # <-
        past = model.predict(x)
        return y - past
    """,
    "a model that learns the next returns": """
        x, y = market.log_returns.fillna(0.0).to_numpy().T
        later = np.roll(y, -1)
        model = Line()
        model.fit(x, later)  # <-
        return model.predict(x)
    """,
    "a decomposition": """
        x = market.log_returns.fillna(0.0).to_numpy()
        u, s, axes = np.linalg.svd(x, full_matrices=False)  # <-
        weights = np.abs(axes[0])
        return x @ weights
    """,
    "an index of the largest": """
        r = market.log_returns["crypto"].fillna(0.0)
        worst = r.nsmallest(10).index  # <-
        calm = r.where(~r.index.isin(worst), 0.0)
        return calm.rolling(5).sum()
    """,
    "an index of the next session": """
        close = market.crypto.close
        later = np.minimum(np.arange(len(close)) + 1, len(close) - 1)  # <-
        growth = close[later] / close
        return growth
    """,
    "a branch": """
        r = market.log_returns["crypto"]
        rising = r.sum() > 0  # <-
        if rising:
            out = r.rolling(5).mean()
        else:
            out = -r.rolling(5).mean()
        return out
    """,
    "a branch that is read once more": """
        r = market.log_returns["crypto"]
        rising = r.sum() > 0  # <-
        if rising:
            out = r.rolling(5).mean()
        else:
            out = -r.rolling(5).mean()
        out = np.array(out)
        return out
    """,
    "the best of some windows": """
        r = market.log_returns["crypto"]
        best, most = 5, -9.0
        for n in (5, 10, 20, 40):
            score = (np.sign(r.rolling(n).mean()).shift(1) * r).sum()  # <-
            if score > most:
                best, most = n, score
        return r.rolling(best).mean()
    """,
    "a function called for each session": """
        v = market.log_returns["crypto"].fillna(0.0).to_numpy()
        def coming(i):
            total = 0.0
            for j in range(i, min(i + 4, len(v))):
                total += v[j]  # <-
            return total
        return [coming(i) for i in range(len(v))]
    """,
    "an array that begins with what was in memory": """
        r = market.log_returns["crypto"].fillna(0.0).to_numpy()
        order = np.argsort(r)  # <-
        out = np.empty(len(r))
        out[order] = np.linspace(-1.0, 1.0, len(r))
        return out
    """,
    "a function that a library calls": """
        close = np.log(market.crypto.close)
        def line(x, a, b):
            return a + b * x
        (a, b), _ = curve_fit(line, np.arange(len(close)), close)  # <-
        return close - line(np.arange(len(close)), a, b)
    """,
    "a helper's answer in an expression": """
        r = market.log_returns["crypto"]
        return 2.0 * later(r) + 1.0
    """,
    "some of the sessions, joined forwards": """
        close = market.close.reset_index()
        ends = close.iloc[20::21]
        joined = pd.merge_asof(close[["session"]], ends, on="session", direction="forward")  # <-
        return joined["crypto"]
    """,
    "a list of means": """
        r = market.log_returns["crypto"]
        scores = [abs(r.rolling(n).mean()).max() for n in (5, 10, 20)]  # <-
        best = int(np.argmax(scores))
        return r.rolling((5, 10, 20)[best]).mean() * max(scores)
    """,
    "a causal loop before it": """
        r = market.log_returns["crypto"].fillna(0.0).to_numpy()
        level, out, states = 0.0, np.zeros(len(r)), []
        for i in range(len(r)):
            if r[i] > 0:
                level = 0.9 * level + r[i]
            out[i] = level
            states.append(level > 0.01)
        smooth = np.convolve(out, np.ones(5), mode="same")  # <-
        return smooth * np.asarray(states)
    """,
}
FUNCTIONS = {"a helper's answer in an expression": "later", "a function called for each session": "coming"}
HELPERS = """
import numpy as np
import pandas as pd
from scipy.optimize import curve_fit

class Line:
    def fit(self, x, y):
        self.slope = float(x @ y / (x @ x))

    def predict(self, x):
        return self.slope * x

def later(r):
    moved = r.shift(-1)  # <-
    return moved.rolling(3).mean()
"""


def line_of(folder: Path, body: str, kinds: tuple[str, str] = ("crash", "moon")) -> tuple[Line, list[int]]:
    """The line named, and those marked in the body, or else in the helpers."""
    path = folder / "rule.py"
    text = HELPERS + "\ndef values(market):\n" + "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
    path.write_text(text, encoding="utf-8")
    marks = [number for number, line in enumerate(text.splitlines(), 1) if "# <-" in line]
    inside = [number for number in marks if number > HELPERS.count("\n")]

    def named() -> Line | None:
        space: dict[str, Any] = {}
        exec(compile(text, str(path), "exec"), space)
        one, other = (space["values"](future(MARKET, CUT, kind)) for kind in kinds)
        row = next(i for i, (a, b) in enumerate(zip(one, other, strict=True)) if i > 30 and a != b)
        assert row <= CUT
        left, right = (
            Recorder(frozenset({str(path)}), future(MARKET, CUT, kind), row).run(space["values"]) for kind in kinds
        )
        return likely_line(left, right)

    line = run_in_subprocess(named)
    assert line is not None
    return line, inside or marks


@pytest.mark.parametrize("kind", BODIES)
def test_the_line_where_the_future_comes_in_is_named(kind: str, tmp_path: Path) -> None:
    line, marks = line_of(tmp_path, BODIES[kind])
    if kind == "an index of the next session":  # it is read one line below, and chosen here
        assert (line.first, line.last) == (marks[0], line.number)
    elif kind in (
        "a model that learns the next returns",
        "a fitted model",
    ):  # in the helper's fit, or where it is called
        assert line.number in (*marks, HELPERS.splitlines().index("        self.slope = float(x @ y / (x @ x))") + 1)
    else:
        assert line.number in marks
    assert line.function == (FUNCTIONS.get(kind, "fit" if "model" in kind else "values"))
    assert line.first <= line.number <= line.last <= line.number + 6


def test_a_line_that_makes_rows_differ_of_rows_alone_is_sure(tmp_path: Path) -> None:
    sure, _ = line_of(
        tmp_path, "r = market.log_returns['crypto']\nlate = r.shift(-2)  # <-\nreturn late.rolling(3).sum()"
    )
    assert sure.sure
    through, marks = line_of(tmp_path, BODIES["a scalar"])
    assert (through.sure, through.first, through.last) == (False, marks[0], marks[0] + 2)


@pytest.mark.parametrize(
    "body",
    [
        """
        x = np.log(market.crypto.close)
        mean = np.convolve(x, np.ones(25) / 25, mode="valid")  # <-
        out = np.full(len(x), np.nan)
        out[12:-12] = mean
        return out
        """,
        """
        r = market.log_returns["crypto"]
        out = np.zeros(len(r))
        for i, day in enumerate(r.index):
            window = r.loc[day - pd.Timedelta(days=9) : day + pd.Timedelta(days=3)]  # <-
            out[i] = window.mean()
        return out
        """,
    ],
    ids=["an array without its ends", "a slice by date"],
)
def test_some_of_the_sessions_may_have_been_chosen_where_they_were_made(body: str, tmp_path: Path) -> None:
    line, marks = line_of(tmp_path, body)
    assert line.first <= marks[0] <= line.last
    assert not line.sure
