"""The common work: distinct variants, markets of any length, and a file that carries it to another process."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import markets, variants
from benchmarks.field_runs import repeated
from benchmarks.work import Work


def test_variants_are_distinct_and_alternate() -> None:
    simulated = variants.strategies(400)
    assert len({strategy.label for strategy in simulated}) == 400
    assert [strategy.name for strategy in simulated[:4]] == ["break_entry", "derisk"] * 2
    assert variants.strategies(10) == simulated[:10]


def test_few_variants_differ_in_every_parameter() -> None:
    strategies = [strategy.params for strategy in variants.strategies(40)]
    for parameter in ("window", "decouple_below", "couple_above", "min_stay"):
        assert len({params[parameter] for params in strategies}) >= 3, parameter


def test_no_more_variants_than_the_grid_holds() -> None:
    assert variants.MOST >= 100_000
    with pytest.raises(ValueError, match="holds 100800 variants"):
        variants.strategies(variants.MOST + 1)


def test_a_decision_is_filled_a_session_later() -> None:
    market = markets.long_market(variants.OPENING + 400)
    work = variants.prepare(market, 2)
    sessions = market.sessions[variants.OPENING :]
    decided = variants.strategies(2)[1].decide(market).since(sessions[0]).frame
    rows = np.flatnonzero(np.isfinite(work.targets[:, 1, 0]))
    assert list(sessions[rows - 1]) == list(decided.index)[: len(rows)]


def test_a_market_of_a_seed_is_always_the_same_and_its_prices_stay_in_range() -> None:
    market = markets.long_market(20_000)
    assert market.sha256 == markets.long_market(20_000).sha256
    assert market.synthetic
    for leg in market.legs:
        assert leg.close.min() > 1.0
        assert leg.close.max() < 10_000.0


def test_a_long_market_breaks_and_recouples_in_every_part() -> None:
    work = variants.prepare(markets.long_market(variants.OPENING + 4_000), 4)
    ordered = np.isfinite(work.targets[..., 0])
    for part in np.split(ordered[800:], 4):
        assert part.any(axis=0).all()


def test_work_survives_a_file(tmp_path: Path) -> None:
    work = variants.prepare(markets.long_market(variants.OPENING + 300), 3)
    work.save(tmp_path / "work.npz")
    result = Work.load(tmp_path / "work.npz")
    assert result.tickers == work.tickers
    for name in ("dates", "prices", "targets"):
        np.testing.assert_array_equal(getattr(result, name), getattr(work, name))


def test_repeated_work_has_the_sizes_asked_for() -> None:
    work = repeated(variants.prepare(markets.long_market(variants.OPENING + 300), 3), 700, 5)
    assert (work.sessions, work.variants, len(work.dates)) == (700, 5, 700)
    np.testing.assert_array_equal(work.prices[300:600], work.prices[:300])
