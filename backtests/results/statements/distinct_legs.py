"""Are there two legs to compare, at the resolution of their prices?"""

from unlockstep.backtests.results.statements.statement import LEGS
from unlockstep.backtests.stats.price_resolution import IdiosyncraticMovement, idiosyncratic_movement, leg_step
from unlockstep.signals import Market
from unlockstep.signals.market import Leg

BASIS_POINT = 1e-4


def why_not_distinct(market: Market) -> str | None:
    """Why nothing can be said of the legs as a pair: one does not vary, or both are one series; None for two legs.

    The rest of a finding that cannot tell.
    """
    if len(market.sessions) < 3:
        return None
    crypto, equity = market.pair_legs
    movements = (idiosyncratic_movement(crypto, equity), idiosyncratic_movement(equity, crypto))
    for name, leg, movement in zip(LEGS, market.pair_legs, movements, strict=True):
        if not movement.varies:
            return f"{name}'s returns do not vary{_beyond(leg)}."
    for name, other, movement in zip(LEGS, LEGS[::-1], movements, strict=True):
        if not movement.is_distinct:
            return (
                f"ETH and IWM are one series at the resolution of their prices: the returns of {name} are "
                f"{movement.slope:+z.2f} times those of {other}, but for {_rest(movement, market)}."
            )
    return None


def _beyond(leg: Leg) -> str:
    step = leg_step(leg)
    return f" by more than the rounding of its prices, which are multiples of {step:g}" if step and _moves(leg) else ""


def _rest(movement: IdiosyncraticMovement, market: Market) -> str:
    """What is left beside the other leg, and what rounding makes of it."""
    if movement.rounding < BASIS_POINT / 100:
        return "rounding in the seventh digit"
    step = max((leg_step(leg) / leg.close[-1], leg_step(leg)) for leg in market.pair_legs)[1]
    left, made = (f"{x / BASIS_POINT:.2g} bp" for x in (movement.residual, movement.rounding))
    return f"{left} a session, and rounding to multiples of {step:g} makes about {made}"


def _moves(leg: Leg) -> bool:
    return bool((leg.close != leg.close[0]).any())
