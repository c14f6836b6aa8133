"""Worlds for the statements: is planted what they say? And the script that counts what is found in them."""

import numpy as np
import pytest

from unlockstep.backtests.calibration.statement_worlds import (
    Draw,
    closing_spread,
    faded_lift,
    garch,
    garch_t,
    led,
    log_returns,
    steady,
    swinging,
    switching,
    trending,
    with_opening_response,
)
from unlockstep.backtests.calibration.statements import _share, main
from unlockstep.signals import Market, SignalCache, YoY
from unlockstep.signals.closed_hours import ClosedHoursMove
from unlockstep.signals.market import Floats


@pytest.mark.parametrize("lift", [2.0, 4.0])
def test_a_lift_is_planted_in_the_earlier_half_while_the_year_of_iwm_is_positive(lift: float) -> None:
    market = garch(1)
    before, after = log_returns(market), log_returns(faded_lift(market, lift))
    year = SignalCache(market).values(YoY(leg="equity"))[:-1]
    finite = np.isfinite(year)
    early = finite & (np.cumsum(finite) <= finite.sum() // 2)
    assert 100 < (early & (year > 0)).sum() < early.sum()
    assert after[:, 0] - before[:, 0] == pytest.approx(np.where(early & (year > 0), lift / 252, 0.0), abs=1e-9)
    assert after[:, 1] == pytest.approx(before[:, 1])


def test_a_closing_spread_keeps_its_shocks_and_loses_half_of_its_distance_in_a_half_life() -> None:
    market = garch(2)
    before, after = (x @ [1.0, -1.5] for x in (log_returns(market), log_returns(closing_spread(market, 23.0))))
    distance = np.concatenate([[0.0], np.cumsum(after)])
    assert distance[1:] - 0.5 ** (1 / 23) * distance[:-1] == pytest.approx(before, abs=1e-9)


def test_a_planted_lead_is_so_many_deviations_of_iwm_two_sessions_later() -> None:
    market = garch(3)
    before, after = log_returns(market), log_returns(led(market, 0.1))
    crypto, equity = (before / before.std(axis=0)).T
    assert after[2:, 1] / before[:, 1].std() == pytest.approx(equity[2:] + 0.1 * crypto[:-2])
    assert after[:, 0] == pytest.approx(before[:, 0])


def test_a_share_of_eths_move_in_closed_hours_is_planted_in_the_gap_or_after_the_open(demo: Market) -> None:
    moves = np.nan_to_num(ClosedHoursMove().compute(demo).to_numpy())[1:]

    def parts(market: Market) -> tuple[Floats, Floats]:
        opens, close = np.log(market.equity.open), np.log(market.equity.close)
        return opens[1:] - close[:-1], (close - opens)[1:]

    for gap, session in ((0.1, 0.0), (0.0, 0.1)):
        for before, after, share in zip(
            parts(demo), parts(with_opening_response(demo, gap, session)), (gap, session), strict=True
        ):
            np.testing.assert_allclose(after - before, share * moves, atol=1e-12)


def variance_ratio(returns: Floats, sessions: int) -> float:
    summed = np.convolve(returns - returns.mean(), np.ones(sessions), "valid")
    return float(summed.var() / sessions / returns.var())


def test_trending_worlds_trend_and_garch_worlds_do_not() -> None:
    # The error of the mean of 60 ratios is 0.03; taking the sample's mean out makes each too small by 60/2513
    ratios = {
        make: np.mean([variance_ratio(log_returns(make(world))[:, 0], 60) for world in range(60)])
        for make in (trending, garch)
    }
    assert ratios[trending] == pytest.approx(1.65, abs=0.15)
    assert ratios[garch] == pytest.approx(1.0, abs=0.1)


# tanh is bent: the mean of tanh(artanh 0.3 + 0.35 z) is 0.3 − 0.35² · 0.3 · (1 − 0.3²) = 0.27, to second order
@pytest.mark.parametrize(("draw", "half_lived", "mean"), [(swinging(40, 0.35), 40, 0.27), (switching(42), 42, 0.3)])
def test_half_of_a_deviation_of_the_correlation_is_left_after_its_half_life(
    draw: Draw, half_lived: int, mean: float
) -> None:
    path = draw(np.random.default_rng(1), 5000, 40)
    deviation = path - path.mean()
    assert path.mean() == pytest.approx(mean, abs=0.03)
    left = (deviation[half_lived:] * deviation[:-half_lived]).mean() / (deviation**2).mean()
    assert left == pytest.approx(0.5, abs=0.05)


def test_returns_have_the_correlation_of_their_session() -> None:
    # The legs' volatilities wander apart a little, so that the plain correlation lies just below that of the shocks
    returns = garch_t(steady(0.6, 0.0)(np.random.default_rng(1), 1000, 50), np.random.default_rng(2))
    assert returns.shape == (50, 1000, 2)
    early, late = (
        np.mean([np.corrcoef(world.T)[0, 1] for world in returns[:, part]]) for part in (slice(500), slice(500, 1000))
    )
    assert (early, late) == pytest.approx((0.6, 0.0), abs=0.03)


def test_worlds_that_cannot_decide_are_none_of_those_counted() -> None:
    # Clopper and Pearson: 1 of 2 lies between 1 − √0.975 and √0.975
    assert _share([True, None, False, None]) == "50.0 [1.3, 98.7] of 2"
    assert _share([None]) == ""


def test_every_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main(1)
    tables = [table.splitlines() for table in capsys.readouterr().out.strip().split("\n\n")]
    assert [table[0].split("|")[1].strip() for table in tables] == [
        "No effect, % found", "Planted, % supported", "Closed hours, % shown", "S1, % found", "S3a, %",
    ]  # fmt: skip
    for table in tables:
        assert {line.count("|") for line in table} == {table[0].count("|")}
        assert len(table) >= 7
