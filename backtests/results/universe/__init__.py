"""A universe: one set of rules on many pairs, and what the pairs say together.

pairs      One pair: its decisions, accounts and timing test, and what its histories say
estimates  Each pair's ratio, how much pairs differ, and each drawn towards the others
pooled     All pairs together, each strategy
decision   The verdict on a mechanism
"""
