"""How often the default study errs on worlds whose truth is known. Long; part of `make slow`."""

import numpy as np
import pytest

from backtests.pipeline import run_study
from backtests.results.statements import _weaker, judge_statements
from backtests.sources import load_market
from backtests.study import Study
from signals import Readings
from tests.build import PAIR

pytestmark = pytest.mark.slow


def test_the_demo_is_called_an_edge_about_as_rarely_as_promised() -> None:
    # 60 seeds at a nominal 5 %: more than 8 have a probability of 0.5 %
    called = sum(run_study(Study.make(seed=1000 + s)).result["verdict"]["decision"] == "edge" for s in range(60))
    assert called <= 8


def test_the_planted_edge_is_found_in_nearly_every_seed() -> None:
    found = sum(
        run_study(Study.make(data="demo:edge", seed=1000 + s)).result["verdict"]["decision"] == "edge"
        for s in range(40)
    )
    assert found >= 36


def test_statements_that_are_false_by_construction_are_seldom_found() -> None:
    # The demo has no effect in S2, S3b, S3c and S4. 200 seeds at 5 %: more than 20 have a probability of 0.1 %
    found = dict.fromkeys(("S2", "S3b", "S3c", "S4"), 0)
    for seed in range(5000, 5200):
        market = load_market("demo", PAIR, start=None, end=None, seed=seed)
        statements = judge_statements(Readings(market), seed=1)
        for key in found:
            found[key] += not statements[key].finding.startswith("Cannot tell")
    assert np.max(list(found.values())) <= 20, found


@pytest.mark.parametrize("correlation", [0.0, 0.45, 0.6])
def test_a_constant_correlation_is_seldom_said_to_have_changed(correlation: float) -> None:
    # GARCH(0.08, 0.90), t-distributed shocks of 5 degrees of freedom; of 400 worlds at 5 % more than 33 are one in 500
    rng = np.random.default_rng(7)
    mix = np.array([[1.0, correlation], [0.0, np.sqrt(1 - correlation**2)]])
    variance, returns = np.ones((400, 2)), np.empty((1408, 400, 2))
    for day in range(len(returns)):
        shocks = rng.standard_normal((400, 2)) @ mix * np.sqrt(3 / rng.chisquare(5, (400, 1)))
        returns[day] = np.sqrt(variance) * shocks
        variance = 0.02 + 0.08 * returns[day] ** 2 + 0.90 * variance
    levels = np.zeros(1)
    found = [_weaker(returns[300:, world] * 0.01, levels).finding for world in range(400)]
    assert sum(not finding.startswith("Cannot tell") for finding in found) <= 33
