"""How often the default study errs on worlds whose truth is known. Long; part of `make slow`."""

from pathlib import Path

import numpy as np
import pytest

from backtests.calibration.calibrate import Calibration, calibrate
from backtests.experiment import conduct
from backtests.judgement import judge
from backtests.results.statements import judge_statements
from backtests.results.statements.weaker import weaker
from backtests.sources import load_market
from backtests.study import Study
from signals import Readings
from tests.build import PAIR

pytestmark = pytest.mark.slow


def said_of(data: str, seed: int) -> str:
    """The verdict of the default study on the synthetic market of a seed."""
    study = Study.make(data=data, seed=seed)
    market = load_market(data, study.pair, start=study.start, end=study.end, seed=seed)
    return judge(conduct(study, Readings(market), study.strategies())).study.decision


def test_the_demo_is_called_an_edge_about_as_rarely_as_promised() -> None:
    # 60 seeds at 3 %: more than 8 have a probability of one in ten thousand
    assert sum(said_of("demo", 1000 + s) == "edge" for s in range(60)) <= 8


def test_the_planted_edge_is_found_in_nearly_every_seed() -> None:
    assert sum(said_of("demo:edge", 1000 + s) == "edge" for s in range(40)) >= 36


def test_statements_that_are_false_by_construction_are_seldom_found() -> None:
    # The demo has no effect in S2, S3b, S3c and S4. 200 seeds at 5 %: more than 20 have a probability of 0.1 %
    found = dict.fromkeys(("S2", "S3b", "S3c", "S4"), 0)
    for seed in range(5000, 5200):
        market = load_market("demo", PAIR, start=None, end=None, seed=seed)
        statements = judge_statements(Readings(market), seed=1)
        for key in found:
            found[key] += not statements[key].finding.startswith("Cannot tell")
    assert np.max(list(found.values())) <= 20, found


def test_the_verdict_errs_about_as_rarely_as_published_and_finds_what_it_should(tmp_path: Path) -> None:
    market = load_market("demo", PAIR, start=None, end=None, seed=7)
    asked = Calibration(("garch", "resampled"), ("one", "best of 20"), worlds=40, effects=(1.5,), seed=3)
    for row in calibrate(asked, market, tmp_path / "calibration", jobs=2)["rates"]:
        found = row["edge"]["share"] * row["worlds"]
        if row["planted"]:
            assert row["worlds"] == 20
            assert found >= 13, row  # at a power of 90 % fewer have a probability of one in five hundred
        else:
            assert found <= 7, row  # at 5 % more have a probability of one in a thousand


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
    found = [weaker(returns[300:, world] * 0.01, levels).finding for world in range(400)]
    assert sum(not finding.startswith("Cannot tell") for finding in found) <= 33
