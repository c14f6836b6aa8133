"""The engine: decisions in, accounts out.

book        The book: one account that divides its capital among the accounts of many pairs, at equal risk
experiment  The experiment: decisions of every variant, and what was simulated and tested of them
orders      What is traded and what that costs: decisions, their costs, the price and the lag of their fills
redecide    Strategies decide again on histories whose returns have other signs
window      The evaluated window: where it opens, and why there
portfolio   The engine: decisions in, a vectorbt portfolio out. The only lag and the only vectorbt
"""
