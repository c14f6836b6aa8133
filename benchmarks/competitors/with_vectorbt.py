"""vectorbt: one call a variant, or many variants broadcast to the columns of one call.

vectorbt 1.2.0 has two engines. `engine` in `vectorbt.settings` is "auto" unless set: the Rust one where it is installed
and supports the call, otherwise Numba. Broadcasts name theirs, so that nothing falls back in silence: with "rust", a
call that the Rust engine does not support raises ValueError.

Whatever makes vectorbt faster at the same answer is done: the account values are asked for once, and returns and Sharpe
ratios are made of them in NumPy, which takes less time than its own accessors (`accessor_metrics` has those); room is
made for the orders that come and not for one in every cell; groups are given as numbers; fills are at the close, which
is its default.
"""

from typing import Any, Literal

import numpy as np

from benchmarks.work import CAPITAL, FEE, YEAR, Floats, Outcome, Work

Engine = Literal["auto", "numba", "rust"]


def one_call_a_variant(work: Work) -> Outcome:
    """A portfolio for each variant, as in a loop over parameters; the engine that vectorbt takes by itself."""
    return broadcast(work, "auto", variants_per_call=1)


def broadcast(work: Work, engine: Engine, variants_per_call: int) -> Outcome:
    """Portfolios of up to `variants_per_call` variants each, two columns a variant."""
    parts = range(0, work.variants, variants_per_call)
    answers = [
        Outcome.of_values(_values(work.prices, work.targets[:, part : part + variants_per_call], engine))
        for part in parts
    ]
    return Outcome(np.concatenate([a.sharpe for a in answers]), np.concatenate([a.final for a in answers]))


def accessor_metrics(work: Work, variants_per_call: int = 100) -> Outcome:
    """A broadcast on Rust whose returns and Sharpe ratios are vectorbt's own."""
    answers = []
    for part in range(0, work.variants, variants_per_call):
        portfolio = _portfolio(work.prices, work.targets[:, part : part + variants_per_call], "rust")
        final = portfolio.value(group_by=None, in_sim_order=False).to_numpy()[-1]  # as returns() asks, so it is cached
        returns = portfolio.returns().iloc[1:]  # the first one is of no session: the account begins at that close
        sharpe = returns.vbt.returns(freq="1D", year_freq=f"{YEAR} days", engine="rust").sharpe_ratio().to_numpy()
        answers.append((np.where(final == CAPITAL, np.nan, sharpe), final))  # fees tell who ever traded
    result, final = (np.concatenate(column) for column in zip(*answers, strict=True))
    return Outcome(result, final)


def _values(prices: Floats, targets: Floats, engine: Engine) -> Floats:
    """T x V account values of T x V x 2 targets."""
    values = _portfolio(prices, targets, engine).value().to_numpy()
    return np.asarray(values.reshape(targets.shape[:2]))


def _portfolio(prices: Floats, targets: Floats, engine: Engine) -> Any:
    import vectorbt

    sessions, variants = targets.shape[:2]
    size = targets.reshape(sessions, 2 * variants)
    return vectorbt.Portfolio.from_orders(
        close=np.tile(prices, (1, variants)),
        size=size,
        size_type="targetpercent",
        direction="both",
        fees=FEE,
        init_cash=CAPITAL,
        group_by=np.repeat(np.arange(variants), 2),
        cash_sharing=True,
        call_seq="auto",
        max_orders=max(1, int(np.isfinite(size).sum())),
        freq="1D",
        engine=engine,
    )
