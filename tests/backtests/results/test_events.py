"""Events: figures by hand and by loop, and what intervals and p-values are worth on worlds without effect."""

import sys
from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binom, ttest_1samp

from tests.build import random_market
from unlockstep.backtests.calibration.worlds import KINDS as WORLDS
from unlockstep.backtests.calibration.worlds import history_of
from unlockstep.backtests.results import events as study
from unlockstep.backtests.results.events import (
    Effect,
    EventSample,
    effect,
    effect_after,
    effects,
    episodes,
    fans,
    forward,
    sample_of,
)
from unlockstep.signals import Beta, Breakdown, Market, SignalCache
from unlockstep.signals.market import Floats

STATE = Breakdown(window=20, min_stay=1, decouple_below=0.2, couple_above=0.3)


def test_what_follows_begins_at_the_close_after_the_session_of_the_event() -> None:
    logs = np.array([0.0, 1.0, 3.0, 6.0, 10.0])
    assert forward(logs, 2, 1).tolist()[:2] == [5.0, 7.0]  # from the close of session 1 to that of session 3
    assert np.isnan(forward(logs, 2, 1)[2:]).all()
    assert np.isnan(forward(logs, 5, 1)).all()


def test_events_less_than_a_horizon_apart_are_one_episode_in_chains_too() -> None:
    dates = np.array([0, 19, 39, 70, 80])
    assert episodes(dates, 20).tolist() == [0, 0, 1, 2, 2]
    assert episodes(dates, 32).tolist() == [0, 0, 0, 0, 0]
    assert episodes(dates, 1).tolist() == [0, 1, 2, 3, 4]
    assert episodes(np.array([], dtype=int), 20).tolist() == []


def test_without_overlaps_the_interval_is_that_of_the_ordinary_t_test() -> None:
    moves = np.random.default_rng(1).standard_t(4, 400)
    dates = np.array([10, 60, 130, 260, 300, 390])
    measured, _ = effect(moves, dates, 20)
    usual = ttest_1samp(moves[dates] - moves.mean(), 0.0).confidence_interval(0.95)
    assert measured.ci == pytest.approx((usual.low, usual.high))
    assert measured.after == pytest.approx(moves[dates].mean())
    assert measured.always == pytest.approx(moves.mean())


def by_loop(moves: Floats, dates: list[int], horizon: int) -> tuple[float, float]:
    """(mean less the mean at any time, its error) of dates in the order given, with one episode left out at a time."""
    always = np.mean([x for x in moves if np.isfinite(x)])
    groups: list[list[float]] = [[moves[dates[0]]]]
    for before, after in pairwise(dates):
        if after - before < horizon:
            groups[-1].append(moves[after])
        else:
            groups.append([moves[after]])
    groups = [[x for x in group if np.isfinite(x)] for group in groups]
    groups = [group for group in groups if group]
    mean = np.mean(np.concatenate(groups))
    without = [np.mean(np.concatenate(groups[:i] + groups[i + 1 :])) for i in range(len(groups))]
    error = np.sqrt((len(groups) - 1) / len(groups) * sum((x - mean) ** 2 for x in without))
    return float(mean - always), float(error)


def test_overlapping_events_are_left_out_together_and_shifted_together() -> None:
    moves = np.random.default_rng(2).standard_normal(300)
    moves[-21:] = np.nan
    dates = [5, 15, 30, 100, 180, 190, 260]
    measured, t = effect(moves, np.array(dates), 20)
    estimate, error = by_loop(moves, dates, 20)
    assert measured.estimate == pytest.approx(estimate)
    assert (measured.ci[1] - measured.ci[0]) / 2 == pytest.approx(3.182446 * error, rel=1e-6)  # t(0.975, 3 degrees)
    assert (measured.events, measured.unfinished, measured.episodes) == (7, 0, 4)
    # the events that have reached the end at shift 30: 290 alone is past it
    mean, scale = by_loop(np.roll(moves, -30), dates, 20)
    assert t[30] == pytest.approx(abs(mean) / scale)
    assert measured.p == pytest.approx((t >= t[0]).mean())
    assert t[0] == pytest.approx(abs(estimate) / error)


def test_a_window_that_is_not_over_is_counted_and_not_used() -> None:
    measured, _ = effect(forward(np.arange(100.0), 20, 1), np.array([10, 40, 78, 79, 95]), 20)
    assert (measured.events, measured.unfinished, measured.episodes) == (3, 2, 3)
    assert measured.after == pytest.approx(20.0)


def test_fewer_than_five_episodes_decide_nothing_and_one_has_no_interval() -> None:
    moves = np.random.default_rng(3).standard_normal(500)
    assert not effect(moves, np.array([10, 100, 200, 300]), 20)[0].decides
    assert effect(moves, np.array([10, 100, 200, 300, 400]), 20)[0].decides
    assert not effect(moves, np.array([10, 100, 110, 200, 300]), 20)[0].decides
    for few in ([10, 12], [10], []):
        measured, _ = effect(moves, np.array(few, dtype=int), 20)
        assert np.isnan([*measured.ci, measured.p]).all()
        assert measured.always == pytest.approx(moves.mean())


def test_the_spread_is_hedged_with_the_beta_of_the_event() -> None:
    market = random_market(5, 700)
    sample = sample_of(SignalCache(market), STATE)
    assert sample is not None
    assert sample.first == 252  # the first beta; states are known before
    day = 400
    close, beta = np.log(market.close.to_numpy()), Beta().values(market)[day]
    crypto, equity = close[day + 61] - close[day + 1]
    moves = sample.moves(60)
    assert moves["spread"][day - 252] == pytest.approx(crypto - beta * equity)
    assert (moves["crypto"][day - 252], moves["equity"][day - 252]) == pytest.approx((crypto, equity))


def test_events_are_the_changes_of_the_state_and_none_before_a_beta_is_used() -> None:
    market = random_market(5, 700)
    state = STATE.values(market)
    sample = sample_of(SignalCache(market), STATE)
    assert sample is not None
    for kind, change in (("break", 1.0), ("recoupling", -1.0)):
        by_hand = [i for i in range(1, 700) if state[i] - state[i - 1] == change]
        assert (sample.events[kind] + 252).tolist() == [i for i in by_hand if i >= 252]  # type: ignore[index]
        assert sample.left_out[kind] == sum(i < 252 for i in by_hand)  # type: ignore[index]
        assert len(sample.events[kind]) > 3  # type: ignore[index]


def test_one_effect_is_the_row_of_the_table_and_a_market_too_short_has_none() -> None:
    market = random_market(5, 700)
    sample = sample_of(SignalCache(market), STATE)
    assert sample is not None
    table, _ = effects(sample)
    (row,) = [row for row in table["recoupling", "spread"] if row.horizon == 20]
    assert effect_after(SignalCache(market), STATE, "recoupling", "spread", 20) == row
    short = effect_after(SignalCache(random_market(5, 200)), STATE)
    assert short.events == 0
    assert np.isnan([short.estimate, *short.ci, short.p]).all()


def test_prices_from_after_a_window_change_nothing_that_followed_the_event() -> None:
    market = random_market(5, 700)
    whole, cut = (
        fans(sample)["spread"] for m in (market, market.slice(0, 600)) if (sample := sample_of(SignalCache(m), STATE))
    )
    n = len(cut.paths["break"])
    before = np.isfinite(cut.paths["break"])
    assert np.array_equal(whole.paths["break"][:n][before], cut.paths["break"][before])


def test_the_fan_meets_the_table_at_its_horizons() -> None:
    sample = sample_of(SignalCache(random_market(5, 700)), STATE)
    assert sample is not None
    table, _ = effects(sample)
    for series, fan in fans(sample).items():
        for kind in study.KINDS:
            for row in table[kind, series]:
                at = row.horizon
                assert fan.mean[kind][at] == pytest.approx(row.after)
                assert fan.always[at] == pytest.approx(row.always)
                assert fan.low[kind][at] - fan.always[at] == pytest.approx(row.ci[0], nan_ok=True)
                assert fan.high[kind][at] - fan.always[at] == pytest.approx(row.ci[1], nan_ok=True)
        assert fan.quantiles[20].tolist() == pytest.approx(
            np.nanquantile(sample.moves(20)[series], [0.05, 0.25, 0.5, 0.75, 0.95]).tolist()
        )


def test_an_effect_that_is_there_is_found_and_survives_the_family() -> None:
    rng = np.random.default_rng(8)
    steps = rng.standard_normal((1500, 2)) * 0.01
    dates = np.arange(60, 1400, 130)
    for date in dates:
        steps[date + 2 : date + 22, 0] += 0.01  # first earned in the session after the first tradable close
    nothing = np.array([], dtype=int)
    sample = EventSample(
        0,
        np.cumsum(steps, axis=0),
        np.zeros(1500),
        {"break": dates, "recoupling": nothing},
        {"break": 0, "recoupling": 0},
    )
    table, family = effects(sample)
    (result,) = [row for row in table["break", "crypto"] if row.horizon == 20]
    assert result.ci[0] < 0.2 * (1 - len(dates) * 20 / 1500) < result.ci[1]
    assert result.ci[0] > 0
    assert family.looks == 15
    assert family.p < 0.05


@pytest.mark.parametrize(
    ("kind", "worlds"),
    [
        pytest.param("garch", 60, marks=pytest.mark.slow),
        pytest.param("garch", 1000, marks=pytest.mark.deep),
        pytest.param("resampled", 1000, marks=pytest.mark.deep),
    ],
)
def test_intervals_cover_and_p_values_reject_as_promised(
    kind: str, worlds: int, request: pytest.FixtureRequest
) -> None:
    # The tables of docs/method.md: python -m pytest -m deep -s tests/backtests/results/test_events.py
    history = history_of(request.getfixturevalue("real")) if kind == "resampled" else np.empty((0, 2))
    cells, families = _worlds(kind, history, worlds=worlds, seed=3)
    said = [f"\n{kind}: moves of, after, number, horizon, worlds; episodes, covered, percentiles, p <= 5 %, half width"]
    for (series, source, n, horizon), rows in sorted(cells.items()):
        share = np.mean(rows, axis=0)
        figures = "  ".join(f"{x:.3f}" for x in share[1:])
        said.append(f"{series:6} {source:10} {n:3} {horizon:4} {len(rows):5}  {share[0]:.1f}  {figures}")
    said.append(f"family: p <= 5 % in {np.mean(families):.3f} of {len(families)}\n")
    sys.stdout.write("\n".join(said))
    for cell, rows in cells.items():
        # at 95 and 5 % a cell passes these bounds once in two thousand times
        most = binom.isf(1 / 2000, len(rows), 0.05) / len(rows)
        _, covered, _, rejected, _ = np.mean(rows, axis=0)
        assert covered >= 1.0 - most - 1e-12, cell
        assert rejected <= most + 1e-12, cell
    assert np.mean(families) <= 0.05 + 3.3 * np.sqrt(0.05 * 0.95 / len(families))


def _worlds(
    kind: str, history: Floats, *, worlds: int, seed: int
) -> tuple[dict[tuple[str, str, int, int], list[tuple[float, ...]]], list[bool]]:
    """(series, events from, number, horizon) → of each world: episodes, covered, covered by percentiles, rejected, half
    width; and whether the family's p was at most 5 %, of each world with something that decides.

    Events: random dates, or `n` of those at which a 30-session correlation breaks, or recouples, in the world that is
    decided on; the beta of the spread is that world's too.
    """
    cells: dict[tuple[str, str, int, int], list[tuple[float, ...]]] = defaultdict(list)
    families = []
    for number in range(worlds):
        rng = np.random.default_rng([seed, number])
        world = WORLDS[kind](rng, 2500, history)
        decided = sample_of(SignalCache(world.decided), Breakdown(window=30))
        assert decided is not None
        traded = _logs(world.traded())[decided.first :]
        sample = EventSample(decided.first, traded, decided.beta, decided.events, decided.left_out)
        _, family = effects(sample)
        if family.looks:
            families.append(family.p <= 0.05)
        for horizon in (20, 60, 120):
            moves = sample.moves(horizon)
            over = np.flatnonzero(np.isfinite(moves["crypto"]))
            seen = {kind: np.intersect1d(events, over) for kind, events in sample.events.items()}
            for n in (4, 6, 10):
                for source, among in (("random", over), *seen.items()):
                    if len(among) < n:
                        continue
                    dates = np.sort(rng.choice(among, n, replace=False))
                    for series, moved in moves.items():
                        measured, _ = effect(moved, dates, horizon)
                        if measured.episodes >= 3:
                            cells[series, source, n, horizon].append(_judged(measured, moved, dates, rng))
    return cells, families


def _judged(result: Effect, moves: Floats, dates: np.ndarray, rng: np.random.Generator) -> tuple[float, ...]:
    member = episodes(dates, result.horizon)[:, None] == np.arange(result.episodes)
    drawn = rng.multinomial(result.episodes, np.full(result.episodes, 1 / result.episodes), size=400)
    means = (drawn @ ((moves[dates] - result.always) @ member)) / (drawn @ member.sum(axis=0))
    low, high = np.quantile(means, [0.025, 0.975])
    return (
        result.episodes, result.ci[0] <= 0 <= result.ci[1], low <= 0 <= high, result.p <= 0.05,
        (result.ci[1] - result.ci[0]) / 2,
    )  # fmt: skip


def _logs(market: Market) -> Floats:
    return np.asarray(np.log(market.close.to_numpy()))
