"""What all pairs say together: a group left out is a universe without it, and every share and trial adds up."""

from pathlib import Path

import pytest

import unlockstep as ul
from tests.backtests.cli.test_universe import PAIRS, file_of, write_prices
from unlockstep.backtests.jobs.universe import UniverseRun
from unlockstep.backtests.results.model.base import as_float

WITHOUT = tuple(pair for pair in PAIRS if pair[1] != "IWM")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[UniverseRun, UniverseRun]:
    """The universe of four pairs, two of them in one group, and that of the other two."""
    folder = tmp_path_factory.mktemp("prices")
    prices = write_prices(folder)
    whole, others = (
        ul.universe(file_of(folder, pairs), data=prices, workers=1, ledger=folder / "ledger.sqlite")
        for pairs in (PAIRS, WITHOUT)
    )
    return whole, others


def test_without_a_group_the_ratio_and_its_p_value_are_those_of_the_other_pairs(
    runs: tuple[UniverseRun, UniverseRun],
) -> None:
    whole, others = runs
    for one, other in zip(whole.strategies, others.strategies, strict=True):
        group = next(group for group in one.groups if group.group == "beside IWM")
        assert group.pairs == 2
        if other.timing_ir is None:
            assert group.without_ir is None
        else:
            assert group.without_ir == pytest.approx(other.timing_ir, rel=1e-9)
            assert group.without_p == other.timing_p
    assert any(other.timing_ir is not None for other in others.strategies)


def test_a_group_of_one_pair_has_the_ratio_of_that_pair(runs: tuple[UniverseRun, UniverseRun]) -> None:
    whole, _ = runs
    for one in whole.strategies:
        by_pair = {estimate.pair: estimate.timing_ir for estimate in one.estimates}
        for group in one.groups:
            alone = [pair.pair for pair in whole.pairs if pair.group == group.group]
            if len(alone) == 1 and by_pair[alone[0]] is not None:
                assert group.timing_ir == pytest.approx(by_pair[alone[0]], rel=1e-9)


def test_weights_add_up_to_one_and_a_decade_lies_in_the_period(runs: tuple[UniverseRun, UniverseRun]) -> None:
    whole, _ = runs
    assert whole.result.n_trials == len(PAIRS) * len(whole.strategies)
    for one in whole.strategies:
        weights = [estimate.weight for estimate in one.estimates if estimate.weight is not None]
        assert len(weights) == len(PAIRS)
        assert sum(weights) == pytest.approx(1.0)
        assert min(weights) >= 0.0
        assert one.effective_pairs is not None
        assert 1.0 <= one.effective_pairs <= len(PAIRS)
        assert (one.decades[0].first, one.decades[-1].last) == (whole.result.first, whole.result.last)
        assert [decade.first[:4] for decade in one.decades] == ["2018", "2020"]
        assert one.average_ir == pytest.approx((one.timing_ir or 0.0) / one.effective_pairs**0.5)


def test_the_interval_of_a_decade_is_as_far_off_its_ratio_as_that_of_the_whole(
    runs: tuple[UniverseRun, UniverseRun],
) -> None:
    whole, _ = runs
    for one in whole.strategies:
        for part in one.decades:
            if one.timing_ir is not None and part.timing_ir is not None:
                by_chance, of_part = (
                    as_float(each.timing_ir) - sum(map(as_float, each.timing_ci)) / 2 for each in (one, part)
                )
                assert of_part == pytest.approx(by_chance, abs=1e-9)


def test_twice_the_costs_take_from_the_book_and_nothing_from_the_timing(
    runs: tuple[UniverseRun, UniverseRun], tmp_path: Path
) -> None:
    whole, _ = runs
    prices = write_prices(tmp_path)
    file = file_of(tmp_path)
    file.write_text(file.read_text().replace("[costs]\n", "[costs]\nfee_bps = 40\n"))
    dear = ul.universe(file, data=prices, workers=1, ledger=tmp_path / "ledger.sqlite")
    for one, other in zip(whole.strategies, dear.strategies, strict=True):
        assert (other.timing_ir, other.timing_p) == (one.timing_ir, one.timing_p)
        assert one.book.cost_drag_ir is not None
        assert other.book.cost_drag_ir is not None
        assert other.book.cost_drag_ir > one.book.cost_drag_ir > 0.0
        assert (one.book.net_ir or 0.0) > (one.book.net_ir_multiplied or 0.0)
        assert (one.book.net_ir or 0.0) > (other.book.net_ir or 0.0)
