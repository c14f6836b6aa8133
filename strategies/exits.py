"""Exits by the price since the entry: a position is closed where a limit is reached, and stays closed.

stop_loss      a loss since the entry
trailing_stop  a fall from the best close since the entry
take_profit    a gain since the entry

They see closes alone: the limit is reached at a close, the order is filled as that of any decision, a session later,
at a price that may lie far beyond the limit. Nothing is filled within a session, and no order waits in the market. The
entry counts at the close of the session of its decision, not at its fill. After an exit the share is 0 until the rule
itself leaves the position, or turns it round; the next entry has a limit of its own.

wanted: share of the account, positive or negative (for a short, moves count the other way); NaN is no change, and NaN
before the first share.  close: of the same sessions; NaN reaches no limit.  Limits are fractions: 0.1 is 10 %.
Each takes a Series, as in `rule`, or arrays of T or n x T, as in `rules`, and answers the like; limits are one number,
or one a variant. The value of session D depends on values up to D only. They can be put into each other:
take_profit(stop_loss(wanted, close, 0.1), close, 0.3). A limit out of its bounds raises ParameterError.
"""

from unlockstep.strategies.per_session import BySession, Setting, as_given, rows_of, settings_of


def stop_loss(wanted: BySession, close: BySession, loss: Setting) -> BySession:
    """The wanted share, 0 once the close has moved against the position by `loss` or more since its entry.

    loss: between 0 and 1.
    """
    from unlockstep.signals.compiled_positions import LOSS, closed_at

    shares, prices = rows = rows_of(wanted, close)
    return as_given(wanted, closed_at(shares, prices, settings_of("loss", loss, rows, least=0, below=1), LOSS))


def trailing_stop(wanted: BySession, close: BySession, fall: Setting) -> BySession:
    """The wanted share, 0 once the close has moved against the position by `fall` or more from its best so far.

    The best is the highest close for a long position, the lowest for a short one.  fall: between 0 and 1.
    """
    from unlockstep.signals.compiled_positions import TRAILING, closed_at

    shares, prices = rows = rows_of(wanted, close)
    return as_given(wanted, closed_at(shares, prices, settings_of("fall", fall, rows, least=0, below=1), TRAILING))


def take_profit(wanted: BySession, close: BySession, gain: Setting) -> BySession:
    """The wanted share, 0 once the close has moved with the position by `gain` or more since its entry.

    gain: more than 0.
    """
    from unlockstep.signals.compiled_positions import PROFIT, closed_at

    shares, prices = rows = rows_of(wanted, close)
    return as_given(wanted, closed_at(shares, prices, settings_of("gain", gain, rows, least=0), PROFIT))
