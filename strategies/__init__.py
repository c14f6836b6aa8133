"""Strategies: what to hold, given signals. One rule a file.

strategy        what a strategy is: parameters, signals, rule, grid; Market → TargetWeights
allocation      a strategy of any number of legs, by ticker
weights         TargetWeights: validated, stamped with the session of the decision and its cause
rebalancing     when a mix that drifts is brought back to its weights; first_of_month
registry        every strategy by name

What rules are put together from, for `rule` and `rules` alike:
holding         how long: hold_for, until, cooldown
exits           by the price since the entry: stop_loss, trailing_stop, take_profit
sizing          how much: volatility_target, inverse_volatility, kelly_fraction, scale_in, no_trade_band
named_state     a state signal read by name, its parameters as signal.window
per_session     a Series or arrays with sessions along the last axis

barometer       S2   the old map: small caps up, hold ETH
muted_response  S2   a muted response goes on (follow) or is made up (fade)
derisk          S1   leave ETH while decoupled
regime_switch   S3a  in a lasting break, ETH's own trend rules
reconvergence   S3b  the gap closes
eth_leads       S3c  ETH first, IWM follows
weekend_lead    S3c  ETH's move while IWM is closed, held from IWM's open to its close
break_entry     S4   the break is the opportunity
when                 hold X while a state says so
benchmarks           hold_eth, hold_iwm, fixed_mix, cash; of more legs: hold_leg, equal_weight
"""

from unlockstep.strategies.allocation import Allocation, by_leg, targets
from unlockstep.strategies.exits import stop_loss, take_profit, trailing_stop
from unlockstep.strategies.holding import cooldown, hold_for, until
from unlockstep.strategies.named_state import ReadsState
from unlockstep.strategies.rebalancing import first_of_month
from unlockstep.strategies.sizing import (
    inverse_volatility,
    kelly_fraction,
    no_trade_band,
    scale_in,
    volatility_target,
)
from unlockstep.strategies.strategy import Strategy, target, where_defined
from unlockstep.strategies.weights import TargetWeights

__all__ = [
    "Allocation",
    "ReadsState",
    "Strategy",
    "TargetWeights",
    "by_leg",
    "cooldown",
    "first_of_month",
    "hold_for",
    "inverse_volatility",
    "kelly_fraction",
    "no_trade_band",
    "scale_in",
    "stop_loss",
    "take_profit",
    "target",
    "targets",
    "trailing_stop",
    "until",
    "volatility_target",
    "where_defined",
]
