"""S4: a break is the opportunity; ETH moves up after one."""

from unlockstep.backtests.results.events import MIN_EPISODES, effect_after
from unlockstep.backtests.results.statements.statement import Statement, cannot_tell, span
from unlockstep.signals import Breakdown, SignalCache

AHEAD = 60
WORD = {"higher": "Supported", "lower": "Contradicted", "": "Cannot tell"}
"""What an effect reads in the event study → the finding's first word."""


def opportunity(signal_cache: SignalCache) -> Statement:
    """S4: ETH's mean log move over the 60 sessions after a break less that at any time; the row of `unlockstep events`.

    Decided as that row is: five episodes, an interval over them that leaves zero out, and a p of at most 5 % against
    shifted dates; see `unlockstep.backtests.results.events`.
    """
    unit = f"log move over {AHEAD} sessions"
    found = effect_after(signal_cache, Breakdown(), kind="break", series="crypto", horizon=AHEAD)
    detail = {
        "breaks": found.events,
        "episodes": found.episodes,
        "after_a_break": found.after,
        "always": found.always,
        "p": found.p,
    }
    breaks = f"{found.events} break{'' if found.events == 1 else 's'}"
    apart = f"{found.episodes} episode{'' if found.episodes == 1 else 's'}"
    if found.episodes < 2:
        why = f"{breaks} in {apart}" if found.events else "no break"
        return cannot_tell(f"{why} to learn from.", unit, detail=detail)
    return Statement(
        f"{WORD[found.side]}: in the {AHEAD} sessions after a break ETH moved {found.after:+z.2f} (log), against "
        f"{found.always:+z.2f} at any time; difference {found.estimate:+z.2f}, {span(found.ci)}, p {found.p:.3f} "
        f"against shifted dates, from {breaks} in {apart} (fewer than {MIN_EPISODES} decide nothing).",
        found.estimate,
        found.ci,
        unit,
        detail,
    )
