"""How often the default study errs on worlds whose truth is known. A few worlds are part of `make slow`, as many as
it takes to see an error of a few percent of `make deep`.

With `-s` the counts that docs/method.md gives are printed.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from tests.backtests.build import verdicts_of
from tests.build import PAIR
from unlockstep.backtests.calibration.calibrate import Calibration, calibrate
from unlockstep.backtests.calibration.worlds import KINDS
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.engine.experiment import build_experiment
from unlockstep.backtests.results.events import MIN_EPISODES
from unlockstep.backtests.results.statements import judge_statements
from unlockstep.backtests.results.statements.s1_correlation import judge_correlation
from unlockstep.backtests.stats.half_life import half_life
from unlockstep.signals import Market, SignalCache
from unlockstep.signals.market import Floats


def sizes(*few_and_many: tuple[Any, Any]) -> list[Any]:
    """Parameters of a test: each pair is a small one of `make slow` and the whole one of `make deep`."""
    marks = pytest.mark.slow, pytest.mark.deep
    return [
        pytest.param(*values, marks=mark) for pair in few_and_many for values, mark in zip(pair, marks, strict=True)
    ]


def said_of(data: str, seed: int) -> str:
    """The verdict of the default study on the synthetic market of a seed."""
    study = Study.make(data=data, seed=seed)
    market = load_market(data, study.pair, start=study.start, end=study.end, seed=seed)
    return verdicts_of(build_experiment(study, SignalCache(market), study.strategies())).study.decision


@pytest.mark.parametrize(("seeds", "most"), sizes(((10, 4), (60, 8))))
def test_the_demo_is_called_an_edge_about_as_rarely_as_promised(seeds: int, most: int) -> None:
    # at 3 % more have a probability of one in ten thousand
    result = sum(said_of("demo", 1000 + s) == "edge" for s in range(seeds))
    sys.stdout.write(f"\ndemo: edge in {result} of {seeds} seeds\n")
    assert result <= most


@pytest.mark.parametrize(("seeds", "least"), sizes(((8, 7), (40, 36))))
def test_the_planted_edge_is_found_in_nearly_every_seed(seeds: int, least: int) -> None:
    result = sum(said_of("demo:edge", 1000 + s) == "edge" for s in range(seeds))
    sys.stdout.write(f"\ndemo:edge: edge in {result} of {seeds} seeds\n")
    assert result >= least


def demo_worlds(count: int) -> Iterator[Market]:
    return (load_market("demo", PAIR, start=None, end=None, seed=50_000 + i) for i in range(count))


def garch_worlds(count: int) -> Iterator[Market]:
    return (KINDS["garch"](np.random.default_rng([5, i]), 2514, np.empty((0, 2))).decided for i in range(count))


@pytest.mark.parametrize(
    ("worlds", "count", "most"),
    sizes(((demo_worlds, 20, 5), (demo_worlds, 300, 27)), ((garch_worlds, 20, 5), (garch_worlds, 300, 27))),
)
def test_statements_that_are_false_by_construction_are_seldom_found(
    worlds: Callable[[int], Iterator[Market]], count: int, most: int
) -> None:
    # No effect in S2, S3b, S3c and S4. At 5 % more than `most` have a probability of 0.1 %; of S4, whose breaks are
    # often too few to decide, as many as have it of the worlds that do decide
    result = dict.fromkeys(("S2", "S3b", "S3c", "S4", "outside", "granger", "years"), 0)
    deciding = 0
    for market in worlds(count):
        statements = judge_statements(SignalCache(market), seed=1)
        for key in ("S2", "S3b", "S3c", "S4"):
            result[key] += not getattr(statements, key).finding.startswith("Cannot tell")
        breaks, leads, response = statements.S4.detail, statements.S3c.detail, statements.S2.detail
        assert breaks is not None
        assert leads is not None
        deciding += breaks.episodes >= MIN_EPISODES
        result["outside"] += response is not None and response.outside_since is not None
        result["granger"] += (leads.granger.crypto_to_equity.p or 0.0) <= 0.05
        result["years"] += any((row.p_family or 0.0) <= 0.05 for row in leads.windows.rows)
    assert max(result.values()) <= most, result
    assert result["S4"] <= binom.ppf(0.999, deciding, 0.05), (result, deciding)


@pytest.mark.slow
@pytest.mark.parametrize(("deviation", "truth"), [(0.0, None), (0.35, 40.0), (0.35, 120.0), (0.35, 500.0)])
def test_the_interval_of_the_half_life_holds_it_about_as_often_as_promised(
    deviation: float, truth: float | None
) -> None:
    # 400 worlds at 5 %: more than 34 have a probability of 0.1 %
    rng = np.random.default_rng(17)
    fisher = np.full((2500, 400), np.arctanh(0.3))
    if truth:
        decay = 0.5 ** (1 / truth)
        path = rng.standard_normal(400)
        for day in range(len(fisher)):
            fisher[day] += deviation * path
            path = decay * path + np.sqrt(1 - decay**2) * rng.standard_normal(400)
    result = [half_life(returns) for returns in garch_returns(np.tanh(fisher), rng).transpose(1, 0, 2)]
    wrong = [each.varies if truth is None else not each.ci[0] <= truth <= each.ci[1] for each in result]
    assert sum(wrong) <= 34


@pytest.mark.parametrize(("worlds", "most", "least"), sizes(((10, 3, 2), (40, 7, 13))))
def test_the_verdict_errs_about_as_rarely_as_published_and_finds_what_it_should(
    worlds: int, most: int, least: int, tmp_path: Path
) -> None:
    market = load_market("demo", PAIR, start=None, end=None, seed=7)
    calibration = Calibration(("garch", "resampled"), ("one", "best of 20"), worlds=worlds, effects=(1.5,), seed=3)
    for row in calibrate(calibration, market, tmp_path / "calibration", jobs=2).rates:
        result = row.edge.share * row.worlds
        if row.planted:
            assert row.worlds == worlds // 2
            assert result >= least, row  # at a power of 90 % fewer have a probability of one in five hundred
        else:
            assert result <= most, row  # at 5 % more have a probability of one in a thousand


def garch_returns(correlation: Floats, rng: np.random.Generator) -> Floats:
    """T x worlds x 2 returns of the T x worlds correlations, after 300 sessions at the first ones."""
    worlds = correlation.shape[1]
    variance, returns = np.ones((worlds, 2)), []
    for rho in np.vstack([np.repeat(correlation[:1], 300, axis=0), correlation]):
        shocks = rng.standard_normal((worlds, 2)) * np.sqrt(3 / rng.chisquare(5, (worlds, 1)))
        shocks[:, 1] = rho * shocks[:, 0] + np.sqrt(1 - rho**2) * shocks[:, 1]
        returns.append(np.sqrt(variance) * shocks)
        variance = 0.02 + 0.08 * returns[-1] ** 2 + 0.90 * variance
    return np.array(returns[300:]) * 0.01


@pytest.mark.slow
@pytest.mark.parametrize("correlation", [0.0, 0.45, 0.6])
def test_a_constant_correlation_is_seldom_said_to_have_changed(correlation: float) -> None:
    # GARCH(0.08, 0.90), t-distributed shocks of 5 degrees of freedom; of 400 worlds at 5 % more than 33 are one in 500
    returns = garch_returns(np.full((1108, 400), correlation), np.random.default_rng(7))
    statement = [judge_correlation(returns[:, world], 0.0, 0.5).finding for world in range(400)]
    assert sum(not finding.startswith("Cannot tell") for finding in statement) <= 33
