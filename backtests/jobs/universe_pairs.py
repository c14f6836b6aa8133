"""The pairs of a universe: their prices, what is left out, and the evaluation of each, side by side.

A pair that cannot be used is refused, or left out and said so: one whose prices are missing or refused, or lack what a
strategy reads, one too short for its strategies, and one too short to be moved clear, beside longer pairs, of what the
slowest strategy looks back on. Prices that cannot be reached at the moment are never left out, and neither are others
than those that a file pins.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.universe import Universe, UniversePair
from unlockstep.backtests.data.identity import identity_of
from unlockstep.backtests.jobs.run import check_pins
from unlockstep.backtests.results.holdout import HoldoutSplit, split_holdout
from unlockstep.backtests.results.model.universe import SkippedPair
from unlockstep.backtests.results.universe.pairs import PairEvaluation, all_sessions, evaluate_pair
from unlockstep.backtests.stats.pooled_timing import sessions_needed
from unlockstep.backtests.stats.redecided_test import signs
from unlockstep.backtests.sweep.cluster import on_cluster
from unlockstep.backtests.sweep.processes import on_one_thread, on_processes
from unlockstep.signals.errors import DataError, HistoryError, StudyError, UnlockstepError, UnreachableError
from unlockstep.signals.market import Floats, Market

Advance = Callable[[str, int, int], None]
"""Called with what is done, how many are ready, and of how many."""

Unfit = DataError | HistoryError
"""Why a pair cannot be used."""


@dataclass(frozen=True, eq=False)
class LoadedPair:
    """A pair with its study and its prices, sealed ones left out."""

    pair: UniversePair
    study: Study
    split: HoldoutSplit

    @property
    def market(self) -> Market:
        """What the study may look at."""
        return self.split.market

    @property
    def currency(self) -> str:
        """That of its account."""
        return identity_of(self.market.legs[0]).currency

    @cached_property
    def resolved(self) -> Study:
        """Its study with every default spelled out."""
        market = self.market
        first, last = market.sessions[0].date(), market.sessions[-1].date()
        return self.study.resolve(data_sha256=market.sha256, first=first, last=last, market=market)


@dataclass(frozen=True, eq=False)
class EvaluatedPairs:
    """The pairs that are pooled, by group and name, what was evaluated of each, and the pairs that were left out."""

    pairs: tuple[LoadedPair, ...]
    evaluations: tuple[PairEvaluation, ...]
    skipped: tuple[SkippedPair, ...]


def evaluate_pairs(
    file: Universe, advance: Advance, *, workers: int | None, scheduler: str | None, skip_missing: bool
) -> EvaluatedPairs:
    """The pairs of a universe, evaluated in several processes, or by the workers of a Dask scheduler.

    Raises DataError for the first pair that cannot be used, with what would be left without all such pairs;
    `skip_missing` leaves them out instead. Raises DataError, too, where the accounts of those left are in several
    currencies.
    """
    loaded, skipped = _load(file, advance)
    _refuse(skipped, len(loaded), file, skip_missing=skip_missing)
    _check_currency(loaded)
    while True:
        sessions = _sessions(loaded)
        evaluated = _evaluate(loaded, sessions, file.terms, workers, scheduler, advance)
        short = _unfit(loaded, evaluated)
        if not short:
            break
        skipped += [_skipped(loaded[number].pair, error) for number, error in short.items()]
        left = [number for number in range(len(loaded)) if number not in short]
        _refuse(skipped, len(left), file, skip_missing=skip_missing)
        loaded, evaluated = [loaded[number] for number in left], [evaluated[number] for number in left]
        if len(_sessions(loaded)) == len(sessions):
            break  # their histories have the same signs without those that were left out
    done = [one for one in evaluated if isinstance(one, PairEvaluation)]
    return EvaluatedPairs(tuple(loaded), tuple(done), tuple(skipped))


def _sessions(loaded: Sequence[LoadedPair]) -> pd.DatetimeIndex:
    """Those of all pairs together."""
    return all_sessions(each.market.sessions for each in loaded)


def _load(file: Universe, advance: Advance) -> tuple[list[LoadedPair], list[SkippedPair]]:
    """The pairs that have prices, in the order of their groups and names, whatever that of the file, and the others."""
    loaded: list[LoadedPair] = []
    skipped: list[SkippedPair] = []
    studies = [(pair, file.study_of(pair).pinned()) for pair in file.pairs]
    spelled = [(pair.model_copy(update={"pair": study.pair}), study) for pair, study in studies]  # as prices spell them
    for number, (pair, study) in enumerate(sorted(spelled, key=lambda one: (one[0].group, one[0].pair))):
        advance("prices", number, len(spelled))
        try:
            split = split_holdout(study, cash=True)
        except UnreachableError:
            raise
        except (DataError, HistoryError, StudyError) as error:
            skipped.append(_skipped(pair, error))
            continue
        check_pins(split.market, study)  # other prices are not missing ones
        loaded.append(LoadedPair(pair, study, split))
    return loaded, skipped


def _check_currency(loaded: Sequence[LoadedPair]) -> None:
    """Raise DataError where pairs are quoted in several currencies: the book of all of them holds one."""
    first = loaded[0]
    other = next((each for each in loaded if each.currency != first.currency), None)
    if other is not None:
        raise DataError(
            f"Pairs are quoted in several currencies, {first.pair.name} in {first.currency} and {other.pair.name} in "
            f"{other.currency}, and the book of all pairs holds one",
            name=other.pair.name,
            choices=list(dict.fromkeys(each.currency for each in loaded)),
            remedy="list the pairs of each currency in a universe of their own",
        )


def _skipped(pair: UniversePair, error: UnlockstepError) -> SkippedPair:
    return SkippedPair(pair=pair.pair, group=pair.group, why=str(error.args[0]).rstrip("."))


def _refuse(skipped: Sequence[SkippedPair], left: int, file: Universe, *, skip_missing: bool) -> None:
    """Raise DataError where pairs cannot be used that are not to be left out, or where none would be left."""
    if not skipped or (skip_missing and left):
        return
    first, number = skipped[0], len(skipped)
    name = "/".join(first.pair)
    without = "without it" if number == 1 else f"without this and {number - 1} more"
    mend = "mend its prices or the period, take it out of the universe"
    raise DataError(
        f"{name} cannot be used: {first.why}; {without} {left} of {len(file.pairs)} pairs would be left",
        name=name,
        limit=left,
        remedy=f"{mend}, or leave out all such pairs with --skip-missing" if left else mend.replace(", ", ", or "),
    )


def _unfit(loaded: Sequence[LoadedPair], evaluated: Sequence[PairEvaluation | Unfit]) -> dict[int, Unfit]:
    """Number of each pair that its strategies cannot read or that is too short, and why."""
    short = {number: one for number, one in enumerate(evaluated) if not isinstance(one, PairEvaluation)}
    done = [one.timing for one in evaluated if isinstance(one, PairEvaluation)]
    needed = sessions_needed(done) if done else 0
    for number, one in enumerate(evaluated):
        if isinstance(one, PairEvaluation) and one.timing.sessions < needed:
            short[number] = HistoryError(
                f"It has {one.timing.sessions} evaluated sessions, and beside longer pairs {needed} are needed, twice "
                "what the slowest strategy looks back on",
                name=loaded[number].pair.name,
                limit=needed,
            )
    return short


def _evaluate(
    loaded: Sequence[LoadedPair],
    sessions: pd.DatetimeIndex,
    terms: Study,
    workers: int | None,
    scheduler: str | None,
    advance: Advance,
) -> list[PairEvaluation | Unfit]:
    """Each pair evaluated, in order; the error of one that its strategies cannot read or that is too short for them."""
    # one sign a session, or one for what comes before its open and one for what follows
    halves = 2 if any(strategy.decides == "before_open" for strategy in terms.strategies()) else 1
    drawn = signs(len(sessions) * halves, seed=terms.seed)
    pieces = (  # one after the other: the signs of all pairs at once would take gigabytes
        _Piece(number, each.study, each.market, _signs_of(each.market, sessions, drawn))
        for number, each in enumerate(loaded)
    )
    if scheduler is not None:
        done = on_cluster(scheduler, _evaluated, on_one_thread, pieces, remedy="start it again")
    else:
        done = on_processes(_evaluated, pieces, workers or -1)
    evaluated: dict[int, PairEvaluation | Unfit] = {}
    for number, one in done:
        evaluated[number] = one
        advance("pairs", len(evaluated), len(loaded))
    return [evaluated[number] for number in range(len(loaded))]


def _signs_of(market: Market, sessions: pd.DatetimeIndex, drawn: Floats) -> Floats:
    """H x T, or H x 2T, signs of a pair's sessions, of those drawn for all sessions of the universe."""
    places, halves = sessions.get_indexer(market.sessions), drawn.shape[1] // len(sessions)
    return drawn[:, np.concatenate([half * len(sessions) + places for half in range(halves)])]


@dataclass(frozen=True, eq=False)
class _Piece:
    """What evaluating one pair takes; signs: H x T, of its sessions in each history, or H x 2T of both their parts."""

    number: int
    study: Study
    market: Market
    signs: Floats


def _evaluated(piece: _Piece) -> tuple[int, PairEvaluation | Unfit]:
    try:
        return piece.number, evaluate_pair(piece.study, piece.market, piece.signs)
    except (DataError, HistoryError) as error:
        return piece.number, error
