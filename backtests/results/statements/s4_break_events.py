"""S4: a break is the opportunity; ETH moves up after one."""

from unlockstep.backtests.results.events import MIN_EPISODES, effect_after
from unlockstep.backtests.results.model.statements import S4Detail, S4Result
from unlockstep.backtests.results.statements.statement import signed, span
from unlockstep.backtests.text import probability
from unlockstep.signals import Breakdown, SignalCache

AHEAD = 60
UNIT = f"log move over {AHEAD} sessions"
WORD = {"higher": "Supported", "lower": "Contradicted", "": "Cannot tell"}
"""What an effect reads in the event study → the finding's first word."""


def judge_break_events(signal_cache: SignalCache) -> S4Result:
    """S4: ETH's mean log move over the 60 sessions after a break less that at any time; the row of `unlockstep events`.

    Decided as that row is: five episodes, an interval over them that leaves zero out, and a p of at most 5 % against
    shifted dates; see `unlockstep.backtests.results.events`.
    """
    effect = effect_after(signal_cache, Breakdown(), kind="break", series="crypto", horizon=AHEAD)
    detail = S4Detail(
        breaks=effect.events,
        episodes=effect.episodes,
        after_a_break=effect.after,
        always=effect.always,
        p=effect.p,
    )
    breaks = f"{effect.events} break{'' if effect.events == 1 else 's'}"
    apart = f"{effect.episodes} episode{'' if effect.episodes == 1 else 's'}"
    if effect.episodes < 2:
        why = f"{breaks} in {apart}" if effect.events else "no break"
        return S4Result.cannot_tell(f"{why} to learn from.", UNIT, detail=detail)
    return S4Result(
        finding=f"{WORD[effect.side]}: in the {AHEAD} sessions after a break ETH moved {effect.after:+z.2f} (log), "
        f"against {effect.always:+z.2f} at any time; difference {signed(effect.estimate, effect.ci)}, "
        f"{span(effect.ci)}, p {probability(effect.p)} against shifted dates, from {breaks} in {apart} (fewer than "
        f"{MIN_EPISODES} decide nothing).",
        estimate=effect.estimate,
        ci=effect.ci,
        unit=UNIT,
        detail=detail,
        null=0.0,
    )
