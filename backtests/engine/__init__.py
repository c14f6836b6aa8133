"""The engine: decisions in, accounts out.

book        The book: one account that divides its capital among the accounts of many pairs, at equal risk
experiment  The experiment: decisions of every variant, and what was simulated and tested of them
hedge       A pair of hedged legs: each leg of a pair less beta times its hedge, on four legs that are traded
instants    Weights and what they earn, of decisions at both instants: after the close, and before the open
orders      What is traded and what that costs: decisions, their costs, the price and the lag of their fills
redecide    Strategies decide again on histories whose returns have other signs
window      The evaluated window: where it opens, and why there
portfolio   The engine: decisions in, a vectorbt portfolio out. The only lag and the only vectorbt
"""
