"""Strategies decide again: on histories of the same sessions whose returns have other signs.

Signals and rules are computed of many histories at once, for all variants of a class together, where the class says its
rule for arrays (`rules`) and asks for signals by their parameters alone. Any other class decides in each history by
itself, as in a run. Tests hold the two together: the same decisions in every history.
"""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from unlockstep.backtests.config.costs import Fill
from unlockstep.backtests.engine.instants import earning_rows, side_by_side
from unlockstep.backtests.stats.circular_shifts import outcomes_of
from unlockstep.backtests.stats.redecided_test import with_signs
from unlockstep.signals.histories import Histories, HistoryCache, SingleMarketError
from unlockstep.signals.market import Floats, Leg, Market
from unlockstep.signals.signal import SignalCache
from unlockstep.strategies.strategy import Strategy


def histories_of(market: Market, signs: Floats, later: Floats | None = None) -> Histories:
    """The market with the deviations of its returns turned round where the sign of a session is -1.

    signs: H x T, of all legs together, the first of each of no effect. A session's return, from close to close, and the
    part of it from the close before to the open are each turned about their own mean, so that a bar stays a bar of one
    session.
    later: H x T, where something is decided before the open: then the part before the open, to 00:00 UTC of
    legs around the clock, and the part after it are turned each by its own sign, so that neither tells of the other.
    """
    if later is not None:
        return _in_two_parts(market, signs, later)
    moves = np.stack(
        [
            np.column_stack([leg.close[1:], leg.open[1:], _before_open(leg)]) / leg.close[:-1, None] - 1.0
            for leg in market.legs
        ],
        axis=1,
    )  # T - 1 x leg x (close, open, before the open)
    flat = moves.reshape(len(moves), -1)
    straight, turned = (1.0 + with_signs(flat, np.full(len(flat), sign)).reshape(moves.shape) for sign in (1.0, -1.0))
    up = signs[:, 1:, None] > 0
    close, opening, before_open = (np.where(up, straight[:, :, i], turned[:, :, i]) for i in range(3))
    return Histories(market, close, opening, ~up, before_open)


def _before_open(leg: Leg) -> Floats:
    """T - 1 last prices before the open, of a leg that has none then its open."""
    return (leg.open if leg.before_open is None else leg.before_open)[1:]


def _in_two_parts(market: Market, signs: Floats, later: Floats) -> Histories:
    middle = np.column_stack([_before_open(leg) for leg in market.legs])
    opens, closes = (np.column_stack([getattr(leg, field) for leg in market.legs]) for field in ("open", "close"))
    before, after = middle / closes[:-1] - 1.0, closes[1:] / middle - 1.0
    parts = []
    for part, sign in ((before, signs), (after, later)):
        straight, turned = (1.0 + with_signs(part, np.full(len(part), one)) for one in (1.0, -1.0))
        parts.append(np.where(sign[:, 1:, None] > 0, straight, turned))
    opening = parts[0] * (opens[1:] / middle)
    return Histories(market, parts[0] * parts[1], opening, ~(later[:, 1:, None] > 0), parts[0])


def filled(histories: Histories, *, fill: Fill, lag: int, day_trades: bool = False) -> Floats:
    """H x (T - lag - 1) x N simple returns that the decision of each session earns, as `instants.filled_returns`; x 2N
    with day trades beside what is held.
    """
    close, opening = histories.close, histories.opening
    if fill == "close":
        overnight = np.asarray(close[:, lag:] - 1.0)
    else:
        overnight = np.asarray(close[:, lag - 1 : -1] * opening[:, lag:] / opening[:, lag - 1 : -1] - 1.0)
    if not day_trades:
        return overnight
    return np.concatenate([overnight, close[:, lag:] / opening[:, lag:] - 1.0], axis=2)


def weights_again(strategies: Sequence[Strategy], market: Market, opening: int) -> Floats:
    """S x V x N weights in force from session number `opening` of the market on, 0 before the first decision."""
    signal_cache = SignalCache(market)
    columns = []
    for cls, group in groupby(strategies, type):
        variants = list(group)
        if "rules" in vars(cls):
            columns += list(_by_rules(cls, variants, signal_cache)[:, opening:])
        else:
            decided = (variant.decide(market, signal_cache) for variant in variants)
            columns += [d.weights_in_force(market.sessions).to_numpy()[opening:] for d in decided]
    return np.asarray(np.nan_to_num(np.stack(columns, axis=1)))


def weights_of_histories(
    strategies: Sequence[Strategy], histories: Histories, opening: int, *, day_trades: bool = False
) -> Floats:
    """H x V x S x N: `weights_again` of each history; x 2N, on the rows and legs of `filled`, where some of
    the family trade within sessions.
    """
    signal_cache = HistoryCache(histories)
    parts = []
    for cls, group in groupby(strategies, type):
        variants = list(group)
        try:
            parts.append(_at_once(cls, variants, signal_cache, histories, opening))
        except SingleMarketError:
            markets = (histories.history(number) for number in range(len(histories)))
            parts.append(np.stack([weights_again(variants, each, opening).swapaxes(0, 1) for each in markets]))
        if day_trades:
            day = variants[0].decides == "before_open"
            parts[-1] = side_by_side(earning_rows(parts[-1], day_trades=day, axis=2), day_trades=day)
    return np.concatenate(parts, axis=1)


def _at_once(
    cls: type[Strategy], variants: list[Strategy], signal_cache: HistoryCache, histories: Histories, opening: int
) -> Floats:
    """H x V x S x N weights in force; SingleMarketError where the class can decide in one history at a time only."""
    from unlockstep.signals.compiled import in_force

    if "rules" not in vars(cls):
        raise SingleMarketError
    count = len(histories)
    parameters = {name: np.tile([getattr(v, name) for v in variants], count) for name in cls.model_fields}
    wanted = np.stack(cls.rules(signal_cache, parameters))
    warmup = np.tile([variant.warmup for variant in variants], count)
    weights: Floats = in_force(wanted, warmup, opening, len(histories.market.legs))
    return weights.reshape(count, len(variants), *weights.shape[1:])


def _by_rules(cls: type[Strategy], variants: list[Strategy], signal_cache: SignalCache) -> Floats:
    """V x T x N weights in force, NaN before the first decision."""
    parameters = {name: np.array([getattr(v, name) for v in variants]) for name in cls.model_fields}
    wanted = np.stack(cls.rules(signal_cache, parameters), axis=-1)
    for row, variant in zip(wanted, variants, strict=True):
        row[: variant.warmup] = np.nan
    rows = np.where(np.isnan(wanted).any(axis=-1), -1, np.arange(wanted.shape[1]))
    latest = np.maximum.accumulate(rows, axis=1)
    in_force = np.take_along_axis(wanted, np.maximum(latest, 0)[:, :, None], axis=1)
    weights = np.where(latest[:, :, None] < 0, np.nan, in_force)
    beyond = len(signal_cache.market.legs) - weights.shape[2]  # of a rule for a pair
    return np.pad(weights, ((0, 0), (0, 0), (0, beyond)))


def statistics_of(weights: Floats, earned: Floats) -> Floats:
    """H x 3 x V: t of scores, of standardised and of raw returns; NaN for a variant that does not vary in a history.

    weights: H x V x S x N in force, S at least as long as the returns earned: H x R x N.
    """
    from unlockstep.signals.compiled import studentised_rows

    histories, rows, legs = earned.shape
    flat = np.ascontiguousarray(earned.swapaxes(0, 1)).reshape(rows, histories * legs)
    outcomes = np.ascontiguousarray(outcomes_of(flat).reshape(3, rows, histories, legs).transpose(2, 0, 1, 3))
    t: Floats = studentised_rows(weights, outcomes)
    return t
