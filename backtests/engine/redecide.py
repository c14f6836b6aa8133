"""Strategies decide again: on a history of the same sessions whose returns have other signs.

What of a strategy depends on its parameters alone is done for all variants of a class at once, by its `rules` where it
has its own; the decisions of any other class are taken by each variant, as in a run.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from unlockstep.backtests.stats.redecided_test import with_signs
from unlockstep.signals.market import Floats, Leg, Market, read_only
from unlockstep.signals.signal import SignalCache
from unlockstep.strategies.strategy import Strategy


def history_of(market: Market, sign: Floats) -> Market:
    """The market with the deviations of its returns turned round where the sign of a session is -1.

    sign: T, the first of no effect. A session's return, from close to close, and the part of it from the close before
    to the open are each turned about their own mean, so that a bar stays a bar of one session.
    """
    legs = []
    for leg in market.legs:
        before = leg.close[:-1]
        moves = np.column_stack([leg.close[1:] / before - 1.0, leg.open[1:] / before - 1.0])
        turned = 1.0 + with_signs(moves, sign[1:])
        close = leg.close[0] * np.cumprod(np.concatenate([[1.0], turned[:, 0]]))
        opening = np.concatenate([[leg.open[0]], close[:-1] * turned[:, 1]])
        legs.append(_priced(leg, opening, close))
    return replace(market, crypto=legs[0], equity=legs[1])


def _priced(leg: Leg, opening: Floats, close: Floats) -> Leg:
    return replace(leg, open=read_only(opening), close=read_only(close))


def weights_again(strategies: Sequence[Strategy], market: Market, opening: int) -> Floats:
    """S x V x 2 weights in force from session number `opening` of the market on, 0 before the first decision."""
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


def _by_rules(cls: type[Strategy], variants: list[Strategy], signal_cache: SignalCache) -> Floats:
    """V x T x 2 weights in force, NaN before the first decision."""
    parameters = {name: np.array([v.params[name] for v in variants]) for name in cls.model_fields}
    wanted = np.stack(cls.rules(signal_cache, parameters), axis=-1)
    for row, variant in zip(wanted, variants, strict=True):
        row[: variant.warmup] = np.nan
    rows = np.where(np.isnan(wanted).any(axis=-1), -1, np.arange(wanted.shape[1]))
    latest = np.maximum.accumulate(rows, axis=1)
    in_force = np.take_along_axis(wanted, np.maximum(latest, 0)[:, :, None], axis=1)
    return np.where(latest[:, :, None] < 0, np.nan, in_force)
