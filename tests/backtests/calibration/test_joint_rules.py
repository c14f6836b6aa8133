"""The comparison behind any_break: its kernels by hand, and that what it compares is what ships."""

import numpy as np
import pytest

from unlockstep.backtests.calibration.break_worlds import YEAR, break_world
from unlockstep.backtests.calibration.joint_rules import (
    BROKEN,
    FITTED,
    FROM,
    UNBROKEN,
    JudgedWorld,
    critical_of,
    e_detector,
    evidence_of,
    largest_fall,
    mean_delay,
    sequential_tests,
    table,
)
from unlockstep.signals import AnyBreak, MarkovBreak


def test_an_e_detector_by_hand() -> None:
    ratios = np.array([[2.0, 1.0], [0.5, 4.0], [3.0, 0.5]])
    # (0 + 1) 2, (2 + 1) 0.5, (1.5 + 1) 3 and (0 + 1) 1, (1 + 1) 4, (8 + 1) 0.5
    np.testing.assert_allclose(np.exp(e_detector(ratios, True)), [1.5, 4.75, 6.0])
    # max(0, 1) 2, max(2, 1) 0.5, max(1, 1) 3 and 1, max(1, 1) 4, max(4, 1) 0.5
    np.testing.assert_allclose(np.exp(e_detector(ratios, False)), [1.5, 2.5, 2.5])


def test_the_largest_fall_by_hand() -> None:
    values = np.array([1.0, -2.0, -2.0, 3.0])
    np.testing.assert_allclose(largest_fall(values, 1), [-1.0, 2.0, 4 / np.sqrt(2), 1 / np.sqrt(3)])
    np.testing.assert_allclose(largest_fall(values, 3), [np.nan, np.nan, np.sqrt(3), 1 / np.sqrt(3)])


def test_the_mean_compared_is_the_detector_that_ships() -> None:
    world = break_world("to zero", np.random.default_rng(3))
    evidence = evidence_of(world.market)
    np.testing.assert_allclose(evidence["mean"], AnyBreak().statistic(world.market)[FROM:], rtol=1e-12)
    np.testing.assert_array_equal(evidence["markov_break"], MarkovBreak().statistic(world.market)[FROM:])
    after = world.opening - FROM + 100
    for name, values in evidence.items():
        assert np.isfinite(values).all(), name
        assert values[after] > np.median(values[: after - 100]), name


def test_likelihood_ratios_are_those_of_the_normal_density() -> None:
    from scipy.stats import multivariate_normal

    rng = np.random.default_rng(1)
    scores = rng.standard_normal((FITTED + 1, 2)) @ np.array([[1.0, 0.6], [0.0, 0.8]])
    scale = np.sqrt((scores[:FITTED] ** 2).sum() / 2 / FITTED)
    before = (scores[:FITTED].prod(axis=1) / scale**2).mean()
    m = np.zeros(5)
    for row in scores / scale:
        then, *now = (
            multivariate_normal([0, 0], [[1, r], [r, 1]]).pdf(row)
            for r in before - np.array([0, 0.2, 0.3, 0.4, 0.5, 0.6])
        )
        m = (m + 1) * np.array(now) / then
    assert sequential_tests(scores)["e-SR"][-1] == pytest.approx(np.log(m.mean()), rel=1e-9)


def world(kind: str, number: int, height: float, at: int) -> JudgedWorld:
    """A world without evidence, but for one session of the year judged."""
    evidence = np.zeros(YEAR + 20)
    evidence[10 + at] = height
    return JudgedWorld(kind, number, {"rule": evidence}, 10)


def test_the_table_by_hand() -> None:
    # of 200 steady worlds the 20 highest peaks are those over 179, and the promise is a tenth of worlds
    worlds = [world("steady", i, float(i), 5) for i in range(200)]
    critical = critical_of("rule", worlds)
    assert 178 <= critical <= 182
    late = [world(kind, i, 1000.0, at) for kind in BROKEN for i, at in enumerate((9, 29))]
    missed = [world(kind, 2, 0.0, 0) for kind in BROKEN]
    others = [world(kind, 0, 0.0, 0) for kind in UNBROKEN]
    lines = table([*worlds, *late, *missed, *others]).splitlines()
    mean = (10 + 30 + YEAR) / 3
    assert lines[2] == (
        f"| rule | {critical:.3g} | {mean:.1f} | {' | '.join(['20 / 33.3 / 0.0'] * 4)} | 10 | {' | '.join('000000')} |"
    )
    records = [w.record("rule", critical) for w in [*late, *missed]]
    assert mean_delay(records, "brief") == pytest.approx(mean)
