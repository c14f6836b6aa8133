"""What a run has read besides opens and closes is pinned, and other values are refused when it is run again."""

from dataclasses import replace

import numpy as np
import pandas as pd

from tests.build import market_of
from tests.refusals import refused
from unlockstep.backtests.config.series_pins import check_series, series_pins
from unlockstep.signals import Context, ContextSeries, Range, Signal
from unlockstep.signals.errors import DataError, StudyError
from unlockstep.signals.market import Market, read_only
from unlockstep.strategies import Strategy, target


class Reads(Strategy):
    """Reads ranges of one leg and a series beside the pair."""

    name = "reads"
    hypothesis = "for tests"

    def signals(self) -> dict[str, Signal]:
        return {"range": Range(leg="equity", window=1), "vix": Context("vix")}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return target(0.0, (s["vix"] > s["range"]).astype(float))


def made(vix: float = 20.0, high: float = 101.0, low: float = 99.0) -> Market:
    market = market_of(np.full(4, 10.0), np.full(4, 100.0))
    equity = replace(market.equity, high=read_only(np.full(4, high)), low=read_only(np.full(4, low)))
    series = ContextSeries("vix", "^VIX", "XNYS", read_only(np.full(4, vix)), equity.known_at)
    return replace(market, equity=equity, context=(series,))


def test_a_series_that_is_another_is_refused_by_its_name_and_the_same_is_not() -> None:
    pins = series_pins(made(), [Reads()])
    assert sorted(pins) == ["equity.high", "equity.low", "vix"]
    check_series(made(), pins)
    for other, name in ((made(vix=20.1), "vix"), (made(high=101.5), "equity.high"), (made(low=98.0), "equity.low")):
        with refused(DataError, name=name, remedy="series_sha256"):
            check_series(other, pins)
    check_series(made(vix=20.1), {"vix": ""})  # not pinned yet
    with refused(StudyError, name="vix", remedy="--context vix=TICKER"):
        series_pins(replace(made(), context=()), [Reads()])
