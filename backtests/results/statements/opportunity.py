"""S4: a break is the opportunity; ETH moves up after one."""

from backtests.results.events import MIN_EPISODES, effect_after
from backtests.results.statements.statement import NOTHING, Statement, span, word
from signals import Breakdown, Readings

AHEAD = 60


def opportunity(readings: Readings) -> Statement:
    """S4: ETH's mean log move over the 60 sessions after a break less that at any time; the row of `unlockstep events`.

    Interval over episodes; see `backtests.results.events`.
    """
    unit = f"log move over {AHEAD} sessions"
    found = effect_after(readings, Breakdown(), kind="break", series="crypto", horizon=AHEAD)
    detail = {
        "breaks": found.events,
        "episodes": found.episodes,
        "after_a_break": found.after,
        "always": found.always,
        "p": found.p,
    }
    if found.episodes < 2:
        return Statement(f"Cannot tell: {found.events} breaks to learn from.", float("nan"), NOTHING, unit, detail)
    decided = word(found.ci, above=True) if found.decides else "Cannot tell"
    return Statement(
        f"{decided}: in the {AHEAD} sessions after a break ETH moved {found.after:+.2f} (log), against "
        f"{found.always:+.2f} at any time; difference {found.estimate:+.2f}, {span(found.ci)}, from {found.events} "
        f"breaks (fewer than {MIN_EPISODES} with windows of their own decide nothing).",
        found.estimate,
        found.ci,
        unit,
        detail,
    )
