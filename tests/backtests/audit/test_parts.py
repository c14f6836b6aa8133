"""The parts of the audit by themselves: futures, comparisons, memory, processes."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.build import random_market
from unlockstep.backtests.audit.comparison import changed
from unlockstep.backtests.audit.locate import likely_line
from unlockstep.backtests.audit.perturbations import ALTERATIONS, CUT, future, prices_of, with_holes
from unlockstep.backtests.audit.plan import order
from unlockstep.backtests.audit.probes import Pair, scope
from unlockstep.backtests.audit.recorder import Recorder
from unlockstep.backtests.audit.side_effects import changed_part, state_of
from unlockstep.backtests.audit.source_lines import guessed_line, suspicious
from unlockstep.backtests.audit.subprocess_pool import LostError, run_in_subprocess, spread
from unlockstep.backtests.audit.target import Observed
from unlockstep.backtests.audit.warmup_check import Memory, examine
from unlockstep.signals import Market
from unlockstep.signals.market import Floats


@pytest.fixture(scope="module")
def market() -> Market:
    return random_market(3, 200)


@pytest.mark.parametrize("name", ALTERATIONS)
def test_a_future_leaves_the_past_as_it_was_and_alters_the_next_session(name: str, market: Market) -> None:
    other = prices_of(future(market, 120, name))
    was = prices_of(market)
    assert other.shape == was.shape
    np.testing.assert_array_equal(other[:121], was[:121])
    assert (other[121] != was[121]).any()
    assert np.isfinite(other).all()


def test_the_market_cut_off_ends_with_the_cut(market: Market) -> None:
    cut = future(market, 120, CUT)
    assert len(cut.sessions) == len(cut.crypto.known_at) == 121
    np.testing.assert_array_equal(prices_of(cut), prices_of(market)[:121])


def test_crypto_alone_keeps_every_bar_of_the_equity_leg(market: Market) -> None:
    other, was = prices_of(future(market, 120, "crypto alone")), prices_of(market)
    np.testing.assert_allclose(other[:, 2:], was[:, 2:], rtol=1e-12)
    assert (other[121:, :2] != was[121:, :2]).all()


def test_crash_and_moon_differ_in_direction_size_and_the_legs_togetherness(market: Market) -> None:
    crash, moon = (future(market, 120, name).log_returns.to_numpy()[121:] for name in ("crash", "moon"))
    assert (crash[0] < 0).all()
    assert (moon[0] > 0).all()
    assert (np.abs(np.abs(crash) - np.abs(moon)) > 1e-6).all()
    assert np.corrcoef(crash[1:].T)[0, 1] == pytest.approx(1.0)
    assert np.corrcoef(moon[1:].T)[0, 1] < 0.9


def test_a_flat_hole_stands_at_the_close_before_and_a_missing_one_is_nan(market: Market) -> None:
    was = prices_of(market)
    flat = prices_of(with_holes(market, (120,), (0, 1), missing=False, legs=(1,)))
    np.testing.assert_array_equal(flat[119:121, 2:], np.full((2, 2), was[118, 3]))
    np.testing.assert_array_equal(flat[:, :2], was[:, :2])
    missing = prices_of(with_holes(market, (120,), (0,), missing=True, legs=(0, 1)))
    assert np.isnan(missing[120]).all()
    assert np.isfinite(np.delete(missing, 120, axis=0)).all()


def test_a_future_after_missing_bars_goes_on_from_the_last_known_price(market: Market) -> None:
    holed = with_holes(market, (120,), (0, 1), missing=True, legs=(0, 1))
    crash = prices_of(future(holed, 120, "crash"))
    np.testing.assert_allclose(crash[121], 0.02 * prices_of(market)[118])


def test_comparisons_take_nan_for_nan_and_forgive_the_last_digits_of_each_value() -> None:
    left = np.array([[1.0, np.nan], [100.0, 2.0], [np.inf, np.nan]])
    right = np.array([[1.0 + 5e-10, np.nan], [100.0 + 5e-8, 2.1], [np.inf, 3.0]])
    np.testing.assert_array_equal(changed(left, right), [[False, False], [False, True], [False, True]])
    assert changed(left, left + [[5e-9, 0.0]] * 3)[0, 0]


@pytest.mark.parametrize("huge", [1e12, -1.7e308])
@pytest.mark.parametrize("rows", [slice(0, 10), slice(40, 41), slice(30, 200)], ids=["warm-up", "one", "most"])
def test_a_huge_value_hides_no_difference_of_the_others(huge: float, rows: slice) -> None:
    left = np.random.default_rng(3).standard_normal((220, 1))
    left[rows] = huge
    right = left.copy()
    right[210] += 1e-6
    np.testing.assert_array_equal(np.flatnonzero(changed(left, right, warmup=20)), [210])


def test_what_is_left_of_larger_numbers_near_zero_may_differ_in_their_last_digits() -> None:
    left = np.random.default_rng(3).standard_normal((400, 1))
    left[:200] *= 1e-12  # before the warm-up, on a scale of its own
    left[300] = 1e-12
    right = left.copy()
    right[300] += 1e-15
    assert not changed(left, right, warmup=200).any()
    right[100] += 1e-15
    np.testing.assert_array_equal(np.flatnonzero(changed(left, right, warmup=200)), [100])


def test_every_session_with_a_future_is_cut_after_and_any_beginning_is_spread() -> None:
    cuts = order(30, 130)
    assert sorted(cuts) == list(range(30, 130))
    assert max(np.diff(sorted(cuts[:10]))) < 25


@pytest.mark.parametrize("ahead", [1, 7, 40])
def test_the_reach_of_a_value_is_found(ahead: int, market: Market) -> None:
    def observe(seen: Market) -> Observed:
        return Observed(seen.log_returns[["crypto"]].shift(-ahead).to_numpy(), ("late",))

    pair = Pair(0, 100, "as it was", "crash")
    assert scope(pair, (market,), 7, observe, 0, 100 + 1 - min(ahead, 3), 0) == ahead


Values = Callable[["pd.Series[float]"], "pd.Series[float]"]


@pytest.mark.parametrize(
    ("values", "bad", "says"),
    [
        (lambda r: r.rolling(20).mean(), None, ""),
        (lambda r: r.rolling(75, min_periods=1).mean(), True, "declare a warm-up of 75"),
        (lambda r: r.rolling(75).mean(), False, "44 sessions after its declared warm-up"),
        (lambda r: r.expanding().mean(), False, "where the history begins"),
        (lambda r: r.ewm(span=10).mean(), False, "still depend on older history"),
        (lambda r: r.ewm(span=100).mean(), True, "still depend on older history"),
        (lambda r: r.ewm(span=100).mean().where(r.index % 5 == 0).ffill(), True, "still depend on older history"),
        (lambda r: r.cumsum().cummax(), False, "where the history begins"),
        (lambda r: r.cumsum() - r.cumsum().cummax(), False, "until prices do something"),
    ],
    ids=["declared", "window", "late", "endless", "faded", "fading", "weekly", "highest", "fall"],
)
def test_memories_are_told_apart(values: Values, bad: bool | None, says: str) -> None:
    returns = pd.Series(np.random.default_rng(4).standard_normal(900))
    returns.iloc[0] = np.nan  # as the first return of a history is

    def observe(start: int) -> Observed:
        seen = returns.iloc[start:].copy()
        seen.iloc[0] = np.nan
        column: Floats = np.asarray(values(seen), dtype=np.float64)
        return Observed(column[:, None], ("value",))

    entry = examine(observe, list(range(1, 300, 25)), 31, frozenset())
    if bad is None:
        assert entry == []
    else:
        (memory,) = entry
        assert memory.bad is bad
        assert says in memory.sentence


@pytest.mark.parametrize("seed", range(6))
def test_a_long_average_of_prices_fades_and_its_warm_up_is_advised(seed: int) -> None:
    prices = pd.Series(100 * np.exp(np.cumsum(0.04 * np.random.default_rng(seed).standard_normal(470))))

    def memories_of(values: Values, warmup: int) -> list[Memory]:
        def observe(start: int) -> Observed:
            column: Floats = np.asarray(values(prices.iloc[start:]), dtype=np.float64)
            return Observed(column[:, None], ("value",))

        return examine(observe, list(range(1, 150, 10)), warmup, frozenset())

    (slow,) = memories_of(lambda c: c.ewm(span=100).mean(), 20)  # 0.98 to the power of the sessions
    assert "still depend on older history" in slow.sentence
    (fading,) = memories_of(lambda c: c.pct_change().ewm(span=100).mean(), 20)
    assert fading.bad
    advised = int(fading.sentence.rpartition(" ")[2])
    assert 100 < advised < 300
    assert not any(memory.bad for memory in memories_of(lambda c: c.pct_change().ewm(span=100).mean(), advised))
    (endless,) = memories_of(lambda c: c.expanding().mean(), 20)
    assert not endless.bad
    assert "a longer warm-up would hardly bound that" in endless.sentence
    assert not any(memory.bad for memory in memories_of(lambda c: c.ewm(span=20).mean(), 20))


def test_a_state_that_the_history_begins_with_is_compared_from_its_first_change_on() -> None:
    level = np.sin(np.arange(600) / 15.0)

    def observe(start: int) -> Observed:
        position, out = 0.0, []
        for value in level[start:]:
            position = 1.0 if value > 0.9 else 0.0 if value < -0.9 else position
            out.append(position)
        return Observed(np.array(out)[:, None], ("ETH-USD",))

    starts = list(range(1, 200, 13))
    assert examine(observe, starts, 5, frozenset({"ETH-USD"})) == []
    assert any(observe(0).values[start + 5] != observe(start).values[5] for start in starts)  # it did begin unlike


def test_a_child_answers_raises_dies_or_is_ended() -> None:
    def fail() -> int:
        raise ValueError("no")

    def die() -> int:
        raise SystemExit(4)

    assert run_in_subprocess(lambda: 3) == 3
    with pytest.raises(ValueError, match="no"):
        run_in_subprocess(fail)
    with pytest.raises(SystemExit):
        run_in_subprocess(die)
    begun = time.monotonic()
    ((_, answer),) = spread([lambda: time.sleep(60)], jobs=1, limit=0.3)
    assert isinstance(answer, LostError)
    assert time.monotonic() - begun < 30


def test_the_text_alone_gives_the_surest_suspect_first(tmp_path: Path) -> None:
    path = tmp_path / "rule.py"
    path.write_text(
        "def values(r):\n"
        "    scale = r.std()\n"
        "    smooth = (\n"
        "        r.rolling(5)\n"
        "        .mean()\n"
        "        .shift(-2)\n"
        "    )\n"
        "    return smooth / scale\n",
        encoding="utf-8",
    )
    assert suspicious(str(path)) == [6, 2]
    line = guessed_line(str(path))
    assert line is not None
    assert (line.number, line.text) == (6, ".shift(-2)")


def test_honest_text_has_no_suspects(tmp_path: Path) -> None:
    path = tmp_path / "rule.py"
    path.write_text(
        "def values(r):\n    return r.shift(1).rolling(20).mean() / r.rolling(20).std()\n", encoding="utf-8"
    )
    assert guessed_line(str(path)) is None


def test_a_causal_loop_before_the_leak_is_not_blamed(tmp_path: Path) -> None:
    path = tmp_path / "late.py"
    path.write_text(
        "import numpy as np\n"
        "def values(market):\n"
        "    r = market.log_returns['crypto'].fillna(0.0).to_numpy()\n"
        "    level, out = 0.0, np.zeros(len(r))\n"
        "    for i in range(len(r)):\n"
        "        level = 0.9 * level + r[i]\n"
        "        out[i] = level\n"
        "    top = out.max()\n"
        "    return out / top\n",
        encoding="utf-8",
    )
    space: dict[str, Any] = {}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)  # the file's own function
    market = random_market(3, 200)
    left, right = (
        Recorder(frozenset({str(path)}), future(market, 120, name), 120).run(space["values"])
        for name in ("crash", "moon")
    )
    line = likely_line(left, right)
    assert line is not None
    assert line.text == "top = out.max()"


def test_what_a_market_computes_of_itself_is_no_change_of_it() -> None:
    market = random_market(3, 80)
    before = state_of(market)
    names = [name for name in dir(type(market)) if not name.startswith("_")]
    for name in names:
        getattr(market, name)
    assert "cash_returns" in names
    assert changed_part(before, state_of(market)) is None
