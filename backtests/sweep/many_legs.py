"""Compiled accounts of any number of legs; `kernel`, in which the two legs of a pair are unrolled, is for sweeps.

The convention is that of `engine.portfolio`, and orders are those of the kernel. Written for clarity: every session is
valued by itself. Held against vectorbt and the oracle to 1e-9, and against the kernel on pairs.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.stats.circular_shifts import scores
from unlockstep.backtests.sweep.accounts import FIGURES, Simulated, TradingTerms
from unlockstep.backtests.sweep.kernel import REFUSED, RUINED, SOLVENT, _measure, _order
from unlockstep.signals.jit import njit
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats
from unlockstep.strategies.rebalancing import Rebalance, dates_of, drifted
from unlockstep.strategies.weights import MAX_GROSS

TURNOVER, EXPOSURE, TRADES, PAID, RATIO, T = (
    FIGURES.index(name) for name in ("turnover", "exposure_crypto", "trades", "costs_paid", "timing_ir", "timing_t")
)


def simulate_legs(
    terms: TradingTerms,
    wanted: Sequence[Floats],
    warmups: NDArray[np.int64],
    *,
    rebalance: Rebalance = "monthly",
) -> Simulated:
    """The accounts of n variants on a market of N legs, as `accounts.simulate` answers; weights are n x E x N.

    wanted: of each leg n x T shares of the account, a column a session of `terms.market`, NaN where a rule has no view.
    figures: n x (len(FIGURES) + N - 2), the average shares of the legs after the pair last.
    """
    n, sessions, legs = len(wanted[0]), len(terms.evaluated.sessions), len(terms.market.legs)
    how = rebalance if terms.rebalance is None else terms.rebalance
    if isinstance(how, str):
        due = np.broadcast_to(dates_of(how, terms.market.sessions.to_numpy()), wanted[0].shape)
    else:
        due = drifted(wanted, warmups, terms.opening, terms.market, how, terms.lag)
    excess = terms.earned - terms.earned.mean(axis=0)
    simulated = Simulated(
        np.empty(n, dtype=np.int8),
        np.full((n, len(FIGURES) + legs - 2), np.nan),
        np.empty((n, sessions - 1)),
        np.empty((n, len(terms.earned), legs)),
    )
    _keep_accounts(
        np.stack(wanted), warmups, terms.opening, np.ascontiguousarray(due), terms.legs, scores(excess)[0], excess,
        simulated.fate, simulated.figures, simulated.returns, simulated.weights,
    )  # fmt: skip
    return simulated


@njit(cache=True, nogil=True, error_model="numpy")
def _keep_accounts(
    wanted: Floats,
    warmups: NDArray[np.int64],
    opening: int,
    due: NDArray[np.bool_],
    legs: Any,
    score: Floats,
    excess: Floats,
    fate: NDArray[np.int8],
    figures: Floats,
    returns: Floats,
    weights: Floats,
) -> None:
    """Fill in what became of n variants; figures stay NaN unless an account was kept."""
    count, n, _ = wanted.shape
    sessions = legs.close.shape[1]
    targets, value = np.empty((sessions, count)), np.empty(sessions)
    shares = np.empty(count)
    for i in range(n):
        if not _decide(wanted[:, i], warmups[i], opening, due[i], targets, weights[i]):
            fate[i] = REFUSED
            continue
        if not _account(targets, legs, value, shares, figures[i]):
            fate[i], figures[i] = RUINED, np.nan
            continue
        fate[i] = SOLVENT
        figures[i, EXPOSURE : EXPOSURE + 2] = shares[:2]
        figures[i, len(FIGURES) :] = shares[2:]
        figures[i, RATIO], figures[i, T] = _timing(weights[i], score, excess)
        _measure(value, 1.0 / value, legs.growth, legs.cash, returns[i], figures[i])


@njit(cache=True, nogil=True, error_model="numpy")
def _decide(
    wanted: Floats, warmup: int, opening: int, due: NDArray[np.bool_], targets: Floats, weights: Floats
) -> bool:
    """Fill in the targets of one variant by evaluated session, NaN without a decision, and the weights in force; False
    where `TargetWeights` would not take one. See `TargetWeights.from_wanted`.
    """
    count, length = wanted.shape
    targets[:] = np.nan
    now = np.zeros(count)
    decided = False
    for t in range(warmup, length):
        changed = False
        complete = True
        for leg in range(count):
            complete = complete and not np.isnan(wanted[leg, t])
        if complete:
            for leg in range(count):
                changed = changed or not decided or now[leg] != wanted[leg, t]
                now[leg] = wanted[leg, t]
            decided = True
        if t < opening:
            continue
        mix = False
        for leg in range(count):
            mix = mix or not (now[leg] == 0.0 or now[leg] == 1.0)
        if decided and (changed or t == opening or (due[t] and mix)):
            long, gross = 0.0, 0.0
            for leg in range(count):
                targets[t - opening, leg] = now[leg]
                long += max(now[leg], 0.0)
                gross += abs(now[leg])
            if not (long <= 1.0 + 1e-9 and gross <= MAX_GROSS + 1e-9):
                return False
        if t - opening < len(weights):
            weights[t - opening] = now
    weights[: max(warmup - opening, 0)] = 0.0
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _account(targets: Floats, legs: Any, value: Floats, shares: Floats, figures: Floats) -> bool:
    """Fill in the value of one account at each close, the average shares of its legs while returns were earned, and the
    figures that these do not tell; False if the account was ruined.
    """
    sessions, count = targets.shape
    cash, units, owes = legs.capital, np.zeros(count), np.zeros(count, dtype=np.bool_)
    wanted, orders = np.empty(count), np.empty(count)
    shares[:] = 0.0
    turnover = paid = 0.0
    trades = 0
    for s in range(sessions):
        before = value[s - 1] if s else legs.capital
        if s:
            for leg in range(count):
                if owes[leg]:
                    paid += max(-units[leg] * legs.close[leg, s - 1], 0.0) * legs.borrow / before
                    units[leg] *= 1.0 + legs.borrow
        decision = s - legs.lag
        if decision >= 0 and not np.isnan(targets[decision, 0]):
            account = cash
            for leg in range(count):
                account += units[leg] * legs.fill[leg, s]
            if not account > 0.0:
                return False
            for leg in range(count):
                wanted[leg] = targets[decision, leg] * account - units[leg] * legs.fill[leg, s]
                orders[leg] = targets[decision, leg] * account / legs.fill[leg, s] - units[leg]
                owes[leg] = targets[decision, leg] < 0.0
            for leg in np.argsort(wanted, kind="mergesort"):  # sells first; in order where they are equal
                cash, units[leg], traded, cost = _order(cash, units[leg], orders[leg], legs, s, leg)
                if traded > 0.0:
                    trades += 1
                    turnover += traded / before * legs.growth[s]
                    paid += cost / before * legs.growth[s]
        value[s] = cash
        for leg in range(count):
            value[s] += units[leg] * legs.close[leg, s]
        if not value[s] > 0.0:
            return False
        if s < sessions - 1:
            for leg in range(count):
                shares[leg] += units[leg] * legs.close[leg, s] / value[s] / (sessions - 1)
    figures[TURNOVER] = turnover / (sessions - 1) * SESSIONS_PER_YEAR
    figures[TRADES] = trades
    figures[PAID] = paid / (sessions - 1) * SESSIONS_PER_YEAR
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _timing(weights: Floats, score: Floats, excess: Floats) -> tuple[float, float]:
    """(annual timing information ratio, t of the scores); NaN where the weights never vary."""
    rows, count = weights.shape
    mean = np.zeros(count)
    for s in range(rows):
        for leg in range(count):
            mean[leg] += weights[s, leg] / rows
    largest = money = money_square = total = square = 0.0
    for s in range(rows):
        earned = scored = 0.0
        for leg in range(count):
            off = weights[s, leg] - mean[leg]
            largest = max(largest, abs(off))
            earned += off * excess[s, leg]
            scored += off * score[s, leg]
        money += earned
        money_square += earned * earned
        total += scored
        square += scored * scored
    if largest <= 1e-12:
        return np.nan, np.nan
    variance = money_square / rows - (money / rows) ** 2
    ratio = money / rows / np.sqrt(variance) * np.sqrt(SESSIONS_PER_YEAR) if variance > 0.0 else np.nan
    return ratio, total / np.sqrt(square) if square > 0.0 else np.nan
