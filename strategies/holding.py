"""How long a position is held: from events to shares, and the pause after an exit.

hold_for     for a number of sessions after an event
until        from one event to another
cooldown     not again for a number of sessions

Each takes a Series, as in `rule`, or arrays of T or n x T, as in `rules`, and answers the like. The value of session D
depends on values up to D only.
"""

from unlockstep.strategies.per_session import BySession, Setting, as_given, counts_of, rows_of


def hold_for(entry: BySession, sessions: Setting) -> BySession:
    """1 in the session of an entry and the next, `sessions` in all, else 0; a new entry starts the count anew.

    entry: True or 1 where a position is entered.  sessions: at least 1, one number or one a variant.
    NaN while one of the last `sessions` values is unknown, as in the first sessions: an entry may have been among them.
    So the warm-up of a rule is that of its signals + sessions - 1.
    Raises ParameterError for sessions that are no whole number of at least 1.
    """
    from unlockstep.signals.compiled import recent

    rows = rows_of(entry)
    counts = counts_of("sessions", sessions, rows)
    every = rows[0] if len(rows[0]) == len(counts) else rows[0].repeat(len(counts), axis=0)
    return as_given(entry, recent(every, counts))


def until(entry: BySession, leaving: BySession) -> BySession:
    """1 from the session of an entry on, 0 from the session of an exit on; where both come at once the exit wins.

    entry, leaving: True or 1 where a position is entered, and where it is left; NaN is neither.
    NaN before the first of either: an earlier entry may be open.
    """
    from unlockstep.signals.compiled_positions import latched

    entries, exits = rows_of(entry, leaving)
    return as_given(entry, latched(entries, exits, max(len(entries), len(exits))))


def cooldown(wanted: BySession, sessions: Setting) -> BySession:
    """The wanted share of the account, and 0 for `sessions` sessions after a position is left, that session included.

    A position is left where the share becomes 0 or turns from long to short; what is wanted after the pause is entered
    then.  wanted: NaN is no change; NaN before the first share.  sessions: at least 1.
    Raises ParameterError for sessions that are no whole number of at least 1.
    """
    from unlockstep.signals.compiled_positions import paused

    rows = rows_of(wanted)
    return as_given(wanted, paused(rows[0], counts_of("sessions", sessions, rows)))
