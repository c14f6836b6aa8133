"""Code that is hard to audit: threads and pools, code that waits or never ends, years of training, noise, grids."""

import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from joblib import Parallel, delayed
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV

from tests.build import random_market
from tests.systems import needs_posix
from unlockstep.backtests.audit import auditor
from unlockstep.backtests.audit.auditor import audit
from unlockstep.backtests.audit.findings import Outcome
from unlockstep.backtests.audit.grid import check_grid, parameter_sets
from unlockstep.backtests.audit.plan import Effort
from unlockstep.backtests.audit.subprocess_pool import LostError, run_in_subprocess
from unlockstep.backtests.audit.target import Subject
from unlockstep.signals import Market, Signal, Trend
from unlockstep.signals.market import Floats
from unlockstep.strategies import Strategy, target

pytestmark = needs_posix
MARKET = random_market(21, 700)
TRAINED_UNTIL = MARKET.sessions[200]


class Hard(Signal):
    """Base of signals that are hard to audit."""

    name: ClassVar[str] = "hard"
    meaning: ClassVar[str] = "nothing"
    unit: ClassVar[str] = "none"

    @property
    def warmup(self) -> int:
        return 60

    def values(self, market: Market) -> Floats:
        values: Floats = np.array(self.answer(market), dtype=np.float64)
        values[: self.warmup] = np.nan
        return values

    def answer(self, market: Market) -> Any:
        raise NotImplementedError


def returns(market: Market) -> Any:
    return market.log_returns.fillna(0.0).to_numpy()


class Clusters(Hard):
    def answer(self, market: Market) -> Any:
        return KMeans(3, n_init=1, random_state=0).fit_predict(returns(market))  # <-


class Mixture(Hard):
    def answer(self, market: Market) -> Any:
        x = returns(market)
        model = GaussianMixture(2, random_state=0)
        model.fit(x)  # <-
        return model.predict_proba(x)[:, 0]


class Boosting(Hard):
    def answer(self, market: Market) -> Any:
        x = returns(market)
        model = HistGradientBoostingClassifier(max_iter=3)
        model.fit(x[:-1], x[1:, 0] > 0)  # <-
        return model.predict_proba(x)[:, 1]


class Searched(Hard):
    """Fitted once, on the first hundred sessions, by processes of joblib's."""

    @property
    def warmup(self) -> int:
        return 102

    def answer(self, market: Market) -> Any:
        x = returns(market)
        search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2, n_jobs=2)
        return search.fit(x[:99], x[1:100, 0]).predict(x)


class Forest(Searched):
    def answer(self, market: Market) -> Any:
        x = returns(market)
        return RandomForestRegressor(10, n_jobs=2, random_state=0, max_depth=3).fit(x[:99], x[1:100, 0]).predict(x)


class Processes(Hard):
    def answer(self, market: Market) -> Any:
        with ProcessPoolExecutor(2) as pool:
            windows = list(pool.map(abs, (-5, -10)))
        return sum(market.log_returns["crypto"].rolling(n).mean() for n in windows)


class Threads(Hard):
    def answer(self, market: Market) -> Any:
        r = market.log_returns["crypto"]
        parts = Parallel(n_jobs=2, prefer="threads")(delayed(r.rolling(n).mean)() for n in (5, 10))
        return sum(parts)


class LastDigits(Hard):
    """Sums whose order differs from call to call."""

    def answer(self, market: Market) -> Any:
        noise = 1.0 + 1e-14 * np.random.default_rng().standard_normal(len(market.sessions))
        return market.log_returns["crypto"].rolling(20).mean() * noise


class FixedYears(Hard):
    """Trained on dates early in the history, and used later: on the last year alone there is nothing to learn from."""

    def answer(self, market: Market) -> Any:
        x = returns(market)
        past = np.asarray(market.sessions < TRAINED_UNTIL)
        if not past.any():
            raise ValueError("no sessions to be trained on")
        slope = float(x[past, 0] @ x[past, 1]) / float(x[past, 1] @ x[past, 1])
        return np.where(past, np.nan, x[:, 0] - slope * x[:, 1])


class Sleeps(Hard):
    def answer(self, market: Market) -> Any:
        time.sleep(60)
        return returns(market)[:, 0]


class Spins(Hard):
    def answer(self, market: Market) -> Any:  # noqa: ARG002
        while True:
            pass


class Nothing(Hard):
    def answer(self, market: Market) -> Any:
        return np.full(len(market.sessions), np.nan)


def audited(part: Signal | Strategy, seconds: float = 0.5) -> Outcome:
    return run_in_subprocess(
        partial(audit, Subject(part), (MARKET,), Effort(seconds, 0, first_calls=2, beginnings=4), 7)
    )


@pytest.mark.parametrize("part", [Clusters(), Mixture(), Boosting()], ids=lambda part: type(part).__name__)
def test_a_model_of_the_full_sample_that_computes_in_threads_is_caught_with_its_line(part: Hard) -> None:
    Clusters().answer(MARKET)  # this process has used OpenMP: a copy of it must not wait for its threads
    (finding,) = [finding for finding in audited(part).findings if finding.what == "look-ahead"]
    assert finding.line is not None
    assert "# <-" in finding.line.text
    assert finding.line.function == "answer"


@pytest.mark.parametrize(
    "part", [Searched(), Forest(), Processes(), Threads(), LastDigits()], ids=lambda part: type(part).__name__
)
def test_honest_code_in_threads_and_processes_is_clean(part: Hard) -> None:
    outcome = audited(part)
    assert (outcome.status, outcome.findings) == ("clean", ())
    assert outcome.cuts > 0


def test_a_rule_trained_on_years_that_a_short_market_has_not_is_audited_on_the_whole_one() -> None:
    outcome = audited(FixedYears(), seconds=1.0)
    assert (outcome.status, outcome.findings) == ("clean", ())
    assert all(stretch.spread for stretch in outcome.stretches)
    assert any("no sessions to be trained on" in note for note in outcome.notes)


@pytest.mark.parametrize("part", [Sleeps(), Spins()], ids=lambda part: type(part).__name__)
def test_code_that_does_not_come_to_an_end_is_neither_clean_nor_accused(
    part: Hard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditor, "TRIAL", 1.0)
    begun = time.monotonic()
    outcome = audited(part)
    assert (outcome.status, outcome.findings) == ("cannot tell", ())
    assert "did not come to an end" in outcome.reason
    assert time.monotonic() - begun < 60.0


def test_code_that_says_nothing_is_not_called_clean() -> None:
    outcome = audited(Nothing())
    assert (outcome.status, outcome.findings) == ("cannot tell", ())
    assert "nothing" in outcome.reason


def test_work_that_computes_for_too_long_is_ended() -> None:
    with pytest.raises(LostError) as error:
        run_in_subprocess(partial(Spins().answer, MARKET), limit=1.0)
    assert error.value.late


class Smoothed(Strategy):
    """Honest as it is studied; where it is smoothed and slow, it looks ahead."""

    name: ClassVar[str] = "smoothed"
    statement: ClassVar[str] = ""
    hypothesis: ClassVar[str] = "trend"
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {"smooth": (0, 5, 11), "window": (10, 20, 40)}

    smooth: int = 0
    window: int = 20

    def signals(self) -> dict[str, Signal]:
        return {"trend": Trend(window=self.window)}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        level = s["trend"]
        if self.smooth == 5 and self.window == 40:
            level = level.rolling(self.smooth, center=True, min_periods=1).mean()
        return target((level > 0).astype(float), 0.0, where=s["trend"].notna())


def test_every_value_of_a_grid_is_tried_alone_then_the_corners_then_the_rest() -> None:
    sets = list(parameter_sets(Smoothed.grid))
    assert sets[:6] == [{"smooth": 0}, {"smooth": 5}, {"smooth": 11}, {"window": 10}, {"window": 20}, {"window": 40}]
    assert sets[6:10] == [{"smooth": a, "window": b} for a in (0, 11) for b in (10, 40)]
    assert sorted((each["smooth"], each["window"]) for each in sets[6:]) == [
        (a, b) for a in (0, 5, 11) for b in (10, 20, 40)
    ]


def test_a_look_ahead_at_one_set_of_a_grid_is_seen() -> None:
    result = run_in_subprocess(partial(check_grid, Smoothed, MARKET, Effort(20.0, 0, 0, 0), 7))
    assert result.suspects == ({"smooth": 5, "window": 40},)
    assert (result.tried, result.total, result.failures) == (8, 9, ())
    assert audited(Smoothed()).status == "clean"
