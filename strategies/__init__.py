"""Strategies: what to hold, given signals. One rule a file.

strategy        what a strategy is: parameters, signals, rule, grid; Market → TargetWeights
weights         TargetWeights: validated, stamped with the session of the decision
registry        every strategy by name

barometer       S2   the old map: small caps up, hold ETH
muted_response  S2   a muted response goes on (follow) or is made up (fade)
derisk          S1   leave ETH while decoupled
regime_switch   S3a  in a lasting break, ETH's own trend rules
reconvergence   S3b  the gap closes
eth_leads       S3c  ETH first, IWM follows
break_entry     S4   the break is the opportunity
benchmarks           hold_eth, hold_iwm, fixed_mix, cash
"""

from unlockstep.strategies.strategy import Strategy, target, where_defined
from unlockstep.strategies.weights import TargetWeights

__all__ = ["Strategy", "TargetWeights", "target", "where_defined"]
