"""The experiment: decisions of every variant, and what was simulated and tested of them.

1. signals and decisions of every variant, each signal computed once
2. the evaluated window: it opens in the first session in which every variant can decide, or later where the study
   says so, and all are judged on the same sessions; what comes before is warm-up
3. on demand, each once: simulations at any costs, lag and fill, of the variants and of each one's constant mix, the
   same average weights held all the time; the timing test of the family at any lag; every strategy's grid

On demand, because a verdict needs less than a report, and a calibration asks for thousands of verdicts.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from unlockstep.backtests.config.costs import Costs, Fill
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.engine import portfolio as engine
from unlockstep.backtests.engine.hedge import Hedge
from unlockstep.backtests.engine.instants import earning_rows, filled_returns, side_by_side
from unlockstep.backtests.engine.orders import Trading, check_day_trades, evaluated_decisions
from unlockstep.backtests.engine.portfolio import BacktestResult
from unlockstep.backtests.engine.redecide import filled, histories_of, statistics_of, weights_of_histories
from unlockstep.backtests.engine.window import Warmup, longest_warmup, opening_of
from unlockstep.backtests.stats.redecided_test import AT_ONCE, HISTORIES, RedecidedTest, redecided_test, signs
from unlockstep.backtests.stats.sharpe import excess_returns
from unlockstep.backtests.stats.timing_test import TimingTest, timing_test
from unlockstep.signals.errors import ParameterError, WeightsError
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.signal import SignalCache
from unlockstep.strategies.rebalancing import Rebalance, rebalance_of
from unlockstep.strategies.strategy import Strategy
from unlockstep.strategies.weights import TargetWeights


@dataclass(frozen=True)
class Conditions:
    """What a simulation is made under: a multiple of the study's costs, and lag and fill, the study's unless said."""

    multiple: float = 1.0
    lag: int | None = None
    fill: Fill | None = None


MORE, MOST_HISTORIES = 5.0, 9_999
"""Histories over the p-value that a registered variant needs, so that one or a few may reach it by chance; at most."""


Progress = Callable[[str], None]
Cached = TypeVar("Cached")


def no_progress(step: str) -> None:
    """A progress that shows nothing."""


@dataclass(frozen=True)
class Grid:
    """The variants of one strategy worth trying: labels, their weights as `Experiment.weights` has them, the costs of
    each, and when mixes are rebalanced.
    """

    labels: tuple[str, ...]
    weights: Floats
    costs: tuple[Costs, ...]
    rebalance: Rebalance


@dataclass(frozen=True, eq=False)
class Experiment:
    """Decisions, and what follows from them when asked for.

    signal_cache: the signals of the market that was decided on.
    evaluated: the prices at which accounts trade, from the session of the first decision on.
    strategies, decisions: in the same order, benchmarks last.
    weights_in_force: variant → its weights, one row a session of the window.
    mixes: variant → the constant mix of its average weights.
    whole_decisions: the decisions from the end of each variant's own warm-up on.
    slowest: the longest warm-up, which opens the window where the study does not fix it.
    out_of_sample: whether the window was sealed from the study that holds the variants.
    hedge: where the legs decided on are hedged ones, the legs that accounts trade; None where they trade those decided
    on.
    """

    study: Study
    signal_cache: SignalCache
    evaluated: Market
    strategies: list[Strategy]
    decisions: list[TargetWeights]
    weights_in_force: dict[str, pd.DataFrame]
    mixes: dict[str, TargetWeights]
    whole_decisions: list[TargetWeights]
    slowest: Warmup
    out_of_sample: bool = False
    hedge: Hedge | None = None
    _cached: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @property
    def market(self) -> Market:
        """The whole period, warm-up included, as it was decided on."""
        return self.signal_cache.market

    @property
    def traded(self) -> Market:
        """The same period of the legs that accounts trade."""
        return self.market if self.hedge is None else self.hedge.traded

    @property
    def _opening(self) -> int:
        """The row of the market in which the evaluated window opens."""
        return len(self.market.sessions) - len(self.evaluated.sessions)

    @cached_property
    def costs(self) -> Costs:
        """The study's costs."""
        return self.study.engine_costs(self.traded)

    @cached_property
    def variant_costs(self) -> dict[str, Costs]:
        """Variant → its costs, constant mixes included: each pays what its variant pays."""
        special = self.study.variant_costs(self.traded)
        variants = {d.variant: special.get(d.variant, self.costs) for d in self.decisions}
        return {**variants, **{mix.variant: variants[label] for label, mix in self.mixes.items()}}

    @cached_property
    def place(self) -> dict[str, int]:
        """Variant → its column in the timing tests."""
        return {decision.variant: i for i, decision in enumerate(self.decisions)}

    @cached_property
    def candidates(self) -> list[str]:
        """The variants under test: all but the benchmarks."""
        return list(self.mixes)

    @cached_property
    def primary(self) -> str | None:
        """The variant named beforehand; none on hedged legs, where each is one more try."""
        return self.study.primary_of(self.strategies) if self.hedge is None else None

    @cached_property
    def look_back(self) -> int:
        """Sessions from which the slowest candidate makes a decision: its warm-up."""
        return max((s.warmup for s in self.strategies if not s.benchmark), default=0)

    @cached_property
    def weights(self) -> Floats:
        """S x V x N weights in force after the decision of each session; S x V x 2N, see `instants`, where some
        strategy trades within sessions.
        """
        return np.stack(
            [self.on_legs(self.weights_in_force[d.variant].to_numpy(), d.day_trades) for d in self.decisions], axis=1
        )

    @cached_property
    def has_day_trades(self) -> bool:
        """Whether any strategy trades within sessions."""
        return any(decision.day_trades for decision in self.decisions)

    def on_legs(self, weights: Floats, day_trades: bool) -> Floats:
        """S x N weights by session, on the rows and legs of `earned`."""
        if not self.has_day_trades:
            return weights
        return side_by_side(earning_rows(weights, day_trades=day_trades), day_trades=day_trades)

    @cached_property
    def backtest(self) -> BacktestResult:
        """The simulation of the variants as the study asks for it."""
        study = self.study
        return engine.run(
            self._accounts_on(self.evaluated),
            self._on_legs(self.decisions),
            [self.variant_costs[decision.variant] for decision in self.decisions],
            fill=study.fill,
            lag=study.lag,
            capital=study.capital,
        )

    def simulate(self, conditions: Iterable[Conditions]) -> None:
        """Simulate variants and mixes under all of these at once, which takes little longer than one of them."""
        tradings = {self._trading(each): None for each in conditions}
        wanted = [trading for trading in tradings if ("returns", *trading) not in self._cached]
        if not wanted:
            return
        everything = [*self.decisions, *self.mixes.values()]
        simulated = self.net_returns(self.evaluated, [Trading(everything, *trading) for trading in wanted])
        self._cached.update(
            {("returns", *trading): returns for trading, returns in zip(wanted, simulated, strict=True)}
        )

    def net_returns(self, market: Market, tradings: Sequence[Trading]) -> list[pd.DataFrame | WeightsError]:
        """`engine.net_returns` of decisions on the last sessions of the market decided on, or at other prices in them;
        decisions on hedged legs are traded in the legs that they are of.
        """
        on_legs = [replace(trading, decisions=self._on_legs(trading.decisions)) for trading in tradings]
        return engine.net_returns(self._accounts_on(market), on_legs, capital=self.study.capital)

    def _accounts_on(self, market: Market) -> Market:
        return market if self.hedge is None else self.hedge.traded_since(market.sessions[0])

    def _on_legs(self, decisions: Sequence[TargetWeights]) -> Sequence[TargetWeights]:
        return decisions if self.hedge is None else [self.hedge.on_legs(decided) for decided in decisions]

    def returns(self, multiple: float = 1.0, *, lag: int | None = None, fill: Fill | None = None) -> pd.DataFrame:
        """Net returns of variants and mixes at a multiple of the costs; lag and fill are the study's unless said.

        Raises WeightsError where an account is ruined.
        """
        conditions = Conditions(multiple, lag, fill)
        self.simulate([conditions])
        simulated: pd.DataFrame | WeightsError = self._cached["returns", *self._trading(conditions)]
        if isinstance(simulated, WeightsError):
            raise simulated
        return simulated

    def excess(self, multiple: float = 1.0, *, lag: int | None = None, fill: Fill | None = None) -> pd.DataFrame:
        """`returns` in excess of cash, of which Sharpe ratios are."""
        return self.over_cash(self.returns(multiple, lag=lag, fill=fill))

    def over_cash(self, returns: pd.DataFrame) -> pd.DataFrame:
        """Returns of some accounts, up to the last session, less those of cash."""
        risk_free = self.evaluated.cash_returns[len(self.evaluated.sessions) - len(returns) :]
        return pd.DataFrame(excess_returns(returns.to_numpy(), risk_free), returns.index, returns.columns)

    def adopt_returns(self, conditions: Conditions, returns: pd.DataFrame) -> None:
        """Take net returns of variants and mixes that something else than this engine has simulated."""
        self._cached["returns", *self._trading(conditions)] = returns

    def _trading(self, conditions: Conditions) -> tuple[tuple[Costs, ...], Fill, int]:
        """Costs of variants and mixes, fill and lag."""
        return (
            tuple(costs.times(conditions.multiple) for costs in self.variant_costs.values()),
            conditions.fill or self.study.fill,
            conditions.lag or self.study.lag,
        )

    def earned(self, lag: int | None = None) -> Floats:
        """(S - lag - 1) x N simple returns that the decision of each session earns; x 2N, as `weights`."""
        lag = lag or self.study.lag
        return self.cached(("earned", lag), lambda: self.earned_at(self.study.fill, lag))

    def earned_at(self, fill: Fill, lag: int) -> Floats:
        """`earned` at another fill and lag."""
        overnight = filled_returns(self.evaluated, fill=fill, lag=lag)
        if not self.has_day_trades:
            return overnight
        return np.hstack([overnight, filled_returns(self.evaluated, fill=fill, lag=lag, day_trades=True)])

    @property
    def timing(self) -> TimingTest:
        """The timing test at the study's lag."""
        return self.timing_at(self.study.lag)

    def timing_at(self, lag: int) -> TimingTest:
        """The timing test had orders been filled `lag` sessions after their decision."""

        def test() -> TimingTest:
            earned, study = self.earned(lag), self.study
            return timing_test(
                self.weights[: len(earned)],
                earned,
                primary=None if self.primary is None else self.place[self.primary],
                primary_share=study.primary_share,
                alpha=study.alpha,
                look_back=self.look_back + lag,
            )

        return self.cached(("timing", lag), test)

    def redecided(self, hopeless: float | None = None) -> RedecidedTest:
        """The test of the candidates, in their order, on histories in which they decide again; drawn by the study's
        seed.

        Where another market is traded than is decided on, both get the same signs.  hopeless: see `redecided_test`.
        """
        return self.cached(("redecided", hopeless), lambda: self._redecided(hopeless))

    def redecided_p(self, variant: str, needed: float) -> float:
        """The p-value of one candidate alone, on as many histories as show whether it is at most `needed`; they are
        the first ones of `redecided` and further ones. Rough where it is above.
        """
        return self.cached(("redecided p", variant, needed), lambda: self._redecided_p(variant, needed))

    def _redecided_p(self, variant: str, needed: float) -> float:
        test, column = self.redecided(), self.candidates.index(variant)
        null = test.null[:, column]
        rule = next(strategy for strategy in self.strategies if strategy.label == variant)
        histories = int(min(max(np.ceil(MORE / needed), HISTORIES), MOST_HISTORIES))
        reached, drawn = int((null[1:] >= null[0]).sum()), HISTORIES
        if not np.isfinite(null[0]):
            return 1.0
        while drawn < histories and (reached + 1) / (histories + 1) <= needed:
            number = min(AT_ONCE, histories - drawn)
            sign = signs(self._signs, seed=[self.study.seed, drawn], histories=number)
            t = np.nan_to_num(self._statistics([rule], sign)[:, 0, 0])
            reached, drawn = reached + int((t >= null[0]).sum()), drawn + number
        return (reached + 1) / (drawn + 1)

    def statistics_again(self, signs: Floats) -> Floats:
        """H x 3 x V: t of scores, of standardised and of raw returns of the candidates, which decide again, in
        histories with these H x T signs of the market's sessions.
        """
        rules = [strategy for strategy in self.strategies if not strategy.benchmark]
        batches = np.split(signs, range(AT_ONCE, len(signs), AT_ONCE))
        return np.concatenate([self._statistics(rules, batch) for batch in batches])

    def _statistics(self, rules: list[Strategy], sign: Floats) -> Floats:
        """N x 3 x V statistics of the rules, which decide again, in histories with these n x T signs, n x 2T
        where some of the family trade within sessions.
        """
        study, opening = self.study, self._opening
        alike = np.array_equal(self.evaluated.close, self.market.slice(opening).close)
        early, later = np.split(sign, 2, axis=1) if self.has_day_trades else (sign, None)
        decided = histories_of(self.market, early, later)
        if alike:
            traded = decided.slice(opening)
        else:
            traded = histories_of(self.evaluated, early[:, opening:], None if later is None else later[:, opening:])
        weights = weights_of_histories(rules, decided, opening, day_trades=self.has_day_trades)
        earned = filled(traded, fill=study.fill, lag=study.lag, day_trades=self.has_day_trades)
        return statistics_of(weights, earned)

    @property
    def _signs(self) -> int:
        """Signs of one history: one a session, or one for what comes before its open and one for what follows."""
        return len(self.market.sessions) * (2 if self.has_day_trades else 1)

    def _redecided(self, hopeless: float | None) -> RedecidedTest:
        study = self.study
        rules = [strategy for strategy in self.strategies if not strategy.benchmark]
        drawn = signs(self._signs, seed=study.seed)
        timing, columns = self.timing, [self.place[candidate] for candidate in self.candidates]
        return redecided_test(
            (timing.t[columns], timing.t_standardised[columns]),
            lambda first, stop: self._statistics(rules, drawn[first:stop]),
            spread=(timing.spread[columns], timing.spread_standardised[columns]),
            gain=timing.gain[columns],
            sessions=timing.sessions,
            primary=None if self.primary is None else self.candidates.index(self.primary),
            primary_share=study.primary_share,
            alpha=study.alpha,
            hopeless=hopeless,
        )

    def grid(self, strategy: str) -> Grid:
        """The strategy's own grid and its variants in this study; those that cannot decide in time are left out."""
        return self.cached(("grid", strategy), lambda: self._grid(strategy))

    def adopt_grids(self, grids: Mapping[str, Grid]) -> None:
        """Take grids that another process has computed of the same experiment."""
        for strategy, grid in grids.items():
            self._cached["grid", strategy] = grid

    def _grid(self, strategy: str) -> Grid:
        variants = {s.label: s for s in self.strategies if s.name == strategy}
        first = next(iter(variants.values()))
        cls, base = type(first), first.params  # what the grid does not vary stays as it was tried first, costs too
        for values in product(*cls.grid.values()):
            try:
                variant = cls(**{**base, **dict(zip(cls.grid, values, strict=True))}).on_terms(first.terms)
            except ParameterError:
                continue  # a corner of the grid whose parameters contradict each other
            if variant.warmup <= self._opening:
                variants.setdefault(variant.label, variant)
        weights = [
            self.weights_in_force[label]
            if label in self.weights_in_force
            else _weights_in_force(variant.decide(self.market, self.signal_cache), self.evaluated)
            for label, variant in variants.items()
        ]
        usual = self.variant_costs[first.label]
        costs = tuple(self.variant_costs.get(label, usual) for label in variants)
        how = rebalance_of(self.study.rebalance, [first.rebalance])
        day = cls.decides == "before_open"
        on_legs = np.stack([self.on_legs(each.to_numpy(), day) for each in weights], axis=1)
        return Grid(tuple(variants), on_legs, costs, how)

    def traded_in(self, market: Market) -> "Experiment":
        """The same decisions, traded at other prices on the same sessions."""
        return replace(self, evaluated=market.slice(self._opening), _cached={})

    def cached(self, key: Hashable, make: Callable[[], Cached]) -> Cached:
        """What `make` gives, made once for this experiment under this key."""
        if key not in self._cached:
            self._cached[key] = make()
        result: Cached = self._cached[key]
        return result


def build_experiment(
    study: Study,
    signal_cache: SignalCache,
    strategies: list[Strategy],
    *,
    traded: Market | None = None,
    out_of_sample_from: int | None = None,
    hedge: Hedge | None = None,
) -> Experiment:
    """Decide on the market of the signal cache.

    traded: prices on the same sessions that the accounts trade at, where a calibration decides on one world and trades
    in another; the market decided on unless said otherwise.
    out_of_sample_from: number of the first session that was sealed from the strategies' own run; where given, the
    window begins with it, with the decision then in force.
    hedge: the legs that accounts trade, where the market decided on is a hedged pair.
    Raises HistoryError when the market is shorter than the longest warm-up, or the study's evaluate_from comes before
    its end; WeightsError for impossible weights; what `check_day_trades` raises.
    """
    market = signal_cache.market
    slowest = longest_warmup(strategies, market)
    if out_of_sample_from is None:
        first = opening_of(market, slowest, study.evaluate_from)
    else:
        first = max(slowest.sessions, out_of_sample_from - 1)
    evaluated = (traded or market).slice(first)
    whole = [strategy.decide(market, signal_cache) for strategy in strategies]
    decisions = [
        evaluated_decisions(strategy, decided, evaluated, rebalance=study.rebalance, lag=study.lag)
        for strategy, decided in zip(strategies, whole, strict=True)
    ]
    for decision in decisions:
        if decision.day_trades and hedge is None:  # refused before any trial is announced
            check_day_trades(evaluated, decision, study.lag)
    weights_in_force = {d.variant: _weights_in_force(d, evaluated) for d in decisions}
    mixes = {
        s.label: _constant_mix(s.label, weights_in_force[s.label], day_trades=s.decides == "before_open")
        for s in strategies
        if not s.benchmark
    }
    return Experiment(
        study,
        signal_cache,
        evaluated,
        strategies,
        decisions,
        weights_in_force,
        mixes,
        whole,
        slowest,
        out_of_sample_from is not None,
        hedge,
    )


def _weights_in_force(decision: TargetWeights, evaluated: Market) -> pd.DataFrame:
    """S x N weights in force in each evaluated session, 0 before the first decision."""
    return decision.weights_in_force(evaluated.sessions).fillna(0.0)


def _constant_mix(label: str, weights: pd.DataFrame, *, day_trades: bool) -> TargetWeights:
    """The average weights of a variant, held all the time and rebalanced monthly, or within every session but the
    first: exposure without timing.
    """
    average = np.broadcast_to(weights.mean().to_numpy(), weights.shape)
    wanted = pd.DataFrame(average, weights.index, weights.columns)
    name = f"constant mix of {label}"
    if day_trades:
        return TargetWeights.of_day_trades(name, wanted.iloc[1:], "before_open")
    return TargetWeights.from_wanted(name, wanted)
