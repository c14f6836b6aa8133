"""What a sweep is to do, in a form that travels: once to each worker, and blocks of variants as the unit of work."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.engine.window import MIN_EVALUATED, Warmup, opening_of
from unlockstep.backtests.plugins.lookup import strategy_named
from unlockstep.backtests.stats.pbo import BlockSums, block_sums, joined_sums
from unlockstep.backtests.stats.sharpe import excess_returns
from unlockstep.backtests.sweep.accounts import FIGURES, TradingTerms, decided, simulate_decisions
from unlockstep.backtests.sweep.grid import Space, a_sample, rows_of
from unlockstep.backtests.sweep.kernel import REFUSED, SOLVENT
from unlockstep.backtests.sweep.null_distribution import NullAccumulator, NullDistribution
from unlockstep.backtests.sweep.pbo import BLOCKS, RANKED
from unlockstep.backtests.sweep.positions import Decisions, joined
from unlockstep.backtests.sweep.walk_forward import Chooser, Leaders, choices_of
from unlockstep.signals.errors import CodeError, HistoryError, ParameterError, StudyError
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.signal import Columns, Signal, SignalCache

BLOCK = 4096
"""Variants of a block, contradictory ones included: some tenths of a second of work."""

RESAMPLED = 10_000
"""Variants of the largest sweep whose timing is tested against resampled histories too."""

DRAWS = 1000
"""Resampled histories."""

SEEN = 200_000
"""Combinations that are looked through for one that is sound, at most."""

PREPARED = 20_000
"""Combinations that are looked through for signals, at most."""

SLICE = 128
"""Variants that are computed together: what they need stays in a processor's cache."""

MAX_RETAINED_BLOCK = 32_000_000
"""Bytes of the largest block of memory that a process keeps."""


class Block(NamedTuple):
    """Variants numbered begin to end - 1 of space number `space`."""

    space: int
    begin: int
    end: int


@dataclass(frozen=True, eq=False)
class Swept:
    """What a block gave, of the n variants whose parameters go together.

    numbers: length n, the variants' numbers in their space.  fate, figures: as `accounts.Simulated`.
    null, leaders: their null distribution, and the best for each choice; ranked: sums of those that PBO ranks. None
    where no evidence is computed.
    """

    numbers: NDArray[np.int64]
    fate: NDArray[np.int8]
    figures: Floats
    null: NullDistribution | None
    leaders: Leaders | None
    ranked: BlockSums | None


@dataclass(frozen=True, eq=False)
class Plan:
    """The spaces, how their variants are traded, and whether they are weighed against chance.

    train, test: sessions of a walk forward over all variants.  seed: of resampled histories.
    signals: those that are computed already; they travel with the plan.
    files: strategies of one's own, path → sha256; a worker reads them again, at the same path.
    """

    terms: TradingTerms
    spaces: tuple[Space, ...]
    train: int = 504
    test: int = 252
    seed: int = 7
    files: Mapping[str, str] = field(default_factory=dict)
    evidence: bool = True
    signals: Mapping[Signal, pd.Series] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Any, ...]:
        spaces = [(space.strategy.name, dict(space.axes), space.numbers) for space in self.spaces]
        return _arrived, (
            self.terms,
            spaces,
            self.train,
            self.test,
            self.seed,
            dict(self.files),
            self.evidence,
            self.signals,
        )

    @cached_property
    def signal_cache(self) -> SignalCache:
        """The signals of the market, each computed once: those that came with the plan, others when needed."""
        return SignalCache(self.terms.market, self.signals)

    def prepared(self) -> "Plan":
        """The same plan with its signals computed, so that no worker does it again.

        Found by applying the rules to every combination of whole numbers and words; signals that depend on thresholds,
        and those of a strategy of one's own, which do not travel, are computed by each worker that needs them.
        """
        _keep_memory()
        for space in self.spaces:
            few = min(space, space.without_thresholds(), key=lambda each: each.size)
            for begin in range(0, min(few.size, PREPARED), SLICE):
                columns = few.columns(begin, min(begin + SLICE, few.size))
                sound = few.sound(columns)
                if space.swept_at_once and sound.any():
                    space.strategy.rules(self.signal_cache, {name: values[sound] for name, values in columns.items()})
        ours = {signal: values for signal, values in self.signal_cache.computed().items() if _travels(signal)}
        return replace(self, signals=ours)

    @cached_property
    def accumulator(self) -> NullAccumulator:
        """What weighs blocks against chance."""
        return NullAccumulator(self.terms, draws=self.draws, seed=self.seed)

    @cached_property
    def slowest(self) -> Warmup:
        """The longest warm-up among the variants, by its strategy."""
        return _slowest(self.spaces)

    @property
    def draws(self) -> int:
        """Resampled histories; none for sweeps so large that they would take most of the time."""
        return DRAWS if self.size <= RESAMPLED else 0

    @cached_property
    def chooser(self) -> Chooser:
        """What scores blocks for every choice that is made among all variants."""
        rows, lag = len(self.terms.earned), self.terms.lag
        return Chooser(self.terms, choices_of(rows, train=self.train, test=self.test, purge=lag))

    @cached_property
    def ranked(self) -> tuple[NDArray[np.int64], ...]:
        """The numbers of the variants that PBO ranks, in order, of each space."""
        drawn = np.array(a_sample(self.spaces, RANKED, self.seed), dtype=np.int64).reshape(-1, 2)
        return tuple(drawn[drawn[:, 0] == number, 1] for number in range(len(self.spaces)))

    @property
    def size(self) -> int:
        """How many variants, contradictory ones included."""
        return sum(space.size for space in self.spaces)

    def blocks(self) -> Iterator[Block]:
        """All blocks, in order; none holds variants of two spaces."""
        for number, space in enumerate(self.spaces):
            for begin in range(0, space.size, BLOCK):
                yield Block(number, begin, min(begin + BLOCK, space.size))


def plan_of(study: Study, market: Market, spaces: tuple[Space, ...], *, evidence: bool = True) -> Plan:
    """The plan of a sweep on this market: all variants are judged from the session on in which the slowest can decide,
    or from the study's `evaluate_from`.

    Raises StudyError for a study whose variants differ in costs, HistoryError where too few sessions are left then,
    ParameterError for a space of contradictions only.
    """
    special = [variant.strategy for variant in study.variants if variant.costs is not None and variant.costs.label]
    if special:
        raise StudyError(
            f"The study gives {special[0]} costs of its own, and all variants of a sweep pay the same",
            name=special[0],
            remedy=f"name the strategies to be swept after the study, such as {special[0]}: all pay what its table "
            "[costs] says then, or --fee-bps",
        )
    for space in spaces:
        _check_sound(space)
    slowest, sessions = _slowest(spaces), len(market.sessions)
    if sessions < slowest.sessions + MIN_EVALUATED:
        raise HistoryError(
            f"{market.sessions[0].date()} to {market.sessions[-1].date()} holds {sessions} sessions; the "
            f"slowest variant of {slowest.variant} warms up for {slowest.sessions}, and at least {MIN_EVALUATED} "
            "more are needed to judge",
            name=slowest.variant,
            dates=market.span,
            limit=slowest.sessions + MIN_EVALUATED,
            remedy="Start earlier, end later, or sweep shorter windows with --grid",
        )
    opening, costs = opening_of(market, slowest, study.evaluate_from), study.engine_costs(market)
    terms = TradingTerms(market, opening, costs, study.fill, study.lag, study.capital, study.rebalance)
    return Plan(terms, spaces, study.train_sessions, study.test_sessions, study.seed, dict(study.files), evidence)


def evaluate(plan: Plan, block: Block) -> Swept:
    """Evaluate a block. BLAS must have one thread, or its bytes depend on the cores: `workers` sees to that.

    Raises CodeError where a variant's warm-up is longer than those of the corners of its space, and what the rule
    raises.
    """
    space = plan.spaces[block.space]
    _keep_memory()
    choices = len(plan.chooser.choices.all)
    null, leaders = NullDistribution.none(len(plan.terms.earned), plan.draws), Leaders.none(choices)
    numbers, same, decisions = _distinct(plan, space, block)
    first = np.unique(same, return_index=True)[1]  # of equal ones
    times, ranked_times = (
        np.bincount(which, minlength=len(first)) for which in (same, same[np.isin(numbers, plan.ranked[block.space])])
    )
    cash = plan.terms.evaluated.cash_returns[1:]
    ranked = [block_sums(np.empty((len(cash), 0)), BLOCKS)]
    fate, figures = np.empty(len(first), dtype=np.int8), np.empty((len(first), len(FIGURES)))
    for begin in range(0, len(first), SLICE):
        part = np.arange(begin, min(begin + SLICE, len(first)))
        mine, named = decisions.of(part), numbers[first[part]]
        simulated = simulate_decisions(plan.terms, mine, paths=plan.evidence)
        _check_admissible(plan, space, named, simulated.fate)
        fate[part], figures[part] = simulated.fate, simulated.figures
        if not plan.evidence:
            continue
        solvent = simulated.fate == SOLVENT
        null = null.and_(
            plan.accumulator.accumulate(
                simulated.returns[solvent], simulated.weights[solvent],
                space=block.space, numbers=named[solvent], times=times[part][solvent],
            )
        )  # fmt: skip
        counted = solvent & (ranked_times[part] > 0)
        returns = excess_returns(simulated.returns[counted].T, cash)
        ranked.append(block_sums(returns, BLOCKS, ranked_times[part][counted]))
        scores = plan.chooser.scores(mine)
        scores[~solvent] = np.nan
        leaders = leaders.or_(Leaders.of(scores, block.space, named))
    evidence = (null, leaders, joined_sums(ranked)) if plan.evidence else (None, None, None)
    return Swept(numbers, fate[same], figures[same], *evidence)


def _distinct(plan: Plan, space: Space, block: Block) -> tuple[NDArray[np.int64], NDArray[np.int64], Decisions]:
    """(numbers of the n sound variants of a block; which of the distinct decisions each of them takes; these).

    Parameters often differ where decisions do not: a threshold between two values that never occur. What is decided
    alike is worth the same, and is weighed once.
    """
    numbers, same, parts = [], [], []
    seen: dict[bytes, int] = {}
    for begin in range(block.begin, block.end, SLICE):
        columns = space.columns(begin, min(begin + SLICE, block.end))
        sound = space.sound(columns)
        if not sound.any():
            continue
        columns = {name: values[sound] for name, values in columns.items()}
        warmups = space.warmups(columns)
        _check_warmups(plan, space, columns, warmups)
        crypto, equity = wanted(plan, space, columns)
        decisions = decided(plan.terms, crypto, equity, warmups, rebalance=space.strategy.rebalance)
        before = len(seen)
        which = [seen.setdefault(key, len(seen)) for key in decisions.variant_keys()]
        numbers.append(np.arange(begin, begin + len(sound))[sound])
        same.append(np.array(which, dtype=np.int64))
        new, row = np.unique(same[-1], return_index=True)
        parts.append(decisions.of(row[new >= before]))
    if not parts:
        return (*np.empty((2, 0), dtype=np.int64), Decisions.none())
    return np.concatenate(numbers), np.concatenate(same), joined(parts)


def _check_admissible(plan: Plan, space: Space, numbers: NDArray[np.int64], fate: NDArray[np.int8]) -> None:
    """Raise what the rule itself raises where weights are asked for that no account may hold, or CodeError."""
    if not (fate == REFUSED).any():
        return
    refused = space.variant(int(numbers[np.argmax(fate == REFUSED)]))
    refused.decide(plan.terms.market, plan.signal_cache)  # raises the sentence that a run would have raised
    raise CodeError(
        f"{refused.label}: `rules` answered weights that `rule` does not",
        name=refused.label,
        remedy="where one leg is NaN, the other must be",
    )


@cache
def _keep_memory() -> None:
    """Let this process keep freed memory for its next arrays, instead of giving it back to the system each time.

    glibc keeps blocks up to the size of the largest that was ever freed, up to 32 MB. Without this, the system's
    clearing of pages takes longer than all of the arithmetic.
    """
    np.zeros(MAX_RETAINED_BLOCK // 8)


def wanted(plan: Plan, space: Space, columns: Columns) -> tuple[Floats, Floats]:
    """What the rule for arrays answers; CodeError unless it is two arrays of n x T numbers."""
    name, shape = space.strategy.name, (len(next(iter(columns.values()))), len(plan.terms.market.sessions))
    answer: object = space.strategy.rules(plan.signal_cache, columns)
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise CodeError(
            f"{name}: `rules` must answer two arrays, crypto and equity; got {type(answer).__name__}",
            name=name,
            limit=2,
        )
    legs = [np.asarray(leg) for leg in answer]
    for leg in legs:
        if leg.shape != shape or leg.dtype.kind not in "biuf":
            raise CodeError(
                f"{name}: `rules` must answer arrays of {shape[0]} variants by {shape[1]} sessions; got {leg.dtype} "
                f"of shape {leg.shape}",
                name=name,
                limit=shape[0],
            )
    return np.ascontiguousarray(legs[0], dtype=np.float64), np.ascontiguousarray(legs[1], dtype=np.float64)


def wanted_among_others(plan: Plan, space: Space, number: int) -> Floats:
    """2 x T: what the rule for arrays answers of one variant when it is asked of its whole slice, as in the sweep."""
    begin = number // SLICE * SLICE
    numbers = np.arange(begin, min(begin + SLICE, space.size))
    columns = space.columns(begin, int(numbers[-1]) + 1)
    sound = space.sound(columns)
    crypto, equity = wanted(plan, space, {name: values[sound] for name, values in columns.items()})
    row = int(np.flatnonzero(numbers[sound] == number)[0])
    return np.stack([crypto[row], equity[row]])


def _check_sound(space: Space) -> None:
    """Raise ParameterError where no variant's parameters go together, as far as can be seen in a moment."""
    for begin in range(0, min(space.size, SEEN), BLOCK):
        if space.sound(space.columns(begin, min(begin + BLOCK, space.size))).any():
            return
    if space.size <= SEEN:
        space.variant(0)  # raises what contradicts what
        raise ParameterError(
            f"All variants of {space.strategy.name} contradict themselves",
            name=space.strategy.name,
            remedy="choose other values",
        )


def _travels(signal: Signal) -> bool:
    return type(signal).__module__.startswith("unlockstep.signals.")


def _check_warmups(plan: Plan, space: Space, columns: Columns, warmups: NDArray[np.int64]) -> None:
    if warmups.max() > plan.terms.opening:
        slow = list(rows_of(columns))[int(warmups.argmax())]
        raise CodeError(
            f"{space.strategy(**slow).label} warms up for {warmups.max()} sessions, longer than any "
            "variant at the corners of its space",
            name=space.strategy(**slow).label,
            limit=plan.terms.opening,
            remedy="sweep fewer values at once",
        )


def _slowest(spaces: Sequence[Space]) -> Warmup:
    space = max(spaces, key=lambda each: each.longest_warmup)
    return Warmup(space.strategy.name, space.longest_warmup)


def _arrived(terms: TradingTerms, spaces: list[tuple[Any, ...]], *rest: Any) -> Plan:
    """A plan that has travelled: strategies by their names."""
    files = rest[3]
    return Plan(terms, tuple(Space(strategy_named(name, files), *of) for name, *of in spaces), *rest)
