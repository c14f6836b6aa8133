"""How much is held: shares of the account from risk and return, and how they are approached.

volatility_target   a share that brings the position's volatility to a target
inverse_volatility  shares of equal risk, correlations left out
kelly_fraction      the share of fastest growth, or a part of it
scale_in            an entry in equal parts
no_trade_band       no order for a small change

Each takes Series, as in `rule`, or arrays of T or n x T, as in `rules`, and answers the like; settings are one number,
or one a variant. The value of session D depends on values up to D only. A setting out of its bounds raises
ParameterError.
"""

from typing import Any, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from unlockstep.strategies.per_session import BySession, Setting, as_given, counts_of, rows_of, settings_of


def volatility_target(wanted: BySession, volatility: BySession, target: Setting, most: Setting = 1.0) -> BySession:
    """The wanted share times target / volatility, at most times `most` (Harvey et al. 2018, The impact of
    volatility targeting).

    wanted: share of the account.  volatility: of the leg, in the unit of `target`, such as a year (`Volatility`).
    most: where volatility is low or 0. An account takes long shares of 1 in all at most.  NaN where either is NaN.
    """
    rows = rows_of(wanted, volatility)
    targets, largest = (
        settings_of(name, setting, rows, least=0)[:, None] for name, setting in (("target", target), ("most", most))
    )
    with np.errstate(divide="ignore"):
        return as_given(wanted, rows[0] * np.minimum(targets / rows[1], largest))


@overload
def inverse_volatility(volatilities: pd.DataFrame, /) -> pd.DataFrame: ...
@overload
def inverse_volatility(*volatilities: BySession) -> tuple[BySession, ...]: ...
def inverse_volatility(*volatilities: Any) -> Any:
    """A share for each leg, in proportion to 1 / volatility, 1 in all: legs of equal risk where they are uncorrelated.

    volatilities: one for each leg, two or more, in one unit; or a DataFrame, T x N, with a column a leg, as the answer
    then is.  NaN in every leg where one is NaN, 0 or less.
    """
    if len(volatilities) == 1 and isinstance(volatilities[0], pd.DataFrame):
        (table,) = volatilities
        return pd.DataFrame(dict(zip(table, inverse_volatility(*(table[leg] for leg in table)), strict=True)))
    rows = rows_of(*volatilities)
    with np.errstate(divide="ignore"):
        inverse = np.stack(np.broadcast_arrays(*(np.where(each > 0, 1.0 / each, np.nan) for each in rows)))
    shares = inverse / inverse.sum(axis=0)
    return tuple(as_given(each, share) for each, share in zip(volatilities, shares, strict=True))


def kelly_fraction(mean: BySession, volatility: BySession, part: Setting = 1.0, most: Setting = 1.0) -> BySession:
    """The share of fastest growth, part * mean / volatility², between -most and most (Kelly 1956, Thorp 2006).

    mean: expected return in excess of cash, and volatility, both of one period, such as a year; what is estimated from
    the past errs, and a part of 0.5 gives up a quarter of the growth.  part: up to 1.  most: largest share, in size.
    NaN where either is NaN, or both are 0.
    """
    rows = rows_of(mean, volatility)
    parts = settings_of("part", part, rows, least=0, below=np.nextafter(1.0, 2.0))[:, None]
    largest = settings_of("most", most, rows, least=0)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        share: NDArray[Any] = parts * (rows[0] / np.square(rows[1]))
    return as_given(mean, np.clip(share, -largest, largest))


def scale_in(wanted: BySession, sessions: Setting) -> BySession:
    """The wanted share, an entry in `sessions` equal parts, one a session; it is left and reduced at once.

    A position that turns from long to short is a new entry.  wanted: NaN is no change; NaN before the first share.
    sessions: a whole number, at least 1.
    """
    from unlockstep.signals.compiled_positions import built_up

    rows = rows_of(wanted)
    return as_given(wanted, built_up(rows[0], counts_of("sessions", sessions, rows)))


def no_trade_band(wanted: BySession, band: Setting) -> BySession:
    """The wanted share, taken over only where it differs from the one in force by more than `band`.

    A share of 0, and one of the other side, is always taken over.  wanted: NaN is no change.
    It compares decisions; holdings that drift with prices are the study's `rebalance`.
    Of two legs that make up the account, band one and give the other the rest, 1 - share: banded each by itself they
    may ask for more than the account.
    """
    from unlockstep.signals.compiled_positions import banded

    rows = rows_of(wanted)
    return as_given(wanted, banded(rows[0], settings_of("band", band, rows, least=0)))
