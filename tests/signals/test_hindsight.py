"""The tests that date breaks in hindsight, and that no strategy can read them."""

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from tests.build import breaking, market_of
from tests.refusals import refused
from unlockstep.signals import Signal, Trend
from unlockstep.signals.errors import HindsightError
from unlockstep.signals.hindsight import ConstancyHindsight, SegmentsHindsight, constancy_statistic
from unlockstep.signals.registry import HINDSIGHT, SIGNALS
from unlockstep.strategies import Strategy, target


class TestConstancy:
    def test_the_statistic_is_that_of_the_paper_with_its_matrices(self) -> None:
        rng = np.random.default_rng(5)
        x = rng.standard_normal((400, 2)) @ np.array([[1.0, 0.5], [0.0, 0.8]]) + [0.3, -0.2]
        n, reach = len(x), int(np.log(400))
        u = np.column_stack([x[:, 0] ** 2, x[:, 1] ** 2, x[:, 0], x[:, 1], x[:, 0] * x[:, 1]])
        v = u - u.mean(axis=0)
        long_run = v.T @ v / n
        for lag in range(1, reach + 1):
            part = v[lag:].T @ v[:-lag] / n
            long_run += (1 - lag / (reach + 1)) * (part + part.T)
        mx, my = x.mean(axis=0)
        to_moments = np.array([[1, 0, -2 * mx, 0, 0], [0, 1, 0, -2 * my, 0], [0, 0, -my, -mx, 1]])
        vx, vy, cov = x[:, 0].var(), x[:, 1].var(), np.cov(x.T, bias=True)[0, 1]
        to_correlation = np.array(
            [-cov / (2 * vx**1.5 * vy**0.5), -cov / (2 * vy**1.5 * vx**0.5), 1 / np.sqrt(vx * vy)]
        )
        scale = to_correlation @ to_moments @ long_run @ to_moments.T @ to_correlation
        distances = [j / np.sqrt(n) * abs(np.corrcoef(x[:j].T)[0, 1] - np.corrcoef(x.T)[0, 1]) for j in range(2, n + 1)]
        statistic, row = constancy_statistic(x)
        assert statistic == pytest.approx(max(distances) / np.sqrt(scale), rel=1e-9)
        assert row == int(np.argmax(distances)) + 2

    def test_a_break_is_dated_near_the_truth(self) -> None:
        market = breaking(12, 0.7, 0.0, at=900, sessions=1500)
        for signal in (ConstancyHindsight(), SegmentsHindsight()):
            (result,) = signal.breaks(market)
            assert abs(result - 900) < 60
            values = signal.compute(market)
            assert values.iloc[result - 1] > 0.6
            assert abs(values.iloc[result]) < 0.15
            assert values.dropna().nunique() == 2

    def test_a_halt_elsewhere_does_not_hide_a_break(self) -> None:
        whole = breaking(12, 0.7, 0.0, at=900, sessions=1500)
        moves = np.diff(np.log(whole.equity.close), prepend=0.0)
        moves[250:370] = 0.0
        halted = market_of(whole.crypto.close, np.exp(np.cumsum(moves)), sessions=whole.sessions)
        for signal in (ConstancyHindsight(), SegmentsHindsight()):
            assert min(abs(row - 900) for row in signal.breaks(halted)) < 60

    def test_of_a_leg_that_never_moves_nothing_is_said(self) -> None:
        moving = np.exp(np.cumsum(np.random.default_rng(7).standard_normal(400) * 0.01))
        for signal in (ConstancyHindsight(), SegmentsHindsight()):
            assert signal.compute(market_of(moving, np.full(400, 5.0))).isna().all()


class _Reader(Strategy):
    """Holds ETH after a break that only the whole sample shows."""

    name: ClassVar[str] = "reader"
    statement: ClassVar[str] = ""
    hypothesis: ClassVar[str] = "the past is easily explained"

    def signals(self) -> dict[str, Signal]:
        return {"own": Trend(window=20), "dated": ConstancyHindsight()}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return target((s["dated"] < 0.3).astype(float), 0.0, where=s.notna().all(axis=1))


class _Disguised(ConstancyHindsight):
    """Says that it is none."""

    name: ClassVar[str] = "disguised"
    hindsight: ClassVar[bool] = False


class _LateReader(_Reader):
    """Skips the check at its making, and reads a signal in disguise."""

    name: ClassVar[str] = "late_reader"

    def model_post_init(self, _context: object) -> None:
        pass

    def signals(self) -> dict[str, Signal]:
        return {"dated": _Disguised()}


class TestHindsight:
    def test_a_strategy_that_skips_the_check_is_refused_when_it_decides(self) -> None:
        with refused(HindsightError, name="disguised"):
            _LateReader().decide(breaking(13, 0.7, 0.0, at=300, sessions=600))

    def test_a_strategy_that_reads_it_is_refused(self) -> None:
        with refused(HindsightError, name="constancy_hindsight", remedy="fisher_break"):
            _Reader()

    @pytest.mark.parametrize("name", HINDSIGHT)
    def test_it_does_look_ahead_and_is_no_signal_among_the_others(self, name: str) -> None:
        market = breaking(13, 0.7, 0.0, at=900, sessions=1200)
        signal = HINDSIGHT[name]()
        early, late = signal.compute(market.slice(0, 950)), signal.compute(market)
        assert not np.allclose(early.dropna(), late.iloc[:950].dropna())
        assert name not in SIGNALS
        assert "IN HINDSIGHT" in signal.meaning
