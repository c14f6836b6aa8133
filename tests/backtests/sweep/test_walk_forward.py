"""Choosing among all variants of a sweep is choosing as `walk_forward` and `combinatorial_purged` do."""

import numpy as np
import pytest

from tests.build import Floats, random_market
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.stats.walk_forward import combinatorial_purged, walk_forward
from unlockstep.backtests.sweep.accounts import Simulated, TradingTerms, decided, simulate
from unlockstep.backtests.sweep.positions import Decisions
from unlockstep.backtests.sweep.walk_forward import Choices, Chooser, Leaders, choices_of, stitched

N, SESSIONS, TRAIN, TEST, LAG = 30, 420, 120, 60, 2


def variants(seed: int) -> tuple[TradingTerms, Floats, Simulated]:
    rng = np.random.default_rng(seed)
    stay = rng.random((N, SESSIONS)) < 0.94
    crypto = np.where(stay, np.nan, rng.choice([0.0, 0.3, 0.5], (N, SESSIONS)))
    crypto[:, 0] = 0.0
    crypto[1] = np.nan  # never decides
    crypto[2, 1:200] = np.nan  # decides late
    wanted = np.stack([crypto, 0.5 - crypto])
    terms = TradingTerms(random_market(seed, SESSIONS), 10, Costs(), lag=LAG)
    return terms, wanted, simulate(terms, wanted[0], wanted[1], np.zeros(N, dtype=np.int64))


@pytest.fixture(scope="module", params=[1, 2, 3])
def swept(request: pytest.FixtureRequest) -> tuple[TradingTerms, Floats, Simulated]:
    return variants(request.param)


def decisions(terms: TradingTerms, wanted: Floats) -> Decisions:
    return decided(terms, wanted[0], wanted[1], np.zeros(wanted.shape[1], dtype=np.int64))


def chosen(terms: TradingTerms, wanted: Floats) -> tuple[Choices, Leaders]:
    choices = choices_of(len(terms.earned), train=TRAIN, test=TEST, purge=LAG)
    scores = Chooser(terms, choices).scores(decisions(terms, wanted))
    return choices, Leaders.of(scores, 0, np.arange(N))


@pytest.mark.parametrize("rolling", [False, True])
def test_the_walk_forward_is_the_same(swept: tuple[TradingTerms, Floats, Simulated], rolling: bool) -> None:
    terms, wanted, simulated = swept
    choices, leaders = chosen(terms, wanted)
    weights = np.moveaxis(simulated.weights, 0, 1)
    gross = np.einsum("tva,ta->tv", weights, terms.earned)
    path = walk_forward(
        gross, weights=weights, asset_returns=terms.earned, criterion="timing", train=TRAIN, test=TEST,
        rolling=rolling, purge=LAG,
    )  # fmt: skip
    holds = choices.rolling if rolling else choices.expanding
    begin = len(choices.expanding) if rolling else 0
    numbers = leaders.numbers[begin : begin + len(holds)]
    assert [fold.chosen for fold in path.folds] == numbers.tolist()
    assert [(f.train_start, f.train_stop) for f in path.folds] == [hold.train[0] for hold in holds]
    first, positions = stitched(holds, [simulated.weights[number] for number in numbers])
    assert first == path.first
    np.testing.assert_array_equal(positions, path.weights)


def test_the_combinatorial_splits_are_the_same(swept: tuple[TradingTerms, Floats, Simulated]) -> None:
    terms, wanted, simulated = swept
    _, leaders = chosen(terms, wanted)
    weights = np.moveaxis(simulated.weights, 0, 1)
    gross = np.einsum("tva,ta->tv", weights, terms.earned)
    expected = combinatorial_purged(gross, weights=weights, asset_returns=terms.earned, criterion="timing", purge=LAG)
    assert leaders.numbers[-15:].tolist() == expected.chosen.tolist()


def test_leaders_of_parts_are_those_of_the_whole(swept: tuple[TradingTerms, Floats, Simulated]) -> None:
    terms, wanted, _ = swept
    choices = choices_of(len(terms.earned), train=TRAIN, test=TEST, purge=LAG)
    chooser = Chooser(terms, choices)
    whole = chosen(terms, wanted)[1]
    result = Leaders.none(len(choices.all))
    for begin in range(0, N, 7):
        part = slice(begin, begin + 7)
        scores = chooser.scores(decisions(terms, wanted[:, part]))
        result = result.or_(Leaders.of(scores, 0, np.arange(N)[part]))
    np.testing.assert_array_equal(result.numbers, whole.numbers)
    np.testing.assert_allclose(result.scores, whole.scores)


def test_scores_are_those_of_the_timing_return_by_hand() -> None:
    terms, wanted, simulated = variants(4)
    choices = Choices((), (), choices_of(len(terms.earned), train=TRAIN, test=TEST, purge=LAG).combinatorial[:3])
    scores = Chooser(terms, choices).scores(decisions(terms, wanted))
    for c, hold in enumerate(choices.all):
        rows = np.concatenate([np.arange(a, b) for a, b in hold.train])
        for i in range(N):
            w, r = simulated.weights[i, rows], terms.earned[rows]
            x = ((w - w.mean(axis=0)) * (r - r.mean(axis=0))).sum(axis=1)
            if np.ptp(w, axis=0).max() > 0:
                assert scores[i, c] == pytest.approx(x.sum() / np.sqrt((x**2).sum()), rel=1e-9, abs=1e-12)
            else:
                assert np.isnan(scores[i, c])


def test_a_walk_needs_a_whole_first_fold() -> None:
    short = choices_of(181, train=TRAIN, test=TEST, purge=LAG)
    assert (short.expanding, short.rolling, len(short.combinatorial)) == ((), (), 15)
    assert len(choices_of(182, train=TRAIN, test=TEST, purge=LAG).expanding) == 1
